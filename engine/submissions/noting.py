"""A reviewer writes notes, changes them while the candidate has not seen them, and settles them.

Who may read a note, and from when, is `comments`.
"""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refusal, Refused
from engine.forms.anchors import anchor_of
from engine.forms.drafts import Draft
from engine.forms.nodes import clean
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.tables import Comment, Evidence, Snapshot, new_id
from engine.submissions import comments, history

LONGEST: Final = 5_000
"""Characters in one note."""
LONGEST_POINTER: Final = 1_000
LATEST_MOMENT: Final = 100 * 3600.0
"""Seconds; no film is longer."""
Visibility = Literal["shared", "staff"]


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
    history.record(session, subject.submission.id, "noted", facts, actor, at)
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
    history.record(session, subject.submission.id, "note-changed", facts, actor, at)


def remove(
    session: Session, actor: Actor, subject: SubmissionSubject, comment_id: str, at: datetime
) -> None:
    """Take back one's own note while the candidate has not seen it. The audit trail keeps that it
    was there."""
    comment = _own_unseen(session, actor, subject, comment_id)
    facts = {"comment": comment.id, "pointer": comment.pointer}
    session.delete(comment)
    session.flush()
    history.record(session, subject.submission.id, "note-removed", facts, actor, at)


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
    history.record(session, subject.submission.id, kind, facts, actor, at)


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
    until = comments.released(session, subject)
    return until is not None and comment.written_at <= until


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


def _handed_in(session: Session, subject: SubmissionSubject) -> Draft:
    """What was submitted in this round, without the answers."""
    marks = session.scalar(
        select(Snapshot.marks).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round == subject.submission.round,
        )
    )
    return Draft.of({}, marks)
