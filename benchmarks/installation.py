"""A throw-away installation with the demonstration in it, for figures that need real rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine import demo
from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.records import catalogue
from engine.records.database import Database
from engine.settings import Settings, load_settings

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Installation:
    settings: Settings
    database: Database
    edition: Edition
    """The first edition that has forms and examples."""


@contextmanager
def installation(database_url: str = "") -> Iterator[Installation]:
    """One on SQLite, or on the empty database at `database_url`."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = {"ACCOLADE_DATABASE_URL": database_url} if database_url else {}
        settings = load_settings(Path(folder), chosen)
        database = Database(settings.database_url)
        database.migrate()
        demo.fill(settings, database, Library(settings.documents, settings.workflows), NOW)
        with database.read() as session:
            edition = next(  # the largest forms
                one
                for one in catalogue.current_all(session)
                if one.credential.kind == "milestone" and one.examples
            )
        try:
            yield Installation(settings, database, edition)
        finally:
            database.dispose()
