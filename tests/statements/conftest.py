"""A studio whose doors are open: Ana's `open-studio`, the people she asks, and a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms.answers import Draft
from engine.permissions import SubmissionSubject
from engine.records import catalogue, jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Asking, Letter
from engine.submissions import askings, drafting, progress, statements
from engine.submissions.link_tokens import token_of
from engine.submissions.statements import Standing
from tests.conftest import School

START = datetime(2030, 1, 15, 9, tzinfo=UTC)
"""After today: what waits for a time waits in tests as well, whatever the day."""
ROWS = ["row-of-bo0", "row-of-cy0", "row-of-di0"]
VISITS = [
    {"name": "Bo Finch", "visited_on": "2030-01-07", "thoughts": "Loud."},
    {"name": "Cy Heron", "visited_on": "2030-01-08", "email": "cy@example.org"},
    {"name": "Di Swift", "visited_on": "2030-01-09"},
]


@dataclass
class Studio:
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

    def says(self, visits: list[dict[str, Any]], rows: list[str] | None = None) -> None:
        """Put the visits into the form; `rows` are the ids of their rows."""
        ids = rows if rows is not None else ROWS[: len(visits)]
        draft = Draft({"studio": {"visits": visits}}, rows={"/studio/visits": ids})
        with self.school.database.transaction() as session:
            drafting.put(session, self.subject(session), "studio", draft, self.now)

    @property
    def path(self) -> str:
        return f"/submissions/{self.submission}/statements"

    def page(self, who: str = "ana") -> str:
        return str(self.school.browser(who).get(self.path).text)

    def asks(self, name: str = "Bo Finch", email: str = "", concern: str = "visit") -> Any:
        """Ask somebody as the page does; returns its answer."""
        anchor = next(
            (one.named.anchor for one in self.standing(concern) if one.named and one.name == name),
            "",
        )
        said = {
            "concern": concern,
            "anchor": anchor,
            "name": name,
            "email": email or f"{name.split()[0].lower()}@example.org",
            "language": "en",
        }
        return self.school.browser("ana").post(self.path, said)

    def standing(self, concern: str = "visit") -> list[Standing]:
        with self.school.database.read() as session:
            found = statements.standing(session, self.subject(session), self.now)
        return [one for one in found if one.statement.id == concern]

    def states(self, concern: str = "visit") -> list[tuple[str, str]]:
        return [(one.name, one.state) for one in self.standing(concern)]

    def rows(self, name: str = "Bo Finch") -> list[Asking]:
        with self.school.database.read() as session:
            found = askings.of_submission(session, self.submission)
            return [one for one in found if one.name == name]

    def link(self, name: str = "Bo Finch") -> str:
        """The link in the latest letter to them."""
        return f"/a/{token_of(self.school.settings, 'asking', self.rows(name)[-1].id)}"

    def opens(self, name: str = "Bo Finch") -> str:
        return str(self.school.browser().get(self.link(name)).text)

    def answers(
        self, name: str = "Bo Finch", say: str = "given", page: str = "", **more: str
    ) -> Any:
        """Post an answer through the link, as its page (or the `page` seen earlier) does."""
        page = page or self.opens(name)
        hidden = dict(re.findall(r'type="hidden" name="(wording|seen)" value="([^"]*)"', page))
        said = {"say": say, "me": "yes", **hidden, **more}
        return self.school.browser().post(self.link(name), said)

    def confirmed(self, *names: str) -> None:
        for name in names:
            self.later(minutes=1)  # the latest letter is the latest of all
            assert self.asks(name).status_code == 303
            assert self.answers(name).status_code == 303

    def fires(self, who: str, name: str) -> Any:
        with self.school.database.read() as session:
            revision = self.subject(session).submission.revision
        path = f"/submissions/{self.submission}/advance/{name}"
        return self.school.browser(who).post(path, {"revision": revision})

    def letters(self) -> list[Letter]:
        """Everything written so far, once the queue is empty."""
        settings = self.school.settings
        jobs.drain(JobContext(settings, self.school.database, EvidenceStore.of(settings)))
        with self.school.database.read() as session:
            return list(session.scalars(select(Letter).order_by(Letter.written_at, Letter.id)))


@pytest.fixture
def studio(school: School) -> Studio:
    with school.database.transaction() as session:
        edition = catalogue.current(session, "open-studio")
        assert edition is not None
        ana = school.cast["ana"]
        submission = progress.begin(session, school.settings, edition, ana, START)
    made = Studio(school, submission.id)
    house = school.app.extensions["accolade"]
    school.app.extensions["accolade"] = replace(house, clock=lambda: made.now)
    made.says(VISITS)
    return made
