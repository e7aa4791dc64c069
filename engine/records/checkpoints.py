"""Checkpoints: signed statements of how far every chain of events had come.

A chain shows by itself that one of its links was changed, but not that its last links were cut
off, that it was written anew from the start, or that it is gone. So now and then the ends of all
chains that grew are written down together, over the checkpoint before, and signed. One chain over
all events would show the same, and would make every change wait for every other.

Which chains grew is what a trigger wrote down with each event (`grown_chains`): looking costs as
much as grew, however many chains there are. Each checkpoint is also a line of `checkpoints.log`
beside the database, to be copied to where nobody who runs this installation can change it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, text, tuple_
from sqlalchemy.orm import Session

from engine.credentials.documents import canonical
from engine.records import jobs, signing
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.signing import Signer
from engine.records.tables import Checkpoint, CheckpointHead, Event, GrownChain
from engine.settings import Settings

EVERY = timedelta(hours=1)
"""The time between checkpoints, unless very much happens."""
LOOKS = 60.0
"""Seconds between a worker's looks whether it is time."""
AT_ONCE = 5_000
"""Events that one checkpoint takes up at most, so that nobody waits long for the write lock; there
are as many checkpoints as it takes."""
IN_A_LOOK = 20
"""Checkpoints that a worker makes in one look, so that its other duties get their turn."""
START = "0" * 64
"""What the first checkpoint has before it."""
LOG = "checkpoints.log"

_PURPOSE = b"accolade checkpoint\n"
_LOCK = 4_022_250_974_207_301_237
"""A number of our own for PostgreSQL's advisory lock: one makes checkpoints at a time."""
_IN_A_QUERY = 500


class Line(NamedTuple):
    """A checkpoint as a copy outside of the database tells it."""

    number: int
    at: datetime
    heads: int
    digest: str
    key: str
    signature: str

    @classmethod
    def of(cls, row: Checkpoint) -> Line:
        return cls(row.number, row.at, row.heads, row.digest, row.key_id, row.signature)

    def written(self) -> str:
        """The line of JSON."""
        said = {**self._asdict(), "at": _moment(self.at)}
        return json.dumps(said, sort_keys=True)

    @classmethod
    def read(cls, line: str) -> Line:
        """Raises `ValueError` for what is no such line."""
        try:
            said = json.loads(line)
            return cls(
                number=int(said["number"]),
                at=datetime.fromisoformat(said["at"]),
                heads=int(said["heads"]),
                digest=str(said["digest"]),
                key=str(said["key"]),
                signature=str(said["signature"]),
            )
        except (TypeError, KeyError) as error:
            raise ValueError("no checkpoint") from error


def run(
    database: Database,
    settings: Settings,
    at: datetime,
    *,
    least: timedelta = timedelta(),
    most: int | None = None,
) -> list[int]:
    """Take up everything that grew; returns the numbers of the checkpoints that were made, `most`
    of them at most.

    None is made when nothing grew, or when the last one is younger than `least` and not very much
    happened since: of several workers one is enough. Ends by bringing the log up to date.
    """
    signer = signing.signer(settings.keys, at)
    made: list[int] = []
    while most is None or len(made) < most:
        with database.transaction() as session:
            if not _my_turn(session):
                break
            if not made and _is_young(session, at, least) and not _is_much(session):
                break
            full, number = take(session, signer, at)
        if number:
            made.append(number)
        if not full:
            break
    write_log(database, settings.instance / LOG)
    return made


def take(session: Session, signer: Signer, at: datetime) -> tuple[bool, int]:
    """Make one checkpoint in the caller's transaction: whether there is more to take up, and its
    number, 0 when nothing grew.

    Of what other transactions are about to add nothing is seen, and nothing is taken up: the
    row that tells of it is there with their commit, for the next one.
    """
    piece = select(GrownChain.id).order_by(GrownChain.id).limit(AT_ONCE).subquery()
    rows, upto = session.execute(select(func.count(), func.max(piece.c.id))).one()
    if not rows:
        return False, 0
    gone = delete(GrownChain).where(GrownChain.id <= upto).returning(GrownChain.chain)
    options = {"synchronize_session": False}
    chains = sorted(set(session.scalars(gone, execution_options=options)))
    heads = _heads(session, chains)
    last = _last(session)
    number = last.number + 1 if last else 1
    digest = _digest(number, at, last.digest if last else START, heads)
    row = {
        "number": number,
        "at": at,
        "heads": len(heads),
        "digest": digest,
        "key_id": signer.id,
        "signature": signer.sign(_signed(digest)),
    }
    session.execute(insert(Checkpoint), row)
    session.execute(
        insert(CheckpointHead),
        [
            {"number": number, "chain": chain, "sequence": sequence, "hash": hash}
            for chain, sequence, hash in heads
        ],
    )
    return rows == AT_ONCE, number


def write_log(database: Database, path: Path) -> None:
    """Add the checkpoints that the log has not got yet. A process that is killed in between leaves
    that to the next one."""
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole, last = _end_of(path)
        with database.read() as session:
            later = select(Checkpoint).where(Checkpoint.number > last)
            rows = session.scalars(later.order_by(Checkpoint.number)).all()
        if rows:
            file.write(("" if whole else "\n") + "".join(_line(row) for row in rows))
            file.flush()
            os.fsync(file.fileno())


def read_log(path: Path) -> list[Line | int]:
    """The checkpoints of a copy; the number of a line, from 1, stands for one that is unreadable.

    Raises `OSError` when there is no such file.
    """
    found: list[Line | int] = []
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        if line.strip():
            try:
                found.append(Line.read(line))
            except ValueError:
                found.append(number)
    return found


def signature_holds(line: Line) -> bool:
    """Whether the key that it names signed it."""
    return signing.holds(line.key, _signed(line.digest), line.signature)


def digest_of(session: Session, row: Checkpoint, previous: str) -> str:
    """What the digest of a checkpoint must be, by the heads that are kept of it."""
    found = select(CheckpointHead.chain, CheckpointHead.sequence, CheckpointHead.hash).where(
        CheckpointHead.number == row.number
    )
    heads = [(chain, sequence, hash) for chain, sequence, hash in session.execute(found)]
    return _digest(row.number, row.at, previous, sorted(heads))


Head = tuple[str, int, str]


def _heads(session: Session, chains: Sequence[str]) -> list[Head]:
    """The ends of these chains, by their names."""
    found: list[Head] = []
    for start in range(0, len(chains), _IN_A_QUERY):
        some = chains[start : start + _IN_A_QUERY]
        ends = (
            select(Event.chain, func.max(Event.sequence))
            .where(Event.chain.in_(some))
            .group_by(Event.chain)
        )
        rows = select(Event.chain, Event.sequence, Event.hash).where(
            tuple_(Event.chain, Event.sequence).in_(ends)
        )
        found += [(chain, sequence, hash) for chain, sequence, hash in session.execute(rows)]
    return sorted(found)


def _digest(number: int, at: datetime, previous: str, heads: Sequence[Head]) -> str:
    said: Mapping[str, object] = {
        "number": number,
        "at": _moment(at),
        "previous": previous,
        "heads": [list(head) for head in heads],
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def _signed(digest: str) -> bytes:
    # What it is for stands before it: the same key could not be talked into signing a badge.
    return _PURPOSE + digest.encode()


def _last(session: Session) -> Checkpoint | None:
    return session.scalars(select(Checkpoint).order_by(Checkpoint.number.desc()).limit(1)).first()


def _is_young(session: Session, at: datetime, least: timedelta) -> bool:
    last = _last(session)
    # A clock that was years ahead must not keep checkpoints from being made for years.
    return last is not None and abs(at - last.at) < least


def _is_much(session: Session) -> bool:
    """Whether a whole checkpoint's worth of events waits."""
    waits = select(GrownChain.id).order_by(GrownChain.id).offset(AT_ONCE - 1).limit(1)
    return session.scalar(waits) is not None


def _my_turn(session: Session) -> bool:
    """Whether nobody else makes one at this moment. SQLite's transaction has waited for that."""
    if Database.of(session).is_sqlite:
        return True
    asked = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(session.scalar(asked, {"key": _LOCK}))


def _end_of(path: Path) -> tuple[bool, int]:
    """Whether the last line is whole, and the highest number in the log."""
    said = path.read_text("utf-8", "replace")
    numbers = [one.number for one in read_log(path) if isinstance(one, Line)]
    return not said or said.endswith("\n"), max(numbers, default=0)


def _line(row: Checkpoint) -> str:
    return Line.of(row).written() + "\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _chore(context: JobContext, at: datetime) -> None:
    run(context.database, context.settings, at, least=EVERY, most=IN_A_LOOK)


jobs.periodically("checkpoints", LOOKS, _chore)
