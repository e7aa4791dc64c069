"""The validator that is always asked when two differ: jsonschema, and JSON Schema to the letter.

In three things jsonschema speaks of Python rather than of JSON, and answers here as the standards
do: patterns are those of ECMA-262, multiples are those of decimal numbers (0.07 is seven times
0.01), and formats are those of their RFCs. It is also told to say where a `false` schema stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import jsonschema
import jsonschema_rs
from jsonschema.exceptions import FormatError
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.jsonschema import DRAFT202012, specification_with

from engine.credentials import patterns
from engine.forms.dialects import ROOT
from engine.forms.faults import NOTHING, SEVERAL, Fault

_NEVER: dict[str, Any] = {"not": {"$comment": "false"}}
"""`false`, of which jsonschema says where it stands."""
_NAMED = frozenset(
    ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies")
)
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "items"))
_ONE = frozenset(
    ("items", "contains", "not", "if", "then", "else", "propertyNames", "additionalProperties",
     "additionalItems", "unevaluatedItems", "unevaluatedProperties", "contentSchema")
)  # fmt: skip
_KEEP_FALSE = frozenset(
    ("additionalProperties", "additionalItems", "unevaluatedItems", "unevaluatedProperties")
)
"""Where `false` is said once of everything that is too much."""


class Reference:
    """A schema for checking with jsonschema."""

    def __init__(self, schema: Mapping[str, Any] | bool) -> None:
        self.schema: Any = _outspoken(schema)
        self._names_matter = _has_name_patterns(self.schema)
        self._compiled = None if self._names_matter else _validator(self.schema)

    def faults(self, instance: Any) -> list[Fault]:
        """Every fault of `instance`."""
        validator = self._compiled
        if validator is None:
            validator = _validator(_spelled_out(self.schema, set(_names(instance))))
        found = [_fault(error) for error in validator.iter_errors(instance)]
        return [fault for fault in found if fault is not None]


def _validator(schema: Any) -> Any:
    base: Any = validator_for(schema, default=jsonschema.Draft202012Validator)
    cls = _to_the_letter(base)
    try:
        specification: Any = specification_with(base.META_SCHEMA["$schema"])
    except Exception:  # a dialect of somebody's own
        specification = DRAFT202012
    # A registry of one: nothing outside the document is ever fetched.
    resource: Any = specification.create_resource(schema)
    registry: Any = Registry().with_resource(ROOT, resource)
    return cls(schema, format_checker=_formats(base.META_SCHEMA["$schema"]), registry=registry)


@cache
def _to_the_letter(base: Any) -> Any:
    extended: Any = extend
    return extended(base, {"pattern": _pattern, "multipleOf": _multiple_of})


def _pattern(_: Any, said: Any, instance: Any, __: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not _matches(said, instance):
        yield jsonschema.ValidationError("does not match")


def _matches(pattern: str, text: str) -> bool:
    try:
        return patterns.pattern(pattern).matches(text)
    except patterns.BadPattern:
        return True  # it says nothing, and `lint` refuses it before a document is published


def _multiple_of(_: Any, said: Any, instance: Any, __: Any) -> Iterator[Any]:
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if instance != instance or instance in (float("inf"), float("-inf")):
        yield jsonschema.ValidationError("is no number")
    elif _decimal(instance) % _decimal(said):
        yield jsonschema.ValidationError("is no multiple")


def _decimal(number: float) -> Fraction:
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))


class _Formats(jsonschema.FormatChecker):
    """What a format means is decided in one place, whoever validates."""

    def __init__(self, dialect: str) -> None:
        super().__init__(())
        self.dialect = dialect

    def check(self, instance: object, format: str) -> None:
        if isinstance(instance, str) and not _judge(self.dialect, format).is_valid(
            patterns.sound(instance)
        ):
            raise FormatError(f"is no {format}")


@cache
def _formats(dialect: str) -> _Formats:
    return _Formats(dialect)


@lru_cache(maxsize=256)
def _judge(dialect: str, format: str) -> Any:
    schema = {"$schema": dialect, "format": format}
    return jsonschema_rs.validator_for(schema, validate_formats=True, offline=True)


def _fault(error: Any) -> Fault | None:
    path = list(error.absolute_path)
    keyword = error.validator
    if keyword is None or (keyword == "not" and error.validator_value == _NEVER["not"]):
        keyword = NOTHING
    if _is_of_a_name(error.absolute_schema_path):
        return Fault("propertyNames", path)
    if keyword in ("oneOf", "anyOf"):
        branches: list[list[Fault]] = [[] for _ in error.validator_value]
        for inner in error.context:
            number = inner.schema_path[0]
            fault = _fault(inner)
            if fault is not None and isinstance(number, int):
                branches[number].append(fault)
        return Fault(keyword, path, None if error.context else SEVERAL, branches)
    if keyword in ("minContains", "maxContains"):
        return Fault("contains", path)
    if keyword in ("minimum", "maximum"):
        strict = f"exclusive{keyword[0].upper()}{keyword[1:]}"  # draft 04 says so with a boolean
        keyword = strict if error.schema.get(strict) is True else keyword
    if keyword in ("required", "dependentRequired", "dependencies"):
        return Fault("required", path, _missing(error))
    limit = error.validator_value if isinstance(error.validator_value, int | float | str) else None
    return Fault(keyword, path, limit)


def _missing(error: Any) -> str:
    # jsonschema names the property only in its words: "'a' is a required property".
    wanted: Iterable[str] = error.validator_value
    if isinstance(error.validator_value, Mapping):
        lists = [names for names in error.validator_value.values() if isinstance(names, list)]
        wanted = [name for names in lists for name in names]
    fitting = [name for name in wanted if error.message.startswith(f"{name!r} is ")]
    return max(fitting, key=len, default="")


def _is_of_a_name(path: Iterable[str | int]) -> bool:
    """Whether a path of keywords passes `propertyNames`, and not only a property of that name."""
    named = False
    for step in path:
        if named:
            named = False
        elif step == "propertyNames":
            return True
        else:
            named = step in _NAMED
    return False


def _outspoken(schema: Any, keyword: str = "") -> Any:
    """A copy of `schema` in which `false` is written as `_NEVER`."""
    if schema is False:
        return False if keyword in _KEEP_FALSE else _NEVER
    return _rebuilt(schema, _outspoken) if isinstance(schema, Mapping) else schema


def _rebuilt(schema: Mapping[str, Any], change: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NAMED and isinstance(value, Mapping):
            made[key] = {name: change(one, key) for name, one in value.items()}
        elif key in _LISTS and isinstance(value, list):
            made[key] = [change(one, key) for one in value]
        elif key in _ONE:
            made[key] = change(value, key)
        else:
            made[key] = value
    return made


def _has_name_patterns(schema: Any) -> bool:
    found = False

    def look(one: Any, _: str = "") -> Any:
        nonlocal found
        if isinstance(one, Mapping):
            found = found or "patternProperties" in one
            _rebuilt(one, look)
        return one

    look(schema)
    return found


def _names(instance: Any) -> Iterator[str]:
    if isinstance(instance, dict):
        for name, value in instance.items():
            yield name
            yield from _names(value)
    elif isinstance(instance, list):
        for value in instance:
            yield from _names(value)


def _spelled_out(schema: Any, names: set[str]) -> Any:
    """A copy whose `patternProperties` are the names themselves that each pattern matches.

    jsonschema matches them with `re`, in several places; lists of names need no time in any.
    """

    def change(one: Any, _: str = "") -> Any:
        if not isinstance(one, Mapping):
            return one
        made = _rebuilt(one, change)
        said = made.get("patternProperties")
        if isinstance(said, Mapping):
            made["patternProperties"] = {
                _only([name for name in names if _matches(key, name)], number): one
                for number, (key, one) in enumerate(said.items())
            }
        return made

    return change(schema)


def _only(names: list[str], number: int) -> str:
    # The comment keeps two patterns apart that match the same names.
    listed = "|".join(re.escape(name) for name in sorted(names))
    return rf"(?#{number})\A(?:{listed})\Z" if names else f"(?#{number})(?!)"
