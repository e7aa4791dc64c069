"""Lists that were begun: what has become of their rows, and which list an award comes from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records.tables import AwardList, AwardListRow


class Progress(NamedTuple):
    """How far a list has come."""

    total: int
    awarded: int
    held: int
    left: int

    @property
    def waiting(self) -> int:
        return self.total - self.awarded - self.held - self.left


def find(session: Session, actor: Actor, list_id: str) -> AwardList:
    """A list that was begun. Raises `NotFound`."""
    require(actor, "award.list")
    listed = session.get(AwardList, list_id)
    if listed is None:
        raise NotFound(_("There is no such list."))
    return listed


def progress_of(session: Session, list_id: str) -> Progress:
    """How far a list has come, counted over its own rows."""
    return progress_of_each(session, [list_id])[list_id]


def progress_of_each(session: Session, list_ids: Iterable[str]) -> dict[str, Progress]:
    """How far each of these lists has come, in one query."""
    found: dict[str, dict[str, int]] = {id: {} for id in list_ids}
    rows = session.execute(
        select(AwardListRow.list_id, AwardListRow.outcome, func.count())
        .where(AwardListRow.list_id.in_(found))
        .group_by(AwardListRow.list_id, AwardListRow.outcome)
    )
    for id, outcome, count in rows:
        found[id][outcome] = count
    return {
        id: Progress(sum(by.values()), by.get("awarded", 0), by.get("held", 0), by.get("left", 0))
        for id, by in found.items()
    }


def rows_with(
    session: Session, list_id: str, outcome: str, most: int | None = None
) -> list[AwardListRow]:
    """The rows of a list with this outcome, in its order."""
    query = (
        select(AwardListRow)
        .where(AwardListRow.list_id == list_id, AwardListRow.outcome == outcome)
        .order_by(AwardListRow.number)
    )
    return list(session.scalars(query.limit(most)))


def latest(
    session: Session, actor: Actor, most: int, where: Iterable[ColumnElement[bool]] = ()
) -> list[AwardList]:
    """The lists that were begun, the latest first."""
    require(actor, "award.list")
    newest = (AwardList.begun_at.desc(), AwardList.id.desc())
    return list(session.scalars(select(AwardList).where(*where).order_by(*newest).limit(most)))


def list_of(session: Session, serial: str) -> AwardList | None:
    """The list that an award comes from, if it comes from one."""
    query = (
        select(AwardList)
        .join(AwardListRow, AwardListRow.list_id == AwardList.id)
        .where(AwardListRow.serial == serial)
    )
    return session.scalars(query).first()


def as_of(day: date | None, at: datetime) -> datetime:
    """The moment that an award of a day counts from: noon, which is that day nearly everywhere;
    now for today, and where there is none."""
    if day is None or day >= at.astimezone(UTC).date():
        return at
    return datetime.combine(day, time(12), UTC)
