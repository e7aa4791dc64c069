"""Posts that no browser sends: bounded time, and nothing changes but what the page asks."""

from __future__ import annotations

import time

import pytest
from werkzeug.datastructures import MultiDict

from engine.forms.answers import Draft, parse, validate
from tests.forms.desk import asking, html_of, only_page, post, said

NAME = {"type": "string"}
ROWS = {"type": "array", "items": {"type": "object", "properties": {"name": NAME, "rows": {
    "type": "array", "items": {"type": "object", "properties": {"name": NAME}}}}}}  # fmt: skip


def seconds(started: float) -> float:
    return time.process_time() - started


def test_a_hundred_thousand_fields_take_bounded_time() -> None:
    page = only_page(asking(rows=ROWS, name=NAME))
    names = [f"/f/rows/{number}/rows/{number}/name" for number in range(50_000)]
    names += [f"/f/x{number}" for number in range(25_000)]
    names += [f"/elsewhere/{number}" for number in range(25_000)]
    posted = MultiDict([(name, "x") for name in names] + [("/f/name", "Ana")])

    started = time.process_time()
    draft = parse(page, posted, Draft())

    assert seconds(started) < 5
    assert draft.answers["f"]["name"] == "Ana"
    assert len(draft.answers["f"]["rows"]) <= 5_000


@pytest.mark.parametrize(
    "number", ["999999999", "9" * 10, "9" * 5_000, "-1", "1e9", "²", "٣", "01"]
)
def test_a_huge_or_odd_row_number_makes_one_row_at_most(number: str) -> None:
    page = only_page(asking(rows=ROWS))
    draft = post(page, {f"/f/rows/{number}/name": "Ana"})
    assert draft.answers in ({"f": {}}, {"f": {"rows": [{"name": "Ana"}]}})


@pytest.mark.parametrize(
    "name",
    [
        "/f/__proto__/polluted", "/f/constructor", "/f/name/deeper", "/f", "/f/", "//", "f/name",
        "/f/name#file", "/f/name#branch", "/f#branch", "__proto__", "/F/name", "/f/name ",
        "/f/" + "a" * 10_000, "/f" + "/a" * 5_000, "/f/na\x00me", "/f/\ud800", "",
    ],
)  # fmt: skip
def test_names_that_the_page_does_not_ask_change_nothing(name: str) -> None:
    page = only_page(asking(name=NAME))
    draft = said({"name": "Ana"})
    assert post(page, {name: "x"}, draft) == draft


def test_a_deep_name_takes_bounded_time() -> None:
    page = only_page(asking(rows=ROWS))
    deep = "/f/rows" + "/0/rows" * 200
    posted = MultiDict([(f"{deep}/{number}", "x") for number in range(20_000)])
    started = time.process_time()
    assert parse(page, posted, Draft()) == Draft({"f": {}}, {}, {})
    assert seconds(started) < 2


def test_a_draft_whose_shape_is_wrong_still_shows_and_saves() -> None:
    form_set = asking(name=NAME, rows=ROWS, who={"type": "object", "properties": {"a": NAME}})
    page = only_page(form_set)
    for value in ({"name": ["x"], "rows": "no", "who": 3}, {"name": {"a": 1}, "rows": [1, None]}):
        draft = said(value)
        html_of(page, draft)
        validate(form_set, draft)
        post(page, {"/f/name": "Ana"}, draft)
    html_of(page, Draft({"f": "not an object"}, {}, {}))
    assert post(page, {"/f/name": "Ana"}, Draft({"f": []})).answers == {"f": {"name": "Ana"}}


def test_marks_that_lead_nowhere_are_ignored() -> None:
    form_set = asking(name=NAME)
    draft = Draft({"f": {"name": "Ana"}}, {"/f/gone": "x", "/g/name": "y"}, {"/f/name": 7})
    assert validate(form_set, draft) == []
    html_of(only_page(form_set), draft)
