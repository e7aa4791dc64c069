"""The schemas inside a schema: which of JSON Schema's keywords hold schemas, and which data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.credentials.reading import escaped

IN_ITSELF = frozenset(
    (
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
IN_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "items"))
IN_NAMES = frozenset(
    ("$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties")
)


def subschemas(schema: Any) -> Iterator[tuple[str, Any]]:
    """The schemas directly inside `schema`, each with its relative JSON Pointer."""
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        if keyword in IN_ITSELF and isinstance(value, Mapping | bool):
            yield f"/{keyword}", value
        elif keyword in IN_LISTS and isinstance(value, list):
            for number, one in enumerate(value):
                yield f"/{keyword}/{number}", one
        elif keyword in IN_NAMES and isinstance(value, Mapping):
            for name, one in value.items():
                if isinstance(one, Mapping | bool):
                    yield f"/{keyword}/{escaped(name)}", one


def walk(schema: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """`schema` and every schema inside it, with pointers below `pointer`."""
    yield pointer, schema
    for relative, one in subschemas(schema):
        yield from walk(one, pointer + relative)
