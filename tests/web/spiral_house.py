"""The herb spiral behind the real pages, and everything that somebody can fetch of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from engine.forms.schema import form_set_of
from engine.records.tables import Evidence, Submission
from engine.submissions import record
from engine.web.app import create_app
from tests.submissions.conftest import NOON, garden
from tests.submissions.spiral import Spiral, spiral
from tests.web.garden_house import GardenHouse

__all__ = ["NOON", "SpiralHouse", "garden", "house", "spiral"]


@dataclass(frozen=True)
class SpiralHouse(GardenHouse):
    """The web application over a garden in which herb spirals are built."""

    spiral: Spiral

    def addresses(self, id: str) -> Iterator[str]:
        """Every address of the application that can be asked for, about one submission."""
        with self.garden.database.read() as session:
            submission = session.get_one(Submission, id)
            files = [one.id for one in session.query(Evidence).filter_by(submission_id=id)]
            workflow = self.spiral.edition.workflow
            assert workflow is not None
            known = {
                "submission_id": [id],
                "credential_id": [submission.credential_id],
                "form_id": list(self.spiral.edition.credential.forms),
                "page_id": [one.id for one in form_set_of(self.spiral.edition).pages],
                "transition_name": list(workflow.transitions),
                "evidence_id": files or ["none"],
                "serial": ["none"],
            }
        for rule in self.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
                continue
            paths = [re.sub(r"<\w+:", "<", rule.rule)]
            for name in re.findall(r"<(\w+)>", paths[0]):
                values = known.get(name, ["none"])
                paths = [path.replace(f"<{name}>", value) for path in paths for value in values]
            yield from paths

    def everything(self, browser: FlaskClient, id: str) -> Iterator[tuple[str, str]]:
        """What a browser is given at each address, as a page and as JSON."""
        for path in self.addresses(id):
            for accept in ("text/html", "application/json"):
                answer = browser.get(path, headers={"Accept": accept}, follow_redirects=True)
                assert answer.status_code < 500, path
                yield f"{path} ({accept})", answer.get_data().decode("utf-8", "replace")

    def record_text(self, session: Session, id: str, name: str) -> str:
        """What the PDF copy that this person may have says, before it is printed."""
        subject = self.spiral.subject(session, session.get_one(Submission, id))
        made = record.for_reader(session, subject, getattr(self.garden, name))
        assert made is not None
        return record.composed(made, subject, self.garden.settings, NOON)[0]


@pytest.fixture
def house(spiral: Spiral) -> SpiralHouse:
    garden = spiral.garden
    app = create_app(garden.settings, garden.database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    return SpiralHouse(garden, app, spiral)
