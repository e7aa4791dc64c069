"""Picking a framework's items: several, one, at a level of its tree."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import AlignedItem
from engine.errors import Problem
from engine.forms.answers import validate
from engine.forms.display import read_only
from engine.forms.schema import FormSet, form_set
from tests.forms.desk import browse, html_of, only_page, post, said, saved

ITEMS = [
    AlignedItem("1", "Standards", "Culture"),
    AlignedItem("1.a", "Standards", "Helps colleagues work together.", "1"),
    AlignedItem("1.b", "Standards", "Listens.", "1"),
    AlignedItem("2", "Standards", "Research"),
    AlignedItem("2.a", "Standards", "Reads.", "2"),
]
SEVERAL = {
    "type": "array",
    "uniqueItems": True,
    "widget": "framework-items",
    "frameworks": ["std"],
    "items": {"type": "string"},
}
ONE = {"type": "string", "widget": "framework-items", "frameworks": ["std"]}


def standards(schema: dict[str, Any], items: list[AlignedItem] = ITEMS) -> FormSet:
    asked = {"type": "object", "properties": {"q": schema}, "required": ["q"]}
    return form_set({"f": asked}, frameworks={"std": items})


def test_items_stand_under_their_domains_and_are_stored_by_code() -> None:
    page = only_page(standards(SEVERAL))
    html = html_of(page)
    assert html.count("<details") == 2
    assert "<summary>1 Culture</summary>" in html
    browser = browse(page).fill("/f/q", "std:1.b", "std:2.a")
    draft = saved(page, browser)
    assert draft.answers == {"f": {"q": ["std:1.b", "std:2.a"]}}
    assert saved(page, browse(page, draft), draft) == draft


def test_a_domain_opens_where_something_is_chosen() -> None:
    html = html_of(only_page(standards(SEVERAL)), said({"q": ["std:2.a"]}))
    assert "<summary>1 Culture</summary>" in html
    assert '<details class="items__domain" open><summary>2 Research' in html
    assert "1 chosen" in html


def test_one_item_is_a_text() -> None:
    page = only_page(standards(ONE))
    draft = saved(page, browse(page).fill("/f/q", "std:1.a"))
    assert draft.answers == {"f": {"q": "std:1.a"}}
    assert saved(page, browse(page, draft), draft) == draft
    assert saved(page, browse(page)).answers == {"f": {}}


def test_readers_see_code_and_statement() -> None:
    (several,) = read_only(standards(SEVERAL), {"f": {"q": ["std:1.b", "std:2.a"]}})
    assert several.entries[0].items == ("1.b Listens.", "2.a Reads.")
    (one,) = read_only(standards(ONE), {"f": {"q": "std:1.b"}})
    assert one.entries[0].text == "1.b Listens."


@pytest.mark.parametrize(("schema", "value"), [(SEVERAL, ["std:1.a", "std:9"]), (ONE, "std:9")])
def test_a_code_that_is_not_there_is_a_problem_and_is_not_lost(
    schema: dict[str, Any], value: Any
) -> None:
    form_set = standards(schema)
    page = only_page(form_set)
    draft = said({"q": value})
    assert validate(form_set, draft) == [
        Problem(
            "/f/q",
            "framework_items",
            "“std:9” is not among the standards here. Please choose from the list.",
        )
    ]
    assert saved(page, browse(page, draft), draft) == draft
    mended = saved(page, browse(page, draft).fill("/f/q", "std:1.a"), draft)
    assert validate(form_set, mended) == []


def test_a_code_that_nobody_offered_is_not_taken() -> None:
    assert post(only_page(standards(SEVERAL)), {"/f/q": ["", "std:9"]}).answers == {"f": {}}
    one = post(only_page(standards(ONE)), {"/f/q": "std:9"})
    assert (one.answers, one.typed) == ({"f": {}}, {"/f/q": "std:9"})


def test_a_level_of_the_tree_may_be_chosen_from() -> None:
    page = only_page(standards({**ONE, "level": 1}))
    radios = [one for one in browse(page).named("/f/q") if one.type == "radio"]
    assert [one.value for one in radios] == ["std:1", "std:2"]
    assert "<details" not in html_of(page)


def test_a_framework_of_an_older_edition_has_no_tree_and_is_one_list() -> None:
    flat = [AlignedItem(item.code, item.framework, item.statement) for item in ITEMS]
    page = only_page(standards(SEVERAL, flat))
    boxes = [one for one in browse(page).named("/f/q") if one.type == "checkbox"]
    assert len(boxes) == len(ITEMS)


def test_a_long_list_can_be_searched() -> None:
    many = [AlignedItem(str(number), "Standards", "Words.") for number in range(13)]
    assert '<div class="items" data-filter>' in html_of(only_page(standards(SEVERAL, many)))
    assert "data-filter" not in html_of(only_page(standards(SEVERAL)))
