"""What the house does by itself: jobs that follow from changes, timers, and who runs them.

Staff see what waits, runs, failed and is planned, and may have one run again, run now, or give it
up for good. What a job is stays `records.jobs`' business, what a timer does `submissions.timers`'.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, get_args

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.languages import N_, _
from engine.records import audit, catalogue, jobs
from engine.records.jobs import JobState
from engine.records.tables import Account, Heartbeat, Submission, Timer
from engine.records.worker import SILENT_AFTER
from engine.web.asking import me, now, read_session, transaction

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")

MOST = 100
SHOWN: tuple[JobState, ...] = ("waiting", "delayed", "running", "failed")
TIMERS = {
    "lapse": N_("Takes a step by itself"),
    "reminder": N_("Reminds"),
    "escalation": N_("Tells somebody that it is late"),
    "undo": N_("A step can no longer be taken back"),
}
"""What a timer does, by its kind; one that is not here is told by its kind's name."""


class Planned(NamedTuple):
    """A timer as staff see it."""

    id: str
    what: str
    name: str
    submission_id: str
    candidate: str
    credential: str
    at: datetime
    tries: int
    error: str


class Worker(NamedTuple):
    """A process that runs jobs, and when it was last heard of."""

    name: str
    seen_at: datetime
    alive: bool


@blueprint.get("")
def queued() -> ResponseReturnValue:
    """Jobs by how they stand; the latest of all of them otherwise."""
    state: JobState | None = None
    for one in get_args(JobState):
        if one == request.args.get("only"):
            state = one
    with read_session() as session:
        return render_template(
            "web/staff/jobs.html",
            jobs=jobs.listing(session, MOST, state=state),
            numbers=jobs.numbers(session),
            state=state,
            shown=SHOWN,
            workers=workers(session, now()),
        )


@blueprint.get("/planned")
def planned() -> ResponseReturnValue:
    """What will happen to submissions by itself, the next first."""
    with read_session() as session:
        return render_template("web/staff/planned.html", timers=timers_of(session))


@blueprint.post("/act")
def act() -> ResponseReturnValue:
    """Have a job run again or now, or give it up; by its id, which may hold any character."""
    id, does = request.form.get("id", ""), request.form.get("do", "")
    deeds = {
        "again": (jobs.again, "job-run-again", N_("It is queued again.")),
        "now": (jobs.run_now, "job-run-now", N_("It starts now.")),
        "give_up": (jobs.give_up, "job-given-up", N_("It is given up for good.")),
    }
    if does not in deeds:
        raise NotFound(_("There is nothing like that to be done with a job."))
    function, kind, words = deeds[does]
    with transaction() as session:
        done = function(session, id)
        if done:
            audit.record(session, f"job:{id}"[:200], kind, {"job": id}, me(), now())
    if done:
        flash(_(words), "good")
    else:
        flash(_("It had moved on already: nothing was changed."), "warn")
    return redirect(url_for(".queued", only=request.form.get("only") or None), 303)


@blueprint.post("/planned/<timer_id>/now")
def ring(timer_id: str) -> ResponseReturnValue:
    """Have a timer ring at the worker's next look."""
    with transaction() as session:
        rung = session.execute(
            update(Timer).where(Timer.id == timer_id, Timer.at > now()).values(at=now())
        )
        if rung.rowcount:  # type: ignore[attr-defined]
            timer = session.get_one(Timer, timer_id)
            facts = {"what": timer.what, "name": timer.name}
            chain = f"submission:{timer.submission_id}"
            audit.record(session, chain, "timer-brought-forward", facts, me(), now())
    flash(_("It happens within a few seconds, if a worker runs."), "good")
    return redirect(url_for(".planned"), 303)


def workers(session: Session, at: datetime) -> list[Worker]:
    """The processes that were heard of in the last day, the latest first."""
    rows = session.scalars(
        select(Heartbeat)
        .where(Heartbeat.seen_at > at - timedelta(days=1))
        .order_by(Heartbeat.seen_at.desc())
        .limit(20)
    )
    alive_from = at - timedelta(seconds=SILENT_AFTER)
    return [Worker(row.executor_id, row.seen_at, row.seen_at > alive_from) for row in rows]


def timers_of(session: Session) -> list[Planned]:
    """The next timers, with what they are about."""
    rows = session.execute(
        select(Timer, Submission.edition_digest, Submission.state, Account.name)
        .join(Submission, Submission.id == Timer.submission_id)
        .join(Account, Account.id == Submission.candidate_id)
        .order_by(Timer.at, Timer.id)
        .limit(MOST)
    )
    found = []
    for timer, digest, _state, candidate in rows:
        edition = catalogue.edition(session, digest)
        workflow = edition.workflow
        step = workflow.transitions.get(timer.name) if workflow else None
        words = TIMERS.get(timer.what)
        found.append(
            Planned(
                timer.id,
                _(words) if words else timer.what.replace("_", " ").capitalize(),
                step.label if step else "",
                timer.submission_id,
                candidate,
                edition.credential.title,
                timer.at,
                timer.tries,
                timer.error,
            )
        )
    return found
