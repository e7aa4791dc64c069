"""From one form's schema to its nodes: which kind asks what, and how much is shown at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from engine.credentials.credential import AlignedItem, JSONObject
from engine.forms.checking import condition_of
from engine.forms.choices import choices_in
from engine.forms.crossing import Rule, rule
from engine.forms.fields import Json
from engine.forms.groups import Group, are_objects
from engine.forms.kinds import kinds
from engine.forms.mixed import Variants, common_scalar, implied, shapes
from engine.forms.nodes import Node, Place
from engine.forms.recursion import Nested
from engine.forms.resolving import MAX_DEPTH, Merged, Resolver
from engine.forms.rows import Rows
from engine.forms.sequences import Sequence as Places
from engine.languages import _

MAX_GROUPS = 250
"""How many groups a form shows at once. A schema may name the same parts in so many ways that
all of them together have no end; beyond this they are closed until somebody opens them."""
MAX_CHOICES = 5
"""How deep choices within choices are looked through."""
MAX_LOOKS = 4_000
"""How many options of choices a form looks through in all."""


class Compiler:
    """Builds one form's nodes."""

    def __init__(
        self, schema: JSONObject | bool, frameworks: Mapping[str, Sequence[AlignedItem]]
    ) -> None:
        self.frameworks = frameworks
        self.resolver = Resolver(schema)
        self._groups = 0
        self._looks = 0
        self._later: dict[tuple[int, Place], Node] = {}

    def merged(self, schema: Any, above: Merged) -> Merged | None:
        """`schema`, a part of what `above` was merged from, as one object."""
        return self.resolver.merged(schema, above)

    def node(self, schema: Any, above: Merged, place: Place) -> Node | None:
        """The node for `schema`; None where nothing may be answered."""
        merged = self.merged(schema, above)
        return None if merged is None else self.built(merged, place)

    def built(self, merged: Merged, place: Place) -> Node:
        if place.depth > MAX_DEPTH or merged.schema.get("widget") == "json":
            return Json(self, merged, place)
        merged = self._with_items(self._with_options(self._with_type(merged)))
        widget = merged.schema.get("widget", "")
        kind = next(kind for kind in kinds() if kind.fits(merged, widget))
        if issubclass(kind, Group | Rows | Variants):
            self._groups += 1
            endless = merged.recursive and (kind is Places or not issubclass(kind, Rows))
            many = self._groups > MAX_GROUPS
            if many and place.unfolded and issubclass(kind, Variants):
                return Json(self, merged, place)
            if not place.unfolded and (endless or many):
                below = replace(place, unfolded=True, depth=place.depth + 1)
                return Nested(self, merged, place, partial(self._once, kind, merged, below))
        return kind(self, merged, place)

    def _once(self, kind: type[Node], merged: Merged, place: Place) -> Node:
        """One node for all the places that show the same at the same depth, however many they
        are: what is built on demand must not grow with what is asked of it."""
        key = (id(merged.schema.get("properties", merged)), place)
        if key not in self._later:
            self._later[key] = kind(self, merged, place)
        return self._later[key]

    def condition(self, schema: Any) -> Callable[[Any], bool]:
        return condition_of(schema, self.resolver.root, self.resolver.base)

    def rules(self, schema: Mapping[str, Any]) -> tuple[Rule, ...]:
        said = schema.get("rules")
        return tuple(
            rule(
                one["rule"],
                str(one.get("message", _("These answers do not fit together."))),
                str(one.get("at", "")),
            )
            for one in (said if isinstance(said, list) else ())
            if isinstance(one, Mapping) and isinstance(one.get("rule"), str)
        )

    def _with_type(self, merged: Merged) -> Merged:
        """With the type that only its other keywords tell."""
        schema = merged.schema
        if {"type", "enum", "const", "oneOf", "anyOf"} & schema.keys():
            return merged
        kind = implied(schema)
        return replace(merged, schema={**schema, "type": kind}) if kind else merged

    def _with_items(self, merged: Merged) -> Merged:
        items = merged.schema.get("items")
        if merged.schema.get("type") != "array" or items is False:
            return replace(merged, items={})
        if not isinstance(items, Mapping):
            items = {}
        inner = self.merged(items, merged)
        if inner is None:
            return merged
        schema = {**merged.schema, "items": inner.schema}
        if schema.get("prefixItems") and not merged.schema.get("items"):
            del schema["items"]
        return replace(merged, schema=schema, items=items, items_recursive=inner.recursive)

    def _option(self, option: Merged, above: Merged, depth: int) -> Merged:
        self._looks += 1
        option = replace(self._with_type(option), choosers=option.choosers | above.choosers)
        if depth > MAX_CHOICES or self._looks > MAX_LOOKS:
            return option
        return self._with_options(option, depth)

    def _with_options(self, merged: Merged, depth: int = 0) -> Merged:
        """With the alternatives that decide what is asked; the others only limit the answer."""
        found: list[tuple[str, tuple[Merged, ...], tuple[int, ...]]] = []
        for keyword in ("oneOf", "anyOf"):
            said = merged.schema.get(keyword)
            if not isinstance(said, list) or len(said) < 2 or choices_in(merged.schema):
                continue
            numbers = merged.numbers.get(keyword) or tuple(range(len(said)))
            pairs = [
                (one, number)
                for one, number in zip(
                    (self.merged(option, merged) for option in said), numbers, strict=True
                )
                # One that leads back to this very choice says nothing new.
                if one is not None and not one.choosers & merged.choosers
            ]
            options = tuple(self._option(one, merged, depth + 1) for one, _ in pairs)
            if len(options) > 1 and (are_objects(options) or shapes(merged, options)):
                found.append((keyword, options, tuple(number for _, number in pairs)))
        if not found:
            return merged
        if len(found) == 2:
            # Both must be chosen: the second choice is asked within each option of the first.
            second = {found[1][0]: merged.schema[found[1][0]]}
            rest = {key: one for key, one in merged.schema.items() if key != found[1][0]}
            rest[found[0][0]] = [{"allOf": [one, second]} for one in merged.schema[found[0][0]]]
            return self._with_options(replace(merged, schema=rest), depth)
        keyword, options, numbers = found[0]
        if not are_objects(options) and (kind := common_scalar(options)):
            return replace(merged, schema={**merged.schema, "type": kind})
        return replace(
            merged,
            options=options,
            choice=keyword,
            numbers={**merged.numbers, keyword: numbers},
        )
