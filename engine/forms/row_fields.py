"""A repeating group in a post: which rows arrived, which rows they were, and their order now.

A row is known by the id in its hidden input; one that carries none (a post by hand, a page that
was open before there were ids) is the row that stood at its number. What a row does not post stays
as it was in *that* row, wherever it stands now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wtforms import Field
from wtforms.fields.core import UnboundField

from engine.forms.arrival import Arrival, Gathered
from engine.forms.layer_fields import once
from engine.forms.nodes import Kept, Node
from engine.forms.pointers import ABSENT
from engine.forms.row_ids import complete, known_ids, well_formed
from engine.forms.rows import REMOVED, Rows


class Came(NamedTuple):
    """One row of the post: its number there, its id, and which row it was, None for a new one."""

    number: int
    id: str
    before: int | None


class RowsField(Field):  # type: ignore[misc]
    """An array: as many fields as rows were posted, in their order, numbered anew from 0."""

    def __init__(self, node: Rows, compile: Callable[[Node], UnboundField], **named: Any) -> None:
        super().__init__(label="", **named)
        self.node = node
        self.compile = compile

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        kept: Kept = data
        before = kept.value if isinstance(kept.value, list) else []
        self.known = len(before)
        self.had_ids = kept.at in kept.draft.rows
        self.removed = kept.draft.typed.get(kept.at + REMOVED)
        came = self._matched(formdata, known_ids(kept.draft, kept.at, len(before)))
        if self.name not in formdata:
            came = _with_unposted(came, known_ids(kept.draft, kept.at, len(before)))
        self.entries = []
        for one in came:
            item = once(self.node.item_at(one.number), self.compile)
            entry = item.bind(form=self._form, name=f"{self.name}/{one.number}")
            # `-` is the place after the last row (RFC 6901 §4), where nothing was ever said.
            place = "-" if one.before is None else one.before
            value = ABSENT if one.before is None else before[one.before]
            entry.process(formdata, Kept(value, f"{kept.at}/{place}", kept.draft))
            self.entries.append((one.id, entry))

    def collect(self, at: str, into: Gathered) -> Any:
        values: list[Any] = []
        ids: list[str] = []
        beside: list[Gathered] = []
        filled = 0
        for id, entry in self.entries:
            own = Gathered(keeps_blanks=into.keeps_blanks)
            value = entry.collect(f"{at}/{len(values)}", own)
            if value is ABSENT:
                if own.empty and not into.keeps_blanks:
                    continue
                value = None
            values.append(value)
            ids.append(id)
            beside.append(own)
            if not own.empty or not (value is None or value == {}):
                filled = len(values)
        # Rows that the page shows by itself, and nobody touched, say nothing.
        untouched = max(filled, self.known)
        if len(values) <= self.node.first_rows:
            del values[untouched:]
        for own in beside[: len(values)]:
            into.add(own)
        if values or self.had_ids:
            into.rows[at] = complete(ids[: len(values)])
        if self.removed is not None and into.keeps_blanks:
            into.typed[at + REMOVED] = self.removed
        return values or ABSENT

    def _matched(self, arrived: Arrival, ids: Sequence[str]) -> list[Came]:
        """The posted rows in their order, each with the stored row that it is."""
        numbers = arrived.rows(self.name)
        said = [self._posted_id(arrived, number) for number in numbers]
        named = set(said)
        where = {id: number for number, id in enumerate(ids) if id}
        claimed = named.intersection(where)
        found = []
        for number, id in zip(numbers, said, strict=True):
            if id in claimed:
                claimed.discard(id)
                found.append(Came(number, id, where[id]))
            elif not id and number < len(ids) and (not ids[number] or ids[number] not in named):
                found.append(Came(number, ids[number], number))
            else:
                found.append(Came(number, id if id not in where else "", None))
        return found

    def _posted_id(self, arrived: Arrival, number: int) -> str:
        texts = arrived.getlist(self.node.id_name(f"{self.name}/{number}"))
        return texts[-1] if texts and well_formed(texts[-1]) else ""


def _with_unposted(came: Sequence[Came], ids: Sequence[str]) -> list[Came]:
    """Without the group's own marker, a row that was not posted was not removed either: it stays
    where it was, and new rows follow."""
    posted = {one.before: one for one in came if one.before is not None}
    fresh = [one for one in came if one.before is None]
    # The number of an unposted row must be nobody's in the post, or it would read their inputs.
    free = max((one.number for one in came), default=-1) + 1
    stay = [posted.get(number) or Came(free + number, id, number) for number, id in enumerate(ids)]
    return stay + fresh
