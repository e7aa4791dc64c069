"""Awards as staff see them: the list by how they stand, and one award with its story.

What staff do with one is in `staff_award_deeds`. What was earned later on the strength of a revoked
or suspended award is shown, not undone: that is for people to judge, one by one.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.awards import correcting, finding, status, undermined
from engine.awards.certificates import printing
from engine.awards.finding import Kind
from engine.awards.lists import award_list_rows
from engine.errors import NotFound
from engine.languages import _
from engine.records import audit, catalogue
from engine.records.tables import Account, Award, Submission
from engine.web import staff_story
from engine.web.asking import now, read_session
from engine.web.paging import PAGE_ROWS, Page, cut, newer, older

blueprint = Blueprint("awards", __name__, url_prefix="/awards")


class Built(NamedTuple):
    """Something of the same person's that asked for this credential first."""

    title: str
    word: str
    """How it stands, where it is an award; else empty."""
    label: str
    tone: str
    url: str


@blueprint.get("")
def granted() -> ResponseReturnValue:
    """Every award, the latest first; or those that stand in one way, or whose holder is named."""
    name = request.args.get("name", "").strip()[:100]
    kind = _kind(request.args.get("standing", ""))
    with read_session() as session:
        page = listed(session, name, request.args.get("after", ""), kind=kind, at=now())
        numbers = finding.counts(session, now())
    standings = {award.serial: status.standing(award, now()) for award in page.rows}
    return render_template(
        "web/staff/awards.html",
        page=page,
        name=name,
        kind=kind,
        kinds=finding.KINDS,
        numbers=numbers,
        standings=standings,
    )


@blueprint.get("/standing-on-lost")
def undermined_ones() -> ResponseReturnValue:
    """Awards in force that asked first for something that was revoked or suspended since."""
    after = older(Award.issued_at, Award.serial, request.args.get("after", ""))
    with read_session() as session:
        found = undermined.standing_on_lost(session, now(), after, PAGE_ROWS + 1)
    page = cut(found, lambda one: (one.award.issued_at, one.award.serial))
    standings = {one.serial: status.standing(one, now()) for line in page.rows for one in line.lost}
    return render_template("web/staff/awards-undermined.html", page=page, standings=standings)


@blueprint.get("/<serial>")
def one(serial: str) -> ResponseReturnValue:
    """One award: whether it is valid, its story, what was built on it, and what can be done."""
    with read_session() as session:
        award = of(session, serial)
        return render_template(
            "web/staff/award.html",
            award=award,
            listed=award_list_rows.list_of(session, award.serial),
            recipient=session.get_one(Account, award.recipient_id),
            standing=status.standing(award, now()),
            soon=status.ends_soon(award, now()),
            before=correcting.corrected_from(session, serial),
            renewal=status.renewal_of(session, serial),
            story=staff_story.told(audit.story(session, f"award:{serial}")),
            built=built_on(session, award, now()),
            unprinted=printing.stuck(session, serial),
        )


def of(session: Session, serial: str) -> Award:
    """The award with this number. Raises `NotFound`."""
    if (award := session.get(Award, serial)) is None:
        raise NotFound(_("There is no award with this number."))
    return award


def listed(
    session: Session,
    name: str = "",
    after: str = "",
    limit: int = PAGE_ROWS,
    kind: Kind | None = None,
    at: datetime | None = None,
) -> Page[Award]:
    """A page of awards, in one query; `name` narrows it to recipients named so, `kind` to those
    that stand so at `at`."""
    conditions, by, soonest_first = finding.wanted(kind, at or now())
    following = newer if soonest_first else older
    query = (
        select(Award)
        .where(*_named(name), *conditions, *following(by, Award.serial, after))
        .order_by(*((by, Award.serial) if soonest_first else (by.desc(), Award.serial.desc())))
        .limit(limit + 1)
    )
    found = session.scalars(query).all()
    return cut(found, lambda award: (getattr(award, by.key), award.serial), limit)


def serials(session: Session, name: str, standing: str, most: int, at: datetime) -> list[str]:
    """The serials of those awards of the list that count, by recipient: up to `most`. `name` and
    `standing` narrow the list as they do in its address."""
    conditions, _by, _soonest_first = finding.wanted(_kind(standing), at)
    query = (
        select(Award.serial)
        .where(*_named(name), *conditions, *status.counting(at))
        .order_by(Award.recipient_name, Award.serial)
        .limit(most)
    )
    return list(session.scalars(query))


def _named(name: str) -> tuple[ColumnElement[bool], ...]:
    return (Award.recipient_name.icontains(name, autoescape=True),) if name else ()


def built_on(session: Session, award: Award, at: datetime) -> list[Built]:
    """The holder's awards and submissions whose credentials ask for this one's first."""
    asked = award.credential_id
    others = select(Award).where(
        Award.recipient_id == award.recipient_id, Award.replaced_by.is_(None)
    )
    found = []
    for one in session.scalars(others):
        edition = catalogue.edition(session, one.edition_digest)
        if asked in edition.credential.prerequisites.credentials:
            word = status.standing(one, at).word
            url = url_for("staff.awards.one", serial=one.serial)
            found.append(Built(one.title, word, "", "", url))
    under_way = select(Submission).where(
        Submission.candidate_id == award.recipient_id,
        Submission.state_kind.not_in(("outcome", "closed")),
    )
    for submission in session.scalars(under_way):
        edition = catalogue.edition(session, submission.edition_digest)
        if edition.workflow and asked in edition.credential.prerequisites.credentials:
            state = edition.workflow.states[submission.state]
            url = url_for("staff.submissions.one", submission_id=submission.id)
            found.append(Built(edition.credential.title, "", state.label, state.tone, url))
    return found


def _kind(asked: str) -> Kind | None:
    return next((kind for kind in finding.KINDS if kind == asked), None)
