"""Answering a survey, without leaving a name behind.

Two things are kept apart: that a link was used, and what was answered. An answer is sealed until
the survey closes. Where people are invited by name, using a link rewrites every invitation and
every sealed answer of the run, under new random ids and freshly sealed: no row is left that was
changed last, no order (SQLite's row ids, PostgreSQL's places and transaction numbers) goes with the
order in which links were used, and two copies of the database do not tell which answer came between
them. No time, address or event is kept of an answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.credentials.surveys import Survey
from engine.errors import NotFound, Problem, Refusal, Refused
from engine.forms import answers as forms_answers
from engine.forms.answers import Draft, Posted
from engine.forms.schema import FormSet
from engine.languages import _
from engine.records import catalogue
from engine.records.prepared import PreparedRead
from engine.records.tables import (
    Account,
    Submission,
    SurveyAnswer,
    SurveyInvitation,
    SurveyRun,
    new_id,
)
from engine.settings import Settings
from engine.submissions.survey_questions import forms_of
from engine.submissions.survey_sealing import Sealer, digest_of

LARGEST: Final = 40_000
"""Bytes of one answer, far above what a survey of two minutes asks for."""

_BY_CODE: Final = PreparedRead(SurveyRun, SurveyRun.code == bindparam("code"))
_BY_TOKEN: Final = PreparedRead(
    SurveyInvitation, SurveyInvitation.token_digest == bindparam("digest")
)

Closed = Literal["used", "closed", "full"]


@dataclass(frozen=True)
class Asked:
    """A survey, for somebody who came by a link or a code."""

    run: SurveyRun
    edition: Edition
    survey: Survey
    invitation: str = ""
    """The id of the invitation whose link it was; empty for an open survey."""
    closed: Closed | None = None
    """Why it can't be answered: the link was used, the time is over, or all answers are in."""

    @property
    def forms(self) -> FormSet:
        return forms_of(self.edition, self.survey)


def by_token(session: Session, token: str, at: datetime) -> Asked:
    """What a one-time link leads to. Raises `NotFound` for what is none."""
    row = _BY_TOKEN.one(session, {"digest": digest_of(token)})
    if row is None:
        raise NotFound(_("This link leads to no survey. Copy all of it from the letter."))
    run = session.get_one(SurveyRun, row.run_id)
    return _asked(session, run, "used" if row.used else None, at, row.id)


def by_code(session: Session, code: str, at: datetime) -> Asked:
    """What a class code leads to, however it was typed. Raises `NotFound`: a code is forgotten
    when its survey closes."""
    run = _BY_CODE.one(session, {"code": typed_code(code)})
    if run is None:
        raise NotFound(_("No survey that is open has this code. Look at the code again."))
    return _asked(session, run, "full" if run.received >= run.invited else None, at)


def typed_code(text: str) -> str:
    """A code as it is kept: capitals, without spaces and hyphens."""
    return "".join(sign for sign in text.upper() if sign.isalnum())[:16]


def asker_of(session: Session, asked: Asked) -> str:
    """The name of whoever runs the survey."""
    named = (
        select(Account.name)
        .join(Submission, Submission.candidate_id == Account.id)
        .where(Submission.id == asked.run.submission_id)
    )
    return session.scalar(named) or ""


def checked(asked: Asked, posted: Posted) -> tuple[Draft, list[Problem]]:
    """What was posted, and what is wrong with it."""
    draft = Draft.of({asked.survey.id: {}})
    for page in asked.forms.pages:
        draft = forms_answers.parse(page, posted, draft)
    return draft, forms_answers.validate(asked.forms, draft)


def take(session: Session, settings: Settings, asked: Asked, draft: Draft, at: datetime) -> None:
    """Keep a checked answer, and use up the link. Raises `Refused` where another was quicker."""
    answer = forms_answers.prune(asked.forms, draft)[asked.survey.id]
    counted = (
        update(SurveyRun)
        .where(
            SurveyRun.id == asked.run.id,
            SurveyRun.state == "open",
            SurveyRun.closes_at > at,
            SurveyRun.received < SurveyRun.invited,
        )
        .values(received=SurveyRun.received + 1)
        .execution_options(synchronize_session=False)
    )
    # First of all: whoever answers the same survey at the same moment waits here for us.
    if session.execute(counted).rowcount == 0:  # type: ignore[attr-defined]
        raise Refused(refusal("closed" if at >= asked.run.closes_at else "full"))
    run = session.get_one(SurveyRun, asked.run.id, populate_existing=True)
    sealer = Sealer(settings, run)
    if not asked.invitation:
        _keep(session, run.id, [sealer.sealed(answer)])
        return
    unused = select(SurveyInvitation.id).where(
        SurveyInvitation.id == asked.invitation, SurveyInvitation.used.is_(False)
    )
    if session.execute(unused).first() is None:
        raise Refused(refusal("used"))
    session.execute(
        update(SurveyInvitation)
        .where(SurveyInvitation.run_id == run.id)
        .values(used=or_(SurveyInvitation.used, SurveyInvitation.id == asked.invitation))
        .execution_options(synchronize_session=False)
    )
    before = session.scalars(select(SurveyAnswer.sealed).where(SurveyAnswer.run_id == run.id))
    opened = [sealer.opened(one) for one in before]
    answers = [answer, *(one for one in opened if one is not None)]
    secrets.SystemRandom().shuffle(answers)
    before_us = delete(SurveyAnswer).where(SurveyAnswer.run_id == run.id)
    session.execute(before_us, execution_options={"synchronize_session": False})
    _keep(session, run.id, map(sealer.sealed, answers))


def refusal(closed: Closed) -> Refusal:
    """Why a survey can't be answered, in words for whoever came to."""
    if closed == "used":
        return Refusal(
            _("This link has been used, and it works once."),
            _("If you have answered, all is well. Who answered what is not kept."),
            "used",
        )
    if closed == "full":
        return Refusal(
            _("This survey has as many answers as it was meant for."),
            _("If yours is missing, tell whoever asked you."),
            "full",
        )
    return Refusal(
        _("This survey has closed."),
        _("Its answers are being counted, so no more are taken. Thank you for coming."),
        "closed",
    )


def _asked(
    session: Session, run: SurveyRun, closed: Closed | None, at: datetime, invitation: str = ""
) -> Asked:
    edition = catalogue.edition(session, run.edition_digest)
    if closed != "used" and (run.state != "open" or at >= run.closes_at):
        closed = "closed"
    survey = edition.credential.surveys[run.survey]
    return Asked(run, edition, survey, invitation, closed)


def _keep(session: Session, run_id: str, sealed: Iterable[bytes]) -> None:
    rows: list[dict[str, Any]] = [
        {"id": new_id(), "run_id": run_id, "sealed": one} for one in sealed
    ]
    session.execute(insert(SurveyAnswer), rows)
