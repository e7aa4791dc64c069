"""Rows that arrive as text: the lines of a long series, and what was pasted or imported.

They are spelled out as the inputs that the page would have had, so that they are read, kept as
typed and flagged exactly as though somebody had typed them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.forms.drafts import Posted
from engine.forms.groups import Group
from engine.forms.nodes import Leaf, Node, Unparsed
from engine.forms.pointers import index, tokens
from engine.forms.rows import Rows
from engine.forms.schema import Page
from engine.forms.series import LINES, Series
from engine.forms.spreadsheet import BadSheet, read


class Filled:
    """A post with more in it."""

    def __init__(self, posted: Posted, added: Mapping[str, list[str]]) -> None:
        self._posted = posted
        self._added = added

    def keys(self) -> Iterator[Any]:
        yield from (name for name in list(self._posted.keys()) if name not in self._added)
        yield from self._added

    def getlist(self, key: str, /) -> list[str]:
        found = self._added.get(key)
        return self._posted.getlist(key) if found is None else found


class Pasted(NamedTuple):
    """What became of pasted rows."""

    fields: Mapping[str, list[str]]
    """What to add to the post."""
    added: int
    known: int
    """Rows that were there already, and are not added again."""
    left_out: tuple[str, ...]
    """Headings that no column has."""
    unknown: tuple[str, ...] = ()
    """Headings of which no column has any: the columns were taken in their order."""


def with_lines(page: Page, posted: Posted) -> Posted:
    """`posted` with each series that came as lines spelled out.

    Lines that are too many to read change nothing: the points stay as they are stored.
    """
    added: dict[str, list[str]] = {}
    for name in list(posted.keys()):
        if not isinstance(name, str) or not name.endswith(LINES):
            continue
        base = name.removesuffix(LINES)
        node = series_at(page, base)
        if node is None or node.columns is None:
            continue
        leaves = [column.leaf for column in node.columns]
        text = posted.getlist(name)[-1]
        rows: Sequence[Mapping[str, str]] = ()
        if text.strip():
            try:
                rows = read(text, leaves).rows
            except BadSheet:
                continue
        added[base] = [""]
        _spell_out(added, base, leaves, rows, 0)
    return Filled(posted, added) if added else posted


def pasted(page: Page, posted: Posted, name: str, text: str) -> Pasted:
    """The rows of `text`, to stand after those that the series `name` has in the post.

    A row that is there already is not added again, so that a file that has grown may be imported
    once more. Raises `BadSheet`.
    """
    posted = with_lines(page, posted)
    node = series_at(page, name)
    if node is None or node.columns is None:
        return Pasted({}, 0, 0, ())
    leaves = [column.leaf for column in node.columns]
    sheet = read(text, leaves)
    there, start = _posted_rows(posted, name, leaves)
    fresh = []
    for row in sheet.rows:
        said = tuple(_plain(leaf, row.get(leaf.key, "")) for leaf in leaves)
        if said in there:
            there.remove(said)
        else:
            fresh.append(row)
    added: dict[str, list[str]] = {name: [""]}
    _spell_out(added, name, leaves, fresh, start)
    return Pasted(added, len(fresh), len(sheet.rows) - len(fresh), sheet.left_out, sheet.unknown)


def series_at(page: Page, name: str) -> Series | None:
    """The series whose HTML name this is, on the page."""
    node: Node | None = page.root if page.covers(name) else None
    for step in tokens(name)[1:]:
        if isinstance(node, Rows):
            node = node.item if index(step) is not None else None
        elif isinstance(node, Group):
            inside = list(node.nodes())
            named = [one for one in inside if one.key + one.place.lane == step]
            node = next(iter(named or [one for one in inside if one.key == step]), None)
        else:
            return None
    return node if isinstance(node, Series) else None


def _spell_out(
    added: dict[str, list[str]],
    name: str,
    leaves: Sequence[Leaf],
    rows: Sequence[Mapping[str, str]],
    start: int,
) -> None:
    for number, row in enumerate(rows, start=start):
        for leaf in leaves:
            added[f"{name}/{number}/{leaf.token}"] = [row.get(leaf.key, "")]


def _posted_rows(
    posted: Posted, name: str, leaves: Sequence[Leaf]
) -> tuple[list[tuple[str, ...]], int]:
    """The rows that a post has under `name`, and the number that a new one gets."""
    below = f"{name}/"
    numbers = set()
    for one in list(posted.keys()):
        if isinstance(one, str) and one.startswith(below):
            number = index(one[len(below) :].partition("/")[0])
            if number is not None:
                numbers.add(number)
    rows, start = [], 0
    for number in sorted(numbers):
        texts = [posted.getlist(f"{below}{number}/{leaf.token}")[-1:] for leaf in leaves]
        said = [text[0].strip() if text else "" for text in texts]
        if any(said):
            start = number + 1
            rows.append(tuple(_plain(leaf, text) for leaf, text in zip(leaves, said, strict=True)))
    return rows, start


def _plain(leaf: Leaf, text: str) -> str:
    """A text as it would stand in its input once it is saved."""
    try:
        return leaf.text(leaf.read(text)) if text else ""
    except Unparsed:
        return text
