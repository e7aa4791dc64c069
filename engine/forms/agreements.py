"""Boxes to tick: a plain yes, and agreeing to words that are kept with the answer.

An agreement stands for the words that were on the page when the box was ticked. When a newer
edition says something else, it is no agreement to that, and is asked for again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from engine.forms.choices import worded
from engine.forms.drafts import Draft
from engine.forms.nodes import Arrived, Builder, Kept, Leaf, Outcome, Place
from engine.forms.pointers import ABSENT
from engine.forms.prose import prose
from engine.forms.resolving import Merged
from engine.languages import N_, _

Agreed = Mapping[str, str]
"""`wording`, the text as it was shown, and `version`, its name or a digest of it."""

_DIGEST = 12


class Checkbox(Leaf):
    """One box: ticked is true. Saved without a tick it is false, and nothing but false: whoever
    needs an explicit yes or no asks with two radios (`choices.YesNo`)."""

    kind = "checkbox"
    lacking = N_("Answer this question: %(title)s")

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "checkbox" and merged.schema.get("type") == "boolean"

    def attributes(self) -> dict[str, object]:
        return {"type": "checkbox", "value": "true"}

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        if name not in arrived:
            return Outcome(kept.value)
        return Outcome("true" in arrived.getlist(name))

    def read(self, text: str) -> bool:
        return text == "true"

    def shown(self, value: Any) -> str:
        if not isinstance(value, bool):
            return worded(value)
        return _("Yes") if value else _("No")


class Agreement(Leaf):
    """A box to tick under the words that one agrees to."""

    kind = "agreement"
    lacking = N_("Please tick this box to agree: %(title)s")
    composed = True
    checks = True

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.wording = f"{self.title}\n\n{self.help}" if self.help else self.title
        said = merged.schema.get("wording_version")
        named = isinstance(said, str | int) and not isinstance(said, bool)
        self.version = str(said) if named else _digest(self.wording)
        if self.help:
            self.help = prose(self.help)

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        fixed = merged.schema.get("const") is True
        return (widget == "agreement" and (fixed or merged.schema.get("type") == "boolean")) or (
            not widget and fixed and merged.schema.get("type") == "boolean"
        )

    def attributes(self) -> dict[str, object]:
        required = "true" if self.required else None
        return {"type": "checkbox", "value": "true", "aria-required": required}

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        before = kept.draft.agreed.get(kept.at)
        if name not in arrived:
            return Outcome(kept.value, agreed=before)
        if "true" not in arrived.getlist(name):
            return Outcome(ABSENT)
        if kept.value is True and before is not None and self.stands(before):
            # Saving the page again is not agreeing again, in another language perhaps.
            return Outcome(True, agreed=before)
        return Outcome(True, agreed={"wording": self.wording, "version": self.version})

    def drawn(self, value: Any, at: str, draft: Draft) -> bool:
        """Whether the box is ticked: what was agreed to must be what is on the page."""
        return value is True and not self.fault(value, at, draft)

    def fault(self, value: Any, at: str, draft: Draft) -> str:
        agreed = draft.agreed.get(at)
        if value is not True or agreed is None or self.stands(agreed):
            return ""
        return _("The wording has changed since you agreed. Please read it again.")

    def stands(self, agreed: Agreed) -> bool:
        """Whether an agreement was to the words that this question has."""
        return agreed.get("version") == self.version

    def shown(self, value: Any) -> str:
        return _("Agreed") if value is True else worded(value)

    def shown_with(self, value: Any, agreed: Agreed | None) -> str:
        """The answer as a reader sees it, with what is known of the words agreed to."""
        if value is not True or agreed is None:
            return self.shown(value)
        version = agreed.get("version", "")
        if not version or version == _digest(agreed.get("wording", "")):
            return _("Agreed to this wording") if self.stands(agreed) else _("Agreed")
        if self.stands(agreed):
            return _("Agreed to this wording (version %(version)s)", version=version)
        return _("Agreed to an earlier wording (version %(version)s)", version=version)


def _digest(wording: str) -> str:
    return hashlib.sha256(wording.encode()).hexdigest()[:_DIGEST]
