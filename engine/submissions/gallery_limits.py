"""How much of a visitor's doings the gallery takes, so that nobody can drown a teacher, or have
this site write to a stranger again and again.

Counted by e-mail address, by network address, by item and for the whole site. A network address is
kept as a digest, a *place*, that means nothing the day after, and is forgotten then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.errors import Refusal, Refused
from engine.languages import _
from engine.records.tables import GalleryQuestion, GalleryReport

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
BY_EMAIL: Final = 5
"""Questions that one e-mail address, whatever its +tag, may ask in a day: so many letters can come
to a stranger whose address somebody else types, and no more."""
FROM_ONE_PLACE: Final = 20
"""Questions, or reports, from one network address in an hour; a school may have only one."""
ABOUT_ONE: Final = 40
"""Questions about one item in a day."""
IN_ALL: Final = 300
"""Questions on the whole site in an hour."""
OPEN_REPORTS: Final = 20
"""Undecided reports of one item that are kept; further ones are counted."""


def may_ask(session: Session, item_id: str, email: str, place: str, at: datetime) -> None:
    """Raises `Refused` (`throttled`) when it is too much."""
    asked = GalleryQuestion
    counts = (
        (BY_EMAIL, DAY, _of_one_person(email)),
        (FROM_ONE_PLACE, HOUR, asked.asked_from == place),
        (ABOUT_ONE, DAY, asked.item_id == item_id),
        (IN_ALL, HOUR, None),
    )
    for most, span, condition in counts:
        if _since(session, asked.asked_at, at - span, condition, most) >= most:
            raise Refused(_too_many())


def may_report(session: Session, place: str, at: datetime) -> None:
    """Raises `Refused` (`throttled`) when it is too much."""
    row = GalleryReport
    here = _since(session, row.reported_at, at - HOUR, row.reported_from == place, FROM_ONE_PLACE)
    if here >= FROM_ONE_PLACE:
        raise Refused(_too_many())


def _of_one_person(email: str) -> ColumnElement[bool]:
    """Addresses like this one: what stands after a plus is the same mailbox with many providers."""
    name, _at, domain = email.rpartition("@")
    name = name.partition("+")[0] or name
    asked = GalleryQuestion.email
    tagged = and_(
        asked.startswith(f"{name}+", autoescape=True), asked.endswith(f"@{domain}", autoescape=True)
    )
    return or_(asked == f"{name}@{domain}", tagged)


def _since(
    session: Session,
    when: InstrumentedAttribute[datetime],
    then: datetime,
    condition: ColumnElement[bool] | None,
    most: int,
) -> int:
    """How many there were since then, as far as it matters."""
    conditions: list[Any] = [when > then] if condition is None else [condition, when > then]
    few = select(when).where(*conditions).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _too_many() -> Refusal:
    return Refusal(
        _("A lot has been sent from here or to this page lately, so this one was not taken."),
        _("Your words are still below. Please try again in an hour or tomorrow."),
        "throttled",
    )
