"""Long text with headings, lists and links, as Markdown, and how it will read."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from engine.forms.drafts import Draft
from engine.forms.fields import LongText
from engine.forms.prose import prose
from engine.forms.resolving import Merged


class Markdown(LongText):
    """Several lines of Markdown. What is stored, counted and compared are the words as written."""

    kind = "markdown"
    composed = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "markdown" and merged.schema.get("type") == "string"

    def drawn(self, value: Any, at: str, draft: Draft) -> Markup:
        """What was saved, as a reader sees it."""
        return prose(value) if isinstance(value, str) else Markup("")
