"""“Other, please say”: choosing among what is listed, or answering in one's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import escape

from engine.forms import markup
from engine.forms.choices import (
    Checkboxes,
    Choosing,
    Option,
    as_before,
    choices_in,
    key_of,
    last,
    options_at,
    worded,
)
from engine.forms.markup import attributes
from engine.forms.nodes import Arrived, Builder, Kept, Outcome, Place, Placed, blank, clean
from engine.forms.pointers import ABSENT
from engine.forms.resolving import Merged
from engine.languages import _

OTHER = "__other__"
"""What choosing one's own words posts."""


class ChoiceOrOther(Choosing):
    """One of a few, or one's own words."""

    kind = "choice_or_other"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.other_title = other_in(merged.schema)

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return widget == "choice-or-other" and offered(merged.schema) is not None

    def listed(self, merged: Merged) -> Sequence[tuple[Any, str, str]]:
        return offered(merged.schema) or ()

    def furnish(self, placed: Placed) -> None:
        furnish_other(self, placed, "radio")

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        before = kept.draft.typed.get(kept.at + "#other", "")
        if name not in arrived and f"{name}#other" not in arrived:
            aside = {"#other": before} if before else {}
            return Outcome(kept.value, aside, kept.draft.chosen.get(kept.at))
        said = [clean(text) for text in arrived.getlist(name) if text]
        other = " ".join(last(arrived, f"{name}#other", before).split())
        pick = said[-1] if said else OTHER if other else ""
        if pick == OTHER:
            return Outcome(other or ABSENT, {}, 1)
        if pick in self.by_posted:
            return Outcome(self.by_posted[pick].value, {"#other": other} if other else {})
        return Outcome(pick or blank(kept), {"#other": other} if other else {})


class ChoicesOrOther(Checkboxes):
    """Any number of a few, and one's own words beside them."""

    kind = "checkboxes"
    has_other = True

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.other_title = other_in(merged.schema["items"])

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        items = merged.schema.get("items")
        return (
            merged.schema.get("type") == "array"
            and isinstance(items, Mapping)
            and "choice-or-other" in (items.get("widget"), widget)
            and offered(items) is not None
        )

    def listed(self, merged: Merged) -> Sequence[tuple[Any, str, str]]:
        return offered(merged.schema["items"]) or ()

    def furnish(self, placed: Placed) -> None:
        furnish_other(self, placed, "checkbox")

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        before = kept.draft.typed.get(kept.at + "#other", "")
        if name not in arrived:
            return Outcome(
                kept.value, {"#other": before} if before else {}, kept.draft.chosen.get(kept.at)
            )
        ticked = [clean(text) for text in arrived.getlist(name)[:1000]]
        values = [
            self.by_posted[text].value for text in dict.fromkeys(ticked) if text in self.by_posted
        ]
        text = " ".join(last(arrived, f"{name}#other", before).split())
        own = self.own(kept.value)
        if OTHER not in ticked:
            # Words without the tick are kept beside the answer, not in it.
            aside = {"#other": text} if text else {}
            return Outcome(as_before(values, kept.value) if values else blank(kept), aside)
        said = own if text == self.other_text(kept.value) else [text] if text else []
        values += [one for one in said if one not in values]
        return Outcome(as_before(values, kept.value) if values else blank(kept), {}, 1)

    def own(self, value: Any) -> list[str]:
        """The answers that are not among the choices."""
        if not isinstance(value, list):
            return []
        return [worded(one) for one in value if key_of(one) not in self.by_value]

    def other_text(self, value: Any) -> str:
        return "; ".join(self.own(value))


def offered(schema: Any) -> list[tuple[Any, str, str]] | None:
    """The listed choices of `anyOf: [{enum}, {title, type: string}]`."""
    options = schema.get("anyOf") or schema.get("oneOf") if isinstance(schema, Mapping) else None
    if not isinstance(options, list) or len(options) != 2:
        return None
    found = choices_in(options[0])
    free = isinstance(options[1], Mapping) and choices_in(options[1]) is None
    return found if found and free and all(isinstance(one[0], str) for one in found) else None


def other_in(schema: Mapping[str, Any]) -> str:
    options = schema.get("anyOf") or schema.get("oneOf") or [{}, {}]
    return str(options[1].get("title", _("Something else")))


def furnish_other(node: ChoiceOrOther | ChoicesOrOther, placed: Placed, kind: str) -> None:
    """Options, and the input for one's own words."""
    placed.options = options_at(node.choices, placed, kind)
    id = placed.id + "#own"
    attrs = attributes({"type": kind, "id": id, "name": placed.name, "value": OTHER})
    drawn = markup.choice_opened(attrs, id, node.other_title)
    placed.other = Option(OTHER, escape(node.other_title), attrs, drawn)
    placed.other_attrs = attributes(
        {
            "class": "input",
            "type": "text",
            "id": placed.id + "#other",
            "name": placed.name + "#other",
            "autocomplete": "off",
            "aria-label": node.other_title,
        }
    )
