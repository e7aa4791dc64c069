"""Questions that come and go: who judges them, which are new, and what is never handed in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.credentials.reading import read_yaml
from engine.forms.answers import Draft, prune, validate
from engine.forms.revealing import appeared, conditions_of, shown
from engine.forms.schema import FormSet, form_set
from tests.forms.desk import form, html_of, only_page, post, said

FIELDS = Path(__file__).parents[1] / "documents" / "fields"
TEXT = {"type": "string", "minLength": 1}


@cache
def tiny(name: str) -> FormSet:
    return form_set(read_yaml((FIELDS / f"{name}.yaml").read_text("utf-8"), name).data["forms"])


def answers(**given: Any) -> Draft:
    return Draft.of({"answers": given})


def test_a_condition_on_one_listed_answer_needs_no_server() -> None:
    assert conditions_of(only_page(tiny("if-then"))) == (True, False)


def test_any_other_condition_is_the_servers_to_judge() -> None:
    assert conditions_of(only_page(tiny("if-judged"))) == (True, True)


def test_a_page_without_conditions_has_none() -> None:
    assert conditions_of(only_page(tiny("text"))) == (False, False)


def test_what_the_server_judges_is_told_by_the_names_on_the_page() -> None:
    page = only_page(tiny("if-judged"))
    html = html_of(page, answers(children=3))

    told = shown(page, answers(children=3))

    assert told == {
        "/answers/room": False,
        "/answers/help": False,
        "/answers/help/consent": False,
    }
    assert all(f'data-conditional="{name}" hidden' in html for name in told)


def test_nested_conditions_are_judged_each_for_itself() -> None:
    page = only_page(tiny("if-judged"))

    assert shown(page, answers(children=30, help={"age": 16})) == {
        "/answers/room": True,
        "/answers/help": True,
        "/answers/help/consent": True,
    }


def test_a_condition_within_rows_is_told_for_each_row() -> None:
    page = only_page(tiny("if-judged"))
    told = shown(page, answers(helpers=[{"hours": 12}, {"hours": 2}]))

    assert (told["/answers/helpers/0/task"], told["/answers/helpers/1/task"]) == (True, False)


def test_what_has_come_up_is_named_unless_it_is_answered() -> None:
    page = only_page(tiny("if-judged"))

    assert appeared(page, answers(children=3), answers(children=30, room="The hall")) == [
        ("/answers/help", "The second adult")
    ]


def test_a_new_row_brings_up_nothing_by_itself() -> None:
    page = only_page(tiny("if-judged"))

    assert appeared(page, answers(), answers(helpers=[{"hours": 12}])) == []


HIDDEN = [
    ("if-then", {"travelled": False, "where": "Oslo"}, {"travelled": False}),
    ("if-judged", {"children": 3, "room": "The hall"}, {"children": 3}),
    (
        "if-judged",
        {"children": 30, "room": "x", "help": {"age": 40, "consent": "Mum"}},
        {"children": 30, "room": "x", "help": {"age": 40}},
    ),
    (
        "if-judged",
        {"children": 3, "helpers": [{"hours": 2, "task": "Tea"}]},
        {"children": 3, "helpers": [{"hours": 2}]},
    ),
]


@pytest.mark.parametrize(("name", "given", "handed_in"), HIDDEN)
def test_hidden_answers_stay_in_the_draft_and_are_never_handed_in(
    name: str, given: dict[str, Any], handed_in: dict[str, Any]
) -> None:
    form_set, page = tiny(name), only_page(tiny(name))
    # Whatever a later save says of the rest of the page, the hidden answer is still there.
    kept = post(page, {"_seen": "x"}, answers(**given))

    assert kept.answers["answers"] == given
    assert prune(form_set, kept)["answers"] == handed_in
    assert validate(form_set, kept) == []


def test_a_hidden_answer_within_an_alternative_is_not_handed_in() -> None:
    inner = {
        "type": "object",
        "title": "By bus",
        "properties": {"kind": {"const": "bus"}, "stops": {"type": "integer"}},
        "if": {"required": ["stops"], "properties": {"stops": {"minimum": 5}}},
        "then": {"properties": {"why": TEXT}},
    }
    other = {"type": "object", "title": "On foot", "properties": {"kind": {"const": "foot"}}}
    either = form(
        {"type": "object", "properties": {"way": {"type": "object", "oneOf": [inner, other]}}}
    )
    draft = said({"way": {"kind": "bus", "stops": 2, "why": "It rained"}})

    assert prune(either, draft)["f"] == {"way": {"kind": "bus", "stops": 2}}
