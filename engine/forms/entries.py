"""Answers as a reader sees them: questions and what was said, without inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.forms.attachments import Evidence
from engine.forms.choices import Checkboxes
from engine.forms.drafts import Draft
from engine.forms.groups import Alternatives, Conditional, Group, Part
from engine.forms.nodes import Leaf, Node
from engine.forms.pointers import ABSENT, html_id
from engine.forms.rows import Rows


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

    @property
    def id(self) -> str:
        return html_id(self.pointer)

    @property
    def answered(self) -> bool:
        return bool(self.text or self.items or self.evidence) or any(
            child.answered for child in self.children
        )

    @property
    def is_group(self) -> bool:
        return self.kind in ("group", "rows", "row")

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
    return found


def entry_of(node: Node, value: Any, at: str, draft: Draft, label: str = "") -> Entry:
    """One node's entry; `value` is ABSENT when nothing is answered."""
    label = label or node.title
    if isinstance(node, Group):
        inside = value if isinstance(value, dict) else {}
        children = tuple(entries_of(node.parts, inside, at, draft))
        return Entry(at, label, "group", children=children, value=inside or None)
    if isinstance(node, Rows):
        rows = value if isinstance(value, list) else []
        return Entry(
            at,
            label,
            "rows",
            children=tuple(
                _row(node, said, f"{at}/{number}", draft, number)
                for number, said in enumerate(rows)
            ),
            value=rows or None,
        )
    assert isinstance(node, Leaf)
    if (typed := draft.typed.get(at)) is not None:
        return Entry(at, label, node.kind, text=typed, typed=True)
    if value is ABSENT or value is None:
        return Entry(at, label, node.kind)
    if isinstance(node, Evidence):
        return Entry(at, label, node.kind, evidence=tuple(node.ids(value)), value=value)
    if isinstance(node, Checkboxes) and isinstance(value, list):
        return Entry(at, label, node.kind, items=tuple(node.items(value)), value=value)
    return Entry(at, label, node.kind, text=node.shown(value), value=value)


def _child(node: Node, value: dict[str, Any], at: str, draft: Draft) -> list[Entry]:
    if node.kind == "constant":
        return []
    return [entry_of(node, value.get(node.key, ABSENT), f"{at}/{node.token}", draft)]


def _row(node: Rows, value: Any, at: str, draft: Draft, number: int) -> Entry:
    inner = entry_of(node.item, value, at, draft, node.heading(number + 1))
    if not isinstance(node.item, Group):
        return inner
    return Entry(at, inner.label, "row", children=inner.children, value=inner.value)


def _choice(which: Alternatives, value: dict[str, Any], at: str, draft: Draft) -> list[Entry]:
    chosen = which.chosen(value, at, draft)
    pointer = at + which.suffix
    if chosen is None:
        return [Entry(pointer, "Your choice", "branches")]
    group = which.groups[chosen]
    return [
        Entry(f"{pointer}#branch", "Your choice", "branches", text=group.title, value=chosen),
        *entries_of(group.parts, value, at, draft),
    ]
