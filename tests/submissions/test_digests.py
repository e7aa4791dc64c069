"""A day's or a week's letters in one: at seven where the person is, nothing twice, nothing lost."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import event, select, update

from engine import notices, people
from engine.mail import muting
from engine.records import jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Account, Letter
from engine.submissions import digests

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ana(database: Database) -> str:
    with database.transaction() as session:
        words = "three quiet words"
        return people.add(session, "ana@school.org", "Ana", words, ["candidate"], MONDAY).id


def want(database: Database, rhythm: str, zone: str = "") -> None:
    with database.transaction() as session:
        session.execute(update(Account).values(mail_rhythm=rhythm, zone=zone))


def write(context: JobContext, id: str, at: datetime, letter: str = "returned", n: int = 0) -> str:
    values = {"credential": f"Garden {n}", "path": f"/submissions/{n}"}
    with context.database.transaction() as session:
        to = session.get_one(Account, id, populate_existing=True)
        return notices.write(session, context.settings, letter, to, values, at)


def letters(database: Database, status: str = "") -> list[Letter]:
    with database.read() as session:
        found = select(Letter).order_by(Letter.written_at, Letter.subject)
        if status:
            found = found.where(Letter.status == status)
        return list(session.scalars(found))


def test_letters_of_a_day_come_in_one_with_each_ones_subject_and_link(
    context: JobContext, database: Database, ana: str
) -> None:
    want(database, "daily")
    for n in (1, 2, 3):
        write(context, ana, MONDAY + timedelta(minutes=n), n=n)
    assert jobs.drain(context) == []
    assert digests.run_due(context, MONDAY + timedelta(hours=20)) == 0
    assert digests.run_due(context, MONDAY + timedelta(hours=21)) == 1
    (digest,) = letters(database, "waiting")
    assert digest.subject == "3 letters from Example Academy"
    for n in (1, 2, 3):
        assert f"Your work for Garden {n} is back, with notes" in digest.text
        assert f"https://awards.example/submissions/{n}" in digest.text
        assert f'href="https://awards.example/submissions/{n}"' in digest.html
    assert {one.digest_id for one in letters(database, "digested")} == {digest.id}
    assert digests.run_due(context, MONDAY + DAY * 2) == 0
    assert jobs.drain(context) == ["send-letter"]


def test_one_letter_alone_comes_as_it_is(context: JobContext, database: Database, ana: str) -> None:
    want(database, "daily")
    id = write(context, ana, MONDAY)
    assert digests.run_due(context, MONDAY + DAY) == 1
    jobs.drain(context)
    (letter,) = letters(database)
    assert (letter.id, letter.status) == (id, "sent")


def test_a_letter_that_can_not_wait_does_not(
    context: JobContext, database: Database, ana: str
) -> None:
    want(database, "weekly")
    write(context, ana, MONDAY, "awarded")
    assert jobs.drain(context) == ["send-letter"]


def test_whoever_wants_each_as_it_comes_again_gets_what_was_held(
    context: JobContext, database: Database, ana: str
) -> None:
    want(database, "weekly")
    for n in (1, 2):
        write(context, ana, MONDAY, n=n)
    want(database, "each")
    assert digests.run_due(context, MONDAY + timedelta(minutes=1)) == 1
    assert letters(database, "held") == []


@pytest.mark.parametrize(
    ("rhythm", "zone", "written", "due"),
    [
        ("daily", "", "2026-03-02T06:59", "2026-03-02T07:00"),
        ("daily", "", "2026-03-02T07:00", "2026-03-03T07:00"),
        ("daily", "America/Chicago", "2026-03-02T12:59", "2026-03-02T13:00"),
        # Clocks go forward there on the 8th, and seven is an hour sooner by UTC.
        ("daily", "America/Chicago", "2026-03-07T13:00", "2026-03-08T12:00"),
        ("daily", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T06:00"),
        ("weekly", "", "2026-03-02T06:00", "2026-03-02T07:00"),
        ("weekly", "", "2026-03-02T08:00", "2026-03-09T07:00"),
        ("weekly", "America/Chicago", "2026-03-04T08:00", "2026-03-09T12:00"),
        ("weekly", "Nowhere/At_All", "2026-03-04T08:00", "2026-03-09T07:00"),
    ],
)
def test_a_digest_comes_at_seven_where_the_person_is(
    rhythm: str, zone: str, written: str, due: str
) -> None:
    at = datetime.fromisoformat(written).replace(tzinfo=UTC)
    found = muting.next_digest(at, rhythm, zone, "UTC")
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("step", range(1, 7))
def test_a_kill_anywhere_leaves_every_letter_in_one_digest(
    context: JobContext,
    database: Database,
    ana: str,
    step: int,
) -> None:
    want(database, "daily")
    ids = {write(context, ana, MONDAY, n=n) for n in range(4)}
    left = [step]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    event.listen(database.engine, "before_cursor_execute", count)
    with suppress(Killed):
        digests.run_due(context, MONDAY + DAY)
    event.remove(database.engine, "before_cursor_execute", count)
    digests.run_due(context, MONDAY + DAY)
    digested = letters(database, "digested")
    assert {one.id for one in digested} == ids
    (digest,) = {one.digest_id for one in digested}
    assert [one.id for one in letters(database, "waiting")] == [digest]
    assert letters(database, "held") == []
    assert jobs.drain(context) == ["send-letter"]


def test_two_workers_write_one_digest(context: JobContext, database: Database, ana: str) -> None:
    want(database, "daily")
    for n in range(3):
        write(context, ana, MONDAY, n=n)
    gate = Barrier(4)

    def run() -> None:
        gate.wait()
        digests.run_due(context, MONDAY + DAY)

    workers = [Thread(target=run) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(letters(database, "waiting")) == 1
    assert len(letters(database, "digested")) == 3
