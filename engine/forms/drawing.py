"""A page's nodes with a draft's answers in them: what `templates/web/fields.html` lays out.

Everything that never changes at a place was worked out once (`fields.Placed`); here only the
values, problems and notes of one draft are looked up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from markupsafe import Markup

from engine.errors import Problem
from engine.forms.attachments import Evidence
from engine.forms.bound import Bound, Branch, File, Row
from engine.forms.cards import Card, cards, places_above
from engine.forms.choices import Checkboxes
from engine.forms.defaults import begun, begun_parts
from engine.forms.drafts import Draft, EvidenceFacts, set_aside
from engine.forms.entries import Entry, entries_of, with_sources
from engine.forms.fields import Date, Standard
from engine.forms.groups import (
    Alternatives,
    Conditional,
    Extras,
    Group,
    Part,
    choice_at,
    nodes_of,
)
from engine.forms.layer_drawing import draw_extras, draw_kept, draw_layer, layer_suffix
from engine.forms.layers import Layer
from engine.forms.markup import attributes
from engine.forms.nodes import Leaf, Node
from engine.forms.offers import NO_OFFERS, Offers
from engine.forms.openings import Openings
from engine.forms.own_words import ChoiceOrOther, ChoicesOrOther
from engine.forms.pointers import ABSENT, html_id, within
from engine.forms.removing import removed_number
from engine.forms.reuse import Reuse
from engine.forms.rows import Rows
from engine.forms.series import Series

_NOBODY = Draft()


@dataclass
class View:
    """One page, one draft: binds nodes as the template asks for them."""

    form_id: str
    at: str
    """The form's pointer."""
    parts: tuple[Part, ...]
    draft: Draft
    problems: Mapping[str, Any]
    comments: Mapping[str, Sequence[Any]]
    evidence: Mapping[str, EvidenceFacts]
    in_template: int = 0
    """How many blank rows for scripts to copy what is drawn is inside of."""
    offers: Offers = NO_OFFERS
    openings: Openings | None = None
    """The places that are asked; everything else is shown as it stands. None: all are."""

    @property
    def fields(self) -> list[Bound]:
        """The page's questions, in order."""
        return self._parts(self.parts, self._said, self.at, self.at)

    @property
    def _said(self) -> dict[str, Any]:
        said = self.draft.answers.get(self.form_id) if self.at else self.draft.answers
        return said if isinstance(said, dict) else {}

    @property
    def standards(self) -> Iterable[Standard]:
        """One question for each list of suggestions that the page needs."""
        found: dict[str, Standard] = {}
        for node in _standards(nodes_of(self.parts)):
            found.setdefault(node.list_id, node)
        return found.values()

    @property
    def shown(self) -> list[Entry]:
        """The page's answers, to read only."""
        return with_sources(entries_of(self.parts, self._said, self.at, self.draft), self.offers)

    def _parts(
        self, parts: tuple[Part, ...], value: dict[str, Any], name: str, at: str, lanes: bool = True
    ) -> list[Bound]:
        bound = []
        for part in parts:
            if isinstance(part, Node):
                if part.kind != "constant":
                    bound.append(self._child(part, value, name, at, lanes))
            elif isinstance(part, Conditional):
                holds = part.holds(value)
                if self.openings and part.opens and not self._is_open(f"{at}/{part.watched}"):
                    # What it depends on can't be changed, so nothing shows or hides it.
                    if holds:
                        bound.append(self._child(part.node, value, name, at, lanes))
                    continue
                said = value
                if not holds and part.node.key not in value:
                    first = begun(part.node)
                    said = value if first is ABSENT else {**value, part.node.key: first}
                # A question that is not asked yet is open as soon as an open one brings it up.
                view = self if holds else replace(self, openings=None)
                child = view._child(part.node, said, name, at, lanes)
                child.hidden = not holds
                child.when = _when(part, name)
                bound.append(child)
            elif isinstance(part, Alternatives):
                bound.append(self._choice(part, value, name, at, lanes))
            else:
                bound.append(self._extras(part, value, name, at))
        return bound

    def _child(self, node: Node, value: dict[str, Any], name: str, at: str, lanes: bool) -> Bound:
        if node.place.lane:
            # Only the chosen alternative's question has the pointer to itself.
            below = f"{name}/{node.name_token}"
            if lanes:
                return self.bound(node, value.get(node.key, ABSENT), below, f"{at}/{node.token}")
            lane = f"{at}/{node.name_token}"
            return self.bound(node, _kept_or_begun(self.draft, lane, node), below, lane)
        below = f"{name}/{node.token}"
        pointer = below if name == at else f"{at}/{node.token}"
        return self.bound(node, value.get(node.key, ABSENT), below, pointer)

    def bound(self, node: Node, value: Any, name: str, at: str) -> Bound:
        """A node with its answer, under an HTML name and at a pointer."""
        if self.openings and not self.openings.touches(at):
            return self._closed(node, value, name, at)
        if isinstance(node, Layer) and not node.read_only:
            suffix = layer_suffix(node)
            bound = Bound(node, node.at(name + suffix, at + suffix), at)
            draw_layer(self, bound, node, value, name, at)
            return bound
        place = node.at(name, at)
        bound = Bound(node, place, at)
        if not place.has_choice:
            # What is said of a choice is drawn with its radios.
            if self.problems and at in self.problems:
                bound.error = _message(self.problems[at])
            if self.comments and at in self.comments:
                bound.notes = self.comments[at]
        if node.read_only:
            draw_kept(bound, node, value, at, self.draft)
        elif isinstance(node, Leaf):
            self._fill(bound, node, value, name, at)
        elif isinstance(node, Rows):
            self._fill_rows(bound, node, value, name, at)
        elif isinstance(node, Group):
            inside = value if isinstance(value, dict) else {}
            bound.children = self._parts(node.parts, inside, name, at)
            if not self._is_open(at):
                # A grid of inputs has no place for an answer that is only shown.
                bound.kind = "group"
        return bound

    def _is_open(self, at: str) -> bool:
        return self.openings is None or self.openings.holds(at)

    def _closed(self, node: Node, value: Any, name: str, at: str) -> Bound:
        """An answer that is not open for changes, as it stands."""
        bound = Bound(node, node.at(name, at), at)
        draw_kept(bound, node, value, at, self.draft)
        bound.kind, bound.text = "closed", self.evidence
        if self.comments and at in self.comments:
            bound.notes = self.comments[at]
        return bound

    def _fill(self, bound: Bound, node: Leaf, value: Any, name: str, at: str) -> None:
        typed = self.draft.typed.get(at)
        if node.composed:
            bound.said = node.drawn(value, at, self.draft)
        if isinstance(node, Reuse):
            bound.said = node.picks_at(value, bound.place, self.offers, typed)
        if typed is not None:
            bound.text, bound.typed = typed, True
        elif isinstance(node, Evidence):
            self._fill_files(bound, node, value, name)
        elif isinstance(node, Checkboxes):
            bound.text = node.picked(value)
            if isinstance(node, ChoicesOrOther):
                aside = self.draft.typed.get(f"{at}#other", "")
                bound.other_text = node.other_text(value) or aside
                bound.other = bool(node.own(value)) or self.draft.chosen.get(at) == 1
        elif value is ABSENT or value is None:
            bound.text = ""
        elif isinstance(node, Date):
            # A date input shows dates only; any other text is shown as it is.
            bound.text = node.text(value)
            bound.typed = _no_date(bound.text)
        else:
            bound.text = node.text(value)
        if isinstance(node, ChoiceOrOther):
            listed = bound.text in node.by_posted
            bound.other_text = self.draft.typed.get(f"{at}#other", "") if listed else bound.text
            bound.other_text = bound.other_text or self.draft.typed.get(f"{at}#other", "")
            bound.other = bool(bound.text and not listed) or (
                not bound.text and self.draft.chosen.get(at) == 1
            )
        if isinstance(node, Evidence) and typed is not None:
            self._fill_files(bound, node, value, name)

    def _fill_files(self, bound: Bound, node: Evidence, value: Any, name: str) -> None:
        bound.files = [
            File(id, f"{name}/{number}" if node.many else name, self.evidence.get(id))
            for number, id in enumerate(node.ids(value))
        ]

    def _fill_rows(self, bound: Bound, node: Rows, value: Any, name: str, at: str) -> None:
        if isinstance(node, Series):
            bound.said = node.told(value, at, self.draft)
            if bound.said.lines:
                return
        bound.rows = [
            self._row(node, card, name, at)
            for card in cards(node, value, at, self.draft, self._busy)
        ]
        if not self._is_open(at):
            bound.kind = "some_rows"
            bound.template, bound.removed = None, ""
            return
        if self.in_template >= (1 if node.lazy else 2):
            # Blank rows within blank rows would double with each level: one more comes from the
            # server.
            bound.template = None
            bound.removed = ""
            return
        blank = self._blank()
        to_be = Card(node.placeholder, begun(node.item), of=node.least + 1)
        bound.template = blank._row(node, to_be, name, at)
        gone = removed_number(self.draft, at)
        bound.removed = "" if gone is None else node.heading(gone + 1)

    def _row(self, node: Rows, card: Card, name: str, at: str) -> Row:
        number, value = card.number, card.value
        below, pointer = f"{name}/{number}", f"{at}/{number}"
        item = node.item_at(number)
        said = ""
        if isinstance(item, Group):
            inside = value if isinstance(value, dict) else {}
            children = self._parts(item.parts, inside, below, pointer)
            summary = inside.get(node.summary_key)
            said = summary if isinstance(summary, str) else ""
        else:
            child = self.bound(item, value, below, pointer)
            child.quiet = True
            children = [child]
        # What is said of a question, or of a choice, stands there.
        whole = isinstance(item, Group) and item.alternatives is None
        return Row(
            below,
            html_id(pointer),
            node.id_name(below),
            node.heading(number + 1) if isinstance(number, int) else node.heading_blank,
            said,
            children,
            card.of > max(node.least, node.fixed) and not _is_fixed(node, number),
            (node.most is None or card.of < node.most) and not _is_fixed(node, number),
            isinstance(item, Group),
            card,
            _message(self.problems.get(pointer)) if whole and self.problems else "",
            self.notes(pointer) if whole else (),
        )

    @cached_property
    def _busy(self) -> frozenset[str]:
        """Where something waits for the person, and everything around it."""
        typed = (at for at in self.draft.typed if "#" not in at)
        return places_above([*self.problems, *self.comments, *typed])

    def parts_of(self, group: Group, value: dict[str, Any], name: str, at: str) -> list[Bound]:
        """The questions of an object that has no heading of its own."""
        return self._parts(group.parts, value, name, at)

    def blank(self, node: Node, name: str, at: str) -> Bound:
        """A node that nobody has answered, for a template."""
        return self._blank().bound(node, begun(node), name, at)

    def _blank(self) -> View:
        depth = self.in_template + 1
        return View(self.form_id, self.at, (), _NOBODY, {}, {}, {}, in_template=depth)

    def problem(self, at: str) -> str:
        """What is wrong at a place; empty when nothing is."""
        return _message(self.problems.get(at)) if self.problems else ""

    def notes(self, at: str) -> Sequence[Any]:
        """What reviewers have noted at a place."""
        return self.comments.get(at, ()) if self.comments else ()

    def _extras(self, extras: Extras, value: dict[str, Any], name: str, at: str) -> Bound:
        node = extras.node_of("")
        bound = Bound(node, node.at(name + extras.suffix, at + extras.suffix), at)
        draw_extras(self, bound, extras, value, name, at)
        return bound

    def _choice(
        self, which: Alternatives, value: dict[str, Any], name: str, at: str, lanes: bool
    ) -> Bound:
        chosen = which.chosen(value, at, self.draft) if lanes else None
        first = which.groups[0]
        bound = Bound(first, first.at(name, at), at)
        bound.kind = "branches"
        bound.choice = choice_at(which, name, at)
        bound.branch_name = name + which.suffix
        bound.choice_label = which.label
        bound.chosen = chosen
        bound.branches = [
            Branch(
                number,
                group,
                number == chosen,
                self._parts(
                    group.parts,
                    value if number == chosen else {**begun_parts(group), **value},
                    name,
                    at,
                    lanes and number == chosen,
                ),
            )
            for number, group in enumerate(which.groups)
        ]
        if chosen is not None and not self._is_open(at):
            # Another way to answer is not open for changes; what is asked in this one may be.
            bound.choice, bound.chosen = bound.choice[chosen : chosen + 1], 0
            bound.branches = bound.branches[chosen : chosen + 1]
        pointer = at + which.suffix
        bound.error = _message(self.problems.get(pointer)) if self.problems else ""
        bound.notes = self.comments.get(pointer, ()) if self.comments else ()
        return bound


def _kept_or_begun(draft: Draft, lane: str, node: Node) -> Any:
    said = set_aside(draft, lane)
    return begun(node) if said is ABSENT and not _visited(draft, lane) else said


def _visited(draft: Draft, lane: str) -> bool:
    """Whether a draft knows of a lane: somebody has been there."""
    return any(within(mark, lane) for mark in draft.typed)


def _is_fixed(node: Rows, number: int | str) -> bool:
    return isinstance(number, int) and number < node.fixed


def by_pointer(problems: Mapping[str, Any] | Iterable[Problem] | None) -> Mapping[str, Any]:
    """Problems by their pointers, when they come as a list."""
    if problems is None or isinstance(problems, Mapping):
        return problems or {}
    found: dict[str, Any] = {}
    for problem in problems:
        found.setdefault(problem.pointer, problem)
    return found


def _message(said: Any) -> str:
    if not said:
        return ""
    if isinstance(said, list | tuple):
        said = said[0]
    return said if isinstance(said, str) else str(said.message)


def _no_date(text: str) -> bool:
    return not (len(text) == 10 and text[4] == "-" and text[7] == "-" and text[:4].isdigit())


def _when(part: Conditional, name: str) -> Markup:
    """Data attributes with which a script can show and hide the question as answers change; when
    only the server can tell, the name under which its answer to a save says so."""
    opens = part.opens
    if not opens:
        return attributes({"data-conditional": f"{name}/{part.node.name_token}"})
    values = json.dumps([_posted(value) for value in opens], ensure_ascii=False)
    return attributes({"data-when": f"{name}/{part.watched}", "data-is": values})


def _posted(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _standards(nodes: Iterable[Node]) -> Iterable[Standard]:
    for node in nodes:
        if isinstance(node, Standard):
            if node.items:
                yield node
        else:
            yield from _standards(node.nodes())
