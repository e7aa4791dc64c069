"""What we lean on in DBOS that it does not promise. Run this first after raising its version."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from dbos import DBOS, DBOSClient, EnqueueOptions, WorkflowSerializationFormat
from sqlalchemy import inspect, text, update

from engine.records import jobs, queueing
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.queueing import INPUT, OUTPUT, STATUS
from engine.records.tables import Heartbeat
from tests.records.test_jobs import enqueue, listed, ran, wait_for


def pretend_running(database: Database, owner: str) -> None:
    """The state that a worker's death leaves behind: running, for ever."""
    with database.transaction() as session:
        session.execute(
            update(STATUS).values(
                status="PENDING",
                executor_id=owner,
            ),
            execution_options=queueing.theirs(database),
        )
        session.execute(
            text(
                f"UPDATE {'' if database.is_sqlite else 'dbos.'}workflow_status"
                f" SET application_version = '{queueing.APPLICATION_VERSION}'"
            )
        )


def test_columns_that_we_read_are_there(database: Database) -> None:
    schema = None if database.is_sqlite else queueing.SCHEMA
    for table in (STATUS, INPUT, OUTPUT):
        there = {one["name"] for one in inspect(database.engine).get_columns(table.name, schema)}
        assert {column.name for column in table.c} <= there


@pytest.mark.parametrize("delay", [0, 60])
def test_jobs_are_the_rows_that_the_client_writes(database: Database, delay: int) -> None:
    plain = DBOSClient(
        system_database_engine=database.engine, application_name=queueing.APPLICATION, lazy=True
    )
    options: EnqueueOptions = {
        "workflow_name": queueing.WORKFLOW,
        "queue_name": queueing.QUEUE,
        "workflow_id": "a",
        "app_version": queueing.APPLICATION_VERSION,
        "serialization_type": WorkflowSerializationFormat.PORTABLE,
    }
    if delay:
        options["delay_seconds"] = delay
    payload = {"what": "wäre", "list": [1.5, None, True]}
    with database.transaction() as session:
        plain.enqueue_in_transaction(session, options, "test-note", payload)
        queueing.enqueue(session, "b", "test-note", payload, delay)
    own = {"workflow_uuid", "creator_xid", "created_at", "updated_at", "retention_timestamp"}
    schema = "" if database.is_sqlite else f"{queueing.SCHEMA}."
    with database.read() as session:
        for table in ("workflow_status", "workflow_input"):
            found = session.execute(text(f"SELECT * FROM {schema}{table} ORDER BY workflow_uuid"))
            first, second = ({**row} for row in found.mappings())
            late = [one.pop("delay_until_epoch_ms", 0) or 0 for one in (first, second)]
            assert 0 <= late[1] - late[0] < 10_000
            for name in own:
                assert (first.pop(name, None) is None) == (second.pop(name, None) is None)
            assert first == second


def test_recovery_puts_a_dead_workers_job_back_once(
    database: Database, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = jobs.Worker(database, context, beat=60)
    worker.start()
    try:
        wait_for(lambda: True)
        ran.clear()
        monkeypatch.setattr(worker, "_sweep", lambda: None)
        enqueue(database, "test-note", "recovered", run_at=datetime.now(UTC) + timedelta(days=1))
        pretend_running(database, "dead")
        assert len(DBOS._recover_pending_workflows(["dead"])) == 1
        assert DBOS._recover_pending_workflows(["dead"]) == []
        wait_for(lambda: ran == ["recovered"])
    finally:
        worker.stop()


def test_sweep_leaves_the_jobs_of_the_living(database: Database, context: JobContext) -> None:
    worker = jobs.Worker(database, context, beat=60, silent_after=30)
    worker.start()
    try:
        ran.clear()
        with database.transaction() as session:
            session.add(Heartbeat(executor_id="alive", seen_at=datetime.now(UTC)))
        enqueue(database, "test-note", "hers", run_at=datetime.now(UTC) + timedelta(days=1))
        pretend_running(database, "alive")
        worker._sweep()
        assert [row.state for row in listed(database)] == ["running"]

        with database.transaction() as session:
            silent = datetime.now(UTC) - timedelta(seconds=31)
            session.execute(
                update(Heartbeat).where(Heartbeat.executor_id == "alive").values(seen_at=silent)
            )
        worker._sweep()
        wait_for(lambda: ran == ["hers"])
    finally:
        worker.stop()


def test_old_rows_are_tidied_away_and_failures_are_kept(
    database: Database, context: JobContext
) -> None:
    worker = jobs.Worker(database, context)
    for what in ("old", "new", "failed"):
        enqueue(database, "test-note", what, key=what)
    jobs.drain(context)
    long_ago = int((datetime.now(UTC) - timedelta(days=31)).timestamp() * 1000)
    with database.transaction() as session:
        options = queueing.theirs(database)
        old = update(STATUS).where(
            STATUS.c.workflow_uuid.in_(["test-note/old", "test-note/failed"])
        )
        session.execute(old.values(completed_at=long_ago), execution_options=options)
        failed = update(STATUS).where(STATUS.c.workflow_uuid == "test-note/failed")
        session.execute(failed.values(status="ERROR"), execution_options=options)
    worker._tidy()
    assert {row.id for row in listed(database)} == {"test-note/new", "test-note/failed"}


def test_importing_the_records_does_not_import_the_queue() -> None:
    code = (
        "import sys; import engine.notices, engine.records.catalogue;"
        "sys.exit('dbos' in sys.modules or 'alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
