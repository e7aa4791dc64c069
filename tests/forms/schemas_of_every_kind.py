"""Hypothesis strategies: schemas with every assertion of JSON Schema, and instances near them.

Instances are drawn from the schema's own words (its names, numbers and texts), a step to either
side of each limit, so that verdicts of both kinds are common.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from hypothesis import strategies as st

from engine.credentials.walking import walk

Schema = Any

NAMES = ("a", "b", "ab", "0", "é", "__proto__", "a/b")
PATTERNS = (
    r"^\d+$", r"\w", r"^\s", r"^[^\W_]+$", r"^\p{L}+$", r"^a.c$", r"^(?!x)\w*$", r"(?<=a)b",
    r"^(ab?|c)+$", r"\bword\b", r"^[a-z&]+$", r"^\u00e9$", r"^\S{2,4}$", r"(a)\1", r"^(a+)+$",
)  # fmt: skip
TEXTS = (
    "", "a", "ab", "abc", "aa", "x", "٣", "12", "12\n", "é", "e\u0301", "🎓", "🎓🎓", "\ufeff",
    "\u00a0", "a\u2028c", "a\rc", "a word", "A_1", "c\x00", "a" * 30 + "!",
    "2026-02-28", "2026-02-30",
    "10:00:00Z", "2026-02-28T10:00:00Z", "P1D", "a@b.example", "a@@", "school.example",
    "-bad-", "127.0.0.1", "::1", "https://a.example/x", "x y", "/a/~0", "/~2", "0#",
    "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
FORMATS = (
    "date", "time", "date-time", "duration", "email", "idn-email", "hostname", "idn-hostname",
    "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "regex",
    "json-pointer", "relative-json-pointer", "nobody-knows",
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-3, 4),
    st.sampled_from([0.5, 1.0, -0.0, 0.07, 0.3, 1.1, 19.99, 1e16, 1e-8, 2.5]),
    st.sampled_from([2**31, 2**53, 2**53 + 1, 2**64, -(2**63) - 1, 10**25]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(TEXTS), st.text(max_size=4))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=5,
)
SIZES = st.integers(0, 3)
OLDER = {
    "http://json-schema.org/draft-04/schema#": 4,
    "http://json-schema.org/draft-06/schema#": 6,
    "http://json-schema.org/draft-07/schema#": 7,
    "https://json-schema.org/draft/2019-09/schema": 2019,
}


def _some(*fields: tuple[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries({}, optional=dict(fields))


def assertions() -> st.SearchStrategy[Schema]:
    """Schemas of one level."""
    types = st.sampled_from(["string", "number", "integer", "boolean", "null", "array", "object"])
    return st.one_of(
        st.booleans(),
        st.builds(lambda one: {"type": one}, types),
        st.builds(lambda some: {"type": some}, st.lists(types, min_size=1, unique=True)),
        st.builds(lambda value: {"const": value}, VALUES),
        st.builds(lambda some: {"enum": some}, st.lists(VALUES, min_size=1, max_size=4)),
        _some(("minLength", SIZES), ("maxLength", SIZES), ("pattern", st.sampled_from(PATTERNS))),
        st.builds(lambda one: {"format": one}, st.sampled_from(FORMATS)),
        _some(
            ("minimum", NUMBERS), ("maximum", NUMBERS), ("exclusiveMinimum", NUMBERS),
            ("exclusiveMaximum", NUMBERS),
            ("multipleOf", st.sampled_from([1, 2, 0.1, 0.01, 0.25, 0.07, 1e-3, 2.5])),
        ),
        _some(("minItems", SIZES), ("maxItems", SIZES), ("uniqueItems", st.booleans())),
        _some(("minProperties", SIZES), ("maxProperties", SIZES)),
        st.builds(
            lambda more: {"$ref": "#/$defs/it", **more},
            _some(("minLength", SIZES), ("minProperties", SIZES)),
        ),
    )  # fmt: skip


def applied(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Schemas made of schemas."""
    names = st.sampled_from(NAMES)
    by_name = st.dictionaries(names, inner, max_size=3)
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        _some(
            ("properties", by_name),
            ("patternProperties", st.dictionaries(st.sampled_from(PATTERNS), inner, max_size=2)),
            ("additionalProperties", inner),
            ("required", st.lists(names, max_size=2, unique=True)),
            ("propertyNames", inner),
        ),
        _some(
            ("properties", by_name),
            ("patternProperties", st.dictionaries(st.sampled_from(PATTERNS), inner, max_size=2)),
            ("allOf", several), ("unevaluatedProperties", inner),
        ),
        _some(("prefixItems", several), ("items", inner)),
        _some(("prefixItems", several), ("contains", inner), ("unevaluatedItems", inner)),
        _some(("contains", inner), ("minContains", SIZES), ("maxContains", SIZES)),
        _some(
            ("dependentRequired", st.dictionaries(names, st.lists(names, unique=True, max_size=2))),
            ("dependentSchemas", by_name),
        ),
        st.builds(lambda some: {"allOf": some}, several),
        st.builds(lambda some: {"anyOf": some}, several),
        st.builds(lambda some: {"oneOf": some}, several),
        st.builds(lambda one: {"not": one}, inner),
        _some(("if", inner), ("then", inner), ("else", inner)),
        st.builds(
            lambda node: {
                "$dynamicAnchor": "tree", "allOf": [node],
                "properties": {"a": {"$dynamicRef": "#tree"}},
            },
            inner,
        ),
    )  # fmt: skip


def _standing_alone(schema: Schema, it: Schema) -> Schema:
    apart = _named_apart(schema, count())
    return {**apart, "$defs": {"it": it}} if isinstance(apart, dict) else apart


def _named_apart(schema: Any, numbers: Iterator[int]) -> Any:
    """Each tree by a name of its own: what one name means twice in a schema is undefined (JSON
    Schema 2020-12, core, §8.2.2)."""
    if isinstance(schema, list):
        return [_named_apart(one, numbers) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _named_apart(one, numbers) for key, one in schema.items()}
    if made.get("$dynamicAnchor") == "tree":
        name = f"tree-{next(numbers)}"
        made |= {"$dynamicAnchor": name, "properties": {"a": {"$dynamicRef": f"#{name}"}}}
    return made


_PARTS = st.recursive(assertions(), applied, max_leaves=8)
SCHEMAS = st.builds(
    _standing_alone,
    _PARTS,
    st.sampled_from(
        [
            True,
            {"type": ["string", "null"], "maxLength": 2},
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/it"}}, "required": ["b"]},
            {"items": {"$ref": "#/$defs/it"}, "maxItems": 2},
        ]
    ),
)
"""What they refer to is one of four small schemas, two of which contain themselves."""


def as_older(schema: Schema, dialect: str) -> Schema:
    """The same in an older dialect, as far as it has the keywords."""
    made = _older(schema, OLDER[dialect])
    return {"$schema": dialect, **made} if isinstance(made, dict) else {"$schema": dialect}


_NO_SCHEMAS = frozenset(("const", "dependentRequired", "uniqueItems"))


def _older(schema: Schema, draft: int) -> Schema:
    if isinstance(schema, bool):
        return ({} if schema else {"not": {}}) if draft == 4 else schema
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties", "dependentSchemas", "$defs"):
            value = {name: _older(one, draft) for name, one in value.items()}
        elif isinstance(value, list) and key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            value = [_older(one, draft) for one in value]
        elif isinstance(value, dict | bool) and key not in _NO_SCHEMAS:
            value = _older(value, draft)
        made[key] = value
    if "prefixItems" in made:
        rest = made.pop("items", None)
        made["items"] = made.pop("prefixItems")
        if rest is not None:
            made["additionalItems"] = rest
    if draft < 2019:
        needs = {
            **made.pop("dependentSchemas", {}),
            **{name: some for name, some in made.pop("dependentRequired", {}).items() if some},
        }
        if needs:
            made["dependencies"] = needs
        for key in ("minContains", "maxContains", "unevaluatedItems", "unevaluatedProperties"):
            made.pop(key, None)
    for key in ("$dynamicAnchor", "$dynamicRef"):
        made.pop(key, None)
    if draft == 4:
        _numbers_of_draft_4(made)
        for key in ("const", "contains", "propertyNames", "if", "then", "else"):
            made.pop(key, None)
    return made


def _numbers_of_draft_4(made: dict[str, Any]) -> None:
    for strict, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if strict in made:
            made[bound] = made.pop(strict)
            made[strict] = True


def instances(schema: Schema) -> st.SearchStrategy[Any]:
    """Values near the schema: some fit, some just don't."""
    own = [value for value in _own_values(schema) if _is_json(value)]
    scalars = st.one_of(st.sampled_from(own), SCALARS) if own else SCALARS
    names = sorted({*NAMES, *_own_names(schema)})
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(names), inner, max_size=4)
        ),
        max_leaves=8,
    )


def _own_values(schema: Schema) -> Iterator[Any]:
    for _, one in walk(schema):
        if not isinstance(one, Mapping):
            continue
        yield from one.get("enum", ())
        if "const" in one:
            yield one["const"]
        for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"):
            limit = one.get(key)
            if isinstance(limit, int | float) and not isinstance(limit, bool):
                yield from (limit, limit - 1, limit + 1, limit * 3, float(limit))


def _own_names(schema: Schema) -> Iterator[str]:
    for _, one in walk(schema):
        if isinstance(one, Mapping):
            for key in ("properties", "dependentRequired", "dependentSchemas", "dependencies"):
                if isinstance(said := one.get(key), Mapping):
                    yield from said
            yield from (name for name in one.get("required", ()) if isinstance(name, str))


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
