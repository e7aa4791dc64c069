"""Reminders and awards to many at once, by a worker that is killed twice.

A thousand of each; `ACCOLADE_BENCH_BULK=10000` for ten thousand, of which each costs the same. The
worker is a process of its own. It dies by SIGKILL when a third and when two thirds are done, and
another takes over. Then everything is counted: outcomes, events, awards, and the letters and
certificates that are queued; each exactly once. The seconds are those in which a worker worked;
letters and certificates themselves are made by other jobs, afterwards.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

from sqlalchemy import Table, func, insert, literal, select
from sqlalchemy.orm import Session

from benchmarks.installation import NOW, Installation, installation
from benchmarks.lists import _actor
from benchmarks.timing import Figure, medians, milliseconds
from engine import demo
from engine.awards.certificates import printing
from engine.people import Actor
from engine.records import queueing
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.queueing import STATUS
from engine.records.tables import (
    Account,
    Award,
    Base,
    BulkItem,
    BulkRun,
    Event,
    Review,
    Score,
    Submission,
    new_id,
)
from engine.submissions import bulk, bulk_job, drafting, letters, progress, reviewing
from engine.submissions.bulk_deeds import ActionName

MANY = int(os.environ.get("ACCOLADE_BENCH_BULK", "1000"))
DEATHS = (1 / 3, 2 / 3)
"""How far a run is when its worker is killed."""
AT_ONCE = 25
"""Awards that are compared at a time."""
ROUNDS = 8

WORKER = """
import sys
from pathlib import Path
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.settings import load_settings
from engine.submissions import bulk, bulk_job

settings = load_settings(Path(sys.argv[1]), {})
database = Database(sys.argv[2])
context = JobContext(settings, database, EvidenceStore(settings.evidence))
print("ready", flush=True)
waiting = True
while waiting:
    bulk_job.go_on(context, {"run": sys.argv[3]})
    with database.read() as session:
        waiting = bulk.progress_of(session, sys.argv[3]).waiting > 0
"""


def measure() -> list[Figure]:
    """Seconds for all of them, and what an award among many costs against one by itself."""
    with installation() as here:
        return [_reminders(here), _awards(here), _against_single_ones(here)]


def _reminders(here: Installation) -> Figure:
    said = {"to": "candidate", "words": "The hall is open until nine."}
    ids = _scored(here, MANY, with_scores=False)
    took, _ = _done(here, _actor(here, demo.STAFF[0]), "remind", said, ids, "reminded")
    return _figure("reminders", took)


def _awards(here: Installation) -> Figure:
    ids, coach = _scored(here, MANY), _actor(here, demo.REVIEWER[0])
    transition = _awarding(here)
    took, run_id = _done(here, coach, "advance", {"transition": transition}, ids, "advanced")
    certificate = STATUS.c.workflow_uuid == literal(f"{printing.JOB}/") + Award.serial
    awarded = Event.chain == literal("award:") + Award.serial
    mine = (
        select(func.count())
        .select_from(Award)
        .join(BulkItem, BulkItem.submission_id == Award.submission_id)
        .where(BulkItem.run_id == run_id)
    )
    with here.database.read() as session:
        asked = {
            "awards": mine,
            "awarded events": mine.join(Event, awarded).where(Event.kind == "awarded"),
            "certificates": mine.join(STATUS, certificate),
        }
        options = queueing.theirs(here.database)
        counts = {
            name: session.scalar(query, execution_options=options) for name, query in asked.items()
        }
    assert counts == dict.fromkeys(counts, MANY), counts
    return _figure("awards", took)


def _figure(what: str, took: float) -> Figure:
    return Figure(
        f"{MANY:,} {what} at once, the worker killed twice",
        took,
        None,
        f"{took / MANY * 1000:.2f} ms each, every one in a transaction of its own with its "
        "outcome, event and jobs; none twice, none lost",
        "s",
    )


def _done(
    here: Installation,
    actor: Actor,
    action: ActionName,
    said: Mapping[str, str],
    ids: Sequence[str],
    kind: str,
) -> tuple[float, str]:
    """Do it to all of them, with deaths in between: the seconds that workers worked, and the run.

    Every submission then has one event of this kind and one letter in the queue.
    """
    with here.database.transaction() as session:
        run_id = bulk.prepare(session, actor, action, said, bulk.revisions(session, ids), NOW)
        bulk.begin(session, actor, run_id, NOW)
    before, took = _letters(here), 0.0
    for share in (*DEATHS, 1.0):
        took += _worked(here, run_id, int(share * MANY))
        with here.database.read() as session:
            done = bulk.progress_of(session, run_id).done
            events = (
                select(func.count(), func.count(Event.chain.distinct()))
                .join(BulkItem, Event.chain == literal("submission:") + BulkItem.submission_id)
                .where(BulkItem.run_id == run_id, Event.kind == kind)
            )
            # Whatever is marked as done is done, once, and nothing else is.
            assert session.execute(events).one() == (done, done)
    assert done == MANY == _letters(here) - before
    with here.database.read() as session:
        assert session.get_one(BulkRun, run_id).ended_at is not None
    return took, run_id


def _worked(here: Installation, run_id: str, until: int) -> float:
    """Have a process work until so many are done, and kill it then unless that is all of them."""
    settings = here.settings
    command = [sys.executable, "-c", WORKER, str(settings.instance), settings.database_url, run_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd()) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = perf_counter()
        if until < MANY:
            while _how_many(here, run_id) < until:
                assert process.poll() is None, "the worker ended by itself"
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGKILL)
        code = process.wait()
        took = perf_counter() - started
    assert code == (-signal.SIGKILL if until < MANY else 0)
    return took


def _how_many(here: Installation, run_id: str) -> int:
    with here.database.read() as session:
        return bulk.progress_of(session, run_id).done


def _letters(here: Installation) -> int:
    """Letters that were ever queued."""
    with here.database.read() as session:
        mine = STATUS.c.workflow_uuid.startswith(f"{letters.JOB}/", autoescape=True)
        options = queueing.theirs(here.database)
        return session.scalar(select(func.count()).where(mine), execution_options=options) or 0


def _against_single_ones(here: Installation) -> Figure:
    """The job over a handful against as many single awards, in turns."""
    coach, transition = _actor(here, demo.REVIEWER[0]), _awarding(here)
    context = JobContext(here.settings, here.database, EvidenceStore(here.settings.evidence))
    ids = _scored(here, 2 * AT_ONCE * (ROUNDS + 3))
    runs = []
    with here.database.transaction() as session:
        chosen = bulk.revisions(session, ids)
        said = {"transition": transition}
        for start in range(0, len(ids) // 2, AT_ONCE):
            piece = chosen[start : start + AT_ONCE]
            runs.append(bulk.prepare(session, coach, "advance", said, piece, NOW))
            bulk.begin(session, coach, runs[-1], NOW)
        single = iter(chosen[len(ids) // 2 :])

    def many() -> None:
        bulk_job.go_on(context, {"run": runs.pop()})

    def one_by_one() -> None:
        for _ in range(AT_ONCE):
            id, revision = next(single)
            with here.database.transaction() as session:
                progress.advance(session, here.settings, coach, id, transition, revision, NOW)

    found = medians({"many": many, "one by one": one_by_one}, ROUNDS)
    each = {name: seconds / AT_ONCE for name, seconds in found.items()}
    return Figure(
        "an award among many",
        each["many"] / each["one by one"],
        2,
        f"{milliseconds(each['many'])} against {milliseconds(each['one by one'])} by itself",
    )


def _awarding(here: Installation) -> str:
    """The transition that issues."""
    workflow = here.edition.workflow
    assert workflow is not None
    return next(
        one.name
        for one in workflow.transitions.values()
        if any(effect.name == "issue" for effect in one.do)
    )


def _scored(here: Installation, number: int, with_scores: bool = True) -> list[str]:
    """So many submissions of as many candidates, with the coach, and every look-for a Y.

    Copies of one of the demonstration's. The answers are left out: to award reads the scores.
    """
    coach = _actor(here, demo.REVIEWER[0])
    ids = [new_id() for _ in range(number)]
    with here.database.transaction() as session:
        pattern = session.scalars(
            select(Submission).where(
                Submission.edition_digest == here.edition.digest,
                Submission.reviewer_id == coach.id,
                Submission.state_kind == "decide",
            )
        ).first()
        assert pattern is not None
        subject = drafting.subject_of(session, pattern.id)
        review = reviewing.current_review(session, subject)
        assert review is not None
        yes: dict[tuple[str, str], tuple[str | None, str]] = {
            (guide.id, look_for.id): ("Y", "")
            for guide in reviewing.guides_of(subject)
            for look_for in guide.look_fors
        }
        reviewing.save_scores(session, coach, subject, yes, review.revision, NOW)
        session.flush()
        _copy(session, Account, pattern.candidate_id, [{"id": id, "email": id} for id in ids])
        _copy(session, Submission, pattern.id, [{"id": id, "candidate_id": id} for id in ids])
        _copy(session, Review, review.id, [{"id": id, "submission_id": id} for id in ids])
        if not with_scores:
            return ids
        scores = select(Score.__table__).where(Score.review_id == review.id)
        for score in session.execute(scores).mappings().all():
            session.execute(insert(Score), [{**score, "review_id": id} for id in ids])
    return ids


def _copy(
    session: Session, kind: type[Base], id: str, changes: Sequence[Mapping[str, str]]
) -> None:
    table = kind.__table__
    assert isinstance(table, Table)
    row = session.execute(select(table).where(table.c.id == id)).mappings().one()
    session.execute(insert(table), [{**row, **change} for change in changes])
