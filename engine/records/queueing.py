"""The queue's library, DBOS Transact, kept behind one door.

What lives here: its client, and the few of its tables that we read. What stays out: what a job
is, who runs it and when; that is `jobs`. DBOS takes a third of a second to import, so nothing
here imports it until a job is enqueued. What we lean on that DBOS does not promise is held by
`tests/records/test_queue_contract.py`, which is the first thing to run after raising its version.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text

from engine.records.database import Database
from engine.records.prepared import Prepared

if TYPE_CHECKING:
    from dbos import DBOSClient

APPLICATION = "accolade"
QUEUE = "jobs"
WORKFLOW = "job"
"""The one DBOS workflow, `job(name, payload)`: a mistyped workflow would wait in silence."""
APPLICATION_VERSION = "jobs-1"
"""The shape of a queued job, never the release: jobs outlive releases."""
SCHEMA = "dbos"
"""Where DBOS keeps its tables on PostgreSQL; SQLite has no schemas."""

_their_tables = MetaData()
STATUS = Table(
    "workflow_status",
    _their_tables,
    Column("workflow_uuid", Text, primary_key=True),
    Column("status", Text),
    Column("name", Text),
    Column("executor_id", Text),
    Column("created_at", BigInteger),
    Column("updated_at", BigInteger),
    Column("completed_at", BigInteger),
    Column("delay_until_epoch_ms", BigInteger),
    Column("recovery_attempts", BigInteger),
    schema=SCHEMA,
)
INPUT = Table(
    "workflow_input",
    _their_tables,
    Column("workflow_uuid", Text, primary_key=True),
    Column("inputs", Text),
    schema=SCHEMA,
)
OUTPUT = Table(
    "workflow_output",
    _their_tables,
    Column("workflow_uuid", Text, primary_key=True),
    Column("output", Text),
    Column("error", Text),
    schema=SCHEMA,
)


def client(database: Database) -> DBOSClient:
    """The one client of this database; it opens no connection of its own."""
    if database.queue_client is None:
        from dbos import DBOSClient

        made = DBOSClient(
            system_database_engine=database.engine,
            application_name=APPLICATION,
            dbos_system_schema=SCHEMA,
            lazy=True,
        )
        _prepare_statements(made)
        database.queue_client = made
    found: DBOSClient = database.queue_client
    return found


def theirs(database: Database) -> dict[str, Any]:
    """Execution options for a statement on DBOS's tables."""
    return {"schema_translate_map": {SCHEMA: None}} if database.is_sqlite else {}


def quieten() -> None:
    """Let DBOS log through Python's logging like everybody else, not to the console itself."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.WARNING)
    logger.propagate = True


@dataclass(frozen=True)
class _Row:
    _mapping: Mapping[str, Any]


@dataclass(frozen=True)
class _Result:
    """As much of a result as the client reads: the first row, by name."""

    cursor: Any

    def fetchone(self) -> _Row | None:
        if (row := self.cursor.fetchone()) is None:
            return None
        return _Row(
            {said[0]: value for said, value in zip(self.cursor.description, row, strict=True)}
        )


def _prepare_statements(client: DBOSClient) -> None:
    """Compile the client's two inserts once, and hand them straight to the driver like ours.

    On SQLite it builds and renders both for every job, which was two thirds of what a job cost; on
    PostgreSQL it prepares them too, but goes through all of SQLAlchemy with each.
    """
    from dbos._schemas import SCHEMA_PLACEHOLDER

    system = client._sys_db
    schemas: dict[str | None, str | None] = {SCHEMA_PLACEHOLDER: system.schema}
    prepared: dict[str, Prepared] = {}

    def execute(
        connection: Connection,
        name: str,
        values: Mapping[str, Any],
        build: Callable[[], Any],
        *,
        insert_columns: bool = True,
    ) -> Any:
        if (statement := prepared.get(name)) is None:
            statement = prepared[name] = Prepared(build(), schemas)
        return _Result(statement.run_on(connection, values))

    # Both are instance attributes of this one client; nothing of DBOS itself is changed.
    system._execute_prepared = execute  # type: ignore[method-assign,assignment]
    system._apply_caller_schema = lambda conn: None  # type: ignore[method-assign]
