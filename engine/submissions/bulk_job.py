"""The job that works through a run, one item after the other, for as long as it takes.

Each item is done in a transaction of its own, together with its outcome: a worker killed anywhere
has done an item whole or not at all, two workers never do one twice, and whoever takes over goes
on with the next. What a submission does not allow is refused with the reason and leaves the others
alone. Several items in one transaction would save a tenth at most (of an award, a twentieth), and
would make whoever saves meanwhile wait for all of them. Which items there are is `bulk`'s business.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import people
from engine.errors import AccoladeError, Refusal, Refused
from engine.languages import _, speaking
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.prepared import Prepared
from engine.records.tables import Account, BulkItem, BulkRun
from engine.submissions import bulk_deeds

JOB = "bulk"
PIECE = 500
"""Items that one job does; the next job goes on, so that no worker is taken up for long."""

_log = logging.getLogger("accolade.bulk")
_ITEMS, _RUNS = BulkItem.__table__, BulkRun.__table__
_TAKE = Prepared(
    update(_ITEMS).where(  # type: ignore[arg-type]
        _ITEMS.c.run_id == bindparam("run"),
        _ITEMS.c.number == bindparam("which"),
        _ITEMS.c.outcome == "",
        select(_RUNS.c.id)
        .where(_RUNS.c.id == bindparam("run"), _RUNS.c.stopped_at.is_(None))
        .exists(),
    )
)


def items_of(session: Session, run_id: str, outcome: str, most: int) -> list[BulkItem]:
    """The first items of a run with this outcome, in its order. Those that wait have ''."""
    query = (
        select(BulkItem)
        .where(BulkItem.run_id == run_id, BulkItem.outcome == outcome)
        .order_by(BulkItem.number)
        .limit(most)
    )
    return list(session.scalars(query))


def go_on(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Do the next piece of a run, and queue the one after it."""
    run_id = payload["run"]
    with context.database.read() as session:
        run = session.get(BulkRun, run_id)
        if run is None or run.begun_at is None:
            return
        account = session.get_one(Account, run.begun_by)
        items = items_of(session, run_id, "", PIECE)
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
            bulk_deeds.act(session, context.settings, actor, run, item, datetime.now(UTC))
        return True
    except AccoladeError as error:
        words = bulk_deeds.said(error)
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
    which = {"run": item.run_id, "which": item.number}
    taken = _TAKE.run(session, {"outcome": outcome, "words": words, **which})
    return bool(taken.rowcount)


def _goes_on(session: Session, run_id: str) -> bool:
    stopped = select(BulkRun.stopped_at).where(BulkRun.id == run_id)
    return session.scalar(stopped) is None


jobs.register(JOB, go_on)
