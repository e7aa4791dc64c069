"""A kitchen in the school: Ana's `kitchen-talk`, the people she asks, and a clock for tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms.answers import Draft
from engine.permissions import SubmissionSubject
from engine.records import audit, catalogue, jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Asking, Event, Letter
from engine.submissions import askings, drafting, progress, reviewing
from engine.submissions.link_tokens import token_of
from tests.conftest import School

START = datetime(2030, 1, 15, 9, tzinfo=UTC)
"""After today: what waits for a time waits in tests as well, whatever the day."""


@dataclass
class Kitchen:
    """One submission, and what tests do around it."""

    school: School
    submission: str
    clock: list[datetime] = field(default_factory=lambda: [START])

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def later(self, **named: Any) -> None:
        self.clock[0] += timedelta(**named)

    def subject(self, session: Session) -> SubmissionSubject:
        return drafting.subject_of(session, self.submission)

    def says(self, **answers: Any) -> None:
        """Put answers into the form, over what is there."""
        with self.school.database.transaction() as session:
            subject = self.subject(session)
            there = drafting.draft_of(session, self.submission).answers.get("talk", {})
            drafting.put(session, subject, "talk", Draft({"talk": {**there, **answers}}), self.now)

    def file(self, pointer: str, name: str = "film.txt") -> str:
        """Attach a file at a place of the form; returns its id."""
        answer = self.school.browser("ana").post(
            f"/submissions/{self.submission}/evidence",
            {"pointer": pointer, "file": (BytesIO(b"To be or not to be."), name)},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 201, answer.text
        id: str = answer.get_json()["id"]
        return id

    def path(self, *more: str) -> str:
        return "/".join((f"/submissions/{self.submission}/people", *more))

    def asks(
        self, name: str = "Bo Finch", email: str = "bo@example.org", concern: str = "filmed"
    ) -> str:
        """Ask somebody through the page; returns the asking's id."""
        said = {"concern": concern, "name": name, "email": email, "language": "en"}
        answer = self.school.browser("ana").post(self.path("ask"), said)
        assert answer.status_code == 303, answer.text
        return self.row(name, concern).id

    def row(self, name: str = "Bo Finch", concern: str = "filmed") -> Asking:
        with self.school.database.read() as session:
            found = askings.of_submission(session, self.submission)
            return next(one for one in found if (one.name, one.concern) == (name, concern))

    def link(self, asking: str) -> str:
        return f"/a/{token_of(self.school.settings, 'asking', asking)}"

    def answers(self, asking: str, say: str = "given", **more: str) -> Any:
        """Post an answer through the link, as its page does."""
        browser = self.school.browser()
        page = browser.get(self.link(asking)).text
        wording = re.search(r'name="wording" value="([^"]*)"', page)
        said = {"say": say, "me": "yes", "wording": wording[1] if wording else "", **more}
        return browser.post(self.link(asking), said)

    def submits(self) -> Any:
        return self.fires("ana", "submit")

    def fires(self, who: str, name: str) -> Any:
        path = f"/submissions/{self.submission}/advance/{name}"
        said = {"revision": self.revision(), "comment": "Please see my notes."}
        return self.school.browser(who).post(path, said)

    def revision(self) -> int:
        with self.school.database.read() as session:
            return self.subject(session).submission.revision

    def scores(self, decision: str = "Y") -> None:
        """Rosa decides everything."""
        with self.school.database.transaction() as session:
            subject = self.subject(session)
            rosa = self.school.cast["rosa"]
            review = reviewing.own_review(session, subject, rosa)
            assert review is not None
            said = {("talk", "talk"): (decision, "Please see Bo’s answer.")}
            reviewing.save_scores(session, rosa, subject, said, review.revision, self.now)

    def in_review(self) -> str:
        """Filmed with consent, submitted and taken up by Rosa; returns the asking's id."""
        self.says(film=self.file("/talk/film"))
        asking = self.asks()
        assert self.answers(asking).status_code == 303
        assert self.submits().status_code == 303
        assert self.fires("rosa", "claim").status_code == 303
        return asking

    def film(self) -> str:
        with self.school.database.read() as session:
            said: Mapping[str, Any] = drafting.draft_of(session, self.submission).answers["talk"]
            return str(said["film"])

    def letters(self) -> list[Letter]:
        """Everything written so far, once the queue is empty."""
        settings = self.school.settings
        jobs.drain(JobContext(settings, self.school.database, EvidenceStore.of(settings)))
        with self.school.database.read() as session:
            return list(session.scalars(select(Letter).order_by(Letter.written_at, Letter.id)))

    def events(self) -> list[Event]:
        with self.school.database.read() as session:
            return audit.story(session, f"submission:{self.submission}")


@pytest.fixture
def kitchen(school: School) -> Kitchen:
    ana = school.cast["ana"]
    with school.database.transaction() as session:
        edition = catalogue.current(session, "kitchen-talk")
        assert edition is not None
        submission = progress.begin(session, school.settings, edition, ana, START)
    made = Kitchen(school, submission.id)
    house = school.app.extensions["accolade"]
    school.app.extensions["accolade"] = replace(house, clock=lambda: made.now)
    made.says(cook="Bo Finch")
    return made
