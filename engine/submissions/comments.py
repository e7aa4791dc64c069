"""Reviewers' notes on single fields, rows and moments of a film, as somebody reads them.

A note is shared with the candidate, who sees it once the decision of its round has reached them,
or for staff and reviewers alone, who are the only ones that ever see it. How a note is written is
`noting`; what the candidate answers is `replies`; what a note opens for changes is `flagged`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from engine.forms.anchors import place_of
from engine.forms.drafts import Draft
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Account, Comment, Review
from engine.submissions import blinding, history
from engine.submissions.blinding import Eyes
from engine.submissions.stored import draft_of

_NEWS = ("open", "outcome", "closed")
"""The kinds of states in which the candidate learns what became of the round."""


class Reply(NamedTuple):
    """The candidate's answer to a note."""

    id: str
    author_label: str
    body: str
    written_at: datetime


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
    visibility: str = "shared"
    moment: float | None = None
    """Seconds from the beginning of the film."""
    evidence_id: str | None = None
    """The film that `moment` is in."""
    resolved_at: datetime | None = None
    replies: tuple[Reply, ...] = ()
    answerable: bool = False
    """The reader is its candidate, and may answer it now."""

    @property
    def staff_only(self) -> bool:
        return self.visibility != "shared"

    @property
    def answered(self) -> bool:
        """Whether nothing is left to say: it was answered, or a reviewer is content."""
        return bool(self.replies) or self.resolved_at is not None


def for_reviewers(
    session: Session,
    subject: SubmissionSubject,
    handed_in: Draft,
    reader: Actor | None = None,
) -> list[CommentShown]:
    """Every note of every round, oldest first, where its row stands in `handed_in`.

    What other reviewers noted in this round is left out for a `reader` who is still to say what
    they think, where the workflow says that reviewers do not see each other's.
    """
    seen = blinding.eyes(session, reader, subject) if reader else None
    notes = _shown(session, subject, (), lambda: handed_in, seen)
    if reader is None or not _keeps_apart(session, subject, reader):
        return notes
    round = subject.submission.round
    return [one for one in notes if one.round != round or one.author_id == reader.id]


def for_candidate(
    session: Session, subject: SubmissionSubject, answers: Draft | None = None
) -> list[CommentShown]:
    """The shared notes of the last closed review, oldest first, where their rows stand in the
    draft now, or in `answers`; nothing while a review is open, or its outcome is not announced."""
    until = released(session, subject)
    if until is None:
        return []
    asked = (
        Comment.round == subject.submission.round,
        Comment.visibility == "shared",
        Comment.written_at <= until,
    )
    seen = blinding.of_owner(session, subject)
    id = subject.submission.id
    return _shown(session, subject, asked, lambda: answers or draft_of(session, id), seen)


def facts(session: Session, subject: SubmissionSubject) -> dict[str, int]:
    """What guards may know of this round's notes: how many are shared, how many are for staff, and
    how many shared ones the candidate has not answered and no reviewer has settled."""
    answer = aliased(Comment)
    replied = select(answer.id).where(answer.reply_to == Comment.id).exists()
    rows = session.execute(
        select(Comment.visibility, Comment.resolved_at, replied).where(
            Comment.submission_id == subject.submission.id,
            Comment.round == subject.submission.round,
            Comment.reply_to.is_(None),
        )
    ).all()
    shared = [row for row in rows if row[0] == "shared"]
    return {
        "shared": len(shared),
        "staff": len(rows) - len(shared),
        "unanswered": sum(resolved is None and not answered for _, resolved, answered in shared),
    }


def released(session: Session, subject: SubmissionSubject) -> datetime | None:
    """Until when this round's shared notes are the candidate's to read, UTC; None: not yet.

    They are once the round's review is closed and the submission has come to a state in which the
    candidate learns of it. An appeal or a decision that is not announced comes after that, and
    what is noted then waits for the next such state.
    """
    submission, state = subject.submission, subject.state
    closed = session.scalar(
        select(Review.id)
        .where(
            Review.submission_id == submission.id,
            Review.round == submission.round,
            Review.closed_at.is_not(None),
        )
        .limit(1)
    )
    if closed is None:
        return None
    if state.announced and state.kind in _NEWS:
        return datetime.max.replace(tzinfo=submission.state_since.tzinfo)
    for step in reversed(history.events(session, submission.id, "advanced")):
        if step.facts.get("round") != submission.round:
            return None
        came_to = subject.workflow.states.get(str(step.facts.get("to")))
        if came_to is not None and came_to.announced and came_to.kind in _NEWS:
            moment: datetime = step.at
            return moment
    return None


def _keeps_apart(session: Session, subject: SubmissionSubject, reader: Actor) -> bool:
    """Whether `reader` reviews here now without seeing what the others say."""
    rows = session.execute(
        select(Review.block, Review.closed_at).where(
            Review.submission_id == subject.submission.id,
            Review.round == subject.submission.round,
            Review.reviewer_id == reader.id,
            Review.status != "given_up",
        )
    ).all()
    for name, closed_at in rows:
        block = subject.state.reviews.get(name)
        if block is None or block.count == 1:
            continue
        if block.peers == "hidden" or (block.peers == "after" and closed_at is None):
            return True
    return False


def _shown(
    session: Session,
    subject: SubmissionSubject,
    narrowed: Sequence[ColumnElement[bool]],
    answers: Callable[[], Draft],
    seen: Eyes | None,
) -> list[CommentShown]:
    """`seen` says whose names the reader may learn; None: everybody's."""
    rows = session.execute(_columns(subject).where(Comment.reply_to.is_(None), *narrowed)).all()
    if not rows:
        return []
    # Most notes stand in no row, and need no look at the answers.
    draft = answers() if any(row.anchor for row in rows) else Draft()
    replies = _replies(session, subject, seen)
    shown = []
    for row in rows:
        place = place_of(row.anchor, row.pointer, draft)
        shown.append(
            CommentShown(
                row.id,
                place.pointer,
                row.author_id,
                seen.name_of(row.author_id, row.name) if seen else row.name,
                row.body,
                row.round,
                row.written_at,
                place.gone,
                row.visibility,
                row.moment,
                row.evidence_id,
                row.resolved_at,
                tuple(replies.get(row.id, ())),
            )
        )
    return shown


def _replies(
    session: Session, subject: SubmissionSubject, seen: Eyes | None
) -> Mapping[str, list[Reply]]:
    said: dict[str, list[Reply]] = defaultdict(list)
    for row in session.execute(_columns(subject).where(Comment.reply_to.is_not(None))):
        name = seen.name_of(row.author_id, row.name) if seen else row.name
        said[row.reply_to].append(Reply(row.id, name, row.body, row.written_at))
    return said


def _columns(subject: SubmissionSubject) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Comment.anchor,
            Comment.id,
            Comment.pointer,
            Comment.author_id,
            Account.name,
            Comment.body,
            Comment.round,
            Comment.written_at,
            Comment.visibility,
            Comment.moment,
            Comment.evidence_id,
            Comment.resolved_at,
            Comment.reply_to,
        )
        .join(Account, Account.id == Comment.author_id)
        .where(Comment.submission_id == subject.submission.id)
        .order_by(Comment.written_at, Comment.id)
    )
