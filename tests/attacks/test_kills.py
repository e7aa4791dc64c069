"""The power goes, at every statement of an award: either all of it happened or nothing did."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from engine.records import audit
from engine.records.database import Database
from engine.records.tables import Award, Review, Snapshot, Submission
from engine.submissions import progress
from tests.attacks.conftest import Stage
from tests.attacks.test_races import decided, handed_in  # noqa: F401  (fixtures)
from tests.conftest import TERM
from tests.databases import ON_SQLITE


def killed_at(url: str, number: int, act: Callable[[Database], None]) -> bool:
    """Do `act` in a process of its own that dies by SIGKILL before its statement `number`.

    True when it died; False when it had fewer statements and came through.
    """
    child = os.fork()
    if child == 0:
        left = number

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            database = Database(url)
            armed = False

            def arm(connection: sqlite3.Connection, _: Any) -> None:
                # The driver's own trace: the queue's statements pass by SQLAlchemy's events.
                if armed:
                    connection.set_trace_callback(count)

            event.listen(database.engine, "connect", arm)
            armed = True
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


def facts(stage: Stage, url: str) -> dict[str, Any]:
    database = Database(url)
    try:
        with database.read() as session:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert audit.verify(session) is None
            submission = session.get_one(Submission, stage.ready)
            steps = [
                one.facts.get("transition")
                for one in audit.story(session, f"submission:{stage.ready}")
                if one.kind == "advanced"
            ]
            jobs = session.execute(
                text(
                    "SELECT substr(workflow_uuid, 1, instr(workflow_uuid, '/') - 1), count(*)"
                    " FROM workflow_status GROUP BY 1"
                )
            ).all()
            inputs = session.scalar(text("SELECT count(*) FROM workflow_input"))
            assert inputs == sum(number for _, number in jobs)
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
                "jobs": dict(map(tuple, jobs)),
            }
    finally:
        database.dispose()


def every_death(
    stage: Stage, place: Path, name: str, transition: str, revision: int
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """What stood before, what stands after, and what every death in between left."""
    stage.database.dispose()
    with sqlite3.connect(str(stage.database.url.database)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()

    def act(database: Database) -> None:
        with database.transaction() as session:
            progress.advance(
                session, stage.settings, stage.cast[name], stage.ready, transition, revision, TERM
            )

    before = facts(stage, str(stage.database.address))
    left = []
    for number in range(200):
        copy = place / f"{number}.sqlite"
        shutil.copy(str(stage.database.url.database), copy)
        url = f"sqlite:///{copy}"
        died = killed_at(url, number, act)
        found = facts(stage, url)
        if not died:
            return before, found, left
        left.append(found)
        # Whoever comes next is not held up by what the dead left behind.
        if number % 5 == 0 and found == before:
            again = Database(url)
            act(again)
            again.dispose()
            assert facts(stage, url)["state"] != before["state"]
    raise AssertionError("an advance has no two hundred statements")


@ON_SQLITE  # its driver tells of each statement, the queue's too, and a file is copied at each
@pytest.mark.parametrize(
    ("transition", "name", "revision"), [("hand_in", "ben", 0), ("confer", "rosa", 2)]
)
def test_a_process_that_dies_anywhere_leaves_all_or_nothing(
    engine_name: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    transition: str,
    name: str,
    revision: int,
) -> None:
    stage: Stage = request.getfixturevalue("stage" if transition == "hand_in" else "decided")
    before, after, left = every_death(stage, tmp_path, name, transition, revision)
    assert after["steps"] == [*before["steps"], transition]
    assert after["revision"] == before["revision"] + 1
    assert after["jobs"] != before["jobs"]
    if transition == "confer":
        assert (after["awards"], after["closed"]) == (1, 1)
    else:
        assert after["snapshots"] == 1
    assert len(left) > 8
    for number, found in enumerate(left):
        assert found == before, f"killed at statement {number}"
