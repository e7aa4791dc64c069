"""The one function that says whether answers are valid, and how it says so."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.credentials.credential import CrossRule
from engine.errors import Problem
from engine.forms.answers import Draft, validate
from engine.forms.checking import Checker
from engine.forms.faults import Fault, flattened
from engine.forms.pointers import join
from engine.forms.schema import form_set
from tests.forms.desk import asking, form, said
from tests.forms.generating import SCHEMAS, answers

NAME = {"type": "string", "title": "Name"}


def test_a_documents_own_words_come_first() -> None:
    form_set = asking(
        q={**NAME, "minLength": 3, "messages": {"required": "Who?", "minLength": "More."}}
    )
    assert [one.message for one in validate(form_set, Draft())] == ["Who?"]
    assert [one.message for one in validate(form_set, said({"q": "x"}))] == ["More."]


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "integer", "minimum": 0}, -1, "This needs to be 0 or more."),
        ({"type": "integer", "maximum": 1500}, 1501, "This needs to be 1,500 or less."),
        ({"type": "number", "exclusiveMinimum": 0.5}, 0.5, "This needs to be more than 0.5."),
        ({"type": "number", "exclusiveMaximum": 2}, 2, "This needs to be less than 2."),
        ({"type": "number", "multipleOf": 0.5}, 0.3, "This needs to go in steps of 0.5."),
        (
            {"type": "string", "minLength": 5},
            "abc",
            "This needs a little more: at least 2 more characters.",
        ),
        (
            {"type": "string", "pattern": "^[A-Z]+$", "hint": "Capitals only."},
            "a",
            "This is not in the form we expect. Capitals only.",
        ),
        (
            {"type": "array", "items": NAME, "maxItems": 1},
            ["a", "b"],
            "Please keep this to 1 answer or fewer.",
        ),
        (
            {"type": "array", "items": NAME, "uniqueItems": True},
            ["a", "a"],
            "This is the same as Row 1.",
        ),
        ({"type": "integer"}, "x", "This needs to be a whole number, in figures: for example 12."),
    ],
)
def test_every_keyword_is_worded_for_a_person(schema: Any, value: Any, words: str) -> None:
    assert [one.message for one in validate(asking(q=schema), said({"q": value}))] == [words]


def test_each_place_has_one_problem_the_most_helpful() -> None:
    q = {**NAME, "minLength": 5, "pattern": "^z", "format": "email"}
    same = {"rule": "self.q == 'y'", "message": "Say y.", "at": "/q"}
    form_set = form({"properties": {"q": q}, "rules": [same]})
    (found,) = validate(form_set, said({"q": "x"}))
    assert found.code in ("minLength", "pattern", "format")


def test_what_a_group_lacks_is_said_of_the_single_questions() -> None:
    who = {"type": "object", "properties": {"a": NAME, "b": NAME}, "required": ["a", "b"]}
    assert [one.pointer for one in validate(asking(who=who), Draft())] == ["/f/who/a", "/f/who/b"]


def test_an_optional_group_that_nobody_touched_lacks_nothing() -> None:
    who = {"type": "object", "properties": {"a": NAME}, "required": ["a"]}
    form_set = form({"properties": {"who": who}})
    assert validate(form_set, Draft()) == []


def test_problems_come_in_the_order_of_the_pages() -> None:
    form_set = form_set_of_two()
    assert [one.pointer for one in validate(form_set, Draft())] == ["/z/b", "/z/a", "/a/q"]


def form_set_of_two() -> Any:
    first = {"properties": {"b": NAME, "a": NAME}, "required": ["a", "b"]}
    return form_set({"z": first, "a": {"properties": {"q": NAME}, "required": ["q"]}})


DAY = {"type": "string", "format": "date"}


def test_a_rule_points_where_its_document_says() -> None:
    form_set = form(
        {
            "properties": {"start": DAY, "end": DAY},
            "rules": [{"rule": "self.start <= self.end", "message": "Too early.", "at": "/end"}],
        }
    )
    assert validate(form_set, said({"start": "2026-03-01", "end": "2026-02-01"})) == [
        Problem("/f/end", "rule", "Too early.")
    ]
    assert validate(form_set, said({"start": "2026-03-01", "end": "2026-03-01"})) == []


def test_a_rule_whose_inputs_are_unanswered_does_not_fire() -> None:
    form_set = form(
        {
            "properties": {"start": DAY, "end": DAY},
            "rules": [{"rule": "self.start <= self.end", "message": "Too early.", "at": "/end"}],
        }
    )
    assert validate(form_set, said({"start": "2026-03-01"})) == []


def test_a_rule_of_a_rows_object_is_checked_in_every_row() -> None:
    row = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "rules": [{"rule": "self.a < self.b", "message": "Not more.", "at": "/b"}],
    }
    form_set = asking(rows={"type": "array", "items": row})
    draft = said({"rows": [{"a": 1, "b": 2}, {"a": 2, "b": 1}]})
    assert validate(form_set, draft) == [Problem("/f/rows/1/b", "rule", "Not more.")]


def test_a_rule_of_an_alternative_is_checked_while_it_is_chosen() -> None:
    rule = {"rule": "has(self.notes)", "message": "Write them.", "at": "/notes"}
    form_set = asking(
        data={
            "type": "object",
            "oneOf": [
                {"properties": {"a": NAME, "notes": NAME}, "required": ["a"], "rules": [rule]},
                {"properties": {"b": NAME}, "required": ["b"]},
            ],
        }
    )
    first = Draft({"f": {"data": {"a": "x"}}}, {}, {"/f/data": 0})
    second = Draft({"f": {"data": {"b": "x"}}}, {}, {"/f/data": 1})
    assert validate(form_set, first) == [Problem("/f/data/notes", "rule", "Write them.")]
    assert validate(form_set, second) == []


def test_a_rule_over_the_whole_submission() -> None:
    rule = CrossRule("self.a.day <= self.b.day", "Check both.", "/b/day")
    two = form_set({"a": {"properties": {"day": DAY}}, "b": {"properties": {"day": DAY}}}, [rule])
    draft = Draft.of({"a": {"day": "2026-03-02"}, "b": {"day": "2026-03-01"}})
    assert validate(two, draft) == [Problem("/b/day", "rule", "Check both.")]
    assert validate(two, Draft.of({"a": {"day": "2026-03-02"}})) == []


def test_an_alternative_that_cannot_be_told_apart_is_the_forms_fault() -> None:
    same = {"type": "object", "properties": {"a": NAME}}
    form_set = asking(data={"type": "object", "title": "Data", "oneOf": [same, same]})
    (found,) = validate(form_set, Draft({"f": {"data": {"a": "x"}}}, {}, {"/f/data": 0}))
    assert found.message == (
        "Your answers under “Data” can be read in more than one way. This is a fault in the form,"
        " not in what you wrote: please tell program staff."
    )


def test_answers_that_a_form_does_not_ask_are_a_problem_where_the_schema_says_so() -> None:
    form_set = form({"properties": {"a": NAME}, "additionalProperties": False})
    assert [(one.pointer, one.code) for one in validate(form_set, said({"b": 1}))] == [
        ("/f", "additionalProperties")
    ]


def test_conditions_and_dependencies_point_to_what_is_missing() -> None:
    form_set = form(
        {
            "properties": {"a": NAME, "b": NAME, "c": NAME},
            "dependentRequired": {"a": ["b"]},
            "dependentSchemas": {"a": {"required": ["c"]}},
        }
    )
    assert [one.pointer for one in validate(form_set, said({"a": "x"}))] == ["/f/b", "/f/c"]


# -- the fast validator against the reference


def places(faults: list[Fault]) -> set[str]:
    """Where the faults are. (jsonschema-rs names a property that is called 0 by a number.)"""
    return {join("", path) for _, path in flattened(faults)}


WRONG = st.sampled_from([None, True, 0, -1.5, "", "x", "2026-02-31", [], [1, 1], {}, {"a": None}])


def mutated(value: Any, data: st.DataObject) -> Any:
    """`value` with something somewhere replaced or removed."""
    value = copy.deepcopy(value)
    holder: Any = {"root": value}
    key: Any = "root"
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        keys = sorted(holder) if isinstance(holder, dict) else range(len(holder))
        key = data.draw(st.sampled_from(list(keys)))
    if isinstance(holder, dict) and key != "root" and data.draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = data.draw(WRONG)
    return holder["root"] if key == "root" else value


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(st.data())
def test_the_fast_validator_says_what_the_reference_says(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    checker = Checker(schema)
    value = data.draw(answers(schema))

    assert places(checker.faults(value)) == places(checker.reference_faults(value))
    for _ in range(5):
        wrong = mutated(value, data)
        assert places(checker.faults(wrong)) == places(checker.reference_faults(wrong))
