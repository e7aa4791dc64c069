"""Daily sums of where submissions come and how long they stay: right, whatever order or death."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.records import audit
from engine.records.database import Database
from engine.records.tables import Review, StateFigure, Submission, UnreportedEvent
from engine.submissions import figures, load
from engine.submissions.figures import Step
from tests.records.test_audit import ANA
from tests.records.test_counting import people, submission

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def record(database: Database, number: int, *steps: tuple[str, datetime, dict[str, Any]]) -> None:
    with database.transaction() as session:
        for kind, at, facts in steps:
            audit.record(session, f"submission:s{number}", kind, facts, ANA, at)


def opened(at: datetime) -> tuple[str, datetime, dict[str, Any]]:
    return "opened", at, {"state": "draft"}


def moved(source: str, target: str, at: datetime) -> tuple[str, datetime, dict[str, Any]]:
    return "advanced", at, {"transition": "go", "from": source, "to": target}


@pytest.fixture
def three(database: Database) -> Database:
    """Three submissions: one drafted, one submitted after two days, one that came back once."""
    people(database)
    with database.transaction() as session:
        for number in (1, 2, 3):
            session.add(Submission(**submission(number, "draft")))
    record(database, 1, opened(MONDAY))
    record(database, 2, opened(MONDAY), moved("draft", "review", MONDAY + 2 * DAY))
    record(
        database,
        3,
        opened(MONDAY + DAY),
        moved("draft", "review", MONDAY + 2 * DAY),
        moved("review", "draft", MONDAY + 3 * DAY),
        moved("draft", "review", MONDAY + 10 * DAY),
        moved("review", "awarded", MONDAY + 11 * DAY),
    )
    return database


def reached(
    database: Database, since: date | None = None, until: date | None = None
) -> dict[str, int]:
    with database.read() as session:
        return figures.reached(session, ["c"], since, until)


def test_each_submission_counts_once_in_each_state_that_it_ever_came_to(three: Database) -> None:
    assert figures.add_up(three) == 8
    assert reached(three) == {"draft": 3, "review": 2, "awarded": 1}
    assert figures.add_up(three) == 0
    assert reached(three) == {"draft": 3, "review": 2, "awarded": 1}


def test_days_narrow_what_is_counted_both_included(three: Database) -> None:
    figures.add_up(three)
    first = MONDAY.date()
    assert reached(three, first, first) == {"draft": 2}
    assert reached(three, first + DAY, first + 2 * DAY) == {"draft": 1, "review": 2}
    assert reached(three, since=first + 11 * DAY) == {"awarded": 1}


def test_lengths_are_of_stays_that_ended_true_to_a_twentieth(three: Database) -> None:
    figures.add_up(three)
    with three.read() as session:
        found = figures.lengths(session, ["c"], None, None)
    assert {state: one.number for state, one in found.items()} == {"draft": 3, "review": 2}
    assert found["review"].median / DAY == pytest.approx(1, rel=0.1)
    assert found["draft"].ninth / DAY == pytest.approx(7, rel=0.1)


def test_step_that_was_taken_back_is_taken_out_again(three: Database) -> None:
    back = {"transition": "go", "from": "awarded", "to": "review"}
    figures.add_up(three)
    record(three, 3, ("taken-back", MONDAY + 11 * DAY, back))
    figures.add_up(three)
    assert {name: one for name, one in reached(three).items() if one} == {"draft": 3, "review": 2}
    record(three, 3, moved("review", "awarded", MONDAY + 13 * DAY))
    figures.add_up(three)
    assert reached(three)["awarded"] == 1
    with three.read() as session:
        assert figures.lengths(session, ["c"], None, None)["review"].number == 2


def test_another_name_of_the_same_stage_ends_no_stay() -> None:
    steps = [
        Step(1, MONDAY, "opened", {"state": "draft"}),
        Step(2, MONDAY + DAY, "migrated", {"from": "draft", "to": "writing"}),
        Step(3, MONDAY + 4 * DAY, "advanced", {"from": "writing", "to": "review"}),
    ]
    found = figures.meaning(steps)
    assert found[2] == Counter({((MONDAY + DAY).date(), "writing", "reached", 0): 1})
    stayed = [key for key in found[3] if key[2] == "stayed"]
    (four_days,) = [((MONDAY + 4 * DAY).date(), "writing", "stayed", figures.bucket_of(4 * DAY))]
    assert stayed == [four_days]


def test_in_pieces_it_comes_to_the_same(three: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "AT_ONCE", 3)
    assert figures.add_up(three) == 8
    assert reached(three) == {"draft": 3, "review": 2, "awarded": 1}


def test_two_workers_at_once_count_each_event_once(
    three: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "AT_ONCE", 2)
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        figures.add_up(three)

    both = [threading.Thread(target=work) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    figures.add_up(three)
    assert reached(three) == {"draft": 3, "review": 2, "awarded": 1}


def test_worker_that_dies_half_way_has_added_nothing(
    three: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(figures, "_write", die)
        with pytest.raises(KeyboardInterrupt):
            figures.add_up(three)
    with three.read() as session:
        assert session.scalar(select(func.count()).select_from(UnreportedEvent)) == 8
        assert session.scalar(select(func.count()).select_from(StateFigure)) == 0


def test_quantiles_lie_within_their_bucket() -> None:
    one_day = figures.bucket_of(DAY)
    for share in (0.1, 0.5, 0.9):
        assert figures.quantile([(one_day, 7)], share) / DAY == pytest.approx(1, rel=0.1)
    half = figures.quantile([(one_day, 9), (figures.bucket_of(10 * DAY), 1)], 0.9)
    assert half / DAY == pytest.approx(1, rel=0.1)


# Load and overdue.


def review(number: int, **named: Any) -> Review:
    said: dict[str, Any] = {
        "id": f"r{number}",
        "submission_id": f"s{number}",
        "round": 1,
        "reviewer_id": "ana",
        "started_at": MONDAY,
        "state": "review",
        **named,
    }
    return Review(**said)


def test_load_of_a_reviewer_is_what_is_open_and_what_was_finished_lately(three: Database) -> None:
    with three.transaction() as session:
        session.add(review(1, due_at=MONDAY + DAY))
        session.add(review(2, status="closed", closed_at=MONDAY + 2 * DAY))
        session.add(
            review(3, status="closed", closed_at=MONDAY - 40 * DAY, started_at=MONDAY - 41 * DAY)
        )
        session.add(review(3, id="r4", status="given_up", state="other"))
    with three.read() as session:
        (ana,) = load.reviewers(session, MONDAY - 30 * DAY, MONDAY + 5 * DAY, MONDAY + 5 * DAY)
    assert ana == load.Load("ana", "Ana", 1, 1, 1, 2 * DAY)


def test_overdue_is_what_was_due_before_now(three: Database) -> None:
    with three.transaction() as session:
        session.get_one(Submission, "s1").due_at = MONDAY + DAY
        session.get_one(Submission, "s2").due_at = MONDAY + 3 * DAY
    with three.read() as session:
        assert load.overdue(session, ["c"], MONDAY) == []
        assert load.overdue(session, ["c"], MONDAY + 2 * DAY) == [
            load.Late("c", "draft", 1, MONDAY + DAY)
        ]
        assert load.overdue(session, ["other"], MONDAY + 9 * DAY) == []
