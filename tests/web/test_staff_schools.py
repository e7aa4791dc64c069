"""When the school year ends, school by school, and the surveys that wait for it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from engine import people
from engine.errors import Conflict
from engine.people import SYSTEM
from engine.records.tables import Event, SchoolYear
from engine.submissions import school_years
from tests.conftest import TERM, School
from tests.web.garden_house import words

PAGE = "/staff/schools"
OAK = "oak hill school"


@pytest.fixture
def schools(school: School) -> School:
    """Ana works at Oak Hill, Ben at Elm."""
    with school.database.transaction() as session:
        for name, place in (("ana", "Oak-Hill School"), ("ben", "Elm School")):
            people.set_place(session, school.cast[name].id, [], place, SYSTEM, TERM)
    return school


def set_to(school: School, first: str, last: str) -> str:
    browser = school.browser("sam")
    answer = browser.post(PAGE, {"school": OAK, "first": first, "last": last})
    return words(browser.get(PAGE) if answer.status_code == 303 else answer)


def without_years(page: str) -> str:
    """Which year the next window is in, the day decides on which this runs."""
    return re.sub(r"(May|June) \d{4}", r"\1", page)


def window(school: School, name: str) -> str:
    with school.database.read() as session:
        return school_years.window_text_of(session, school.settings, school.cast[name].id)


def test_a_school_has_the_programs_days_until_staff_set_its_own(schools: School) -> None:
    page = without_years(words(schools.browser("sam").get(PAGE)))
    assert "Elm School 1 May to 30 June The program’s days" in page
    assert "Oak-Hill School 1 May to 30 June The program’s days" in page

    page = without_years(set_to(schools, "2026-05-18", "2026-06-12"))
    assert "The end of this school’s year is saved." in page
    assert "Oak-Hill School 18 May to 12 June Its own days" in page
    assert (window(schools, "ana"), window(schools, "ben")) == ("05-18/06-12", "05-01/06-30")


def test_two_who_set_a_school_at_the_same_moment_are_told(schools: School) -> None:
    own = {"school": OAK, "name": "Oak-Hill School", "end_of_year": "05-02/06-01"}
    sam, days = schools.cast["sam"], ("2026-05-18", "2026-06-12")

    def at_once(session: Session) -> None:
        event.listen(
            session, "before_flush", lambda *_: session.execute(insert(SchoolYear).values(**own))
        )
        school_years.set_window(session, schools.settings, OAK, *days, sam, TERM)

    with schools.database.transaction() as session, pytest.raises(Conflict):
        at_once(session)


def test_a_school_is_the_same_however_its_name_is_written(schools: School) -> None:
    set_to(schools, "2026-05-18", "2026-06-12")
    with schools.database.transaction() as session:
        people.set_place(session, schools.cast["ben"].id, [], "OAK HILL  SCHOOL", SYSTEM, TERM)
    assert window(schools, "ben") == "05-18/06-12"


def test_setting_a_year_is_in_the_trail(schools: School) -> None:
    set_to(schools, "2026-05-18", "2026-06-12")
    set_to(schools, "2026-11-15", "2027-01-15")
    schools.browser("sam").post(PAGE, {"school": OAK, "_do": "forget"})
    with schools.database.read() as session:
        rows = session.scalars(select(Event).where(Event.chain == f"school:{OAK}"))
        assert [(one.kind, one.facts["to"]) for one in rows] == [
            ("year-set", "05-18/06-12"),
            ("year-set", "11-15/01-15"),
            ("year-forgotten", "05-01/06-30"),
        ]
        assert session.get(SchoolYear, OAK) is None
    assert window(schools, "ana") == "05-01/06-30"


@pytest.mark.parametrize(
    ("first", "last"), [("", "2026-06-12"), ("2026-05-18", "soon"), ("2026-02-30", "2026-06-12")]
)
def test_what_is_no_day_is_said_and_changes_nothing(schools: School, first: str, last: str) -> None:
    answer = schools.browser("sam").post(PAGE, {"school": OAK, "first": first, "last": last})
    assert answer.status_code == 422
    assert "Give a day, such as 1 May 2026." in words(answer)
    assert window(schools, "ana") == "05-01/06-30"


def test_a_school_that_nobody_works_at_is_not_found(schools: School) -> None:
    said = {"school": "no such school", "first": "2026-05-18", "last": "2026-06-12"}
    assert schools.browser("sam").post(PAGE, said).status_code == 404


def test_a_school_without_a_name_has_the_programs_days(school: School) -> None:
    assert window(school, "ana") == "05-01/06-30"


def test_the_window_of_today_or_the_next_one_is_shown(schools: School) -> None:
    with schools.database.read() as session:
        for at, first in ((TERM, 2026), (TERM.replace(month=7), 2027)):
            shown = school_years.one_of(session, schools.settings, OAK, at)
            assert shown.window.first == date(first, 5, 1)
