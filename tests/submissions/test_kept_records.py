"""Kept records, added up: figures over everybody, never anybody's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import people
from engine.forms.answers import Draft
from engine.people import Actor
from engine.records import catalogue
from engine.submissions import drafting, kept_records, progress
from engine.submissions.kept_records import Kept
from tests.conftest import PASSWORD, TERM, School

LOG = "coaching-log"


def coach(school: School, number: int) -> Actor:
    with school.database.transaction() as session:
        email = f"coach{number}@example.org"
        account = people.add(session, email, f"Coach {number}", PASSWORD, ["candidate"], TERM)
        return Actor(account.id, account.name, account.email, frozenset(account.roles))


def write(school: School, actor: Actor, coaching: float, days: int = 0, of: float = 100) -> None:
    """Begin a log in which `coaching` of `of` hours were coaching."""
    at = TERM + timedelta(days=days)
    week = {"week_of": "2025-09-08", "coaching": coaching, "other": of - coaching}
    with school.database.transaction() as session:
        edition = catalogue.current(session, LOG)
        assert edition is not None
        id = progress.begin(session, school.settings, edition, actor, at).id
        drafting.put(
            session, drafting.subject_of(session, id), "log", Draft({"log": {"weeks": [week]}}), at
        )


def found(school: School, small_cell: int = 3) -> Kept:
    with school.database.read() as session:
        return next(
            one for one in kept_records.together(session, small_cell) if one.credential_id == LOG
        )


@pytest.mark.row("D6")
def test_the_middle_and_how_many_met_the_target_are_told_of_everybody(school: School) -> None:
    for number, hours in enumerate((20, 40, 60, 80, 100)):
        write(school, coach(school, number), hours)
    kept = found(school)
    [share] = kept.spreads
    assert kept.people == share.people == 5
    assert (share.low, share.middle, share.high) == (40, 60, 80)
    assert (share.met, share.target, share.unit) == (1, 100, "%")


@pytest.mark.row("D6")
@pytest.mark.parametrize(("small_cell", "shown"), [(1, True), (2, True), (3, False)])
def test_fewer_people_than_the_small_cell_number_are_not_told_of(
    school: School, small_cell: int, shown: bool
) -> None:
    for number in (1, 2):
        write(school, coach(school, number), 50)
    [share] = found(school, small_cell).spreads
    assert share.people == 2
    assert [one is not None for one in share[4:]] == [shown] * 4


def test_one_person_alone_is_never_told_of(school: School) -> None:
    write(school, coach(school, 1), 50)
    assert found(school, 1).spreads[0][4:] == (None, None, None, None)


def test_nobody_counts_twice_and_their_latest_work_counts(school: School) -> None:
    for number in (1, 2, 3):
        actor = coach(school, number)
        if number == 1:
            write(school, actor, 100)
            with school.database.transaction() as session:
                first = drafting.my_submissions(session, actor)[0].submission
                session.merge(first).state_kind = "closed"
        write(school, actor, 10, days=1)
    [share] = found(school).spreads
    assert (share.people, share.high) == (3, 10)


@pytest.mark.row("D6")
def test_staff_see_the_figures_and_no_words(school: School) -> None:
    page: Any = school.browser("sam").get("/staff/reports/records")
    assert "Figures of fewer than 3 people are not shown" in page.text
    for number, hours in enumerate((20, 40, 60)):
        write(school, coach(school, number), hours)
    page = school.browser("sam").get("/staff/reports/records")
    assert "3 people keep this." in page.text
    for words in ("40 %", "30 and 50 %", "0, of 100 %"):
        assert words in page.text
    assert "Coach 1" not in page.text
    assert school.browser("ana").get("/staff/reports/records").status_code == 403


def test_the_page_asks_as_little_however_many_people_there_are(
    school: School, count_queries: list[str]
) -> None:
    numbers = []
    for more in (range(2), range(2, 12)):
        for number in more:
            write(school, coach(school, number), 50)
        school.browser("sam").get("/staff/reports/records")
        count_queries.clear()
        found(school)
        numbers.append(len(count_queries))
    assert numbers[0] == numbers[1] <= 3
