"""What is to happen to a submission by itself at a time: reminders, lapses, locks that run out.

A timer is a row, set and cleared in the transaction of the change that it follows. Every worker
looks for those that are due (`run_due`). Each is removed in the transaction of what it does: a
process killed anywhere in between has done it whole or not at all, and two workers never both.
What a timer does is registered by name, by the module whose business it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import Timer, new_id
from engine.settings import Settings

EVERY = 5.0
"""Seconds between looks at the timers."""
AT_ONCE = 500
"""Timers that one look runs at most, so that a worker's other duties get their turn."""
DELAYS = (60, 300, 1800, 7200, 8 * 3600)
"""Seconds until a timer that failed is tried again; the last one counts for all later tries."""

_log = logging.getLogger("accolade.timers")
_functions: dict[str, TimerFunction] = {}


class Ringing(NamedTuple):
    """A timer that is due, as what it does sees it."""

    session: Session
    settings: Settings
    submission_id: str
    name: str
    due: datetime
    """When it was to ring."""
    at: datetime
    """Now."""


TimerFunction = Callable[[Ringing], None]
"""Does it, in the transaction that removes the timer. It asks itself whether that still fits:
the submission may have moved on at the same moment."""


def register(what: str, function: TimerFunction) -> None:
    """Make `what` a kind of timer. Done once, when the module of the function is imported."""
    if _functions.setdefault(what, function) is not function:
        raise ValueError(f"there are two kinds of timers named {what!r}")


def wind(session: Session, submission_id: str, what: str, name: str, at: datetime) -> None:
    """Set a timer, in the caller's transaction."""
    if what not in _functions:
        raise ValueError(f"there is no kind of timers named {what!r}; is its module imported?")
    row = {"id": new_id(), "submission_id": submission_id, "what": what, "name": name, "at": at}
    session.execute(insert(Timer), row)


def stop(session: Session, submission_id: str, what: str = "", name: str = "") -> None:
    """Remove a submission's timers: all of them, of one kind, or those about `name`."""
    gone = delete(Timer).where(Timer.submission_id == submission_id)
    if what:
        gone = gone.where(Timer.what == what)
    if name:
        gone = gone.where(Timer.name == name)
    session.execute(gone, execution_options={"synchronize_session": False})


def next_due(context: JobContext, submission_id: str, until: datetime) -> datetime | None:
    """When the next timer of a submission rings, if it does so by `until`."""
    with context.database.read() as session:
        return session.scalar(
            select(Timer.at)
            .where(Timer.submission_id == submission_id, Timer.at <= until)
            .order_by(Timer.at)
            .limit(1)
        )


def run_due(context: JobContext, at: datetime) -> int:
    """Do what is due at `at`; returns how many timers rang. One that fails is tried later."""
    rang = 0
    for _ in range(AT_ONCE):
        with context.database.read() as session:
            due = select(Timer.id).where(Timer.at <= at).order_by(Timer.at, Timer.id).limit(1)
            id = session.scalar(due)
        if id is None:
            break
        try:
            rang += _ring(context, id, at)
        except Exception as error:
            _log.warning("timer %s failed; it is tried again later", id, exc_info=True)
            _put_off(context, id, at, error)
    return rang


def _ring(context: JobContext, id: str, at: datetime) -> bool:
    with context.database.transaction() as session:
        taken = session.execute(
            delete(Timer)
            .where(Timer.id == id, Timer.at <= at)
            .returning(Timer.submission_id, Timer.what, Timer.name, Timer.at)
        ).first()
        if taken is None:  # another worker was faster
            return False
        function = _functions[taken.what]
        function(Ringing(session, context.settings, taken.submission_id, taken.name, taken.at, at))
    return True


def _put_off(context: JobContext, id: str, at: datetime, error: Exception) -> None:
    with context.database.transaction() as session:
        tries = session.scalar(select(Timer.tries).where(Timer.id == id))
        if tries is None:
            return
        later = at + timedelta(seconds=DELAYS[min(tries, len(DELAYS) - 1)])
        words = f"{type(error).__name__}: {error}"
        session.execute(
            update(Timer).where(Timer.id == id).values(tries=tries + 1, at=later, error=words)
        )


jobs.periodically("timers", EVERY, run_due)
