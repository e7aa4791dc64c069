"""Whether the record of everything that happened is whole: the chains, the checkpoints over them,
copies of those that were kept elsewhere, and what was handed in.

What is found is said in words for whoever has to do something about it. It is one look at one
moment: nothing that is written meanwhile is taken for a fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, select, union
from sqlalchemy.orm import Session

from engine.records import audit, checkpoints, handed_in
from engine.records.audit import Link, in_python_order
from engine.records.checkpoints import START, Line
from engine.records.database import Database
from engine.records.tables import Checkpoint, CheckpointHead, Event, GrownChain

Head = tuple[int, int, str]
"""A checkpoint's number, and where it saw the end of a chain."""


class Copy(NamedTuple):
    """A copy of checkpoints that was kept elsewhere: `checkpoints.read_log`."""

    name: str
    lines: Sequence[Line | int]


def faults(
    session: Session,
    keys: Collection[str],
    copies: Sequence[Copy] = (),
    since: datetime | None = None,
) -> Iterator[str]:
    """Everything that does not hold, each in a sentence; nothing when all is whole.

    `keys` are those whose word counts. With `since` only checkpoints from then on are looked at,
    and the chains that they speak of or that grew after the last one.
    """
    if not Database.of(session).is_sqlite:  # whose reading sessions see one moment anyway
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    first = _first(session, since)
    times = session.execute(select(Checkpoint.number, Checkpoint.at))
    made = {row.number: row.at for row in times}
    yield from _chains(session, made, first if since else 0)
    yield from handed_in.faults(session, *_narrowed(first if since else 0))
    yield from _checkpoints(session, keys, first)
    for copy in copies:
        yield from _against(session, keys, copy, since)


def _first(session: Session, since: datetime | None) -> int:
    """The number of the first checkpoint to look at."""
    if since is None:
        return 1
    asked = select(func.min(Checkpoint.number)).where(Checkpoint.at >= since)
    if (found := session.scalar(asked)) is not None:
        return found
    return (session.scalar(select(func.max(Checkpoint.number))) or 0) + 1


# Chains, beside what checkpoints saw of them.


def _chains(session: Session, made: Mapping[int, datetime], first: int) -> Iterator[str]:
    """Walks along the chains and the heads together, both sorted by the chains' names."""
    waiting = set(session.scalars(select(GrownChain.chain).distinct()))
    heads = select(
        CheckpointHead.chain, CheckpointHead.number, CheckpointHead.sequence, CheckpointHead.hash
    ).order_by(in_python_order(session, CheckpointHead.__table__.c.chain), CheckpointHead.number)
    if first:
        heads = heads.where(CheckpointHead.chain.in_(_spoken_of(first)))
    rows = session.execute(heads.execution_options(yield_per=1000))
    links = groupby(audit.checked(session, *_narrowed(first)), key=lambda link: link.chain)
    seen = groupby(rows, key=lambda row: row.chain)
    chain, found = next(links, _NO_LINKS)
    headed, known = next(seen, _NO_HEADS)
    while chain or headed:
        if headed and (not chain or headed < chain):
            yield _gone(headed, _as_heads(known), made)
            headed, known = next(seen, _NO_HEADS)
            continue
        yield from _chain(
            chain,
            found,
            _as_heads(known) if headed == chain else (),
            made,
            chain in waiting,
        )
        if headed == chain:
            headed, known = next(seen, _NO_HEADS)
        chain, found = next(links, _NO_LINKS)


def _narrowed(first: int) -> list[ColumnElement[bool]]:
    """Conditions on events: those of the chains to look at; none when it is every chain."""
    return [Event.chain.in_(_spoken_of(first))] if first else []


def _spoken_of(first: int) -> Select[str]:
    """The chains of which checkpoints from `first` on speak, and those that grew since the last."""
    named = select(CheckpointHead.chain).where(CheckpointHead.number >= first)
    asked = union(named, select(GrownChain.chain)).subquery()
    return select(asked.c.chain)


_NO_LINKS: tuple[str, Iterator[Link]] = ("", iter(()))
_NO_HEADS: tuple[str, Iterator[Row[str, int, int, str]]] = ("", iter(()))


def _chain(
    chain: str,
    links: Iterator[Link],
    heads: Sequence[Head],
    made: Mapping[int, datetime],
    waits: bool,
) -> Iterator[str]:
    """The first fault of one chain, if it has any."""
    wanted: dict[int, list[tuple[int, str]]] = {}
    for number, sequence, hash in heads:
        wanted.setdefault(sequence, []).append((number, hash))
    last = 0
    for link in links:
        if link.fault:
            yield link.fault
            return
        last = link.sequence
        for number, hash in wanted.get(last, ()):
            if hash != link.hash:
                yield (
                    f"{chain}: event {last} is not the one that {_named(number, made)} saw: "
                    "the chain was written anew."
                )
                return
    number, most = max(((number, sequence) for number, sequence, _ in heads), default=(0, 0))
    if most > last:
        yield (
            f"{chain}: the events after {last} are gone: {_named(number, made)} saw {most} of them."
        )
    elif last > most and not waits:
        yield (
            f"{chain}: event {most + 1} is in no checkpoint and waits for none: "
            "it did not come the usual way, or the checkpoint is gone."
        )


def _gone(chain: str, heads: Sequence[Head], made: Mapping[int, datetime]) -> str:
    number, sequence, _ = max(heads)
    return f"{chain}: all of its events are gone: {_named(number, made)} saw {sequence} of them."


def _as_heads(rows: Iterable[Any]) -> list[Head]:
    return [(row.number, row.sequence, row.hash) for row in rows]


# Checkpoints.


def _checkpoints(session: Session, keys: Collection[str], first: int) -> Iterator[str]:
    previous = session.get(Checkpoint, first - 1)
    expected, before = first, previous.digest if previous else START
    if previous is None and first > 1:
        yield f"Checkpoint {first - 1} is missing."
    found = select(Checkpoint).where(Checkpoint.number >= first).order_by(Checkpoint.number)
    for row in session.scalars(found.execution_options(yield_per=200)):
        if row.number != expected:
            missing = f"{expected}" if row.number == expected + 1 else f"{expected} and following"
            yield f"Checkpoint {missing}: missing, up to number {row.number}."
        elif checkpoints.digest_of(session, row, before) != row.digest:
            yield (
                f"{_titled(row)} was altered: what it says now of the chains, of its time, or of "
                "the checkpoint before is not what was signed."
            )
        if row.key_id not in keys:
            yield f"{_titled(row)} is signed with a key that is not known here: {row.key_id}"
        elif not checkpoints.signature_holds(Line.of(row)):
            yield f"{_titled(row)}: the signature is forged or damaged."
        expected, before = row.number + 1, row.digest


def _against(
    session: Session, keys: Collection[str], copy: Copy, since: datetime | None
) -> Iterator[str]:
    here = {row.number: row for row in session.scalars(select(Checkpoint))}
    for line in copy.lines:
        if isinstance(line, int):
            yield f"{copy.name}, line {line}: this is no checkpoint."
        elif since is not None and line.at < since:
            continue
        elif line.key not in keys:
            yield (
                f"{copy.name}: checkpoint {line.number} is signed with a key that is not known "
                f"here: {line.key}"
            )
        elif not checkpoints.signature_holds(line):
            yield f"{copy.name}: the signature of checkpoint {line.number} does not hold."
        elif (row := here.get(line.number)) is None:
            yield (
                f"Checkpoint {line.number} is missing: {copy.name} has it, "
                f"made {line.at:%Y-%m-%d %H:%M} UTC."
            )
        elif row.digest != line.digest:
            yield f"{_titled(row)} is not the one in {copy.name}: it was made anew."


def _titled(row: Checkpoint) -> str:
    return f"Checkpoint {row.number} ({row.at:%Y-%m-%d %H:%M} UTC)"


def _named(number: int, made: Mapping[int, datetime]) -> str:
    at = made.get(number)
    return f"checkpoint {number}" + (f" ({at:%Y-%m-%d %H:%M} UTC)" if at else "")
