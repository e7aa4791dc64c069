"""One step down a form that is answered: what asks for each part of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.forms.drafts import Draft
from engine.forms.groups import Group, asked
from engine.forms.layers import uncovered
from engine.forms.nodes import Node
from engine.forms.rows import Rows


class Said(NamedTuple):
    """A part of an answer, with what asks for it."""

    node: Node
    value: Any
    at: str


def inside(node: Node, value: Any, at: str, draft: Draft) -> Iterator[Said]:
    """Everything directly in `value`, the answer to `node` at the pointer `at`.

    Layers are looked through, on both levels; what nothing asks for is left out.
    """
    here = uncovered(node, value, at, draft)
    if isinstance(here, Rows) and isinstance(value, list):
        for number, said in enumerate(value):
            yield from _there(here.item_at(number), said, f"{at}/{number}", draft)
    elif isinstance(here, Group) and isinstance(value, dict):
        for child in asked(here.parts, value, at, draft):
            if child.key in value:
                yield from _there(child, value[child.key], f"{at}/{child.token}", draft)
        if here.extras is not None:
            for line in here.extras.lines(value, at, draft):
                if line.good:
                    yield from _there(here.extras.node_of(line.name), line.value, line.at, draft)


def _there(node: Node, value: Any, at: str, draft: Draft) -> Iterator[Said]:
    found = uncovered(node, value, at, draft)
    if found is not None:
        yield Said(found, value, at)
