"""Drawing what depends on what is said: kinds of answers, parts that open, names of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from markupsafe import Markup, escape

from engine.forms.alternatives import options_at
from engine.forms.defaults import begun
from engine.forms.drafts import Draft, set_aside
from engine.forms.entries import entry_of
from engine.forms.fields import Constant
from engine.forms.groups import Group
from engine.forms.layers import Layer
from engine.forms.mappings import NAME, WAS, Extras, Line
from engine.forms.markup import attributes, described_by, spaced
from engine.forms.mixed import Variants
from engine.forms.nodes import Leaf, Node
from engine.forms.pointers import ABSENT, html_id
from engine.forms.recursion import OPEN, Nested


class Drawer(Protocol):
    """The view that asks (`drawing.View`)."""

    draft: Draft
    problems: Mapping[str, Any]
    in_template: int

    def bound(self, node: Node, value: Any, name: str, at: str) -> Any: ...

    def parts_of(self, group: Group, value: dict[str, Any], name: str, at: str) -> list[Any]: ...

    def blank(self, node: Node, name: str, at: str) -> Any: ...

    def problem(self, at: str) -> str: ...

    def notes(self, at: str) -> Sequence[Any]: ...


class Way(NamedTuple):
    """One kind of answer, laid out under its radio."""

    number: int
    group: Any
    """What names it: its `label`."""
    chosen: bool
    children: list[Any]


class NamedRow(NamedTuple):
    """A name and its answer."""

    name: str
    """The HTML name of the row."""
    id: str
    title: str
    name_id: str
    name_attrs: Markup
    text: str
    """The name that it has."""
    was: str
    was_name: str
    error: str
    child: Any


def draw_layer(view: Drawer, bound: Any, node: Layer, value: Any, name: str, at: str) -> None:
    """Fills in what the macro of a layer needs."""
    if isinstance(node, Variants):
        _draw_variants(view, bound, node, value, name, at)
    elif isinstance(node, Nested):
        _draw_nested(view, bound, node, value, name, at)


def layer_suffix(node: Layer) -> str:
    """What the ids of a layer's own parts have beside those of the question below it."""
    return node.suffix if isinstance(node, Variants) else OPEN


def draw_kept(bound: Any, node: Node, value: Any, at: str, draft: Draft) -> None:
    """An answer that is shown and can't be changed."""
    bound.kind = "kept"
    bound.said = entry_of(node, value, at, draft)


def draw_extras(view: Drawer, bound: Any, extras: Extras, value: Any, name: str, at: str) -> None:
    """The rows of names, one blank one among them where something is needed."""
    base = name + extras.suffix
    lines = extras.lines(value, at, view.draft)
    bound.kind = "extras"
    bound.said = extras
    bound.branch_name = base
    bound.rows = [_named_row(view, extras, line, base, place) for place, line in enumerate(lines)]
    for place in range(len(lines), extras.least):
        blank = Line("", f"{at}{extras.suffix}/{place}", ABSENT, False)
        bound.rows.append(_named_row(view, extras, blank, base, place))
    # Blank rows within blank rows would have no end: the server adds those.
    bound.template = None if view.in_template else _template(view, extras, base, at)


def _draw_variants(
    view: Drawer, bound: Any, node: Variants, value: Any, name: str, at: str
) -> None:
    chosen = node.chosen(value, at, view.draft)
    current = None if chosen is None else node.variants[chosen].node
    bound.chosen = chosen
    # What is chosen has the pointer for its id, if it is one thing; else the first radio has it.
    alone = current is None or isinstance(current, Constant) or _is_plain(current)
    first = html_id(at if alone else at + node.suffix)
    said = [(one.label, one.help) for one in node.variants]
    bound.choice = options_at(said, first, name + node.suffix)
    bound.branch_name = name + node.suffix
    bound.choice_label = node.title
    if alone:
        bound.error, bound.notes = view.problem(at), view.notes(at)
    if chosen is None and value is not ABSENT:
        bound.text = json.dumps(value, ensure_ascii=False)
    bound.branches = [
        Way(
            number,
            variant,
            number == chosen,
            _children(view, variant.node, value, (name, at), node.lane(number), number == chosen),
        )
        for number, variant in enumerate(node.variants)
    ]


def _children(
    view: Drawer, node: Node, value: Any, place: tuple[str, str], suffix: str, chosen: bool
) -> list[Any]:
    name, at = place
    lane = at + suffix
    below, pointer = name + suffix, at if chosen else lane
    said = value if chosen else set_aside(view.draft, lane)
    if said is ABSENT and not chosen:
        said = begun(node)
    if isinstance(node, Constant):
        return []
    if isinstance(node, Group) and _is_plain(node):
        return view.parts_of(node, said if isinstance(said, dict) else {}, below, pointer)
    child = view.bound(node, said, below, pointer)
    child.quiet = isinstance(node, Leaf)
    return [child]


def _is_plain(node: Node) -> bool:
    return isinstance(node, Group) and node.kind == "group" and node.alternatives is None


def _draw_nested(view: Drawer, bound: Any, node: Nested, value: Any, name: str, at: str) -> None:
    bound.branch_name = name + OPEN
    bound.children = []
    if node.is_open(value, at, view.draft):
        bound.children = [view.bound(node.item, value, name, at)]
    else:
        bound.error, bound.notes = view.problem(at), view.notes(at)


def _named_row(view: Drawer, extras: Extras, line: Line, base: str, place: int) -> NamedRow:
    row = f"{base}/{place}"
    child = view.bound(extras.node_of(line.name if line.good else ""), line.value, row, line.at)
    return _row(view, extras, line, row, f"{extras.item_words} {place + 1}", child)


def _template(view: Drawer, extras: Extras, base: str, at: str) -> NamedRow:
    row = f"{base}/{extras.placeholder}"
    blank = Line("", f"{at}{extras.suffix}/{extras.placeholder}", ABSENT, False)
    node = extras.node_of("")
    child = view.blank(node, row, blank.at)
    return _row(view, extras, blank, row, extras.item_words, child)


def _row(view: Drawer, extras: Extras, line: Line, row: str, title: str, child: Any) -> NamedRow:
    id = html_id(row)
    error = view.problem(row + NAME)
    described = spaced(id + "#hint" if extras.name_hint else "", id + "#wrong" if error else "")
    attrs = attributes(
        {
            "class": "input",
            "type": "text",
            "id": escape(html_id(row + NAME)),
            "name": row + NAME,
            "autocomplete": "off",
            "aria-invalid": "true" if error else None,
        }
    )
    return NamedRow(
        row,
        id,
        title,
        html_id(row + NAME),
        attrs + described_by(described),
        line.name,
        line.name if line.good else "",
        row + WAS,
        error,
        child,
    )
