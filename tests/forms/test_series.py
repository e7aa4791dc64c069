"""Data series: dated points in order, imported and pasted, and their chart."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest

from engine.forms import charts, display
from engine.forms.answers import apply, validate
from engine.forms.pasting import pasted
from engine.forms.run_chart import Point
from engine.forms.schema import FormSet
from engine.forms.series import LONG, Series
from engine.forms.spreadsheet import BadSheet
from tests.forms.desk import asking, browse, html_of, only_page, post, said, saved
from tests.forms.test_tables import document

POINTS = [
    {"day": f"2026-03-{day:02}", "share": share} for day, share in ((2, 50), (9, 60), (16, 70))
]
DATE = {"type": "string", "format": "date"}


@pytest.fixture
def tickets() -> FormSet:
    return document("data-series")


def series(**more: Any) -> dict[str, Any]:
    items = {"type": "object", "properties": {"when": DATE, "rate": {"type": "number"}}}
    return {"type": "array", "widget": "data-series", "items": items, **more}


def node_of(form_set: FormSet, pointer: str) -> Series:
    found = form_set.node(pointer)
    assert isinstance(found, Series)
    return found


def test_one_date_and_one_number_need_no_naming() -> None:
    node = node_of(asking(points=series()), "/f/points")
    assert node.points([{"when": "2026-03-02", "rate": 5}]) == [Point(date(2026, 3, 2), 5)]


def test_without_a_date_a_series_is_a_table() -> None:
    items = {"type": "object", "properties": {"rate": {"type": "number"}}}
    page = only_page(asking(points=series(items=items)))
    html = html_of(page, said({"points": [{"rate": 5}]}))
    assert "<table" in html
    assert "<svg" not in html


def test_points_without_a_date_or_a_value_wait_to_be_finished(tickets: FormSet) -> None:
    node = node_of(tickets, "/f/tickets")
    unfinished: list[Any] = [
        {"day": "2026-03-02"},
        {"share": 5},
        {},
        None,
        {"day": 3, "share": "x"},
    ]
    assert node.points(unfinished) == []


def test_a_point_before_the_one_above_it_is_a_problem_of_its_date(tickets: FormSet) -> None:
    rows = [*POINTS, {"day": "2026-03-01", "share": 5}, {"day": "2026-03-20", "share": 5}]
    (problem,) = validate(tickets, said({"tickets": rows}))
    assert problem.pointer == "/f/tickets/3/day"
    assert problem.message == (
        "1 March 2026 comes before the date above it, 16 March 2026. Put the points in order, or"
        " press “Sort by date”."
    )


@pytest.mark.parametrize(("today", "wrong"), [(15, ["/f/tickets/2/day"]), (16, [])])
def test_a_point_of_a_day_that_has_not_come_is_a_problem_of_its_date(
    today: int, wrong: list[str]
) -> None:
    tickets = asking(tickets=series(series={"at": "when"}))
    rows = [{"when": one["day"], "rate": one["share"]} for one in POINTS]
    problems = validate(tickets, said({"tickets": rows}), today=date(2026, 3, today))
    assert [one.pointer for one in problems] == [place.replace("day", "when") for place in wrong]
    assert [one.message for one in problems] == [
        "16 March 2026 has not come yet. A point shows what was measured: please check its date."
    ] * len(wrong)


def test_a_yes_marks_an_astronomical_point() -> None:
    items = {
        "type": "object",
        "properties": {
            "when": DATE,
            "rate": {"type": "number"},
            "odd": {"type": "boolean"},
            "again": {"type": "boolean"},
        },
    }
    form_set = asking(points=series(items=items, series={"unusual": "odd"}))
    node = node_of(form_set, "/f/points")
    rows = [
        {"when": "2026-03-02", "rate": 5, "again": True},
        {"when": "2026-03-03", "rate": 90, "odd": True},
        {"when": "2026-03-04", "rate": 6, "odd": False},
    ]
    assert [one.unusual for one in node.points(rows)] == [False, True, False]
    page = only_page(form_set)
    for html in (
        html_of(page, said({"points": rows})),
        html_of(page, said({"points": rows}), read_only=True),
    ):
        assert "An astronomical point: 90 on 3 March 2026" in html


def test_sorting_moves_each_point_with_what_was_typed_in_it(tickets: FormSet) -> None:
    page = only_page(tickets)
    draft = post(
        page,
        {
            "/f/tickets": "",
            "/f/tickets/0/day": "2026-03-09",
            "/f/tickets/0/share": "many",
            "/f/tickets/1/day": "2026-03-02",
            "/f/tickets/1/share": "5",
        },
    )
    done = apply(page, draft, "_sort", "/f/tickets")
    assert [one["day"] for one in done.answers["f"]["tickets"]] == ["2026-03-02", "2026-03-09"]
    assert done.typed == {"/f/tickets/1/share": "many"}
    assert done.rows["/f/tickets"] == draft.rows["/f/tickets"][::-1]


def test_the_chart_stands_under_the_points_with_its_words(tickets: FormSet) -> None:
    html = html_of(only_page(tickets), said({"tickets": POINTS}))
    assert html.count("<svg") == 2
    assert "3 points from 2 March to 16 March 2026. The median is 60 %. The goal is 80 %." in html


def test_the_chart_and_its_points_are_in_the_read_only_view(tickets: FormSet) -> None:
    html = html_of(only_page(tickets), said({"tickets": POINTS}), read_only=True)
    assert html.index("<svg") < html.index("<table")
    assert "16 March 2026" in html


def test_two_versions_of_a_series_differ_point_by_point(tickets: FormSet) -> None:
    after = [*POINTS[:2], {"day": "2026-03-16", "share": 75}]
    found = display.differences(tickets, {"f": {"tickets": POINTS}}, {"f": {"tickets": after}})
    assert [(one.label, one.before, one.after) for one in found] == [
        ("Point 3: Mastery", "70", "75")
    ]


# -- the picture


def drawn(points: list[Point], look: charts.Look | None = None) -> str:
    made = charts.drawn(points, look or charts.Look("%", 80), "Mastery")
    assert made is not None
    return str(made.pictures)


WEEKLY = [Point(date(2026, 1, 5) + timedelta(weeks=n), 40 + n * n % 17, "") for n in range(20)]


def test_the_same_data_give_the_same_bytes() -> None:
    first = drawn(WEEKLY)
    charts._drawn.cache_clear()
    assert drawn(WEEKLY) == first


def test_a_picture_has_no_styles_and_only_ids_of_its_own() -> None:
    html = drawn(WEEKLY) + drawn(WEEKLY[1:])
    assert "style=" not in html
    assert "<style" not in html
    ids = [part.partition('"')[0] for part in html.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_a_picture_says_what_it_shows() -> None:
    html = drawn(WEEKLY)
    assert '-title">Mastery</title>' in html
    assert "20 points from 5 January to 18 May 2026." in html


def test_annotations_are_numbered_and_listed() -> None:
    points = [*WEEKLY[:3], WEEKLY[3]._replace(note="<b>Began</b>")]
    made = charts.drawn(points, charts.Look(), "Mastery")
    assert made is not None
    assert made.notes == (("26 January 2026", "<b>Began</b>"),)
    assert "<b>" not in made.pictures


@pytest.mark.parametrize("value", [0, -5, 1e12, 1e-300, -1e12])
def test_odd_values_are_drawn(value: float) -> None:
    assert "<svg" in drawn([Point(date(2026, 1, 5), value)])
    assert "<svg" in drawn([Point(date(1800, 1, 1), value), Point(date(2300, 12, 31), -value)])


@pytest.mark.parametrize("said", [("9999-12-31", 1), ("0001-01-01", 1), ("2026-03-02", 10**400)])
def test_points_that_no_chart_has_room_for_are_left_out_of_it(
    tickets: FormSet, said: tuple[str, int]
) -> None:
    day, share = said
    assert node_of(tickets, "/f/tickets").points([{"day": day, "share": share}]) == []


# -- pasted and imported


def imported(form_set: FormSet, text: str, answers: dict[str, Any] | None = None) -> Any:
    """The draft after `text` is added to the page of `answers`."""
    page = only_page(form_set)
    draft = said(answers or {})
    form = browse(page, draft).posted()
    for name, texts in pasted(page, form, "/f/tickets", text).fields.items():
        form.setlist(name, texts)
    from engine.forms.answers import parse

    return parse(page, form, draft)


def test_columns_are_matched_by_their_headings(tickets: FormSet) -> None:
    draft = imported(tickets, "Mastery,Day\n55 %,3/2/2026\n60,3/9/2026\n")
    assert draft.answers["f"]["tickets"] == [
        {"day": "2026-03-02", "share": 55},
        {"day": "2026-03-09", "share": 60},
    ]


def test_without_headings_columns_are_taken_in_their_order(tickets: FormSet) -> None:
    draft = imported(tickets, "2026-03-02\t55\tBegan")
    assert draft.answers["f"]["tickets"] == [{"day": "2026-03-02", "share": 55, "what": "Began"}]


def test_what_does_not_parse_is_kept_as_typed_and_flagged(tickets: FormSet) -> None:
    draft = imported(tickets, "day,share\nsoon,lots\n2026-03-09,60")
    assert draft.typed == {"/f/tickets/0/day": "soon", "/f/tickets/0/share": "lots"}
    pointers = [one.pointer for one in validate(tickets, draft)]
    assert pointers[:3] == ["/f/tickets", "/f/tickets/0/day", "/f/tickets/0/share"]


def test_points_that_are_there_already_are_not_added_twice(tickets: FormSet) -> None:
    text = "2026-03-02,50\n2026-03-09,60\n2026-03-16,70\n2026-03-23,75"
    draft = imported(tickets, text, {"tickets": POINTS})
    assert draft.answers["f"]["tickets"] == [*POINTS, {"day": "2026-03-23", "share": 75}]


def test_a_file_with_too_many_rows_is_refused_whole(tickets: FormSet) -> None:
    text = "\n".join(["2026-03-02,50"] * 200_000)
    with pytest.raises(BadSheet, match="200,000 rows"):
        pasted(only_page(tickets), browse(only_page(tickets)).posted(), "/f/tickets", text)


def test_a_long_series_is_edited_as_lines(tickets: FormSet) -> None:
    page = only_page(tickets)
    start = date(2020, 1, 1)
    rows = [
        {"day": (start + timedelta(days=n)).isoformat(), "share": n % 100} for n in range(LONG + 1)
    ]
    draft = said({"tickets": rows})
    browser = browse(page, draft)
    assert browser.named("/f/tickets/0/day") == []
    assert saved(page, browser, draft).answers == draft.answers

    (lines,) = browser.named("/f/tickets#lines")
    lines.value = lines.value.replace("2020-01-02,1,", "2020-01-02,one,")
    changed = saved(page, browser, draft)
    assert changed.typed == {"/f/tickets/1/share": "one"}
    assert "2020-01-02,one," in browse(page, changed).named("/f/tickets#lines")[0].value


def test_five_thousand_points_are_read_checked_and_drawn_in_bounded_time(tickets: FormSet) -> None:
    start = date(2010, 1, 1)
    text = "\n".join(f"{start + timedelta(days=n)},{n % 90}" for n in range(5_000))

    began = time.process_time()
    draft = imported(tickets, text)
    page = only_page(tickets)
    again = saved(page, browse(page, draft), draft)

    assert time.process_time() - began < 20
    assert len(again.answers["f"]["tickets"]) == 5_000
    assert again.answers == draft.answers


def test_more_lines_than_can_be_read_leave_the_points_as_they_are() -> None:
    page = only_page(asking(points=series()))
    before = said({"points": [{"when": "2026-03-01", "rate": 1}]})
    lines = "\n".join("2026-03-02\t2" for _ in range(5_001))
    assert post(page, {"/f/points#lines": lines}, before).answers == before.answers
