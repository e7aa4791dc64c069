"""Answers under names of one's own: rows of a name and an answer (`additionalProperties`,
`patternProperties`, `propertyNames`).

A row whose name can be used is a property of the answer, at its real pointer (`/form/map/NAME`);
its inputs are named by its place (`/form/map#more/0`, its name's `/form/map#more/0#name`), so that
a name may be anything and may change. A row whose name is blank, is there twice or is one that the
form asks itself is kept as typed: its name in `Draft.typed` under the name of its input, its answer
beside it under `#kept`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from markupsafe import escape as labelled

from engine.credentials import patterns
from engine.forms.drafts import Draft, set_aside
from engine.forms.nodes import Builder, Node, Place, clean, words_of
from engine.forms.pointers import ABSENT, escape, index
from engine.forms.resolving import Merged
from engine.languages import _

MORE = "#more"
"""Follows an object's pointer where the rows of its names begin."""
NAME = "#name"
WAS = "#was"
"""Follows a row's name: the hidden input with the name that the row had."""


class Line(NamedTuple):
    """One row as a draft has it."""

    name: str
    at: str
    """The pointer of its answer, or the place that stands in for it while the name is no good."""
    value: Any
    good: bool


@dataclass(frozen=True, eq=False)
class Extras:
    """The part of an object that asks for names and answers."""

    known: frozenset[str]
    """Names that the form asks itself."""
    suffix: str
    item_words: str
    name_label: str
    name_hint: str
    add_label: str
    remove_label: str
    value_label: str
    least: int
    most: int | None
    level: int
    placeholder: str
    patterns: tuple[tuple[Callable[[str], bool], int], ...]
    """A check of a name, and the number of the schema for names that pass it."""
    node_for: Callable[[frozenset[int] | None], Node]
    """What asks for the answer under a name that passes these checks; None while it is open."""
    allowed: Callable[[Any], bool]
    """Whether the names of an object are ones that it may have."""

    def node_of(self, name: str) -> Node:
        """What asks for the answer under `name`; a blank one may become anything."""
        if not name:
            return self.node_for(None)
        return self.node_for(frozenset(n for check, n in self.patterns if check(name)))

    def lines(self, value: Any, at: str, draft: Draft) -> list[Line]:
        """The rows of the object `value` at the pointer `at`, in their order."""
        base = at + self.suffix
        bad = self._bad(base, draft)
        names = [key for key in value if key not in self.known] if isinstance(value, dict) else []
        found = [Line(name, f"{at}/{escape(name)}", value[name], True) for name in names]
        for place in sorted(bad):
            lane = f"{base}/{place}"
            found.insert(place, Line(bad[place], lane, set_aside(draft, lane), False))
        return found

    def fault(self, line: Line, lines: Collection[Line]) -> str:
        """Why a row that was kept as typed is no answer yet; empty for a blank row."""
        if not line.name:
            return "" if line.value is ABSENT else _("Give this a name.")
        if line.name in self.known:
            return _(
                "“%(name)s” is a question of its own on this page. Please use another name here.",
                name=line.name,
            )
        if any(other.good and other.name == line.name for other in lines) or (
            sum(other.name == line.name for other in lines) > 1
        ):
            return _(
                "There are two with the name “%(name)s”. Please give one of them another name.",
                name=line.name,
            )
        return _("Give an answer for “%(name)s”, or remove it.", name=line.name)

    def _bad(self, base: str, draft: Draft) -> dict[int, str]:
        found = {}
        for mark, text in draft.typed.items():
            if mark.startswith(f"{base}/") and mark.endswith(NAME):
                place = index(mark[len(base) + 1 : -len(NAME)])
                if place is not None:
                    found[place] = text
        return found


def extras_of(
    builder: Builder, merged: Merged, place: Place, known: Collection[str], suffix: str
) -> Extras | None:
    """The rows of names that an object asks for; None when it asks for none."""
    schema = merged.schema
    said = schema.get("patternProperties")
    shaped = said if isinstance(said, Mapping) else {}
    rest = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
    # Every schema allows names of one's own unless it says otherwise. Beside questions they are
    # asked for only where somebody wrote that down, or each form would end in an empty group.
    written = "additionalProperties" in schema or "unevaluatedProperties" in schema
    asks_rest = isinstance(rest, Mapping) or (rest is True and (written or not (known or shaped)))
    usable = {pattern: said for pattern, said in shaped.items() if said is not False}
    if not usable and not asks_rest:
        return None
    schemas = [*usable.values(), *([rest] if asks_rest else [])]
    nodes: dict[frozenset[int] | None, Node] = {}
    below = replace(
        place,
        key="",
        required=True,
        optional=False,
        lane="",
        lanes=0,
        unfolded=True,
        depth=place.depth + 1,
        row_depth=place.row_depth + 1,
    )

    def node_for(which: frozenset[int] | None) -> Node:
        if which not in nodes:
            if which is None:
                said = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
            elif which:
                said = {"allOf": [schemas[number] for number in sorted(which)]}
            else:
                said = rest if asks_rest else {}
            node = builder.node(said, merged, below) or builder.node({}, merged, below)
            assert node is not None
            if not words_of(node.schema.get("title")):
                node.title = _("Answer")
                node.label = labelled(node.title)
            nodes[which] = node
        return nodes[which]

    names = schema.get("propertyNames")
    item = words_of(schema.get("item_title"))
    return Extras(
        known=frozenset(known),
        suffix=suffix + MORE,
        item_words=item or _("Entry"),
        name_label=(words_of(names.get("title")) if isinstance(names, Mapping) else "")
        or _("Name"),
        name_hint=words_of(names.get("description")) if isinstance(names, Mapping) else "",
        add_label=words_of(schema.get("add_label"))
        or (_("Add “%(what)s”", what=item) if item else _("Add another name")),
        remove_label=_("Remove"),
        value_label=_("Answer"),
        least=_count(schema.get("minProperties")) or 0,
        most=_count(schema.get("maxProperties")) if not known else None,
        level=min(2 + place.row_depth, 6),
        placeholder="__row__" if place.row_depth == 0 else f"__row{place.row_depth}__",
        patterns=tuple((_matcher(pattern), n) for n, pattern in enumerate(usable)),
        node_for=node_for,
        allowed=builder.condition({"propertyNames": names}) if names is not None else _any,
    )


def tidy_name(text: str) -> str:
    """A name as typed, without what no name may hold."""
    return " ".join(clean(text).split("\n")).strip()


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a name matches; never, when the pattern is none."""
    try:
        return patterns.pattern(pattern).matches
    except patterns.BadPattern:
        return lambda _: False


def _any(value: Any) -> bool:
    return True
