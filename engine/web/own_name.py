"""A person asks to be called by another name, on certificates too. Program staff answer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from engine.awards.held import renaming
from engine.errors import Problem, Refused
from engine.languages import _
from engine.records.tables import Account
from engine.web.asking import me, now, read_session, transaction
from engine.web.language_choice import switching

own_name = Blueprint("own_name", __name__)


@own_name.get("/account/name")
def wanted() -> ResponseReturnValue:
    """The name one has, and the form for another."""
    return _page(None)


@own_name.post("/account/name")
def ask() -> ResponseReturnValue:
    """Ask for another name, or take that back."""
    person, typed = me(), request.form.get("name", "")
    if switching():
        return _page(typed)
    if request.form.get("_do") == "withdraw":
        with transaction() as session:
            renaming.withdraw(session, person, now())
        flash(_("You have taken your request back."), "good")
        return redirect("/account/name", 303)
    try:
        with transaction() as session:
            renaming.ask(session, person, typed, now())
    except Refused as refused:
        problem = Problem("name", refused.refusal.code, str(refused))
        return _page(typed, problem, 422)
    flash(_("Program staff will answer. You get a letter when they have."), "good")
    return redirect("/account/name", 303)


def _page(
    typed: str | None, problem: Problem | None = None, code: int = 200
) -> ResponseReturnValue:
    with read_session() as session:
        account = session.get_one(Account, me().id)
    page = render_template(
        "web/account/name.html",
        account=account,
        name=account.name_wanted if typed is None else typed,
        problem=problem,
    )
    return page, code
