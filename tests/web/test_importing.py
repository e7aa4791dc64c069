"""Points from a spreadsheet, without scripts: a file or pasted rows, and one button."""

from __future__ import annotations

import io

import pytest

from engine.records.tables import DraftRow
from tests.conftest import School
from tests.web.garden_house import words

NAME = "/answers/tickets"


@pytest.fixture
def page(school: School) -> str:
    """The address of Ana's empty series."""
    return f"/submissions/{school.open('ana', 'field-data-series')}/answers/answers"


def stored(school: School, page: str) -> DraftRow:
    with school.database.read() as session:
        return session.get_one(DraftRow, (page.split("/")[2], "answers"))


def test_a_file_fills_the_table_and_the_page_says_what_it_did(school: School, page: str) -> None:
    browser = school.browser("ana")
    file = io.BytesIO("Day;Mastery;Teacher\n3/2/2026;55 %;Ana\nsoon;60;Ana\n".encode("cp1252"))
    answer = browser.post(
        page,
        {"_seen": browser.seen(page), "_import": NAME, f"{NAME}#csv": (file, "tickets.csv")},
    )
    assert answer.status_code == 303
    assert answer.location.startswith(page)

    row = stored(school, page)
    assert row.answers["tickets"] == [{"day": "2026-03-02", "share": 55}, {"share": 60}]
    assert row.marks["typed"] == {"/answers/tickets/1/day": "soon"}
    said = words(browser.get(page))
    assert "2 points were added." in said
    assert "Left out, since no column is called so: “Teacher”." in said


def test_pasted_rows_are_added_whatever_button_is_pressed(school: School, page: str) -> None:
    browser = school.browser("ana")
    posted = {"_seen": browser.seen(page), "_go": "later", f"{NAME}#paste": "2026-03-02\t55"}
    browser.post(page, posted)
    assert stored(school, page).answers["tickets"] == [{"day": "2026-03-02", "share": 55}]


def test_saving_by_itself_leaves_half_pasted_rows_alone(school: School, page: str) -> None:
    browser = school.browser("ana")
    posted = {"_seen": browser.seen(page), NAME: "", f"{NAME}#paste": "2026-03-02\t5"}
    assert browser.post(page, posted, json=True).status_code == 200
    assert stored(school, page).answers == {}


def test_a_file_that_is_no_table_is_a_problem_of_its_series_and_the_rest_is_saved(
    school: School, page: str
) -> None:
    browser = school.browser("ana")
    answer = browser.post(
        page,
        {
            "_seen": browser.seen(page),
            "_import": NAME,
            NAME: "",
            f"{NAME}/0/share": "70",
            f"{NAME}#csv": (io.BytesIO(b"PK\x03\x04workbook"), "tickets.xlsx"),
        },
    )
    assert answer.status_code == 422
    assert "This is a workbook." in words(answer)
    assert stored(school, page).answers["tickets"] == [{"share": 70}]


def test_sorting_by_date_needs_no_scripts(school: School, page: str) -> None:
    browser = school.browser("ana")
    rows = {f"{NAME}/0/day": "2026-03-09", f"{NAME}/1/day": "2026-03-02"}
    browser.post(page, {"_seen": browser.seen(page), NAME: "", **rows, "_sort": NAME})
    assert stored(school, page).answers["tickets"] == [{"day": "2026-03-02"}, {"day": "2026-03-09"}]
