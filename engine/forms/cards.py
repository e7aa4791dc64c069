"""The rows of a repeating group as a stack of cards: which are open, and what may be done to each.

A stack that grows long folds: a row that is complete, with no problem and no note in it, becomes
its summary line. The last one is in work and stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from engine.forms.drafts import Draft
from engine.forms.groups import Group
from engine.forms.nodes import Leaf, Node
from engine.forms.pointers import ABSENT
from engine.forms.row_ids import known_ids
from engine.forms.rows import Rows

FOLDS_FROM = 3
"""How many rows a stack has before it folds."""


class Card(NamedTuple):
    """One row as it is drawn. `number` is from 0, or the placeholder of a row to be."""

    number: int | str
    value: Any
    id: str = ""
    of: int = 1
    """How many there are in the stack."""
    open: bool = True

    @property
    def first(self) -> bool:
        return self.number == 0

    @property
    def last(self) -> bool:
        return self.number == self.of - 1


def cards(node: Rows, value: Any, at: str, draft: Draft, busy: frozenset[str]) -> Iterator[Card]:
    """The rows of the group at `at`, those included that are shown before anybody fills them.

    `busy` are the pointers in and above which something waits for the person (`places_above`).
    """
    said = value if isinstance(value, list) else []
    count = max(len(said), node.first_rows)
    for number, id in enumerate(known_ids(draft, at, count)):
        own = said[number] if number < len(said) else ABSENT
        pointer = f"{at}/{number}"
        folded = (
            count >= FOLDS_FROM
            and number < count - 1
            and pointer not in busy
            and isinstance(node.item, Group)
            and _complete(node.item, own, pointer, draft)
        )
        yield Card(number, own, id, count, not folded)


def places_above(pointers: Iterable[str]) -> frozenset[str]:
    """Each of `pointers` and every place that it is in, in time that grows with their number."""
    found: set[str] = set()
    for pointer in pointers:
        while pointer and pointer not in found:
            found.add(pointer)
            pointer = pointer.rpartition("/")[0]
    return frozenset(found)


def _complete(node: Node, value: Any, at: str, draft: Draft) -> bool:
    """Whether everything is answered that `node` requires, and something at all."""
    if isinstance(node, Leaf):
        return value is not ABSENT and value not in (None, "", [])
    if isinstance(node, Rows):
        return isinstance(value, list) and all(
            _complete(node.item, said, f"{at}/{number}", draft) for number, said in enumerate(value)
        )
    if not isinstance(node, Group) or not isinstance(value, dict) or not value:
        return False
    which = node.alternatives
    needed = set(node.required_keys)
    while which is not None:
        chosen = which.chosen(value, at, draft)
        if chosen is None:
            return False
        needed |= which.groups[chosen].required_keys
        which = which.groups[chosen].alternatives
    return all(
        _complete(child, value.get(child.key, ABSENT), f"{at}/{child.token}", draft)
        for child in node.nodes()
        if child.key in needed and child.kind != "constant"
    )
