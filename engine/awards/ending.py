"""Awards that end by themselves: their holders hear of it 60 and 14 days before, and on the day.

A chore looks through what ends soon, by the index on the end. An award that was carried on by a
later one is not mentioned any more, and what was missed while nothing ran is not made up for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import CTE, ColumnElement, String, cast, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from engine.awards import status, telling
from engine.awards.telling import AwardLetter
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Award, Letter

EVERY: Final = 3600.0
"""Seconds between two looks."""
AT_ONCE: Final = 500
"""Letters that one look queues; the next goes on."""


class Reminder(NamedTuple):
    """A letter, and between which moments before the end it is sent."""

    letter: AwardLetter
    key: str
    first: timedelta
    last: timedelta
    held: timedelta
    """Nobody is reminded of the end of what they have had for less."""


REMINDERS: Final = (
    Reminder("award-ends-soon", "60", status.SOON, timedelta(days=14), timedelta(days=30)),
    Reminder("award-ends-soon", "14", timedelta(days=14), timedelta(), timedelta(days=7)),
    Reminder("award-expired", "end", timedelta(), timedelta(days=-7), timedelta()),
)


def remind(context: JobContext, at: datetime) -> None:
    """The chore: queue the letters that are due at `at`, each once."""
    for one in REMINDERS:
        with context.database.transaction() as session:
            due = select(Award).where(*_due(one, at)).order_by(Award.expires_at).limit(AT_ONCE)
            found: Sequence[Award] = session.scalars(due).all()
            for award in found:
                telling.tell(session, award, one.letter, one.key)


def _due(one: Reminder, at: datetime) -> tuple[ColumnElement[bool], ...]:
    ends = Award.expires_at
    later = aliased(Award)
    carried_on = (
        select(later.serial)
        .where(
            later.recipient_id == Award.recipient_id,
            later.credential_id == Award.credential_id,
            later.revoked_at.is_(None),
            later.replaced_by.is_(None),
            or_(later.expires_at.is_(None), later.expires_at > ends),
        )
        .correlate(Award)
        .exists()
    )
    before = _corrected()
    written = or_(
        select(Letter.id).where(Letter.id == _id(one, Award.serial)).correlate(Award).exists(),
        # Whoever heard it of the certificate with the wrong name has heard it.
        select(Letter.id)
        .join(before, Letter.id == _id(one, before.c.was))
        .where(before.c.now == Award.serial)
        .correlate(Award)
        .exists(),
    )
    reads = select(Account.id).where(Account.id == Award.recipient_id, Account.active)
    return (
        *status.in_force(),
        ends.is_not(None),
        ends > literal(at + one.last, ends.type),
        ends <= literal(at + one.first, ends.type),
        Award.issued_at <= literal(at - one.held, ends.type),
        reads.correlate(Award).exists(),
        ~carried_on,
        ~written,
    )


def _id(one: Reminder, serial: ColumnElement[str] | InstrumentedAttribute[str]) -> Any:
    return literal(f"{one.letter}.") + cast(serial, String) + f".{one.key}"


def _corrected() -> CTE:
    """Serials (`now`) with each of those that they took the place of (`was`), however often."""
    older = aliased(Award)
    pairs = (
        select(Award.replaced_by.label("now"), Award.serial.label("was"))
        .where(Award.replaced_by.is_not(None))
        .cte("corrected", recursive=True)
    )
    return pairs.union(
        select(pairs.c.now, older.serial).join(older, older.replaced_by == pairs.c.was)
    )


jobs.periodically("award-ends", EVERY, remind)
