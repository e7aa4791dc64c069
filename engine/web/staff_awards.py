"""Awards as staff see them: the list, one award with what stands on it, and revoking.

Revoking is said to be final on its page, because everybody who checks the certificate sees it.
What was earned later on the strength of a revoked award is shown, not undone: that is for people
to judge, one by one.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import issuing, status
from engine.errors import NotFound, Problem
from engine.languages import _
from engine.permissions import require
from engine.records import audit, catalogue
from engine.records.tables import Account, Award, Submission
from engine.web import staff_story
from engine.web.asking import me, now, read_session, transaction
from engine.web.language_choice import switching
from engine.web.paging import PAGE_ROWS, Page, cut, older

blueprint = Blueprint("awards", __name__, url_prefix="/awards")

REASON_LIMIT = 2_000
"""Characters of a reason; it is public."""


class Standing(NamedTuple):
    """Something of the same person's that asked for this credential first."""

    title: str
    label: str
    tone: str
    url: str


@blueprint.get("")
def granted() -> ResponseReturnValue:
    """Every award, the latest first."""
    name = request.args.get("name", "").strip()[:100]
    with read_session() as session:
        page = listed(session, name, request.args.get("after", ""))
    standings = {award.serial: status.standing(award, now()) for award in page.rows}
    return render_template("web/staff/awards.html", page=page, name=name, standings=standings)


@blueprint.get("/<serial>")
def one(serial: str) -> ResponseReturnValue:
    """One award: whether it is valid, its story, and what was built on it."""
    return _page(serial)


@blueprint.post("/<serial>/revoke")
def revoke(serial: str) -> ResponseReturnValue:
    """Take an award back, with the reason that everybody who checks it will read."""
    require(me(), "award.revoke")
    reason = request.form.get("reason", "").strip()
    if switching():
        return _page(serial, reason=reason)
    if not reason or len(reason) > REASON_LIMIT:
        message = (
            _(
                "Keep the reason within %(reason_limit)s characters.",
                reason_limit=f"{REASON_LIMIT:,}",
            )
            if reason
            else _("Say why it is revoked.")
        )
        return _page(serial, [Problem("reason", "required", message)], reason, 422)
    with transaction() as session:
        award = _award(session, serial)
        issuing.revoke(session, award, reason, me(), now())
        title, name = award.title, award.recipient_name
    flash(
        _("%(title)s of %(name)s is revoked.", title=title, name=name),
        "good",
    )
    return redirect(url_for("staff.awards.one", serial=serial), 303)


@blueprint.get("/<serial>/revoke")
def ask_revoke(serial: str) -> ResponseReturnValue:
    """The page of the award has the form; whoever comes by this address is led there."""
    return redirect(url_for("staff.awards.one", serial=serial) + "#revoke", 303)


def listed(
    session: Session, name: str = "", after: str = "", limit: int = PAGE_ROWS
) -> Page[Award]:
    """A page of awards, in one query; `name` narrows it to recipients named so."""
    query = (
        select(Award)
        .where(*older(Award.issued_at, Award.serial, after))
        .order_by(Award.issued_at.desc(), Award.serial.desc())
        .limit(limit + 1)
    )
    if name:
        query = query.where(Award.recipient_name.icontains(name, autoescape=True))
    return cut(session.scalars(query).all(), lambda award: (award.issued_at, award.serial), limit)


def built_on(session: Session, account_id: str, credential_id: str, at: datetime) -> list[Standing]:
    """The person's awards and submissions whose credentials ask for this one first."""
    found = []
    for award in session.scalars(select(Award).where(Award.recipient_id == account_id)):
        edition = catalogue.edition(session, award.edition_digest)
        if credential_id in edition.credential.prerequisites.credentials:
            word = status.standing(award, at).word
            found.append(
                Standing(
                    award.title,
                    _("Awarded, %(word)s", word=word),
                    "good" if word == "valid" else "bad",
                    url_for("staff.awards.one", serial=award.serial),
                )
            )
    under_way = select(Submission).where(
        Submission.candidate_id == account_id,
        Submission.state_kind.not_in(("outcome", "closed")),
    )
    for submission in session.scalars(under_way):
        edition = catalogue.edition(session, submission.edition_digest)
        if edition.workflow and credential_id in edition.credential.prerequisites.credentials:
            state = edition.workflow.states[submission.state]
            found.append(
                Standing(
                    edition.credential.title,
                    state.label,
                    state.tone,
                    url_for("staff.submissions.one", submission_id=submission.id),
                )
            )
    return found


def _page(
    serial: str, problems: list[Problem] | None = None, reason: str = "", code: int = 200
) -> ResponseReturnValue:
    with read_session() as session:
        award = _award(session, serial)
        page = render_template(
            "web/staff/award.html",
            award=award,
            recipient=session.get_one(Account, award.recipient_id),
            standing=status.standing(award, now()),
            story=staff_story.told(audit.story(session, f"award:{serial}")),
            built=built_on(session, award.recipient_id, award.credential_id, now()),
            problems=problems or [],
            reason=reason,
        )
    return page, code


def _award(session: Session, serial: str) -> Award:
    if (award := session.get(Award, serial)) is None:
        raise NotFound(_("There is no award with this number."))
    return award
