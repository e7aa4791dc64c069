"""Repeating groups: the same questions again for each row of an array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from markupsafe import escape

from engine.forms.groups import Group, has_title
from engine.forms.markup import attributes
from engine.forms.nodes import Builder, Leaf, Node, Place, Placed
from engine.forms.resolving import Merged


class Rows(Node):
    """An array: the same questions again for each row."""

    kind = "rows"
    lacking: ClassVar[str] = "Add an answer under “{title}”."

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        super().__init__(builder, merged, place)
        schema = merged.schema
        said = schema.get("item_title")
        self.item_title = said if isinstance(said, str) else ""
        self.add_label = str(schema.get("add_label") or f"Add {_article(self.item_title)}")
        self.least = _count(schema.get("minItems"), 0)
        self.most = _count(schema.get("maxItems"), None)
        self.item_words = self.item_title or "Row"
        self.level = min(2 + place.row_depth, 6)
        self.placeholder = "__row__" if place.row_depth == 0 else f"__row{place.row_depth}__"
        item = builder.node(
            merged.items,
            merged,
            Place(
                key="",
                required=True,
                depth=place.depth + 1,
                row_depth=place.row_depth + 1,
            ),
        )
        assert item is not None
        self.item = item
        if isinstance(item, Leaf) and not has_title(merged.schema.get("items")):
            item.title = self.item_title or self.title
            item.label = escape(item.title)
        self.summary_key = next(
            (
                node.key
                for node in (item.parts if isinstance(item, Group) else ())
                if isinstance(node, Leaf) and node.kind in ("text", "standard")
            ),
            "",
        )
        self.prunes = True
        self.has_rules = bool(getattr(item, "has_rules", False))
        self.has_evidence = item.kind == "evidence" or bool(getattr(item, "has_evidence", False))

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        schema = merged.schema
        return (
            schema.get("type") == "array"
            and isinstance(schema.get("items"), Mapping)
            and "const" not in schema["items"]
            and "prefixItems" not in schema
        )

    @property
    def first_rows(self) -> int:
        """How many rows are shown at least."""
        least = self.least or (1 if self.required or isinstance(self.item, Leaf) else 0)
        return least if self.most is None else min(least, self.most)

    def heading(self, number: int) -> str:
        """`Teacher 2`, counted from 1."""
        return f"{self.item_words} {number}"

    @property
    def heading_blank(self) -> str:
        """The heading of a row that is not there yet; scripts put its number in."""
        return self.item_words

    def nodes(self) -> Iterator[Node]:
        yield self.item

    def furnish(self, placed: Placed) -> None:
        placed.data = attributes(
            {
                "data-min": self.least,
                "data-max": "" if self.most is None else self.most,
                "data-placeholder": self.placeholder,
            }
        )

    def needed(self, count: int) -> str:
        """Why `count` rows are not right, in words."""
        if count < self.least:
            many = self.least != 1
            what = _several(self.item_title) if many else (self.item_title or "answer").lower()
            added = "none" if count == 0 else _counted(count)
            return (
                f"{_counted(self.least).capitalize()} {what} {'are' if many else 'is'} needed"
                f" here; you have added {added}."
            )
        most = self.most or 0
        what = _several(self.item_title) if most != 1 else (self.item_title or "answer").lower()
        return (
            f"There is room for {_counted(most)} {what} here; you have added"
            f" {_counted(count)}. Please remove {_counted(count - most)}."
        )


def _count(value: Any, otherwise: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


_NUMBERS = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def _counted(count: int) -> str:
    return _NUMBERS[count] if 0 < count < len(_NUMBERS) else str(count)


def _article(title: str) -> str:
    if not title:
        return "another"
    return f"{'an' if title[0] in 'AEIOaeiou' else 'a'} {lowered(title)}"


def lowered(title: str) -> str:
    """A title inside a sentence: `Team member` as `team member`, `PDF` as it is."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _several(title: str) -> str:
    """A plain English plural."""
    word = lowered(title) if title else "answer"
    irregular = {"person": "people", "child": "children", "evidence": "pieces of evidence"}
    if word in irregular:
        return irregular[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
