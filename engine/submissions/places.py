"""The places of a state in which work is reviewed: who has them, and which are free.

An assignment is a row of `reviews`: one reviewer, one round, one state and one block of it. The
submission's row says in small what those rows say (`reviewer_ids`, `places_free`), for the queue
and for the permission function; `seat` alone writes it, in one UPDATE that refuses when somebody
else was faster. How one assignment begins and ends is in `assignments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from engine.credentials.workflow import ReviewBlock
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import _
from engine.permissions import SubmissionSubject
from engine.records.prepared import Prepared
from engine.records.tables import Account, Review, Submission
from engine.submissions import pools

_ROWS = Submission.__table__
_SEAT = Prepared(
    update(_ROWS).where(  # type: ignore[arg-type]
        _ROWS.c.id == bindparam("of"),
        _ROWS.c.state == bindparam("in_state"),
        _ROWS.c.revision == bindparam("seen"),
        _ROWS.c.places_free == bindparam("seen_free"),
    )
)


class Assignment(NamedTuple):
    """An assignment of the present state, as pages show it."""

    id: str
    reviewer_id: str
    name: str
    block: str
    status: str
    """`open` or `closed`."""
    since: datetime
    due_at: datetime | None
    lock_until: datetime | None
    by_hand: bool
    away: bool


def assignments(session: Session, subject: SubmissionSubject, at: datetime) -> list[Assignment]:
    """Everybody who is asked to review in the present state, the first one first."""
    rows = session.execute(
        select(Review, Account)
        .join(Account, Account.id == Review.reviewer_id)
        .where(*_present(subject), Review.status != "given_up")
        .order_by(Review.started_at, Review.id)
    )
    return [
        Assignment(
            review.id,
            review.reviewer_id,
            account.name,
            review.block,
            review.status,
            review.started_at,
            review.due_at,
            review.lock_until,
            bool(review.assigned_by),
            pools.is_away(account.away_from, account.away_until, at),
        )
        for review, account in rows
    ]


def places_free(session: Session, subject: SubmissionSubject) -> Mapping[str, int]:
    """How many places of the present state are free, by block."""
    return free_in(subject, taken(every(session, subject), subject))


def every(session: Session, subject: SubmissionSubject) -> list[Review]:
    """All assignments of a submission, of every state and round, the oldest first."""
    return list(
        session.scalars(
            select(Review)
            .where(Review.submission_id == subject.submission.id)
            .order_by(Review.started_at, Review.id)
        )
    )


def taken(rows: Iterable[Review], subject: SubmissionSubject) -> list[Review]:
    """Those assignments that fill a place of the present state."""
    return [
        one
        for one in rows
        if one.status != "given_up" and belongs(one, subject) and one.block in subject.state.reviews
    ]


def free_in(subject: SubmissionSubject, rows: Iterable[Review]) -> dict[str, int]:
    """How many places of the present state the assignments `taken` leave free, by block."""
    free = {name: block.count for name, block in subject.state.reviews.items()}
    for row in rows:
        free[row.block] = max(0, free[row.block] - 1)
    return free


def belongs(review: Review, subject: SubmissionSubject) -> bool:
    """Whether an assignment is one of the present round and state."""
    submission = subject.submission
    return (review.round, review.state) == (submission.round, submission.state)


def own_of(rows: Iterable[Review], subject: SubmissionSubject, reviewer_id: str) -> Review:
    """Somebody's open assignment in the present state. Raises `Refused`."""
    for review in taken(rows, subject):
        if review.reviewer_id == reviewer_id and review.status == "open":
            return review
    raise Refused(
        Refusal(
            _("There is no open review of theirs here any more."),
            _("Look at where it stands now."),
            "not-assigned",
        )
    )


def block_called(subject: SubmissionSubject, name: str) -> ReviewBlock:
    """A review block of the present state. Raises `NotFound`."""
    block = subject.state.reviews.get(name)
    if block is None:
        raise NotFound(_("Nothing of that name is reviewed here now."))
    return block


def hold(session: Session, subject: SubmissionSubject) -> None:
    """Keep everybody else from this submission until the commit, and look at it afresh."""
    seen = subject.submission.state
    session.refresh(subject.submission, with_for_update=True)
    if subject.submission.state != seen:
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))


def seat(session: Session, subject: SubmissionSubject, rows: Iterable[Review]) -> None:
    """Make the submission's row say what the assignments say, unless it changed meanwhile."""
    submission = subject.submission
    session.flush()
    if subject.state.reviews:
        counting = taken(rows, subject)
        ids = list(dict.fromkeys(one.reviewer_id for one in counting))
        free = sum(free_in(subject, counting).values())
    else:
        ids, free = list(submission.reviewer_ids), 0
    columns: dict[str, Any] = {
        "reviewer_id": ids[0] if ids else None,
        "reviewer_ids": ids,
        "places_free": free,
    }
    if all(getattr(submission, name) == value for name, value in columns.items()):
        return
    seen = {
        "of": submission.id,
        "in_state": submission.state,
        "seen": submission.revision,
        "seen_free": submission.places_free,
    }
    if _SEAT.run(session, {**columns, **seen}).rowcount == 0:
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))
    for name, value in columns.items():
        set_committed_value(submission, name, value)


def _present(subject: SubmissionSubject) -> tuple[Any, ...]:
    submission = subject.submission
    return (
        Review.submission_id == submission.id,
        Review.round == submission.round,
        Review.state == submission.state,
    )
