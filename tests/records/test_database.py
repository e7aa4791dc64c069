"""Two ways to use one database, on two engines."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from engine.records.database import Database, is_ours
from engine.records.tables import Account, Base, EditionRow
from tests.databases import Server

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


def account(id: str = "ana") -> Account:
    return Account(
        id=id, email=f"{id}@school.org", name=id, password_hash="", roles=[], created_at=NOON
    )


def test_migrations_make_exactly_the_tables_of_the_metadata(database: Database) -> None:
    options = {"include_name": is_ours, "compare_type": True}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing_and_is_quick(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    tables = inspect(database.engine).get_table_names()
    started = time.process_time()
    database.migrate()
    assert time.process_time() - started < 1
    assert inspect(database.engine).get_table_names() == tables
    database.dispose()


def test_two_processes_may_migrate_an_empty_database_at_once(empty_url: str) -> None:
    code = (
        "import sys; from engine.records.database import Database; Database(sys.argv[1]).migrate()"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, empty_url]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]


def test_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with suppress(ZeroDivisionError), database.transaction() as session:
        session.add(account())
        session.flush()
        raise ZeroDivisionError
    with database.read() as session:
        assert session.get(Account, "ana") is None


def test_rows_stay_readable_after_the_transaction(database: Database) -> None:
    with database.transaction() as session:
        session.add(made := account())
    assert made.email == "ana@school.org"


def test_reading_session_refuses_to_write(database: Database) -> None:
    with database.read() as session:
        session.add(account())
        with pytest.raises(RuntimeError, match="only reads"):
            session.flush()


def test_two_people_who_change_at_once_wait_for_each_other(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        session.add(account())
    reading = threading.Barrier(2)

    def raise_epoch() -> None:
        reading.wait()
        with sqlite.transaction() as session:
            found = session.get_one(Account, "ana")
            time.sleep(0.05)
            found.session_epoch += 1

    threads = [threading.Thread(target=raise_epoch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite.read() as session:
        assert session.get_one(Account, "ana").session_epoch == 2


def test_whoever_waits_too_long_to_write_gets_the_error_of_every_database(
    sqlite: Database,
) -> None:
    with sqlite.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(sqlite.engine.url.database or "")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), sqlite.transaction() as session:
        session.scalar(select(Account.id))
    other.close()


def test_reader_sees_one_moment_while_somebody_writes(sqlite: Database) -> None:
    with sqlite.read() as looking:
        assert looking.scalars(select(Account.id)).all() == []
        with sqlite.transaction() as session:
            session.add(account())
        assert looking.scalars(select(Account.id)).all() == []


def test_times_come_back_aware_and_utc(database: Database) -> None:
    with database.transaction() as session:
        session.add(account())
    with database.read() as session:
        found = session.scalar(select(Account.created_at))
    assert found == NOON
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "statement",
    ["UPDATE editions SET title = 'other'", "DELETE FROM editions"],
)
def test_published_edition_cannot_be_changed(database: Database, statement: str) -> None:
    with database.transaction() as session:
        session.add(
            EditionRow(
                digest="d" * 64,
                credential_id="c",
                version=1,
                kind="milestone",
                title="C",
                bundle={},
                published_at=NOON,
                published_by="command line",
            )
        )
    with (
        pytest.raises(DBAPIError, match="a published edition never changes"),
        database.transaction() as session,
    ):
        session.execute(text(statement))


def test_connection_that_died_while_it_lay_idle_is_opened_anew(
    postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.records.database._IDLE", 0.0)
    database = Database(postgresql_server.url(postgresql_server.address.database or ""))
    ours = text("SELECT pg_backend_pid()")
    with database.read() as session:
        died = session.scalar(ours)
    postgresql_server.run(f"SELECT pg_terminate_backend({died}, 5000)")
    with database.read() as session:
        assert session.scalar(ours) != died
    database.dispose()


def test_connection_that_was_just_used_is_not_asked_whether_it_lives(
    postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgresql_server.url(postgresql_server.address.database or ""))
    asked: list[object] = []
    monkeypatch.setattr(database.engine.dialect, "do_ping", asked.append)
    for _ in range(3):
        with database.read() as session:
            session.execute(text("SELECT 1"))
    database.dispose()
    assert asked == []


def test_address_keeps_the_password_and_names_the_driver() -> None:
    database = Database("postgresql://ana:secret@db.example/accolade")
    assert database.address == "postgresql+psycopg://ana:secret@db.example/accolade"
