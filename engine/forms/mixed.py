"""Answers of more than one type: a choice of what kind of answer it is, then that answer.

Several types (`type: [string, number]`), no type at all, and alternatives that are not all objects
come here. What is chosen stands in `Draft.chosen` under `POINTER#type`; the inputs of each have
a lane of their own (`/form/x#type1`), and what was said in the others is kept aside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup, escape

from engine.forms.choices import worded
from engine.forms.drafts import Draft
from engine.forms.fields import Constant, Json
from engine.forms.layers import Layer
from engine.forms.nodes import Builder, Node, Place
from engine.forms.pointers import ABSENT
from engine.forms.resolving import Merged
from engine.languages import N_, _

WORDS = {
    "string": N_("Text"),
    "number": N_("A number"),
    "integer": N_("A whole number"),
    "boolean": N_("Yes or no"),
    "array": N_("A list"),
    "object": N_("Several answers together"),
    "null": N_("Nothing"),
}
ANYTHING = ("string", "number", "boolean", "array", "object", "null")
_SCALARS = frozenset(("string", "number", "integer", "boolean"))
_ABOUT = (
    "title",
    "description",
    "hint",
    "default",
    "examples",
    "messages",
    "oneOf",
    "anyOf",
    "type",
)
_SHAPING = frozenset(
    (
        "type",
        "properties",
        "items",
        "prefixItems",
        "enum",
        "const",
        "oneOf",
        "anyOf",
        "additionalProperties",
        "patternProperties",
        "widget",
    )
)


class Variant(NamedTuple):
    """One kind of answer."""

    node: Node
    number: int | None
    """Its place among the schema's alternatives; None where a type is chosen."""
    types: frozenset[str]
    label: Markup
    help: str


class Variants(Layer):
    """One of several kinds of answer."""

    kind = "variants"
    lacking: ClassVar[str] = N_("Choose how to answer: %(title)s")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.keyword = merged.choice
        self.suffix = "#type" + "#" * place.lanes
        below = replace(
            place,
            depth=place.depth + 1,
            lanes=place.lanes + 1,
            unfolded=True,
            lane="",
            optional=False,
        )
        self._builder = builder
        if merged.choice:
            parts = _alternatives(builder, merged)
            numbers: Sequence[int | None] = merged.numbers.get(merged.choice, range(len(parts)))
        else:
            parts = _typed(builder, merged)
            numbers = [None] * len(parts)
        self._schemas = [part.schema for part in parts]
        made = [
            self._variant(builder, part, number, below)
            for part, number in zip(parts, numbers, strict=False)
        ]
        types = {name for one in made for name in one.types}
        if merged.nullable and "null" not in types:
            nothing = Merged({"const": None, "title": _(WORDS["null"])})
            made.append(self._variant(builder, nothing, None, below))
        self.variants = tuple(made)
        self.nullable = merged.nullable or "null" in types
        self.label_of_choice = self.title

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        said = merged.schema.get("type")
        return bool(merged.choice) or isinstance(said, list) or (said is None)

    def lane(self, number: int) -> str:
        """What follows the name of the inputs of one kind of answer."""
        return f"{self.suffix}{number}"

    def current(self, value: Any, at: str, draft: Draft) -> Node | None:
        number = self.chosen(value, at, draft)
        return None if number is None else self.variants[number].node

    def chosen(self, value: Any, at: str, draft: Draft) -> int | None:
        """The index of the chosen kind: as marked, or else the one that the answer is of."""
        marked = draft.chosen.get(at + self.suffix)
        if marked is not None and 0 <= marked < len(self.variants):
            return marked
        return self.fitting(value)

    def fitting(self, value: Any) -> int | None:
        """The first kind of which `value` is; None when it is of none, or nothing is said."""
        if value is ABSENT:
            return None
        kind = type_of(value)
        able = [n for n, one in enumerate(self.variants) if kind in one.types]
        if kind == "integer" and not able:
            able = [n for n, one in enumerate(self.variants) if "number" in one.types]
        if len(able) < 2:
            return able[0] if able else None
        return next((n for n in able if self._checks[n](value)), able[0])

    def fixed(self, number: int) -> Any:
        """What choosing a kind answers by itself; ABSENT when that is not enough."""
        node = self.variants[number].node
        return node.fixed.value if isinstance(node, Constant) else ABSENT

    @cached_property
    def _checks(self) -> Sequence[Callable[[Any], bool]]:
        made = [self._builder.condition(schema) for schema in self._schemas]
        return [*made, lambda value: value is None]

    def _variant(
        self, builder: Builder, merged: Merged, number: int | None, place: Place
    ) -> Variant:
        label, types = _label(merged, number), _types(merged)
        node: Node
        if (
            number is None
            and types & {"array", "object"}
            and not (_SHAPING - {"type"}) & merged.schema.keys()
        ):
            node = Json(builder, merged, place)
        else:
            node = builder.built(merged, place)
        if not isinstance(merged.schema.get("title"), str):
            node.title = label
            node.label = escape(label)
        return Variant(node, number, types, escape(label), node.help)


def shapes(merged: Merged, options: Sequence[Merged]) -> bool:
    """Whether alternatives decide what is asked, rather than only limit the answer."""
    said = merged.schema.get("type")
    if isinstance(said, str) and said in _SCALARS:
        return False
    if said == "object" and merged.schema.get("properties"):
        return any(one.schema.get("properties") for one in options)
    return any(_SHAPING & one.schema.keys() for one in options)


def common_scalar(options: Sequence[Merged]) -> str:
    """The one type of alternatives that only limit it, each without a name; empty otherwise."""
    kinds = {str(one.schema.get("type")) for one in options}
    plain = not any({"title", "const", "enum", "widget"} & one.schema.keys() for one in options)
    return kinds.pop() if plain and len(kinds) == 1 and kinds <= _SCALARS else ""


def lane_numbers(name: str) -> list[int]:
    """The kinds of answer that a name leads through: 1 for `x#type1`."""
    return [int(one) for one in re.findall(r"type#*([0-9]{1,4})", name)]


def type_of(value: Any) -> str:
    """The JSON type of a value; a number without a fraction is an integer."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if float(value).is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _alternatives(builder: Builder, merged: Merged) -> list[Merged]:
    rest = {key: said for key, said in merged.schema.items() if key not in _ABOUT}
    if isinstance(merged.schema.get("type"), str | list):
        rest["type"] = merged.schema["type"]
    found = []
    for one in merged.schema[merged.choice]:
        together = builder.merged({"allOf": [one, rest]}, merged)
        if together is not None and not together.choosers & merged.choosers:
            found.append(together)
    return found


def _typed(builder: Builder, merged: Merged) -> list[Merged]:
    said = merged.schema.get("type")
    names = said if isinstance(said, list) else ANYTHING
    rest = {key: one for key, one in merged.schema.items() if key not in _ABOUT}
    found = [builder.merged({**rest, "type": name}, merged) for name in names]
    return [one for one in found if one is not None]


def _types(merged: Merged) -> frozenset[str]:
    schema = merged.schema
    if "const" in schema:
        return frozenset((type_of(schema["const"]),))
    if isinstance(schema.get("enum"), list):
        return frozenset(map(type_of, schema["enum"]))
    said = schema.get("type")
    names = {said} if isinstance(said, str) else set(said or ())
    if not names and merged.choice:
        names = {name for one in merged.options for name in _types(one)}
    if not names:
        names = {implied(schema)} - {""} or set(ANYTHING)
    if "number" in names:
        names.add("integer")
    return frozenset(names)


def implied(schema: Mapping[str, Any]) -> str:
    """The type that a schema without one is about, by its other keywords; empty for none."""
    for name, keywords in _IMPLIED.items():
        if keywords & schema.keys():
            return name
    return ""


_IMPLIED = {
    "object": frozenset(
        (
            "properties",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
            "required",
            "minProperties",
            "maxProperties",
            "dependentRequired",
            "unevaluatedProperties",
        )
    ),
    "array": frozenset(
        (
            "items",
            "prefixItems",
            "contains",
            "minItems",
            "maxItems",
            "uniqueItems",
            "unevaluatedItems",
        )
    ),
    "string": frozenset(["minLength", "maxLength", "pattern", "format"]),
    "number": frozenset(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
    ),
}


def _label(merged: Merged, number: int | None) -> str:
    title = merged.schema.get("title")
    if isinstance(title, str) and title:
        return title
    if "const" in merged.schema:
        said = merged.schema["const"]
        return _(WORDS["null"]) if said is None else worded(said)
    kinds = sorted(_types(merged) - ({"integer"} if "number" in _types(merged) else set()))
    if len(kinds) == 1:
        return _(WORDS[kinds[0]])
    return _("Option %(number)s", number=(number or 0) + 1)
