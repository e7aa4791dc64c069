"""From a posted page to a draft: WTForms fields whose names are JSON Pointers.

A WTForms class per page is compiled once: `BaseForm` with the prefix `/FORM/` and `/` between
parts, so that the names of its fields are the pointers of their answers. Its widgets are not used.

What is not posted stays as the draft has it; what is posted blank is absent. Posted names are read
once, and only those that the page asks are looked up, so that a hostile post costs one pass and
changes nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from engine.forms.drafts import Draft, Posted, set_aside
from engine.forms.groups import Alternatives, Conditional, Group, Part
from engine.forms.nodes import Kept, Leaf, Node, Outcome
from engine.forms.pointers import ABSENT, escape, index, within
from engine.forms.rows import Rows
from engine.forms.schema import Page

Said = TypeVar("Said", str, int)

MAX_ROWS = 2_000
"""Rows that one post may hold, in all repeating groups of the page together."""
MAX_LOOKS = 200_000
"""Row numbers that are looked for in one post. Names may be deep and have nothing in common, and
every step of every name would become a group of its own: most of a gigabyte for a full post."""
MAX_NAME = 2_000
MAX_PARTS = 80
"""Names that are longer, or have more parts, are nobody's."""


class Arrival:
    """A post, indexed: which names arrived, and which rows under which group."""

    def __init__(self, posted: Posted, at: str) -> None:
        self._posted = posted
        self._names: set[str] = set()
        self._rows: dict[str, set[int]] = {}
        self._left = MAX_ROWS
        self._looks = MAX_LOOKS
        self.keeps_blanks = bool(posted.getlist("_remove") or posted.getlist("_add"))
        """A button names a row by its number, so blank rows may not be dropped before it acts."""
        below, beside = f"{at}/", f"{at}#"
        for name in list(posted.keys()):
            if not isinstance(name, str) or len(name) > MAX_NAME:
                continue
            if name.startswith(beside):
                self._names.add(name)
            elif name.startswith(below) and name.count("/") <= MAX_PARTS:
                self._names.add(name)
                self._note_rows(name)

    def _note_rows(self, name: str) -> None:
        at = name.find("/", 1)
        while at != -1 and self._looks > 0:
            self._looks -= 1
            end = name.find("/", at + 1)
            token = (name[at + 1 :] if end == -1 else name[at + 1 : end]).partition("#")[0]
            number = index(token)
            if number is not None:
                rows = self._rows.setdefault(name[:at], set())
                if len(rows) <= MAX_ROWS:
                    rows.add(number)
            at = end

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def getlist(self, name: str) -> list[str]:
        if name not in self._names:
            return []
        return [text for text in self._posted.getlist(name) if isinstance(text, str)]

    def rows(self, name: str) -> Sequence[int]:
        """The row numbers posted under a group, in order, as many as the page may still hold."""
        found = sorted(self._rows.get(name, ()))[: self._left]
        self._left -= len(found)
        return found


@dataclass
class Gathered:
    """What a post says beside the answers themselves."""

    typed: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    keeps_blanks: bool = False

    @property
    def empty(self) -> bool:
        return not self.typed and not self.chosen


class AnswerField(Field):  # type: ignore[misc]
    """A question. `outcome` is what it holds after the post."""

    def __init__(self, node: Leaf, **named: Any) -> None:
        super().__init__(label="", **named)
        self.node = node

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.outcome: Outcome = self.node.process(formdata, self.name, data)
        self.data = self.outcome.value

    def collect(self, at: str, into: Gathered) -> Any:
        """Its value; text and choice that belong to it go to `into`, under the pointer `at`."""
        for suffix, text in self.outcome.typed.items():
            into.typed[at + suffix] = text
        if self.outcome.chosen is not None:
            into.chosen[at] = self.outcome.chosen
        return self.outcome.value


class GroupField(Field):  # type: ignore[misc]
    """An object: a form inside the form."""

    def __init__(self, parts: PartFields, in_row: bool = False, **named: Any) -> None:
        super().__init__(label="", **named)
        self.parts = parts
        self.in_row = in_row

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.bound = self.parts.bind(self.name, formdata, data)
        self.form = self.bound.form

    def collect(self, at: str, into: Gathered) -> Any:
        value = self.bound.collect(at, into)
        return value if value or self.in_row else ABSENT


class RowsField(Field):  # type: ignore[misc]
    """An array: as many fields as rows were posted, in their order, numbered anew from 0."""

    def __init__(self, node: Rows, item: UnboundField, **named: Any) -> None:
        super().__init__(label="", **named)
        self.node = node
        self.item = item

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        kept: Kept = data
        before = kept.value if isinstance(kept.value, list) else []
        self.known = len(before)
        numbers = formdata.rows(self.name)
        if self.name not in formdata:
            # Without the group's own marker, a row that was not posted was not removed either.
            numbers = sorted({*numbers, *range(len(before))})
        self.entries = []
        for number in numbers:
            entry = self.item.bind(form=self._form, name=f"{self.name}/{number}")
            value = before[number] if number < len(before) else ABSENT
            entry.process(formdata, Kept(value, f"{kept.at}/{number}", kept.draft))
            self.entries.append(entry)

    def collect(self, at: str, into: Gathered) -> Any:
        values: list[Any] = []
        filled = 0
        for entry in self.entries:
            own = Gathered(keeps_blanks=into.keeps_blanks)
            value = entry.collect(f"{at}/{len(values)}", own)
            if value is ABSENT:
                if own.empty and not into.keeps_blanks:
                    continue
                value = None
            into.typed.update(own.typed)
            into.chosen.update(own.chosen)
            values.append(value)
            blank = own.empty and (value is None or value == {})
            if not blank:
                filled = len(values)
        # Rows that the page shows by itself, and nobody touched, say nothing.
        untouched = max(filled, self.known)
        if len(values) <= self.node.first_rows:
            del values[untouched:]
        return values or ABSENT


class PartFields:
    """Compiled WTForms fields for the parts of one object, shared by every post."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.nodes: list[Node] = []
        self.alternatives: Alternatives | None = None
        for part in parts:
            if isinstance(part, Alternatives):
                self.alternatives = part
            else:
                self.nodes.append(part.node if isinstance(part, Conditional) else part)
        self.fields = [
            (str(number), field_of(node, node.name_token)) for number, node in enumerate(self.nodes)
        ]
        self.groups = (
            [PartFields(group.parts) for group in self.alternatives.groups]
            if self.alternatives
            else []
        )
        self.keys: frozenset[str] = frozenset(node.key for node in self.nodes).union(
            *(group.keys for group in self.groups),
            self.alternatives.fixed_keys if self.alternatives else (),
        )

    def bind(self, name: str, arrived: Arrival, kept: Kept) -> BoundParts:
        """These fields under `name`, holding what arrived or else what was kept."""
        value = kept.value if isinstance(kept.value, dict) else {}
        data = {
            str(number): _kept_of(node, value, kept, lane_open=True)
            for number, node in enumerate(self.nodes)
        }
        return BoundParts(self, name, arrived, kept, value, data)


class BoundParts:
    """`PartFields` at a place, with a post read into them."""

    def __init__(
        self,
        parts: PartFields,
        name: str,
        arrived: Arrival,
        kept: Kept,
        value: dict[str, Any],
        data: Mapping[str, Kept],
    ) -> None:
        self.parts = parts
        self.value = value
        self.form = BaseForm(parts.fields, prefix=f"{name}/")
        self.form.process(arrived, data=data)
        self.chosen: int | None = None
        self.groups: list[BoundParts] = []
        which = parts.alternatives
        if which is None:
            return
        before = which.chosen(value, kept.at, kept.draft)
        self.chosen = self._posted_choice(arrived, f"{name}{which.suffix}#branch", before)
        for number, group in enumerate(parts.groups):
            inner = {
                str(place): _kept_of(node, value, kept, lane_open=number == before)
                for place, node in enumerate(group.nodes)
            }
            self.groups.append(BoundParts(group, name, arrived, kept, value, inner))

    def _posted_choice(self, arrived: Arrival, name: str, before: int | None) -> int | None:
        texts = arrived.getlist(name)
        number = index(texts[-1]) if texts else None
        return number if number is not None and number < len(self.parts.groups) else before

    def collect(self, at: str, into: Gathered) -> dict[str, Any]:
        """The object's answers; what else is known goes to `into`."""
        found = {key: said for key, said in self.value.items() if key not in self.parts.keys}
        self._collect(at, into, found, lane_open=True)
        return found

    def _collect(self, at: str, into: Gathered, found: dict[str, Any], lane_open: bool) -> None:
        for entry, node in zip(self.form, self.parts.nodes, strict=True):
            if node.place.lane and not lane_open:
                lane = f"{at}/{node.name_token}"
                value = entry.collect(lane, into)
                if value is not ABSENT:
                    into.typed[f"{lane}#kept"] = json.dumps(value, ensure_ascii=False)
                continue
            value = entry.collect(f"{at}/{node.token}", into)
            if value is not ABSENT:
                found[node.key] = value
        which = self.parts.alternatives
        if which is None:
            return
        if self.chosen is not None:
            into.chosen[at + which.suffix] = self.chosen
        for number, group in enumerate(self.groups):
            group._collect(at, into, found, lane_open and number == self.chosen)
        if self.chosen is not None:
            found.update(which.fixed[self.chosen])


def field_of(node: Node, name: str, in_row: bool = False) -> UnboundField:
    """The WTForms field that reads what `node` asks."""
    if isinstance(node, Group):
        return UnboundField(GroupField, PartFields(node.parts), in_row=in_row, name=name)
    if isinstance(node, Rows):
        return UnboundField(RowsField, node, field_of(node.item, "", in_row=True), name=name)
    assert isinstance(node, Leaf)
    return UnboundField(AnswerField, node, name=name)


_compiled: WeakKeyDictionary[Page, PartFields] = WeakKeyDictionary()


def fields_of(page: Page) -> PartFields:
    """The page's compiled form, made at its first post."""
    found = _compiled.get(page)
    if found is None:
        found = _compiled[page] = PartFields(page.parts)
    return found


def parse(page: Page, posted: Posted, draft: Draft) -> Draft:
    """`draft` with what was posted for one page in place of what the page had.

    Raises nothing: text that does not parse is kept in `typed`, unknown names are nobody's. Other
    pages' answers are the same objects as before.
    """
    at = page.pointer
    arrived = Arrival(posted, at)
    before = draft.answers.get(page.form_id)
    value = before if isinstance(before, dict) else {}
    bound = fields_of(page).bind(at, arrived, Kept(value, at, draft))
    into = Gathered(keeps_blanks=arrived.keeps_blanks)
    own: dict[str, Any] = bound.collect(at, into)
    answers = {
        **{key: said for key, said in value.items() if key not in page.keys},
        **{key: said for key, said in own.items() if key in page.keys},
    }
    return Draft(
        {**draft.answers, page.form_id: answers},
        {**_elsewhere(page, draft.typed), **into.typed},
        {**_elsewhere(page, draft.chosen), **into.chosen},
    )


def _elsewhere(page: Page, marks: Mapping[str, Said]) -> dict[str, Said]:
    return {at: said for at, said in marks.items() if not covers_mark(page, at)}


def covers_mark(page: Page, at: str) -> bool:
    """Whether a mark of the draft (a pointer, a lane, a suffix) belongs to the page."""
    return any(within(at, one) for one in page.pointers) or (
        any(isinstance(part, Alternatives) for part in page.parts)
        and (at == page.pointer or at.startswith(f"{page.pointer}#"))
    )


def _kept_of(node: Node, value: dict[str, Any], kept: Kept, lane_open: bool) -> Kept:
    if node.place.lane and not lane_open:
        at = f"{kept.at}/{node.name_token}"
        return Kept(set_aside(kept.draft, at), at, kept.draft)
    at = f"{kept.at}/{escape(node.key)}"
    return Kept(value.get(node.key, ABSENT), at, kept.draft)
