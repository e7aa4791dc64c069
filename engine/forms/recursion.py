"""Parts that hold parts like themselves: closed until somebody opens them, then one level more.

What is below is built on demand and kept, so that a schema without end costs no more than the
answers in it have levels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from engine.forms.drafts import Draft
from engine.forms.layers import Layer
from engine.forms.nodes import Builder, Node, Place
from engine.forms.pointers import ABSENT
from engine.forms.resolving import Merged
from engine.languages import N_, _

OPEN = "#open"
"""Follows a part's pointer: its mark in `Draft.chosen`, its input, and the value of its button."""


class Nested(Layer):
    """A part that is shown where there is something in it, or where somebody opened it."""

    kind = "nested"
    lacking: ClassVar[str] = N_("Add an answer under “%(title)s”.")

    def __init__(
        self, builder: Builder, merged: Merged, place: Place, build: Callable[[], Node]
    ) -> None:
        super().__init__(builder, merged, place)
        self._build = build
        what = str(merged.schema.get("item_title") or self.title)
        self.add_label = str(merged.schema.get("add_label") or _("Add “%(what)s”", what=what))
        self.remove_label = _("Remove “%(what)s”", what=what)

    @cached_property
    def item(self) -> Node:
        return self._build()

    def is_open(self, value: Any, at: str, draft: Draft) -> bool:
        return value is not ABSENT or at + OPEN in draft.chosen

    def current(self, value: Any, at: str, draft: Draft) -> Node | None:
        return self.item if self.is_open(value, at, draft) else None
