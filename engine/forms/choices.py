"""Kinds that are answered by choosing: radios, select, checkboxes, “other, please say”, yes or no,
and agreeing to something."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup, escape

from engine.forms import markup
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
from engine.forms.pointers import ABSENT
from engine.forms.resolving import Merged

OTHER = "__other__"
RADIOS = 7
"""Up to so many choices are radios; more are a select."""


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
    before: Markup
    after: Markup
    """The whole of it, up to where `checked` may stand, and from there on."""


def choices_in(schema: Any) -> list[tuple[Any, str, str]] | None:
    """The (value, label, help) of a schema that lists its values, or None when it does not."""
    if not isinstance(schema, Mapping):
        return None
    values = schema.get("enum")
    if isinstance(values, list) and values:
        return [(value, worded(value), "") for value in values if value is not None]
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
        return "Yes" if value else "No"
    return json.dumps(value, ensure_ascii=False)


def _choices(found: Sequence[tuple[Any, str, str]]) -> tuple[Choice, ...]:
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


def _key(value: Any) -> str:
    # JSON tells 1 from true; Python's == does not.
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _options(choices: Sequence[Choice], placed: Placed, kind: str) -> tuple[Option, ...]:
    made = []
    for number, choice in enumerate(choices):
        id = placed.id if number == 0 else placed.id + f"#choice{number}"
        said = {"type": kind, "id": id, "name": placed.name, "value": choice.posted}
        drawn = markup.choice(attributes(said), id, choice.label, choice.help)
        made.append(Option(choice.posted, escape(choice.label), *drawn))
    return tuple(made)


class Choosing(Leaf):
    """What kinds with listed answers share."""

    inline: ClassVar[bool] = False
    """The choices are so short that they stand in one line."""
    lacking = "Choose an answer: {title}"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.choices = _choices(self.listed(merged))
        self.by_posted = {choice.posted: choice for choice in self.choices}
        self.by_value = {_key(choice.value): choice for choice in self.choices}

    def listed(self, merged: Merged) -> Sequence[tuple[Any, str, str]]:
        """The (value, label, help) of every choice."""
        return choices_in(merged.schema) or ()

    def read(self, text: str) -> Any:
        choice = self.by_posted.get(text)
        if choice is None:
            raise Unparsed("Please choose one of the answers listed.")
        return choice.value

    def text(self, value: Any) -> str:
        choice = self.by_value.get(_key(value))
        return choice.posted if choice else worded(value)

    def shown(self, value: Any) -> str:
        choice = self.by_value.get(_key(value))
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
        placed.options = _options(self.choices, placed, "radio")


class Select(Choosing):
    """One of many."""

    kind = "select"

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return choices_in(merged.schema) is not None

    def attributes(self) -> dict[str, object]:
        required = "true" if self.required else None
        return {"class": "select", "autocomplete": "off", "aria-required": required}

    def furnish(self, placed: Placed) -> None:
        placed.options = _options(self.choices, placed, "option")


class YesNo(Choosing):
    """An explicit yes or no; leaving it open is neither."""

    kind = "radios"
    inline = True

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        return merged.schema.get("type") == "boolean"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.choices = (Choice(True, "Yes", "true"), Choice(False, "No", "false"))
        self.by_posted = {choice.posted: choice for choice in self.choices}
        self.by_value = {_key(choice.value): choice for choice in self.choices}

    def furnish(self, placed: Placed) -> None:
        placed.options = _options(self.choices, placed, "radio")


class Agreement(Leaf):
    """A box to tick under the words that one agrees to."""

    kind = "agreement"
    lacking = "Please tick this box to agree: {title}"

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
        if name not in arrived:
            return Outcome(kept.value)
        return Outcome(True if "true" in arrived.getlist(name) else ABSENT)

    def shown(self, value: Any) -> str:
        return "Agreed" if value is True else worded(value)


class Checkboxes(Choosing):
    """Any number of a few, as an array without doubles."""

    kind = "checkboxes"
    lacking = "Choose at least one: {title}"
    has_other: ClassVar[bool] = False

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
        placed.options = _options(self.choices, placed, "checkbox")

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
        return [worded(one) for one in value if _key(one) not in self.by_value]

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
    return str(options[1].get("title", "Something else"))


def furnish_other(node: ChoiceOrOther | ChoicesOrOther, placed: Placed, kind: str) -> None:
    """Options, and the input for one's own words."""
    everything = [*node.choices, Choice(None, node.other_title, OTHER)]
    made = _options(everything, placed, kind)
    placed.options = made[:-1]
    placed.other = made[-1]
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


def as_before(values: list[Any], before: Any) -> list[Any]:
    """`values` in the order they had before, when they are the same: order means nothing here."""
    same = isinstance(before, list) and sorted(map(_key, before)) == sorted(map(_key, values))
    return before if same else values


def last(arrived: Arrived, name: str, otherwise: str) -> str:
    """The last text posted under `name`, clean."""
    texts = arrived.getlist(name)
    return clean(texts[-1]) if texts else otherwise
