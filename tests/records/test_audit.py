"""The chain of events: added to, never changed, and checked link by link."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from engine.errors import Conflict
from engine.records import audit
from engine.records.database import Database
from engine.records.prepared import Prepared

NOON = datetime(2026, 3, 12, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    id: str = "ana"
    name: str = "Ana Ruiz"


ANA = Somebody()


def three_events(database: Database) -> None:
    with database.transaction() as session:
        for number in range(3):
            facts = {"number": number, "words": "wäre\u0000", "list": [1.5, None, True]}
            audit.record(session, "submission:1", "saved", facts, ANA, NOON)
        audit.record(session, "submission:2", "saved", {}, ANA, NOON)


def tamper(database: Database, statement: str) -> None:
    """Change the events as somebody would who knows how to switch the triggers off."""
    with database.transaction() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER events_refuse_update"))
            session.execute(text("DROP TRIGGER events_refuse_delete"))
        else:
            session.execute(text("ALTER TABLE events DISABLE TRIGGER USER"))
        session.execute(text(statement))


def test_story_tells_what_happened_in_order(database: Database) -> None:
    three_events(database)
    with database.read() as session:
        story = audit.story(session, "submission:1")
    assert [(one.sequence, one.facts["number"]) for one in story] == [(1, 0), (2, 1), (3, 2)]
    assert (story[0].actor_id, story[0].actor_name, story[0].at) == ("ana", "Ana Ruiz", NOON)
    assert [one.previous for one in story] == ["0" * 64, story[0].hash, story[1].hash]


def test_whole_chains_verify(database: Database) -> None:
    three_events(database)
    with database.read() as session:
        assert audit.verify(session) is None


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE events SET actor_name = 'Ben' WHERE sequence = 2",
            "submission:1: event 2 (saved, 2026-03-12 12:00 UTC) was changed"
            " after it was recorded.",
        ),
        (
            "DELETE FROM events WHERE sequence = 2",
            "submission:1: event 2 is missing.",
        ),
        (
            "UPDATE events SET previous = 'f' WHERE sequence = 3",
            "submission:1: event 3 does not follow the event before it.",
        ),
    ],
)
def test_broken_link_is_named(database: Database, statement: str, words: str) -> None:
    three_events(database)
    tamper(database, statement)
    with database.read() as session:
        assert audit.verify(session) == words


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET kind = 'x'", "DELETE FROM events"],
)
def test_database_refuses_to_change_events(database: Database, statement: str) -> None:
    three_events(database)
    with (
        pytest.raises(DBAPIError, match="events are append-only"),
        database.transaction() as session,
    ):
        session.execute(text(statement))


def test_replacing_an_event_is_refused_on_sqlite(sqlite: Database) -> None:
    three_events(sqlite)
    replace = "REPLACE INTO events SELECT * FROM events WHERE sequence = 1"
    with pytest.raises(DBAPIError, match="append-only"), sqlite.transaction() as session:
        session.execute(text(replace))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_emptying_the_events_is_refused_on_postgresql(database: Database) -> None:
    with (
        pytest.raises(DBAPIError, match="append-only"),
        database.transaction() as session,
    ):
        session.execute(text("TRUNCATE events"))


def test_two_who_add_at_once_get_a_conflict_and_no_fork(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_events(database)
    head = select(audit._EVENTS.c.sequence, audit._EVENTS.c.hash).where(
        audit._EVENTS.c.chain == bindparam("chain"), audit._EVENTS.c.sequence == 2
    )
    monkeypatch.setattr(audit, "_HEAD", Prepared(head))  # what the slower of the two had read
    with pytest.raises(Conflict), database.transaction() as session:
        audit.record(session, "submission:1", "saved", {}, ANA, NOON)
    with database.read() as session:
        assert len(audit.story(session, "submission:1")) == 3


def test_event_of_a_rolled_back_change_did_not_happen(database: Database) -> None:
    with suppress(ZeroDivisionError), database.transaction() as session:
        audit.record(session, "award:1", "awarded", {}, ANA, NOON)
        raise ZeroDivisionError
    with database.read() as session:
        assert audit.story(session, "award:1") == []
