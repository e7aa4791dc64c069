"""The power goes, at every statement of an award: either all of it happened or nothing did."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import event, func, select, text

from engine.records import audit, queueing
from engine.records.database import Database
from engine.records.queueing import INPUT, STATUS
from engine.records.tables import Award, Review, Snapshot, Submission
from engine.submissions import progress
from tests.attacks.conftest import Stage
from tests.attacks.test_races import decided, handed_in  # noqa: F401  (fixtures)
from tests.conftest import TERM


def killed_at(url: str, number: int, act: Callable[[Database], None]) -> bool:
    """Do `act` in a process of its own that dies by SIGKILL before its statement `number`.

    True when it died; False when it had fewer statements and came through.
    """
    child = os.fork()
    if child == 0:
        left = number

        def count(*_: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            database = Database(url)
            _tell_of_every_statement(database, count)
            act(database)
        except BaseException:
            os._exit(70)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return False


def _tell_of_every_statement(database: Database, told: Callable[..., None]) -> None:
    """By the driver itself: the queue's statements pass by SQLAlchemy's events."""
    if database.is_sqlite:

        @event.listens_for(database.engine, "connect")
        def trace(connection: sqlite3.Connection, _: Any) -> None:
            connection.set_trace_callback(told)

        return

    def telling(method: Callable[..., Any]) -> Callable[..., Any]:
        def tell(driver: Any, *arguments: Any, **named: Any) -> Any:
            # Nothing is sent to commit what was committed with the last rows.
            if method is not commit or driver.info.transaction_status != TransactionStatus.IDLE:
                told()
            return method(driver, *arguments, **named)

        return tell

    commit = psycopg.Connection.commit
    # This process is the child's, and ends with it.
    for kind, name in (
        (psycopg.Cursor, "execute"),
        (psycopg.Cursor, "executemany"),
        (psycopg.Connection, "commit"),
    ):
        setattr(kind, name, telling(getattr(kind, name)))


def facts(stage: Stage, url: str) -> dict[str, Any]:
    database = Database(url)
    try:
        with database.read() as session:
            if database.is_sqlite:
                assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert audit.verify(session) is None
            submission = session.get_one(Submission, stage.ready)
            steps = [
                one.facts.get("transition")
                for one in audit.story(session, f"submission:{stage.ready}")
                if one.kind == "advanced"
            ]
            options = queueing.theirs(database)
            ids = session.scalars(select(STATUS.c.workflow_uuid), execution_options=options)
            jobs = Counter(id.partition("/")[0] for id in ids)
            inputs = select(func.count()).select_from(INPUT)
            assert session.scalar(inputs, execution_options=options) == jobs.total()
            return {
                "state": submission.state,
                "revision": submission.revision,
                "steps": steps,
                "awards": session.scalar(
                    select(func.count()).where(Award.submission_id == stage.ready)
                ),
                "snapshots": session.scalar(
                    select(func.count()).where(Snapshot.submission_id == stage.ready)
                ),
                "closed": session.scalar(
                    select(func.count()).where(
                        Review.submission_id == stage.ready, Review.closed_at.is_not(None)
                    )
                ),
                "jobs": jobs,
            }
    finally:
        database.dispose()


def every_death(
    stage: Stage, name: str, transition: str, revision: int
) -> tuple[dict[str, Any], dict[str, Any], int]:
    """What stood before, what stands after, and how many deaths lay in between.

    All of them die over the same rows: each left everything as it was, and held up nobody.
    """
    url = stage.database.address
    stage.database.dispose()  # nobody shares a connection with a child

    def act(database: Database) -> None:
        with database.transaction() as session:
            progress.advance(
                session, stage.settings, stage.cast[name], stage.ready, transition, revision, TERM
            )

    before = facts(stage, url)
    for number in range(200):
        died = killed_at(url, number, act)
        found = facts(stage, url)
        if not died:
            return before, found, number
        assert found == before, f"killed at statement {number}"
    raise AssertionError("an advance has no two hundred statements")


@pytest.mark.usefixtures("engine_name")  # the stage is asked for by name, too late to have two
@pytest.mark.parametrize(
    ("transition", "name", "revision"), [("hand_in", "ben", 0), ("confer", "rosa", 2)]
)
def test_a_process_that_dies_anywhere_leaves_all_or_nothing(
    request: pytest.FixtureRequest, transition: str, name: str, revision: int
) -> None:
    stage: Stage = request.getfixturevalue("stage" if transition == "hand_in" else "decided")
    before, after, deaths = every_death(stage, name, transition, revision)
    assert after["steps"] == [*before["steps"], transition]
    assert after["revision"] == before["revision"] + 1
    assert after["jobs"] != before["jobs"]
    if transition == "confer":
        assert (after["awards"], after["closed"]) == (1, 1)
    else:
        assert after["snapshots"] == 1
    assert deaths > 8
