"""The candidate's answers to a reviewer's notes: what they changed, or why not.

One answer stands under a note, and may be written anew until the work is handed in again; from
then on it is part of what was said. Who may read a note is `comments`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.forms.nodes import clean
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, may, require
from engine.records.tables import Comment, new_id
from engine.submissions import comments, history, noting


def may_answer(actor: Actor, subject: SubmissionSubject) -> bool:
    """Whether this person may answer the notes of the submission now."""
    return may(actor, "submission.reply", subject) is None


def answer(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    comment_id: str,
    body: str,
    at: datetime,
) -> bool:
    """Keep `body` as the candidate's answer to a note; a blank one takes an earlier answer back.
    Returns whether anything changed.

    Raises `Refused` (not the owner, handed in already, too long) and `NotFound` for a note that
    the candidate can't see, as for one that does not exist.
    """
    require(actor, "submission.reply", subject)
    seen = {note.id: note for note in comments.for_candidate(session, subject)}
    if comment_id not in seen:
        raise NotFound(_("There is no such note among those you may see."))
    body = clean(body).strip()
    if len(body) > noting.LONGEST:
        raise Refused(noting.too_long())
    known = session.scalars(
        select(Comment).where(Comment.reply_to == comment_id, Comment.author_id == actor.id)
    ).first()
    if body == (known.body if known else ""):
        return False
    note = session.get_one(Comment, comment_id)
    facts = {"comment": comment_id, "pointer": note.pointer, "body": body}
    if not body:
        session.delete(known)
    elif known is not None:
        known.body, known.written_at = body, at
    else:
        session.add(
            Comment(
                id=new_id(),
                submission_id=subject.submission.id,
                round=note.round,
                pointer=note.pointer,
                anchor=note.anchor,
                author_id=actor.id,
                body=body,
                written_at=at,
                visibility="shared",
                reply_to=comment_id,
            )
        )
    session.flush()
    kind = "note-answered" if body else "note-answer-removed"
    history.record(session, subject.submission.id, kind, facts, actor, at)
    return True


def answer_all(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    said: Mapping[str, str],
    at: datetime,
) -> int:
    """Keep several answers, by note; returns how many changed. Raises as `answer` does."""
    return sum(answer(session, actor, subject, id, body, at) for id, body in said.items())
