"""Repeating groups: the same questions again for each row of an array."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from markupsafe import Markup, escape

from engine.forms import row_words
from engine.forms.groups import Group, has_title
from engine.forms.markup import attributes
from engine.forms.nodes import Builder, Leaf, Node, Place, Placed
from engine.forms.resolving import Merged
from engine.languages import N_, _

BUTTONS = ("_add", "_remove", "_undo", "_up", "_down", "_copy", "_sort", "_import")
"""Names of the buttons of rows. The value of `_add`, `_undo`, `_sort` and `_import` is the group's
HTML name, that of the others the row's."""
REMOVED = "#removed"
"""Follows the pointer of a group in `Draft.typed`: the row that was removed last, as JSON text."""


FEW = 4
"""Rows within rows that are shown though nobody filled them; every further level would double what
is shown."""


class Rows(Node):
    """An array: the same questions again for each row."""

    kind = "rows"
    fixed = 0
    """How many of its first places can't be moved or removed."""
    lacking: ClassVar[str] = N_("Add an answer under “%(title)s”.")

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        schema = merged.schema
        said = schema.get("item_title")
        self.item_title = said if isinstance(said, str) else ""
        self.add_label = str(schema.get("add_label") or row_words.add_label(self.item_title))
        self.up_label, self.down_label = _("Move up"), _("Move down")
        self.copy_label, self.remove_label = _("Duplicate"), _("Remove")
        self.up_attrs = _shortcut(_("Move up (Alt and the up arrow)"), "Alt+ArrowUp")
        self.down_attrs = _shortcut(_("Move down (Alt and the down arrow)"), "Alt+ArrowDown")
        self.least = _count(schema.get("minItems"), 0)
        self.most = _count(schema.get("maxItems"), None)
        self.item_words = self.item_title or _("Row")
        self.level = min(2 + place.row_depth, 6)
        self.placeholder = "__row__" if place.row_depth == 0 else f"__row{place.row_depth}__"
        self._builder, self._merged = builder, merged
        self.lazy = merged.items_recursive or place.row_depth >= FEW
        """Its rows hold rows like it, or are deep inside others: they are built and shown only
        where there are any."""
        item = None if self.lazy else self.item
        self.summary_key = next(
            (
                node.key
                for node in (item.parts if isinstance(item, Group) else ())
                if isinstance(node, Leaf) and node.kind in ("text", "standard")
            ),
            "",
        )
        self.prunes = True
        self.checks = item is None or item.checks
        self.has_rules = item is None or bool(getattr(item, "has_rules", False))
        self.has_evidence = (
            item is None or item.kind == "evidence" or bool(getattr(item, "has_evidence", False))
        )

    @cached_property
    def item(self) -> Node:
        """What each row asks."""
        place = self.place
        below = Place(
            key="",
            required=True,
            depth=place.depth + 1,
            row_depth=place.row_depth + 1,
            unfolded=True,
        )
        item = self._builder.node(self._merged.items, self._merged, below)
        assert item is not None
        if not isinstance(item, Group) and not has_title(self._merged.schema.get("items")):
            item.title = self.item_title or self.title
            item.label = escape(item.title)
        return item

    def item_at(self, number: int | str) -> Node:
        """What the row of that number asks; a blank row has no number."""
        return self.item

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        schema = merged.schema
        return (
            schema.get("type") == "array"
            and isinstance(schema.get("items"), Mapping)
            and "const" not in schema["items"]
            and not schema.get("prefixItems")
        )

    @property
    def first_rows(self) -> int:
        """How many rows are shown at least."""
        if self.lazy:
            return 0
        least = self.least or (1 if self.required or isinstance(self.item, Leaf) else 0)
        return least if self.most is None else min(least, self.most)

    @property
    def drawn_as(self) -> str:
        """The macro that draws it, and the kind of its entry in a read-only view."""
        return self.kind

    def faults(self, value: Any, at: str, today: date | None) -> Iterator[tuple[str, str]]:
        """What is wrong with rows that their schema allows, each with its pointer. `today` is the
        latest day that something may be of that has been; with None that may be any."""
        return iter(())

    def id_name(self, row: str) -> str:
        """The name of the hidden input that holds the id of the row of that name: the row's own,
        which says that it is there, or `NAME#id` where the row is a question that has the name."""
        return row if isinstance(self.item, Group) else f"{row}#id"

    def heading(self, number: int) -> str:
        """`Teacher 2`, counted from 1."""
        return f"{self.item_words} {number}"

    @property
    def heading_blank(self) -> str:
        """The heading of a row that is not there yet; scripts put its number in."""
        return self.item_words

    def nodes(self) -> Iterator[Node]:
        if not self.lazy or "item" in self.__dict__:
            yield self.item

    def furnish(self, placed: Placed) -> None:
        placed.data = attributes(
            {
                "data-min": self.least,
                "data-max": "" if self.most is None else self.most,
                "data-fixed": self.fixed or None,
                "data-placeholder": self.placeholder,
                "data-files": "" if self.has_evidence else None,
            }
        )

    def needed(self, count: int) -> str:
        """Why `count` rows are not right, in words."""
        return row_words.needed(self.item_title, self.least, self.most, count)


def _shortcut(title: str, keys: str) -> Markup:
    return attributes({"title": title, "aria-keyshortcuts": keys})


def repeated(rows: Any) -> list[tuple[int, int]]:
    """Rows that are equal to an earlier one, as (the first, the one that repeats it), from 0.

    Equal as JSON is (JSON Schema 2020-12 §4.2.2): `1` is `1.0`, and is not `true`.
    """
    firsts: dict[str, int] = {}
    found = []
    for number, value in enumerate(rows if isinstance(rows, list) else ()):
        first = firsts.setdefault(json.dumps(_plain(value), sort_keys=True), number)
        if first != number:
            found.append((first, number))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(said) for key, said in value.items()}
    return [_plain(said) for said in value] if isinstance(value, list) else value


def _count(value: Any, otherwise: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
