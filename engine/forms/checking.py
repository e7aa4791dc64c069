"""Validation of JSON by JSON Schema: jsonschema-rs for answers, jsonschema as its reference.

Both give the same faults in one shape, so that tests can hold the fast one to the reference, and so
that nothing above knows which of them answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import jsonschema
import jsonschema_rs
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from engine.forms.resolving import ROOT, absolute

SEVERAL = "several"
"""The `limit` of a `oneOf` of which more than one alternative fits."""

_Kind = jsonschema_rs.ValidationErrorKind


class Fault(NamedTuple):
    """One failed keyword, at one place of an instance."""

    keyword: str
    """As written in the schema; `dependentRequired` is `required`, which it means."""
    path: list[str | int]
    """From the instance's root."""
    limit: Any = None
    """What the keyword asked for: the missing property, the least count, the format's name."""
    branches: list[list[Fault]] | None = None
    """For `oneOf` and `anyOf`: the faults of each alternative."""


class Checker:
    """A form's schema, compiled for checking. Formats are asserted."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = dict(schema)
        self._fast: jsonschema_rs.Validator | None = None
        self._reference: Any = None
        try:
            self._fast = jsonschema_rs.validator_for(
                self.schema, validate_formats=True, offline=True
            )
        except (ValueError, jsonschema_rs.ReferencingError):
            # The reference is slower and more patient.
            self._reference = _reference_for(self.schema)

    def faults(self, instance: Any) -> list[Fault]:
        """Every fault of `instance`."""
        if self._fast is None:
            return self.reference_faults(instance)
        try:
            return [_from_fast(error) for error in self._fast.iter_errors(instance)]
        except (ValueError, TypeError, OverflowError, RecursionError):
            return self.reference_faults(instance)

    def reference_faults(self, instance: Any) -> list[Fault]:
        """The same by jsonschema: what tests hold `faults` to."""
        if self._reference is None:
            self._reference = _reference_for(self.schema)
        found = [_from_reference(error) for error in self._reference.iter_errors(instance)]
        return [fault for fault in found if fault is not None]


def condition_of(schema: Any, root: Mapping[str, Any], base: str) -> Callable[[Any], bool]:
    """Whether an object fits `schema`, a part of `root`; always, when that cannot be compiled."""
    try:
        validator = jsonschema_rs.validator_for(
            absolute(schema, ROOT),
            registry=jsonschema_rs.Registry([(ROOT, dict(root)), (base, dict(root))]),
            validate_formats=True,
            offline=True,
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        return lambda _: True
    return validator.is_valid


def _from_fast(error: jsonschema_rs.ValidationError) -> Fault:
    kind: Any = error.kind
    name: str = kind.name
    path = list(error.instance_path)
    if name in ("oneOf", "anyOf"):
        context = getattr(kind, "context", ())
        branches = [[_from_fast(one) for one in faults] for faults in context]
        several = SEVERAL if isinstance(kind, _Kind.OneOfMultipleValid) else None
        return Fault(name, path, several, branches)
    if name == "required":
        return Fault(name, path, kind.property)
    return Fault(name, path, getattr(kind, "limit", getattr(kind, "format", None)))


def _reference_for(schema: Mapping[str, Any]) -> Any:
    cls: Any = validator_for(schema, default=jsonschema.Draft202012Validator)
    # An empty registry: nothing outside the document is ever fetched.
    resource: Any = Resource.from_contents(schema, DRAFT202012)
    registry: Any = Registry().with_resource(ROOT, resource)
    return cls(schema, format_checker=cls.FORMAT_CHECKER, registry=registry)


def _from_reference(error: Any) -> Fault | None:
    path = list(error.absolute_path)
    keyword = error.validator
    if keyword is None:
        return Fault("false", path)
    if keyword in ("oneOf", "anyOf"):
        branches: list[list[Fault]] = [[] for _ in error.validator_value]
        for inner in error.context:
            number = inner.schema_path[0]
            fault = _from_reference(inner)
            if fault is not None and isinstance(number, int):
                branches[number].append(fault)
        return Fault(keyword, path, None if error.context else SEVERAL, branches)
    if keyword in ("required", "dependentRequired"):
        return Fault("required", path, _missing(error))
    limit = error.validator_value if isinstance(error.validator_value, int | float | str) else None
    return Fault(keyword, path, limit)


def _missing(error: Any) -> str:
    # jsonschema names the property only in its words: "'a' is a required property".
    wanted: Iterable[str] = error.validator_value
    if isinstance(error.validator_value, Mapping):
        wanted = [name for names in error.validator_value.values() for name in names]
    return next((name for name in wanted if error.message.startswith(f"{name!r} is ")), "")


def flattened(faults: Iterable[Fault]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Keyword and path of every fault, for comparing two checkers."""
    for fault in faults:
        missing = (str(fault.limit),) if fault.keyword == "required" else ()
        yield fault.keyword, (*fault.path, *missing)
