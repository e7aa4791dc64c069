"""Questions that come and go while a page is answered: which are asked now, and which are new.

A script shows and hides by itself what depends on one answer; whatever else a condition looks at,
only the server can judge, and says so in its answer to each save.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from engine.forms.bound import Bound
from engine.forms.display import page_entries
from engine.forms.drafts import Draft
from engine.forms.groups import Alternatives, Conditional, Group, Part
from engine.forms.nodes import Node
from engine.forms.rows import Rows
from engine.forms.schema import Page


class Conditions(NamedTuple):
    """What kinds of conditions a page has, in rows and alternatives too."""

    any: bool
    judged: bool
    """Some can only be judged by the server."""


class New(NamedTuple):
    """A question that the latest answers brought up, and that nobody has answered yet."""

    pointer: str
    label: str


_known: WeakKeyDictionary[Page, Conditions] = WeakKeyDictionary()


def conditions_of(page: Page) -> Conditions:
    """Looked up once for each page of an edition."""
    found = _known.get(page)
    if found is None:
        conditionals = list(_conditionals(page.parts))
        judged = any(not one.opens for one in conditionals)
        found = _known[page] = Conditions(bool(conditionals), judged)
    return found


def shown(page: Page, draft: Draft) -> dict[str, bool]:
    """Whether each question is asked now whose condition only the server can judge, by its HTML
    name. The work grows with the page."""
    if not conditions_of(page).judged:
        return {}
    return {
        _name(one): not one.hidden
        for one in _conditioned(page.view(draft).fields)
        if "data-conditional" in one.when
    }


def appeared(page: Page, before: Draft, after: Draft) -> list[New]:
    """The questions that `after` asks and `before` did not, as far as they are unanswered.

    Rows that were added and alternatives that were chosen bring up nothing: whoever did that has
    seen what they ask.
    """
    if not conditions_of(page).any:
        return []
    hidden = {_name(one) for one in _conditioned(page.view(before).fields) if one.hidden}
    if not hidden:
        return []
    asked = {one.pointer: one for entry in page_entries(page, after) for one in entry.all()}
    return [
        New(one.at, asked[one.at].label)
        for one in _conditioned(page.view(after).fields)
        if not one.hidden
        and _name(one) in hidden
        and one.at in asked
        and not asked[one.at].answered
    ]


def _name(bound: Bound) -> str:
    return bound.place.name.unescape()


def _conditioned(bound: Iterable[Bound]) -> Iterator[Bound]:
    """Every question of a page that stands under a condition, in rows and alternatives too."""
    for one in bound:
        if one.when:
            yield one
        yield from _conditioned(getattr(one, "children", ()))
        for row in getattr(one, "rows", ()):
            yield from _conditioned(row.children)
        for branch in getattr(one, "branches", ()):
            yield from _conditioned(branch.children)


def _conditionals(parts: Iterable[Part]) -> Iterator[Conditional]:
    for part in parts:
        if isinstance(part, Conditional):
            yield part
            yield from _inside(part.node)
        elif isinstance(part, Alternatives):
            for group in part.groups:
                yield from _conditionals(group.parts)
        elif isinstance(part, Node):
            yield from _inside(part)


def _inside(node: Node) -> Iterator[Conditional]:
    if isinstance(node, Group):
        yield from _conditionals(node.parts)
    elif isinstance(node, Rows):
        yield from _inside(node.item)
