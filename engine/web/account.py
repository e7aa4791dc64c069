"""Signing in and out, and one's own account.

A sign-in may happen in the middle of work: a post whose session had ended shows this page with
the person's text in it, and goes on to where it was bound once they have signed in.
"""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from engine import people
from engine.awards.badges import dids
from engine.errors import Problem, Refused
from engine.forms.zones import zone_names
from engine.languages import N_, _
from engine.records.tables import Account
from engine.web import connected_apps, mail_choices
from engine.web.absences import own_absence
from engine.web.asking import (
    actor,
    begin_session,
    house,
    local_path,
    me,
    now,
    read_session,
    transaction,
)
from engine.web.failures import carried
from engine.web.language_choice import keep_with, switching
from engine.web.own_name import own_name

account = Blueprint("account", __name__)
account.register_blueprint(mail_choices.blueprint)
account.register_blueprint(own_absence)
account.register_blueprint(connected_apps.blueprint)
account.register_blueprint(own_name)

WRONG = N_("The e-mail and the password don't match an account here. Check both and try again.")


@account.get("/sign-in")
def sign_in_page() -> ResponseReturnValue:
    """The form; whoever is signed in already goes straight on."""
    target = local_path(request.args.get("next", ""), "")
    if actor().id:
        return redirect(target or "/my-work", 303)
    return _form(target)


@account.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in, then go on: to a page, or with the post that was waiting."""
    target = local_path(request.form.get("_next", ""), "")
    if switching():
        return _form(target)
    try:
        with transaction() as database:
            found = people.authenticate(
                database, request.form.get("_email", ""), request.form.get("_password", ""), now()
            )
            if found is not None:
                keep_with(database, found)
    except Refused as refused:
        return _form(target, str(refused), 429)
    if found is None:
        return _form(target, _(WRONG), 400)
    begin_session(found.id, found.session_epoch)
    if request.form.get("_repost") and target:
        # 307 makes the browser send this same body again, to where it was first meant for.
        return redirect(target, 307)
    return redirect(target or "/my-work", 303)


@account.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    session.clear()
    flash(_("You are signed out."), "good")
    return redirect("/", 303)


@account.get("/account")
def own_account() -> ResponseReturnValue:
    """Who one is here, and a new password."""
    return _account_page({})


@account.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Change one's password, which ends every other session of the account."""
    person = me()
    with transaction() as database:
        problems = people.change_password(
            database,
            person,
            request.form.get("current_password", ""),
            request.form.get("new_password", ""),
            now(),
        )
        epoch = database.get_one(Account, person.id).session_epoch
    if not problems:
        begin_session(person.id, epoch)
        flash(_("Your password is changed. Other devices are signed out."), "good")
        return redirect("/account", 303)
    return _account_page(problems)


@account.post("/account/did")
def name_by_did() -> ResponseReturnValue:
    """Choose the DID that badges name one by from now on, or none."""
    person, typed = me(), request.form.get("did", "")
    with transaction() as database:
        problem = dids.choose(database, person, typed, house().settings, now())
    if problem is not None:
        return _account_page({"did": problem}, typed)
    if typed.strip():
        flash(_("New badges name you by this DID."), "good")
    else:
        flash(_("New badges name you by your e-mail address, in a form that hides it."), "good")
    return redirect("/account", 303)


@account.get("/account/csrf")
def fresh_token() -> ResponseReturnValue:
    """A token of this session, for a page that was open while somebody signed in again."""
    response = jsonify(csrf_token=generate_csrf(), signed_in=bool(actor().id))
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(target: str, problem: str = "", status: int = 200) -> ResponseReturnValue:
    repost = bool(request.form.get("_repost"))
    page = render_template(
        "web/account/sign-in.html",
        next=target,
        repost=repost,
        carried=carried() if repost else [],
        lost_files=[],
        email=request.form.get("_email", ""),
        problem=problem,
        waits="",
    )
    return page, status


def _account_page(problems: dict[str, Problem], did: str | None = None) -> ResponseReturnValue:
    person = me()
    if did is None:
        with read_session() as database:
            did = database.get_one(Account, person.id).did
    page = render_template(
        "web/account/account.html",
        problems=problems,
        did=did,
        shortest=people.SHORTEST_PASSWORD,
        zones=zone_names(),
    )
    return page, 422 if problems else 200
