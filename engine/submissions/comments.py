"""A reviewer's notes on single fields. The candidate sees them once the review is closed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refusal, Refused
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import audit
from engine.records.tables import Account, Comment, Review, new_id

LONGEST = 5_000
"""Characters in one note."""
TOO_LONG = Refusal(
    f"A note has at most {LONGEST:,} characters.", "Shorten it and keep it again.", "too-long"
)


class CommentShown(NamedTuple):
    """A note as a page shows it; `pointer` is the field's."""

    id: str
    pointer: str
    author_id: str
    author_label: str
    """Their name, or what they are called where names are hidden."""
    body: str
    round: int
    written_at: datetime


def add(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    pointer: str,
    body: str,
    at: datetime,
) -> Comment:
    """Write a note on the field at `pointer`. Raises `Refused` (not the reviewer, or empty)."""
    require(actor, "submission.comment", subject)
    body = body.strip()
    if not body:
        raise Refused(Refusal("The note is empty.", "Write what should change.", "empty"))
    if len(body) > LONGEST or len(pointer) > 1_000:
        raise Refused(TOO_LONG)
    comment = Comment(
        id=new_id(),
        submission_id=subject.submission.id,
        round=subject.submission.round,
        pointer=pointer,
        author_id=actor.id,
        body=body,
        written_at=at,
    )
    session.add(comment)
    session.flush()
    facts = {"comment": comment.id, "pointer": pointer, "body": body}
    audit.record(session, f"submission:{subject.submission.id}", "noted", facts, actor, at)
    return comment


def remove(
    session: Session, actor: Actor, subject: SubmissionSubject, comment_id: str, at: datetime
) -> None:
    """Take back one's own note of this round. The audit trail keeps that it was there."""
    require(actor, "submission.comment", subject)
    comment = session.get(Comment, comment_id)
    if (
        comment is None
        or comment.submission_id != subject.submission.id
        or comment.author_id != actor.id
        or comment.round != subject.submission.round
    ):
        raise NotFound("There is no such note of yours in this round.")
    facts = {"comment": comment.id, "pointer": comment.pointer}
    session.delete(comment)
    audit.record(session, f"submission:{subject.submission.id}", "note-removed", facts, actor, at)


def for_reviewers(session: Session, subject: SubmissionSubject) -> list[CommentShown]:
    """Every note of every round, oldest first."""
    return _shown(session, subject, None)


def for_candidate(session: Session, subject: SubmissionSubject) -> list[CommentShown]:
    """The notes of the last closed review, oldest first; nothing while one is still open."""
    last = session.scalars(
        select(Review.round)
        .where(
            Review.submission_id == subject.submission.id,
            Review.round == subject.submission.round,
            Review.closed_at.is_not(None),
        )
        .limit(1)
    ).first()
    return [] if last is None else _shown(session, subject, last)


def _shown(session: Session, subject: SubmissionSubject, round: int | None) -> list[CommentShown]:
    asked = (
        select(
            Comment.id,
            Comment.pointer,
            Comment.author_id,
            Account.name,
            Comment.body,
            Comment.round,
            Comment.written_at,
        )
        .join(Account, Account.id == Comment.author_id)
        .where(Comment.submission_id == subject.submission.id)
        .order_by(Comment.written_at, Comment.id)
    )
    if round is not None:
        asked = asked.where(Comment.round == round)
    return [CommentShown(*row) for row in session.execute(asked)]
