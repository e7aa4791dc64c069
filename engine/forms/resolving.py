"""From a schema as written to one that a form can be drawn from.

References are followed (JSON Schema 2020-12 §8.2.3, `$id` and `$anchor` included), keywords beside
`$ref` and the parts of `allOf` are merged, `null` alternatives become `nullable`. The merged schema
is for display only: answers are always validated with the original.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import referencing
import referencing.exceptions
from referencing.jsonschema import DRAFT202012, UnknownDialect, specification_with

Schema = Mapping[str, Any]

ROOT = "urn:accolade:form"
MAX_DEPTH = 32
"""How deep a form's questions may nest; below that they are asked as JSON."""

_STRICTEST: dict[str, Any] = {
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}


@dataclass(frozen=True)
class Merged:
    """One place of a schema with everything that applies to it in one object."""

    schema: dict[str, Any]
    nullable: bool = False
    conditions: tuple[Schema, ...] = ()
    """The subschemas that hold `if`, with their `then` and `else`."""
    trail: frozenset[str] = frozenset()
    """References that led here, from the root on."""
    endless: bool = False
    """It refers to itself, so that nothing ends it."""
    items: Any = None
    """`items` as written, where `schema` holds it merged."""


@dataclass
class Resolver:
    """Follows the references of one form's schema. Only what the schema bundles can be reached."""

    root: Schema
    _lookup: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        said = self.root.get("$schema")
        try:
            specification = specification_with(said) if isinstance(said, str) else DRAFT202012
        except UnknownDialect:
            specification = DRAFT202012
        resource: Any = referencing.Resource.from_contents(self.root, specification)
        own = resource.id() or ROOT
        registry: Any = referencing.Registry().with_resources([(ROOT, resource), (own, resource)])
        self.base: str = own
        self._lookup = registry.crawl().resolver(base_uri=own)

    def merged(self, schema: Any, trail: frozenset[str] = frozenset()) -> Merged | None:
        """`schema` with references followed and `allOf` merged; None where nothing is allowed."""
        if schema is False:
            return None
        gathered = _Gathered(trail)
        self._gather(schema, gathered, 0)
        if gathered.impossible:
            return None
        merged = gathered.schema
        nullable = _take_null(merged)
        for keyword in ("oneOf", "anyOf"):
            options = merged.get(keyword)
            if not isinstance(options, list):
                continue
            kept = [one for one in options if not _is_null(one)]
            if len(kept) < len(options):
                nullable = True
            if len(kept) == 1 and not gathered.endless and not _is_choice(kept[0]):
                rest = {key: value for key, value in merged.items() if key != keyword}
                inner = self.merged({"allOf": [rest, kept[0]]}, gathered.trail)
                if inner is None:
                    return None
                return Merged(
                    inner.schema,
                    nullable or inner.nullable,
                    (*gathered.conditions, *inner.conditions),
                    inner.trail,
                    inner.endless,
                )
            merged[keyword] = kept
        return Merged(
            merged, nullable, tuple(gathered.conditions), gathered.trail, gathered.endless
        )

    def _gather(self, schema: Any, into: _Gathered, depth: int) -> None:
        if schema is False:
            into.impossible = True
        if not isinstance(schema, Mapping):
            return
        if depth > MAX_DEPTH:
            into.endless = True
            return
        own = {key: value for key, value in schema.items() if key not in _HANDLED}
        merge(into.schema, own)
        if "if" in schema:
            into.conditions.append(schema)
        for keyword in ("$ref", "$dynamicRef"):
            reference = schema.get(keyword)
            if not isinstance(reference, str):
                continue
            if reference in into.trail:
                into.endless = True
                continue
            into.trail |= {reference}
            self._gather(self._followed(reference), into, depth + 1)
        parts = schema.get("allOf")
        for part in parts if isinstance(parts, list) else ():
            self._gather(part, into, depth + 1)

    def _followed(self, reference: str) -> Any:
        try:
            found = self._lookup.lookup(reference)
        except referencing.exceptions.Unresolvable:
            # The linter reports it; the form asks for JSON.
            return {}
        base = found.resolver._base_uri
        return found.contents if base in (self.base, ROOT) else absolute(found.contents, base)


@dataclass
class _Gathered:
    trail: frozenset[str]
    schema: dict[str, Any] = field(default_factory=dict)
    conditions: list[Schema] = field(default_factory=list)
    endless: bool = False
    impossible: bool = False


_HANDLED = frozenset({"$ref", "$dynamicRef", "allOf", "if", "then", "else", "$defs", "definitions"})


def merge(into: dict[str, Any], schema: Schema) -> None:
    """Adds `schema` to `into` so that both apply; what `into` says for people wins."""
    for key, value in schema.items():
        if key not in into:
            into[key] = value
        elif key in ("properties", "messages") and isinstance(value, Mapping):
            into[key] = _together(key, into[key], value)
        elif key == "required" and isinstance(value, list):
            into[key] = [*into[key], *(name for name in value if name not in into[key])]
        elif key == "rules" and isinstance(value, list):
            into[key] = [*into[key], *value]
        elif key == "enum" and isinstance(value, list):
            into[key] = [one for one in into[key] if one in value]
        elif key in _STRICTEST and _number(value) and _number(into[key]):
            into[key] = _STRICTEST[key](into[key], value)


def absolute(schema: Any, base: str) -> Any:
    """`schema` with the references that are relative to its own document made absolute."""
    if isinstance(schema, Mapping):
        return {
            key: base.partition("#")[0] + value
            if key in ("$ref", "$dynamicRef") and isinstance(value, str) and value.startswith("#")
            else absolute(value, base)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [absolute(one, base) for one in schema]
    return schema


def pretty(key: str) -> str:
    """A property name as words, for a question that has no title: `student_goal`."""
    words = key.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] if words else key


def _together(key: str, one: Any, other: Schema) -> dict[str, Any]:
    result = dict(one)
    for name, value in other.items():
        if name not in result:
            result[name] = value
        elif key == "properties" and result[name] != value:
            result[name] = {"allOf": [result[name], value]}
    return result


def _take_null(schema: dict[str, Any]) -> bool:
    said = schema.get("type")
    if isinstance(said, list):
        rest = [one for one in said if one != "null"]
        if len(rest) == 1:
            schema["type"] = rest[0]
        else:
            schema["type"] = rest
        return len(rest) < len(said)
    return False


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and (
        schema.get("type") == "null" or ("const" in schema and schema["const"] is None)
    )


def _is_choice(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "const" in schema


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
