"""What the gallery forgets: visitors' names and addresses, once a talk is over.

A chore of every worker looks now and then. Doing it twice, or in two workers at once, is doing it
once. What was said stays with the work it is about, without a name.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import GalleryMessage, GalleryQuestion, GalleryReport
from engine.submissions import gallery_letters
from engine.submissions.gallery_limits import DAY
from engine.submissions.gallery_questions import CONFIRM_WITHIN

EVERY: Final = 3600.0
"""Seconds between looks."""
AT_ONCE: Final = 500
"""Talks that one look settles at most."""


def forget(context: JobContext, at: datetime) -> int:
    """The chore; returns how many talks were settled.

    A question whose address was never confirmed goes altogether. Where nobody has said anything for
    `gallery_visitor_days` the talk is over, answered or not.
    """
    with context.database.transaction() as session:
        _places(session, at)
        late = GalleryQuestion.last_at < at - timedelta(days=context.settings.gallery_visitor_days)
        _reporters(session, at - timedelta(days=context.settings.gallery_visitor_days))
        dropped = _questions(
            session,
            GalleryQuestion.state == "unconfirmed",
            GalleryQuestion.asked_at < at - CONFIRM_WITHIN,
        )
        over = _questions(session, GalleryQuestion.email != "", late)
        for id, messages in {**dropped, **over}.items():
            gallery_letters.forget(session, id, messages)
        session.execute(delete(GalleryMessage).where(GalleryMessage.question_id.in_(dropped)))
        session.execute(delete(GalleryQuestion).where(GalleryQuestion.id.in_(dropped)))
        session.execute(
            update(GalleryQuestion)
            .where(GalleryQuestion.id.in_(set(over) - set(dropped)))
            .values(name="", email="", token_digest=None, state="closed")
        )
        return len({*dropped, *over})


def _questions(session: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    """Questions with how many messages each has."""
    rows = session.execute(
        select(GalleryQuestion.id, func.count(GalleryMessage.number))
        .outerjoin(GalleryMessage, GalleryMessage.question_id == GalleryQuestion.id)
        .where(*conditions)
        .group_by(GalleryQuestion.id)
        .limit(AT_ONCE)
    )
    return {row[0]: row[1] for row in rows}


def _places(session: Session, at: datetime) -> None:
    """From where something came matters for a day."""
    session.execute(
        update(GalleryQuestion)
        .where(GalleryQuestion.asked_from != "", GalleryQuestion.asked_at < at - DAY)
        .values(asked_from="")
    )
    session.execute(
        update(GalleryReport)
        .where(GalleryReport.reported_from != "", GalleryReport.reported_at < at - DAY)
        .values(reported_from="")
    )


def _reporters(session: Session, then: datetime) -> None:
    session.execute(
        update(GalleryReport)
        .where(GalleryReport.email != "", GalleryReport.decided_at < then)
        .values(email="")
    )


jobs.periodically("gallery", EVERY, forget)
