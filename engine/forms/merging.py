"""Schemas that apply together, as one: for display only.

What is said for people (titles, hints) is taken from the first that says it; limits become the
strictest, lists of values what they have in common, and what cannot be told in one keyword becomes
`allOf` again, one level further down. Validation never sees the result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]

_STRICTEST: dict[str, Callable[..., Any]] = {
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "minContains": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
    "maxContains": min,
}
_FLAGS = frozenset(("readOnly", "writeOnly", "deprecated", "uniqueItems"))
_NAMED = frozenset(("properties", "patternProperties", "dependentSchemas"))
_WHOLE = frozenset(("items", "additionalProperties", "propertyNames", "unevaluatedProperties"))


def merge(into: dict[str, Any], schema: Schema) -> None:
    """Adds `schema` to `into` so that both apply; what `into` says for people wins."""
    for key, value in schema.items():
        if key not in into:
            into[key] = value
        elif key in _NAMED and isinstance(value, Mapping):
            into[key] = _by_name(into[key], value)
        elif key == "messages" and isinstance(value, Mapping):
            into[key] = {**value, **into[key]}
        elif key == "dependentRequired" and isinstance(value, Mapping):
            into[key] = {
                name: [*into[key].get(name, ()), *value.get(name, ())]
                for name in {**into[key], **value}
            }
        elif key == "required" and isinstance(value, list):
            into[key] = [*into[key], *(name for name in value if name not in into[key])]
        elif key == "rules" and isinstance(value, list):
            into[key] = [*into[key], *value]
        elif key == "enum" and isinstance(value, list):
            theirs = {identity(one) for one in value}
            into[key] = [one for one in into[key] if identity(one) in theirs]
        elif key == "type":
            into[key] = types_in_common(into[key], value)
        elif key in _STRICTEST and _number(value) and _number(into[key]):
            into[key] = _STRICTEST[key](into[key], value)
        elif key in _FLAGS:
            into[key] = into[key] is True or value is True
        elif key in _WHOLE:
            into[key] = both(into[key], value)
        elif key == "prefixItems" and isinstance(value, list):
            into[key] = _by_place(into[key], value)
        elif key in ("oneOf", "anyOf") and isinstance(value, list):
            into[key] = _by_choice(into[key], key, value)


def both(one: Any, other: Any) -> Any:
    """A schema for what both describe."""
    if one == other or other is True or other == {}:
        return one
    if one is True or one == {}:
        return other
    if one is False or other is False:
        return False
    return {"allOf": [one, other]}


def types_in_common(one: Any, other: Any) -> Any:
    """What `type` says when both say theirs; an integer is a number, too."""
    first, second = _listed(one), _listed(other)
    common = [name for name in first if name in second]
    if "integer" not in common and (
        ("integer" in first and "number" in second) or ("number" in first and "integer" in second)
    ):
        common.append("integer")
    if not common:
        return one
    return common[0] if len(common) == 1 else common


def identity(value: Any) -> str:
    """A text that is the same for the same JSON value; Python's 1 equals its True."""
    return json.dumps(value, sort_keys=True)


def _listed(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]


def _by_name(one: Schema, other: Schema) -> dict[str, Any]:
    result = dict(one)
    for name, value in other.items():
        result[name] = both(result[name], value) if name in result else value
    return result


def _by_place(one: list[Any], other: list[Any]) -> list[Any]:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return [
        both(said, shorter[number]) if number < len(shorter) else said
        for number, said in enumerate(longer)
    ]


def _by_choice(first: list[Any], key: str, second: list[Any]) -> list[Any]:
    """Two choices that must both be made: the second one is asked within each of the first."""
    if first == second or any(isinstance(one, Mapping) and "const" in one for one in first):
        return first
    return [{"allOf": [one, {key: second}]} if isinstance(one, Mapping) else one for one in first]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
