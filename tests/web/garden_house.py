"""The small garden credential of `tests/submissions` behind the real pages.

Its states and roles have names that no page or module knows, so whatever works here works for any
document. People are signed in through their session cookie; how they get one is tested elsewhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update
from werkzeug.test import TestResponse

from engine.records.tables import Account, Submission, new_id
from engine.web.app import create_app
from tests.submissions.conftest import NOON, Garden


@dataclass(frozen=True)
class GardenHouse:
    """The web application over a garden, and whoever looks at it."""

    garden: Garden
    app: Flask

    def browser(self, name: str = "") -> FlaskClient:
        """A browser in which this account is signed in; nobody without a name."""
        client = self.app.test_client()
        if name:
            with client.session_transaction() as cookie:
                cookie["account"], cookie["epoch"] = name, 0
        return client

    def entered(self) -> str:
        """The id of a submission that waits for a judge."""
        with self.garden.database.transaction() as session:
            return self.garden.entered(session).id

    def taken(self) -> str:
        """The id of a submission that the first judge reviews."""
        with self.garden.database.transaction() as session:
            return self.garden.taken(session).id

    def find(self, id: str) -> Submission:
        with self.garden.database.read() as session:
            return session.get_one(Submission, id)

    def rename(self, account_id: str, name: str) -> None:
        with self.garden.database.transaction() as session:
            session.execute(update(Account).where(Account.id == account_id).values(name=name))

    def crowd(self, count: int, state: str = "on_show", kind: str = "review") -> None:
        """`count` more submissions, each by somebody new."""
        with self.garden.database.transaction() as session:
            for number in range(count):
                person = Account(
                    id=new_id(),
                    email=f"{new_id()}@example.org",
                    name=f"Grower {number:03}",
                    password_hash="",
                    roles=["candidate"],
                    active=True,
                    created_at=NOON,
                )
                session.add(person)
                session.flush()
                session.add(
                    Submission(
                        id=new_id(),
                        edition_digest=self.garden.edition.digest,
                        credential_id=self.garden.edition.credential.id,
                        candidate_id=person.id,
                        state=state,
                        state_kind=kind,
                        state_since=NOON + timedelta(minutes=number),
                        revision=1,
                        round=1,
                        opened_at=NOON,
                        submitted_at=NOON,
                    )
                )

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that run in the block."""
        seen: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            seen.append(statement)

        engine = self.garden.database.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)


def words(response: TestResponse) -> str:
    """What a page says, without its markup and with single spaces."""
    text = re.sub(r"<[^>]*>", " ", response.get_data(as_text=True))
    return re.sub(r"\s+", " ", html.unescape(text))


def hidden(response: TestResponse, name: str) -> str:
    """The value of a page's hidden input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.get_data(as_text=True))
    assert found, f"the page has no {name}"
    return found.group(1)


@pytest.fixture
def house(garden: Garden) -> GardenHouse:
    app = create_app(garden.settings, garden.database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    return GardenHouse(garden, app)
