"""What happened, to what, by whom: events that are only ever added.

The events of one subject form a chain: each holds the hash of the one before, so a changed,
removed or inserted event shows, however it was done. Triggers refuse the honest mistake. That the
*last* events of a chain were cut off together, or all of them, is what `checkpoints` show.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Table, bindparam, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.credentials.documents import canonical
from engine.errors import Conflict
from engine.records.database import Database
from engine.records.prepared import Prepared
from engine.records.tables import Event

_EVENTS = inspect(Event).local_table
assert isinstance(_EVENTS, Table)
_COLUMNS = tuple(column.name for column in _EVENTS.c)
_HEAD = Prepared(
    select(_EVENTS.c.sequence, _EVENTS.c.hash)
    .where(_EVENTS.c.chain == bindparam("chain"))
    .order_by(_EVENTS.c.sequence.desc())
    .limit(1)
)
_ADD = Prepared(insert(_EVENTS))
_START = "0" * 64
"""What the first event of a chain has before it."""


class Doer(Protocol):
    """Whoever did it: a person, or the command line."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


Follower = Callable[[Session, Mapping[str, Any]], None]
"""Is handed every event as it is recorded: its row, in the transaction that records it."""
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have `follower` told of every event. Done once, when the module of the follower is
    imported."""
    if follower not in _followers:
        _followers.append(follower)


_source: ContextVar[str | None] = ContextVar("source", default=None)


@contextmanager
def coming_from(source: str | None) -> Iterator[None]:
    """Every event recorded within says that it came from `source`, such as `web 192.0.2.7`; with
    None, that nobody is to know."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def record(
    session: Session, chain: str, kind: str, facts: Mapping[str, Any], actor: Doer, at: datetime
) -> None:
    """Add an event to the end of `chain`, in the caller's transaction.

    `facts` is JSON. The actor's name is copied: it is who they were then. Raises `Conflict` when
    somebody else adds to the same chain at the same moment.
    """
    head = _HEAD.run(session, {"chain": chain}).fetchone()
    sequence, previous = (head[0] + 1, head[1]) if head else (1, _START)
    row = {
        "chain": chain,
        "sequence": sequence,
        "at": at,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "kind": kind,
        "facts": dict(facts),
        "previous": previous,
        "source": _source.get(),
    }
    row["hash"] = link(row)
    try:
        _ADD.run(session, row)
    except IntegrityError as error:
        raise Conflict from error
    for follower in _followers:
        follower(session, row)


def story(session: Session, chain: str) -> list[Event]:
    """Everything that happened to one subject, the oldest first."""
    found = select(Event).where(Event.chain == chain).order_by(Event.sequence)
    return list(session.scalars(found))


class Link(NamedTuple):
    """One event that was checked, or the first one of its chain that does not hold."""

    chain: str
    sequence: int
    hash: str
    fault: str
    """In words; empty when it holds."""


def checked(session: Session, *narrowed: ColumnElement[bool]) -> Iterator[Link]:
    """Every event of every chain, or of those that conditions on `events` leave, by the names of
    the chains as Python sorts them. A chain ends with its first fault."""
    events = (
        select(_EVENTS)
        .where(*narrowed)
        .order_by(in_python_order(session, _EVENTS.c.chain), _EVENTS.c.sequence)
    )
    chain, sequence, previous, broken = "", 0, _START, False
    for row in session.execute(events.execution_options(yield_per=1000)):
        event = dict(zip(_COLUMNS, row, strict=True))
        if event["chain"] != chain:
            chain, sequence, previous, broken = event["chain"], 0, _START, False
        elif broken:
            continue
        sequence += 1
        fault = _fault(event, sequence, previous)
        broken = bool(fault)
        previous = event["hash"]
        yield Link(chain, sequence, previous, fault)


def verify(session: Session) -> str | None:
    """None when every chain is whole; otherwise the first broken link, in words."""
    return next((link.fault for link in checked(session) if link.fault), None)


def in_python_order(session: Session, column: ColumnElement[str]) -> ColumnElement[str]:
    """`column` for an ORDER BY that sorts as Python does, whatever the database's language is."""
    return column if Database.of(session).is_sqlite else column.collate("C")


def _fault(event: Mapping[str, Any], sequence: int, previous: str) -> str:
    chain = event["chain"]
    if event["sequence"] != sequence:
        return f"{chain}: event {sequence} is missing."
    if event["previous"] != previous:
        return f"{chain}: event {sequence} does not follow the event before it."
    if event["hash"] != link(event):
        what = f"({event['kind']}, {event['at']:%Y-%m-%d %H:%M} UTC)"
        return f"{chain}: event {sequence} {what} was changed after it was recorded."
    return ""


def link(event: Mapping[str, Any]) -> str:
    """The hash of an event: SHA-256 of the canonical JSON of all of it but `hash`, and `source`
    only where it is known."""
    said = {**event}
    said.pop("hash", None)
    if said["source"] is None:  # it was not kept at first, and events of then have other hashes
        del said["source"]
    said["at"] = event["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(canonical(said)).hexdigest()
