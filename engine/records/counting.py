"""How many submissions stand where, without counting them: a million rows take a second to count.

The database's own triggers write a row of `state_moves` for every submission that comes to a
state or leaves one, so no way of writing can forget it; their sum is what stands there. A chore
of the workers sums them up now and then, so that there are never many to add.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, delete, func, insert, literal, or_, select, text, union_all
from sqlalchemy.orm import Session

from engine.records import jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import StateMove, Submission

EVERY = 30.0
"""Seconds between looks at how many moves there are."""
FEW = 100
"""Moves that are left alone: every page with counts adds them up, in a tenth of a millisecond."""
AT_ONCE = 20_000
"""Moves that one transaction sums up, so that nobody waits long for the write lock."""


class Stands(NamedTuple):
    """How many submissions of one edition stand in one state; `free` still want reviewers."""

    credential_id: str
    edition_digest: str
    state: str
    state_kind: str
    free: bool
    number: int


_OF = (
    StateMove.credential_id,
    StateMove.edition_digest,
    StateMove.state,
    StateMove.state_kind,
    StateMove.free,
)


def moved() -> Select[str, str, str, str, bool, int]:
    """The query for `standing`, for whoever asks for more in the same breath."""
    return select(*_OF, func.sum(StateMove.change).label("number")).group_by(*_OF)


def standing(session: Session) -> list[Stands]:
    """Every number that is not zero, in one query over as many rows as there are kinds of them."""
    return [Stands(*row) for row in session.execute(moved()) if row[-1]]


def sum_up(database: Database, few: int = FEW, at_once: int = AT_ONCE) -> int:
    """Replace the moves by their sums, a piece at a time; returns how many rows went.

    Each piece deletes what it adds, in one transaction: what somebody writes meanwhile is another
    row, with whatever number, and stays. Two workers that do it at once wait for each other's
    rows and then find them gone.
    """
    gone = 0
    while True:
        with database.transaction() as session:
            piece = select(StateMove.id).order_by(StateMove.id).limit(at_once).subquery()
            rows, upto = session.execute(select(func.count(), func.max(piece.c.id))).one()
            kinds = select(*_OF).where(StateMove.id <= (upto or 0)).distinct().subquery()
            # One row for each kind is as few as there can be.
            if rows <= few or rows < 2 * (session.scalar(select(func.count(kinds.c.state))) or 0):
                return gone
            gone += _replace(session, upto)
        if rows < at_once:
            return gone


def _replace(session: Session, upto: int) -> int:
    taken = session.execute(
        delete(StateMove).where(StateMove.id <= upto).returning(*_OF, StateMove.change),
        execution_options={"synchronize_session": False},
    ).all()
    sums: dict[tuple[object, ...], int] = defaultdict(int)
    for *of, change in taken:
        sums[tuple(of)] += change
    _write(session, sums)
    return len(taken)


def _write(session: Session, sums: dict[tuple[object, ...], int]) -> None:
    names = [column.key for column in _OF]
    rows = [
        {**dict(zip(names, of, strict=True)), "change": change}
        for of, change in sums.items()
        if change
    ]
    if rows:
        session.execute(insert(StateMove), rows)


def _really() -> Select[str, str, str, str, bool, int]:
    of = (
        Submission.credential_id,
        Submission.edition_digest,
        Submission.state,
        Submission.state_kind,
        or_(Submission.reviewer_id.is_(None), Submission.places_free > 0).label("free"),
    )
    return select(*of, func.count().label("change")).group_by(*of)


def differences(session: Session) -> list[Stands]:
    """Where the counters are wrong, and by how many too few; empty when they are right.

    Counts every submission: seconds at a million. One statement, so it sees one moment.
    """
    counted = select(*_OF, (literal(0) - StateMove.change).label("change"))
    both = union_all(counted, _really()).subquery()
    of = [both.c[column.key] for column in _OF]
    wrong: Select[str, str, str, str, bool, int] = select(*of, func.sum(both.c.change)).group_by(
        *of
    )
    return [Stands(*row) for row in session.execute(wrong) if row[-1]]


def recount(session: Session) -> list[Stands]:
    """Count anew, and return what was wrong. Nobody can change a submission meanwhile."""
    if not Database.of(session).is_sqlite:  # SQLite's transaction holds the write lock already
        session.execute(text("LOCK TABLE submissions, state_moves IN SHARE ROW EXCLUSIVE MODE"))
    if wrong := differences(session):
        session.execute(delete(StateMove), execution_options={"synchronize_session": False})
        _write(session, {tuple(of): number for *of, number in session.execute(_really())})
    return wrong


def _chore(context: JobContext, _: datetime) -> None:
    sum_up(context.database)


jobs.periodically("counting", EVERY, _chore)
