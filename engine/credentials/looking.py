"""What an expression looks at, so that nothing else is handed to `cel`.

Handing answers over costs more than evaluating the rule: a third of a millisecond for twenty rows
of prose, of which a rule needs a name each. So the tree is walked once, when it is compiled, and
each evaluation hands over only the members that the walk has found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.credentials.expressions import Constant, Index, Macro, Name, Node, Select, children


@dataclass
class View:
    """The part of a value that an expression looks at: all of it, or some members."""

    whole: bool = False
    members: dict[str, View] = field(default_factory=dict)
    """Of an object."""
    each: View | None = None
    """Of every item of a list."""

    def member(self, name: str) -> View:
        return self.members.setdefault(name, View())

    def item(self) -> View:
        self.each = self.each or View()
        return self.each

    def of(self, value: Any) -> Any:
        """`value` without what is not looked at; what has another shape is left whole."""
        if self.whole:
            return value
        if isinstance(value, Mapping) and self.each is None:
            return {
                name: view.of(value[name]) for name, view in self.members.items() if name in value
            }
        if isinstance(value, list) and not self.members:
            return [True if self.each is None else self.each.of(one) for one in value]
        return value


def looked_at(tree: Node, names: Collection[str]) -> Mapping[str, View]:
    """What `tree` looks at of each variable in `names`.

    `self.rows.map(row, row.name)` looks at the `name` of each of `self.rows`, and at nothing else
    of `self`.
    """
    views = {name: View() for name in names}
    _use(tree, views)
    return views


def _use(node: Node, known: Mapping[str, View]) -> None:
    """The value of `node` itself is needed, all of it, unless only its being there is asked."""
    view = _view(node, known)
    if view is not None and not (isinstance(node, Select) and node.tested):
        view.whole = True


def _view(node: Node, known: Mapping[str, View]) -> View | None:
    """The view that `node` is a path to; None for what is worked out rather than looked up."""
    match node:
        case Name(name=name):
            return known.get(name)
        case Select(of=of, field=name):
            above = _view(of, known)
            return above and above.member(name)
        case Index(of=of, at=at):
            _use(at, known)
            return _indexed(_view(of, known), at)
        case Macro(macro=macro, over=over, each=each, body=body):
            above = _view(over, known)
            item = above.item() if above else View()
            if macro == "filter":
                # What passes the filter may be used in any way.
                item.whole = True
            for part in body:
                _use(part, {**known, each: item})
            return None
    for part in children(node):
        _use(part, known)
    return None


def _indexed(above: View | None, at: Node) -> View | None:
    if above is None:
        return None
    if isinstance(at, Constant) and isinstance(at.value, str):
        return above.member(at.value)
    if isinstance(at, Constant) and isinstance(at.value, float):
        return above.item()
    above.whole = True
    return above
