"""A widget that its schema has no place for is a finding."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.kind_faults import kind_faults
from engine.credentials.meta import form_faults

LABELS = {"labels": ["Never", "Often"]}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (
            {"type": "string", "widget": "checkbox"},
            "'checkbox' asks for an answer of type boolean, not string.",
        ),
        (
            {"type": "object", "widget": "person", "properties": {"name": {}}},
            "A person has the properties 'name' and 'email', and no others.",
        ),
        (
            {"type": "array", "widget": "framework-items"},
            "Say which frameworks are chosen from: 'frameworks: [tlms]'.",
        ),
        (
            {"type": "integer", "widget": "rating", "minimum": 1},
            "A scale needs 'minimum' and 'maximum', or a list of choices.",
        ),
        (
            {"type": "integer", "widget": "rating", "minimum": 0, "maximum": 100},
            "A scale has 2 to 11 steps, not 101.",
        ),
        (
            {"enum": ["a", "b", "c"], "widget": "rating", "scale": LABELS},
            "There are 2 labels for 3 steps.",
        ),
    ],
)
def test_a_widget_that_does_not_fit_is_said(schema: dict[str, Any], message: str) -> None:
    assert [fault.message for fault in kind_faults(schema)] == [message]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "widget": "rating", "minimum": 1, "maximum": 5},
        {"enum": ["a", "b"], "widget": "rating", "scale": LABELS},
        {"$ref": "#/$defs/steps", "widget": "rating"},
        {"type": "integer", "widget": "year"},
        {"type": ["string", "null"], "widget": "month"},
        {"type": "string", "widget": "x-seat"},
    ],
)
def test_a_widget_that_fits_is_no_finding(schema: dict[str, Any]) -> None:
    assert list(kind_faults(schema)) == []


def test_a_widget_of_an_installation_begins_with_x() -> None:
    assert form_faults({"widget": "x-seat"}) == []
    (fault,) = form_faults({"widget": "markdwon"})
    assert (fault.pointer, fault.code) == ("/widget", "bad-value")
    assert "markdown" in fault.suggestion
