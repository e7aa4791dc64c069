"""What was handed in, beside what the trail says of it.

The event by which a submission was handed in keeps the digest of that round's answers, and so does
one that moved them to another version. Whoever changes a snapshot afterwards, in the database, has
the trail against them: `faults` finds it. Rounds from before digests were kept are not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.orm import Session

from engine.credentials.documents import digest
from engine.records.audit import in_python_order
from engine.records.tables import Event, Snapshot

FACT = "snapshots"
"""The fact of an event: by round (as text), the digest of what was handed in."""
_CHAIN = "submission:"
_AT_ONCE = 200
"""Submissions whose snapshots are read by one query."""

Seen = Mapping[int, tuple[int, str]]
"""By round: the event that spoke of it last, and the digest."""


def digest_of(answers: Mapping[str, Any], marks: Mapping[str, Any]) -> str:
    """The SHA-256 of one round's answers and their marks, as canonical JSON."""
    return digest({"answers": answers, "marks": marks})


def faults(session: Session, *narrowed: ColumnElement[bool]) -> Iterator[str]:
    """Every round whose answers are not those that the trail saw, each in a sentence.

    `narrowed` are conditions on `events`, such as those of `verification`.
    """
    speaking = or_(
        cast(Event.facts, Text).contains(f'"{FACT}"', autoescape=True), Event.kind == "taken-back"
    )
    events = (
        select(Event.chain, Event.sequence, Event.kind, Event.facts)
        .where(Event.kind.in_(("advanced", "taken-back", "migrated")), speaking, *narrowed)
        .order_by(in_python_order(session, Event.__table__.c.chain), Event.sequence)
    )
    rows = session.execute(events.execution_options(yield_per=1000))
    chains = groupby(rows, key=lambda row: row.chain)
    told = ((chain.removeprefix(_CHAIN), _seen(found)) for chain, found in chains)
    speaking_of_any = ((id, seen) for id, seen in told if seen)
    while some := dict(islice(speaking_of_any, _AT_ONCE)):
        yield from _compared(session, some)


def _seen(events: Iterable[Any]) -> Seen:
    """What a chain's events say in the end: a step that was taken back handed nothing in."""
    found: dict[int, tuple[int, str]] = {}
    for event in events:
        if event.kind == "taken-back":
            left = int(event.facts.get("round", 0))
            found = {round: said for round, said in found.items() if round <= left}
        for round, said in event.facts.get(FACT, {}).items():
            found[int(round)] = (event.sequence, said)
    return found


def _compared(session: Session, told: Mapping[str, Seen]) -> Iterator[str]:
    rows = session.execute(
        select(Snapshot.submission_id, Snapshot.round, Snapshot.answers, Snapshot.marks).where(
            Snapshot.submission_id.in_(told)
        )
    )
    kept = {(row.submission_id, row.round): digest_of(row.answers, row.marks) for row in rows}
    for id, rounds in told.items():
        for round, (sequence, said) in sorted(rounds.items()):
            here = kept.pop((id, round), None)
            if here is None:
                yield (
                    f"{_CHAIN}{id}: what was handed in as round {round} is gone: "
                    f"event {sequence} saw it."
                )
            elif here != said:
                yield (
                    f"{_CHAIN}{id}: what was handed in as round {round} was changed: "
                    f"it is not what event {sequence} saw."
                )
    for id, round in sorted(kept):
        if round > min(told[id]):
            yield f"{_CHAIN}{id}: nothing in its events tells of round {round}: it was added."
