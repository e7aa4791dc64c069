"""How far submissions come, and how long they stay: daily sums that reports are read from.

A million submissions have six million steps; no page can look at those. Every event by which a
submission comes to a state is written down by a trigger (`unreported_events`), and a chore of the
workers adds what it means to `state_figures`: a first arrival in a state on that day, a stay that
ended after so long. Lengths are kept on a logarithmic scale, so that medians of any days can be
worked out from the sums, to a twentieth. A step that was taken back is taken out again.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.records import jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Event, StateFigure, Submission, UnreportedEvent

EVERY = 60.0
"""Seconds between looks at what happened."""
AT_ONCE = 2_000
"""Events that one transaction adds up, so that nobody waits long for the write lock."""
IN_A_LOOK = 20
"""Such transactions in one look, so that a worker's other duties get their turn."""
KINDS = ("opened", "advanced", "taken-back", "migrated")
"""What the trigger writes down: of submissions alone."""

_GROWS = 1.1
_IN_A_QUERY = 500

Key = tuple[date, str, str, int]
"""The day, the state, `reached` or `stayed`, the bucket."""


class Step(NamedTuple):
    """One event of a submission, as far as it matters here."""

    sequence: int
    at: datetime
    kind: str
    facts: Mapping[str, Any]


class Length(NamedTuple):
    """How long submissions stayed in a state."""

    number: int
    median: timedelta
    ninth: timedelta
    """The 90th percentile: nine in ten stayed no longer."""


# What events mean.


def meaning(steps: Iterable[Step]) -> dict[int, Counter[Key]]:
    """What each event of one submission, from its first on, adds to the sums."""
    found: dict[int, Counter[Key]] = {}
    state, since, reached = "", datetime.min.replace(tzinfo=UTC), frozenset[str]()
    before: list[tuple[str, datetime, frozenset[str], Counter[Key]]] = []
    for step in steps:
        adds: Counter[Key] = Counter()
        day = step.at.astimezone(UTC).date()
        if step.kind == "taken-back" and before:
            state, since, reached, undone = before.pop()
            adds.subtract(undone)
        elif step.kind != "taken-back":
            to = str(step.facts.get("state" if step.kind == "opened" else "to", ""))
            kept = state, since, reached, adds
            if to != state:
                if step.kind == "advanced" and state:
                    adds[day, state, "stayed", bucket_of(step.at - since)] += 1
                if step.kind != "migrated":  # a state of another name is the same stay
                    since = step.at
                if to not in reached:
                    adds[day, to, "reached", 0] += 1
                state, reached = to, reached | {to}
            if step.kind == "advanced":
                before.append(kept)
        found[step.sequence] = adds
    return found


def bucket_of(length: timedelta) -> int:
    """The place of a length on the scale: 1 up to a second, and a tenth longer each."""
    return 1 + int(math.log(max(1.0, length.total_seconds())) / math.log(_GROWS))


# Adding up.


def add_up(database: Database, most: int = IN_A_LOOK) -> int:
    """Add what is not in the sums yet; returns how many events that was.

    An event is taken from the list in the transaction that adds it: each counts once, whatever
    dies in between and however many do it at once.
    """
    done = 0
    for _ in range(most):
        with database.transaction() as session:
            taken = _add_piece(session)
        done += taken
        if taken < AT_ONCE:
            break
    return done


def _add_piece(session: Session) -> int:
    piece = select(UnreportedEvent.id).order_by(UnreportedEvent.id).limit(AT_ONCE).subquery()
    upto = session.scalar(select(func.max(piece.c.id)))
    if upto is None:
        return 0
    gone = (
        delete(UnreportedEvent)
        .where(UnreportedEvent.id <= upto)
        .returning(UnreportedEvent.chain, UnreportedEvent.sequence)
    )
    fresh: dict[str, set[int]] = defaultdict(set)
    for chain, sequence in session.execute(gone, execution_options={"synchronize_session": False}):
        fresh[chain].add(sequence)
    sums: Counter[tuple[str, Key]] = Counter()
    chains = sorted(fresh)
    for start in range(0, len(chains), _IN_A_QUERY):
        _sum(session, chains[start : start + _IN_A_QUERY], fresh, sums)
    _write(session, sums)
    return sum(map(len, fresh.values()))


def _sum(
    session: Session,
    chains: Sequence[str],
    fresh: Mapping[str, Collection[int]],
    sums: Counter[tuple[str, Key]],
) -> None:
    ids = [chain.partition(":")[2] for chain in chains]
    whose = select(Submission.id, Submission.credential_id).where(Submission.id.in_(ids))
    credentials = {id: credential for id, credential in session.execute(whose)}  # noqa: C416
    stories: dict[str, list[Step]] = defaultdict(list)
    rows = select(Event.chain, Event.sequence, Event.at, Event.kind, Event.facts).where(
        Event.chain.in_(chains), Event.kind.in_(KINDS)
    )
    for chain, *step in session.execute(rows.order_by(Event.chain, Event.sequence)):
        stories[chain].append(Step(*step))
    for chain, steps in stories.items():
        credential = credentials.get(chain.partition(":")[2])
        if credential is None:  # events of something that is no submission here
            continue
        for sequence, adds in meaning(steps).items():
            if sequence in fresh[chain]:
                for key, number in adds.items():
                    sums[credential, key] += number


def _write(session: Session, sums: Counter[tuple[str, Key]]) -> None:
    # In one order, so that two who add at once never wait for each other in a circle.
    rows = [
        {
            "credential_id": credential,
            "day": day,
            "state": state,
            "what": what,
            "bucket": bucket,
            "number": number,
        }
        for (credential, (day, state, what, bucket)), number in sorted(sums.items())
        if number
    ]
    if not rows:
        return
    made = (sqlite if Database.of(session).is_sqlite else postgresql).insert(StateFigure)
    keys = ["credential_id", "day", "state", "what", "bucket"]
    added = {"number": StateFigure.number + made.excluded.number}
    session.execute(made.on_conflict_do_update(index_elements=keys, set_=added), rows)


# Reading.


def reached(
    session: Session, credentials: Collection[str], since: date | None, until: date | None
) -> dict[str, int]:
    """By state: how many submissions came to it for the first time in these days, both included."""
    asked = (
        select(StateFigure.state, func.sum(StateFigure.number))
        .where(*_narrowed("reached", credentials, since, until))
        .group_by(StateFigure.state)
    )
    return {state: number for state, number in session.execute(asked)}  # noqa: C416


def lengths(
    session: Session, credentials: Collection[str], since: date | None, until: date | None
) -> dict[str, Length]:
    """By state: how long those stayed there who left it in these days, both included."""
    asked = (
        select(StateFigure.state, StateFigure.bucket, func.sum(StateFigure.number))
        .where(*_narrowed("stayed", credentials, since, until))
        .group_by(StateFigure.state, StateFigure.bucket)
        .order_by(StateFigure.bucket)
    )
    buckets: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for state, bucket, number in session.execute(asked):
        if number > 0:
            buckets[state].append((bucket, number))
    return {
        state: Length(
            sum(number for _, number in found), quantile(found, 0.5), quantile(found, 0.9)
        )
        for state, found in buckets.items()
    }


def quantile(buckets: Sequence[tuple[int, int]], share: float) -> timedelta:
    """The length that `share` of them stay within, from how many there are by bucket."""
    wanted = share * sum(number for _, number in buckets)
    before = 0
    for bucket, number in buckets:
        if before + number >= wanted:
            within = (wanted - before) / number
            return timedelta(seconds=_GROWS ** (bucket - 1 + within))
        before += number
    raise ValueError("there is nothing to take a share of")


def waiting(session: Session) -> int:
    """How many events are not in the sums yet."""
    return session.scalar(select(func.count()).select_from(UnreportedEvent)) or 0


def _narrowed(
    what: str, credentials: Collection[str], since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    conditions = [StateFigure.what == what, StateFigure.credential_id.in_(credentials)]
    if since is not None:
        conditions.append(StateFigure.day >= since)
    if until is not None:
        conditions.append(StateFigure.day <= until)
    return conditions


def _chore(context: JobContext, _at: datetime) -> None:
    add_up(context.database)


jobs.periodically("figures", EVERY, _chore)
