"""Schemas that are wrong, endless or enormous: a form in bounded time, or a clear finding."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.credentials.bare import schema_of
from engine.forms.answers import Draft, validate
from tests.forms.desk import form, html_of, only_page, post

SECONDS = 20
"""Far more than any of these takes, and far less than for ever."""


def nested(wrap: Callable[[Any], Any]) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(10_000):
        schema = wrap(schema)
    return schema


def fan(part: Callable[[str], Any]) -> Any:
    """Thirty definitions, each of which names the next one twice."""
    definitions = {f"d{n}": part(f"#/$defs/d{n + 1}") for n in range(30)}
    return {"$defs": {**definitions, "d30": {"type": "string"}}, "$ref": "#/$defs/d0"}


ENORMOUS = {
    "objects": nested(lambda inner: {"type": "object", "properties": {"a": inner}}),
    "lists": nested(lambda inner: {"type": "array", "items": inner}),
    "parts": nested(lambda inner: {"allOf": [inner]}),
    "choices": nested(lambda inner: {"oneOf": [inner, {"type": "number"}]}),
    "ways": nested(
        lambda inner: {"anyOf": [{"properties": {"a": {}}}, {"properties": {"b": inner}}]}
    ),
    "conditions": nested(lambda inner: {"if": {"required": ["a"]}, "then": inner}),
    "negations": nested(lambda inner: {"not": inner}),
    "questions": {"properties": {f"q{n}": {"type": "string"} for n in range(1_000)}},
    "values": {"properties": {"q": {"enum": [f"value {n}" for n in range(5_000)]}}},
    "two of each": fan(lambda ref: {"properties": {"left": {"$ref": ref}, "right": {"$ref": ref}}}),
    "either of each": fan(
        lambda ref: {"anyOf": [{"$ref": ref}, {"type": "array", "items": {"$ref": ref}}]}
    ),
}
ENDLESS: list[Any] = [
    {"$ref": "#"},
    {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    {"allOf": [{"$ref": "#"}]},
    {"oneOf": [{"$ref": "#"}, {"type": "string"}]},
    {"$dynamicAnchor": "x", "$dynamicRef": "#x"},
    {"properties": {"a": {"$ref": "#"}}, "required": ["a"]},
    {"properties": {"a": {"type": "array", "items": {"$ref": "#"}, "minItems": 2}}},
    {"if": True, "then": {"$ref": "#"}},
    {"additionalProperties": {"$ref": "#"}},
    {"prefixItems": [{"$ref": "#"}], "type": "array"},
]
MALFORMED: list[Any] = [
    {"properties": [1]},
    {"properties": {"a": 3}},
    {"type": "strin"},
    {"type": []},
    {"type": [3]},
    {"items": 3, "type": "array"},
    {"prefixItems": 3, "type": "array"},
    {"oneOf": 3},
    {"oneOf": [3, 4]},
    {"anyOf": []},
    {"allOf": "x"},
    {"enum": 3},
    {"required": 3},
    {"patternProperties": 3},
    {"patternProperties": {"[": {}}},
    {"if": 3, "then": 4},
    {"dependentSchemas": 3},
    {"dependentRequired": {"a": 3}},
    {"$ref": 3},
    {"$ref": "#/nowhere"},
    {"$id": 3},
    {"$defs": 3},
]


def shown_and_answered(schema: Any, answer: Any = None) -> str:
    form_set = form(schema)
    page = only_page(form_set)
    draft = Draft() if answer is None else Draft.of({"f": answer})
    validate(form_set, post(page, {"/f": "x", "/f/a": "y", "/f#0": "z"}))
    return html_of(page, draft)


@pytest.mark.parametrize("name", ENORMOUS)
def test_an_enormous_schema_is_shown_in_bounded_time(name: str) -> None:
    begun = time.monotonic()
    shown_and_answered(ENORMOUS[name])
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize("schema", ENDLESS)
def test_a_schema_without_end_is_shown_as_far_as_there_is_something(schema: Any) -> None:
    assert len(shown_and_answered(schema)) < 50_000
    assert len(shown_and_answered(schema, {"a": {"a": {"a": {}}}})) < 200_000


@pytest.mark.parametrize("schema", MALFORMED)
def test_a_malformed_schema_is_a_form_and_a_finding(tmp_path: Path, schema: Any) -> None:
    shown_and_answered(schema)
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(schema))
    _, findings = schema_of(file, ())
    assert [one for one in findings if one.severity == "error"]


def test_a_file_that_nests_too_deep_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text('{"not":' * 900 + "{}" + "}" * 900)
    _, findings = schema_of(file, ())
    assert [one.code for one in findings] == ["too-deep"]


def test_a_pattern_that_backtracks_for_ever_is_matched_in_bounded_time() -> None:
    form_set = form({"properties": {"q": {"type": "string", "pattern": "^(a|aa)+$"}}})
    begun = time.monotonic()
    (problem,) = validate(form_set, Draft.of({"f": {"q": "a" * 50_000 + "!"}}))
    assert problem.code == "pattern"
    assert time.monotonic() - begun < SECONDS
