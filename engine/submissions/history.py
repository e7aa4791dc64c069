"""The trail of a submission: its name, adding to it, and what it says of the way it came.

The kinds of events are the trail's own words: `opened`, `advanced`, `taken-back`, `migrated`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.records import audit
from engine.records.tables import Event


def chain(submission_id: str) -> str:
    """The trail of a submission, as `audit` names it."""
    return f"submission:{submission_id}"


def record(
    session: Session,
    submission_id: str,
    kind: str,
    facts: Mapping[str, Any],
    by: audit.Doer,
    at: datetime,
) -> None:
    """Add an event to the trail of a submission, in the caller's transaction."""
    audit.record(session, chain(submission_id), kind, facts, by, at)


def events(session: Session, submission_id: str, *kinds: str) -> Sequence[Row[Any]]:
    """When it happened (`at`, UTC), by whom (`actor_id`) and what is known of it (`facts`), of
    each event of these kinds, the first one first."""
    return session.execute(
        select(Event.at, Event.actor_id, Event.facts)
        .where(Event.chain == chain(submission_id), Event.kind.in_(kinds))
        .order_by(Event.sequence)
    ).all()


def deciders(session: Session, submission_id: str) -> set[str]:
    """The account ids of everybody who took a decision on this submission, in any round."""
    return {
        event.actor_id
        for event in events(session, submission_id, "advanced")
        if event.facts.get("decides")
    }


def migrated_since(session: Session, submission_id: str, since: datetime) -> bool:
    """Whether it was moved to another version of its documents at or after `since`."""
    moved = select(Event.sequence).where(
        Event.chain == chain(submission_id),
        Event.kind == "migrated",
        Event.at >= since,
    )
    return session.scalar(moved.limit(1)) is not None
