"""Every dialect of JSON Schema as 2020-12, for display.

A schema is copied once, place by place and without recursion, so that ten thousand levels cost
no more than time. Keywords of older drafts (04, 06, 07, 2019-09, by `$schema`) become those of
2020-12, and references become absolute, by the resource (`$id`) that they are written in. Answers
are validated with the original, never with this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin

from engine.credentials.walking import subschemas
from engine.forms.pointers import index, tokens

Schema = Mapping[str, Any]

ROOT = "urn:accolade:form"
"""What a form without an `$id` is called."""
RECURSIVE = "\N{REPLACEMENT CHARACTER}recursive"
"""Stands for the nameless anchor that `$recursiveAnchor: true` sets."""

_DRAFTS = {
    "http://json-schema.org/draft-04/schema": 4,
    "http://json-schema.org/draft-06/schema": 6,
    "http://json-schema.org/draft-07/schema": 7,
    "https://json-schema.org/draft/2019-09/schema": 2019,
    "https://json-schema.org/draft/2020-12/schema": 2020,
}
_SINCE = {
    "const": 6,
    "contains": 6,
    "propertyNames": 6,
    "examples": 6,
    "if": 7,
    "then": 7,
    "else": 7,
    "readOnly": 7,
    "writeOnly": 7,
    "$anchor": 2019,
    "$recursiveRef": 2019,
    "$recursiveAnchor": 2019,
    "dependentRequired": 2019,
    "dependentSchemas": 2019,
    "minContains": 2019,
    "maxContains": 2019,
    "unevaluatedItems": 2019,
    "unevaluatedProperties": 2019,
    "$dynamicRef": 2020,
    "$dynamicAnchor": 2020,
    "prefixItems": 2020,
}
"""The draft that brought a keyword; before it, the keyword means nothing."""
_ASSERTIONS = frozenset(
    [
        "type",
        "enum",
        "const",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "format",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxProperties",
        "minProperties",
        "required",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "items",
        "additionalItems",
        "contains",
        "dependencies",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
    ]
)
"""What up to draft 07 counts for nothing beside a `$ref`."""


@dataclass
class Modern:
    """A form's schema as 2020-12, and everything in it that a reference can name."""

    root: Schema | bool
    base: str = ROOT
    bases: dict[int, str] = field(default_factory=dict)
    """The resource of each copied schema, by `id()`."""
    anchors: dict[tuple[str, str], Schema] = field(default_factory=dict)
    dynamic: dict[tuple[str, str], Schema] = field(default_factory=dict)
    """Schemas by resource and `$dynamicAnchor`."""
    _resources: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """The original of each resource, with its draft."""
    _copies: dict[tuple[int, str], Any] = field(default_factory=dict)
    _alive: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, schema: Any) -> Modern:
        made = cls(schema)
        if isinstance(schema, Mapping):
            draft = _draft(schema, 2020)
            made.base = _own_id(schema, draft, ROOT) or ROOT
            made._resources[ROOT] = (schema, draft)
            made.root = made._copied(schema, ROOT, draft)
        return made

    def find(self, uri: str) -> Any:
        """The schema that an absolute reference names; None when it leads nowhere."""
        base, _, fragment = uri.partition("#")
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self.anchors.get((base, fragment)) or self.dynamic.get((base, fragment))
        if base not in self._resources:
            return None
        now, draft = self._resources[base]
        for step in tokens(fragment):
            number = index(step)
            if isinstance(now, Mapping) and step in now:
                now = now[step]
            elif isinstance(now, list) and number is not None and number < len(now):
                now = now[number]
            else:
                return None
            base = _own_id(now, draft, base) or base
        if isinstance(now, Mapping):
            return self._copied(now, base, draft)
        return now if isinstance(now, bool) else None

    def dynamic_target(self, uri: str, scope: tuple[str, ...]) -> Any:
        """What `$dynamicRef` means where the resources of `scope` were entered, outermost first
        (JSON Schema 2020-12 §8.2.3.2): the outermost with that anchor, if the innermost has it."""
        base, _, name = uri.partition("#")
        if (base, name) in self.dynamic:
            for outer in scope:
                if (outer, name) in self.dynamic:
                    return self.dynamic[outer, name]
        return self.find(base if name == RECURSIVE else uri)

    def _copied(self, schema: Schema, base: str, draft: int) -> Schema:
        made: dict[str, Any] = {}
        pending: list[tuple[Any, str, int, Callable[[Any], None]]] = [
            (schema, base, draft, lambda copy: made.update(copy=copy))
        ]
        while pending:
            original, base, draft, put = pending.pop()
            if not isinstance(original, Mapping):
                put(original)
                continue
            draft = _draft(original, draft)
            own = _own_id(original, draft, base)
            if own is not None and own != base:
                base = own
                self._resources.setdefault(own, (original, draft))
            known = self._copies.get((id(original), base))
            if known is not None:
                put(known)
                continue
            copy = self._copies[id(original), base] = _modernised(original, base, draft)
            self._alive.append(original)
            self.bases[id(copy)] = base
            self._note_anchors(copy, base)
            put(copy)
            for holder, key in _places(copy):
                pending.append((holder[key], base, draft, _setter(holder, key)))
        found: Schema = made["copy"]
        return found

    def _note_anchors(self, schema: Schema, base: str) -> None:
        if isinstance(name := schema.get("$anchor"), str):
            self.anchors.setdefault((base, name), schema)
        if isinstance(name := schema.get("$dynamicAnchor"), str):
            self.dynamic.setdefault((base, name), schema)


def resolved(base: str, reference: str) -> str:
    """`reference`, written in the resource `base`, as an absolute one."""
    if not reference or reference.startswith("#"):
        return base.partition("#")[0] + reference
    # RFC 3986 knows nothing that is relative to a URN.
    return reference if base.startswith("urn:") else urljoin(base, reference)


def _draft(schema: Any, otherwise: int) -> int:
    said = schema.get("$schema")
    return _DRAFTS.get(said.rstrip("#"), otherwise) if isinstance(said, str) else otherwise


def _own_id(schema: Any, draft: int, base: str) -> str | None:
    """The resource that a schema begins, if it begins one."""
    if not isinstance(schema, Mapping):
        return None
    said = schema.get("id" if draft == 4 else "$id")
    if not isinstance(said, str) or (draft <= 7 and "$ref" in schema):
        return None
    if said.startswith("#"):
        return None  # up to draft 07 that is an anchor
    return resolved(base, said).removesuffix("#")


def _modernised(schema: Schema, base: str, draft: int) -> dict[str, Any]:
    """A copy of one schema, whose subschemas are still the originals, in containers of our own."""
    made = {
        key: dict(value) if isinstance(value, Mapping) and key in _NAMED else value
        for key, value in schema.items()
        if _SINCE.get(key, 0) <= draft
    }
    for key in ("allOf", "anyOf", "oneOf", "prefixItems", "items"):
        if isinstance(made.get(key), list):
            made[key] = list(made[key])
    said = made.pop("id" if draft == 4 else "$id", None)
    if draft <= 7 and isinstance(said, str) and said.startswith("#"):
        made["$anchor"] = said[1:]
    if draft <= 7 and isinstance(made.get("$ref"), str):
        made = {key: value for key, value in made.items() if key not in _ASSERTIONS}
    if draft == 4:
        _numbers_of_draft_4(made)
    if draft <= 7:
        _dependencies(made)
    if draft <= 2019:
        _items(made)
    if made.pop("$recursiveAnchor", None) is True:
        made["$dynamicAnchor"] = RECURSIVE
    if isinstance(made.pop("$recursiveRef", None), str):
        made["$dynamicRef"] = f"#{RECURSIVE}"
    for key in ("$ref", "$dynamicRef"):
        reference = made.get(key)
        if isinstance(reference, str):
            made[key] = resolved(base, reference)
    return made


def _numbers_of_draft_4(schema: dict[str, Any]) -> None:
    for bound, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.pop(strict, None) is True and bound in schema:
            schema[strict] = schema.pop(bound)


def _dependencies(schema: dict[str, Any]) -> None:
    said = schema.pop("dependencies", None)
    for name, needs in said.items() if isinstance(said, Mapping) else ():
        keyword = "dependentRequired" if isinstance(needs, list) else "dependentSchemas"
        schema.setdefault(keyword, {})[name] = needs


def _items(schema: dict[str, Any]) -> None:
    rest = schema.pop("additionalItems", None)
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        if rest is not None:
            schema["items"] = rest


_NAMED = frozenset(
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"]
)


def _places(schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Where the subschemas of a copied schema stand: the container and the key of each."""
    for pointer, _ in subschemas(schema):
        *above, last = tokens(pointer)
        holder: Any = schema[above[0]] if above else schema
        yield holder, int(last) if isinstance(holder, list) else last


def _setter(holder: Any, key: Any) -> Callable[[Any], None]:
    def put(copy: Any) -> None:
        holder[key] = copy

    return put
