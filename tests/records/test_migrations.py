"""Migrations in both directions, on either engine, with a whole school in them.

A newer installation is made older only by hand, when an upgrade has to be taken back; what the
older tables have no room for is lost then, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, table, text
from sqlalchemy.exc import DBAPIError

from engine.records import audit
from engine.records.database import Database, alembic_config, is_ours
from engine.records.tables import Award, Base
from tests.attacks.conftest import Set, set_stage
from tests.conftest import settings_in
from tests.databases import Installations

__all__ = ["set_stage"]

MIGRATION = "alembic_version"
FIRST = "0001"
Rows = Mapping[str, list[Mapping[str, Any]]]


@pytest.fixture
def filled(
    set_stage: Callable[[str], Set],
    engine_name: str,
    installations: Installations,
    tmp_path: Path,
) -> Iterator[Database]:
    """A database with something in nearly every table."""
    with installations.copy(set_stage(engine_name)[0], tmp_path):
        database = Database(settings_in(tmp_path).database_url)
        yield database
        database.dispose()


def revisions(database: Database) -> list[str]:
    """Every revision, the newest first."""
    with database.engine.connect() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
    return [one.revision for one in script.walk_revisions()]


def go_to(database: Database, revision: str, up: bool = False) -> None:
    with database.migrating() as connection:
        (command.upgrade if up else command.downgrade)(alembic_config(connection), revision)


def rows(database: Database) -> Rows:
    """Every row of every table of ours, in one order."""
    names = set(inspect(database.engine).get_table_names()) & set(Base.metadata.tables)
    with database.engine.connect() as connection:
        return {
            name: sorted(
                map(
                    dict,
                    connection.execute(select(text("*")).select_from(table(name))).mappings(),
                ),
                key=repr,
            )
            for name in names
        }


def structure(database: Database) -> dict[str, Any]:
    """The tables as the database knows them: columns, keys and indexes."""
    looking = inspect(database.engine)
    return {
        name: (
            sorted((one["name"], str(one["type"]), one["nullable"]) for one in columns),
            sorted(one["name"] for one in looking.get_indexes(name)),
            sorted(str(one["name"]) for one in looking.get_foreign_keys(name)),
            sorted(str(one["name"]) for one in looking.get_unique_constraints(name)),
        )
        for name in looking.get_table_names()
        if name in Base.metadata.tables
        for columns in [looking.get_columns(name)]
    }


def shared(rows: Rows, with_other: Rows) -> Rows:
    """The rows, of the tables and columns that both know."""
    return {
        name: sorted(
            (
                {key: value for key, value in row.items() if key in with_other[name][0]}
                for row in said
            ),
            key=repr,
        )
        for name, said in rows.items()
        if with_other.get(name)
    }


def test_every_migration_goes_down_and_up_again_with_a_school_in_it(filled: Database) -> None:
    full = rows(filled)
    newest, *older = revisions(filled)
    assert older[-1] == FIRST

    for revision in older:
        go_to(filled, revision)
        kept = rows(filled)
        assert shared(kept, full) == shared(full, kept), revision
        assert {name for name in kept if kept[name]} <= {name for name in full if full[name]}
    oldest = kept
    for revision in [*reversed(older[:-1]), newest]:
        go_to(filled, revision, up=True)

    again = rows(filled)
    assert shared(again, oldest) == shared(oldest, again)
    with filled.engine.connect() as connection:
        options = {"include_name": is_ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    with filled.read() as session:
        assert audit.verify(session) is None


def test_what_was_made_older_is_what_the_older_version_made(
    filled: Database, empty_url: str
) -> None:
    fresh = Database(empty_url)
    found = revisions(filled)
    made = {}
    for revision in reversed(found):
        go_to(fresh, revision, up=True)
        made[revision] = structure(fresh)
    fresh.dispose()

    for revision in found[1:]:
        go_to(filled, revision)
        assert structure(filled) == made[revision], revision


def test_a_corrected_award_keeps_its_work_when_it_is_made_older(filled: Database) -> None:
    """The older tables know one award for one piece of work."""
    with filled.transaction() as session:
        new = session.scalars(select(Award).where(Award.submission_id.is_not(None))).first()
        assert new is not None
        wrong = {column.key: getattr(new, column.key) for column in Award.__table__.c}
        wrong |= {"serial": "OLD1", "replaced_by": new.serial, "replaced_at": new.issued_at}
        wrong |= {"status_list": 9, "status_index": 0}
        session.add(Award(**wrong))
        serial, work = new.serial, new.submission_id

    go_to(filled, "0004")
    found = {one["serial"]: one["submission_id"] for one in rows(filled)["awards"]}
    assert (found["OLD1"], found[serial]) == (None, work)
    go_to(filled, "head", up=True)
    assert {one["serial"] for one in rows(filled)["awards"]} == set(found)


@pytest.mark.parametrize("name", ["events", "editions"])
def test_what_never_changes_is_held_after_going_down_and_up(filled: Database, name: str) -> None:
    go_to(filled, FIRST)
    go_to(filled, "head", up=True)

    column = "kind" if name == "events" else "title"
    for statement in (f"DELETE FROM {name}", f"UPDATE {name} SET {column} = ''"):
        with (
            pytest.raises(DBAPIError, match=r"append-only|never changes"),
            filled.transaction() as session,
        ):
            session.execute(text(statement))
