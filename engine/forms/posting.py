"""From a posted page to a draft: WTForms fields whose names are JSON Pointers.

A WTForms class per page is compiled once: `BaseForm` with the prefix `/FORM/` and `/` between
parts, so that the names of its fields are the pointers of their answers. Its widgets are not used.

What is not posted stays as the draft has it; what is posted blank is absent. Only names that the
page asks are looked up, so that a hostile post changes nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from engine.forms.arrival import Arrival, Gathered
from engine.forms.drafts import Draft, Posted, set_aside
from engine.forms.groups import Alternatives, Conditional, Extras, Group, Part
from engine.forms.layer_fields import BoundExtras, KeptField, NestedField, VariantsField
from engine.forms.mappings import MORE
from engine.forms.mixed import Variants
from engine.forms.nodes import Kept, Leaf, Node, Outcome
from engine.forms.offers import NO_OFFERS, Offers
from engine.forms.pasting import with_lines
from engine.forms.pointers import ABSENT, escape, index, tokens, within
from engine.forms.recursion import Nested
from engine.forms.row_fields import RowsField
from engine.forms.rows import Rows
from engine.forms.schema import Page

Said = TypeVar("Said")


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
        if self.outcome.agreed is not None:
            into.agreed[at] = self.outcome.agreed
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


class PartFields:
    """Compiled WTForms fields for the parts of one object, shared by every post."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.nodes: list[Node] = []
        self.alternatives: Alternatives | None = None
        self.extras: Extras | None = None
        for part in parts:
            if isinstance(part, Alternatives):
                self.alternatives = part
            elif isinstance(part, Extras):
                self.extras = part
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
        self.extras: BoundExtras | None = None
        if parts.extras is not None:
            self.extras = BoundExtras(parts.extras, row_value_of, name, arrived, kept, self.form)
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
        asked = self.parts.extras
        found = {
            key: said
            for key, said in self.value.items()
            if key not in self.parts.keys and (asked is None or key in asked.known)
        }
        self._collect(at, into, found, lane_open=True)
        if self.extras is not None:
            self.extras.collect(at, into, found)
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
    if node.read_only:
        return UnboundField(KeptField, node, name=name)
    if isinstance(node, Variants):
        return UnboundField(VariantsField, node, row_value_of, name=name)
    if isinstance(node, Nested):
        return UnboundField(NestedField, node, field_below, name=name)
    if isinstance(node, Group):
        return UnboundField(GroupField, PartFields(node.parts), in_row=in_row, name=name)
    if isinstance(node, Rows):
        return UnboundField(RowsField, node, row_value_of, name=name)
    assert isinstance(node, Leaf)
    return UnboundField(AnswerField, node, name=name)


def field_below(node: Node) -> UnboundField:
    """The field of a node that is the same place as the layer above it."""
    return field_of(node, "")


def row_value_of(node: Node) -> UnboundField:
    """The field of a node that is there even when nothing in it is answered."""
    return field_of(node, "", in_row=True)


_compiled: WeakKeyDictionary[Page, PartFields] = WeakKeyDictionary()


def fields_of(page: Page) -> PartFields:
    """The page's compiled form, made at its first post."""
    found = _compiled.get(page)
    if found is None:
        found = _compiled[page] = PartFields(page.parts)
    return found


def parse(page: Page, posted: Posted, draft: Draft, offers: Offers = NO_OFFERS) -> Draft:
    """`draft` with what was posted for one page in place of what the page had.

    Raises nothing: text that does not parse is kept in `typed`, unknown names are nobody's. Other
    pages' answers are the same objects as before. `offers` are the answers that the person may
    reuse: what is posted of any others stays as typed.
    """
    at, value = page.above, page.said(draft)
    arrived = Arrival(with_lines(page, posted), page.pointer, offers)
    bound = fields_of(page).bind(at, arrived, Kept(value, at, draft))
    into = Gathered(keeps_blanks=arrived.keeps_blanks)
    own: dict[str, Any] = bound.collect(at, into)
    answers = {**page.others(value), **page.own(own)}
    return Draft(
        answers if page.whole else {**draft.answers, page.form_id: answers},
        {**_elsewhere(page, draft.typed), **into.typed},
        {**_elsewhere(page, draft.chosen), **into.chosen},
        {**_elsewhere(page, draft.rows), **into.rows},
        {**_elsewhere(page, draft.agreed), **into.agreed},
    )


def _elsewhere(page: Page, marks: Mapping[str, Said]) -> dict[str, Said]:
    return {at: said for at, said in marks.items() if not covers_mark(page, at)}


def covers_mark(page: Page, at: str) -> bool:
    """Whether a mark of the draft (a pointer, a lane, a suffix) belongs to the page."""
    if any(within(at, one) for one in page.pointers):
        return True
    if not at.startswith((f"{page.pointer}#", f"{page.pointer}/")) and at != page.pointer:
        return False
    if page.extras is not None:
        if at.startswith(page.pointer + page.extras.suffix):
            return True
        steps = tokens(at.partition("#")[0])
        if len(steps) > 1:
            return page.holds(steps[1])
    return MORE not in at and (
        any(isinstance(part, Alternatives) for part in page.parts)
        and (at == page.pointer or at.startswith(f"{page.pointer}#"))
    )


def _kept_of(node: Node, value: dict[str, Any], kept: Kept, lane_open: bool) -> Kept:
    if node.place.lane and not lane_open:
        at = f"{kept.at}/{node.name_token}"
        return Kept(set_aside(kept.draft, at), at, kept.draft)
    at = f"{kept.at}/{escape(node.key)}"
    return Kept(value.get(node.key, ABSENT), at, kept.draft)
