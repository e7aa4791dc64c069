"""Frameworks: standards as a tree of coded items, in the words of those who wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.credentials.documents import Document, joined, listing
from engine.languages import SOURCE


@dataclass(frozen=True)
class Item:
    """One standard. `parent` is the code of the item above it, or empty."""

    code: str
    statement: str
    parent: str = ""
    title: str = ""
    identifier: str = ""
    """A UUID that it has elsewhere; empty for the one that is made from its code (`case`)."""


@dataclass(frozen=True)
class Framework:
    id: str
    title: str
    source: str
    items: tuple[Item, ...]
    """Every item, each after its parent, in the document's order."""
    publisher: str = ""
    version: str = ""
    language: str = SOURCE
    """What its words are in."""
    identifier: str = ""
    """A UUID that it has elsewhere, as of an item."""

    def item(self, code: str) -> Item | None:
        return next((one for one in self.items if one.code == code), None)


def load_framework(document: Document) -> Framework:
    """The framework in a checked document (`schemas/meta/framework.json`)."""
    data = document.data
    return Framework(
        id=data["framework"],
        title=data["title"],
        source=data.get("source", ""),
        items=tuple(item for _, item in placed_items(data.get("items", ()))),
        publisher=data.get("publisher", ""),
        version=str(data.get("version", "")),
        language=document.speaks or document.language,
        identifier=data.get("identifier", ""),
    )


def placed_items(
    items: Any, pointer: str = "/items", parent: str = ""
) -> Iterator[tuple[str, Item]]:
    """Every item below `items` with its JSON Pointer; parts that are no items are left out."""
    for number, data in enumerate(listing(items)):
        if not isinstance(data, Mapping) or not isinstance(data.get("code"), str):
            continue
        own = joined(pointer, number)
        item = Item(
            data["code"],
            str(data.get("statement", "")),
            parent,
            str(data.get("title", "")),
            str(data.get("identifier", "")),
        )
        yield own, item
        yield from placed_items(data.get("items", ()), joined(own, "items"), item.code)
