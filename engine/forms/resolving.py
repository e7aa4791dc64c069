"""From a schema as written to one that a form can be drawn from.

References are followed (JSON Schema 2020-12 §8.2.3, dynamic ones by the resources that were
entered), keywords beside `$ref` and the parts of `allOf` are merged, `null` alternatives become
`nullable`. The merged schema is for display only: answers are always validated with the original.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.forms.dialects import Modern
from engine.forms.merging import merge

Schema = Mapping[str, Any]

MAX_DEPTH = 32
"""How deep a form's questions may nest; below that they are asked as JSON."""
MAX_PARTS = 1_000
"""How many schemas may apply to one place."""


@dataclass(frozen=True)
class Merged:
    """One place of a schema with everything that applies to it in one object."""

    schema: dict[str, Any]
    nullable: bool = False
    conditions: tuple[Schema, ...] = ()
    """The subschemas that hold `if`, with their `then` and `else`."""
    trail: frozenset[int] = frozenset()
    """Which schemas apply here and on the way here from the root, by `id()`."""
    recursive: bool = False
    """One of its schemas applies further up as well, so that it may go on like that for ever."""
    items: Any = None
    """`items` as written, where `schema` holds it merged."""
    items_recursive: bool = False
    scope: tuple[str, ...] = ()
    """The resources that were entered on the way, outermost first."""
    choosers: frozenset[int] = frozenset()
    """Which of the schemas that apply here say `oneOf` or `anyOf`."""
    numbers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By keyword, where its alternatives stand among those that were written."""
    options: tuple[Merged, ...] = ()
    """The alternatives of `choice`, one of which decides what is asked."""
    choice: str = ""


@dataclass
class Resolver:
    """Follows the references of one form's schema. Only what the schema bundles can be reached."""

    root: Any
    modern: Modern = field(init=False, repr=False)
    _made: list[Any] = field(default_factory=list, repr=False)
    """Schemas that were made on the way; a trail tells schemas by `id()`, so all must live."""

    def __post_init__(self) -> None:
        self.modern = Modern.of(self.root)

    @property
    def base(self) -> str:
        return self.modern.base

    def merged(self, schema: Any, above: Merged | None = None) -> Merged | None:
        """`schema`, found in `above`, with references followed and `allOf` merged; None where
        nothing is allowed."""
        if schema is False:
            return None
        gathered = _Gathered(above.trail if above else frozenset(), above.scope if above else ())
        self._gather(schema, gathered)
        if gathered.impossible:
            return None
        found = gathered.schema
        nullable = _take_null(found)
        numbers = {}
        for keyword in ("oneOf", "anyOf"):
            options = found.get(keyword)
            if not isinstance(options, list):
                continue
            kept = [(n, one) for n, one in enumerate(options) if _says_something(one)]
            nullable = nullable or any(_is_null(one) for one in options)
            if len(kept) == 1 and not _is_choice(kept[0][1]):
                rest = {key: value for key, value in found.items() if key != keyword}
                inner = self.merged({"allOf": [rest, kept[0][1]]}, gathered.merged(False, {}))
                return inner and replace(
                    inner,
                    nullable=nullable or inner.nullable,
                    conditions=(*gathered.conditions, *inner.conditions),
                    recursive=gathered.recursive or inner.recursive,
                )
            found[keyword] = [one for _, one in kept]
            numbers[keyword] = tuple(number for number, _ in kept)
        return gathered.merged(nullable, numbers)

    def _gather(self, schema: Any, into: _Gathered) -> None:
        pending = [schema]
        while pending:
            schema = pending.pop()
            if schema is False:
                into.impossible = True
            if not isinstance(schema, Mapping) or into.knows(schema):
                continue
            self._enter(schema, into)
            merge(into.schema, {key: said for key, said in schema.items() if key not in _HANDLED})
            if "if" in schema:
                into.conditions.append(schema)
            for name, needs in _mapping(schema.get("dependentSchemas")).items():
                into.conditions.append(self.kept({"if": {"required": [name]}, "then": needs}))
            parts = schema.get("allOf")
            # The last is looked at first: what refers comes before what stands beside it.
            pending += reversed(parts if isinstance(parts, list) else [])
            for followed in (self._dynamic(schema, into), self._followed(schema)):
                if followed is not None:
                    pending.append(followed)

    def kept(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema that is nowhere written, kept alive."""
        self._made.append(schema)
        return schema

    def _enter(self, schema: Schema, into: _Gathered) -> None:
        base = self.modern.bases.get(id(schema))
        if base is None:
            self._made.append(schema)
        elif base not in into.scope:
            into.scope = (*into.scope, base)

    def _followed(self, schema: Schema) -> Any:
        reference = schema.get("$ref")
        # What leads nowhere is reported by the linter; the form asks for anything.
        return self.modern.find(reference) if isinstance(reference, str) else None

    def _dynamic(self, schema: Schema, into: _Gathered) -> Any:
        reference = schema.get("$dynamicRef")
        if not isinstance(reference, str):
            return None
        return self.modern.dynamic_target(reference, into.scope)


@dataclass
class _Gathered:
    above: frozenset[int]
    scope: tuple[str, ...]
    here: set[int] = field(default_factory=set)
    schema: dict[str, Any] = field(default_factory=dict)
    conditions: list[Schema] = field(default_factory=list)
    choosers: set[int] = field(default_factory=set)
    impossible: bool = False
    recursive: bool = False

    def knows(self, schema: Schema) -> bool:
        """Whether `schema` is gathered already, or one too many; notes it otherwise."""
        if id(schema) in self.here:
            return True
        self.recursive = self.recursive or id(schema) in self.above
        self.here.add(id(schema))
        if "oneOf" in schema or "anyOf" in schema:
            self.choosers.add(id(schema))
        return len(self.here) > MAX_PARTS

    def merged(self, nullable: bool, numbers: Mapping[str, tuple[int, ...]]) -> Merged:
        return Merged(
            self.schema,
            nullable,
            tuple(self.conditions),
            self.above | self.here,
            self.recursive,
            scope=self.scope,
            choosers=frozenset(self.choosers),
            numbers=numbers,
        )


_HANDLED = frozenset(
    [
        "$ref",
        "$dynamicRef",
        "allOf",
        "if",
        "then",
        "else",
        "$defs",
        "definitions",
        "dependentSchemas",
        "$schema",
        "$anchor",
        "$dynamicAnchor",
    ]
)


def pretty(key: str) -> str:
    """A property name as words, for a question that has no title: `student_goal`."""
    words = key.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] if words else key


def _mapping(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {}


def _take_null(schema: dict[str, Any]) -> bool:
    said = schema.get("type")
    if isinstance(said, list):
        rest = [one for one in said if one != "null"]
        schema["type"] = rest[0] if len(rest) == 1 else rest or "null"
        return len(rest) < len(said)
    return False


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and (
        schema.get("type") == "null" or ("const" in schema and schema["const"] is None)
    )


def _says_something(option: Any) -> bool:
    return option is not False and not _is_null(option)


def _is_choice(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "const" in schema
