"""Hypothesis strategies: schemas that forms can ask, and answers that fit them.

Answers are as a form leaves them: nothing blank, nothing empty. What a form can't keep apart (an
empty text and no text) is not generated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]

_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\x85"
)
LINES = st.text(_CHARACTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
PARAGRAPHS = (
    st.lists(st.text(_CHARACTERS, max_size=20), min_size=1, max_size=4)
    .map("\n".join)
    .filter(str.strip)
)
KEYS = st.one_of(
    st.sampled_from(
        ["name", "a/b", "a~b", "~1", "a.b", "0", "17", "data", "meta", "errors", "process",
         "filter_x", "formdata", "prefix", "__proto__", "constructor", "a b", "é", "🎓", "a[0]",
         "<b>", 'q"', "csrf_token", "_add"]
    ),
    st.text(_CHARACTERS, min_size=1, max_size=8).filter(lambda key: "#" not in key),
)  # fmt: skip
WORDS = st.lists(LINES, min_size=1, max_size=9, unique=True)


def leaves() -> st.SearchStrategy[Schema]:
    """Questions with one answer."""
    return st.one_of(
        st.just({"type": "string"}),
        st.just({"type": "string", "widget": "long-text"}),
        st.just({"type": "string", "format": "date"}),
        st.just({"type": "integer", "unit": "apples"}),
        st.just({"type": "number"}),
        st.just({"type": "boolean"}),
        st.just({"type": "boolean", "const": True, "widget": "agreement"}),
        st.just({"type": "string", "widget": "evidence"}),
        st.just({"type": ["string", "null"]}),
        st.just({"title": "Anything"}),
        st.builds(lambda words: {"enum": words}, WORDS),
        st.builds(lambda words: {"enum": words, "widget": "select"}, WORDS),
        st.just({"enum": [1, "1", True, 2.5]}),
        st.builds(lambda words: {"oneOf": [{"const": w, "title": w * 2} for w in words]}, WORDS),
        st.builds(
            lambda words: {
                "type": "string",
                "widget": "choice-or-other",
                "anyOf": [{"enum": words}, {"title": "Another", "type": "string", "minLength": 1}],
            },
            WORDS,
        ),
        st.builds(
            lambda words: {"type": "array", "uniqueItems": True, "items": {"enum": words}}, WORDS
        ),
        st.builds(
            lambda words: {
                "type": "array",
                "uniqueItems": True,
                "items": {
                    "type": "string",
                    "widget": "choice-or-other",
                    "anyOf": [{"enum": words}, {"title": "Another", "type": "string"}],
                },
            },
            WORDS,
        ),
        st.just({"type": "array", "items": {"type": "string", "widget": "evidence"}}),
    )


def objects(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    def built(properties: Mapping[str, Schema], data: Any) -> Schema:
        return {"type": "object", "properties": dict(properties), "required": sorted(data)}

    return st.dictionaries(KEYS, inner, min_size=1, max_size=4).flatmap(
        lambda properties: st.builds(
            built, st.just(properties), st.sets(st.sampled_from(sorted(properties)))
        )
    )


def alternatives(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Two ways to answer, told apart by a property that only one of them has, or by a const."""

    def built(one: Schema, other: Schema, shared: Schema, second: Schema) -> Schema:
        return {
            "type": "object",
            "oneOf": [
                {
                    "title": "This",
                    "type": "object",
                    "properties": {"way": {"const": 1}, "only one": one, "shared": shared},
                    "required": ["way"],
                },
                {
                    "title": "That",
                    "type": "object",
                    "properties": {"way": {"const": 2}, "shared": second, "only/other": other},
                    "required": ["way"],
                },
            ],
        }

    return st.builds(built, inner, inner, inner, inner)


def rows(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.builds(
        lambda items, title: {"type": "array", "items": items, "item_title": title},
        # A list of choices is boxes to tick, and a row that is left blank is no row.
        inner.filter(lambda one: "widget" not in one and one.get("type") != ["string", "null"]),
        st.sampled_from(["Teacher", "Story", "", "Class"]),
    )


def mappings(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Names of one's own, beside a question or by themselves."""
    inner = inner.filter(_never_blank)
    return st.one_of(
        st.builds(lambda one: {"type": "object", "additionalProperties": one}, inner),
        st.builds(
            lambda one: {
                "type": "object",
                "properties": {"fixed": {"type": "string"}},
                "additionalProperties": one,
            },
            inner,
        ),
    )


def places(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Two places with questions of their own, then rows of numbers."""
    return st.builds(
        lambda one, other: {
            "type": "array",
            "prefixItems": [one, other],
            "items": {"type": "integer"},
        },
        # A place that is left blank is null, and so is one whose answer is null.
        inner.filter(_never_blank),
        inner.filter(_never_blank),
    )


def kinds(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """A text, or something else."""
    return st.one_of(
        st.sampled_from(
            [{"type": ["string", "integer"]}, {"type": ["boolean", "string", "number"]}]
        ),
        st.builds(
            lambda one: {
                "anyOf": [{"type": "string"}, {"type": "object", "properties": {"in": one}}]
            },
            inner.filter(_never_blank),
        ),
    )


def _never_blank(schema: Schema) -> bool:
    return "widget" not in schema and schema.get("type") != ["string", "null"]


TREE: Schema = {
    "type": "object",
    "properties": {
        "leaf": {"type": "string"},
        "down": {"$ref": "#"},
        "rows": {"type": "array", "items": {"$ref": "#"}},
    },
}


def trees() -> st.SearchStrategy[Any]:
    """Answers to `TREE`."""
    return st.recursive(
        st.builds(lambda text: {"leaf": text}, LINES),
        lambda below: st.fixed_dictionaries(
            {"leaf": LINES},
            optional={"down": below, "rows": st.lists(below, min_size=1, max_size=3)},
        ),
        max_leaves=6,
    )


SCHEMAS = objects(
    st.recursive(
        leaves(),
        lambda inner: st.one_of(
            objects(inner),
            rows(inner),
            alternatives(inner),
            mappings(inner),
            places(inner),
            kinds(inner),
        ),
        max_leaves=6,
    )
)


def answers(schema: Any) -> st.SearchStrategy[Any]:
    """What may be answered to `schema` in a form."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("widget") == "agreement":
        return st.just(True)
    if schema.get("widget") == "evidence":
        return st.from_regex(r"[a-z0-9]{8}", fullmatch=True)
    if schema.get("widget") == "choice-or-other":
        return st.one_of(st.sampled_from(schema["anyOf"][0]["enum"]), LINES.map(_one_spaced))
    if "oneOf" in schema and "type" not in schema:
        return st.sampled_from([one["const"] for one in schema["oneOf"]])
    if "oneOf" in schema:
        return st.one_of(*(_object(one) for one in schema["oneOf"]))
    if "anyOf" in schema:
        return st.one_of(*(answers(one) for one in schema["anyOf"]))
    match schema.get("type"):
        case ["string", "integer"]:
            return st.one_of(LINES, st.integers())
        case ["boolean", "string", "number"]:
            return st.one_of(st.booleans(), LINES, st.floats(allow_nan=False, allow_infinity=False))
        case ["string", "null"]:
            return st.one_of(st.none(), LINES)
        case "string":
            if schema.get("format") == "date":
                return st.dates().map(lambda day: day.isoformat())
            return PARAGRAPHS if schema.get("widget") == "long-text" else LINES
        case "integer":
            return st.integers()
        case "number":
            return st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
        case "boolean":
            return st.booleans()
        case "array":
            return _array(schema)
        case "object":
            return _object(schema)
    return st.recursive(
        st.one_of(st.booleans(), st.integers(), LINES),
        lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(LINES, inner)),
        max_leaves=4,
    )


def _array(schema: Schema) -> st.SearchStrategy[Any]:
    if "prefixItems" in schema:
        first, second = map(answers, schema["prefixItems"])
        more = st.lists(st.integers(), max_size=2)
        return st.builds(lambda one, other, rest: [one, other, *rest], first, second, more)
    items = schema["items"]
    listed = items.get("enum") or items.get("anyOf", [{}])[0].get("enum")
    if schema.get("uniqueItems") and listed:
        chosen = st.sets(st.sampled_from(listed), min_size=1)
        ordered = chosen.map(lambda some: [one for one in listed if one in some])
        if "anyOf" not in items:
            return ordered
        own = LINES.map(_one_spaced).filter(lambda text: text not in listed)
        return st.one_of(ordered, st.builds(lambda some, text: [*some, text], ordered, own))
    unique = items.get("widget") == "evidence"
    return st.lists(answers(items), min_size=1, max_size=3, unique=unique)


def _object(schema: Schema) -> st.SearchStrategy[Any]:
    if "additionalProperties" in schema:
        names = (
            st.text(_CHARACTERS, min_size=1, max_size=6)
            .map(str.strip)
            .filter(lambda name: name not in ("", "fixed"))
        )
        own = st.dictionaries(
            names, answers(schema["additionalProperties"]), min_size=1, max_size=3
        )
        beside = st.fixed_dictionaries({}, optional={"fixed": LINES})
        if "properties" not in schema:
            return own
        return st.builds(lambda some, more: {**some, **more}, beside, own)
    properties = schema["properties"]
    fixed = {
        key: one["const"] for key, one in properties.items() if key == "way" and "const" in one
    }
    asked = {key: answers(one) for key, one in properties.items() if key not in fixed}
    made = st.fixed_dictionaries({}, optional=asked)
    return made.filter(bool).map(lambda value: {**value, **fixed})


def _one_spaced(text: str) -> str:
    return " ".join(text.split()) or "x"
