"""From a pointer to the question that stands there, or to the nearest thing that a person sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from engine.forms.drafts import Draft
from engine.forms.groups import Group, asked
from engine.forms.nodes import Node
from engine.forms.pointers import escape, index, tokens
from engine.forms.rows import Rows
from engine.forms.schema import FormPlan


class Found(NamedTuple):
    """A place of a form that is asked now."""

    node: Node
    pointer: str
    order: tuple[int, ...]
    """Where it stands, for sorting problems as the pages ask."""


def locate(form: FormPlan, pointer: str, draft: Draft) -> Found:
    """What asks for the value at `pointer`, or else the nearest thing around it that asks now."""
    fixed = _always_asked(form).get(pointer)
    if fixed is not None:
        return fixed
    node: Node = form.root
    at = form.pointer
    value: Any = draft.answers.get(form.id)
    order: list[int] = []
    for step in tokens(pointer)[1:]:
        if isinstance(node, Rows):
            number = index(step)
            if number is None:
                break
            inside = value[number] if isinstance(value, list) and number < len(value) else None
            order.append(number)
            node, value, at = node.item, inside, f"{at}/{number}"
        elif isinstance(node, Group):
            place = next(
                (
                    (number, one)
                    for number, one in enumerate(asked_now(node, value, at, draft))
                    if one.key == step
                ),
                None,
            )
            if place is None:
                break
            order.append(place[0])
            node = place[1]
            value = value.get(step) if isinstance(value, dict) else None
            at = f"{at}/{escape(step)}"
        else:
            break
    return Found(node, at, tuple(order))


def asked_now(group: Group, value: Any, at: str, draft: Draft) -> Iterable[Node]:
    """The nodes that a group asks when it is answered with `value`."""
    return (
        cast("tuple[Node, ...]", group.parts)
        if group.plain
        else asked(group.parts, value, at, draft)
    )


_known: WeakKeyDictionary[FormPlan, dict[str, Found]] = WeakKeyDictionary()


def _always_asked(form: FormPlan) -> dict[str, Found]:
    """The places that need no look at a draft: in no row, and under no condition or choice."""
    found = _known.get(form)
    if found is None:
        found = {one.pointer: one for one in _always(form.root, form.pointer, ())}
        _known[form] = found
    return found


def _always(node: Node, at: str, order: tuple[int, ...]) -> Iterator[Found]:
    yield Found(node, at, order)
    if isinstance(node, Group) and node.plain:
        for number, child in enumerate(asked_now(node, {}, at, Draft())):
            yield from _always(child, f"{at}/{child.token}", (*order, number))
