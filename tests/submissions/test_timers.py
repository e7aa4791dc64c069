"""Timers ring once, whole or not at all: through deaths, rivals, failures and jumping clocks."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.records import audit
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Submission, Timer
from engine.records.worker import Chore, QueueWorker
from engine.submissions import timers
from tests.attacks.test_kills import killed_at
from tests.databases import ON_SQLITE

from .conftest import NOON, Garden
from .test_paths import DAY, Plant, lapsing, plant

__all__ = ["plant"]
"""The fixture that this module takes over."""


@pytest.fixture
def lapsed(garden: Garden, plant: Plant) -> str:
    """The id of a submission whose time is over, and nobody has noticed yet."""
    with garden.database.transaction() as session:
        return plant(session, lapsing).id


def context(garden: Garden, database: Database | None = None) -> JobContext:
    store = EvidenceStore(garden.settings.evidence)
    return JobContext(garden.settings, database or garden.database, store)


def found(database: Database, id: str) -> tuple[str, int, int]:
    """The state, how many timers are left, and how often it moved."""
    with database.read() as session:
        story = audit.story(session, f"submission:{id}")
        assert audit.verify(session) is None
        return (
            session.get_one(Submission, id).state,
            session.scalar(select(func.count()).select_from(Timer)) or 0,
            sum(event.kind == "advanced" for event in story),
        )


@ON_SQLITE  # its file is copied for every death
def test_a_worker_that_dies_at_any_statement_leaves_all_of_it_or_nothing(
    garden: Garden, lapsed: str, tmp_path: Path
) -> None:
    garden.database.dispose()
    before, after = ("planting", 1, 0), ("compost", 0, 1)
    seen = set()
    for number in range(100):
        copy = tmp_path / f"{number}.sqlite"
        shutil.copy(str(garden.database.url.database), copy)
        url = f"sqlite:///{copy}"

        def act(database: Database) -> None:
            timers.run_due(context(garden, database), NOON + 30 * DAY)

        died = killed_at(url, number, act)
        left = Database(url)
        seen.add(found(left, lapsed))
        # Whoever looks next does it, once, or finds it done.
        timers.run_due(context(garden, left), NOON + 30 * DAY)
        assert found(left, lapsed) == after
        left.dispose()
        if not died:
            assert seen == {before, after}
            return
    raise AssertionError("a lapse has no hundred statements")


def test_four_workers_that_look_at_once_ring_it_once(garden: Garden, lapsed: str) -> None:
    start = threading.Barrier(4)
    rang: list[int] = []

    def look() -> None:
        start.wait()
        rang.append(timers.run_due(context(garden), NOON + 30 * DAY))

    workers = [threading.Thread(target=look) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert (sum(rang), found(garden.database, lapsed)) == (1, ("compost", 0, 1))


class Clock:
    """Stands in for the module `time` of the worker: both of its clocks, to be moved by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000.0, 50.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def passes(self, seconds: float, jump: float = 0.0) -> None:
        self.steady += seconds
        self.wall += seconds + jump


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("engine.records.worker.time", made)
    return made


@pytest.mark.parametrize("jump", [-86_400.0, 3_600.0, 10 * 365 * 86_400.0])
@ON_SQLITE  # nothing here asks the database anything
def test_what_happens_by_the_clock_waits_when_the_clock_has_jumped(
    garden: Garden, clock: Clock, jump: float
) -> None:
    rang: list[datetime] = []
    worker = QueueWorker(garden.database, lambda *_: "", {"it": Chore(5.0, rang.append)})

    def beats(number: int) -> int:
        before = len(rang)
        for _ in range(number):
            clock.passes(5)
            worker._do_chores()
        return len(rang) - before

    assert beats(3) == 3
    clock.passes(5, jump)
    worker._do_chores()
    assert beats(100) == 0
    assert beats(100) > 0


def test_a_clock_that_is_put_right_by_a_second_changes_nothing(
    garden: Garden, clock: Clock
) -> None:
    rang: list[datetime] = []
    worker = QueueWorker(garden.database, lambda *_: "", {"it": Chore(5.0, rang.append)})
    for jump in (0.0, 1.0, -1.0, 30.0):
        clock.passes(5, jump)
        worker._do_chores()
    assert len(rang) == 4


def test_a_chore_that_fails_is_called_again(garden: Garden, clock: Clock) -> None:
    called: list[float] = []

    def fails(_: datetime) -> None:
        called.append(clock.steady)
        raise ZeroDivisionError

    worker = QueueWorker(garden.database, lambda *_: "", {"it": Chore(60.0, fails)})
    for _ in range(3):
        worker._do_chores()
        clock.passes(60)
    assert len(called) == 3


def test_a_running_worker_rings_what_is_due(garden: Garden, plant: Plant) -> None:
    from engine.records.jobs import Worker

    with garden.database.transaction() as session:
        id = plant(session, lapsing).id
        due = datetime.now(UTC) - timedelta(seconds=1)
        session.get_one(Timer, session.scalar(select(Timer.id))).at = due
    settings = replace(garden.settings, embedded_worker=True)
    worker = Worker(garden.database, replace(context(garden), settings=settings), beat=0.2)
    worker.start()
    try:
        ends = time.monotonic() + 30
        while found(garden.database, id)[0] != "compost" and time.monotonic() < ends:
            time.sleep(0.1)
    finally:
        worker.stop()
    assert found(garden.database, id) == ("compost", 0, 1)
