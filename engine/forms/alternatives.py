"""How the ways to answer an object differ: what each asks, what tells one from another, and what
each is called. `groups.Alternatives` is the choice between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from engine.forms.choices import worded
from engine.forms.markup import attributes
from engine.forms.merging import identity
from engine.forms.resolving import Merged
from engine.languages import _


class ChoiceOption(NamedTuple):
    """A radio that chooses an alternative, in one place of a page."""

    attrs: Markup
    id: Markup
    label: Markup
    help: str


def options_at(
    said: Sequence[tuple[Markup, str]], first: str, name: str
) -> tuple[ChoiceOption, ...]:
    """A radio for each label and help; the first has the id `first`."""
    options = []
    for number, (label, help) in enumerate(said):
        id = escape(first if number == 0 else f"{first}#branch{number}")
        attrs = {"type": "radio", "id": id, "name": name, "value": number}
        options.append(ChoiceOption(attributes(attrs), id, label, help))
    return tuple(options)


def are_objects(options: Sequence[Merged]) -> bool:
    """Whether the options differ in the questions that an object asks, and in nothing else."""
    return all(_may_be_object(one) for one in options) and any(_keys(one) for one in options)


def keys_of(merged: Merged) -> set[str]:
    """Every property that an option asks, in choices of its own too."""
    inner = (keys_of(one) for one in merged.options)
    return set(_keys(merged)).union(*inner)


def constants_of(options: Sequence[Merged]) -> tuple[dict[str, Any], ...]:
    """What each option answers by itself: properties of which only one value is allowed."""
    telling = lists_of(options)
    single = {
        key for key in (telling[0] if telling else ()) if all(len(one[key]) == 1 for one in telling)
    }
    return tuple(
        {
            key: one["const"] if "const" in one else one["enum"][0]
            for key, one in _keys(merged).items()
            if isinstance(one, Mapping)
            and one.get("widget") != "agreement"
            and ("const" in one or key in single)
        }
        for merged in options
    )


def lists_of(options: Sequence[Merged]) -> tuple[Mapping[str, Sequence[Any]], ...]:
    """For each option the properties whose `enum` shares no value with any other option's."""
    lists = [
        {
            key: one["enum"]
            for key, one in _keys(merged).items()
            if isinstance(one, Mapping) and isinstance(one.get("enum"), list)
        }
        for merged in options
    ]
    shared = set.intersection(*(set(one) for one in lists)) if lists else set()
    telling = set()
    for key in shared:
        values = [identity(value) for one in lists for value in one[key]]
        if len(values) == len(set(values)):
            telling.add(key)
    return tuple({key: one[key] for key in one if key in telling} for one in lists)


def speaking_for(
    value: Mapping[str, Any], fixed: Mapping[str, Any], listed: Mapping[str, Sequence[Any]]
) -> int | None:
    """How many answers speak for the option that has these constants and lists of its own; None
    when one speaks against it."""
    count = 0
    for key, wanted in fixed.items():
        if key in value:
            if not same(value[key], wanted):
                return None
            count += 1
    for key, allowed in listed.items():
        if key in value:
            if value[key] not in allowed:
                return None
            count += 1
    return count


def title_of(merged: Merged, number: int, fixed: Mapping[str, Any]) -> str:
    """What an option is called: its title, what tells it from the others, or its number."""
    said = merged.schema.get("title")
    if isinstance(said, str) and said:
        return said
    telling = next((value for value in fixed.values() if isinstance(value, str) and value), "")
    return worded(telling) if telling else _("Option %(number)s", number=number + 1)


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values, where 1 is not true."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _may_be_object(merged: Merged) -> bool:
    said = merged.schema
    mapped = isinstance(said.get("additionalProperties"), Mapping) or said.get("patternProperties")
    return said.get("type", "object") == "object" and "const" not in said and not mapped


def _keys(merged: Merged) -> Mapping[str, Any]:
    said = merged.schema.get("properties")
    return said if isinstance(said, Mapping) else {}
