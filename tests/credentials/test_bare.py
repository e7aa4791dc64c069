"""A JSON Schema by itself, and parts of schemas that do not go together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.credentials.bare import schema_of


def findings(tmp_path: Path, schema: Any) -> list[tuple[str, int, str]]:
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(schema, indent=1))
    return [(one.code, one.line, one.severity) for one in schema_of(file, ())[1]]


@pytest.mark.parametrize(("text", "root"), [("true", True), ("# nothing\nfalse\n", False)])
def test_a_root_may_be_true_or_false(tmp_path: Path, text: str, root: bool) -> None:
    file = tmp_path / "schema.yaml"
    file.write_text(text)
    assert schema_of(file, ()) == (root, [])


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "string"}, {}, {"$ref": "#"}])
def test_a_root_may_be_of_any_type(tmp_path: Path, schema: Any) -> None:
    assert findings(tmp_path, schema) == []


def test_keywords_that_nobody_knows_are_warnings(tmp_path: Path) -> None:
    assert findings(tmp_path, {"type": "string", "tsType": "Name"}) == [
        ("unknown-key", 3, "warning")
    ]


def test_references_to_resources_inside_are_left_as_they_are(tmp_path: Path) -> None:
    schema = {
        "$id": "https://school.example/form",
        "$defs": {"s": {"$id": "shared", "$defs": {"n": {"type": "integer"}}, "$ref": "#/$defs/n"}},
        "properties": {"q": {"$ref": "shared"}},
    }
    assert findings(tmp_path, schema) == []


@pytest.mark.parametrize(
    ("parts", "severity"),
    [
        ([{"type": "string"}, {"type": "number"}], "error"),
        ([{"enum": [1, 2]}, {"enum": [3]}], "error"),
        ([{"const": 1}, {"const": True}], "error"),
        ([{"title": "One"}, {"title": "Another"}], "warning"),
        (
            [{"properties": {"a": {"type": "string"}}}, {"properties": {"a": {"type": "null"}}}],
            "error",
        ),
    ],
)
def test_parts_that_do_not_go_together_are_findings(
    tmp_path: Path, parts: list[Any], severity: str
) -> None:
    assert [(code, level) for code, _, level in findings(tmp_path, {"allOf": parts})] == [
        ("conflict", severity)
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"type": "number"}, {"type": "integer"}]},
        {"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]},
        {"$defs": {"n": {"title": "Name"}}, "$ref": "#/$defs/n", "title": "First name"},
    ],
)
def test_parts_that_go_together_are_none(tmp_path: Path, schema: Any) -> None:
    assert findings(tmp_path, schema) == []
