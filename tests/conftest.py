"""A school for tests: a real database with the published catalogue, and a small cast.

Making it takes seconds (migrations, passwords, publishing), so it is made once on each engine and
copied for every test that wants it (`tests/databases.py`). The cast: `ana`, a candidate; `ben`, a
candidate who must see nothing of hers; `rosa`, a reviewer; `sam`, program staff; `ada`, an
administrator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as examples
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import people
from engine.awards import issuing
from engine.credentials.library import Library
from engine.people import SYSTEM, Actor
from engine.records import catalogue
from engine.records.database import Database
from engine.records.tables import Account, Award, Submission
from engine.settings import Settings, load_settings
from tests.compiled import keep_compiled_routes, keep_compiled_statements, keep_compiled_templates
from tests.databases import (
    Installations,
    context,
    database,
    empty_url,
    engine_name,
    installations,
    migrated_sqlite,
    migrated_url,
    postgresql_server,
    sqlite,
)

__all__ = [
    "context",
    "database",
    "empty_url",
    "engine_name",
    "installations",
    "migrated_sqlite",
    "migrated_url",
    "postgresql_server",
    "sqlite",
]

# The same examples in each run, so that a change is judged by what it changes, and as much time as
# a busy machine needs. `--hypothesis-profile=default` draws others.
examples.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
examples.load_profile("steady")

keep_compiled_templates()
keep_compiled_routes()
keep_compiled_statements()
ROOT = Path(__file__).parents[1]
TERM = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""When the school was founded and everybody got their account."""
PASSWORD = "correct horse battery"
CAST: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "ana": ("Ana Ruiz", ("candidate",)),
    "ben": ("Ben Okafor", ("candidate",)),
    "rosa": ("Rosa Lind", ("reviewer",)),
    "sam": ("Sam Hale", ("staff",)),
    "ada": ("Ada Moss", ("staff", "admin")),
}


class Browser:
    """A test client that carries the page's CSRF token, as a browser's form does."""

    def __init__(self, client: FlaskClient, actor: Actor | None) -> None:
        self.client = client
        self.actor = actor

    def get(self, path: str, **named: Any) -> TestResponse:
        return self.client.get(path, **named)

    def json(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"Accept": "application/json"})

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, json: bool = False, **named: Any
    ) -> TestResponse:
        said = {"csrf_token": self.token(), **(data or {})}
        headers = {"Accept": "application/json"} if json else {}
        return self.client.post(path, data=said, headers=headers, **named)

    def token(self) -> str:
        token: str = self.client.get("/account/csrf").get_json()["csrf_token"]
        return token

    def seen(self, path: str) -> str:
        """The digest that a form page was shown with."""
        found = re.search(r'name="_seen" value="([^"]*)"', self.get(path).text)
        assert found, f"{path} shows no form"
        return found[1]


@dataclass(frozen=True)
class School:
    """One installation with its people, for one test."""

    settings: Settings
    database: Database
    library: Library
    app: Flask
    cast: Mapping[str, Actor]

    def browser(self, name: str = "") -> Browser:
        """A new browser: signed in as one of the cast, or a visitor's."""
        client = self.app.test_client()
        if not name:
            return Browser(client, None)
        with client.session_transaction() as cookie:
            cookie["account"], cookie["epoch"] = self.cast[name].id, 0
            cookie.permanent = True
        return Browser(client, self.cast[name])

    def hold(self, name: str, *credential_ids: str) -> None:
        """Record that somebody earned credentials elsewhere."""
        with self.database.transaction() as session:
            account = session.get_one(Account, self.cast[name].id)
            for id in credential_ids:
                issuing.recognise(
                    session, account, id, date(2025, 6, 1), "State", None, self.cast["sam"], TERM
                )

    def award(self, name: str, credential_id: str) -> str:
        """Grant a credential without the work; returns its serial."""
        browser = self.browser(name)
        browser.post(f"/credentials/{credential_id}/open")
        with self.database.transaction() as session:
            submission = session.scalars(
                select(Submission).where(
                    Submission.candidate_id == self.cast[name].id,
                    Submission.credential_id == credential_id,
                )
            ).one()
            award = issuing.issue(
                session,
                submission,
                catalogue.edition(session, submission.edition_digest),
                session.get_one(Account, self.cast[name].id),
                self.settings,
                SYSTEM,
                TERM,
            )
            return award.serial

    def award_of(self, session: Session, serial: str) -> Award:
        return session.get_one(Award, serial)

    def open(self, name: str, credential_id: str) -> str:
        """Open a submission through the page; returns its id."""
        answer = self.browser(name).post(f"/credentials/{credential_id}/open")
        assert answer.status_code == 303, answer.text
        return answer.location.rsplit("/", 1)[1]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Files are called by their size. A test's name must be the same in every process, and what is
    in a file may say when it was made: an archive does, to two seconds."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) and len(val) > 40 else None


@pytest.fixture(scope="session")
def founded_on(
    installations: Installations, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """By engine: an instance folder with the catalogue of `tests/documents` and the shipped one
    published, to copy."""

    @cache
    def found(engine_name: str) -> Path:
        folder = tmp_path_factory.mktemp("school")
        installations.begin(folder, engine_name)
        _found(folder)
        installations.finish(folder)
        return folder

    return found


@pytest.fixture(scope="session")
def founded(founded_on: Callable[[str], Path]) -> Path:
    """The same on SQLite, for what is made once for many tests."""
    return founded_on("sqlite")


def _found(folder: Path) -> None:
    settings = settings_in(folder)
    database = Database(settings.database_url)
    database.migrate()
    library = Library(settings.documents, settings.workflows)
    with database.transaction() as session:
        for name, (full_name, roles) in CAST.items():
            people.add(session, f"{name}@example.org", full_name, PASSWORD, list(roles), TERM)
        for id in library.credentials():
            catalogue.publish(session, library, id, SYSTEM, TERM)
    database.dispose()


@pytest.fixture
def school(
    founded_on: Callable[[str], Path],
    engine_name: str,
    installations: Installations,
    tmp_path: Path,
) -> Iterator[School]:
    """A school of one's own for one test, which runs on either engine."""
    with installations.copy(founded_on(engine_name), tmp_path), _opened(tmp_path) as opened:
        yield opened


@contextmanager
def _opened(folder: Path) -> Iterator[School]:
    from engine.web.app import create_app

    settings = settings_in(folder)
    database = Database(settings.database_url)
    app = create_app(settings, database)
    app.testing = False  # errors become pages, as they do for people
    with database.read() as session:
        accounts = {row.email: row for row in session.scalars(select(Account))}
    cast = {
        name: Actor(account.id, account.name, account.email, frozenset(account.roles))
        for name in CAST
        for account in [accounts[f"{name}@example.org"]]
    }
    yield School(settings, database, Library(settings.documents, settings.workflows), app, cast)
    database.dispose()


@pytest.fixture
def count_queries(school: School) -> Iterator[list[str]]:
    """Every statement that the database runs, as it runs."""
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
            said.append(statement)

    event.listen(school.database.engine, "before_cursor_execute", note)
    yield said
    event.remove(school.database.engine, "before_cursor_execute", note)


def settings_in(folder: Path) -> Settings:
    """The settings of a school in `folder`, with the catalogue of `tests/documents` added."""
    settings = load_settings(folder, {})
    tests = ROOT / "tests" / "documents"
    return replace(
        settings,
        site_name="Hill School",
        documents=(*settings.documents, tests),
        workflows=(*settings.workflows, tests / "workflows"),
    )
