"""Work that follows from a committed change: letters, certificates, and what else takes a while.

A job is enqueued in the transaction of the change it follows: committed, it runs; rolled back,
there is none. It runs at least once, so a job is one idempotent step: it looks first whether it is
done. A job that fails is tried again, at once and then later; one that keeps failing stays in
`listing` for staff to see. Who runs them is `worker`; the library underneath is `queueing`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from engine.errors import AccoladeError
from engine.records import audit, queueing
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.queueing import INPUT, OUTPUT, STATUS
from engine.records.tables import new_id
from engine.records.worker import BEAT, SILENT_AFTER, Chore, QueueWorker
from engine.settings import Settings

PAUSES = (0.5, 2.0)
"""Seconds between tries within one run: a job that waits keeps others from its place."""
DELAYS = (60, 5 * 60, 30 * 60, 2 * 3600, 8 * 3600)
"""Seconds until a job that failed runs again. After the last one it is given up."""

_log = logging.getLogger("accolade.jobs")
_functions: dict[str, JobFunction] = {}


@dataclass(frozen=True)
class JobContext:
    """What a job may use. It opens its own transactions."""

    settings: Settings
    database: Database
    store: EvidenceStore


JobFunction = Callable[[JobContext, Mapping[str, Any]], None]
"""Takes the context and the payload (a JSON object). Safe to run twice with the same payload."""


class GiveUp(AccoladeError):
    """Raised by a job that no second try can help, such as a letter to an impossible address."""


def register(name: str, function: JobFunction) -> None:
    """Make `name` a job. Done once, where the function is defined, when its module is imported."""
    if _functions.setdefault(name, function) is not function:
        raise ValueError(f"there are two jobs named {name!r}")


PeriodicFunction = Callable[[JobContext, datetime], object]
"""Takes the context and the time. Every worker calls it: it takes care itself that what several
do at once is done once."""
_periodic: dict[str, tuple[float, PeriodicFunction]] = {}


def periodically(name: str, seconds: float, function: PeriodicFunction) -> None:
    """Have every worker call `function` about every so many seconds (at most once a beat)."""
    _periodic[name] = (seconds, function)


def enqueue(
    session: Session,
    name: str,
    payload: Mapping[str, Any],
    key: str | None = None,
    run_at: datetime | None = None,
) -> str:
    """Queue a job in the caller's transaction and return its id.

    `payload` is a JSON object. With `key`, a job of that name and key is queued only once: a
    second call changes nothing, even after it ran, until its row is tidied away (a month later).
    With `run_at` it does not start before then. Raises `ValueError` for an unknown name, here,
    where somebody sees it.
    """
    if name not in _functions:
        raise ValueError(f"there is no job named {name!r}; is its module imported?")
    delay = (run_at - datetime.now(UTC)).total_seconds() if run_at else 0.0
    return _enqueue(session, f"{name}/{key or new_id()}", name, payload, delay)


def _enqueue(
    session: Session, id: str, name: str, payload: Mapping[str, Any], delay: float = 0.0
) -> str:
    queueing.enqueue(session, id, name, payload, delay)
    return id


def run(context: JobContext, id: str, name: str, payload: Mapping[str, Any]) -> str:
    """Run one job: the body of the queue's one workflow.

    Returns an empty text when it is done, or the error when it failed and is queued to run again.
    Raises the error when the job is given up. The next attempt is queued first, under an id that
    follows from this one: a worker that is killed in between does the same again.
    """
    for pause in (*PAUSES, None):
        try:
            _call(context, name, payload)
            return ""
        except GiveUp:
            raise
        except Exception as error:
            if pause is not None:
                _log.info("job %s failed; trying again in %s s", id, pause, exc_info=True)
                time.sleep(pause)
            elif _try_later(context, id, name, payload):
                _log.warning("job %s failed; it runs again later", id, exc_info=True)
                return f"{type(error).__name__}: {error}"
            else:
                raise
    raise AssertionError("the last pause is None")


def _call(context: JobContext, name: str, payload: Mapping[str, Any]) -> None:
    function = _functions.get(name)
    if function is None:
        # Queued by a newer release, most likely: another worker, or this one later, knows it.
        raise LookupError(f"this worker knows no job named {name!r}")
    with audit.coming_from("worker"):
        function(context, payload)


def _try_later(context: JobContext, id: str, name: str, payload: Mapping[str, Any]) -> bool:
    root, attempt = _attempt(id)
    if attempt > len(DELAYS):
        return False
    with context.database.transaction() as session:
        _enqueue(session, f"{root}~{attempt + 1}", name, payload, DELAYS[attempt - 1])
    return True


def _attempt(id: str) -> tuple[str, int]:
    root, mark, number = id.rpartition("~")
    return (root, int(number)) if mark and number.isdigit() else (id, 1)


class Worker(QueueWorker):
    """Runs jobs in this process, beside whatever else it does. See `worker` for how.

    `beat` is the seconds between heartbeats, `silent_after` how many without one make it dead.
    """

    def __init__(
        self,
        database: Database,
        context: JobContext,
        *,
        beat: float = BEAT,
        silent_after: float = SILENT_AFTER,
    ) -> None:
        chores = {
            name: Chore(seconds, partial(function, context))
            for name, (seconds, function) in _periodic.items()
        }
        super().__init__(
            database, partial(run, context), chores, beat=beat, silent_after=silent_after
        )


JobState = Literal["waiting", "delayed", "running", "done", "failed", "cancelled"]
_STATES: dict[str, JobState] = {
    "ENQUEUED": "waiting",
    "DELAYED": "delayed",
    "PENDING": "running",
    "SUCCESS": "done",
    "CANCELLED": "cancelled",
}
_MOST_ATTEMPTS = 60
"""How often a job may be tried in all, by itself and by hand."""


@dataclass(frozen=True)
class JobRow:
    """A job as staff see it: its latest attempt, and why the one before failed."""

    id: str
    name: str
    state: JobState
    attempt: int
    queued_at: datetime
    """When this attempt was queued, UTC."""
    run_at: datetime | None
    """When it may start, if it waits for a time."""
    ended_at: datetime | None
    error: str
    """What went wrong last, in the words of the error; empty when nothing did."""


def listing(
    session: Session, limit: int = 100, failed_only: bool = False, state: JobState | None = None
) -> list[JobRow]:
    """The latest jobs, newest first, in one query; a job that was tried again is one row.

    `failed_only` leaves those that were given up, `state` those that stand so now.
    """
    found = (
        select(STATUS, OUTPUT.c.output, OUTPUT.c.error)
        .outerjoin(OUTPUT, OUTPUT.c.workflow_uuid == STATUS.c.workflow_uuid)
        .where(STATUS.c.name == queueing.WORKFLOW)
        .order_by(STATUS.c.created_at.desc(), STATUS.c.workflow_uuid.desc())
        .limit(limit)
    )
    if failed_only:
        found = found.where(STATUS.c.status.not_in(tuple(_STATES)))
    if state is not None:
        names = [status for status, meant in _STATES.items() if meant == state]
        found = found.where(
            STATUS.c.status.in_(names) if names else STATUS.c.status.not_in(tuple(_STATES))
        )
    options = queueing.theirs(Database.of(session))
    attempts: dict[str, list[Any]] = {}
    for row in session.execute(found, execution_options=options):
        attempts.setdefault(_attempt(row.workflow_uuid)[0], []).append(row)
    shown = [_shown(root, rows) for root, rows in attempts.items()]
    return _given_up(session, shown) if failed_only or state == "failed" else shown


def one(session: Session, id: str) -> JobRow | None:
    """The job of this id (`NAME/KEY`) as it stands now; None when it is unknown or tidied away."""
    found = (
        select(STATUS, OUTPUT.c.output, OUTPUT.c.error)
        .outerjoin(OUTPUT, OUTPUT.c.workflow_uuid == STATUS.c.workflow_uuid)
        .where(*_of_root(id))
    )
    rows = session.execute(found, execution_options=queueing.theirs(Database.of(session))).all()
    return _shown(id, list(rows)) if rows else None


def stuck(session: Session, id: str) -> JobRow | None:
    """The job of this id if something went wrong with it and it is not done: it is tried again by
    itself (`delayed`, `waiting`, `running`), or by nobody unless staff say so (`failed`,
    `cancelled`)."""
    job = one(session, id)
    return job if job is not None and job.state != "done" and job.error else None


def _given_up(session: Session, rows: list[JobRow]) -> list[JobRow]:
    """Those of the rows that nobody has had tried again since."""
    later = {f"{row.id}~{row.attempt + 1}": row.id for row in rows}
    query = select(STATUS.c.workflow_uuid).where(STATUS.c.workflow_uuid.in_(later))
    options = queueing.theirs(Database.of(session))
    again = {later[id] for id in session.scalars(query, execution_options=options)}
    return [row for row in rows if row.id not in again]


def _shown(root: str, rows: list[Any]) -> JobRow:
    latest = max(rows, key=lambda row: _attempt(row.workflow_uuid)[1])
    state = _STATES.get(latest.status, "failed")
    told = next((words for row in rows if (words := _words(row))), "")
    error = "" if state == "done" else told
    if latest.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED":
        error = "Each worker that ran this stopped."
    return JobRow(
        id=root,
        name=root.partition("/")[0],
        state=state,
        attempt=_attempt(latest.workflow_uuid)[1],
        queued_at=_from_milliseconds(latest.created_at),
        run_at=(
            _from_milliseconds(latest.delay_until_epoch_ms)
            if latest.delay_until_epoch_ms and state == "delayed"
            else None
        ),
        ended_at=_from_milliseconds(latest.completed_at) if latest.completed_at else None,
        error=error,
    )


def _words(row: Any) -> str:
    """The error of an attempt: of one that was given up, or of one that runs again later."""
    if row.error:
        told = json.loads(row.error)
        return f"{told['name']}: {told['message']}"
    return str(json.loads(row.output) or "") if row.output else ""


def _from_milliseconds(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)


def again(session: Session, id: str) -> bool:
    """Have a job that was given up run once more, under the id that follows from its last one.

    `id` is a `JobRow.id`. Asked twice at once it is queued once, since both name the same next
    attempt; False when there is nothing to do: it is unknown, done, or not given up.
    """
    latest = _latest(session, id)
    if latest is None or latest.status in _STATES:
        return False
    name, payload = json.loads(latest.inputs)["positionalArgs"]
    root, attempt = _attempt(latest.workflow_uuid)
    if name not in _functions:
        raise ValueError(f"there is no job named {name!r}; is its module imported?")
    _enqueue(session, f"{root}~{attempt + 1}", name, payload)
    return True


def renew(session: Session, name: str, payload: Mapping[str, Any], key: str) -> None:
    """Queue a job of this name and key, and once more where it is done. What is on its way goes on
    as it is, and what was given up stays so until staff say otherwise."""
    latest = _latest(session, f"{name}/{key}")
    if latest is None:
        enqueue(session, name, payload, key)
    elif _STATES.get(latest.status) == "done":
        root, attempt = _attempt(latest.workflow_uuid)
        _enqueue(session, f"{root}~{attempt + 1}", name, payload)


def run_now(session: Session, id: str) -> bool:
    """Let a job that waits for its time start at once; False when it waits for none."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    started = (
        update(STATUS)
        .where(*_of_root(id), STATUS.c.status == "DELAYED")
        .values(status="ENQUEUED", delay_until_epoch_ms=None, updated_at=now)
    )
    options = queueing.theirs(Database.of(session))
    return bool(session.execute(started, execution_options=options).rowcount)  # type: ignore[attr-defined]


def give_up(session: Session, id: str) -> bool:
    """Never run a job that waits, or for a failed one: never offer it again. It stays listed as
    cancelled; False when it runs or is done."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    ended = (
        update(STATUS)
        .where(*_of_root(id), STATUS.c.status.not_in(("PENDING", "SUCCESS", "CANCELLED")))
        .values(status="CANCELLED", completed_at=now, updated_at=now)
    )
    options = queueing.theirs(Database.of(session))
    return bool(session.execute(ended, execution_options=options).rowcount)  # type: ignore[attr-defined]


def numbers(session: Session) -> dict[JobState, int]:
    """How many jobs are in each state that staff look at; the done ones are not counted."""
    found = (
        select(STATUS.c.status, func.count())
        .where(STATUS.c.name == queueing.WORKFLOW, STATUS.c.status != "SUCCESS")
        .group_by(STATUS.c.status)
    )
    counts: dict[JobState, int] = {}
    for status, number in session.execute(
        found, execution_options=queueing.theirs(Database.of(session))
    ):
        state = _STATES.get(status, "failed")
        counts[state] = counts.get(state, 0) + number
    return counts


def _of_root(id: str) -> tuple[ColumnElement[bool], ...]:
    """The attempts of one job: `root`, `root~2`, `root~3` …"""
    attempts = [id, *(f"{id}~{number}" for number in range(2, _MOST_ATTEMPTS + 1))]
    return STATUS.c.name == queueing.WORKFLOW, STATUS.c.workflow_uuid.in_(attempts)


def _latest(session: Session, id: str) -> Any:
    query = (
        select(STATUS.c.workflow_uuid, STATUS.c.status, INPUT.c.inputs)
        .join(INPUT, INPUT.c.workflow_uuid == STATUS.c.workflow_uuid)
        .where(*_of_root(id))
    )
    rows = session.execute(query, execution_options=queueing.theirs(Database.of(session))).all()
    return max(rows, key=lambda row: _attempt(row.workflow_uuid)[1], default=None)


def drain(context: JobContext, at: datetime | None = None) -> list[str]:
    """Run every committed job here and now, and those that they queue; return their names.

    For tests, and for `demo`: no worker, no threads, no tries again; an error is raised at once.
    A job that waits for a time runs if it is due by `at`. Do not use it beside a running worker:
    both would run the same jobs.
    """
    ran: list[str] = []
    while (waiting := _next_waiting(context.database, at)) is not None:
        id, name, payload = waiting
        ended = "ERROR"
        try:
            _call(context, name, payload)
            ended = "SUCCESS"
        finally:
            _end(context.database, id, ended)
        ran.append(name)
    return ran


def _next_waiting(database: Database, at: datetime | None) -> tuple[str, str, Any] | None:
    due = STATUS.c.status == "ENQUEUED"
    if at is not None:
        due = due | (
            (STATUS.c.status == "DELAYED")
            & (STATUS.c.delay_until_epoch_ms <= int(at.timestamp() * 1000))
        )
    oldest = (
        select(STATUS.c.workflow_uuid, INPUT.c.inputs)
        .join(INPUT, INPUT.c.workflow_uuid == STATUS.c.workflow_uuid)
        .where(STATUS.c.name == queueing.WORKFLOW, due)
        .order_by(STATUS.c.created_at, STATUS.c.workflow_uuid)
        .limit(1)
    )
    with database.read() as session:
        row = session.execute(oldest, execution_options=queueing.theirs(database)).first()
    if row is None:
        return None
    name, payload = json.loads(row.inputs)["positionalArgs"]
    return row.workflow_uuid, name, payload


def _end(database: Database, id: str, status: str) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    ended = (
        update(STATUS)
        .where(STATUS.c.workflow_uuid == id)
        .values(status=status, completed_at=now, updated_at=now)
    )
    with database.transaction() as session:
        session.execute(ended, execution_options=queueing.theirs(database))
