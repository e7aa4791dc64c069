"""Kinds that are answered by choosing among what a schema lists: radios, select, checkboxes, yes or
no. Ratings are in `scales`, “other, please say” is in `own_words`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup, escape

from engine.forms import markup
from engine.forms.limits import choices_hint
from engine.forms.markup import attributes
from engine.forms.nodes import (
    Arrived,
    Builder,
    Kept,
    Leaf,
    Outcome,
    Place,
    Placed,
    Unparsed,
    blank,
    clean,
)
from engine.forms.resolving import Merged
from engine.languages import N_, _

RADIOS = 7
"""Up to so many choices are radios; more are a select, which can be searched."""
BOXES = 12
"""Up to so many boxes are looked over; above more, there is a filter."""


class Choice(NamedTuple):
    """One thing to choose: its JSON value, its label, the text that its input posts."""

    value: Any
    label: str
    posted: str
    help: str = ""


class Option(NamedTuple):
    """A choice in one place of a page."""

    posted: str
    label: Markup
    attrs: Markup
    """Of its input."""
    html: Markup
    """The whole of it, not chosen."""

    @property
    def chosen(self) -> Markup:
        return self.html.replace(self.attrs, self.attrs + Markup(" checked"), 1)


def choices_in(schema: Any) -> list[tuple[Any, str, str]] | None:
    """The (value, label, help) of a schema that lists its values, or None when it does not."""
    if not isinstance(schema, Mapping):
        return None
    values = schema.get("enum")
    if isinstance(values, list) and values:
        said = schema.get("labels")
        labels = said if isinstance(said, Mapping) else {}
        return [
            (value, str(labels.get(worded(value), worded(value))), "")
            for value in values
            if value is not None
        ]
    for keyword in ("oneOf", "anyOf"):
        options = schema.get(keyword)
        if (
            isinstance(options, list)
            and options
            and all(isinstance(one, Mapping) and "const" in one for one in options)
        ):
            return [
                (
                    one["const"],
                    str(one.get("title", worded(one["const"]))),
                    str(one.get("description", "")),
                )
                for one in options
            ]
    return None


def worded(value: Any) -> str:
    """A JSON value as a label."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return json.dumps(value, ensure_ascii=False)


def choices_from(found: Sequence[tuple[Any, str, str]]) -> tuple[Choice, ...]:
    plain = all(isinstance(value, str) for value, _, _ in found)
    return tuple(
        Choice(
            value,
            label,
            value if plain else json.dumps(value, ensure_ascii=False, sort_keys=True),
            about,
        )
        for value, label, about in found
    )


def key_of(value: Any) -> str:
    # JSON tells 1 from true; Python's == does not.
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def options_at(choices: Sequence[Choice], placed: Placed, kind: str) -> tuple[Option, ...]:
    """Only the first, where links to the question lead, and those with help need an id."""
    made = []
    for number, choice in enumerate(choices):
        id = placed.id if number == 0 else placed.id + f"#choice{number}"
        own = None if number and not choice.help else id
        said = {"type": kind, "id": own, "name": placed.name, "value": choice.posted}
        attrs = attributes(said)
        drawn = markup.choice(attrs, id, choice.label, choice.help)
        made.append(Option(choice.posted, escape(choice.label), attrs, drawn))
    return tuple(made)


def drawn(options: Sequence[Option], posted: Collection[str]) -> Markup:
    """All of them, one after another; those that are `posted` are chosen."""
    parts = [one.chosen if one.posted in posted else one.html for one in options]
    return Markup("".join(parts))  # noqa: S704 - of markup only, which `join` would look at again


class Choosing(Leaf):
    """What kinds with listed answers share."""

    inline: ClassVar[bool] = False
    """The choices are so short that they stand in one line."""
    lacking = N_("Choose an answer: %(title)s")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.choices = choices_from(self.listed(merged))
        self.by_posted = {choice.posted: choice for choice in self.choices}
        self.by_value = {key_of(choice.value): choice for choice in self.choices}

    def listed(self, merged: Merged) -> Sequence[tuple[Any, str, str]]:
        """The (value, label, help) of every choice."""
        return choices_in(merged.schema) or ()

    def read(self, text: str) -> Any:
        choice = self.by_posted.get(text)
        if choice is None:
            raise Unparsed(_("Please choose one of the answers listed."))
        return choice.value

    def text(self, value: Any) -> str:
        choice = self.by_value.get(key_of(value))
        return choice.posted if choice else worded(value)

    def shown(self, value: Any) -> str:
        choice = self.by_value.get(key_of(value))
        return choice.label if choice else worded(value)


class Radios(Choosing):
    """One of a few."""

    kind = "radios"

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        found = choices_in(merged.schema)
        return (
            found is not None
            and widget != "select"
            and (widget == "radios" or len(found) <= RADIOS)
        )

    def furnish(self, placed: Placed) -> None:
        placed.options = options_at(self.choices, placed, "radio")


class Select(Choosing):
    """One of many."""

    kind = "select"

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return choices_in(merged.schema) is not None

    def attributes(self) -> dict[str, object]:
        required = "true" if self.required else None
        search = "" if len(self.choices) > RADIOS else None
        return {
            "class": "select",
            "autocomplete": "off",
            "aria-required": required,
            "data-search": search,
        }

    def furnish(self, placed: Placed) -> None:
        placed.options = options_at(self.choices, placed, "option")


class YesNo(Choosing):
    """An explicit yes or no; leaving it open is neither."""

    kind = "radios"
    inline = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == "boolean"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.choices = (Choice(True, _("Yes"), "true"), Choice(False, _("No"), "false"))
        self.by_posted = {choice.posted: choice for choice in self.choices}
        self.by_value = {key_of(choice.value): choice for choice in self.choices}

    def furnish(self, placed: Placed) -> None:
        placed.options = options_at(self.choices, placed, "radio")


class Checkboxes(Choosing):
    """Any number of a few, as an array without doubles."""

    kind = "checkboxes"
    lacking = N_("Choose at least one: %(title)s")
    has_other: ClassVar[bool] = False

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.hint = self.hint or choices_hint(merged.schema, len(self.choices) + self.has_other)
        self.long = len(self.choices) > BOXES

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        schema = merged.schema
        return (
            schema.get("type") == "array"
            and (schema.get("uniqueItems") is True or widget == "checkboxes")
            and choices_in(schema.get("items")) is not None
        )

    def listed(self, merged: Merged) -> Sequence[tuple[Any, str, str]]:
        return choices_in(merged.schema["items"]) or ()

    def furnish(self, placed: Placed) -> None:
        placed.options = options_at(self.choices, placed, "checkbox")

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        if name not in arrived:
            return Outcome(kept.value)
        ticked = [clean(text) for text in arrived.getlist(name)[:1000]]
        known = list(dict.fromkeys(text for text in ticked if text in self.by_posted))
        values = [self.by_posted[text].value for text in known]
        return Outcome(as_before(values, kept.value) if values else blank(kept))

    def picked(self, value: Any) -> frozenset[str]:
        """What is ticked when the answer is `value`."""
        return (
            frozenset(self.text(one) for one in value) if isinstance(value, list) else frozenset()
        )

    def shown(self, value: Any) -> str:
        if not isinstance(value, list):
            return worded(value)
        return "; ".join(super(Checkboxes, self).shown(one) for one in value)

    def items(self, value: Any) -> list[str]:
        """The labels of what was chosen."""
        return [super(Checkboxes, self).shown(one) for one in value]


def as_before(values: list[Any], before: Any) -> list[Any]:
    """`values` in the order they had before, when they are the same: order means nothing here."""
    same = isinstance(before, list) and sorted(map(key_of, before)) == sorted(map(key_of, values))
    return before if same else values


def last(arrived: Arrived, name: str, otherwise: str) -> str:
    """The last text posted under `name`, clean."""
    texts = arrived.getlist(name)
    return clean(texts[-1]) if texts else otherwise
