"""Instances near a schema, for trying a validator: always the same ones for the same schema.

Some fit, some just don't, and some are odd. An object is varied at one place at a time, so that
their number grows with the schema and not with its power.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from engine.forms.dialects import Modern

_DEPTH = 6
_INSIDE = 24
"""Variants of what stands inside of something else."""
_TEXTS = (
    "ab",
    "",
    "a\n",
    "\u0663",
    "\u00e9",
    "e\u0301",
    "\U0001f393",
    "\ufeff",
    "a\u2028b",
    "A 1_-",
)
_NUMBERS = (1, 0, -1, 1.0, 0.5, 0.07, 1e16, 2**53 + 1, 10**25)
_FORMATS = {
    "date": ("2026-02-28", "2026-02-30", "20260228"),
    "time": ("10:00:00Z", "23:59:60Z", "10:00"),
    "date-time": ("2026-02-28T10:00:00Z", "2026-02-28t10:00:00+01:00", "2026-02-28 10:00:00Z"),
    "duration": ("P1D", "PT1H30M", "P1Y1D", "P1W2D"),
    "email": ("a@b.example", "a..b@c.example", "a@b", "a b@c.example"),
    "idn-email": ("\u00e9@b.example", "a@@b"),
    "hostname": ("school.example", "-a.example", "a_b", "a."),
    "idn-hostname": ("\u00e9cole.example", "a..b"),
    "ipv4": ("127.0.0.1", "256.0.0.1", "01.2.3.4"),
    "ipv6": ("::1", "1::2::3", "::1%eth0"),
    "uri": ("https://a.example/x?y#z", "a", "https://a b"),
    "uri-reference": ("a/b", "a b"),
    "iri": ("https://\u00e9.example", "a b"),
    "iri-reference": ("\u00e9", "a b"),
    "uri-template": ("/a/{b}", "/a/{b"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "0"),
    "regex": ("^a+$", "(", "\\Z"),
    "json-pointer": ("/a/~0", "a", "/~2"),
    "relative-json-pointer": ("0#", "01"),
}


@dataclass(frozen=True)
class Sampler:
    """Makes instances for one schema."""

    modern: Modern

    def samples(self, schema: Any, most: int, depth: int = 0) -> list[Any]:
        """At most `most` values; the first is likely to fit."""
        return list(islice(self._values(schema, depth), most))

    def around(self, example: Any) -> Iterator[Any]:
        """An example of answers with each of them taken away or spoiled."""
        if not isinstance(example, dict):
            return
        for key, value in example.items():
            yield {name: one for name, one in example.items() if name != key}
            spoiled: list[Any] = [None, "", [], {}]
            if isinstance(value, list):
                spoiled.append([*value, *value])
            yield from ({**example, key: one} for one in spoiled)

    def _values(self, schema: Any, depth: int) -> Iterator[Any]:
        if not isinstance(schema, Mapping) or depth > _DEPTH:
            yield "ab"
            return
        yield from self._own(schema)
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(said := schema.get(keyword), str):
                yield from self.samples(self.modern.find(said), _INSIDE, depth + 1)
        types = schema.get("type")
        types = types if isinstance(types, list) else [types] if types else []
        if not types or "object" in types:
            yield from self._objects(schema, depth)
        if "array" in types or {"items", "prefixItems", "contains", "uniqueItems"} & schema.keys():
            yield from self._arrays(schema, depth)
        if not types or "string" in types:
            yield from _texts(schema)
        if not types or {"number", "integer"} & set(types):
            yield from _numbers(schema)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in schema[keyword] if isinstance(schema.get(keyword), list) else ():
                yield from self.samples(part, _INSIDE, depth + 1)
        for keyword in ("if", "then", "else", "not"):
            if keyword in schema:
                yield from self.samples(schema[keyword], _INSIDE, depth + 1)
        yield from (True, None, "ab", 1, [], {})

    def _own(self, schema: Mapping[str, Any]) -> Iterator[Any]:
        said = list(schema["enum"]) if isinstance(schema.get("enum"), list) else []
        if "const" in schema:
            said.append(schema["const"])
        yield from said
        for value in said:
            yield from _twins(value)

    def _objects(self, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        asked = self._properties(schema, depth)
        base = {name: values[0] for name, values in asked.items() if values}
        yield base
        for name, values in asked.items():
            yield {key: value for key, value in base.items() if key != name}
            yield from ({**base, name: value} for value in values[1:])
        yield {**base, "no such name": 1}
        yield {}

    def _properties(self, schema: Mapping[str, Any], depth: int) -> dict[str, list[Any]]:
        """What may stand under each name, by every part of the schema that speaks of it."""
        found: dict[str, list[Any]] = {}
        parts = schema["allOf"] if isinstance(schema.get("allOf"), list) else []
        for one in (schema, *(part for part in parts if isinstance(part, Mapping))):
            said = one.get("properties")
            for name, inner in said.items() if isinstance(said, Mapping) else ():
                found.setdefault(name, []).extend(self.samples(inner, _INSIDE, depth + 1))
        return found

    def _arrays(self, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        first = schema["prefixItems"] if isinstance(schema.get("prefixItems"), list) else []
        head = [self.samples(one, 1, depth + 1)[0] for one in first]
        items = schema.get("items", schema.get("contains"))
        inner = self.samples(items, _INSIDE, depth + 1)
        least = schema.get("minItems")
        fill = inner[:1] * min(least if isinstance(least, int) else 1, 20)
        yield head + fill
        yield from ([*head, value] for value in inner)
        yield from ([*head, value, twin] for value in inner for twin in _twins(value))
        yield [*head, *inner[:1], *inner[:1]]
        yield from ([], [1, True], [1, 1.0], [{"a": 0}, {"a": False}])


def _texts(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from _FORMATS.get(str(schema.get("format")), ())
    for keyword in ("minLength", "maxLength"):
        limit = schema.get(keyword)
        if isinstance(limit, int) and not isinstance(limit, bool) and limit < 5_000:
            yield from ("\U0001f393" * max(0, limit + step) for step in (0, -1, 1))
    yield from _TEXTS


def _numbers(schema: Mapping[str, Any]) -> Iterator[float]:
    for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        limit = schema.get(keyword)
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            yield from (limit, limit + 1, limit - 1)
            yield from _twins(limit)
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and not isinstance(step, bool):
        yield from (step, step * 3, step * 7, step / 2)
    yield from _NUMBERS


def _twins(value: Any) -> Iterator[Any]:
    """What is nearly this value, or equal to it in one language and not in another."""
    if isinstance(value, bool):
        yield int(value)
    elif isinstance(value, int) and abs(value) < 10**300:
        yield from (float(value), value + 1)
        if value in (0, 1):
            yield bool(value)
    elif isinstance(value, float) and value.is_integer():
        yield int(value)
    elif isinstance(value, list) and value:
        yield from ([twin, *value[1:]] for twin in _twins(value[0]))
    elif isinstance(value, dict) and value:
        key = next(iter(value))
        yield from ({**value, key: twin} for twin in _twins(value[key]))
