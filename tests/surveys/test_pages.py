"""The candidate's page of a survey, and its results as evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.forms import answers as forms_answers
from engine.forms.schema import form_set_of
from engine.records.tables import SurveyRun
from engine.submissions import drafting, reused
from tests.surveys.conftest import Circle, persons


def path(circle: Circle, survey: str = "trust", *more: str) -> str:
    return "/".join((f"/submissions/{circle.submission}/surveys/{survey}", *more))


def circle_says(circle: Circle) -> dict[str, Any]:
    with circle.database.read() as session:
        found: dict[str, Any] = drafting.draft_of(session, circle.submission).answers["circle"]
        return found


def problems(circle: Circle) -> list[tuple[str, str]]:
    with circle.database.read() as session:
        subject = circle.subject(session)
        found = forms_answers.validate(
            form_set_of(subject.edition),
            drafting.draft_of(session, circle.submission),
            {},
            offers=reused.offers_for(session, subject),
        )
        return [(one.pointer, one.code) for one in found]


def test_candidate_opens_a_survey_on_its_page(circle: Circle) -> None:
    browser = circle.browser()
    assert "4 people would be asked:" in browser.get(path(circle)).text
    answer = browser.post(path(circle, "trust", "first", "open"), {"closes_on": "2030-01-25"})
    assert answer.status_code == 303, answer.text
    page = browser.get(path(circle)).text
    assert "0 of 4 have answered." in page
    assert "Remind those who have not answered" in page


def test_refusal_stands_at_its_wave_and_what_was_typed_comes_back(circle: Circle) -> None:
    circle.says(people=persons(3))
    browser = circle.browser()
    page = browser.post(path(circle, "trust", "first", "open"), {"closes_on": "2030-01-21"})
    assert page.status_code == 422
    assert "At least 4 different people must be invited, and you have named 3." in page.text
    assert 'value="2030-01-21"' in page.text


@pytest.mark.parametrize("day", ["", "soon", "2030-01-14", "2030-04-01"])
def test_survey_closes_on_a_day_within_sixty(circle: Circle, day: str) -> None:
    page = circle.browser().post(path(circle, "trust", "first", "open"), {"closes_on": day})
    assert page.status_code == 422


def test_closing_for_good_asks_first(circle: Circle) -> None:
    run = circle.opens()
    browser = circle.browser()
    assert browser.post(path(circle, "trust", "first", "close")).status_code == 422
    assert circle.row(run).state == "open"
    browser.post(path(circle, "trust", "first", "close"), {"sure": "yes"})
    assert circle.row(run).state == "closed"


def test_results_go_into_the_answers_by_one_click_and_are_believed(circle: Circle) -> None:
    run = circle.run_through("first", [3, 4, 5, 4])
    answer = circle.browser().post(path(circle, "trust", "first", "use"))
    assert answer.status_code == 303
    said = circle_says(circle)["first"]
    assert (said["source"], said["run"], said["invited"], said["answered"]) == ("here", run, 4, 4)
    rows = {one["wording"]: one for one in said["items"]}
    assert rows["Trust"] == {"wording": "Trust", "answered": 4, "mean": 4}
    assert rows["I was helped"]["counts"] == "1: 0; 2: 0; 3: 1; 4: 2; 5: 1"
    assert problems(circle) == []


def test_results_that_say_they_were_counted_here_and_were_not_are_refused(circle: Circle) -> None:
    circle.run_through("first", [3, 4, 5, 4])
    circle.browser().post(path(circle, "trust", "first", "use"))
    circle.says(first={**circle_says(circle)["first"], "answered": 3})
    assert problems(circle) == [("/circle/first/source", "group")]
    made_up = {
        "source": "here",
        "invited": 12,
        "answered": 12,
        "opened_on": "2029-01-01",
        "closed_on": "2029-01-05",
        "items": [],
    }
    circle.says(first=made_up)
    assert problems(circle) == [("/circle/first/source", "group")]


def test_page_that_is_saved_again_keeps_the_results_as_they_are(circle: Circle) -> None:
    circle.run_through("first", [3, 4, 5, 5])
    browser = circle.browser()
    browser.post(path(circle, "trust", "first", "use"))
    before = circle_says(circle)["first"]
    page = f"/submissions/{circle.submission}/circle/answers"
    shown = browser.get(page)
    fields = posted_by(shown.text)
    browser.post(page, {**fields, "/circle/note": "So much trust.", "_go": "later"})
    assert circle_says(circle)["note"] == "So much trust."
    assert circle_says(circle)["first"] == before
    assert problems(circle) == []


def test_results_from_elsewhere_need_their_source_and_a_file(circle: Circle) -> None:
    elsewhere = {
        "source": "elsewhere",
        "invited": 5,
        "answered": 4,
        "opened_on": "2029-01-01",
        "closed_on": "2029-01-05",
        "items": [{"wording": "I was helped", "answered": 4, "mean": 3.5}],
    }
    circle.says(first=elsewhere)
    assert problems(circle) == [
        ("/circle/first/files", "required"),
        ("/circle/first/name", "required"),
    ] or problems(circle) == [
        ("/circle/first/name", "required"),
        ("/circle/first/files", "required"),
    ]


def test_two_waves_are_compared_in_a_sentence(circle: Circle) -> None:
    circle.says(people=persons(12))
    circle.run_through("first", [3, 4, 3, 2, 4, 3, 3, 4, 2, 3, 3, 4])
    circle.at(datetime(2030, 8, 1, 9, tzinfo=UTC))
    circle.run_through("second", [4, 4, 5, 3, 4, 4, 3, 5, 4, 4, 3, 4])
    page = circle.browser().get(path(circle)).text
    assert "From “At the beginning” to “Later”" in page
    assert (
        "From 3.17 to 3.92: 0.75 higher. By chance alone, a difference this large would come up"
        " about once in 33 times: it is probably not chance."
    ) in page


def test_nobody_else_sees_the_page(circle: Circle) -> None:
    assert circle.browser(signed_in=False).get(path(circle)).status_code in (302, 303, 401)


def test_class_sees_its_code(circle: Circle) -> None:
    browser = circle.browser()
    browser.post(
        path(circle, "class", "once", "open"),
        {"closes_on": (circle.now + timedelta(days=3)).date().isoformat(), "expected": "28"},
    )
    with circle.database.read() as session:
        code = session.query(SurveyRun.code).scalar()
    assert f"/c/{code}" in browser.get(path(circle, "class")).text


def posted_by(page: str) -> dict[str, str]:
    """What a browser would post of the page's fields, buttons aside."""
    import re
    from html import unescape

    found: dict[str, str] = {}
    form = page[page.index('<form id="page-form"') :]
    form = form[: form.index("</form>")]
    for tag in re.findall(r"<input [^>]*>", form):
        said = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if said.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in said and "csrf" not in said["name"]:
            found[unescape(said["name"])] = unescape(said.get("value", ""))
    for name, value in re.findall(
        r'<textarea [^>]*name="([^"]*)"[^>]*>\n?([^<]*)</textarea>', form
    ):
        found[unescape(name)] = unescape(value)
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        if chosen := re.search(r'value="([^"]*)" selected', options):
            found[unescape(name)] = unescape(chosen[1])
    return found
