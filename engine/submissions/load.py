"""Who has how much to review, how fast it goes, and what is overdue now: for program staff alone.

Read from the assignments and the submissions themselves, along indexes that hold only what is open,
what was closed lately, and what has a due time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from engine.records.tables import DUE, OPEN, Account, Review, Submission


class Load(NamedTuple):
    """One reviewer's work."""

    reviewer_id: str
    name: str
    open: int
    overdue: int
    """Of the open ones."""
    closed: int
    """Finished within the days asked for."""
    median: timedelta | None
    """From taking one up to finishing it; None when none was finished."""


class Late(NamedTuple):
    """What is overdue in one stage of one credential."""

    credential_id: str
    state: str
    number: int
    oldest: datetime
    """When the first of them was due."""


def reviewers(session: Session, since: datetime, until: datetime, at: datetime) -> list[Load]:
    """Everybody who has an open review or finished one between `since` and `until`; who has most
    open first."""
    open: dict[str, tuple[int, int]] = {}
    now = (
        select(
            Review.reviewer_id,
            func.count(),
            func.sum(case((Review.due_at < at, 1), else_=0)),
        )
        .where(text(OPEN))
        .group_by(Review.reviewer_id)
    )
    for id, number, overdue in session.execute(now):
        open[id] = (number, overdue)
    took: dict[str, list[float]] = defaultdict(list)
    done = select(Review.reviewer_id, Review.started_at, Review.closed_at).where(
        Review.closed_at >= since, Review.closed_at < until, Review.status == "closed"
    )
    for id, started, closed in session.execute(done):
        assert closed is not None, "asked for those that were closed"
        took[id].append((closed - started).total_seconds())
    ids = {*open, *took}
    names = {
        row.id: row.name
        for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    }
    found = [
        Load(
            id,
            names.get(id, id),
            *open.get(id, (0, 0)),
            len(took[id]),
            timedelta(seconds=median(took[id])) if took[id] else None,
        )
        for id in ids
    ]
    return sorted(found, key=lambda one: (-one.open, -one.closed, one.name, one.reviewer_id))


def overdue(session: Session, credentials: Collection[str], at: datetime) -> list[Late]:
    """What is overdue now, by credential and stage; most first."""
    asked = (
        select(
            Submission.credential_id,
            Submission.state,
            func.count(),
            func.min(Submission.due_at),
        )
        .where(text(DUE), Submission.due_at < at, Submission.credential_id.in_(credentials))
        .group_by(Submission.credential_id, Submission.state)
    )
    found = [
        Late(credential, state, number, oldest)
        for credential, state, number, oldest in session.execute(asked)
        if oldest is not None
    ]
    return sorted(found, key=lambda one: (-one.number, one.credential_id, one.state))
