"""Numbers as people write them, and the limits that are told beforehand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.forms.answers import validate
from engine.languages import speaking
from tests.forms.desk import asking, browse, only_page, post, said, saved


def read(schema: dict[str, Any], text: str) -> Any:
    return post(only_page(asking(q=schema)), {"/f/q": text}).answers["f"].get("q")


def hint(schema: dict[str, Any]) -> str:
    (node,) = only_page(asking(q=schema)).fields
    return node.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", 1200),
        ("1,200,000.5", 1200000.5),
        ("1 200", 1200),
        ("1\u202f200.5", 1200.5),
        ("-1,200", -1200),
        ("1.200", 1.2),
    ],
)
def test_thousands_may_be_set_apart(text: str, value: float) -> None:
    assert read({"type": "number"}, text) == value


@pytest.mark.parametrize("text", ["1,5", "1,20", "12,00", "1,2000", "0,200", ",200", "1,,200"])
def test_a_comma_that_sets_no_thousands_apart_is_asked_about(text: str) -> None:
    page = only_page(asking(q={"type": "number"}))
    draft = post(page, {"/f/q": text})
    assert (draft.answers, draft.typed) == ({"f": {}}, {"/f/q": text})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,5", 1.5),
        ("1.5", 1.5),
        ("0,125", 0.125),
        ("1.200,5", 1200.5),
        ("1,200.5", 1200.5),
        ("1.200.000", 1200000),
        ("1 200,5", 1200.5),
        ("-,5", -0.5),
    ],
)
def test_spanish_may_write_a_comma_before_the_decimals(text: str, value: float) -> None:
    with speaking("es"):
        assert read({"type": "number"}, text) == value


def test_what_spanish_can_read_in_two_ways_is_asked_about() -> None:
    form_set = asking(q={"type": "number"})
    with speaking("es"):
        draft = post(only_page(form_set), {"/f/q": "1.200"})
        assert draft.typed == {"/f/q": "1.200"}
        (found,) = validate(form_set, draft)
        assert re.findall("[0-9.]*[0-9]", found.message) == ["1200", "1.2000"]
        assert read({"type": "integer"}, "1.200") == 1200


@pytest.mark.parametrize("value", [1.5, -0.125, 1.234, 1200, 1e30, 1.5e-07, 12.5])
def test_a_number_comes_back_as_it_was_in_every_language(value: float) -> None:
    page = only_page(asking(q={"type": "number"}))
    for language in ("en", "es"):
        with speaking(language):
            draft = said({"q": value})
            assert saved(page, browse(page, draft), draft) == draft


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"minimum": 1, "maximum": 1500}, "From 1 to 1,500"),
        ({"minimum": 0.5, "maximum": 40, "multipleOf": 0.5}, "From 0.5 to 40, in steps of 0.5"),
        ({"maximum": 10}, "At most 10"),
        ({"minimum": 5}, "At least 5"),
        ({"minimum": 0}, ""),
        ({"exclusiveMinimum": 0}, ""),
        ({"exclusiveMinimum": 0, "multipleOf": 0.25}, "More than 0, in steps of 0.25"),
        ({"multipleOf": 1}, ""),
        ({"hint": "About thirty", "maximum": 40}, "About thirty"),
    ],
)
def test_limits_are_told_beforehand(limits: dict[str, Any], words: str) -> None:
    assert hint({"type": "number", **limits}) == words


def test_steps_are_named_when_they_are_missed() -> None:
    form_set = asking(q={"type": "number", "multipleOf": 0.5})
    (found,) = validate(form_set, said({"q": 1.2}))
    assert found.message == "This needs to go in steps of 0.5."


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"minItems": 2, "maxItems": 3}, "Choose two or three"),
        ({"minItems": 2, "maxItems": 2}, "Choose two"),
        ({"maxItems": 3}, "Choose up to three"),
        ({"minItems": 1, "maxItems": 2}, "Choose one or two"),
        ({"minItems": 1, "maxItems": 3}, "Choose up to three"),
        ({"minItems": 2}, "Choose at least two"),
        ({"minItems": 4}, "Choose at least four"),
        ({"minItems": 5}, "Tick all five"),
        ({"minItems": 5, "maxItems": 5}, "Tick all five"),
        ({"minItems": 1}, ""),
        ({"maxItems": 5}, ""),
    ],
)
def test_how_many_boxes_to_tick_is_told_beforehand(limits: dict[str, Any], words: str) -> None:
    boxes = {"type": "array", "uniqueItems": True, "items": {"enum": list("abcde")}}
    assert hint({**boxes, **limits}) == words
