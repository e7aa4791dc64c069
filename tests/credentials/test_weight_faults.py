"""Checking that gets out of hand is found before anybody answers; what only grows is let be."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest

from tests.credentials.conftest import Shelf

FANS: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"$ref": "#/$defs/a0"}},
    "$defs": {
        **{f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)},
        "a60": {"type": "string"},
    },
}
TREE = {"type": "object", "properties": {"rows": {"type": "array", "items": {"$ref": "#"}}}}
BASED = {
    "type": "object",
    "properties": {"part": {"$ref": "#/$defs/part"}},
    "$defs": {
        "part": {
            "allOf": [{"$ref": "#/$defs/named"}],
            "type": "object",
            "properties": {"inner": {"$ref": "#/$defs/part"}},
        },
        "named": {"type": "object", "properties": {"name": {"type": "string"}}},
    },
}
WIDE = {"type": "object", "properties": {"a": {"oneOf": [{"const": n} for n in range(900)]}}}
ITSELF = {"type": "object", "properties": {"a": {"allOf": [{"$ref": "#/properties/a"}]}}}
NAMES = {f"n{n}": {"$ref": "#/$defs/node"} for n in range(12)}
MANY_NAMES = {
    "type": "object",
    "properties": {"a": {"$ref": "#/$defs/node"}},
    "$defs": {
        "node": {"allOf": [{"$ref": "#/$defs/one"}, {"$ref": "#/$defs/other"}]},
        "one": {"type": "object", "properties": NAMES},
        "other": {"type": "object", "properties": NAMES},
    },
}


RESOURCES = {
    "type": "object",
    "properties": {"a": {"$ref": "https://school.example/r0"}},
    "$defs": {
        **{
            f"r{n}": {
                "$id": f"https://school.example/r{n}",
                "allOf": [{"$ref": "#/$defs/next"}] * 2,
                "$defs": {"next": {"$ref": f"r{n + 1}"}},
            }
            for n in range(60)
        },
        "r60": {"$id": "https://school.example/r60", "type": "string"},
    },
}


def named(way: str) -> dict[str, Any]:
    """Definitions that name one another by anchors, each the next one twice."""
    parts = {f"b{n}": {"$anchor": f"b{n}", "allOf": [{way: f"#b{n + 1}"}] * 2} for n in range(60)}
    last = {"b60": {"$anchor": "b60", "type": "string"}}
    return {"type": "object", "properties": {"a": {way: "#b0"}}, "$defs": {**parts, **last}}


def codes(shelf: Shelf, schema: dict[str, Any]) -> list[str]:
    shelf.credential("a")
    text = json.dumps({"plan": {"title": "Plan", **schema}})
    lines = (shelf.folder / "schemas/a.yaml").read_text("utf-8").partition("forms:")[0]
    shelf.write("schemas/a.yaml", f"{lines}forms: {text}\n")
    return shelf.codes()


def test_parts_that_fan_out_are_found_at_once(shelf: Shelf) -> None:
    start = process_time()
    assert codes(shelf, FANS) == ["too-heavy"]
    assert process_time() - start < 5


@pytest.mark.parametrize(
    "schema",
    [RESOURCES, named("$ref"), named("$dynamicRef")],
    ids=["resources", "anchors", "dynamic"],
)
def test_parts_that_fan_out_are_found_whichever_way_they_are_named(
    shelf: Shelf, schema: dict[str, Any]
) -> None:
    start = process_time()
    assert "too-heavy" in codes(shelf, schema)
    assert process_time() - start < 5


def test_parts_that_fan_out_are_found_across_files(shelf: Shelf) -> None:
    for n in range(60):
        part = {"allOf": [{"$ref": f"c{n + 1}.yaml#/$defs/part"}] * 2}
        shelf.write(f"schemas/shared/c{n}.yaml", json.dumps({"$defs": {"part": part}}))
    shelf.write("schemas/shared/c60.yaml", json.dumps({"$defs": {"part": {"type": "string"}}}))
    schema = {"type": "object", "properties": {"a": {"$ref": "shared/c0.yaml#/$defs/part"}}}
    assert codes(shelf, schema) == ["too-heavy"]


def test_a_base_and_its_extension_that_both_go_on_are_found(shelf: Shelf) -> None:
    start = process_time()
    assert codes(shelf, MANY_NAMES) == ["too-heavy"]
    assert process_time() - start < 5


@pytest.mark.parametrize("schema", [TREE, BASED, WIDE], ids=["tree", "based", "wide"])
def test_what_only_grows_with_its_answers_is_no_fault(shelf: Shelf, schema: Any) -> None:
    assert codes(shelf, schema) == []


def test_a_part_that_leads_back_to_itself_does_not_keep_the_check(shelf: Shelf) -> None:
    assert "too-heavy" not in codes(shelf, ITSELF)


def test_required_and_read_only_in_different_parts_is_found(shelf: Shelf) -> None:
    schema = {
        "type": "object",
        "allOf": [{"required": ["id"]}],
        "properties": {"id": {"type": "string", "readOnly": True}},
    }
    assert codes(shelf, schema) == ["never-answered"]


def test_a_default_of_the_whole_answers_for_its_read_only_parts(shelf: Shelf) -> None:
    schema = {
        "type": "object",
        "default": {"id": "7"},
        "required": ["id"],
        "properties": {"id": {"type": "string", "readOnly": True}},
    }
    assert codes(shelf, schema) == []
