"""Points from a spreadsheet, without scripts: a file or pasted rows, and one button."""

from __future__ import annotations

import io
import time

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


def imported(school: School, page: str, data: bytes) -> tuple[list[dict[str, object]], str]:
    """The points after a file was imported, and what the page says then."""
    browser = school.browser("ana")
    file = (io.BytesIO(data), "tickets.csv")
    posted = {"_seen": browser.seen(page), "_import": NAME, NAME: "", f"{NAME}#csv": file}
    answer = browser.post(page, posted)
    said = words(browser.get(page) if answer.status_code == 303 else answer)
    return stored(school, page).answers.get("tickets", []), said


FILES = {
    "a mark of the byte order": "Day,Mastery,What changed\n2026-03-02,55,Café\n".encode(
        "utf-8-sig"
    ),
    "semicolons": "Day;Mastery;What changed\n2026-03-02;55;Café\n".encode(),
    "Windows-1252": "Day,Mastery,What changed\n2026-03-02,55,Café\n".encode("cp1252"),
    "UTF-16, as Excel's Unicode text": "Day\tMastery\tWhat changed\n2026-03-02\t55\tCafé".encode(
        "utf-16"
    ),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_file_is_read_whatever_the_spreadsheet_wrote(
    school: School, page: str, data: bytes
) -> None:
    points, said = imported(school, page, data)
    assert points == [{"day": "2026-03-02", "share": 55, "what": "Café"}]
    assert "One point was added." in said


def test_columns_that_are_not_the_series_are_named_and_none_of_it_is_taken(
    school: School, page: str
) -> None:
    points, said = imported(school, page, b"Student,Group\nAna,Blue\nBen,Green\n")
    assert points == []
    assert (
        "No column of this is called Day or Mastery: it has “Student”, “Group”. Name the columns in"
        " the first row, or leave that row out and put them in this order."
    ) in said


def test_text_and_gaps_among_the_points_are_kept_as_typed_and_named(
    school: School, page: str
) -> None:
    points, _ = imported(
        school, page, b"Day,Mastery\n2026-03-02,55\n2026-03-03,absent\n,60\n\n2026-03-05,\n"
    )
    assert points == [
        {"day": "2026-03-02", "share": 55},
        {"day": "2026-03-03"},
        {"share": 60},
        {"day": "2026-03-05"},
    ]
    assert stored(school, page).marks["typed"] == {f"{NAME}/1/share": "absent"}
    said = words(school.browser("ana").get(f"/submissions/{page.split('/')[2]}/check"))
    for problem in ("needs to be a number", "Give a date: Day", "Give a number: Mastery"):
        assert problem in said
    assert "absent Needs another look" in said


def test_a_date_that_has_not_come_is_named(school: School, page: str) -> None:
    points, _ = imported(school, page, b"Day,Mastery\n2026-03-02,55\n2062-03-09,60\n")
    assert points[1] == {"day": "2062-03-09", "share": 60}
    browser = school.browser("ana")
    said = words(browser.get(f"/submissions/{page.split('/')[2]}/check"))
    assert "9 March 2062 has not come yet. A point shows what was measured" in said


def test_two_hundred_thousand_pasted_rows_are_refused_within_seconds(
    school: School, page: str
) -> None:
    browser = school.browser("ana")
    rows = "2026-03-02,50\n" * 200_000
    posted = {"_seen": browser.seen(page), "_import": NAME, NAME: "", f"{NAME}/0/share": "70"}
    began = time.process_time()
    answer = browser.post(page, {**posted, f"{NAME}#paste": rows})
    assert time.process_time() - began < 10
    assert answer.status_code == 422
    assert (
        "There are 200,000 rows in this; up to 5,000 can be read here. Leave out what is not"
        " needed, or sum it up by week."
    ) in words(answer)
    assert stored(school, page).answers["tickets"] == [{"share": 70}]


def test_a_file_of_two_hundred_thousand_rows_is_refused_by_its_size(
    school: School, page: str
) -> None:
    began = time.process_time()
    points, said = imported(school, page, b"2026-03-02,50\n" * 200_000)
    assert time.process_time() - began < 10
    assert points == []
    assert "This file is too large. A file of up to 1 MB can be read here." in said


def test_sorting_by_date_needs_no_scripts(school: School, page: str) -> None:
    browser = school.browser("ana")
    rows = {f"{NAME}/0/day": "2026-03-09", f"{NAME}/1/day": "2026-03-02"}
    browser.post(page, {"_seen": browser.seen(page), NAME: "", **rows, "_sort": NAME})
    assert stored(school, page).answers["tickets"] == [{"day": "2026-03-02"}, {"day": "2026-03-09"}]
