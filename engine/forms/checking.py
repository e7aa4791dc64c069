"""Validation of JSON by JSON Schema: jsonschema-rs for answers, jsonschema as its reference.

Both give the same faults in one shape (`faults`), so that tests can hold the fast one to the
reference, and so that nothing above knows which of them answered. Where the two were found to
differ on a schema (`probing`, when an edition is published), the reference alone is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import filterfalse
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from engine.credentials import patterns
from engine.forms.dialects import ROOT
from engine.forms.faults import NOTHING, SEVERAL, Fault

if TYPE_CHECKING:
    from engine.forms.reference import Reference

_Kind = jsonschema_rs.ValidationErrorKind
_SAID_OF_ALL = frozenset(("additionalProperties", "unevaluatedProperties", "propertyNames"))
"""Where `false` is a fault of the object, not of what is in it."""
_made = tuple.__new__
"""Makes a `Fault` of its four parts, at a third of the price of calling it."""
_REFERENCES = frozenset(("$ref", "$dynamicRef", "$recursiveRef"))


class Checker:
    """A form's schema, compiled for checking. Formats are asserted."""

    def __init__(self, schema: Mapping[str, Any] | bool, by_reference: bool = False) -> None:
        self.schema: Any = dict(schema) if isinstance(schema, Mapping) else schema
        self.by_reference = by_reference
        self._reference: Reference | None = None
        self._fast: jsonschema_rs.Validator | None = None
        self._required: tuple[str, ...] = ()
        if not by_reference:
            self._compile()

    def faults(self, instance: Any) -> list[Fault]:
        """Every fault of `instance`; never raises."""
        if self._fast is None:
            return self._patiently(instance)
        try:
            found = [_fault(error) for error in self._fast.iter_errors(instance)]
        except (ValueError, TypeError, OverflowError, RecursionError):
            return self._patiently(instance)
        if self._required and isinstance(instance, dict):
            missing = filterfalse(instance.__contains__, self._required)
            found += [_made(Fault, ("required", [], name, None)) for name in missing]
        return found

    def reference_faults(self, instance: Any) -> list[Fault]:
        """The same by jsonschema: what `faults` is held to."""
        if self._reference is None:
            # Here: jsonschema takes its time to import, and most processes never ask it.
            from engine.forms.reference import Reference

            self._reference = Reference(self.schema)
        return self._reference.faults(instance)

    def _patiently(self, instance: Any) -> list[Fault]:
        try:
            return self.reference_faults(instance)
        except Exception:  # a schema or answers that neither of the two can bear
            return [Fault(NOTHING, [])]

    def _compile(self) -> None:
        schema = self.schema
        if isinstance(schema, dict) and _stands_alone(schema):
            # Each missing property would cost a copy of the whole object. They are found here.
            self._required = tuple(dict.fromkeys(schema["required"]))
            schema = {key: value for key, value in schema.items() if key != "required"}
        try:
            self._fast = jsonschema_rs.validator_for(
                schema, validate_formats=True, offline=True, pattern_options=patterns.OPTIONS
            )
        except (ValueError, TypeError, RecursionError, jsonschema_rs.ReferencingError):
            # The reference is slower and more patient.
            self._required = ()


def condition_of(schema: Any, root: Any, base: str) -> Callable[[Any], bool]:
    """Whether an object fits `schema`, whose references are absolute: to `root`, by either of its
    names. Always, when that cannot be compiled."""
    try:
        validator = jsonschema_rs.validator_for(
            schema,
            registry=jsonschema_rs.Registry([(ROOT, root), (base, root)]),
            validate_formats=True,
            offline=True,
            pattern_options=patterns.OPTIONS,
        )
    except (ValueError, TypeError, jsonschema_rs.ReferencingError):
        return lambda _: True
    return validator.is_valid


def _fault(error: jsonschema_rs.ValidationError) -> Fault:
    kind: Any = error.kind
    name: str = kind.name
    path = error.instance_path
    limit: Any = None
    branches = None
    if name == "required":
        limit = kind.property
    elif name == "format":
        limit = kind.format
    elif name in ("oneOf", "anyOf"):
        branches = [[_fault(one) for one in faults] for faults in getattr(kind, "context", ())]
        limit = SEVERAL if isinstance(kind, _Kind.OneOfMultipleValid) else None
    elif name == "falseSchema":
        last = error.schema_path[-1] if error.schema_path else None
        name = last if last in _SAID_OF_ALL else NOTHING
    else:
        limit = getattr(kind, "limit", None)
    return _made(Fault, (name, path, limit, branches))


def _stands_alone(schema: dict[str, Any]) -> bool:
    """Whether `required` is a plain list, and no reference may lead back to this schema."""
    required = schema.get("required")
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        return False
    return "$ref" not in schema and not _refers_up(schema)


def _refers_up(schema: Any) -> bool:
    todo = [schema]
    while todo:
        one = todo.pop()
        if isinstance(one, Mapping):
            for key, value in one.items():
                if key in _REFERENCES and not str(value).startswith(("#/$defs/", "#/definitions/")):
                    return True
                if isinstance(value, Mapping | list):
                    todo.append(value)
        elif isinstance(one, list):
            todo.extend(one)
    return False
