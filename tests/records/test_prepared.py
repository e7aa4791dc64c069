"""Prepared statements give what SQLAlchemy's own would, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from engine.records.database import Database
from engine.records.prepared import Prepared, PreparedRows
from engine.records.tables import Account, SavedView

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
QUERY = select(SavedView.name, SavedView.shared, SavedView.arguments, SavedView.made_at).where(
    SavedView.page == bindparam("page")
)


def test_prepared_rows_come_back_as_the_values_that_were_written(database: Database) -> None:
    with database.transaction() as session:
        who = {"id": "ana", "email": "ana@x.org", "name": "Ana", "roles": ["reviewer"]}
        session.add(Account(**who, password_hash="", created_at=NOON))
        session.flush()
        view = {"id": "v", "account_id": "ana", "page": "queue", "name": "Mine"}
        session.add(SavedView(**view, arguments={"whose": "mine"}, made_at=NOON))
    with database.read() as session:
        rows = PreparedRows(QUERY).all(session, {"page": "queue"})
        assert rows == [tuple(row) for row in session.execute(QUERY, {"page": "queue"})]
        assert rows == [("Mine", False, {"whose": "mine"}, NOON)]


def test_prepared_rows_are_seen_by_whoever_counts_queries(database: Database) -> None:
    seen: list[Any] = []
    event.listen(database.engine, "before_cursor_execute", lambda *said: seen.append(said[3]))
    with database.read() as session:
        assert PreparedRows(QUERY).all(session, {"page": "queue"}) == []
    assert seen in ([("queue",)], [{"page": "queue"}])


def test_an_error_of_the_driver_comes_as_the_databases_own(database: Database) -> None:
    missing = Prepared(text("SELECT 1 FROM no_such_table"))
    with (
        pytest.raises(DBAPIError, match="no_such_table") as raised,
        database.transaction() as session,
    ):
        missing.run(session, {})
    assert isinstance(raised.value, OperationalError | ProgrammingError)
