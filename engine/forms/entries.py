"""Answers as a reader sees them: questions and what was said, without inputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from markupsafe import Markup

from engine.forms.agreements import Agreement
from engine.forms.attachments import Evidence
from engine.forms.choices import Checkboxes, worded
from engine.forms.contacts import Person
from engine.forms.drafts import Draft
from engine.forms.fields import Constant
from engine.forms.groups import Alternatives, Conditional, Group, Part
from engine.forms.layers import Layer, uncovered
from engine.forms.nodes import Leaf, Node
from engine.forms.offers import Offer, Offers, key_of
from engine.forms.pointers import ABSENT, escape, html_id
from engine.forms.prose import prose
from engine.forms.resolving import pretty
from engine.forms.reuse import Reuse
from engine.forms.row_ids import known_ids
from engine.forms.rows import Rows
from engine.forms.series import Series
from engine.forms.tables import Column, Table
from engine.languages import _


class PickShown(NamedTuple):
    """One reused answer. `title`, `when` and `link` are empty where nothing is known of it."""

    key: str | None
    summary: str
    entries: tuple[Entry, ...]
    title: str = ""
    when: str = ""
    link: str = ""
    lost: str = ""
    """What became of the work that it comes from, where that can't be read as it was any more."""


@dataclass(frozen=True)
class Entry:
    """One question with its answer, or a group of them.

    A group has `children`; a question has `text`, the answer in words (empty when there is none),
    and for a list of choices or files `items` or `evidence` (ids) instead.
    """

    pointer: str
    label: str
    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    children: tuple[Entry, ...] = ()
    value: Any = None
    """The JSON value; None for none."""
    typed: bool = False
    """The text did not parse, and is shown as it was typed."""
    row_id: str = field(default="", compare=False)
    """Of a row of a group that has ids."""
    wording: str = ""
    """The words that were agreed to, as Markdown."""
    address: str = ""
    """Where mail to the person goes."""
    columns: tuple[Column, ...] = ()
    """Of a table, whose rows are its children."""
    chart: Callable[[], Any] | None = field(default=None, compare=False)
    """Draws the run chart of a data series."""

    @property
    def id(self) -> str:
        return html_id(self.pointer)

    @property
    def answered(self) -> bool:
        return bool(self.text or self.items or self.evidence) or any(
            child.answered for child in self.children
        )

    @property
    def prose(self) -> Markup | None:
        """The text as HTML, when it was written as Markdown."""
        return prose(self.text) if self.kind == "markdown" and not self.typed else None

    picks: tuple[PickShown, ...] = ()
    """What was reused, with where it comes from."""

    @property
    def words_agreed_to(self) -> Markup | None:
        """The wording as HTML, when it is known."""
        return prose(self.wording) if self.wording else None

    @property
    def is_group(self) -> bool:
        return self.kind in ("group", "rows", "row", "table", "series")

    def all(self) -> Iterator[Entry]:
        """This entry and everything below it, in order."""
        yield self
        for child in self.children:
            yield from child.all()


def entries_of(
    parts: tuple[Part, ...], value: dict[str, Any], at: str, draft: Draft
) -> list[Entry]:
    """What is asked by `parts` of the object `value` at the pointer `at`, answered or not."""
    found: list[Entry] = []
    for part in parts:
        if isinstance(part, Node):
            found += _child(part, value, at, draft)
        elif isinstance(part, Conditional):
            if part.holds(value):
                found += _child(part.node, value, at, draft)
        elif isinstance(part, Alternatives):
            found += _choice(part, value, at, draft)
        else:
            for line in part.lines(value, at, draft):
                node = part.node_of(line.name if line.good else "")
                found.append(entry_of(node, line.value, line.at, draft, line.name or node.title))
    return found


def entry_of(node: Node, value: Any, at: str, draft: Draft, label: str = "") -> Entry:
    """One node's entry; `value` is ABSENT when nothing is answered."""
    label = label or node.title
    if node.write_only:
        text = "" if value is ABSENT else _("Stored, and not shown")
        return Entry(at, label, "write_only", text=text)
    if isinstance(node, Layer):
        return _layer(node, value, at, draft, label)
    if isinstance(node, Person):
        said = value if isinstance(value, dict) and value else None
        text, address = node.shown(value), node.address(value)
        return Entry(at, label, node.kind, text=text, value=said, address=address)
    if isinstance(node, Group):
        inside = value if isinstance(value, dict) else {}
        children = (*entries_of(node.parts, inside, at, draft), *_unasked(node, inside, at, draft))
        return Entry(at, label, "group", children=children, value=inside or None)
    if isinstance(node, Rows):
        rows = value if isinstance(value, list) else []
        ids = known_ids(draft, at, len(rows)) if at in draft.rows else [""] * len(rows)
        return Entry(
            at,
            label,
            node.drawn_as,
            children=tuple(
                _row(node, said, f"{at}/{number}", draft, number, id)
                for number, (said, id) in enumerate(zip(rows, ids, strict=True))
            ),
            value=rows or None,
            columns=(node.columns or ()) if isinstance(node, Table) else (),
            chart=node.chart_later(rows) if isinstance(node, Series) else None,
        )
    assert isinstance(node, Leaf)
    if isinstance(node, Reuse) and value is not ABSENT and value is not None:
        picks = tuple(_pick(node, pick, at, draft) for pick in node.picks(value))
        return Entry(at, label, node.kind, text=node.shown(value), value=value, picks=picks)
    if (typed := draft.typed.get(at)) is not None:
        return Entry(at, label, node.kind, text=typed, typed=True)
    if value is ABSENT or value is None:
        return Entry(at, label, node.kind)
    if isinstance(node, Agreement):
        agreed = draft.agreed.get(at)
        text, wording = node.shown_with(value, agreed), (agreed or {}).get("wording", "")
        return Entry(at, label, node.kind, text=text, value=value, wording=wording)
    if isinstance(node, Evidence):
        return Entry(at, label, node.kind, evidence=tuple(node.ids(value)), value=value)
    if isinstance(node, Checkboxes) and isinstance(value, list):
        return Entry(at, label, node.kind, items=tuple(node.items(value)), value=value)
    return Entry(at, label, node.kind, text=node.shown(value), value=value)


def _layer(node: Layer, value: Any, at: str, draft: Draft, label: str) -> Entry:
    inner = uncovered(node, value, at, draft)
    if inner is None:
        text = "" if value is ABSENT else json.dumps(value, ensure_ascii=False)
        return Entry(at, label, node.kind, text=text, value=None if value is ABSENT else value)
    if isinstance(inner, Constant):
        return Entry(at, label, node.kind, text=inner.title, value=inner.fixed.value)
    return entry_of(inner, value, at, draft, label)


def _unasked(group: Group, value: dict[str, Any], at: str, draft: Draft) -> list[Entry]:
    """What an answer holds beside everything that is asked, from an import or an older form."""
    if group.extras is not None:
        return []
    return [
        Entry(f"{at}/{escape(key)}", key, "json", text=worded(said), value=said)
        for key, said in value.items()
        if key not in group.keys
    ]


def with_sources(entries: Sequence[Entry], offers: Offers) -> list[Entry]:
    """`entries` with what is known of the submissions that reused answers come from."""
    if not offers.looked:
        return list(entries)
    made = []
    for entry in entries:
        if entry.picks:
            picks = tuple(_from(pick, offers.by_key.get(pick.key or "")) for pick in entry.picks)
            text = "; ".join(pick.summary for pick in picks)
            entry = replace(entry, picks=picks, text=text)
        elif entry.children:
            entry = replace(entry, children=tuple(with_sources(entry.children, offers)))
        made.append(entry)
    return made


def _from(pick: PickShown, offer: Offer | None) -> PickShown:
    if offer is None:
        lost = _("The work that this comes from is not there any more. This is the copy of it.")
        return pick._replace(lost=lost)
    lost = ""
    if offer.withdrawn:
        lost = _("The work that this comes from was withdrawn since. This is the copy of it.")
    return pick._replace(
        summary=offer.summary, title=offer.title, when=offer.when, link=offer.link, lost=lost
    )


def _pick(node: Reuse, pick: Any, at: str, draft: Draft) -> PickShown:
    value = pick.get("value") if isinstance(pick, dict) else pick
    below = f"{at}/value"
    if node.inner is not None:
        shown = entry_of(node.inner, value, below, Draft())
    else:
        shown = _bare(node.title, value, below)
    # An object's questions stand by themselves; anything else is one entry.
    entries = shown.children if shown.kind == "group" else (shown,)
    return PickShown(key_of(pick), node.summary(pick), entries)


def _bare(label: str, value: Any, at: str) -> Entry:
    """JSON that no schema speaks of, under its own names."""
    if isinstance(value, dict):
        children = tuple(
            _bare(pretty(key), said, f"{at}/{escape(key)}") for key, said in value.items()
        )
        return Entry(at, label, "group", children=children, value=value)
    if isinstance(value, list):
        rows = [_bare(str(n + 1), said, f"{at}/{n}") for n, said in enumerate(value)]
        made = tuple(replace(row, kind="row") if row.is_group else row for row in rows)
        return Entry(at, label, "rows", children=made, value=value)
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return Entry(at, label, "text", text=text, value=value)


def _child(node: Node, value: dict[str, Any], at: str, draft: Draft) -> list[Entry]:
    if node.kind == "constant":
        return []
    return [entry_of(node, value.get(node.key, ABSENT), f"{at}/{node.token}", draft)]


def _row(node: Rows, value: Any, at: str, draft: Draft, number: int, id: str) -> Entry:
    item = node.item_at(number)
    inner = entry_of(item, value, at, draft, node.heading(number + 1))
    kind = "row" if isinstance(item, Group) else inner.kind
    return replace(inner, kind=kind, row_id=id)


def _choice(which: Alternatives, value: dict[str, Any], at: str, draft: Draft) -> list[Entry]:
    chosen = which.chosen(value, at, draft)
    pointer = at + which.suffix
    if chosen is None:
        return [Entry(pointer, _("Your choice"), "branches")]
    group = which.groups[chosen]
    return [
        Entry(f"{pointer}#branch", _("Your choice"), "branches", text=group.title, value=chosen),
        *entries_of(group.parts, value, at, draft),
    ]
