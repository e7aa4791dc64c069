"""What program staff do with an award: suspend it, lift that, correct the name on it, revoke it.

Each has a page of its own that says what follows, to whom, and what stands on the award, before
anything is pressed. Registered below `staff_awards`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.awards import correcting, issuing, status, suspending
from engine.errors import Problem, Refused
from engine.languages import _
from engine.permissions import Action, require
from engine.records.tables import Account, Award
from engine.web import staff_awards
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.language_choice import switching

blueprint = Blueprint("award_deeds", __name__, url_prefix="/awards")

Deed = Literal["suspend", "lift", "correct", "revoke"]
_ACTIONS: Final[dict[Deed, Action]] = {
    "suspend": "award.suspend",
    "lift": "award.suspend",
    "correct": "award.correct",
    "revoke": "award.revoke",
}
_PLACES: Final = {
    "reason-required": "reason",
    "reason-long": "reason",
    "name-required": "name",
    "same-name": "name",
}
"""The field of a refusal."""
_DEEDS: Final = "any(suspend, lift, correct, revoke)"


class Asked(NamedTuple):
    """What was typed."""

    reason: str = ""
    name: str | None = None
    """None: the form has not been sent yet."""


@blueprint.get(f"/<serial>/<{_DEEDS}:deed>")
def ask(serial: str, deed: str) -> ResponseReturnValue:
    """What would follow, and the form."""
    chosen = cast(Deed, deed)
    require(me(), _ACTIONS[chosen])
    with read_session() as session:
        word = status.standing(staff_awards.of(session, serial), now()).word
    if chosen not in possible(word):
        return redirect(url_for("staff.awards.one", serial=serial), 303)
    return _page(serial, chosen, Asked())


@blueprint.post(f"/<serial>/<{_DEEDS}:deed>")
def do(serial: str, deed: str) -> ResponseReturnValue:
    """Decide about an award. What was decided a moment ago by somebody else is told."""
    chosen = cast(Deed, deed)
    require(me(), _ACTIONS[chosen])
    asked = Asked(request.form.get("reason", ""), request.form.get("name", ""))
    if switching():
        return _page(serial, chosen, asked)
    try:
        with transaction() as session:
            award = _decided(session, staff_awards.of(session, serial), chosen, asked)
            title, name, shown = award.title, award.recipient_name, award.serial
    except Refused as refused:
        return _refused(serial, chosen, asked, refused)
    flash(_done(chosen, title, name), "good")
    return redirect(url_for("staff.awards.one", serial=shown), 303)


def possible(word: status.Word) -> tuple[Deed, ...]:
    """What can be done with an award that stands so."""
    if word in ("revoked", "replaced", "unknown"):
        return ()
    return ("lift" if word == "suspended" else "suspend", "correct", "revoke")


def _decided(session: Session, award: Award, deed: Deed, asked: Asked) -> Award:
    """Do it; returns the award to look at next. Raises `Refused`."""
    if deed == "suspend":
        suspending.suspend(session, award, asked.reason, me(), now())
    elif deed == "lift":
        suspending.lift(session, award, me(), now())
    elif deed == "revoke":
        issuing.revoke(session, award, asked.reason, me(), now())
    else:
        settings = house().settings
        name = asked.name or ""
        return correcting.correct(session, settings, award, name, asked.reason, me(), now())
    return award


def _refused(serial: str, deed: Deed, asked: Asked, refused: Refused) -> ResponseReturnValue:
    code = refused.refusal.code
    if place := _PLACES.get(code):
        problem = Problem(place, code, str(refused))
        return _page(serial, deed, asked, problem, 422)
    if code in ("revoked", "replaced", "suspended"):
        # Somebody else decided first. What was typed stays on the page, to be taken along.
        return _page(serial, deed, asked, Problem("decided", code, str(refused)), 409)
    if code == "issuer-key":
        # No fault of anything that was typed: it is there to be sent again.
        return _page(serial, deed, asked, Problem("deed-form", code, str(refused)), 503)
    raise refused


def _done(deed: Deed, title: str, name: str) -> str:
    said = {"title": title, "name": name}
    if deed == "suspend":
        return _("%(title)s of %(name)s is suspended.", **said)
    if deed == "lift":
        return _("%(title)s of %(name)s counts again.", **said)
    if deed == "revoke":
        return _("%(title)s of %(name)s is revoked.", **said)
    return _("%(title)s is issued anew, in the name of %(name)s.", **said)


def _page(
    serial: str, deed: Deed, asked: Asked, problem: Problem | None = None, code: int = 200
) -> ResponseReturnValue:
    with read_session() as session:
        award = staff_awards.of(session, serial)
        recipient = session.get_one(Account, award.recipient_id)
        page = render_template(
            "web/staff/award-deed.html",
            award=award,
            deed=deed,
            recipient=recipient,
            standing=status.standing(award, now()),
            built=staff_awards.built_on(session, award, now()),
            problem=problem,
            reason=asked.reason,
            name=recipient.name if asked.name is None else asked.name,
        )
    return page, code
