"""One action on many submissions: put together, looked at, begun, watched, stopped.

A run is put together with the revision of every submission as it was seen, and does nothing until
somebody begins it. What is done to each of them is in `bulk_deeds`, the job that does it in
`bulk_job`. Counts are taken over the run's own items: what is marked as done is done, whatever
became of the worker that did it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from engine.errors import AccoladeError, NotFound, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records import audit, jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Account, BulkItem, BulkRun, Submission, new_id
from engine.settings import Settings
from engine.submissions import bulk_deeds, bulk_job
from engine.submissions.bulk_deeds import ActionName
from engine.submissions.bulk_job import items_of

MOST = 20_000
"""Submissions in one run."""
REHEARSED = 200
"""Items whose outcome is looked at beforehand; the others are asked when it is their turn."""
LONGEST_WORDS = 2_000
FORGOTTEN_AFTER = timedelta(days=1)
"""How long a run that was never begun is kept."""


class Chosen(NamedTuple):
    """A submission as the person saw it."""

    submission_id: str
    revision: int


class Progress(NamedTuple):
    """How far a run has come."""

    total: int
    done: int
    refused: int

    @property
    def waiting(self) -> int:
        return self.total - self.done - self.refused


class Rehearsed(NamedTuple):
    """What would become of one item now: `words` say why not, and are empty when it can be."""

    submission_id: str
    words: str


def prepare(
    session: Session,
    actor: Actor,
    action: ActionName,
    arguments: Mapping[str, Any],
    chosen: Sequence[Chosen],
    at: datetime,
) -> str:
    """Put a run together, to be looked at; returns its id. Raises `Refused` when it is empty, too
    large, not this person's to do, or lacks the words that it needs."""
    require(actor, "queue.see" if action in ("advance", "hand_back") else "staff.see")
    words = str(arguments.get("words", "")).strip()
    if not chosen:
        raise Refused(
            Refusal(_("Nothing is chosen."), _("Tick the submissions that you mean."), "bulk")
        )
    if len(chosen) > MOST:
        raise Refused(
            Refusal(
                _("That is more than %(count)s at once.", count=f"{MOST:,}"),
                _("Narrow the list, and do it in parts."),
                "bulk",
            )
        )
    if len(words) > LONGEST_WORDS:
        limit = f"{LONGEST_WORDS:,}"
        raise Refused(Refusal(_("Use at most %(count)s characters.", count=limit), code="bulk"))
    if action == "remind" and not words:
        raise Refused(Refusal(_("Write what the letter should say."), code="bulk"))
    if action == "advance" and not arguments.get("transition"):
        raise Refused(Refusal(_("Choose what to do."), code="bulk"))
    if action == "assign" and session.get(Account, arguments.get("reviewer", "")) is None:
        raise Refused(Refusal(_("Choose a reviewer."), code="bulk"))
    run_id = new_id()
    session.execute(
        insert(BulkRun).values(
            id=run_id,
            action=action,
            arguments={**arguments, "words": words},
            begun_by=actor.id,
            prepared_at=at,
        )
    )
    items = [
        {"run_id": run_id, "number": number, "submission_id": id, "revision": revision}
        for number, (id, revision) in enumerate(chosen)
    ]
    session.execute(insert(BulkItem), items)
    return run_id


def revisions(session: Session, submission_ids: Sequence[str]) -> list[Chosen]:
    """These submissions as they are now, for `prepare`; those that are not there are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(submission_ids), 500):
        rows = session.execute(
            select(Submission.id, Submission.revision).where(
                Submission.id.in_(submission_ids[start : start + 500])
            )
        )
        found.update((id, revision) for id, revision in rows)
    return [Chosen(id, found[id]) for id in dict.fromkeys(submission_ids) if id in found]


def find(session: Session, actor: Actor, run_id: str) -> BulkRun:
    """A run that this person may look at: their own, or for staff anybody's. Raises `NotFound`."""
    require(actor, "queue.see")
    run = session.get(BulkRun, run_id)
    if run is None or (run.begun_by != actor.id and not actor.roles & {"staff", "admin"}):
        raise NotFound(_("There is no such action on many."))
    return run


def rehearse(
    database: Database, settings: Settings, actor: Actor, run_id: str, at: datetime
) -> list[Rehearsed]:
    """What would become of the first items: each is done and taken back at once, so that it is
    the action itself which answers."""
    with database.read() as session:
        run = find(session, actor, run_id)
        items = items_of(session, run_id, "", REHEARSED)
    found = []
    for item in items:
        words = ""
        try:
            with database.transaction() as session:
                bulk_deeds.act(session, settings, actor, run, item, at)
                raise _TakenBack
        except _TakenBack:
            pass
        except AccoladeError as error:
            words = bulk_deeds.said(error)
        found.append(Rehearsed(item.submission_id, words))
    return found


class _TakenBack(Exception):
    """Ends a rehearsal's transaction."""


def begin(session: Session, actor: Actor, run_id: str, at: datetime) -> None:
    """Have the run done. Asked twice, it is begun once. Raises `NotFound` and `Refused`."""
    run = find(session, actor, run_id)
    if run.begun_by != actor.id:
        raise Refused(Refusal(_("Only whoever put this together may begin it."), code="bulk"))
    begun = session.execute(
        update(BulkRun).where(BulkRun.id == run_id, BulkRun.begun_at.is_(None)).values(begun_at=at)
    )
    if begun.rowcount:  # type: ignore[attr-defined]
        facts = {"action": run.action, "arguments": run.arguments, "total": total(session, run_id)}
        audit.record(session, f"bulk:{run_id}", "begun", facts, actor, at)
        jobs.enqueue(session, bulk_job.JOB, {"run": run_id}, key=f"{run_id}/0")


def stop(session: Session, actor: Actor, run_id: str, at: datetime) -> None:
    """Do no more of it; what is done stays done."""
    run = find(session, actor, run_id)
    stopped = session.execute(
        update(BulkRun)
        .where(
            BulkRun.id == run_id,
            BulkRun.begun_at.is_not(None),
            BulkRun.ended_at.is_(None),
            BulkRun.stopped_at.is_(None),
        )
        .values(stopped_at=at)
    )
    if stopped.rowcount:  # type: ignore[attr-defined]
        audit.record(session, f"bulk:{run.id}", "stopped", {}, actor, at)


def total(session: Session, run_id: str) -> int:
    """How many submissions a run is about."""
    count = select(func.count()).where(BulkItem.run_id == run_id)
    return session.scalar(count) or 0


def progress_of(session: Session, run_id: str) -> Progress:
    """How far a run has come, counted over its own items."""
    rows = session.execute(
        select(BulkItem.outcome, func.count())
        .where(BulkItem.run_id == run_id)
        .group_by(BulkItem.outcome)
    )
    counts: dict[str, int] = {outcome: number for outcome, number in rows}  # noqa: C416
    return Progress(sum(counts.values()), counts.get("done", 0), counts.get("refused", 0))


def refused(session: Session, run_id: str, most: int = 200) -> list[BulkItem]:
    """The items that could not be done, with their words, the first ones first."""
    return items_of(session, run_id, "refused", most)


def latest(session: Session, actor: Actor, most: int = 50) -> list[BulkRun]:
    """The runs that were begun, the latest first: one's own, or for staff everybody's."""
    require(actor, "queue.see")
    query = select(BulkRun).where(BulkRun.begun_at.is_not(None))
    if not actor.roles & {"staff", "admin"}:
        query = query.where(BulkRun.begun_by == actor.id)
    return list(session.scalars(query.order_by(BulkRun.prepared_at.desc()).limit(most)))


def _tidy(context: JobContext, at: datetime) -> None:
    """Forget the runs that nobody began."""
    old = select(BulkRun.id).where(
        BulkRun.begun_at.is_(None), BulkRun.prepared_at < at - FORGOTTEN_AFTER
    )
    with context.database.transaction() as session:
        ids = list(session.scalars(old.limit(20)))
        session.execute(delete(BulkItem).where(BulkItem.run_id.in_(ids)))
        session.execute(delete(BulkRun).where(BulkRun.id.in_(ids)))


jobs.periodically("bulk-tidy", 3600.0, _tidy)
