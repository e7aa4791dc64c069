"""The field paths of an expression, walked against a schema: `self.tool.nmae` is a finding.

Only what is certain is reported. Where a schema leaves it open what an object holds, anything
goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.credentials.documents import listing, lookup, mapping
from engine.credentials.expressions import (
    Call,
    Constant,
    Index,
    Listed,
    Macro,
    Mapped,
    Name,
    Node,
    Operation,
    Select,
    children,
)
from engine.credentials.suggestions import did_you_mean

_BESIDE = ("allOf", "anyOf", "oneOf")
_BELOW = ("then", "else", "if")
_BOOLEAN_FUNCTIONS = frozenset(("same_set", "contains", "startsWith", "endsWith", "matches"))


class PathFault(NamedTuple):
    message: str
    suggestion: str = ""


@dataclass(frozen=True)
class Shape:
    """What is known of a value: the schemas that speak of it, all of them together."""

    root: Mapping[str, Any]
    """The schema that `#` means in the references of `schemas`."""
    schemas: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, schema: Any, root: Mapping[str, Any]) -> Shape:
        found: list[Mapping[str, Any]] = []
        _gather(schema, root, found, set())
        return cls(root, tuple(found))

    @property
    def types(self) -> frozenset[str]:
        """The JSON types it may have; empty when nothing says so."""
        said: set[str] = set()
        for schema in self.schemas:
            declared = schema.get("type")
            names = [declared] if isinstance(declared, str) else listing(declared)
            said.update(name for name in names if isinstance(name, str))
            if "properties" in schema and "type" not in schema:
                said.add("object")
        return frozenset(said)

    @property
    def names(self) -> list[str]:
        """The names of its declared properties."""
        return [name for schema in self.schemas for name in mapping(schema.get("properties"))]

    @property
    def is_open(self) -> bool:
        """Whether it may hold names that no schema declares."""
        return not self.names or any(
            schema.get("patternProperties") or schema.get("additionalProperties")
            for schema in self.schemas
        )

    def field(self, name: str) -> Shape | None:
        """What is known of the property `name`; None when nothing is."""
        found = [
            Shape.of(schema["properties"][name], self.root)
            for schema in self.schemas
            if name in mapping(schema.get("properties"))
        ]
        together = tuple(one for shape in found for one in shape.schemas)
        return Shape(self.root, together) if found else None

    def item(self) -> Shape | None:
        """What is known of an item of the list; None when nothing is."""
        found: list[Mapping[str, Any]] = []
        for schema in self.schemas:
            items = schema.get("items")
            listed = items if isinstance(items, list) else [items]
            for one in [*listed, *listing(schema.get("prefixItems"))]:
                _gather(one, self.root, found, set())
        return Shape(self.root, tuple(found)) if found else None


def _gather(
    schema: Any, root: Mapping[str, Any], found: list[Mapping[str, Any]], seen: set[int]
) -> None:
    if not isinstance(schema, Mapping) or id(schema) in seen:
        return
    seen.add(id(schema))
    found.append(schema)
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref.startswith("#"):
        try:
            _gather(lookup(root, ref[1:]), root, found, seen)
        except KeyError:
            found.append({"additionalProperties": True})  # reported where references are checked
    elif ref is not None or "$dynamicRef" in schema:
        found.append({"additionalProperties": True})
    for keyword in _BESIDE:
        for one in listing(schema.get(keyword)):
            _gather(one, root, found, seen)
    for keyword in _BELOW:
        _gather(schema.get(keyword), root, found, seen)
    for one in mapping(schema.get("dependentSchemas")).values():
        _gather(one, root, found, seen)


def path_faults(tree: Node, variables: Mapping[str, Shape]) -> list[PathFault]:
    """The paths of an expression that lead nowhere in the shapes of its variables."""
    faults: list[PathFault] = []
    _shape(tree, variables, faults)
    return list(dict.fromkeys(faults))


def pointer_fault(pointer: str, shape: Shape) -> PathFault | None:
    """Why a JSON Pointer into a value of `shape` leads nowhere, or None."""
    now: Shape | None = shape
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if now is None:
            return None
        if now.types == {"array"}:
            if not token.isdecimal():
                return PathFault(f"{pointer!r} needs a position in the list before {token!r}.")
            now = now.item()
        else:
            found = now.field(token)
            if found is None and not now.is_open:
                near = did_you_mean(token, now.names)
                return PathFault(f"{pointer!r} leads nowhere: there is no {token!r}.", near)
            now = found
    return None


def never_boolean(tree: Node, variables: Mapping[str, Shape]) -> bool:
    """Whether an expression certainly is not true or false."""
    match tree:
        case Constant(value=value):
            return not isinstance(value, bool)
        case Listed() | Mapped():
            return True
        case Macro(macro=macro):
            return macro in ("map", "filter")
        case Call(function=function):
            return function not in _BOOLEAN_FUNCTIONS
        case Operation(operator="?:", operands=(_, yes, no)):
            return never_boolean(yes, variables) or never_boolean(no, variables)
        case Operation(operator="&&" | "||", operands=operands):
            return any(never_boolean(one, variables) for one in operands)
        case Operation(operator=operator):
            return operator in ("+", "-", "*", "/", "%")
        case Select(tested=True):
            return False
    shape = _shape(tree, variables, [])
    return shape is not None and bool(shape.types) and "boolean" not in shape.types


def _shape(node: Node, variables: Mapping[str, Shape], faults: list[PathFault]) -> Shape | None:
    match node:
        case Name(name=name):
            return variables.get(name)
        case Select(of=of, field=field):
            return _selected(_shape(of, variables, faults), field, node, faults)
        case Index(of=of, at=Constant(value=str(name))):
            return _selected(_shape(of, variables, faults), name, node, faults)
        case Index(of=of, at=at):
            _shape(at, variables, faults)
            over = _shape(of, variables, faults)
            return over.item() if over is not None else None
        case Macro(macro=macro, over=over, each=each, body=body):
            listed = _shape(over, variables, faults)
            item = listed.item() if listed is not None else None
            inside = {name: one for name, one in variables.items() if name != each}
            if item is not None:
                inside[each] = item
            for part in body:
                _shape(part, inside, faults)
            return listed if macro == "filter" else None
        case Call(function="distinct", arguments=(one,)):
            return _shape(one, variables, faults)
    for part in children(node):
        _shape(part, variables, faults)
    return None


def _selected(shape: Shape | None, field: str, node: Node, faults: list[PathFault]) -> Shape | None:
    if shape is None:
        return None
    found = shape.field(field)
    if found is not None:
        return found
    path = ".".join(_steps(node))
    if shape.types == {"array"}:
        hint = "Look at one item, as in LIST[0], or at each, as in LIST.all(x, ...)."
        faults.append(PathFault(f"“{path}”: what is before {field!r} is a list.", hint))
    elif shape.types and not shape.types & {"object", "array"}:
        faults.append(PathFault(f"“{path}”: what is before {field!r} has no parts."))
    elif not shape.is_open:
        near = did_you_mean(field, list(dict.fromkeys(shape.names)))
        faults.append(PathFault(f"“{path}” leads nowhere: there is no {field!r}.", near))
    return None


def _steps(node: Node) -> Iterator[str]:
    match node:
        case Select(of=of, field=field):
            yield from _steps(of)
            yield field
        case Index(of=of, at=Constant(value=at)):
            *before, last = list(_steps(of)) or [""]
            yield from before
            yield f"{last}[{int(at) if isinstance(at, float) else repr(at)}]"
        case Index(of=of):
            *before, last = list(_steps(of)) or [""]
            yield from before
            yield f"{last}[…]"
        case Name(name=name):
            yield name
        case _:
            yield "…"
