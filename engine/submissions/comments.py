"""A reviewer's notes on single fields. The candidate sees them once the review is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refusal, Refused
from engine.forms.anchors import anchor_of, place_of
from engine.forms.drafts import Draft
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import audit
from engine.records.tables import Account, Comment, Review, Snapshot, new_id
from engine.submissions.drafting import draft_of

LONGEST = 5_000
"""Characters in one note."""


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
    row_gone: bool = False
    """It was written on a row that is not there any more, and is shown at the row's group."""


def too_long() -> Refusal:
    """Why a note of more than `LONGEST` characters is not kept."""
    return Refusal(
        _("A note has at most %(count)s characters.", count=f"{LONGEST:,}"),
        _("Shorten it and keep it again."),
        "too-long",
    )


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
        raise Refused(Refusal(_("The note is empty."), _("Write what should change."), "empty"))
    if len(body) > LONGEST or len(pointer) > 1_000:
        raise Refused(too_long())
    comment = Comment(
        id=new_id(),
        submission_id=subject.submission.id,
        round=subject.submission.round,
        pointer=pointer,
        anchor=anchor_of(pointer, _handed_in(session, subject).rows),
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
        raise NotFound(_("There is no such note of yours in this round."))
    facts = {"comment": comment.id, "pointer": comment.pointer}
    session.delete(comment)
    audit.record(session, f"submission:{subject.submission.id}", "note-removed", facts, actor, at)


def for_reviewers(
    session: Session, subject: SubmissionSubject, handed_in: Draft
) -> list[CommentShown]:
    """Every note of every round, oldest first, where its row stands in `handed_in`."""
    return _shown(session, subject, None, lambda: handed_in)


def for_candidate(session: Session, subject: SubmissionSubject) -> list[CommentShown]:
    """The notes of the last closed review, oldest first, where their rows stand in the draft now;
    nothing while a review is still open."""
    last = session.scalars(
        select(Review.round)
        .where(
            Review.submission_id == subject.submission.id,
            Review.round == subject.submission.round,
            Review.closed_at.is_not(None),
        )
        .limit(1)
    ).first()
    if last is None:
        return []
    return _shown(session, subject, last, lambda: draft_of(session, subject.submission.id))


def _shown(
    session: Session,
    subject: SubmissionSubject,
    round: int | None,
    answers: Callable[[], Draft],
) -> list[CommentShown]:
    asked = (
        select(
            Comment.anchor,
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
    rows = session.execute(asked).all()
    # Most notes stand in no row, and need no look at the answers.
    draft = answers() if any(row.anchor for row in rows) else Draft()
    found = []
    for row in rows:
        note = CommentShown(*row[1:])
        place = place_of(row.anchor, note.pointer, draft)
        found.append(note._replace(pointer=place.pointer, row_gone=place.gone))
    return found


def _handed_in(session: Session, subject: SubmissionSubject) -> Draft:
    """What was submitted in this round, without the answers."""
    marks = session.scalar(
        select(Snapshot.marks).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round == subject.submission.round,
        )
    )
    return Draft.of({}, marks)
