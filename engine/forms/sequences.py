"""Lists whose first places each have a question of their own (`prefixItems`), then rows."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import escape

from engine.forms.groups import has_title
from engine.forms.nodes import Builder, Node, Place
from engine.forms.resolving import Merged
from engine.forms.rows import Rows
from engine.languages import _


class Sequence(Rows):
    """A list with fixed places. They can't be moved or removed, and are always shown."""

    kind = "rows"

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        said = merged.schema["prefixItems"]
        most = merged.schema.get("maxItems")
        if isinstance(most, int):
            said = said[:most]
        made: list[Node] = []
        for number, one in enumerate(said):
            node = builder.node(
                one,
                merged,
                Place(
                    required=number < _least(merged),
                    optional=False,
                    depth=place.depth + 1,
                    row_depth=place.row_depth + 1,
                ),
            )
            if node is None:
                break
            if not has_title(node.schema):
                node.title = _("Place %(number)s", number=number + 1)
                node.label = escape(node.title)
            made.append(node)
        self.places = tuple(made)
        self.fixed = len(made)
        super().__init__(builder, merged, place)
        if not merged.schema.get("items"):
            self.most = self.fixed
        self.checks = self.checks or any(one.checks for one in made)
        self.has_rules = self.has_rules or any(getattr(one, "has_rules", False) for one in made)
        self.has_evidence = self.has_evidence or any(
            one.kind == "evidence" or getattr(one, "has_evidence", False) for one in made
        )

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        said = merged.schema.get("prefixItems")
        return merged.schema.get("type") == "array" and isinstance(said, list) and bool(said)

    def item_at(self, number: int | str) -> Node:
        if isinstance(number, int) and number < self.fixed:
            return self.places[number]
        return self.item

    @property
    def first_rows(self) -> int:
        return max(self.fixed, super().first_rows)

    def heading(self, number: int) -> str:
        if number <= self.fixed:
            return self.places[number - 1].title
        return super().heading(number - self.fixed)

    def nodes(self) -> Iterator[Node]:
        yield from self.places
        yield from super().nodes()


def _least(merged: Merged) -> int:
    said = merged.schema.get("minItems")
    return said if isinstance(said, int) else 0
