"""Reading a post where the question itself depends on what is said: kinds of answers, parts that
open, names of one's own, and answers that nobody may change.

The fields below a layer are compiled when a post first reaches them, since they may have no end.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from wtforms import Field
from wtforms.fields.core import UnboundField

from engine.forms.arrival import Arrival, Gathered
from engine.forms.drafts import set_aside
from engine.forms.mappings import NAME, WAS, Extras, Line, tidy_name
from engine.forms.mixed import Variants
from engine.forms.nodes import Kept, Node
from engine.forms.pointers import ABSENT, escape, index
from engine.forms.recursion import OPEN, Nested

Compile = Callable[[Node], UnboundField]

_compiled: WeakKeyDictionary[Node, UnboundField] = WeakKeyDictionary()


def once(node: Node, compile: Compile) -> UnboundField:
    """The field of a node, compiled the first time."""
    found = _compiled.get(node)
    if found is None:
        found = _compiled[node] = compile(node)
    return found


class KeptField(Field):  # type: ignore[misc]
    """An answer that is shown and can't be changed: whatever is posted, it stays as it was."""

    def __init__(self, node: Node, **named: Any) -> None:
        super().__init__(label="", **named)
        self.node = node

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.kept: Kept = data

    def collect(self, at: str, into: Gathered) -> Any:
        draft = self.kept.draft
        everything: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
            (draft.typed, into.typed),
            (draft.chosen, into.chosen),
            (draft.rows, into.rows),
            (draft.agreed, into.agreed),
        )
        for marks, own in everything:
            for mark, said in marks.items():
                if mark == self.kept.at or mark.startswith(
                    (f"{self.kept.at}/", f"{self.kept.at}#")
                ):
                    own[at + mark[len(self.kept.at) :]] = said
        return self.kept.value


class VariantsField(Field):  # type: ignore[misc]
    """One of several kinds of answer: each is read in its own lane."""

    def __init__(self, node: Variants, compile: Compile, **named: Any) -> None:
        super().__init__(label="", **named)
        self.node = node
        self.compile = compile

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.kept: Kept = data
        node, value, at, draft = self.node, data.value, data.at, data.draft
        before = node.chosen(value, at, draft)
        said = formdata.getlist(f"{self.name}{node.suffix}")
        number = index(said[-1]) if said else None
        posted = number is not None and number < len(node.variants)
        self.chosen = number if posted else before
        self.entries = []
        for place, variant in enumerate(node.variants):
            lane = at + node.lane(place)
            kept = Kept(value, at, draft)
            if place != before:
                kept = Kept(set_aside(draft, lane), lane, draft)
            entry = once(variant.node, self.compile).bind(
                form=self._form, name=self.name + node.lane(place)
            )
            entry.process(formdata, kept)
            self.entries.append(entry)

    def collect(self, at: str, into: Gathered) -> Any:
        found = ABSENT if self.chosen is not None else self.kept.value
        for place, entry in enumerate(self.entries):
            fixed = self.node.fixed(place)
            if place == self.chosen:
                value = entry.collect(at, into)
                found = value if fixed is ABSENT else fixed
            elif fixed is ABSENT:
                lane = at + self.node.lane(place)
                value = entry.collect(lane, into)
                if value is not ABSENT and value != {}:
                    into.typed[f"{lane}#kept"] = json.dumps(value, ensure_ascii=False)
        if self.chosen is not None:
            into.chosen[at + self.node.suffix] = self.chosen
        return found


class NestedField(Field):  # type: ignore[misc]
    """A part that is read only where it is open; its buttons open and close it."""

    def __init__(self, node: Nested, compile: Compile, **named: Any) -> None:
        super().__init__(label="", **named)
        self.node = node
        self.compile = compile

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        mark = self.name + OPEN
        was = self.node.is_open(data.value, data.at, data.draft)
        opened = mark in formdata or formdata.pressed("_add", mark)
        self.entry = None
        if (was or opened) and not formdata.pressed("_remove", mark):
            self.entry = once(self.node.item, self.compile).bind(form=self._form, name=self.name)
            self.entry.process(formdata, data)

    def collect(self, at: str, into: Gathered) -> Any:
        if self.entry is None:
            return ABSENT
        into.chosen[at + OPEN] = 1
        return self.entry.collect(at, into)


class BoundExtras:
    """The rows of names of one object, with a post read into them."""

    def __init__(
        self,
        extras: Extras,
        compile: Compile,
        name: str,
        arrived: Arrival,
        kept: Kept,
        form: Any,
    ) -> None:
        self.extras = extras
        base = name + extras.suffix
        lines = extras.lines(kept.value, kept.at, kept.draft)
        self.adds = arrived.pressed("_add", base)
        numbers = list(arrived.rows(base))
        if base not in arrived:
            # Without the marker, what was not posted was not removed either.
            numbers = sorted({*numbers, *range(len(lines))})
        by_name = {line.name: line for line in lines if line.good}
        self.rows: list[tuple[str, Any]] = []
        for number in numbers:
            row = f"{base}/{number}"
            if arrived.pressed("_remove", row):
                continue
            line = _line_before(arrived, row, number, lines, by_name)
            node = extras.node_of(line.name if line.good else "")
            entry = once(node, compile).bind(form=form, name=row)
            entry.process(arrived, Kept(line.value, line.at, kept.draft))
            said = arrived.getlist(row + NAME)
            self.rows.append((tidy_name(said[-1]) if said else line.name, entry))

    def collect(self, at: str, into: Gathered, found: dict[str, Any]) -> None:
        taken = set(self.extras.known)
        base = at + self.extras.suffix
        place = 0
        for name, entry in self.rows:
            good = bool(name) and name not in taken
            if good:
                own = Gathered(keeps_blanks=into.keeps_blanks)
                value = entry.collect(f"{at}/{escape(name)}", own)
                if value is not ABSENT:
                    taken.add(name)
                    found[name] = value
                    into.add(own)
                    place += 1
                    continue
            lane = f"{base}/{place}"
            own = Gathered(keeps_blanks=into.keeps_blanks)
            value = entry.collect(lane, own)
            if not name and value is ABSENT and own.empty and not into.keeps_blanks:
                continue
            into.add(own)
            into.typed[lane + NAME] = name
            if value is not ABSENT:
                into.typed[f"{lane}#kept"] = json.dumps(value, ensure_ascii=False)
            place += 1
        if self.adds:
            into.typed[f"{base}/{place}{NAME}"] = ""


def _line_before(
    arrived: Arrival, row: str, number: int, lines: list[Line], by_name: dict[str, Line]
) -> Line:
    """The line that a posted row was: by the name that it had, or else by its place."""
    was = arrived.getlist(row + WAS)
    if was and was[-1] in by_name:
        return by_name[was[-1]]
    if not was and number < len(lines):
        return lines[number]
    if number < len(lines) and not lines[number].good:
        return lines[number]
    return Line("", f"{row.rpartition('/')[0]}/-", ABSENT, False)
