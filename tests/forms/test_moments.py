"""When: times, dates with their time and zone, months, years, and how long something takes."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms.answers import Draft, validate
from engine.forms.display import differences, read_only
from engine.languages import speaking
from tests.forms.desk import asking, browse, html_of, only_page, post, said, saved

MEETING = {"type": "string", "format": "date-time", "title": "When did you meet?"}
HOW_LONG = {"type": "string", "format": "duration", "title": "How long?"}


def answer(schema: dict[str, Any], text: str) -> Any:
    draft = post(only_page(asking(q=schema)), {"/f/q": text})
    return draft.answers["f"].get("q"), draft.typed.get("/f/q")


def shown(schema: dict[str, Any], value: Any) -> str:
    (form,) = read_only(asking(q=schema), {"f": {"q": value}})
    return form.entries[0].text


def meeting(**parts: str) -> Draft:
    page = only_page(asking(q=MEETING))
    return post(page, {f"/f/q#{key}": text for key, text in parts.items()})


def message(schema: dict[str, Any], draft: Draft) -> str:
    (found,) = validate(asking(q=schema), draft)
    assert found.pointer == "/f/q"
    return found.message


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("14:30", "14:30"),
        ("2:30 pm", "14:30"),
        ("2:30 P.M.", "14:30"),
        ("12 am", "00:00"),
        ("9.05", "09:05"),
        ("14:30:15", "14:30:15"),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, stored: str) -> None:
    assert answer({"type": "string", "widget": "time"}, text) == (stored, None)


@pytest.mark.parametrize("text", ["half past two", "25:00", "14:75", "14", "13 pm"])
def test_what_is_no_time_is_kept_as_typed(text: str) -> None:
    clock = {"type": "string", "widget": "time"}
    assert answer(clock, text) == (None, text)
    page = only_page(asking(q=clock))
    draft = post(page, {"/f/q": text})
    assert message(clock, draft) == (
        "This is not a time we can read. Write it like this: 14:30, or 2:30 pm."
    )
    control = browse(page, draft).by_id("/f/q")
    assert (control.type, control.value) == ("text", text)


def test_a_time_with_the_format_gets_the_offset_that_json_schema_asks_for() -> None:
    form_set = asking(q={"type": "string", "format": "time"})
    page = only_page(form_set)
    draft = post(page, {"/f/q": "14:30"})
    assert draft.answers == {"f": {"q": "14:30:00Z"}}
    assert validate(form_set, draft) == []
    control = browse(page, draft).by_id("/f/q")
    assert (control.type, control.value) == ("time", "14:30")


def test_a_time_that_came_with_another_offset_stays_as_it_came() -> None:
    page = only_page(asking(q={"type": "string", "format": "time"}))
    draft = said({"q": "14:30:00+02:00"})
    assert browse(page, draft).by_id("/f/q").type == "text"
    assert saved(page, browse(page, draft), draft) == draft


@pytest.mark.parametrize("text", ["March 2026", "mar 2026", "2026-03", "3/2026", "2026/3"])
def test_a_month_is_read_as_people_write_it(text: str) -> None:
    assert answer({"type": "string", "widget": "month"}, text) == ("2026-03", None)


def test_a_month_is_read_and_said_in_the_language_of_the_moment() -> None:
    month = {"type": "string", "widget": "month"}
    with speaking("es"):
        assert answer(month, "marzo de 2026") == ("2026-03", None)
        assert shown(month, "2026-03") == "marzo 2026"
    assert shown(month, "2026-03") == "March 2026"


@pytest.mark.parametrize("text", ["spring 2026", "2026-13", "0/2026", "March"])
def test_what_is_no_month_is_kept_as_typed(text: str) -> None:
    assert answer({"type": "string", "widget": "month"}, text) == (None, text)


def test_a_year_is_a_number_without_a_comma() -> None:
    year = {"type": "integer", "widget": "year"}
    assert answer(year, "2026") == (2026, None)
    assert answer(year, "2,026") == (None, "2,026")
    assert answer({"type": "string", "widget": "year"}, "2026") == ("2026", None)
    assert shown(year, 2026) == "2026"


def test_a_moment_has_a_date_a_time_and_a_zone_each_with_its_label() -> None:
    browser = browse(only_page(asking(q=MEETING)))
    assert {id: browser.labels[id] for id in ("/f/q", "/f/q#time", "/f/q#zone")} == {
        "/f/q": "Date",
        "/f/q#time": "Time",
        "/f/q#zone": "Time zone",
    }
    assert [browser.by_id(id).type for id in ("/f/q", "/f/q#time")] == ["date", "time"]
    assert ("Europe/Madrid", False) in browser.by_id("/f/q#zone").options


def test_a_moment_is_stored_with_the_offset_of_its_zone_on_that_day() -> None:
    summer = meeting(date="2026-07-01", time="14:30", zone="Europe/Madrid")
    winter = meeting(date="2026-01-01", time="14:30", zone="Europe/Madrid")
    assert summer.answers == {"f": {"q": "2026-07-01T14:30:00+02:00"}}
    assert winter.answers == {"f": {"q": "2026-01-01T14:30:00+01:00"}}
    assert validate(asking(q=MEETING), summer) == []


def test_the_zone_that_was_chosen_is_kept_beside_the_answer_and_shown_again() -> None:
    page = only_page(asking(q=MEETING))
    draft = meeting(date="2026-07-01", time="14:30", zone="Europe/Madrid")
    assert draft.typed == {"/f/q#zone": "Europe/Madrid"}
    browser = browse(page, draft)
    assert browser.by_id("/f/q#zone").posts == ["Europe/Madrid"]
    assert saved(page, browser, draft) == draft


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-12T14:30:00Z",
        "2026-03-12T14:30:00+05:45",
        "2026-03-12t14:30:15.250z",
        "2026-06-30T23:59:60Z",
        "2026-03-12T14:30:00-00:00",
    ],
)
def test_a_moment_from_elsewhere_comes_back_as_it_was(value: str) -> None:
    page = only_page(asking(q=MEETING))
    draft = said({"q": value})
    assert saved(page, browse(page, draft), draft) == draft


def test_a_zone_by_itself_is_no_answer() -> None:
    assert meeting(date="", time="", zone="Europe/Madrid") == Draft({"f": {}})


def test_nonsense_in_one_part_keeps_every_part_as_typed() -> None:
    page = only_page(asking(q=MEETING))
    draft = meeting(date="2026-03-12", time="after lunch", zone="Europe/Madrid")
    assert draft.answers == {"f": {}}
    assert message(MEETING, draft).startswith("This is not a time we can read.")
    browser = browse(page, draft)
    assert browser.by_id("/f/q").posts == ["2026-03-12"]
    assert (browser.by_id("/f/q#time").type, browser.by_id("/f/q#time").value) == (
        "text",
        "after lunch",
    )
    assert browser.by_id("/f/q#zone").posts == ["Europe/Madrid"]
    assert saved(page, browser, draft) == draft
    mended = saved(page, browser.fill("/f/q#time", "13:15"), draft)
    assert mended.answers == {"f": {"q": "2026-03-12T13:15:00+01:00"}}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"date": "", "time": "14:30", "zone": "UTC"}, "Please give the date as well."),
        ({"date": "2026-03-12", "time": "", "zone": "UTC"}, "Please give the time as well."),
        (
            {"date": "2026-03-12", "time": "14:30", "zone": ""},
            "Please choose a time zone, so that everybody reads the same moment.",
        ),
        (
            {"date": "2026-03-12", "time": "14:30", "zone": "Mars/Olympus"},
            "We don't know this time zone. Please choose one from the list.",
        ),
        (
            {"date": "2026-03-29", "time": "02:30", "zone": "Europe/Madrid"},
            "There was no such time on that day: clocks went forward past it. Please check the"
            " time.",
        ),
        (
            {"date": "2026-02-31", "time": "02:30", "zone": "Europe/Madrid"},
            "There is no such day in the calendar. Please check the day and the month.",
        ),
    ],
)
def test_what_is_missing_in_a_moment_is_said(parts: dict[str, str], words: str) -> None:
    assert message(MEETING, meeting(**parts)) == words


def test_a_moment_reads_with_its_offset() -> None:
    assert shown(MEETING, "2026-03-12T14:30:00+01:00") == "12 March 2026, 14:30 (UTC+01:00)"
    assert shown(MEETING, "2026-03-12T14:30:00Z") == "12 March 2026, 14:30 (UTC)"


def test_moments_differ_in_words() -> None:
    old, new = "2026-03-12T14:30:00Z", "2026-03-13T14:30:00Z"
    (found,) = differences(asking(q=MEETING), {"f": {"q": old}}, {"f": {"q": new}})
    assert (found.before, found.after) == (
        "12 March 2026, 14:30 (UTC)",
        "13 March 2026, 14:30 (UTC)",
    )


@pytest.mark.parametrize(
    ("units", "parts", "stored", "words"),
    [
        (None, {"hours": "1", "minutes": "30"}, "PT1H30M", "1 hour 30 minutes"),
        (None, {"hours": "", "minutes": "45"}, "PT45M", "45 minutes"),
        (None, {"hours": "0", "minutes": "0"}, "PT0M", "0 minutes"),
        (["years", "months"], {"years": "3", "months": "1"}, "P3Y1M", "3 years 1 month"),
        (["weeks"], {"weeks": "2"}, "P2W", "2 weeks"),
        (["weeks", "days"], {"weeks": "1", "days": "3"}, "P10D", "10 days"),
        (["years", "days"], {"years": "1", "days": "2"}, "P1Y0M2D", "1 year 2 days"),
    ],
)
def test_a_duration_is_stored_as_iso_8601(
    units: list[str] | None, parts: dict[str, str], stored: str, words: str
) -> None:
    schema = {**HOW_LONG, **({"units": units} if units else {})}
    form_set = asking(q=schema)
    page = only_page(form_set)
    draft = post(page, {f"/f/q#{unit}": text for unit, text in parts.items()})
    assert draft.answers == {"f": {"q": stored}}
    assert validate(form_set, draft) == []
    assert shown(schema, stored) == words
    assert saved(page, browse(page, draft), draft) == draft


@pytest.mark.parametrize("value", ["P1Y", "PT90.5M", "-PT1H", "an hour", "PT1M30S"])
def test_a_duration_that_the_inputs_cant_show_is_shown_as_text(value: str) -> None:
    page = only_page(asking(q=HOW_LONG))
    draft = said({"q": value})
    assert browse(page, draft).by_id("/f/q").value == value
    assert saved(page, browse(page, draft), draft).answers in ({"f": {"q": value}}, {"f": {}})


def test_a_duration_keeps_nonsense_and_all_its_parts() -> None:
    page = only_page(asking(q=HOW_LONG))
    draft = post(page, {"/f/q#hours": "two", "/f/q#minutes": "30"})
    assert draft.typed == {
        "/f/q": "Hours: two, Minutes: 30",
        "/f/q#hours": "two",
        "/f/q#minutes": "30",
    }
    assert message(HOW_LONG, draft) == (
        "Write whole numbers, in figures: for example 2 under “Hours”."
    )
    assert saved(page, browse(page, draft), draft) == draft


def test_several_inputs_are_a_set_whose_legend_is_the_question() -> None:
    html = html_of(only_page(asking(q=HOW_LONG)))
    assert "<legend>How long?</legend>" in html
