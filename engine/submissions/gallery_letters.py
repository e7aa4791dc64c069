"""Letters of the relay: to a visitor without an account, and to the teacher.

A letter is queued with what it tells of and composed by a job, which finds the address then: none
is in a job, nor any words. All letters come from the installation's own address and name no other
to reply to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import notices
from engine.languages import speaking
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import (
    Account,
    GalleryItem,
    GalleryMessage,
    GalleryQuestion,
    Letter,
)
from engine.settings import Settings
from engine.submissions import link_tokens

JOB: Final = "gallery-letter"
CONFIRM: Final = "gallery-confirm"
TO_VISITOR: Final = frozenset({CONFIRM, "gallery-answer"})
LETTERS: Final = (CONFIRM, "gallery-question", "gallery-answer")
_WHAT: Final = "gallery question"


def queue(session: Session, letter: str, question: GalleryQuestion, message: int = 1) -> None:
    """Queue a letter about one message of a talk; once, however often this is asked for."""
    key = _key(letter, question.id, message)
    payload = {"letter": letter, "question": question.id, "message": message}
    jobs.enqueue(session, JOB, payload, key=key)


def forget(session: Session, question_id: str, messages: int) -> None:
    """Delete the letters of a talk: they hold the visitor's name and address."""
    keys = [
        _key(letter, question_id, number) for letter in LETTERS for number in range(1, messages + 1)
    ]
    session.execute(delete(Letter).where(Letter.id.in_(keys)))


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write one letter. Done twice, there is still one."""
    at = datetime.now(UTC)
    letter, number = payload["letter"], payload["message"]
    with context.database.transaction() as session:
        question = session.get(GalleryQuestion, payload["question"])
        if question is None or not question.email:
            return
        item = session.get_one(GalleryItem, question.item_id)
        message = session.get(GalleryMessage, (question.id, number))
        if message is None:
            return
        key = _key(letter, question.id, number)
        values = _values(session, context.settings, question, item, message)
        if letter == CONFIRM:
            # Whoever typed the address may have typed a stranger's: none of their words go there.
            values |= {"visitor": "", "words": "", "question": ""}
        if letter in TO_VISITOR:
            name = "" if letter == CONFIRM else question.name
            visitor = notices.Visitor(name, question.email, question.language)
            with speaking(question.language):
                notices.write_to_visitor(
                    session, context.settings, letter, visitor, values, at, id=key
                )
            return
        teacher = session.get_one(Account, item.candidate_id)
        if teacher.active:
            notices.write(
                session,
                context.settings,
                letter,
                teacher,
                {**values, "path": f"/my-work/shared/questions/{question.id}"},
                at,
                id=key,
                submission_id=item.submission_id,
            )


def _values(
    session: Session,
    settings: Settings,
    question: GalleryQuestion,
    item: GalleryItem,
    message: GalleryMessage,
) -> dict[str, Any]:
    first = select(GalleryMessage.body).where(
        GalleryMessage.question_id == question.id, GalleryMessage.number == 1
    )
    return {
        "path": f"/gallery/questions/{link_tokens.token_of(settings, _WHAT, question.id)}",
        "title": item.title,
        "teacher": item.shown_as,
        "visitor": question.name,
        "words": message.body,
        "question": session.scalar(first) or "",
        "first": message.number == 1,
    }


def _key(letter: str, question_id: str, message: int) -> str:
    return f"{letter}.{question_id}.{message}"


jobs.register(JOB, compose)
