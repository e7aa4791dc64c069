"""Jobs: queued with the change, run at least once, tried again, kept in sight when they fail."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.records import jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Account
from tests.records import slow_worker  # registers its job
from tests.records.test_database import account

ran: list[Any] = []


def note(context: JobContext, payload: Mapping[str, Any]) -> None:
    ran.append(payload["what"])


def fail(context: JobContext, payload: Mapping[str, Any]) -> None:
    ran.append(payload["what"])
    if payload.get("times", 99) >= len(ran):
        raise OSError("the mail server is away")


def give_up(context: JobContext, payload: Mapping[str, Any]) -> None:
    ran.append(payload["what"])
    raise jobs.GiveUp("There is no such address.")


def chain(context: JobContext, payload: Mapping[str, Any]) -> None:
    with context.database.transaction() as session:
        jobs.enqueue(session, "test-note", {"what": "followed"})


jobs.register("test-note", note)
jobs.register("test-fail", fail)
jobs.register("test-give-up", give_up)
jobs.register("test-chain", chain)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    ran.clear()
    monkeypatch.setattr(jobs, "PAUSES", (0.01,))


@pytest.fixture
def worker(database: Database, context: JobContext) -> Iterator[jobs.Worker]:
    made = jobs.Worker(database, context, beat=0.2, silent_after=1.0)
    made.start()
    yield made
    made.stop()


def enqueue(database: Database, name: str, what: str, **more: Any) -> str:
    with database.transaction() as session:
        return jobs.enqueue(session, name, {"what": what}, **more)


def listed(database: Database) -> list[jobs.JobRow]:
    with database.read() as session:
        return jobs.listing(session)


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def test_committed_job_runs(database: Database, context: JobContext) -> None:
    enqueue(database, "test-note", "a")
    assert jobs.drain(context) == ["test-note"]
    assert ran == ["a"]
    assert jobs.drain(context) == []


def test_rolled_back_change_leaves_no_job(database: Database, context: JobContext) -> None:
    with suppress(ZeroDivisionError), database.transaction() as session:
        jobs.enqueue(session, "test-note", {"what": "never"})
        raise ZeroDivisionError
    assert listed(database) == []
    assert jobs.drain(context) == []


def test_job_that_a_job_queues_runs_too(database: Database, context: JobContext) -> None:
    enqueue(database, "test-chain", "a")
    assert jobs.drain(context) == ["test-chain", "test-note"]
    assert ran == ["followed"]


def test_unknown_name_is_refused_where_somebody_sees_it(database: Database) -> None:
    with database.transaction() as session, pytest.raises(ValueError, match="test-nte"):
        jobs.enqueue(session, "test-nte", {})


def test_name_belongs_to_one_function() -> None:
    jobs.register("test-note", note)
    with pytest.raises(ValueError, match="two jobs named 'test-note'"):
        jobs.register("test-note", fail)


def test_same_key_queues_one_job_and_keeps_the_callers_rows(
    database: Database, context: JobContext
) -> None:
    enqueue(database, "test-note", "first", key="letter-1")
    with database.transaction() as session:
        session.add(account())
        session.flush()
        jobs.enqueue(session, "test-note", {"what": "second"}, key="letter-1")
        session.add(account("ben"))
    assert jobs.drain(context) == ["test-note"]
    assert ran == ["first"]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 2


def test_key_of_one_job_is_free_for_another(database: Database, context: JobContext) -> None:
    enqueue(database, "test-note", "a", key="1")
    enqueue(database, "test-chain", "b", key="1")
    assert sorted(jobs.drain(context)) == ["test-chain", "test-note", "test-note"]


def test_job_for_later_waits_until_then(database: Database, context: JobContext) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    enqueue(database, "test-note", "later", run_at=tomorrow)
    (row,) = listed(database)
    assert row.state == "delayed"
    assert row.run_at is not None
    assert abs(row.run_at - tomorrow) < timedelta(seconds=5)
    assert jobs.drain(context) == []
    assert jobs.drain(context, at=tomorrow + timedelta(minutes=1)) == ["test-note"]


def test_job_for_a_time_that_has_passed_runs_now(database: Database, context: JobContext) -> None:
    enqueue(database, "test-note", "now", run_at=datetime.now(UTC) - timedelta(hours=1))
    assert jobs.drain(context) == ["test-note"]


def test_drain_raises_what_a_job_raises_and_lists_it(
    database: Database, context: JobContext
) -> None:
    enqueue(database, "test-fail", "x")
    with pytest.raises(OSError, match="away"):
        jobs.drain(context)
    assert [row.state for row in listed(database)] == ["failed"]


def test_worker_starts_a_job_soon_after_its_commit(database: Database, worker: jobs.Worker) -> None:
    enqueue(database, "test-note", "warm up")
    wait_for(lambda: len(ran) == 1)
    started = time.monotonic()
    enqueue(database, "test-note", "b")
    wait_for(lambda: ran == ["warm up", "b"])
    assert time.monotonic() - started < 2
    wait_for(lambda: {row.state for row in listed(database)} == {"done"})


def test_worker_tries_a_failing_job_again_at_once(database: Database, worker: jobs.Worker) -> None:
    with database.transaction() as session:
        jobs.enqueue(session, "test-fail", {"what": "x", "times": 1})
    wait_for(lambda: [row.state for row in listed(database)] == ["done"])
    assert ran == ["x", "x"]


def test_failing_job_runs_later_and_staff_see_why(database: Database, worker: jobs.Worker) -> None:
    id = enqueue(database, "test-fail", "x")
    wait_for(lambda: [bool(row.error) for row in listed(database)] == [True])
    (row,) = listed(database)
    assert row.state == "delayed"
    assert (row.id, row.name, row.attempt) == (id, "test-fail", 2)
    assert row.error == "OSError: the mail server is away"
    with database.read() as session:
        assert jobs.listing(session, failed_only=True) == []


def test_job_that_keeps_failing_is_kept_and_shown(
    database: Database, worker: jobs.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "DELAYS", (0.1,))
    enqueue(database, "test-fail", "x")
    wait_for(lambda: [row.state for row in listed(database)] == ["failed"])
    with database.read() as session:
        (row,) = jobs.listing(session, failed_only=True)
    assert (row.attempt, row.error) == (2, "OSError: the mail server is away")
    assert ran == ["x"] * 4


def test_hopeless_job_is_not_tried_again(database: Database, worker: jobs.Worker) -> None:
    enqueue(database, "test-give-up", "x")
    wait_for(lambda: [row.state for row in listed(database)] == ["failed"])
    assert listed(database)[0].error == "GiveUp: There is no such address."
    assert ran == ["x"]


def test_process_has_one_worker(
    database: Database, context: JobContext, worker: jobs.Worker
) -> None:
    with pytest.raises(RuntimeError, match="already has a worker"):
        jobs.Worker(database, context).start()


def test_stopped_worker_takes_nothing_more_and_can_start_again(
    database: Database, worker: jobs.Worker
) -> None:
    worker.stop()
    enqueue(database, "test-note", "a")
    time.sleep(0.5)
    assert ran == []
    worker.start()
    wait_for(lambda: ran == ["a"])


def test_job_of_a_killed_worker_is_finished_by_another(
    database: Database, context: JobContext, tmp_path: Path
) -> None:
    enqueue(database, "slow", "certificate")
    started = tmp_path / "started"
    command = [sys.executable, "-m", slow_worker.__name__, database.address, str(tmp_path)]
    other = subprocess.Popen(command)
    try:
        # Written, not only there: what is not on disk yet dies with the worker.
        wait_for(lambda: started.exists() and started.read_text("utf-8") != "")
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert [row.state for row in listed(database)] == ["running"]

    worker = jobs.Worker(database, context, beat=0.2, silent_after=1.0)
    worker.start()
    try:
        wait_for((tmp_path / "finished").exists)
        wait_for(lambda: [row.state for row in listed(database)] == ["done"])
    finally:
        worker.stop()
    assert started.read_text("utf-8") == "certificate\ncertificate\n"


def test_a_job_that_failed_runs_again_when_staff_say_so(
    database: Database, context: JobContext
) -> None:
    id = enqueue(database, "test-give-up", "x")
    with suppress(jobs.GiveUp):
        jobs.drain(context)
    with database.transaction() as session:
        assert jobs.again(session, id)
    with database.transaction() as session:
        assert not jobs.again(session, id)  # it waits already
    assert [(job.state, job.attempt) for job in listed(database)] == [("waiting", 2)]
    with database.read() as session:
        assert jobs.listing(session, state="failed") == []
        assert jobs.numbers(session) == {"failed": 1, "waiting": 1}
    with suppress(jobs.GiveUp):
        jobs.drain(context)
    assert ran == ["x", "x"]


def test_pressing_again_twice_at_once_queues_one_job(
    database: Database, context: JobContext
) -> None:
    id = enqueue(database, "test-give-up", "x")
    with suppress(jobs.GiveUp):
        jobs.drain(context)
    with database.read() as first:
        latest = jobs._latest(first, id)
    with database.transaction() as session:
        jobs._enqueue(session, f"{latest.workflow_uuid}~2", "test-give-up", {"what": "x"})
        jobs._enqueue(session, f"{latest.workflow_uuid}~2", "test-give-up", {"what": "x"})
    with database.read() as session:
        assert jobs.numbers(session) == {"failed": 1, "waiting": 1}


def test_a_job_that_waits_for_its_time_may_run_now_or_never(
    database: Database, context: JobContext
) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    now, never = (enqueue(database, "test-note", what, run_at=later) for what in ("now", "never"))
    with database.transaction() as session:
        assert jobs.run_now(session, now)
        assert not jobs.run_now(session, "test-note/nothing")
        assert jobs.give_up(session, never)
        assert not jobs.give_up(session, never)
    jobs.drain(context, at=later + timedelta(days=1))
    assert ran == ["now"]
    states = {job.id: job.state for job in listed(database)}
    assert states == {now: "done", never: "cancelled"}


def test_a_job_that_was_given_up_by_hand_is_not_tried_again(
    database: Database, context: JobContext
) -> None:
    id = enqueue(database, "test-give-up", "x")
    with suppress(jobs.GiveUp):
        jobs.drain(context)
    with database.transaction() as session:
        assert jobs.give_up(session, id)
    with database.transaction() as session:
        assert not jobs.again(session, id)
    assert [job.state for job in listed(database)] == ["cancelled"]
