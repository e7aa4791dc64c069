"""The places of a draft that may be answered while everything else is closed.

What lives here is pure: whether a pointer is in an open place, and a draft in which only open
places have changed. Why a place is open is for `submissions.flagged` to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.forms.drafts import MARKS, Draft
from engine.forms.pointers import ABSENT, escape, index, tokens, value_at, within

Said = TypeVar("Said")


@dataclass(frozen=True)
class Openings:
    """Pointers of fields, rows, groups or whole forms (`/form`), each with all that is in it."""

    pointers: frozenset[str]
    _above: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        above: set[str] = set()
        for pointer in self.pointers:
            while pointer:
                above.add(pointer)
                pointer = pointer.rpartition("/")[0]
        object.__setattr__(self, "_above", frozenset(above))

    def holds(self, at: str) -> bool:
        """Whether `at` is an open place, or in one.

        >>> open = Openings(frozenset({"/f/rows/1"}))
        >>> open.holds("/f/rows/1/name"), open.holds("/f/rows"), open.holds("/f/rows/10")
        (True, False, False)
        """
        at = at.partition("#")[0]
        while at:
            if at in self.pointers:
                return True
            at = at.rpartition("/")[0]
        return False

    def touches(self, at: str) -> bool:
        """Whether something at `at`, in it or around it is open."""
        return at.partition("#")[0] in self._above or self.holds(at)

    def with_also(self, pointers: frozenset[str]) -> Openings:
        """These and more."""
        return self if pointers <= self.pointers else Openings(self.pointers | pointers)


def merged(before: Draft, after: Draft, openings: Openings) -> Draft:
    """`before` with what `after` says in open places; whatever else `after` says is left out.

    A row is the one at its number: where only some rows of a group are open, none of them is
    added, removed or moved.
    """
    answers = json.loads(json.dumps(before.answers))
    for pointer in _outermost(openings):
        _put(answers, pointer, after.answers)
    marks = {
        name: {
            **_those(getattr(before, name), openings, are_open=False),
            **_those(getattr(after, name), openings, are_open=True),
        }
        for name in MARKS
    }
    return Draft.of(answers, marks)


def _outermost(openings: Openings) -> Iterator[str]:
    """The open places that are in no other; fewer writes, and none over another's."""
    for pointer in sorted(openings.pointers):
        if not openings.holds(pointer.rpartition("/")[0]):
            yield pointer


def _those(said: Mapping[str, Said], openings: Openings, are_open: bool) -> dict[str, Said]:
    return {at: one for at, one in said.items() if openings.holds(at) is are_open}


def _put(answers: dict[str, Any], pointer: str, after: Mapping[str, Any]) -> None:
    """Set, or drop, the value at `pointer` as `after` has it; a row that is not there stays so."""
    *steps, last = tokens(pointer) or [""]
    holder: Any = answers
    said: Any = after
    for step in steps:
        said = _step(said, step)
        below = _step(holder, step)
        if below is ABSENT and isinstance(holder, dict) and isinstance(said, dict):
            below = holder[step] = {}
        holder = below
    value = _step(said, last)
    if isinstance(holder, dict) and value is ABSENT:
        holder.pop(last, None)
    elif isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list) and value is not ABSENT and (number := index(last)) is not None:
        holder[number : number + 1] = [value] if number < len(holder) else []


def _step(value: Any, step: str) -> Any:
    return value_at(value, f"/{escape(step)}")


def left_out(after: Draft, kept: Draft, pointers: frozenset[str]) -> frozenset[str]:
    """Those of `pointers` at which `after` said something that was not `kept`."""
    return frozenset(
        at
        for at in pointers
        if value_at(after.answers, at) != value_at(kept.answers, at)
        or {mark: said for mark, said in after.typed.items() if within(mark, at)}
        != {mark: said for mark, said in kept.typed.items() if within(mark, at)}
    )
