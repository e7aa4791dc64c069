"""Reviewers who are away, and those who are gone: what was theirs goes to somebody else.

While somebody is away nothing new is picked for them (`pools`). What they have open and is due
meanwhile goes, when the absence begins, to whoever stands in for them, or back to the pool where
that person may not or cannot. What is due later, or never, stays with them. When an account is
closed or is no reviewer's any more, everything goes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Problem
from engine.languages import _
from engine.people import ENGINE, Actor
from engine.permissions import require
from engine.records import audit, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Review
from engine.settings import Settings
from engine.submissions import drafting, pools, vacancies

JOB = "begin-absence"
SWEEP = 3600.0
"""Seconds between looks for assignments of people who cannot review any more."""
LONGEST = timedelta(days=2 * 366)


@dataclass(frozen=True)
class Said:
    """What somebody typed about an absence: ISO dates, the last day included, and an account id."""

    since: str = ""
    until: str = ""
    delegate: str = ""


def say(
    session: Session, actor: Actor, account_id: str, said: Said, zone: tzinfo, at: datetime
) -> dict[str, Problem]:
    """Record when a reviewer is away and who stands in, or say by field why not: `since`,
    `until`, `delegate`.

    A reviewer says so of themselves, staff of anybody. Raises `Refused` and `NotFound`.
    """
    if actor.id != account_id:
        require(actor, "people.manage")
    account = session.get(Account, account_id)
    if account is None or "reviewer" not in account.roles:
        raise NotFound(_("There is no such reviewer here."))
    problems = _problems(session, account, said, zone, at)
    if problems:
        return problems
    before = _kept(session, account, zone)
    account.away_from = _midnight(said.since, zone)
    account.away_until = _midnight(said.until, zone, timedelta(days=1)) if said.until else None
    account.delegate_id = said.delegate or None
    session.flush()
    name = _name(session, said.delegate) if said.delegate else ""
    facts = {
        "from": said.since,
        "until": said.until,
        **({"delegate": name} if name else {}),
        **({"before": before} if before else {}),
    }
    audit.record(session, f"account:{account_id}", "away", facts, actor, at)
    begins = account.away_from.isoformat()
    payload = {"account": account_id, "since": begins}
    key = f"{account_id}.{begins}.{at.isoformat()}"
    jobs.enqueue(session, JOB, payload, key=key, run_at=account.away_from)
    return {}


def back(session: Session, actor: Actor, account_id: str, at: datetime) -> None:
    """They are there after all. What was given to others stays with them."""
    if actor.id != account_id:
        require(actor, "people.manage")
    account = session.get(Account, account_id)
    if account is None or "reviewer" not in account.roles:
        raise NotFound(_("There is no such reviewer here."))
    if account.away_from is not None:
        facts = {"before": _kept(session, account, UTC)}
        account.away_from = account.away_until = account.delegate_id = None
        session.flush()
        audit.record(session, f"account:{account_id}", "back", facts, actor, at)


def _kept(session: Session, account: Account, zone: tzinfo) -> dict[str, str]:
    """What was said of their absence so far, for the trail; empty when nothing was."""
    if account.away_from is None:
        return {}
    # It ends with the midnight after its last day.
    until = account.away_until - timedelta(seconds=1) if account.away_until else None
    return {
        "from": account.away_from.astimezone(zone).date().isoformat(),
        "until": until.astimezone(zone).date().isoformat() if until else "",
        "delegate": _name(session, account.delegate_id) if account.delegate_id else "",
    }


def delegates(session: Session, account: Account) -> list[Account]:
    """Who could stand in for somebody: every other reviewer, by name."""
    found = session.scalars(
        select(Account).where(Account.active, Account.id != account.id).order_by(Account.name)
    )
    return [one for one in found if "reviewer" in one.roles]


def leave(session: Session, settings: Settings, account_id: str, at: datetime) -> int:
    """Free everything that somebody has open who cannot review any more; returns how many.

    Called in the transaction that closes the account or takes the role away.
    """
    return _hand_over(session, settings, _open(session, account_id), "left", "", at)


def begin(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: somebody's absence begins. Done twice, nothing more happens."""
    at = datetime.now(UTC)
    with context.database.read() as session:
        account = session.get(Account, payload["account"])
        if account is None or account.away_from is None:
            return
        if account.away_from.isoformat() != payload["since"]:
            return  # they said otherwise since
        until, delegate = account.away_until, account.delegate_id or ""
        ids = [
            one.id
            for one in _open(session, account.id)
            if one.due_at is not None and (until is None or one.due_at < until)
        ]
    for id in ids:
        with context.database.transaction() as session:
            review = session.get(Review, id)
            if review is not None and review.status == "open":
                _hand_over(session, context.settings, [review], "away", delegate, at)


def sweep(context: JobContext, at: datetime) -> None:
    """Free what is open with accounts that were closed, or are no reviewer's, by another way."""
    with context.database.read() as session:
        rows = session.execute(
            select(Review.reviewer_id, Account.active, Account.roles)
            .join(Account, Account.id == Review.reviewer_id)
            .where(Review.status == "open")
            .group_by(Review.reviewer_id, Account.id)
        ).all()
    for row in rows:
        if not row.active or "reviewer" not in row.roles:
            with context.database.transaction() as session:
                leave(session, context.settings, row.reviewer_id, at)


def _open(session: Session, account_id: str) -> list[Review]:
    asked = select(Review).where(Review.reviewer_id == account_id, Review.status == "open")
    return list(session.scalars(asked.order_by(Review.started_at, Review.id)))


def _hand_over(
    session: Session,
    settings: Settings,
    reviews: list[Review],
    kind: str,
    delegate: str,
    at: datetime,
) -> int:
    for review in reviews:
        subject = drafting.subject_of(session, review.submission_id)
        vacancies.give_up(session, settings, subject, review, kind, at, by=ENGINE, to=delegate)
    return len(reviews)


def _problems(
    session: Session, account: Account, said: Said, zone: tzinfo, at: datetime
) -> dict[str, Problem]:
    found: dict[str, str] = {}
    since, until = _day(said.since), _day(said.until)
    today = at.astimezone(zone).date()
    if since is None or abs(since - today) > LONGEST:
        found["since"] = _("Give the first day that you are away.")
    elif said.until and (until is None or until - since > LONGEST):
        found["until"] = _("Give the last day, or leave it empty while you do not know it.")
    elif until is not None and until < since:
        found["until"] = _("The last day is before the first one.")
    elif until is not None and until < today:
        found["until"] = _("These days are over already.")
    if said.delegate:
        other = session.get(Account, said.delegate)
        if other is None or not other.active or "reviewer" not in other.roles:
            found["delegate"] = _("Choose a reviewer from the list.")
        elif other.id == account.id:
            found["delegate"] = _("Nobody stands in for themselves. Choose somebody else.")
        elif since and pools.is_away(
            other.away_from, other.away_until, datetime.combine(since, time(), zone)
        ):
            found["delegate"] = _("%(name)s is away then too.", name=other.name)
    return {name: Problem(name, "absence", words) for name, words in found.items()}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: str, zone: tzinfo, more: timedelta = timedelta()) -> datetime:
    return datetime.combine(date.fromisoformat(day) + more, time(), zone).astimezone(UTC)


def _name(session: Session, account_id: str) -> str:
    return session.scalar(select(Account.name).where(Account.id == account_id)) or account_id


jobs.register(JOB, begin)
jobs.periodically("assignments", SWEEP, sweep)
