"""Taking queued jobs and running them, inside the web process or in one of its own.

What a job is stays out: that is `jobs`, which hands in the function that runs one. Any number of
workers may run, on any number of machines. Each has an id of its own, made after the fork, writes
a heartbeat, and looks for jobs whose worker has gone silent, to put them back in the queue: a
killed process costs a delay and nothing else. Rows of finished jobs are tidied away.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, insert, select, update

from engine.records import audit, queueing
from engine.records.database import Database
from engine.records.queueing import STATUS
from engine.records.tables import Heartbeat

_log = logging.getLogger("accolade.jobs")

AT_ONCE = 4
"""Jobs that one worker runs side by side."""
POLL = 0.2
"""Seconds between looks at the queue: a job starts a tenth of a second after its commit."""
BEAT = 5.0
SILENT_AFTER = 30.0
"""Seconds without a heartbeat after which a worker counts as dead. Several beats, so that neither
a busy machine nor clocks that differ by a few seconds make a job run twice."""
TIDY_AFTER = timedelta(days=30)
_TIDY_EVERY = 3600.0
_FATAL_RUNS = 5
"""A job whose worker died this often while running it is not tried again."""

Run = Callable[[str, str, Mapping[str, Any]], str]
"""Runs the job with this id, name and payload; see `jobs.run` for what it returns."""

JUMP = 600.0
"""Seconds by which the clock on the wall may leave the one that never jumps before the chores
wait: what is due by a wrong clock would be done years too early, and could not be undone."""
_SETTLE = 900.0
"""Seconds that they wait then."""

_working: list[QueueWorker] = []


@dataclass
class Chore:
    """What a worker does again and again, besides its jobs; see `jobs.periodically`."""

    every: float
    act: Callable[[datetime], object]
    next: float = 0.0
    """On the clock that never jumps."""


class QueueWorker:
    """The one worker of this process. Start it after any fork; `stop` before the process ends."""

    def __init__(
        self,
        database: Database,
        run: Run,
        chores: Mapping[str, Chore] | None = None,
        *,
        beat: float = BEAT,
        silent_after: float = SILENT_AFTER,
    ) -> None:
        self.database = database
        self.run = run
        self._chores = dict(chores or {})
        self._clocks = 0.0
        self._chores_from = 0.0
        self.executor_id = ""
        self._beat = beat
        self._silent_after = silent_after
        self._stopping = threading.Event()
        self._pulse: threading.Thread | None = None

    def start(self) -> None:
        """Begin to take jobs. Raises `RuntimeError` when this process already has a worker."""
        if _working:
            raise RuntimeError("this process already has a worker")
        from dbos import DBOS

        _working.append(self)
        try:
            self.executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
            self._stopping.clear()
            queueing.quieten()
            queueing.client(self.database).register_queue(
                queueing.QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL
            )
            # The heartbeat comes first: a job that is taken has a live owner from its first moment.
            self._show_life()
            DBOS(
                config={
                    "name": queueing.APPLICATION,
                    "system_database_url": self.database.address,
                    "dbos_system_schema": queueing.SCHEMA,
                    "application_version": queueing.APPLICATION_VERSION,
                    "executor_id": self.executor_id,
                    "run_migrations": False,
                    "log_level": "WARNING",
                    "scheduler_polling_interval_sec": 3600.0,
                }
            )
            _workflow()
            DBOS.launch()
        except BaseException:
            _working.remove(self)
            raise
        self._pulse = threading.Thread(target=self._live, name="accolade-worker", daemon=True)
        self._pulse.start()

    def stop(self, patience: int = 0) -> None:
        """Take no more jobs. Waits up to `patience` seconds for those that run; the others'
        jobs start over in another worker, or in this one's successor."""
        if self not in _working:
            return
        from dbos import DBOS

        self._stopping.set()
        if self._pulse is not None:
            self._pulse.join()
        DBOS.destroy(workflow_completion_timeout_sec=patience)
        with self.database.transaction() as session:
            session.execute(delete(Heartbeat).where(Heartbeat.executor_id == self.executor_id))
        _working.remove(self)

    def _live(self) -> None:
        """Beat, sweep, tidy; whatever goes wrong with one is logged and tried again."""
        since_tidied = _TIDY_EVERY
        while True:
            self._safely(self._show_life)
            self._safely(self._sweep)
            self._do_chores()
            if since_tidied >= _TIDY_EVERY:
                self._safely(self._tidy)
                since_tidied = 0.0
            if self._stopping.wait(self._beat):
                return
            since_tidied += self._beat

    def _do_chores(self) -> None:
        """Whatever is its turn, unless the clock has jumped: then all of it waits a while."""
        wall, steady = time.time(), time.monotonic()
        if self._clocks and abs((wall - steady) - self._clocks) > JUMP:
            _log.warning("the clock jumped; what happens by the clock waits a quarter of an hour")
            self._chores_from = steady + _SETTLE
        self._clocks = wall - steady
        if steady < self._chores_from:
            return
        for name, chore in self._chores.items():
            if steady < chore.next or self._stopping.is_set():
                continue
            chore.next = steady + chore.every
            try:
                with audit.coming_from("worker"):
                    chore.act(datetime.now(UTC))
            except Exception:
                if not self._stopping.is_set():
                    _log.warning("the worker's chore %s failed", name, exc_info=True)

    def _safely(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception:
            if not self._stopping.is_set():
                _log.warning("the worker could not %s", act.__name__.strip("_"), exc_info=True)

    def _show_life(self) -> None:
        now = datetime.now(UTC)
        mine = Heartbeat.executor_id == self.executor_id
        with self.database.transaction() as session:
            if not session.scalar(select(func.count()).where(mine)):
                session.execute(
                    insert(Heartbeat), {"executor_id": self.executor_id, "seen_at": now}
                )
            session.execute(update(Heartbeat).where(mine).values(seen_at=now))

    def _sweep(self) -> None:
        """Put the jobs of dead workers back in the queue.

        The owners of running jobs are read *before* the heartbeats: a worker that starts between
        the two reads then counts as alive. The other way round it would lose the job it just took.
        """
        from dbos import DBOS

        owners = self._owners_of_running_jobs() - {self.executor_id}
        if not owners:
            return
        limit = datetime.now(UTC) - timedelta(seconds=self._silent_after)
        with self.database.read() as session:
            alive = set(
                session.scalars(select(Heartbeat.executor_id).where(Heartbeat.seen_at > limit))
            )
        if dead := sorted(owners - alive):
            _log.warning("taking over the jobs of %s", ", ".join(dead))
            DBOS._recover_pending_workflows(dead)

    def _owners_of_running_jobs(self) -> set[str]:
        running = (
            select(STATUS.c.executor_id)
            .where(STATUS.c.status == "PENDING", STATUS.c.executor_id.is_not(None))
            .distinct()
        )
        with self.database.read() as session:
            options = queueing.theirs(self.database)
            return set(session.scalars(running, execution_options=options))

    def _tidy(self) -> None:
        """Remove the rows of jobs that were done long ago, and heartbeats of the long dead."""
        before = datetime.now(UTC) - TIDY_AFTER
        done = (
            select(STATUS.c.workflow_uuid)
            .where(
                STATUS.c.status == "SUCCESS",
                STATUS.c.completed_at < int(before.timestamp() * 1000),
            )
            .limit(1000)
        )
        with self.database.transaction() as session:
            session.execute(delete(Heartbeat).where(Heartbeat.seen_at < before))
            old = session.scalars(done, execution_options=queueing.theirs(self.database)).all()
        if old:
            queueing.client(self.database).delete_workflows(list(old))


def _workflow() -> Any:
    """Register the queue's one workflow with DBOS, once in the life of the process."""
    global _registered
    if _registered is None:
        from dbos import DBOS

        def job(name: str, payload: dict[str, Any]) -> str:
            id = DBOS.workflow_id
            assert id is not None
            return _working[0].run(id, name, payload)

        _registered = DBOS.workflow(
            name=queueing.WORKFLOW,
            max_recovery_attempts=_FATAL_RUNS,
            serialization_type=_portable(),
        )(job)
    return _registered


def _portable() -> Any:
    from dbos import WorkflowSerializationFormat

    return WorkflowSerializationFormat.PORTABLE


_registered: Any = None
