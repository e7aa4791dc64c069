"""Answers that are asked and never shown again (`writeOnly`): a blank input means “as before”."""

from __future__ import annotations

from typing import Any

from engine.forms.nodes import Arrived, Builder, Kept, Leaf, Outcome, Place, blank
from engine.forms.pointers import ABSENT
from engine.forms.resolving import Merged
from engine.languages import _

FORGET = "#forget"
"""Follows the name of the box that removes what is stored."""


class Secret(Leaf):
    """One line that the page does not repeat."""

    kind = "secret"
    composed = True

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.stored_words = _("Something is stored here. It stays unless you write something new.")
        self.forget_label = _("Remove what is stored")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        schema = merged.schema
        return (
            schema.get("writeOnly") is True
            and schema.get("type") == "string"
            and not widget
            and not {"enum", "const", "oneOf", "anyOf"} & schema.keys()
        )

    def attributes(self) -> dict[str, object]:
        hidden = self.schema.get("format") == "password"
        return {
            "class": "input",
            "type": "password" if hidden else "text",
            "autocomplete": "new-password" if hidden else "off",
            "aria-required": "true" if self.required else None,
        }

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        if name not in arrived:
            return Outcome(kept.value)
        text = self.tidy(arrived.getlist(name)[-1])
        if text.strip():
            return Outcome(text)
        return Outcome(blank(kept) if arrived.getlist(name + FORGET) else kept.value)

    def text(self, value: Any) -> str:
        return ""

    def shown(self, value: Any) -> str:
        return _("Stored, and not shown")

    def drawn(self, value: Any, at: str, draft: Any) -> bool:
        """Whether something is stored."""
        return value is not ABSENT and value is not None
