"""Questions that are asked only while something else is answered in a certain way.

`if`/`then`/`else`, `dependentSchemas` and what stands nested in them (JSON Schema 2020-12 §10.2.2)
all become the same: a node, and the ways in which the object's answers bring it up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.forms.merging import both
from engine.forms.nodes import Builder, Node
from engine.forms.resolving import Merged

_NESTED = 8
"""How deep conditions within conditions are looked at."""


@dataclass(frozen=True)
class Test:
    """One condition, which must hold or must not."""

    check: Callable[[Any], bool]
    wanted: bool
    watched: str = ""
    """The one property that the condition looks at, when it is as simple as that."""
    values: tuple[Any, ...] = ()
    """The values of it for which `check` holds."""

    def holds(self, value: Any) -> bool:
        return self.check(value) == self.wanted


Way = tuple[Test, ...]
"""Conditions that hold together."""


@dataclass(frozen=True)
class Conditional:
    """A question that is shown while any of its ways holds."""

    node: Node
    ways: tuple[Way, ...]
    choices: tuple[Any, ...] = ()
    """Everything that may be chosen for the watched property, when that is a list."""

    @property
    def watched(self) -> str:
        """The one property that decides, when there is only one."""
        return self.ways[0][0].watched if len(self.ways) == len(self.ways[0]) == 1 else ""

    @property
    def opens(self) -> tuple[Any, ...]:
        """The values of the watched property for which it is asked; empty when nobody can list
        them."""
        if not self.watched:
            return ()
        test = self.ways[0][0]
        if test.wanted:
            return test.values
        return tuple(value for value in self.choices if value not in test.values)

    def holds(self, value: Any) -> bool:
        """Whether it is asked when the object is `value`."""
        said = value if isinstance(value, dict) else {}
        return any(all(test.holds(said) for test in way) for way in self.ways)


class Asked(NamedTuple):
    """One property that conditions ask for."""

    key: str
    schema: Any
    needed: bool
    """It is required whenever it is asked."""
    above: Merged
    """Where its schema was found."""
    ways: tuple[Way, ...]


def conditioned(builder: Builder, merged: Merged) -> list[Asked]:
    """What an object's conditions ask, each property once, however many conditions ask it."""
    found: dict[str, Asked] = {}
    for one in _conditioned(builder, merged, (), 0):
        known = found.get(one.key)
        if known is None:
            found[one.key] = one
        else:
            found[one.key] = known._replace(
                schema=_either(known.schema, one.schema),
                needed=known.needed and one.needed,
                ways=(*known.ways, *one.ways),
            )
    return list(found.values())


def present(key: str) -> Test:
    """Whether a property is answered."""
    return Test(lambda value: key in value, True)


def _conditioned(builder: Builder, merged: Merged, above: Way, depth: int) -> Iterator[Asked]:
    for condition in merged.conditions:
        check = builder.condition(condition["if"])
        watched, values = simple(condition["if"])
        for keyword, wanted in (("then", True), ("else", False)):
            branch = builder.merged(condition.get(keyword, True), merged)
            if branch is None:
                continue
            way = (*above, Test(check, wanted, watched, values))
            yield from _asked(branch, branch, way)
            for choice in ("oneOf", "anyOf"):
                for option in branch.schema.get(choice) or ():
                    if (inside := builder.merged(option, branch)) is not None:
                        yield from _asked(inside, branch, way)
            if depth < _NESTED and not branch.recursive:
                yield from _conditioned(builder, branch, way, depth + 1)


def _asked(branch: Merged, above: Merged, way: Way) -> Iterator[Asked]:
    properties = branch.schema.get("properties")
    needed = branch.schema.get("required") or ()
    for key, said in properties.items() if isinstance(properties, Mapping) else ():
        if said is not False:
            yield Asked(key, said, branch is above and key in needed, branch, (way,))


def _either(one: Any, other: Any) -> Any:
    """A schema for a property that two conditions describe, each in its way."""
    if one == other or not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return one
    if one.get("type", "") == other.get("type", ""):
        # The same kind of answer, whose limits differ: those are for validation.
        common = {key: said for key, said in one.items() if other.get(key) == said}
        about = {key: said for key, said in one.items() if key in ("title", "description")}
        return both({**common, **about}, True)
    return {"anyOf": [one, other]}


def simple(condition: Any) -> tuple[str, tuple[Any, ...]]:
    """The property and values of `{properties: {x: {const: …}}}`; empty when it is not so."""
    if not isinstance(condition, Mapping) or not set(condition) <= {"properties", "required"}:
        return "", ()
    properties = condition.get("properties")
    if not isinstance(properties, Mapping) or len(properties) != 1:
        return "", ()
    ((key, said),) = properties.items()
    if set(condition.get("required") or ()) - {key}:
        return "", ()
    if isinstance(said, Mapping) and set(said) <= {"const", "enum"} and said:
        return key, (said["const"],) if "const" in said else tuple(said["enum"])
    return key, ()
