"""Kinds that ask how much: a rating on a scale, and a matrix of questions that share one.

`scale` in the schema has words for the ends, or for every step. A matrix is an object: each of its
properties is a row, answered and checked as a question of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.forms.choices import Choice, Choosing, choices_in, options_at
from engine.forms.groups import Group
from engine.forms.markup import spaced
from engine.forms.nodes import Builder, Place, Placed, words_of
from engine.forms.resolving import Merged
from engine.languages import N_, _

LONGEST = 11
"""So many steps a scale may have: 0 to 10."""


class Rating(Choosing):
    """One step of a scale: of whole numbers between limits, or of what is listed."""

    kind = "rating"
    lacking = N_("Choose an answer: %(title)s")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        said = merged.schema.get("scale")
        scale: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
        self.low, self.high = words_of(scale.get("low")), words_of(scale.get("high"))
        self.in_figures = all(choice.label.isdecimal() for choice in self.choices)
        first, final = self.choices[0].label, self.choices[-1].label
        ends = []
        if self.low:
            ends.append(_("%(step)s is “%(words)s”", step=first, words=self.low))
        if self.high:
            ends.append(_("%(step)s is “%(words)s”", step=final, words=self.high))
        self.ends = ", ".join(ends)

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        if widget != "rating":
            return False
        return choices_in(merged.schema) is not None or _steps(merged.schema) is not None

    def listed(self, merged: Merged) -> Sequence[tuple[Any, str, str]]:
        listed = choices_in(merged.schema)
        found = listed or [(step, str(step), "") for step in _steps(merged.schema) or ()]
        scale = merged.schema.get("scale")
        labels = scale.get("labels") if isinstance(scale, Mapping) else None
        if not isinstance(labels, list) or len(labels) != len(found):
            return found
        return [
            (value, str(label), help)
            for (value, _label, help), label in zip(found, labels, strict=True)
        ]

    def furnish(self, placed: Placed) -> None:
        placed.options = options_at(self.choices, placed, "radio")
        if self.ends:
            placed.described = spaced(placed.described, placed.id + "#ends")

    def shown(self, value: Any) -> str:
        words = super().shown(value)
        return f"{words} ({self.ends})" if self.ends else words


class Matrix(Group):
    """Questions that share one scale, as the rows of a table. Where the rows' choices are not the
    same, it is an object like others."""

    def __init__(self, builder: Builder, merged: Merged, place: Place, *more: Any) -> None:
        properties = {
            key: {**said, "widget": "rating"} if isinstance(said, Mapping) else said
            for key, said in merged.schema["properties"].items()
        }
        schema = {**merged.schema, "properties": properties}
        super().__init__(builder, replace(merged, schema=schema), place, *more)
        rows = [part for part in self.parts if isinstance(part, Rating)]
        scales = {tuple((choice.posted, choice.label) for choice in row.choices) for row in rows}
        self.is_table = len(scales) == 1 and len(rows) == len(self.parts)
        self.scale: tuple[Choice, ...] = rows[0].choices if self.is_table else ()
        self.ends = rows[0].ends if self.is_table else ""

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        asked = merged.schema.get("properties")
        return widget == "matrix" and bool(isinstance(asked, Mapping) and asked)

    def furnish(self, placed: Placed) -> None:
        super().furnish(placed)
        if self.is_table:
            placed.kind = "matrix"


def _steps(schema: Mapping[str, Any]) -> range | None:
    """The steps between a whole number's limits, when they are few."""
    least, most = _whole(schema.get("minimum")), _whole(schema.get("maximum"))
    if schema.get("type") != "integer" or least is None or most is None:
        return None
    return range(least, most + 1) if 0 < most - least < LONGEST else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
