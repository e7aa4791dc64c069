"""What staff get wrong about a kind of question: a widget that its schema has no place for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials.documents import joined, listing, mapping
from engine.credentials.meta import Fault

_LONGEST_SCALE = 11
_NEEDS = {
    "checkbox": ("boolean",),
    "date-time": ("string",),
    "duration": ("string",),
    "framework-items": ("array", "string"),
    "markdown": ("string",),
    "matrix": ("object",),
    "month": ("string",),
    "person": ("object",),
    "survey-results": ("object",),
    "time": ("string",),
    "year": ("integer", "string"),
}
"""The types of answer that a widget can ask for."""


def kind_faults(schema: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong between one schema's `widget` and its other keywords."""
    widget = schema.get("widget")
    needs = _NEEDS.get(widget, ()) if isinstance(widget, str) else ()
    said = schema.get("type")
    if needs and isinstance(said, str) and said not in needs:
        wanted = " or ".join(needs)
        yield _fault("widget", f"{widget!r} asks for an answer of type {wanted}, not {said}.")
    if widget == "person" and set(mapping(schema.get("properties"))) != {"name", "email"}:
        yield _fault("widget", "A person has the properties 'name' and 'email', and no others.")
    if widget == "framework-items" and not listing(schema.get("frameworks")):
        yield _fault("widget", "Say which frameworks are chosen from: 'frameworks: [tlms]'.")
    if widget == "rating":
        yield from _scale_faults(schema)


def _scale_faults(schema: Mapping[str, Any]) -> Iterator[Fault]:
    listed = next((schema[one] for one in ("enum", "oneOf", "anyOf") if one in schema), None)
    least, most = schema.get("minimum"), schema.get("maximum")
    if isinstance(listed, list):
        steps = len(listed)
    elif isinstance(least, int) and isinstance(most, int):
        steps = most - least + 1
        if not 1 < steps <= _LONGEST_SCALE:
            yield _fault("widget", f"A scale has 2 to {_LONGEST_SCALE} steps, not {steps}.")
            return
    elif "$ref" in schema or "allOf" in schema:
        return
    else:
        yield _fault("widget", "A scale needs 'minimum' and 'maximum', or a list of choices.")
        return
    labels = mapping(schema.get("scale")).get("labels")
    if isinstance(labels, list) and len(labels) != steps:
        message = f"There are {len(labels)} labels for {steps} steps."
        yield Fault(joined("", "scale", "labels"), "bad-value", message)


def _fault(keyword: str, message: str) -> Fault:
    return Fault(joined("", keyword), "bad-value", message)
