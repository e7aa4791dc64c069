"""A circle for tests of surveys: one candidate's `listening-circle`, on either engine.

Only that document is published, so that a test of surveys costs what surveys cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import people
from engine.credentials.library import Library
from engine.forms.answers import Draft
from engine.people import SYSTEM, Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue, jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Letter, SurveyInvitation, SurveyRun
from engine.settings import SHIPPED, Settings
from engine.submissions import drafting, survey_answering, surveys
from engine.submissions.survey_sealing import token_of
from tests.conftest import PASSWORD, Browser

DOCUMENTS = Path(__file__).parents[1] / "documents"
START = datetime(2030, 1, 15, 9, tzinfo=UTC)
"""After today: what waits for a time waits in tests as well, whatever the day."""
NAMES = ("Bo", "Cy", "Di", "Eli", "Fay", "Gus", "Hal", "Ida", "Jo", "Kim", "Lu", "Mo")


def persons(count: int) -> list[dict[str, str]]:
    return [{"name": name, "email": f"{name.lower()}@example.org"} for name in NAMES[:count]]


@dataclass
class Circle:
    """One submission, and what tests do to its surveys."""

    settings: Settings
    database: Database
    context: JobContext
    ana: Actor
    submission: str
    app: Flask
    clock: list[datetime] = field(default_factory=lambda: [START])

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def at(self, moment: datetime) -> None:
        self.clock[0] = moment

    def subject(self, session: Session) -> SubmissionSubject:
        return drafting.subject_of(session, self.submission)

    def says(self, **answers: Any) -> None:
        """Put answers into the form, over what is there."""
        with self.database.transaction() as session:
            subject = self.subject(session)
            there = drafting.draft_of(session, self.submission).answers.get("circle", {})
            draft = Draft({"circle": {**there, **answers}})
            drafting.put(session, subject, "circle", draft, self.now)

    def opens(
        self, survey: str = "trust", wave: str = "first", closes: date | None = None, **named: Any
    ) -> str:
        """Open a wave; returns the run's id."""
        with self.database.transaction() as session:
            subject = self.subject(session)
            found = surveys.survey_of(subject.edition, survey)
            run = surveys.open_wave(
                session,
                self.settings,
                subject,
                found,
                wave,
                closes or (self.now + timedelta(days=10)).date(),
                self.ana,
                self.now,
                **named,
            )
            return run.id

    def tokens(self, run: str) -> dict[str, str]:
        """The links' tokens by e-mail address."""
        with self.database.read() as session:
            rows = session.scalars(
                select(SurveyInvitation).where(
                    SurveyInvitation.run_id == run, SurveyInvitation.left == ""
                )
            )
            return {one.email: token_of(self.settings, one) for one in rows}

    def answers(self, token: str, **said: Any) -> None:
        """Answer through a link, as a page would."""
        with self.database.read() as session:
            asked = survey_answering.by_token(session, token, self.now)
        with self.database.transaction() as session:
            draft = Draft({asked.survey.id: said})
            survey_answering.take(session, self.settings, asked, draft, self.now)

    def closes(self, run: str) -> SurveyRun:
        with self.database.transaction() as session:
            return surveys.close(session, self.settings, run, self.ana, self.now)

    def run_through(self, wave: str, scores: list[int], **named: Any) -> str:
        """Open a wave, have everybody answer, close it."""
        run = self.opens(wave=wave, **named)
        for token, score in zip(self.tokens(run).values(), scores, strict=True):
            self.answers(token, helped=score, heard=score, words=f"words of a {score}")
        self.closes(run)
        return run

    def row(self, run: str) -> SurveyRun:
        with self.database.read() as session:
            return session.get_one(SurveyRun, run)

    def browser(self, signed_in: bool = True) -> Browser:
        client = self.app.test_client()
        if signed_in:
            with client.session_transaction() as cookie:
                cookie["account"], cookie["epoch"] = self.ana.id, 0
        return Browser(client, self.ana if signed_in else None)

    def letters(self) -> list[Letter]:
        """Everything written so far, once the queue is empty."""
        jobs.drain(self.context)
        with self.database.read() as session:
            return list(session.scalars(select(Letter).order_by(Letter.id)))


def link_in(letter: Letter) -> str:
    found = re.search(r"/s/(\S+)", letter.text)
    assert found, letter.text
    return found[1]


@pytest.fixture
def circle(context: JobContext, database: Database) -> Circle:
    from engine.web.app import create_app

    settings = replace(
        context.settings,
        site_name="Hill School",
        documents=(SHIPPED / "schemas", DOCUMENTS),
        workflows=(SHIPPED / "workflows", DOCUMENTS / "workflows"),
    )
    library = Library(settings.documents, settings.workflows)
    with database.transaction() as session:
        account = people.add(session, "ana@example.org", "Ana Ruiz", PASSWORD, ["candidate"], START)
        catalogue.publish(session, library, "listening-circle", SYSTEM, START)
        edition = catalogue.current(session, "listening-circle")
        assert edition is not None
        id = account if isinstance(account, str) else account.id
        ana = people.actor(session, id, 0)
        assert ana is not None
        submission = drafting.open_submission(session, edition, ana, START)
    app = create_app(settings, database)
    app.testing = False
    made = Circle(settings, database, replace(context, settings=settings), ana, submission.id, app)
    house = app.extensions["accolade"]
    app.extensions["accolade"] = replace(house, clock=lambda: made.now)
    made.says(people=persons(4))
    return made
