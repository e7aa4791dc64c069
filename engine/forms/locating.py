"""From a pointer to the question that stands there, or to the nearest thing that a person sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from engine.forms.drafts import Draft
from engine.forms.groups import Group, asked
from engine.forms.layers import Layer
from engine.forms.mappings import MORE
from engine.forms.mixed import Variants
from engine.forms.nodes import Node
from engine.forms.pointers import ABSENT, escape, index, tokens
from engine.forms.rows import Rows
from engine.forms.schema import FormPlan


class Found(NamedTuple):
    """A place of a form that is asked now."""

    node: Node
    pointer: str
    order: tuple[int, ...]
    """Where it stands, for sorting problems as the pages ask."""
    chosen: tuple[tuple[Variants, int], ...] = ()
    """The kinds of answer that were chosen on the way, outermost first."""


def locate(form: FormPlan, pointer: str, draft: Draft) -> Found:
    """What asks for the value at `pointer`, or else the nearest thing around it that asks now."""
    fixed = always_asked(form).get(pointer)
    if fixed is not None:
        return fixed
    node: Node = form.root
    at = form.pointer
    value: Any = draft.answers.get(form.id, ABSENT)
    order: list[int] = []
    chosen: list[tuple[Variants, int]] = []
    pointer, _, named = pointer.partition(MORE)
    for step in tokens(pointer)[1:]:
        node = _below(node, value, at, draft, chosen)
        if isinstance(node, Rows):
            number = index(step)
            if number is None:
                break
            inside = value[number] if isinstance(value, list) and number < len(value) else ABSENT
            order.append(number)
            node, value, at = node.item_at(number), inside, f"{at}/{number}"
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
                extras = node.extras
                if extras is None or not isinstance(value, dict) or step not in value:
                    break
                if step in extras.known:
                    break
                place = (len(node.parts) + list(value).index(step), extras.node_of(step))
            order.append(place[0])
            node = place[1]
            value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
            at = f"{at}/{escape(step)}"
        else:
            break
    node = _below(node, value, at, draft, chosen)
    if named and isinstance(node, Group) and node.extras is not None:
        number = index(named.strip("/").partition("#")[0].partition("/")[0])
        at, order = at + MORE + named, [*order, len(node.parts) + (number or 0)]
    return Found(node, at, tuple(order), tuple(chosen))


def _below(
    node: Node, value: Any, at: str, draft: Draft, chosen: list[tuple[Variants, int]]
) -> Node:
    """What asks below the layers of a place, as far as something does; notes what is chosen."""
    while isinstance(node, Layer):
        if isinstance(node, Variants):
            number = node.chosen(value, at, draft)
            if number is not None:
                chosen.append((node, number))
        inner = node.current(value, at, draft)
        if inner is None:
            return node
        node = inner
    return node


def asked_now(group: Group, value: Any, at: str, draft: Draft) -> Iterable[Node]:
    """The nodes that a group asks when it is answered with `value`."""
    return (
        cast("tuple[Node, ...]", group.parts)
        if group.plain
        else asked(group.parts, value, at, draft)
    )


_known: WeakKeyDictionary[FormPlan, dict[str, Found]] = WeakKeyDictionary()


def always_asked(form: FormPlan) -> Mapping[str, Found]:
    """The places that need no look at a draft: in no row, and under no condition or choice."""
    found = _known.get(form)
    if found is None:
        found = {one.pointer: one for one in _always(form.root, form.pointer, ())}
        _known[form] = found
    return found


def _always(node: Node, at: str, order: tuple[int, ...]) -> Iterator[Found]:
    if isinstance(node, Layer):
        return
    yield Found(node, at, order)
    if isinstance(node, Group) and node.plain:
        for number, child in enumerate(asked_now(node, {}, at, Draft())):
            yield from _always(child, f"{at}/{child.token}", (*order, number))
