"""The job that awards a list, one person after the other, for as long as it takes.

Each award is made in a transaction of its own, together with its row's outcome: a worker killed
anywhere has made it whole or not at all, two workers never make one twice, and whoever takes over
goes on with the next row. A list that cannot go on, because the key that signs is away or because
somebody stopped it, keeps what is done and waits with the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from engine import people
from engine.awards import issuing, status, telling
from engine.awards.badges import issuer
from engine.awards.lists import award_list_rows
from engine.credentials.credential import Edition
from engine.errors import AccoladeError, Refusal, Refused
from engine.languages import _, speaking
from engine.people import Actor
from engine.permissions import may
from engine.phrases import record_day
from engine.records import audit, catalogue, jobs
from engine.records.jobs import JobContext
from engine.records.prepared import Prepared
from engine.records.tables import Account, Award, AwardList, AwardListRow

JOB: Final = "award-list"
PIECE = 500
"""Rows that one job does; the next job goes on, so that no worker is taken up for long."""
_ROWS, _LISTS = AwardListRow.__table__, AwardList.__table__
_PUT = Prepared(
    update(_ROWS).where(  # type: ignore[arg-type]
        _ROWS.c.list_id == bindparam("list"), _ROWS.c.number == bindparam("which")
    )
)
_TAKE = Prepared(
    update(_ROWS).where(  # type: ignore[arg-type]
        _ROWS.c.list_id == bindparam("list"),
        _ROWS.c.number == bindparam("which"),
        _ROWS.c.outcome == "",
        select(_LISTS.c.id)
        .where(_LISTS.c.id == bindparam("list"), _LISTS.c.stopped_at.is_(None))
        .exists(),
    )
)
# Of two lists that come to the same person at the same moment, the second waits for the first
# here, and then finds it held.
_ALONE = select(Account).where(Account.email == bindparam("email")).with_for_update(key_share=True)
AGAIN: Final = timedelta(minutes=5)
"""How often a list that something is in the way of tries to go on by itself."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_log = logging.getLogger("accolade.award-lists")


def queue(session: Session, list_id: str, at: datetime) -> None:
    """Have the list go on."""
    jobs.enqueue(session, JOB, {"list": list_id}, key=f"{list_id}/{at.isoformat()}")


def _queue_later(session: Session, list_id: str, at: datetime) -> None:
    """Have the list try again when its next turn comes. Turns stand on the clock, so that all who
    find the same thing in the way mean the same one, and one job waits for it."""
    turn = _EPOCH + ((at - _EPOCH) // AGAIN + 1) * AGAIN
    while True:
        key = f"{list_id}/again/{turn.isoformat()}"
        there = jobs.one(session, f"{JOB}/{key}")
        if there is None or there.state == "delayed":
            break
        turn += AGAIN  # somebody had that one run early: it is this one, or over
    jobs.enqueue(session, JOB, {"list": list_id}, key=key, run_at=turn)


def stop(session: Session, listed: AwardList, actor: Actor, at: datetime) -> None:
    """Award no more of it for now; what is awarded stays so."""
    stopped = session.execute(
        update(AwardList)
        .where(
            AwardList.id == listed.id, AwardList.ended_at.is_(None), AwardList.stopped_at.is_(None)
        )
        .values(stopped_at=at, waits="")
    )
    if stopped.rowcount:  # type: ignore[attr-defined]
        audit.record(session, f"award-list:{listed.id}", "stopped", {}, actor, at)


def go_on(session: Session, listed: AwardList, actor: Actor, at: datetime) -> None:
    """Have a list that was stopped, or that waits, go on now, in this person's name."""
    if listed.ended_at is not None or (listed.stopped_at is None and not listed.waits):
        return
    session.execute(
        update(AwardList)
        .where(AwardList.id == listed.id)
        .values(stopped_at=None, waits="", begun_by=actor.id)
    )
    audit.record(session, f"award-list:{listed.id}", "resumed", {}, actor, at)
    queue(session, listed.id, at)


def run(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: do the next piece of a list, and queue the one after it."""
    list_id = payload["list"]
    with context.database.read() as session:
        listed = session.get(AwardList, list_id)
        if listed is None or listed.ended_at is not None or listed.stopped_at is not None:
            return
        edition = catalogue.as_written(session, listed.edition_digest)
        account = session.get_one(Account, listed.begun_by)
        rows = award_list_rows.rows_with(session, list_id, "", PIECE)
    with speaking(account.language or context.settings.language):
        try:
            if not _all_of(context, listed, edition, account, rows):
                return  # stopped
        except _InTheWay as way:
            _wait(context, list_id, way.words)
            return
    with context.database.transaction() as session:
        following = award_list_rows.rows_with(session, list_id, "", 1)
        done = {"waits": ""} if following else {"waits": "", "ended_at": datetime.now(UTC)}
        session.execute(
            update(AwardList)
            .where(AwardList.id == list_id, AwardList.ended_at.is_(None))
            .values(**done)
        )
        if following:
            payload = {"list": list_id}
            jobs.enqueue(session, JOB, payload, key=f"{list_id}/{following[0].number}")


def _all_of(
    context: JobContext,
    listed: AwardList,
    edition: Edition,
    account: Account,
    rows: Iterable[AwardListRow],
) -> bool:
    """Award these rows, one after the other; False when the list was stopped meanwhile."""
    try:
        issuer.of(context.settings).signer  # noqa: B018 - asked before anything is tried
    except Refused as refused:
        raise _InTheWay(str(refused)) from refused
    return all(_do(context, listed, edition, account, row) for row in rows)


class _InTheWay(Exception):
    """Nothing of the list can be awarded now; `words` say why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def _wait(context: JobContext, list_id: str, words: str) -> None:
    at = datetime.now(UTC)
    with context.database.transaction() as session:
        session.execute(
            update(AwardList)
            .where(AwardList.id == list_id, AwardList.stopped_at.is_(None))
            .values(waits=words)
        )
        _queue_later(session, list_id, at)


def _do(
    context: JobContext, listed: AwardList, edition: Edition, account: Account, row: AwardListRow
) -> bool:
    """Award one row, unless it is done already; False when the list was stopped."""
    for last in (False, True):
        try:
            with context.database.transaction() as session:
                if not _take(session, row, "awarded", ""):
                    return _goes_on(session, listed.id)
                actor = people.actor(session, account.id, account.session_epoch)
                if actor is None or may(actor, "award.list") is not None:
                    raise _InTheWay(_("Whoever began this may not award lists any more."))
                _award(context, session, listed, edition, row, actor, datetime.now(UTC))
            return True
        except IntegrityError:
            if last:  # the first time, somebody was added with this address at the same moment
                raise
        except (OSError, DBAPIError, NoConnection):
            raise  # the disk or the database is away or busy: the job is tried again
        except Refused as refused:
            if refused.refusal.code == "issuer-key":
                raise _InTheWay(str(refused)) from refused
            words = str(refused)
            break
        except AccoladeError as error:
            words = str(error)
            break
        except _InTheWay:
            raise
        except Exception as error:
            # One row that goes wrong in a way that nobody thought of holds up no other.
            _log.exception("row %s of the list %s could not be awarded", row.number, listed.id)
            fault = type(error).__name__
            words = _("It could not be awarded: %(fault)s. The log says more.", fault=fault)
            break
    with context.database.transaction() as session:
        _take(session, row, "left", words)
    return True


def _award(
    context: JobContext,
    session: Session,
    listed: AwardList,
    edition: Edition,
    row: AwardListRow,
    actor: Actor,
    at: datetime,
) -> None:
    account = session.scalars(_ALONE, {"email": row.email}).first()
    if account is None:
        if not listed.adds_people:
            raise Refused(Refusal(_("Nobody has an account with this address.")))
        language = context.settings.language
        account = people.enroll(session, row.email, row.name, language, at, actor)
    elif not account.active:
        raise Refused(Refusal(_("This person’s account is closed.")))
    theirs = (Award.recipient_id == account.id, Award.credential_id == listed.credential_id)
    since = session.scalar(select(Award.issued_at).where(*theirs, *status.counting(at)))
    if since is not None:
        words = _("Holds it already, since %(day)s.", day=record_day(since))
        _put(session, row, outcome="held", words=words)
        return
    if session.scalar(select(Award.serial).where(*theirs, *status.resting())) is not None:
        words = _("Their award is suspended. Lift that instead, or revoke it first.")
        raise Refused(Refusal(words))
    award = issuing.issue_listed(
        session,
        edition,
        account,
        context.settings,
        award_list_rows.as_of(row.awarded_on, at),
        {"list": listed.id, "source": listed.source},
        actor,
        at,
    )
    _put(session, row, serial=award.serial, name=account.name)
    if listed.tells_people:
        telling.tell(session, award, "award-listed", "", listed.source)


def _take(session: Session, row: AwardListRow, outcome: str, words: str) -> bool:
    """Give a row its outcome, unless it has one or the list was stopped."""
    taken = _TAKE.run(session, {"outcome": outcome, "words": words, **_which(row)})
    return bool(taken.rowcount)


def _put(session: Session, row: AwardListRow, **values: str) -> None:
    _PUT.add(session, {**values, **_which(row)})


def _which(row: AwardListRow) -> dict[str, str | int]:
    return {"list": row.list_id, "which": row.number}


def _goes_on(session: Session, list_id: str) -> bool:
    stopped = select(AwardList.stopped_at).where(AwardList.id == list_id)
    return session.scalar(stopped) is None


jobs.register(JOB, run)
