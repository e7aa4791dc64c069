"""Checkpoints over the chains: made once, signed, and what they show that a chain alone cannot."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from engine.records import audit, checkpoints, signing, verification
from engine.records.checkpoints import Line
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Checkpoint, CheckpointHead, GrownChain
from tests.records.test_audit import ANA

NOON = datetime(2026, 3, 12, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(database: Database, chain: str, times: int = 1, at: datetime = NOON) -> None:
    with database.transaction() as session:
        for number in range(times):
            audit.record(session, chain, "saved", {"number": number}, ANA, at)


def take(context: JobContext, at: datetime = NOON) -> list[int]:
    return checkpoints.run(context.database, context.settings, at)


def faults(
    context: JobContext, *copies: verification.Copy, since: datetime | None = None
) -> list[str]:
    keys = signing.known(context.settings.keys)
    with context.database.read() as session:
        return list(verification.faults(session, keys, copies, since))


def heads(database: Database) -> list[tuple[int, str, int]]:
    of = CheckpointHead
    with database.read() as session:
        found = select(of.number, of.chain, of.sequence).order_by(of.number, of.chain)
        return [(number, chain, sequence) for number, chain, sequence in session.execute(found)]


def tamper(database: Database, *statements: str) -> None:
    """Change rows as somebody would who knows how to switch the triggers off."""
    tables = ("events", "checkpoints", "checkpoint_heads")
    with database.transaction() as session:
        for table in tables:
            if database.is_sqlite:
                session.execute(text(f"DROP TRIGGER IF EXISTS {table}_refuse_update"))
                session.execute(text(f"DROP TRIGGER IF EXISTS {table}_refuse_delete"))
            else:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            session.execute(text(statement))


@pytest.fixture
def sealed(context: JobContext) -> JobContext:
    """Two chains and two checkpoints, all whole."""
    record(context.database, "submission:1", 3)
    record(context.database, "submission:2", 2)
    assert take(context) == [1]
    record(context.database, "submission:2")
    assert take(context, NOON + HOUR) == [2]
    assert faults(context) == []
    return context


def test_a_checkpoint_holds_the_ends_of_the_chains_that_grew(sealed: JobContext) -> None:
    assert heads(sealed.database) == [
        (1, "submission:1", 3),
        (1, "submission:2", 2),
        (2, "submission:2", 3),
    ]


def test_there_is_no_checkpoint_when_nothing_happened(sealed: JobContext) -> None:
    assert take(sealed, NOON + 2 * HOUR) == []


def test_a_worker_that_comes_a_moment_later_makes_none(sealed: JobContext) -> None:
    record(sealed.database, "submission:1")
    again = NOON + HOUR + timedelta(minutes=5)
    run = checkpoints.run
    least = timedelta(minutes=30)
    assert run(sealed.database, sealed.settings, again, least=least) == []
    assert run(sealed.database, sealed.settings, again + HOUR, least=least) == [3]


def test_two_workers_at_once_make_one(context: JobContext) -> None:
    record(context.database, "submission:1", 3)
    made: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        made.extend(take(context))

    both = [threading.Thread(target=work) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert made == [1]
    assert faults(context) == []


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_an_event_that_commits_late_is_in_the_next_checkpoint(context: JobContext) -> None:
    record(context.database, "submission:1")
    with context.database.transaction() as session:
        audit.record(session, "submission:2", "saved", {}, ANA, NOON - HOUR)
        assert take(context) == [1]
    assert heads(context.database) == [(1, "submission:1", 1)]
    assert faults(context) == []
    assert take(context, NOON + HOUR) == [2]
    assert heads(context.database)[-1] == (2, "submission:2", 1)


def test_much_at_once_becomes_several_checkpoints(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "AT_ONCE", 4)
    for number in range(10):
        record(context.database, f"submission:{number}")
    assert take(context) == [1, 2, 3]
    assert faults(context) == []


def test_what_grew_is_told_by_the_database_however_it_was_written(context: JobContext) -> None:
    record(context.database, "submission:1", 2)
    with context.database.read() as session:
        assert session.scalars(select(GrownChain.chain)).all() == ["submission:1"] * 2
    take(context)
    with context.database.read() as session:
        assert session.scalar(select(func.count()).select_from(GrownChain)) == 0


@pytest.mark.parametrize("table", ["checkpoints", "checkpoint_heads"])
@pytest.mark.parametrize("change", ["UPDATE {} SET number = 9", "DELETE FROM {}"])
def test_database_refuses_to_change_checkpoints(
    sealed: JobContext, table: str, change: str
) -> None:
    with (
        pytest.raises(DBAPIError, match="append-only"),
        sealed.database.transaction() as session,
    ):
        session.execute(text(change.format(table)))


# What is found.

SEEN = "checkpoint 1 (2026-03-12 12:00 UTC)"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "DELETE FROM events WHERE chain = 'submission:1'",
            f"submission:1: all of its events are gone: {SEEN} saw 3 of them.",
        ),
        (
            "DELETE FROM events WHERE chain = 'submission:1' AND sequence > 1",
            f"submission:1: the events after 1 are gone: {SEEN} saw 3 of them.",
        ),
        (
            "UPDATE events SET facts = '{}' WHERE chain = 'submission:1' AND sequence = 2",
            "submission:1: event 2 (saved, 2026-03-12 12:00 UTC) was changed"
            " after it was recorded.",
        ),
        (
            "UPDATE checkpoint_heads SET sequence = 2 WHERE number = 2",
            "Checkpoint 2 (2026-03-12 13:00 UTC) was altered: what it says now of the chains, of"
            " its time, or of the checkpoint before is not what was signed.",
        ),
        (
            "UPDATE checkpoints SET signature = 'Zm9yZ2Vk' WHERE number = 2",
            "Checkpoint 2 (2026-03-12 13:00 UTC): the signature is forged or damaged.",
        ),
        (
            "UPDATE checkpoints SET key_id = 'bWluZQ==' WHERE number = 2",
            "Checkpoint 2 (2026-03-12 13:00 UTC) is signed with a key that is not known here:"
            " bWluZQ==",
        ),
    ],
)
def test_what_does_not_hold_is_said_in_words(
    sealed: JobContext, statement: str, words: str
) -> None:
    tamper(sealed.database, statement)
    assert words in faults(sealed)


def test_missing_checkpoint_is_named(sealed: JobContext) -> None:
    record(sealed.database, "submission:3")
    take(sealed, NOON + 2 * HOUR)
    tamper(
        sealed.database,
        "DELETE FROM checkpoint_heads WHERE number = 2",
        "DELETE FROM checkpoints WHERE number = 2",
    )
    assert "Checkpoint 2: missing, up to number 3." in faults(sealed)


def rewrite(database: Database, chain: str) -> None:
    """Write a chain anew from its start, every link of it good."""
    with database.read() as session:
        count = len(audit.story(session, chain))
    tamper(database, f"DELETE FROM events WHERE chain = '{chain}'")
    record(database, chain, count, NOON - HOUR)


def test_chain_that_was_written_anew_is_found(sealed: JobContext) -> None:
    rewrite(sealed.database, "submission:1")
    with sealed.database.read() as session:
        assert audit.verify(session) is None
    assert faults(sealed) == [
        f"submission:1: event 3 is not the one that {SEEN} saw: the chain was written anew."
    ]


def test_event_that_came_past_the_trigger_is_found(sealed: JobContext) -> None:
    record(sealed.database, "submission:9")
    tamper(sealed.database, "DELETE FROM grown_chains")
    assert faults(sealed) == [
        "submission:9: event 1 is in no checkpoint and waits for none: it did not come the usual"
        " way, or the checkpoint is gone."
    ]


# Copies.


def copied(context: JobContext, name: str = "copy") -> verification.Copy:
    path = context.settings.instance / checkpoints.LOG
    return verification.Copy(name, checkpoints.read_log(path))


def test_every_checkpoint_is_a_line_of_the_log(sealed: JobContext) -> None:
    lines = [one for one in copied(sealed).lines if isinstance(one, Line)]
    with sealed.database.read() as session:
        rows = session.scalars(select(Checkpoint).order_by(Checkpoint.number)).all()
    assert lines == [Line.of(row) for row in rows]
    assert all(checkpoints.signature_holds(line) for line in lines)


def test_log_that_missed_a_checkpoint_catches_up(sealed: JobContext) -> None:
    path = sealed.settings.instance / checkpoints.LOG
    first, second = path.read_text("utf-8").splitlines()
    path.write_text(f"{first}\n{second[:20]}", "utf-8")  # killed half-way
    checkpoints.write_log(sealed.database, path)
    assert path.read_text("utf-8").splitlines() == [first, second[:20], second]


def test_copy_shows_that_the_last_checkpoint_is_gone(sealed: JobContext) -> None:
    copy = copied(sealed)
    tamper(
        sealed.database,
        "DELETE FROM checkpoint_heads WHERE number = 2",
        "DELETE FROM checkpoints WHERE number = 2",
        "DELETE FROM events WHERE chain = 'submission:2' AND sequence = 3",
    )
    assert faults(sealed) == []
    assert faults(sealed, copy) == [
        "Checkpoint 2 is missing: copy has it, made 2026-03-12 13:00 UTC."
    ]


def test_copy_shows_a_record_that_was_made_anew_with_the_right_key(sealed: JobContext) -> None:
    copy = copied(sealed)
    rewrite(sealed.database, "submission:1")
    tamper(sealed.database, "DELETE FROM checkpoint_heads", "DELETE FROM checkpoints")
    with sealed.database.transaction() as session:
        for chain in ("submission:1", "submission:2"):
            session.execute(text(f"INSERT INTO grown_chains (chain) VALUES ('{chain}')"))
    take(sealed)
    assert faults(sealed) == []
    assert faults(sealed, copy)[0] == (
        "Checkpoint 1 (2026-03-12 12:00 UTC) is not the one in copy: it was made anew."
    )


def test_line_of_a_copy_that_was_tampered_with_is_told(sealed: JobContext) -> None:
    first, second = copied(sealed).lines
    assert isinstance(first, Line)
    forged = verification.Copy("copy", [first._replace(digest="f" * 64), second, 3])
    assert faults(sealed, forged) == [
        "copy: the signature of checkpoint 1 does not hold.",
        "copy, line 3: this is no checkpoint.",
    ]


def test_since_looks_at_what_checkpoints_from_then_on_speak_of(sealed: JobContext) -> None:
    tamper(sealed.database, "DELETE FROM events WHERE chain = 'submission:1'")
    assert len(faults(sealed)) == 1
    assert faults(sealed, since=NOON + HOUR / 2) == []
    tamper(sealed.database, "DELETE FROM events WHERE chain = 'submission:2' AND sequence = 3")
    assert len(faults(sealed, since=NOON + HOUR / 2)) == 1


# Keys.


def test_key_is_made_at_first_use_for_its_owner_alone(context: JobContext) -> None:
    folder = context.settings.keys
    first, second = signing.signer(folder, NOON), signing.signer(folder, NOON)
    assert first.id == second.id
    assert stat.S_IMODE((folder / signing.PRIVATE).stat().st_mode) == 0o600
    assert signing.known(folder) == (first.id,)


def test_checkpoints_of_an_old_key_stay_good(sealed: JobContext) -> None:
    old = signing.known(sealed.settings.keys)
    new = signing.rotate(sealed.settings.keys, NOON)
    record(sealed.database, "submission:1")
    assert take(sealed, NOON + 2 * HOUR) == [3]
    assert faults(sealed) == []
    assert signing.known(sealed.settings.keys) == (*old, new.id)
    assert sorted(path.name for path in sealed.settings.keys.iterdir()) == [
        signing.PRIVATE,
        signing.PUBLIC,
    ]


def test_two_who_need_the_first_key_at_once_get_the_same(tmp_path: Path) -> None:
    found: list[str] = []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        found.append(signing.signer(tmp_path / "keys", NOON).id)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for one in askers:
        one.start()
    for one in askers:
        one.join()
    assert len(found) == 4
    assert len(set(found)) == 1
