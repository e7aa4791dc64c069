"""One action on many submissions: looked at first, then done piece by piece by a job.

A run is put together with the revision of every submission as it was seen, and does nothing until
somebody begins it. Then each item is done in a transaction of its own, together with its outcome:
a worker killed anywhere has done an item whole or not at all, two workers never do one twice, and
whoever takes over goes on with the next. What a submission does not allow is refused with the
reason and leaves the others alone. Each item asks what the single action asks, of the person as
they are at that moment: a role that was taken away counts at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import people
from engine.errors import AccoladeError, Conflict, NotFound, Refusal, Refused
from engine.languages import _, speaking
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import audit, jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Account, BulkItem, BulkRun, Review, Submission, new_id
from engine.settings import Settings
from engine.submissions import assigning, letters, progress
from engine.submissions.drafting import subject_of

JOB = "bulk"
LETTER = "note-to-many"
MOST = 20_000
"""Submissions in one run."""
PIECE = 500
"""Items that one job does; the next job goes on, so that no worker is taken up for long."""
REHEARSED = 200
"""Items whose outcome is looked at beforehand; the others are asked when it is their turn."""
LONGEST_WORDS = 2_000
FORGOTTEN_AFTER = timedelta(days=1)
"""How long a run that was never begun is kept."""

ActionName = Literal["advance", "remind", "assign", "hand_back"]
_log = logging.getLogger("accolade.bulk")


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


class Step(NamedTuple):
    """One item on its turn."""

    session: Session
    settings: Settings
    actor: Actor
    subject: SubmissionSubject
    run_id: str
    arguments: Mapping[str, Any]
    revision: int
    at: datetime


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
        items = _items(session, run_id, "", REHEARSED)
    found = []
    for item in items:
        words = ""
        try:
            with database.transaction() as session:
                _act(session, settings, actor, run, item, at)
                raise _TakenBack
        except _TakenBack:
            pass
        except AccoladeError as error:
            words = _said(error)
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
        jobs.enqueue(session, JOB, {"run": run_id}, key=f"{run_id}/0")


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
    return _items(session, run_id, "refused", most)


def latest(session: Session, actor: Actor, most: int = 50) -> list[BulkRun]:
    """The runs that were begun, the latest first: one's own, or for staff everybody's."""
    require(actor, "queue.see")
    query = select(BulkRun).where(BulkRun.begun_at.is_not(None))
    if not actor.roles & {"staff", "admin"}:
        query = query.where(BulkRun.begun_by == actor.id)
    return list(session.scalars(query.order_by(BulkRun.prepared_at.desc()).limit(most)))


def _items(session: Session, run_id: str, outcome: str, most: int) -> list[BulkItem]:
    query = (
        select(BulkItem)
        .where(BulkItem.run_id == run_id, BulkItem.outcome == outcome)
        .order_by(BulkItem.number)
        .limit(most)
    )
    return list(session.scalars(query))


# The job.


def go_on(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Do the next piece of a run, and queue the one after it."""
    run_id = payload["run"]
    with context.database.read() as session:
        run = session.get(BulkRun, run_id)
        if run is None or run.begun_at is None:
            return
        account = session.get_one(Account, run.begun_by)
        items = _items(session, run_id, "", PIECE)
    with speaking(account.language or context.settings.language):
        for item in items:
            if not _do(context, run, account, item):
                return  # stopped
    with context.database.transaction() as session:
        following = session.scalar(
            select(BulkItem.number)
            .where(BulkItem.run_id == run_id, BulkItem.outcome == "")
            .order_by(BulkItem.number)
            .limit(1)
        )
        if following is not None:
            jobs.enqueue(session, JOB, {"run": run_id}, key=f"{run_id}/{following}")
            return
        session.execute(
            update(BulkRun)
            .where(BulkRun.id == run_id, BulkRun.ended_at.is_(None))
            .values(ended_at=datetime.now(UTC))
        )


def _do(context: JobContext, run: BulkRun, account: Account, item: BulkItem) -> bool:
    """Do one item, unless it is done already; False when the run was stopped."""
    try:
        with context.database.transaction() as session:
            if not _take(session, item, "done", ""):
                return _goes_on(session, run.id)
            actor = people.actor(session, account.id, account.session_epoch)
            if actor is None:
                raise Refused(Refusal(_("The account of whoever began this is closed.")))
            _act(session, context.settings, actor, run, item, datetime.now(UTC))
        return True
    except AccoladeError as error:
        words = _said(error)
    except DBAPIError:
        raise  # the database is away or busy: the job is tried again
    except Exception as error:
        _log.exception("item %s of the bulk run %s failed", item.number, run.id)
        words = _("Something went wrong here: %(fault)s", fault=type(error).__name__)
    with context.database.transaction() as session:
        _take(session, item, "refused", words)
    return True


def _take(session: Session, item: BulkItem, outcome: str, words: str) -> bool:
    """Give an item its outcome, unless it has one or the run was stopped."""
    going = select(BulkRun.id).where(BulkRun.id == item.run_id, BulkRun.stopped_at.is_(None))
    taken = session.execute(
        update(BulkItem)
        .where(
            BulkItem.run_id == item.run_id,
            BulkItem.number == item.number,
            BulkItem.outcome == "",
            going.exists(),
        )
        .values(outcome=outcome, words=words),
        execution_options={"synchronize_session": False},
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def _goes_on(session: Session, run_id: str) -> bool:
    stopped = select(BulkRun.stopped_at).where(BulkRun.id == run_id)
    return session.scalar(stopped) is None


def _act(
    session: Session,
    settings: Settings,
    actor: Actor,
    run: BulkRun,
    item: BulkItem,
    at: datetime,
) -> None:
    subject = subject_of(session, item.submission_id)
    require(actor, "submission.see", subject)
    if subject.submission.revision != item.revision:
        raise Conflict(
            _(
                "This has moved on since you looked at it: %(state)s.",
                state=subject.state.label,
            )
        )
    step = Step(session, settings, actor, subject, run.id, run.arguments, item.revision, at)
    _ACTIONS[run.action](step)


def _said(error: AccoladeError) -> str:
    if isinstance(error, Refused):
        return f"{error.refusal.reason} {' '.join(error.refusal.details)}".strip()
    return str(error)


# What can be done to many.


def _advance(step: Step) -> None:
    progress.advance(
        step.session,
        step.settings,
        step.actor,
        step.subject.submission.id,
        step.arguments["transition"],
        step.revision,
        step.at,
        step.arguments["words"],
    )


def _remind(step: Step) -> None:
    """Write to the candidate, or to whoever reviews, in the words of the person themselves."""
    require(step.actor, "staff.see")
    submission = step.subject.submission
    if step.arguments.get("to") == "reviewers":
        whom = _reviewers(step)
        if not whom:
            raise Refused(Refusal(_("Nobody reviews this now, so there is nobody to remind.")))
    else:
        whom = [submission.candidate_id]
    for account_id in whom:
        letters.tell(
            step.session,
            account_id,
            LETTER,
            key=step.run_id,
            submission_id=submission.id,
            values={"words": step.arguments["words"], "from": step.actor.name},
        )
    facts = {"words": step.arguments["words"], "to": step.arguments.get("to", "candidate")}
    audit.record(
        step.session, f"submission:{submission.id}", "reminded", facts, step.actor, step.at
    )


def _assign(step: Step) -> None:
    free = assigning.places_free(step.session, step.subject)
    block = next((name for name, places in free.items() if places), None)
    if block is None:
        raise Refused(Refusal(_("No place for a reviewer is free here.")))
    assigning.assign(
        step.session,
        step.settings,
        step.actor,
        step.subject,
        step.arguments["reviewer"],
        block,
        step.at,
    )


def _hand_back(step: Step) -> None:
    whom = _reviewers(step)
    if step.actor.id in whom:
        assigning.hand_back(
            step.session,
            step.settings,
            step.actor,
            step.subject,
            step.at,
            step.arguments["words"],
        )
        return
    if not step.actor.roles & {"staff", "admin"}:
        raise Refused(Refusal(_("This is not with you, so there is nothing to hand back.")))
    if not whom:
        raise Refused(Refusal(_("Nobody reviews this now, so there is nothing to hand back.")))
    for reviewer_id in whom:
        assigning.take_away(
            step.session,
            step.settings,
            step.actor,
            subject_of(step.session, step.subject.submission.id),
            reviewer_id,
            step.arguments["words"],
            step.at,
        )


def _reviewers(step: Step) -> list[str]:
    """Whose review of the present round is open."""
    submission = step.subject.submission
    rows = select(Review.reviewer_id).where(
        Review.submission_id == submission.id,
        Review.round == submission.round,
        Review.status == "open",
    )
    return list(dict.fromkeys(step.session.scalars(rows)))


_ACTIONS: Mapping[str, Callable[[Step], None]] = {
    "advance": _advance,
    "remind": _remind,
    "assign": _assign,
    "hand_back": _hand_back,
}


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


def _tidy(context: JobContext, at: datetime) -> None:
    """Forget the runs that nobody began."""
    old = select(BulkRun.id).where(
        BulkRun.begun_at.is_(None), BulkRun.prepared_at < at - FORGOTTEN_AFTER
    )
    with context.database.transaction() as session:
        ids = list(session.scalars(old.limit(20)))
        session.execute(delete(BulkItem).where(BulkItem.run_id.in_(ids)))
        session.execute(delete(BulkRun).where(BulkRun.id.in_(ids)))


jobs.register(JOB, go_on)
jobs.periodically("bulk-tidy", 3600.0, _tidy)
