"""The meta-schemas in `schemas/meta`, and what they find in a document, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

import jsonschema_rs
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

from engine.credentials.documents import Document, joined
from engine.credentials.suggestions import did_you_mean
from engine.credentials.walking import walk
from engine.errors import Finding
from engine.settings import SHIPPED

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VOCABULARIES = (
    "core",
    "applicator",
    "unevaluated",
    "validation",
    "meta-data",
    "format-annotation",
    "content",
)
_OLDER = frozenset(
    [
        "$recursiveAnchor",
        "$recursiveRef",
        "additionalItems",
        "definitions",
        "dependencies",
        "disallow",
        "divisibleBy",
        "extends",
        "id",
    ]
)
_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping of keys to values",
    "string": "text",
}


class Fault(NamedTuple):
    """What a meta-schema finds, at a pointer below what was checked."""

    pointer: str
    code: str
    message: str
    suggestion: str = ""
    key: bool = False


@lru_cache(maxsize=8)
def meta_schema(name: str) -> dict[str, Any]:
    """The meta-schema of a kind: `credential`, `workflow`, `framework` or `form`."""
    text = (SHIPPED / "schemas" / "meta" / f"{name}.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text, object_hook=_as_settled)
    if name == "credential":
        # The reference is for editors. `form_faults` checks forms, at the places they came from.
        del loaded["properties"]["forms"]["additionalProperties"]["$ref"]
    return loaded


def _as_settled(schema: dict[str, Any]) -> dict[str, Any]:
    # Editors may write a map of languages, or a parameter in place of a number or a choice; what
    # is checked here was settled when it was read, and has its parameters' values in it.
    if schema.get("translatable") == "perhaps":
        return {**schema, "type": [one for one in schema["type"] if one != "object"]}
    if schema.get("translatable"):
        return {**schema, "type": "string", "additionalProperties": True}
    match schema.get("anyOf"):
        case [plain, {"$ref": "#/$defs/filled"}]:
            return {**{key: one for key, one in schema.items() if key != "anyOf"}, **plain}
    return schema


@lru_cache(maxsize=1)
def own_keywords() -> frozenset[str]:
    """Accolade's own keywords in form schemas."""
    return frozenset(meta_schema("form")["properties"])


@lru_cache(maxsize=1)
def form_keywords() -> frozenset[str]:
    """Every keyword that a form schema may have: JSON Schema 2020-12 and Accolade's own."""
    base = DIALECT.removesuffix("schema")
    standard = [REGISTRY.contents(f"{base}meta/{name}") for name in _VOCABULARIES]
    names = frozenset(name for one in standard for name in one["properties"])
    return names | own_keywords() | {"definitions", "dependencies"}


@lru_cache(maxsize=1)
def assertions() -> frozenset[str]:
    """The keywords that can fail, which `messages` may have words for."""
    base = DIALECT.removesuffix("schema")
    names = frozenset(REGISTRY.contents(f"{base}meta/validation")["properties"])
    own = {"accept", "max_bytes", "rule", "typed", "evidence"}
    applied = {"oneOf", "anyOf", "not", "contains", "additionalProperties", "items", "format"}
    return names | own | applied | {"if", "then", "else", "dependentSchemas"}


def document_faults(document: Document, kind: str) -> list[Finding]:
    """What the meta-schema of `kind` finds in a document, each at its own line."""
    return [
        document.finding(one.pointer, one.code, one.message, one.suggestion, key=one.key)
        for one in _found(kind, _checker(kind), document.data)
    ]


def form_faults(schema: Any) -> list[Fault]:
    """What is not valid JSON Schema, or not Accolade's vocabulary, in a form's schema.

    The dialect is the schema's `$schema`, 2020-12 unless it says otherwise.
    """
    dialect = schema.get("$schema", DIALECT) if isinstance(schema, Mapping) else DIALECT
    if dialect == DIALECT:
        return list(_found("form", _checker("form"), schema))
    kind = _older_dialects().get(str(dialect).rstrip("#"))
    if kind is None:
        return [Fault("/$schema", "bad-schema", f"{dialect!r} is not a dialect of JSON Schema.")]
    faults = [
        Fault(joined("", *error.absolute_path), "bad-schema", f"{error.message}.")
        for error in kind(kind.META_SCHEMA).iter_errors(schema)
    ]
    for pointer, one in walk(schema):
        if isinstance(one, Mapping):
            faults += [
                fault._replace(pointer=pointer + fault.pointer)
                for fault in _found("form", _checker("form", own_only=True), one)
            ]
    return faults


def unknown_keywords(schema: Mapping[str, Any], *, older: bool = False) -> Iterator[Fault]:
    """The keys of one schema that nothing gives a meaning to; `x-...` may be anything."""
    known = form_keywords() | (_OLDER if older else frozenset())
    for name in schema:
        if name not in known and not name.startswith("x-"):
            yield Fault(
                joined("", name),
                "unknown-key",
                f"{name!r} means nothing in a form.",
                did_you_mean(name, form_keywords()),
                key=True,
            )


@cache
def _older_dialects() -> Mapping[str, Any]:
    """The validators of the dialects before 2020-12, by the address of their meta-schema."""
    # The library takes its time to import, and few documents need it.
    import jsonschema

    return {
        str(kind.META_SCHEMA["$schema"]).rstrip("#"): kind
        for kind in (
            jsonschema.Draft3Validator,
            jsonschema.Draft4Validator,
            jsonschema.Draft6Validator,
            jsonschema.Draft7Validator,
            jsonschema.Draft201909Validator,
        )
    }


@lru_cache(maxsize=8)
def _checker(name: str, *, own_only: bool = False) -> jsonschema_rs.Draft202012Validator:
    schema = meta_schema(name)
    if own_only:
        schema = {"properties": schema["properties"], "$defs": schema.get("$defs", {})}
    return jsonschema_rs.Draft202012Validator(schema)


def _found(name: str, checker: jsonschema_rs.Draft202012Validator, value: Any) -> Iterator[Fault]:
    seen: set[Fault] = set()
    for error in checker.iter_errors(value):
        for fault in _faults(error, _broken(name, error)):
            if fault not in seen:
                seen.add(fault)
                yield fault


def _broken(name: str, error: jsonschema_rs.ValidationError) -> Mapping[str, Any]:
    """The part of a meta-schema that an error is about."""
    schema: Any = meta_schema(name)
    for token in list(error.schema_path)[:-1]:
        try:
            schema = schema[token]
        except (KeyError, IndexError, TypeError):
            return {}  # it is in JSON Schema's own meta-schema
    return schema if isinstance(schema, Mapping) else {}


def _faults(error: jsonschema_rs.ValidationError, broken: Mapping[str, Any]) -> Iterator[Fault]:
    pointer = joined("", *error.instance_path)
    kind = type(error.kind).__name__
    said: dict[str, Any] = error.kind.as_dict()
    description = str(broken.get("description", ""))
    match kind:
        case "AdditionalProperties":
            known = list(broken.get("properties", ()))
            for name in said["unexpected"]:
                message = f"{name!r} is not a key here."
                hint = did_you_mean(name, known)
                yield Fault(joined(pointer, name), "unknown-key", message, hint, key=True)
        case "Required":
            message = f"{said['property']!r} is missing here."
            yield Fault(pointer, "missing-key", message)
        case "FalseSchema":
            name = str(error.instance_path[-1]) if error.instance_path else ""
            message = f"{name!r} has no place in a credential of this kind."
            yield Fault(pointer, "unknown-key", message, key=True)
        case "Type":
            wanted = " or ".join(_WORDS[one] for one in said["types"])
            message = f"This must be {wanted}, not {_shown(error.instance)}."
            yield Fault(pointer, "wrong-type", message, description)
        case "Enum" | "Constant":
            options = said.get("options", [said.get("expected_value")])
            message = f"{_shown(error.instance)} is not one of the choices here."
            choices = [str(one) for one in options]
            hint = did_you_mean(str(error.instance), choices)
            hint = hint or f"Known here: {', '.join(choices)}."
            yield Fault(pointer, "bad-value", message, hint)
        case "PropertyNames":
            message = "A name here has letters or signs that it may not have."
            yield Fault(pointer, "bad-value", message, meta_names())
        case "MinLength" | "MinItems" | "MinProperties":
            yield Fault(pointer, "bad-value", "Something is needed here.", description)
        case "Pattern" | "MaxLength" | "Minimum" | "ExclusiveMinimum":
            message = f"{_shown(error.instance)} is not written as it must be here."
            yield Fault(pointer, "bad-value", message, description)
        case "AnyOf" if error.instance_path and error.instance_path[-1] == "type":
            message = f"{_shown(error.instance)} is not a type."
            hint = did_you_mean(str(error.instance), _WORDS)
            yield Fault(pointer, "bad-schema", message, hint)
        case "MaxProperties":
            yield Fault(pointer, "bad-value", "Only one of these may be here.", description)
        case "UniqueItems":
            yield Fault(pointer, "bad-value", "The same thing is listed twice here.")
        case _:
            message = f"{error.message[:300]}."
            yield Fault(pointer, "bad-schema" if kind == "AnyOf" else "bad-value", message)


def meta_names() -> str:
    description: str = meta_schema("credential")["$defs"]["name"]["description"]
    return description


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
