"""The queue's library, DBOS Transact, kept behind one door.

What lives here: its client, and the few of its tables that we read. What stays out: what a job
is, who runs it and when; that is `jobs`. DBOS takes a third of a second to import, so nothing
here imports it until a job is enqueued. What we lean on that DBOS does not promise is held by
`tests/records/test_queue_contract.py`, which is the first thing to run after raising its version.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from sqlalchemy import BigInteger, Column, MetaData, Table, Text
from sqlalchemy.orm import Session

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

_PORTABLE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
"""DBOS' own writing of arguments, for those that are JSON."""

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

        database.queue_client = DBOSClient(
            system_database_engine=database.engine,
            application_name=APPLICATION,
            dbos_system_schema=SCHEMA,
            lazy=True,
        )
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


class Rows(NamedTuple):
    """The two rows that DBOS' client writes for every job of ours, and how: all but what is each
    job's own is the same, and the client takes longer to work it out than the database to keep
    it."""

    status: Prepared
    status_values: Mapping[str, Any]
    input: Prepared


def enqueue(
    session: Session, id: str, name: str, payload: Mapping[str, Any], delay: float = 0.0
) -> None:
    """Queue the job called `name`, in the caller's transaction, to start in `delay` seconds.

    `payload` is a JSON object. A known `id` is left as it is, inside the database: there is no
    error, so nothing to roll back to.
    """
    database = Database.of(session)
    if database.queue_rows is None:
        database.queue_rows = _rows(database)
    status, values, input = database.queue_rows
    own: dict[str, Any] = {"workflow_uuid": id, "creator_xid": str(uuid4())}
    if delay > 0:
        own["status"] = "DELAYED"
        own["delay_until_epoch_ms"] = int((time.time() + delay) * 1000)
    status.add(session, {**values, **own})
    said = {"namedArgs": {}, "positionalArgs": [name, payload]}
    input.add(session, {"workflow_uuid": id, "inputs": _PORTABLE.encode(said)})


def _rows(database: Database) -> Rows:
    """Have a client of DBOS enqueue a job, and keep what it would have the database do."""
    from dbos import DBOSClient, EnqueueOptions, WorkflowSerializationFormat
    from dbos._schemas import SCHEMA_PLACEHOLDER

    client = DBOSClient(
        system_database_engine=database.engine,
        application_name=APPLICATION,
        dbos_system_schema=SCHEMA,
        lazy=True,
    )
    system = client._sys_db
    schemas: dict[str | None, str | None] = {SCHEMA_PLACEHOLDER: system.schema}
    asked: dict[str, tuple[Prepared, Mapping[str, Any]]] = {}

    def execute(_: Any, name: str, values: Mapping[str, Any], build: Callable[[], Any]) -> Any:
        asked[name] = Prepared(build(), schemas), values
        return _Nothing

    # Both are instance attributes of this one client; nothing of DBOS itself is changed.
    system._execute_prepared = execute  # type: ignore[method-assign,assignment]
    system._apply_caller_schema = lambda conn: None  # type: ignore[method-assign]
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": "any",
        "app_version": APPLICATION_VERSION,
        "serialization_type": WorkflowSerializationFormat.PORTABLE,
    }
    client.enqueue_in_transaction(None, options, "", {})  # type: ignore[arg-type]
    status, values = asked["insert_workflow_status"]
    return Rows(status, values, asked["insert_workflow_input"][0])


class _Nothing:
    """The result of a statement that was not executed."""

    @staticmethod
    def fetchone() -> None:
        return None
