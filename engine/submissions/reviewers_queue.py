"""The reviewers' queue: what waits, the longest first, a page at a time.

Read by keyset over one index, so that the hundredth page costs what the first does. What a
reviewer does with a submission is in `reviewing`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.errors import NotFound
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records import catalogue
from engine.records.tables import Account, Submission


class QueueRow(NamedTuple):
    """One submission in the reviewers' queue."""

    submission: Submission
    candidate_name: str
    reviewer_name: str | None
    credential_title: str
    state_label: str
    tone: str

    @property
    def cursor(self) -> str:
        """Where the next page begins: after this row."""
        return f"{self.submission.state_since.isoformat()}~{self.submission.id}"


def queue(
    session: Session,
    actor: Actor,
    *,
    state: str = "",
    whose: str = "",
    credential: str = "",
    after: str = "",
    limit: int = 50,
) -> list[QueueRow]:
    """What waits for reviewers, the longest first: one query, a page at a time.

    `state` narrows to a state's name, `whose` is `mine`, `free` or empty for all, `credential`
    narrows to a credential id, `after` is the `cursor` of the last row seen.
    """
    require(actor, "queue.see")
    reviewer = aliased(Account)
    asked = (
        select(Submission, Account.name, reviewer.name)
        .join(Account, Account.id == Submission.candidate_id)
        .outerjoin(reviewer, reviewer.id == Submission.reviewer_id)
        .where(
            Submission.state_kind.in_(("review", "decide")),
            Submission.candidate_id != actor.id,
        )
        .order_by(Submission.state_since, Submission.id)
        .limit(limit)
    )
    if state:
        asked = asked.where(Submission.state == state)
    if credential:
        asked = asked.where(Submission.credential_id == credential)
    if whose == "mine":
        asked = asked.where(Submission.reviewer_id == actor.id)
    elif whose == "free":
        asked = asked.where(Submission.reviewer_id.is_(None))
    if after:
        since, id = _cursor(after)
        asked = asked.where(
            or_(
                Submission.state_since > since,
                and_(Submission.state_since == since, Submission.id > id),
            )
        )
    rows = []
    for submission, candidate_name, reviewer_name in session.execute(asked):
        edition = catalogue.edition(session, submission.edition_digest)
        assert edition.workflow is not None
        at = edition.workflow.states[submission.state]
        rows.append(
            QueueRow(
                submission,
                candidate_name,
                reviewer_name,
                edition.credential.title,
                at.label,
                at.tone,
            )
        )
    return rows


class Count(NamedTuple):
    """How many submissions wait in one state of one credential; `free` have no reviewer."""

    credential_id: str
    state: str
    total: int
    free: int
    mine: int


def counts(session: Session, actor: Actor) -> list[Count]:
    """How many wait, by credential and state."""
    require(actor, "queue.see")
    rows = session.execute(
        select(
            Submission.credential_id,
            Submission.state,
            func.count(),
            func.count().filter(Submission.reviewer_id.is_(None)),
            func.count().filter(Submission.reviewer_id == actor.id),
        )
        .where(
            Submission.state_kind.in_(("review", "decide")),
            Submission.candidate_id != actor.id,
        )
        .group_by(Submission.credential_id, Submission.state)
    )
    return [Count(*row) for row in rows]


def _cursor(text: str) -> tuple[datetime, str]:
    since, _divided, id = text.partition("~")
    try:
        moment = datetime.fromisoformat(since)
        return moment.astimezone(UTC), id
    except (ValueError, OverflowError):
        raise NotFound(_("That page of the queue is not there. Start again at its top.")) from None
