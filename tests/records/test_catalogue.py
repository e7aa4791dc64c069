"""Publishing: once, for ever, and a change needs a higher version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import event

from engine.credentials.documents import Document, digest
from engine.errors import DocumentFaulty, NotFound
from engine.people import SYSTEM
from engine.records import audit, catalogue
from engine.records.database import Database
from engine.records.tables import EditionRow

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


@dataclass
class Shelf:
    """A library of documents that exist only here."""

    said: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write(self, id: str, version: int, title: str) -> None:
        self.said[id] = {
            "credential": id,
            "version": version,
            "kind": "milestone",
            "title": title,
            "forms": {"zoo": {"type": "object"}, "art": {"type": "object"}},
        }

    def bundle(self, credential_id: str) -> tuple[str, dict[str, Any]]:
        bundle = {"credential": dict(self.said[credential_id])}
        return digest(bundle), bundle

    def credentials(self) -> Mapping[str, Document]:
        positions = {"/version": (2, 10)}
        return {
            id: Document(Path(f"schemas/{id}.yaml"), data, positions)
            for id, data in self.said.items()
        }


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def publish(database: Database, shelf: Shelf, id: str) -> EditionRow:
    with database.transaction() as session:
        return catalogue.publish(session, cast(Any, shelf), id, SYSTEM, NOON)


def test_published_edition_is_current(database: Database, shelf: Shelf) -> None:
    shelf.write("garden", 1, "Garden")
    row = publish(database, shelf, "garden")
    with database.read() as session:
        current = catalogue.current(session, "garden")
        story = audit.story(session, "credential:garden")
    assert current is not None
    assert (current.digest, current.credential.title) == (row.digest, "Garden")
    assert list(current.credential.forms) == ["zoo", "art"]
    assert [(one.kind, one.facts) for one in story] == [
        ("published", {"version": 1, "digest": row.digest})
    ]


def test_publishing_the_same_again_does_nothing(database: Database, shelf: Shelf) -> None:
    shelf.write("garden", 1, "Garden")
    first = publish(database, shelf, "garden")
    assert publish(database, shelf, "garden").digest == first.digest
    with database.read() as session:
        assert len(audit.story(session, "credential:garden")) == 1


def test_change_without_a_higher_version_is_a_finding(database: Database, shelf: Shelf) -> None:
    shelf.write("garden", 1, "Garden")
    publish(database, shelf, "garden")
    shelf.write("garden", 1, "Orchard")
    with pytest.raises(DocumentFaulty) as refused:
        publish(database, shelf, "garden")
    assert str(refused.value) == (
        "schemas/garden.yaml:2:10 version-not-raised Version 1 is published already, and this"
        " document differs from it. Set version to 2."
    )


def test_lower_version_is_a_finding(database: Database, shelf: Shelf) -> None:
    shelf.write("garden", 3, "Garden")
    publish(database, shelf, "garden")
    shelf.write("garden", 2, "Orchard")
    with pytest.raises(DocumentFaulty, match="Version 3 is published already; version 2 is older"):
        publish(database, shelf, "garden")


def test_new_version_is_current_at_once_and_the_old_one_stays(
    database: Database, shelf: Shelf
) -> None:
    shelf.write("garden", 1, "Garden")
    old = publish(database, shelf, "garden").digest
    with database.read() as session:
        catalogue.current(session, "garden")
    shelf.write("garden", 2, "Orchard")
    publish(database, shelf, "garden")
    with database.read() as session:
        current = catalogue.current(session, "garden")
        assert current is not None
        assert current.credential.title == "Orchard"
        assert catalogue.edition(session, old).credential.title == "Garden"
        assert [one.credential.title for one in catalogue.current_all(session)] == ["Orchard"]


def test_current_editions_come_by_title_in_one_query(database: Database, shelf: Shelf) -> None:
    for id, title in (("a", "Weaving"), ("b", "Carving"), ("c", "Baking")):
        shelf.write(id, 1, title)
        publish(database, shelf, id)
    queries: list[str] = []
    with database.read() as session:
        catalogue.current_all(session)
        event.listen(
            database.engine, "before_cursor_execute", lambda *said: queries.append(said[2])
        )
        found = catalogue.current_all(session)
    assert [one.credential.title for one in found] == ["Baking", "Carving", "Weaving"]
    assert len(queries) == 1


def test_unknown_editions_are_not_found(database: Database) -> None:
    with database.read() as session:
        assert catalogue.current(session, "nothing") is None
        with pytest.raises(NotFound):
            catalogue.edition(session, "0" * 64)
