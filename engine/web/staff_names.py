"""Names as program staff change them: who asks for another one, and what follows for certificates.

Whoever may change an account's roles may change its name; `staff_people` says who that is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import people
from engine.awards import correcting
from engine.awards.held import renaming
from engine.errors import Problem, Refused
from engine.languages import _, ngettext
from engine.permissions import require
from engine.records.tables import Account
from engine.web import staff_people
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.language_choice import switching
from engine.web.paging import PAGE_ROWS, cut, newer

blueprint = Blueprint("names", __name__, url_prefix="/people")

_PLACES: Final = {
    "reason-required": "reason",
    "reason-long": "reason",
    "name-required": "name",
    "same-name": "name",
    "answered": "name",
    "issuer-key": "reissue-yes",
}
"""The field of a refusal."""


class Asked(NamedTuple):
    """What was typed."""

    name: str
    reason: str = ""
    reissue: bool = True


@blueprint.get("/names")
def waiting() -> ResponseReturnValue:
    """Who asks for another name, the longest first."""
    after = newer(Account.name_asked_at, Account.id, request.args.get("after", ""))
    with read_session() as session:
        page = cut(renaming.waiting(session, after, PAGE_ROWS + 1), _place)
    return render_template("web/staff/names.html", page=page)


@blueprint.get("/<account_id>/name")
def ask(account_id: str) -> ResponseReturnValue:
    """What would follow, and the form."""
    with read_session() as session:
        account = people.get(session, account_id)
        name = account.name_wanted or account.name
    return _page(account_id, Asked(name))


@blueprint.post("/<account_id>/name")
def answer(account_id: str) -> ResponseReturnValue:
    """Change a name, or leave it and say why."""
    said = request.form
    asked = Asked(said.get("name", ""), said.get("reason", ""), bool(said.get("reissue")))
    if switching():
        return _page(account_id, asked)
    try:
        with transaction() as session:
            account = staff_people.changeable(session, account_id)
            if said.get("_do") == "refuse":
                renaming.refuse(session, account, asked.reason, me(), now())
                told = _("%(name)s gets a letter with your reason.", name=account.name)
            else:
                if asked.reissue:
                    require(me(), "award.correct")
                settings = house().settings
                new = renaming.change(session, settings, account, *asked, me(), now())
                told = ngettext(
                    "The name is %(name)s now. %(count)s certificate is issued anew.",
                    "The name is %(name)s now. %(count)s certificates are issued anew.",
                    len(new),
                    name=account.name,
                )
    except Refused as refused:
        if (place := _PLACES.get(refused.refusal.code)) is None:
            raise
        # Without a key to sign with, the name can still be changed without new certificates.
        code = 503 if refused.refusal.code == "issuer-key" else 422
        return _page(account_id, asked, Problem(place, "required", str(refused)), code)
    flash(told, "good")
    return redirect(url_for("staff.people.person", account_id=account_id), 303)


def _page(
    account_id: str, asked: Asked, problem: Problem | None = None, code: int = 200
) -> ResponseReturnValue:
    with read_session() as session:
        account = staff_people.changeable(session, account_id)
        page = render_template(
            "web/staff/name.html",
            account=account,
            asked=asked,
            awards=correcting.correctable(session, account_id),
            problem=problem,
        )
    return page, code


def _place(account: Account) -> tuple[datetime, str]:
    assert account.name_asked_at is not None
    return account.name_asked_at, account.id
