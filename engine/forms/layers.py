"""A place whose question depends on what is said there: chosen among several, or opened first.

A layer is a node that stands at the same pointer as the node below it. Whatever walks a form asks
`current` for the node that counts, and goes on with that one.
"""

from __future__ import annotations

from typing import Any

from engine.forms.drafts import Draft
from engine.forms.nodes import Node


class Layer(Node):
    """A node that asks nothing itself."""

    prunes = True
    checks = True
    has_rules = True
    """So it may be: what is inside is built only where it is needed."""
    has_evidence = True

    def current(self, value: Any, at: str, draft: Draft) -> Node | None:
        """The node that asks for `value` at the pointer `at`; None while nothing does."""
        raise NotImplementedError


def uncovered(node: Node, value: Any, at: str, draft: Draft) -> Node | None:
    """What asks for `value` at last, below every layer; None while nothing does."""
    now: Node | None = node
    while isinstance(now, Layer):
        now = now.current(value, at, draft)
    return now
