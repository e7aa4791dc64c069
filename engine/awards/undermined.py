"""Awards that stand on another one that was revoked or suspended since: shown to program staff.

Nothing is undone by itself: what was earned on the strength of something that turned out wrong may
be right all the same, and that is for people to judge, one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from engine.awards import issuing, status
from engine.credentials import pathways
from engine.records import catalogue
from engine.records.tables import Award, Recognition


class Undermined(NamedTuple):
    """An award in force, and what it asked for first that its holder no longer holds."""

    award: Award
    lost: tuple[Award, ...]
    met: bool
    """Whether what is left is enough for what it asked for."""


_Pair = tuple[str, str]
"""The digest of an edition, and a credential that it asks for first."""


def standing_on_lost(
    session: Session, at: datetime, older: Iterable[ColumnElement[bool]], limit: int
) -> list[Undermined]:
    """Awards in force whose holder no longer holds something that they asked for first, because
    it was revoked or suspended; the latest first. `older` are conditions on `Award` of a page.

    Queries: four, however many there are, and one for editions that are not in memory.
    """
    lost = aliased(Award)
    pairs = _pairs(session, lost)
    if not pairs:
        return []
    gone = (
        select(lost.serial)
        .where(
            lost.recipient_id == Award.recipient_id,
            tuple_(Award.edition_digest, lost.credential_id).in_(sorted(pairs)),
            _is_lost(lost),
            ~_held_otherwise(lost, at),
        )
        .correlate(Award)
        .exists()
    )
    found = (
        select(Award)
        .where(*status.in_force(), gone, *older)
        .order_by(Award.issued_at.desc(), Award.serial.desc())
        .limit(limit)
    )
    awards = session.scalars(found).all()
    people = {award.recipient_id for award in awards}
    of_them = _lost_by(session, lost, people, at)
    held = _held_by(session, people, at)
    shown = []
    for award in awards:
        asked = catalogue.edition(session, award.edition_digest).credential.prerequisites
        theirs = of_them[award.recipient_id]
        shown.append(
            Undermined(
                award,
                tuple(one for one in theirs if (award.edition_digest, one.credential_id) in pairs),
                pathways.standing(asked, held[award.recipient_id]).met,
            )
        )
    return shown


def _is_lost(lost: type[Award]) -> ColumnElement[bool]:
    return and_(
        lost.replaced_by.is_(None),
        or_(lost.revoked_at.is_not(None), lost.suspended_at.is_not(None)),
    )


def _held_otherwise(lost: type[Award], at: datetime) -> ColumnElement[bool]:
    """Whether the holder of `lost` holds the same credential by something else."""
    again = aliased(Award)
    by_award = (
        select(again.serial)
        .where(
            again.recipient_id == lost.recipient_id,
            again.credential_id == lost.credential_id,
            *status.counting(at, again),
        )
        .correlate(lost)
        .exists()
    )
    elsewhere = (
        select(Recognition.id)
        .where(
            Recognition.account_id == lost.recipient_id,
            Recognition.credential_id == lost.credential_id,
            *issuing.counting(at),
        )
        .correlate(lost)
        .exists()
    )
    return or_(by_award, elsewhere)


def _pairs(session: Session, lost: type[Award]) -> set[_Pair]:
    """Which editions, of awards whose holders lost something, ask for what was lost."""
    both = (
        select(Award.edition_digest, lost.credential_id)
        .join(lost, lost.recipient_id == Award.recipient_id)
        .where(*status.in_force(), _is_lost(lost))
        .distinct()
    )
    return {
        (digest, credential_id)
        for digest, credential_id in session.execute(both)
        if credential_id in catalogue.edition(session, digest).credential.prerequisites.credentials
    }


def _lost_by(
    session: Session, lost: type[Award], people: Collection[str], at: datetime
) -> dict[str, list[Award]]:
    found: dict[str, list[Award]] = defaultdict(list)
    rows = (
        select(lost)
        .where(lost.recipient_id.in_(people), _is_lost(lost), ~_held_otherwise(lost, at))
        .order_by(lost.issued_at, lost.serial)
    )
    for one in session.scalars(rows):
        found[one.recipient_id].append(one)
    return found


def _held_by(session: Session, people: Collection[str], at: datetime) -> dict[str, set[str]]:
    held: dict[str, set[str]] = defaultdict(set)
    here = select(Award.recipient_id.label("person"), Award.credential_id).where(
        Award.recipient_id.in_(people), *status.counting(at)
    )
    elsewhere = select(Recognition.account_id, Recognition.credential_id).where(
        Recognition.account_id.in_(people), *issuing.counting(at)
    )
    for person, credential_id in session.execute(union_all(here, elsewhere)):
        held[person].add(credential_id)
    return held
