"""Rows in two versions of a page: matched by their ids, and put into a post as was chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from engine.forms.entries import Entry
from engine.forms.pointers import index
from engine.forms.row_ids import well_formed
from engine.languages import _

ORDER = "#order"
"""Ends the anchor of a difference that is in the order of a group's rows."""


class Compared(NamedTuple):
    """A question, a whole row, or the order of rows, that two versions have differently."""

    anchor: str
    label: str
    mine: Entry | None
    theirs: Entry | None
    is_row: bool = False
    is_order: bool = False


def compared(mine: Sequence[Entry], theirs: Sequence[Entry]) -> Iterator[Compared]:
    """What differs between two versions of one page."""
    return _compared(mine, theirs, ("", ""), "", "")


def _compared(
    mine: Sequence[Entry],
    theirs: Sequence[Entry],
    bases: tuple[str, str],
    anchor: str,
    above: str,
) -> Iterator[Compared]:
    ours = {entry.pointer[len(bases[0]) :]: entry for entry in mine}
    others = {entry.pointer[len(bases[1]) :]: entry for entry in theirs}
    for key in dict.fromkeys([*ours, *others]):
        one, other = ours.get(key), others.get(key)
        entry = one or other
        if entry is None or _said(one) == _said(other):
            continue
        label = f"{above}: {entry.label}" if above else entry.label
        if one and other and _has_ids(one) and _has_ids(other):
            yield from _rows(one, other, anchor + key, label, above)
        else:
            yield Compared(anchor + key, label, one, other)


def _rows(one: Entry, other: Entry, anchor: str, label: str, above: str) -> Iterator[Compared]:
    ours = {row.row_id: row for row in one.children}
    others = {row.row_id: row for row in other.children}
    for id in dict.fromkeys([*ours, *others]):
        mine, theirs = ours.get(id), others.get(id)
        row = mine or theirs
        if row is None or _said(mine) == _said(theirs):
            continue
        named = f"{above}: {row.label}" if above else row.label
        at = f"{anchor}/@{id}"
        # An either/or is chosen with everything below it, so the row is one question then.
        whole = any(child.kind == "branches" for child in row.children)
        if mine and theirs and row.kind == "row" and not whole:
            bases = (mine.pointer, theirs.pointer)
            yield from _compared(mine.children, theirs.children, bases, at, named)
        else:
            yield Compared(at, named, mine, theirs, is_row=True)
    if [id for id in ours if id in others] != [id for id in others if id in ours]:
        yield Compared(
            anchor + ORDER, _("%(group)s: the order", group=label), one, other, is_order=True
        )


def _has_ids(entry: Entry) -> bool:
    return entry.is_group and entry.kind != "group" and all(row.row_id for row in entry.children)


def _said(entry: Entry | None) -> Any:
    """An answer whatever row it stands in; None for none, which a blank one equals."""
    if entry is None or not entry.answered:
        return None
    own = (entry.text, entry.items, entry.evidence, entry.value, entry.typed)
    return (*own, tuple(_said(child) for child in entry.children))


def first_words(row: Entry) -> str:
    """A row in its order: its first answer, or its heading."""
    texts = (one.text or "; ".join(one.items) for one in row.all() if not one.is_group)
    return next((text.split("\n")[0] for text in texts if text), row.label)


class PostedRows:
    """The rows of a post by their ids: where each is, and how to put one in or in order."""

    def __init__(self, posted: MultiDict[str, str]) -> None:
        self._numbers: dict[str, dict[str, int]] = {}
        for name, value in posted.items():
            group, _slash, last = name.removesuffix("#id").rpartition("/")
            number = index(last)
            if group and number is not None and well_formed(value):
                self._numbers.setdefault(group, {})[value] = number

    def name_of(self, anchor: str) -> str:
        """The HTML name that an anchor stands for in this post; empty when its row is not there."""
        at = ""
        for token in anchor.removesuffix(ORDER).split("/")[1:]:
            if token.startswith("@") and at in self._numbers:
                number = self._numbers[at].get(token[1:])
                if number is None:
                    return ""
                at += f"/{number}"
            else:
                at += f"/{token}"
        return at

    def take_back(self, posted: MultiDict[str, str], anchor: str, row: Entry) -> None:
        """Puts the stored row that `anchor` names after the posted ones. Its id is all that it
        takes: what a row does not post stays as it is stored."""
        group_anchor, _slash, token = anchor.rpartition("/")
        group = self.name_of(group_anchor)
        if not group:
            return
        numbers = self._numbers.setdefault(group, {})
        number = max(numbers.values(), default=-1) + 1
        numbers[token[1:]] = number
        name = f"{group}/{number}"
        posted[name if row.kind == "row" else f"{name}#id"] = token[1:]

    def reordered(
        self, posted: MultiDict[str, str], group: str, order: Sequence[str]
    ) -> MultiDict[str, str]:
        """The post with the rows of a group in the order of `order`, as far as both have them;
        other rows keep their numbers."""
        numbers = self._numbers.get(group, {})
        common = [id for id in order if id in numbers]
        places = sorted(numbers[id] for id in common)
        to = {numbers[id]: place for id, place in zip(common, places, strict=True)}
        below = f"{group}/"
        found: MultiDict[str, str] = MultiDict()
        for name, value in posted.items(multi=True):
            token, mark, rest = name.removeprefix(below), "", ""
            for at, letter in enumerate(token):
                if letter in "/#":
                    token, mark, rest = token[:at], letter, token[at + 1 :]
                    break
            number = index(token) if name.startswith(below) else None
            if number is not None and number in to:
                name = f"{below}{to[number]}{mark}{rest}"
            found.add(name, value)
        return found
