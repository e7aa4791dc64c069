"""One assignment, from its beginning to its end: opened, finished, or given up.

Each of them is told in the trail, and to the reviewer when it was not their own doing. The rows of
a submission together, and what its own row says of them, are `places`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock
from engine.permissions import SubmissionSubject
from engine.records import audit
from engine.records.tables import Account, Review
from engine.settings import Settings
from engine.submissions import carrying, deadlines, history, pools, review_letters, reviewing

How = Literal["claim", "manual", "turn", "load", "again", "delegated"]
"""How somebody came to an assignment: they took it, staff named them, it was their turn, they had
least to do, they had reviewed it before, or they stand in for somebody who is away."""
LONGEST_REASON = 2_000
"""Characters of why somebody gives a place up, or loses it."""


def give(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    rows: list[Review],
    block: ReviewBlock,
    reviewer_id: str,
    at: datetime,
    how: How,
    by: audit.Doer | None,
) -> Review:
    """Open an assignment, or open it again; a new one is added to `rows`.

    Without `by` the event of the transition tells it already."""
    submission, calendar = subject.submission, deadlines.calendar_of(settings, subject)
    claimed = how == "claim" and block.lock is not None
    review = reviewing.assign(
        session,
        subject,
        block.name,
        reviewer_id,
        at,
        due_at=block.due.after(at, calendar) if block.due else None,
        lock_until=block.lock.after(at, calendar) if claimed and block.lock else None,
        carried=carrying.carried(session, subject, block, reviewer_id),
    )
    review.assigned_by = by.id if by is not None and how == "manual" else ""
    session.flush()
    if review not in rows:
        rows.append(review)
    if how != "claim":
        pools.took_turn(session, submission.credential_id, block.by, reviewer_id, at)
    deadlines.wind(session, settings, subject, review, at)
    if by is not None:
        facts = {**_facts(session, review), "how": how}
        if review.due_at is not None:
            facts["due"] = review.due_at.isoformat()
        history.record(session, subject.submission.id, "assigned", facts, by, at)
        if by.id != reviewer_id:
            letter, due = review_letters.ASSIGNED, review.due_at
            occasion = occasion_of(review, at)
            review_letters.tell(session, subject, reviewer_id, letter, occasion, due=due)
    return review


def end(
    session: Session,
    subject: SubmissionSubject,
    review: Review,
    kind: str,
    reason: str,
    by: audit.Doer,
    at: datetime,
) -> None:
    """An open assignment is given up, and the trail says why."""
    stop(session, review)
    session.flush()
    facts = {**_facts(session, review), **({"reason": reason} if reason else {})}
    history.record(session, subject.submission.id, kind, facts, by, at)


def stop(session: Session, review: Review) -> None:
    """An assignment is given up, with its timers; nobody is told."""
    timed = review.due_at is not None or review.lock_until is not None
    review.status, review.lock_until = "given_up", None
    if timed:
        deadlines.stop(session, review)


def close(session: Session, review: Review, at: datetime) -> None:
    """An assignment is finished, and its review counts. The scores and notes stay."""
    timed = review.due_at is not None or review.lock_until is not None
    review.status, review.closed_at, review.lock_until = "closed", at, None
    if timed:
        deadlines.stop(session, review)


def occasion_of(review: Review, at: datetime) -> str:
    """What a letter about this change of this assignment is told apart by: it is sent once."""
    return f"{review.id}.{at:%Y%m%d%H%M%S%f}"


def _facts(session: Session, review: Review) -> dict[str, Any]:
    name = session.scalar(select(Account.name).where(Account.id == review.reviewer_id))
    return {
        "reviewer": review.reviewer_id,
        "name": name or review.reviewer_id,
        "round": review.round,
        **({"block": review.block} if review.block else {}),
    }
