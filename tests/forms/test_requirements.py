"""How far somebody is: measures, bars, and requirements that must be reached."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from engine.credentials import rules
from engine.errors import Problem
from engine.forms.answers import Draft, validate
from engine.forms.requirements import of_page, reached
from engine.forms.schema import FormSet, form_set
from tests.forms.desk import form, said

LIST = {"type": "array", "items": {"type": "string"}}


def visits(**more: Any) -> FormSet:
    requirement = {
        "label": "Visits",
        "measure": "self.visits",
        "target": 3,
        "unit": "peers",
        **more,
    }
    return form(
        {
            "type": "object",
            "properties": {"visits": LIST, "notes": {"type": "string"}},
            "pages": [
                {"id": "a", "title": "A", "properties": ["visits"]},
                {"id": "b", "title": "B", "properties": ["notes"]},
            ],
            "requirements": [requirement],
        }
    )


def words(form_set: FormSet, answers: dict[str, Any]) -> list[str]:
    return [one.words for one in reached(form_set.requirements, answers)]


def test_a_list_is_counted_and_said_with_its_unit() -> None:
    assert words(visits(), {"f": {"visits": ["Ana", "Ben"]}}) == ["2 of 3 peers"]


def test_what_is_not_answered_counts_none() -> None:
    assert words(visits(), {"f": {}}) == ["0 of 3 peers"]


def test_a_number_is_said_as_it_is() -> None:
    assert words(visits(measure="size(self.visits) / 2", unit=""), {"f": {"visits": ["x"]}}) == [
        "0.5 of 3"
    ]


def test_a_requirement_belongs_to_the_pages_whose_answers_it_measures() -> None:
    form_set = visits()
    first, second = form_set.pages

    assert (len(of_page(form_set.requirements, first)), of_page(form_set.requirements, second)) == (
        1,
        [],
    )


def test_a_requirement_over_every_form_belongs_to_the_pages_of_each_that_it_names() -> None:
    both = form_set(
        {
            "a": {"type": "object", "properties": {"x": LIST}},
            "b": {"type": "object", "properties": {"y": LIST}},
        },
        requirements=[{"measure": "size(self.a.x) + size(self.b.y)", "target": 4}],
    )

    assert [len(of_page(both.requirements, page)) for page in both.pages] == [1, 1]
    assert words(both, {"a": {"x": ["1"]}, "b": {"y": ["2", "3"]}}) == ["3 of 4"]


def test_without_a_message_a_requirement_only_shows() -> None:
    assert validate(visits(), said({"visits": ["Ana"]})) == []


def test_with_a_message_it_is_a_problem_where_it_says_until_it_is_reached() -> None:
    form_set = visits(message="Three visits are needed.", at="/visits")

    assert validate(form_set, said({"visits": ["Ana"]})) == [
        Problem("/f/visits", "rule", "Three visits are needed.")
    ]
    assert validate(form_set, said({"visits": ["a", "b", "c"]})) == []


def test_a_rule_in_rows_is_asked_of_every_row_and_names_its_place() -> None:
    row = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "rules": [{"rule": "self.a <= self.b", "message": "Too much.", "at": "/a"}],
    }
    form_set = form({"type": "object", "properties": {"rows": {"type": "array", "items": row}}})
    rows = [{"a": 1, "b": 2}, {"a": 3, "b": 2}, {"a": 9, "b": 1}]

    assert [one.pointer for one in validate(form_set, said({"rows": rows}))] == [
        "/f/rows/1/a",
        "/f/rows/2/a",
    ]


EVIL = "self.l.all(x, self.l.all(y, self.l.all(z, x + y + z >= 0)))"


@pytest.mark.parametrize("rows", [60, 1_000])
def test_an_evil_rule_in_every_row_ends_soon(rows: int) -> None:
    row = {
        "type": "object",
        "properties": {"l": {"type": "array", "items": {"type": "integer"}}},
        "rules": [{"rule": EVIL, "message": "No."}],
    }
    form_set = form({"type": "object", "properties": {"rows": {"type": "array", "items": row}}})
    answers = said({"rows": [{"l": list(range(100))}] * rows})
    begun = process_time()

    assert validate(form_set, answers) == []

    assert process_time() - begun < 20  # it takes two or three; one by one, minutes


def test_a_measure_that_loops_for_ever_counts_none() -> None:
    form_set = visits(
        measure="self.visits.map(x, self.visits.map(y, self.visits.map(z, x + y + z)))"
    )
    begun = process_time()

    assert words(form_set, {"f": {"visits": [str(n) for n in range(1_000)]}}) == ["0 of 3 peers"]
    assert process_time() - begun < 10


def test_what_rules_spend_together_is_bounded() -> None:
    purse = rules.Purse(1_000)
    expression = rules.compile("self.l.all(x, x >= 0)", ["self"])
    many = {"self": {"l": list(range(300))}}

    assert expression.holds(many, purse) is True
    purse.steps = 100
    with pytest.raises(rules.BadRule, match="too much"):
        expression.holds(many, purse)


def test_one_form_alone_keeps_its_own_requirements_only() -> None:
    both = form_set(
        {
            "a": {
                "type": "object",
                "properties": {"x": LIST},
                "requirements": [{"measure": "self.x", "target": 1}],
            },
            "b": {"type": "object", "properties": {"y": LIST}},
        },
        requirements=[{"measure": "size(self.a.x)", "target": 4, "message": "More.", "at": "/a/x"}],
    )

    assert [one.id for one in both.alone("a").requirements] == ["/a#0"]
    assert validate(both.alone("a"), Draft.of({"a": {}})) == []
