"""Data series: dated measurements, entered as a table and drawn as a run chart.

Which column is the date, which the value and which the note says the keyword `series`, or else the
columns themselves, when one is a date and one a number. A series that has more points than a page
should have inputs is edited as lines of text, one a point, which are read like a spreadsheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from markupsafe import Markup

from engine.forms.charts import Drawn, Look, drawn
from engine.forms.drafts import Draft
from engine.forms.markup import attributes
from engine.forms.nodes import Builder, Leaf, Place, words_of
from engine.forms.resolving import Merged
from engine.forms.run_chart import Point
from engine.forms.tables import Table
from engine.languages import _
from engine.phrases import day

LONG = 400
"""With more points than these, they are edited as lines of text."""
LINES = "#lines"
"""Follows the name of a series whose points are posted as lines."""
YEARS = (1800, 2300)
LARGEST = 1e12
"""A chart shows points of these years, and values up to this."""
CSV, PASTE = "#csv", "#paste"
"""Follow it for a file to import, and for rows pasted as text."""


class Told(NamedTuple):
    """A series on a page, beside its rows."""

    chart: Callable[[], Drawn | None]
    lines: str
    """All points as text, when there are too many for inputs."""


class Series(Table):
    """An array of dated values."""

    kind = "series"
    widgets = ("data-series",)

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        said = merged.schema.get("series")
        self.said: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
        super().__init__(builder, merged, place)
        leaves = [column.leaf for column in self.columns or ()]
        self.date = self._column(leaves, "at", "date")
        self.value = self._column(leaves, "value", "number")
        self.note = self._column(leaves, "note", "text", "long_text")
        self.unusual = self._column(leaves, "unusual", "radios")
        unit = words_of(self.said.get("unit")) or self._unit_at_head()
        goal = self.said.get("goal")
        self.look = Look(
            unit,
            float(goal) if isinstance(goal, int | float) else None,
            self.said.get("median", True) is not False,
        )
        self.checks = True
        if not self.schema.get("add_label") and not self.item_title:
            self.item_words = self.item_title = _("Point")
            self.add_label = _("Add a point")

    @property
    def drawn_as(self) -> str:
        if self.columns is not None and (self.date is None or self.value is None):
            return Table.kind
        return super().drawn_as

    def for_scripts(self) -> Markup:
        return super().for_scripts() + attributes({"data-series": ""})

    def chart(self, value: Any) -> Drawn | None:
        """The run chart of an answer; None while it has no point."""
        return drawn(self.points(value), self.look, self.title)

    def told(self, value: Any, at: str, draft: Draft) -> Told:
        """What its macro needs beside the rows."""
        long = isinstance(value, list) and len(value) > LONG
        return Told(self.chart_later(value), self.lines(value, at, draft) if long else "")

    def chart_later(self, value: Any) -> partial[Drawn | None]:
        """The same, drawn when somebody asks for it."""
        return partial(self.chart, value)

    def points(self, value: Any) -> list[Point]:
        """The points of an answer that have both a date and a value; others wait to be finished."""
        found = []
        for said in value if isinstance(value, list) else ():
            at, height = self._drawable(said), self._height(said)
            if at is not None and height is not None:
                note = said.get(self.note.key) if self.note else None
                unusual = said.get(self.unusual.key) is True if self.unusual else False
                found.append(Point(at, height, note if isinstance(note, str) else "", unusual))
        return found

    def order(self, value: list[Any]) -> list[int]:
        """The rows in the order of their dates; those without one stay where they are, after the
        one that they follow."""
        last, keys = date.min, []
        for said in value:
            last = self._day(said) or last
            keys.append(last)
        return sorted(range(len(value)), key=lambda number: keys[number])

    def faults(self, value: Any, at: str, today: date | None) -> Iterator[tuple[str, str]]:
        """Each point that comes before the one above it, or is of a day that has not come yet, by
        the pointer of its date."""
        before: date | None = None
        for number, said in enumerate(value if isinstance(value, list) else ()):
            now = self._day(said)
            if now is None or self.date is None:
                continue
            if today is not None and now > today:
                yield (
                    f"{at}/{number}/{self.date.token}",
                    _(
                        "%(now)s has not come yet. A point shows what was measured: please check"
                        " its date.",
                        now=day(now),
                    ),
                )
            elif before is not None and now < before:
                yield (
                    f"{at}/{number}/{self.date.token}",
                    _(
                        "%(now)s comes before the date above it, %(before)s. Put the points in"
                        " order, or press “Sort by date”.",
                        now=day(now),
                        before=day(before),
                    ),
                )
            before = now

    def lines(self, value: Any, at: str, draft: Draft) -> str:
        """The points as lines of text under their headings, what did not parse included."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        columns = self.columns or ()
        writer.writerow([column.leaf.title for column in columns])
        for number, said in enumerate(value if isinstance(value, list) else ()):
            writer.writerow(
                [
                    draft.typed.get(f"{at}/{number}/{column.leaf.token}")
                    or _text(column.leaf, said)
                    for column in columns
                ]
            )
        return file.getvalue()

    def _column(self, leaves: list[Leaf], name: str, *kinds: str) -> Leaf | None:
        wanted = self.said.get(name)
        fitting = [leaf for leaf in leaves if leaf.kind in kinds]
        if wanted is not None or name == "unusual":
            return next((leaf for leaf in fitting if leaf.key == wanted), None)
        # For a note, which is only ever beside the points, the first will do.
        return fitting[0] if len(fitting) == 1 or (fitting and name == "note") else None

    def _unit_at_head(self) -> str:
        value = self.value
        return words_of(value.schema.get("unit")) if value is not None else ""

    def _day(self, said: Any) -> date | None:
        text = said.get(self.date.key) if isinstance(said, dict) and self.date else None
        try:
            return date.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            return None

    def _drawable(self, said: Any) -> date | None:
        """Its day, unless a slip of the pen put it into another age: no chart has room for that."""
        at = self._day(said)
        return at if at is not None and YEARS[0] <= at.year <= YEARS[1] else None

    def _height(self, said: Any) -> float | None:
        number = said.get(self.value.key) if isinstance(said, dict) and self.value else None
        if isinstance(number, bool) or not isinstance(number, int | float):
            return None
        try:
            return float(number) if abs(number) <= LARGEST else None
        except OverflowError:  # an integer that no float can hold
            return None


def _text(leaf: Leaf, said: Any) -> str:
    value = said.get(leaf.key) if isinstance(said, dict) else None
    return "" if value is None else leaf.text(value)
