"""Ten thousand reminders at once: what each costs, and that none is lost or sent twice."""

from __future__ import annotations

from time import perf_counter

from sqlalchemy import func, insert, select

from benchmarks.installation import NOW, Installation, installation
from benchmarks.lists import _actor
from benchmarks.timing import Figure
from engine import demo
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import BulkItem, Event, Submission, new_id
from engine.submissions import bulk

MANY = 10_000


def measure() -> list[Figure]:
    """Seconds until every one of them is told."""
    with installation() as here:
        return _reminders(here)


def _reminders(here: Installation) -> list[Figure]:
    workflow = here.edition.workflow
    assert workflow is not None
    waiting = next(state for state in workflow.states.values() if state.kind == "review")
    staff, owner = _actor(here, demo.STAFF[0]), _actor(here, demo.READY[0])
    ids = [new_id() for _ in range(MANY)]
    context = JobContext(here.settings, here.database, EvidenceStore(here.settings.evidence))
    with here.database.transaction() as session:
        rows = [
            {
                "id": id,
                "edition_digest": here.edition.digest,
                "credential_id": here.edition.credential.id,
                "candidate_id": owner.id,
                "state": waiting.name,
                "state_kind": waiting.kind,
                "state_since": NOW,
                "round": 1,
                "opened_at": NOW,
                "revision": 1,
            }
            for id in ids
        ]
        session.execute(insert(Submission), rows)
        said = {"to": "candidate", "words": "The hall is open until nine."}
        chosen = bulk.revisions(session, ids)
        run_id = bulk.prepare(session, staff, "remind", said, chosen, NOW)
        bulk.begin(session, staff, run_id, NOW)
    started = perf_counter()
    with here.database.read() as session:
        while bulk.progress_of(session, run_id).waiting:
            session.rollback()
            bulk.go_on(context, {"run": run_id})
    took = perf_counter() - started
    with here.database.read() as session:
        done = session.scalar(select(func.count()).where(BulkItem.outcome == "done"))
        told = session.scalar(select(func.count()).where(Event.kind == "reminded"))
    assert done == told == MANY
    return [
        Figure(
            "10,000 reminders at once",
            took,
            None,
            f"{took / MANY * 1000:.2f} ms each, every one in a transaction of its own with its "
            "outcome, event and job; none twice, none lost",
            "s",
        )
    ]
