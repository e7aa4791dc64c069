"""Rows that wait for the commit are there, or are not, like any others, on both databases."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.records.database import Database
from engine.records.prepared import Prepared
from engine.records.tables import Heartbeat
from engine.records.together import MOST

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
ADD = Prepared(insert(Heartbeat))
COUNT = Prepared(select(func.count()).where(Heartbeat.executor_id != bindparam("other")))


def add(session: Session, name: str) -> None:
    ADD.add(session, {"executor_id": name, "seen_at": NOON})


def change(database: Database, *added: str) -> None:
    with database.transaction() as session:
        for name in added:
            add(session, name)


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Heartbeat.executor_id).order_by(Heartbeat.executor_id)))


def committed(database: Database) -> list[str]:
    with database.read() as session:
        return names(session)


def test_rows_that_wait_are_committed_with_the_change(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a")
        session.add(Heartbeat(executor_id="b", seen_at=NOON))
        add(session, "c")
    assert committed(database) == ["a", "b", "c"]


def test_whoever_looks_before_the_commit_finds_them(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a")
        assert names(session) == ["a"]
        add(session, "b")
        assert COUNT.run(session, {"other": ""}).fetchone()[0] == 2
        add(session, "c")
    assert committed(database) == ["a", "b", "c"]


def test_rows_of_a_rolled_back_change_are_never_written(database: Database) -> None:
    with suppress(ZeroDivisionError), database.transaction() as session:
        add(session, "a")
        raise ZeroDivisionError
    with database.transaction() as session:
        add(session, "b")
    assert committed(database) == ["b"]


def test_rows_of_a_rolled_back_savepoint_are_never_written(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a")
        with suppress(ZeroDivisionError), session.begin_nested():
            add(session, "b")
            raise ZeroDivisionError
        add(session, "c")
    assert committed(database) == ["a", "c"]


def test_a_row_that_is_refused_takes_the_whole_change_with_it(database: Database) -> None:
    change(database, "a")
    with pytest.raises(IntegrityError):
        change(database, "b", "a", "c")
    change(database, "d")
    assert committed(database) == ["a", "d"]


def test_more_rows_than_wait_at_once_are_all_written(database: Database) -> None:
    added = [f"{number:03}" for number in range(MOST + 1)]
    change(database, *added)
    assert committed(database) == added
