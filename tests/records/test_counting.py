"""Counters by state: right after every change, summed up beside running changes, and checked."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select, update

from engine.records import counting
from engine.records.counting import Stands
from engine.records.database import Database
from engine.records.tables import Account, EditionRow, StateMove, Submission

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


def people(database: Database) -> None:
    with database.transaction() as session:
        session.add(
            Account(
                id="ana", email="a@b.org", name="Ana", password_hash="", roles=[], created_at=NOON
            )
        )
        session.add(
            EditionRow(
                digest="d",
                credential_id="c",
                version=1,
                kind="milestone",
                title="C",
                bundle={},
                published_at=NOON,
                published_by="x",
            )
        )


def submission(number: int, state: str = "new", reviewer: str | None = None) -> dict[str, object]:
    return {
        "id": f"s{number}",
        "edition_digest": "d",
        "credential_id": "c",
        "candidate_id": "ana",
        "state": state,
        "state_kind": "review",
        "state_since": NOON,
        "opened_at": NOON,
        "reviewer_id": reviewer,
        "reviewer_ids": [reviewer] if reviewer else [],
    }


def numbers(database: Database) -> dict[tuple[str, bool], int]:
    with database.read() as session:
        return {(one.state, one.free): one.number for one in counting.standing(session)}


def moves(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(StateMove)) or 0


def fill(database: Database, count: int) -> None:
    people(database)
    with database.transaction() as session:
        session.execute(insert(Submission), [submission(number) for number in range(count)])


def test_every_way_of_changing_a_submission_is_counted(database: Database) -> None:
    fill(database, 5)
    with database.transaction() as session:
        session.execute(update(Submission).where(Submission.id == "s1").values(state="done"))
        session.execute(update(Submission).where(Submission.id == "s2").values(reviewer_id="ana"))
        session.execute(update(Submission).where(Submission.id == "s2").values(places_free=1))
        session.execute(update(Submission).where(Submission.id == "s3").values(reviewer_id="ana"))
        session.execute(delete(Submission).where(Submission.id == "s4"))
    assert numbers(database) == {("new", True): 2, ("done", True): 1, ("new", False): 1}


def test_summing_up_changes_no_number(database: Database) -> None:
    fill(database, 30)
    with database.transaction() as session:
        session.execute(update(Submission).where(Submission.id < "s2").values(state="done"))
    before = numbers(database)
    assert counting.sum_up(database, few=2, at_once=7) > 30
    assert numbers(database) == before
    assert moves(database) <= 4


def test_few_moves_are_left_alone(database: Database) -> None:
    fill(database, 30)
    assert counting.sum_up(database) == 0
    assert moves(database) == 30


def test_states_that_nobody_is_in_leave_no_row(database: Database) -> None:
    fill(database, 8)
    with database.transaction() as session:
        session.execute(update(Submission).values(state="done"))
    counting.sum_up(database, few=1)
    assert numbers(database) == {("done", True): 8}
    assert moves(database) == 1


def test_two_workers_sum_up_beside_running_changes(database: Database) -> None:
    fill(database, 200)
    done = threading.Event()
    failed: list[BaseException] = []

    def guarded(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        except BaseException as error:
            failed.append(error)

    def sums() -> None:
        while not done.is_set():
            counting.sum_up(database, few=3, at_once=11)

    def change(first: int) -> None:
        for number in range(first, 200, 2):
            with database.transaction() as session:
                session.execute(
                    update(Submission)
                    .where(Submission.id == f"s{number}")
                    .values(state="done" if number % 3 else "back")
                )

    workers = [threading.Thread(target=guarded, args=(sums,)) for _ in range(2)]
    others = [
        threading.Thread(target=guarded, args=(lambda first=first: change(first),))
        for first in (0, 1)
    ]
    for thread in workers + others:
        thread.start()
    for thread in others:
        thread.join()
    done.set()
    for thread in workers:
        thread.join()
    assert failed == []
    assert numbers(database) == {("done", True): 133, ("back", True): 67}
    with database.read() as session:
        assert counting.differences(session) == []


def test_a_recount_finds_and_mends_what_is_wrong(database: Database) -> None:
    fill(database, 4)
    with database.transaction() as session:
        session.execute(delete(StateMove).where(StateMove.id == 1))
        session.execute(
            insert(StateMove).values(
                credential_id="c",
                edition_digest="d",
                state="ghost",
                state_kind="open",
                free=True,
                change=3,
            )
        )
    wrong = [
        Stands("c", "d", "ghost", "open", True, -3),
        Stands("c", "d", "new", "review", True, 1),
    ]
    with database.read() as session:
        assert sorted(counting.differences(session)) == wrong
    with database.transaction() as session:
        assert sorted(counting.recount(session)) == wrong
    assert numbers(database) == {("new", True): 4}
    with database.transaction() as session:
        assert counting.recount(session) == []
