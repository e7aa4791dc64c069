"""A reviewer's notes on single fields, rows and moments of a film, and who may read them.

A note is shared with the candidate, who sees it once the decision of its round has reached them,
or for staff and reviewers alone, who are the only ones that ever see it. What the candidate
answers is `replies`; what a note opens for changes is `flagged`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from engine.errors import NotFound, Refusal, Refused
from engine.forms.anchors import anchor_of, place_of
from engine.forms.drafts import Draft
from engine.forms.nodes import clean
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import audit
from engine.records.tables import Account, Comment, Event, Evidence, Review, Snapshot, new_id
from engine.submissions import blinding
from engine.submissions.blinding import Eyes
from engine.submissions.stored import draft_of

LONGEST: Final = 5_000
"""Characters in one note."""
LONGEST_POINTER: Final = 1_000
LATEST_MOMENT: Final = 100 * 3600.0
"""Seconds; no film is longer."""

Visibility = Literal["shared", "staff"]
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
    visibility: Visibility = "shared",
    moment: float | None = None,
    evidence_id: str | None = None,
) -> Comment:
    """Write a note on the field or row at `pointer`, or on the `moment` (seconds) of the film
    `evidence_id` there. Control characters are left out.

    Raises `Refused` (not the reviewer, empty or too long), and `NotFound` for a film that is not
    this submission's.
    """
    require(actor, "submission.comment", subject)
    body = tidy(body)
    pointer = clean(pointer)
    if len(pointer) > LONGEST_POINTER:
        raise Refused(too_long())
    if moment is not None:
        _require_film(session, subject, evidence_id, moment)
    comment = Comment(
        id=new_id(),
        submission_id=subject.submission.id,
        round=subject.submission.round,
        pointer=pointer,
        anchor=anchor_of(pointer, _handed_in(session, subject).rows),
        author_id=actor.id,
        body=body,
        written_at=at,
        visibility="staff" if visibility == "staff" else "shared",
        moment=moment,
        evidence_id=evidence_id if moment is not None else None,
    )
    session.add(comment)
    session.flush()
    facts = {
        "comment": comment.id,
        "pointer": pointer,
        "body": body,
        "visibility": comment.visibility,
        **({"moment": moment} if moment is not None else {}),
    }
    _record(session, subject, "noted", facts, actor, at)
    return comment


def edit(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    comment_id: str,
    body: str,
    at: datetime,
    visibility: Visibility | None = None,
) -> None:
    """Change one's own note while the candidate has not seen it.

    Raises `Refused` (empty, too long) and `NotFound`: somebody else's, or seen already.
    """
    comment = _own_unseen(session, actor, subject, comment_id)
    body = tidy(body)
    wanted = visibility or comment.visibility
    if (body, wanted) == (comment.body, comment.visibility):
        return
    facts = {
        "comment": comment.id,
        "pointer": comment.pointer,
        "before": comment.body,
        "body": body,
        "visibility": wanted,
    }
    comment.body, comment.visibility = body, wanted
    session.flush()
    _record(session, subject, "note-changed", facts, actor, at)


def remove(
    session: Session, actor: Actor, subject: SubmissionSubject, comment_id: str, at: datetime
) -> None:
    """Take back one's own note while the candidate has not seen it. The audit trail keeps that it
    was there."""
    comment = _own_unseen(session, actor, subject, comment_id)
    facts = {"comment": comment.id, "pointer": comment.pointer}
    session.delete(comment)
    session.flush()
    _record(session, subject, "note-removed", facts, actor, at)


def resolve(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    comment_id: str,
    resolved: bool,
    at: datetime,
) -> None:
    """Say of a note that nothing is left of it to do, or that something is, after all.

    Any reviewer of the submission may, whoever wrote the note: rounds are reviewed by one after
    the other. Raises `Refused` and `NotFound`.
    """
    require(actor, "submission.comment", subject)
    comment = found(session, subject, comment_id)
    if comment is None or comment.reply_to is not None:
        raise NotFound(_("There is no such note here."))
    if (comment.resolved_at is not None) == resolved:
        return
    comment.resolved_at = at if resolved else None
    session.flush()
    facts = {"comment": comment.id, "pointer": comment.pointer}
    kind = "note-resolved" if resolved else "note-reopened"
    _record(session, subject, kind, facts, actor, at)


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


def for_candidate(session: Session, subject: SubmissionSubject) -> list[CommentShown]:
    """The shared notes of the last closed review, oldest first, where their rows stand in the
    draft now; nothing while a review is open, or its outcome is not announced."""
    until = released(session, subject)
    if until is None:
        return []
    asked = (
        Comment.round == subject.submission.round,
        Comment.visibility == "shared",
        Comment.written_at <= until,
    )
    seen = blinding.of_owner(session, subject)
    return _shown(session, subject, asked, lambda: draft_of(session, subject.submission.id), seen)


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
    events = session.execute(
        select(Event.at, Event.facts)
        .where(Event.chain == f"submission:{submission.id}", Event.kind == "advanced")
        .order_by(Event.sequence.desc())
    )
    for at, said in events:
        if said.get("round") != submission.round:
            return None
        came_to = subject.workflow.states.get(str(said.get("to")))
        if came_to is not None and came_to.announced and came_to.kind in _NEWS:
            moment: datetime = at
            return moment
    return None


def tidy(body: str) -> str:
    """A note as it is kept. Raises `Refused` when nothing is left of it, or it is too long."""
    body = clean(body).strip()
    if not body:
        raise Refused(Refusal(_("The note is empty."), _("Write what should change."), "empty"))
    if len(body) > LONGEST:
        raise Refused(too_long())
    return body


def found(session: Session, subject: SubmissionSubject, comment_id: str) -> Comment | None:
    """The note of this submission with that id, whatever was posted for one."""
    if not comment_id.isalnum() or len(comment_id) > 40:
        return None
    comment = session.get(Comment, comment_id)
    if comment is None or comment.submission_id != subject.submission.id:
        return None
    return comment


def _own_unseen(
    session: Session, actor: Actor, subject: SubmissionSubject, comment_id: str
) -> Comment:
    require(actor, "submission.comment", subject)
    comment = found(session, subject, comment_id)
    if (
        comment is None
        or comment.author_id != actor.id
        or comment.round != subject.submission.round
        or _was_read(session, subject, comment)
    ):
        raise NotFound(_("There is no such note of yours that can still be changed."))
    return comment


def _was_read(session: Session, subject: SubmissionSubject, comment: Comment) -> bool:
    until = released(session, subject)
    return until is not None and comment.written_at <= until


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


def _require_film(
    session: Session, subject: SubmissionSubject, evidence_id: str | None, moment: float
) -> None:
    known = session.get(Evidence, evidence_id) if evidence_id and evidence_id.isalnum() else None
    if known is None or known.submission_id != subject.submission.id:
        raise NotFound(_("There is no such film in this submission."))
    if not known.media_type.startswith(("video/", "audio/")):
        raise NotFound(_("There is no such film in this submission."))
    if not isfinite(moment) or not 0 <= moment <= LATEST_MOMENT:
        raise Refused(
            Refusal(
                _("This is no moment of a film."),
                _("Write minutes and seconds, such as 1:23."),
                "moment",
            )
        )


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


def _handed_in(session: Session, subject: SubmissionSubject) -> Draft:
    """What was submitted in this round, without the answers."""
    marks = session.scalar(
        select(Snapshot.marks).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round == subject.submission.round,
        )
    )
    return Draft.of({}, marks)


def _record(
    session: Session,
    subject: SubmissionSubject,
    kind: str,
    facts: Mapping[str, object],
    actor: Actor,
    at: datetime,
) -> None:
    audit.record(session, f"submission:{subject.submission.id}", kind, dict(facts), actor, at)
