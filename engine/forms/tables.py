"""Tables: a repeating group as an editable grid: a row for each item, a column for each question.

Everything that rows can do, tables can do: it is the same answer and the same post. What a column
asks is said once, at its head: its help, its hint and its unit move there. A question that needs
more room than a cell has makes the whole group fall back to rows, which the linter reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup

from engine.forms.groups import Group
from engine.forms.markup import attributes
from engine.forms.nodes import Builder, Leaf, Node, Place, Placed
from engine.forms.resolving import Merged
from engine.forms.rows import Rows
from engine.languages import _

IN_CELLS = frozenset(
    ("text", "long_text", "standard", "number", "date", "time", "month", "select", "radios")
)
"""The kinds that a cell has room for; radios become a select."""
PASTED = 400
"""How many rows a table may grow to by pasting, where its schema sets no bound."""


class Column(NamedTuple):
    """What stands at the head of a column."""

    leaf: Leaf
    heading: str
    """With the unit: `Rate (%)`."""
    about: str
    """Help and hint, under the heading."""


class Table(Rows):
    """An array of flat objects."""

    kind = "table"
    widgets: ClassVar[tuple[str, ...]] = ("table",)

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        self.columns = _columns(self.item)
        """None when something in a row needs more room than a cell has."""
        self.single = _("Row") if not self.item_title else self.item_title

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        items = merged.schema.get("items")
        return (
            widget in cls.widgets
            and super().fits(merged, widget)
            and isinstance(items, Mapping)
            and isinstance(items.get("properties"), Mapping)
        )

    @property
    def first_rows(self) -> int:
        """An empty row invites to fill it, even where none is required."""
        least = max(super().first_rows, 1)
        return least if self.most is None else min(least, self.most)

    @property
    def drawn_as(self) -> str:
        return Rows.kind if self.columns is None else self.kind

    def furnish(self, placed: Placed) -> None:
        super().furnish(placed)
        placed.kind = self.drawn_as
        if self.columns is not None:
            placed.data = placed.data + self.for_scripts()

    def for_scripts(self) -> Markup:
        """What scripts need to know beside what they know of rows."""
        return attributes(
            {
                "data-grid": "",
                "data-room": PASTED if self.most is None else self.most,
                "data-columns": len(self.columns or ()),
            }
        )


def _columns(item: Node) -> tuple[Column, ...] | None:
    if not isinstance(item, Group) or not item.plain:
        return None
    asked = [node for node in item.nodes() if node.kind != "constant"]
    leaves = [node for node in asked if isinstance(node, Leaf) and node.kind in IN_CELLS]
    if not leaves or len(leaves) < len(asked):
        return None
    return tuple(_headed(leaf) for leaf in leaves)


def _headed(leaf: Leaf) -> Column:
    """A column; from here on its cells say nothing of what their column says."""
    about = " ".join(words for words in (leaf.help, leaf.hint) if words)
    leaf.help = leaf.hint = ""
    unit: Any = getattr(leaf, "unit", "")
    heading = f"{leaf.title} ({unit})" if unit else leaf.title
    if unit:
        leaf.unit = ""  # type: ignore[attr-defined]
    return Column(leaf, heading, about)
