"""The reports' pages: figures from what really happened, for staff alone, with safe files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from engine.records.tables import Account, Review, Submission
from engine.submissions import figures
from tests.conftest import School
from tests.web.conftest import GARDEN


@pytest.fixture
def begun(school: School) -> School:
    """Ana and Ben have begun a garden; the sums are up to date."""
    for name in ("ana", "ben"):
        school.browser(name).post(f"/credentials/{GARDEN}/open")
    figures.add_up(school.database)
    return school


def rows(school: School, address: str) -> list[list[str]]:
    answer = school.browser("sam").get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    text = answer.get_data().decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_funnel_tells_how_many_came_to_each_stage(begun: School) -> None:
    found = rows(begun, f"/staff/reports/stages.csv?of={GARDEN}")
    assert found[0][:3] == ["Stage", "Came to it", "Share of those begun"]
    assert found[1][1:4] == ["2", "1.0", "0"]
    assert {row[1] for row in found[2:]} == {"0"}


def test_the_page_shows_the_picture_with_its_words_and_the_table(begun: School) -> None:
    page = begun.browser("sam").get(f"/staff/reports?of={GARDEN}").text
    assert page.count('role="img"') == 2  # for a wide page and for a phone
    assert "How many came to each stage" in page
    assert "This table as a file" in page
    assert " style=" not in page


def test_the_busiest_credential_is_shown_first(begun: School) -> None:
    page = begun.browser("sam").get("/staff/reports").text
    assert f'<option value="{GARDEN}" selected>' in page


def test_a_day_that_is_none_is_told_and_everything_else_stays(begun: School) -> None:
    page = begun.browser("sam").get(f"/staff/reports?of={GARDEN}&since=31+February+2026").text
    assert "Write a day, such as 12 March 2026." in page
    page = begun.browser("sam").get("/staff/reports?since=2026-03-02&until=2026-03-01").text
    assert "This is before the first day." in page


def test_steps_that_are_not_counted_yet_are_told(begun: School) -> None:
    begun.browser("ben").post("/credentials/piano-recital/open")
    page = begun.browser("sam").get("/staff/reports").text
    assert "Some steps are not counted yet" in page


def test_unknown_credentials_and_tables_are_not_there(begun: School) -> None:
    browser = begun.browser("sam")
    assert browser.get("/staff/reports?of=nothing").status_code == 404
    assert browser.get("/staff/reports/nothing.csv").status_code == 404


def test_who_reviews_how_much_is_for_staff_alone(begun: School) -> None:
    for name in ("ana", "rosa"):
        for place in ("", "/reviewers", "/reviewers.csv", "/stages.csv"):
            assert begun.browser(name).get(f"/staff/reports{place}").status_code == 403


def test_name_that_a_spreadsheet_would_run_is_defused(begun: School) -> None:
    with begun.database.transaction() as session:
        rosa = begun.cast["rosa"].id
        session.execute(update(Account).where(Account.id == rosa).values(name="=1+1"))
        some = session.scalars(select(Submission)).first()
        assert some is not None
        session.add(
            Review(
                id="r",
                submission_id=some.id,
                round=1,
                reviewer_id=rosa,
                started_at=datetime(2026, 3, 2, tzinfo=UTC),
            )
        )
    assert rows(begun, "/staff/reports/reviewers.csv")[1][:3] == ["'=1+1", "1", "0"]
