"""Objects: questions under one heading.

They are laid out as `Part`s: plain nodes, nodes that are asked only while a condition holds
(`conditionals`), alternatives of which one is chosen (`alternatives`), and rows for names of one's
own (`mappings`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from markupsafe import escape

from engine.forms.alternatives import (
    ChoiceOption,
    are_objects,
    constants_of,
    keys_of,
    lists_of,
    options_at,
    speaking_for,
    title_of,
)
from engine.forms.conditionals import Conditional, conditioned, present
from engine.forms.drafts import Draft
from engine.forms.fields import Constant
from engine.forms.mappings import Extras, extras_of
from engine.forms.nodes import Builder, Leaf, Node, Place, Placed
from engine.forms.pointers import html_id
from engine.forms.resolving import Merged
from engine.languages import N_, _

__all__ = [
    "Alternatives",
    "ChoiceOption",
    "Conditional",
    "Extras",
    "Group",
    "Part",
    "Shape",
    "are_objects",
    "asked",
    "choice_at",
    "has_title",
    "nodes_of",
]


@dataclass(frozen=True)
class Alternatives:
    """`oneOf` or `anyOf` of objects: one is chosen, the answers to the others are kept aside.

    An alternative is a group at the same pointer as the object that it belongs to. Where two ask
    under the same name, each has a lane of its own (`/form/data/notes#1`), so that choosing the
    other one mixes nothing up. Alternatives that are no objects are `mixed.Variants`.
    """

    groups: tuple[Group, ...]
    suffix: str
    """Follows the object's pointer to make the name of the choice; empty but for nested ones."""
    keyword: str
    fixed: tuple[Mapping[str, Any], ...] = ()
    """What choosing each one answers by itself: its `const` properties."""
    fixed_keys: frozenset[str] = frozenset()
    label: str = ""
    """What is chosen between, for those who can't see the heading above it."""
    listed: tuple[Mapping[str, Sequence[Any]], ...] = ()
    """The values that each one allows for the properties that tell them apart by a list."""
    numbers: tuple[int, ...] = ()
    """The place of each one in the schema, which may say more than can be chosen."""

    def chosen(self, value: Any, at: str, draft: Draft) -> int | None:
        """The index of the chosen one: as marked, or else the one that the answers fit."""
        marked = draft.chosen.get(at + self.suffix)
        if marked is not None and 0 <= marked < len(self.groups):
            return marked
        return self.fitting(value)

    def fitting(self, value: Any) -> int | None:
        """The alternative that `value` was written for; None when it says nothing of it."""
        if not isinstance(value, dict):
            return None
        best, reached = None, 0
        keys = value.keys()
        for number, group in enumerate(self.groups):
            told = speaking_for(value, self.fixed[number], self.listed[number])
            if told is None:
                continue
            own = len(group.own_keys & keys) + 2 * told
            if own == 0:
                continue
            score = 2 * own + (len(value) * 4 if group.required_keys <= keys else 0)
            if score > reached:
                best, reached = number, score
        return best


Part = Node | Conditional | Alternatives | Extras


class Shape(NamedTuple):
    """What an object asks whose alternatives are chosen, whatever its answers are."""

    hidden: frozenset[str]
    """Questions that are not asked, or only under a condition."""
    nodes: tuple[Node, ...]
    """Those of the others that differ between what is drafted and what is submitted."""
    conditionals: tuple[Conditional, ...]
    fixed: Mapping[str, Any]
    """What the chosen alternatives answer by themselves."""


class Group(Node):
    """An object: questions under one heading."""

    kind = "group"
    lacking: ClassVar[str] = N_("Answer the questions under “%(title)s”.")

    def __init__(
        self,
        builder: Builder,
        merged: Merged,
        place: Place,
        taken: frozenset[str] = frozenset(),
        lanes: str = "",
        shared: frozenset[str] = frozenset(),
    ) -> None:
        """`taken` are properties that the object asks outside this alternative; `shared` those
        that other alternatives ask too, which get the lane `lanes`."""
        super().__init__(builder, merged, place)
        self.suffix = lanes
        self.prunes: bool = False
        self.has_rules: bool = False
        schema = merged.schema
        said = schema.get("required")
        self.required_keys = frozenset(said if isinstance(said, list) else ())
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            properties = {}
        options = merged.options if are_objects(merged.options) else ()
        fixed = constants_of(options)
        decided = {key for one in fixed for key in one}
        self._sometimes_needed = frozenset(
            [key for one in options for key in _listed(one.schema.get("required"))]
            + [
                key
                for keys in _mapping(schema.get("dependentRequired")).values()
                for key in _listed(keys)
            ]
        )
        parts: list[Part] = []
        for key, said_of in properties.items():
            if key in taken or key in decided:
                continue
            node = self._child(builder, merged, key, said_of, lanes if key in shared else "")
            if node is None:
                continue
            outdated = node.schema.get("deprecated") is True and not node.required
            if outdated:
                node.hint = " ".join(
                    [
                        _("This isn't asked any more. You may leave your answer, or empty it."),
                        node.hint,
                    ]
                ).strip()
            parts.append(Conditional(node, ((present(key),),)) if outdated else node)
        self._add_conditionals(builder, merged, parts, taken | frozenset(properties))
        if options:
            base = (frozenset(properties) | taken) - decided
            parts.append(self._choice(builder, merged, base, fixed, shared))
        known = {*taken, *properties, *decided, *(node.key for node in nodes_of(tuple(parts)))}
        extras = None if lanes else extras_of(builder, merged, place, known, lanes)
        if extras is not None:
            parts.append(extras)
        self.extras = extras
        self.parts: tuple[Part, ...] = tuple(parts)
        self.rules = builder.rules(schema)
        self._index()

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        schema = merged.schema
        if merged.options and not are_objects(merged.options):
            return False
        return bool(schema.get("type", "object" if merged.options else "") == "object")

    def _child(
        self, builder: Builder, merged: Merged, key: str, said: Any, lane: str = ""
    ) -> Node | None:
        place = Place(
            key=key,
            required=key in self.required_keys,
            optional=key not in self._sometimes_needed,
            depth=self.place.depth + 1,
            row_depth=self.place.row_depth,
            lane=lane,
        )
        return builder.node(said, merged, place)

    def _choice(
        self,
        builder: Builder,
        merged: Merged,
        base: frozenset[str],
        fixed: tuple[Mapping[str, Any], ...],
        shared: frozenset[str],
    ) -> Alternatives:
        options, place = merged.options, self.place
        decided = frozenset(key for one in fixed for key in one)
        counted = Counter(key for one in options for key in keys_of(one))
        again = shared | frozenset(key for key, count in counted.items() if count > 1) - decided
        groups = tuple(
            Group(
                builder,
                one,
                Place(key=place.key, depth=place.depth + 1, row_depth=place.row_depth),
                base | decided,
                f"{self.suffix}#{number}",
                again,
            )
            for number, one in enumerate(options)
        )
        for number, group in enumerate(groups):
            group.title = title_of(options[number], number, fixed[number])
            group.label = escape(group.title)
        return Alternatives(
            groups,
            self.suffix,
            merged.choice,
            fixed,
            decided,
            self.title,
            lists_of(options),
            merged.numbers.get(merged.choice, tuple(range(len(groups)))),
        )

    def _add_conditionals(
        self, builder: Builder, merged: Merged, parts: list[Part], known: frozenset[str]
    ) -> None:
        """Each question that conditions bring up follows the one that the condition looks at."""
        if not merged.conditions:
            return
        at: dict[str, int] = {}
        for one in conditioned(builder, merged):
            if one.key in known:
                continue
            place = Place(
                key=one.key,
                required=one.needed or one.key in self.required_keys,
                depth=self.place.depth + 1,
                row_depth=self.place.row_depth,
            )
            node = builder.node(one.schema, one.above, place)
            if node is None:
                continue
            watched = one.ways[0][0].watched
            choices = next(
                (
                    tuple(choice.value for choice in getattr(part, "choices", ()))
                    for part in parts
                    if isinstance(part, Node) and part.key == watched
                ),
                (),
            )
            after = at.get(watched) or next(
                (
                    number + 1
                    for number, part in enumerate(parts)
                    if isinstance(part, Node) and part.key == watched
                ),
                len(parts),
            )
            parts.insert(after, Conditional(node, one.ways, choices))
            at = {key: number + (number >= after) for key, number in at.items()}
            at[watched] = after + 1

    def _index(self) -> None:
        self.own_keys = frozenset(node.key for node in self.nodes())
        self.alternatives = next(
            (part for part in self.parts if isinstance(part, Alternatives)), None
        )
        self.keys = self.own_keys | (
            self.alternatives.fixed_keys if self.alternatives else frozenset()
        )
        self.plain = all(isinstance(part, Node) for part in self.parts)
        nodes = list(self.nodes())
        self.prunes = not self.plain or any(_is_pruned(node) for node in nodes)
        self.checks = self.extras is not None or any(node.checks for node in nodes)
        self.has_rules = (
            bool(self.rules)
            or self.extras is not None
            or any(getattr(node, "has_rules", False) for node in nodes)
            or any(
                group.has_rules for group in (self.alternatives.groups if self.alternatives else ())
            )
        )
        self.has_evidence = self.extras is not None or any(
            node.kind == "evidence" or getattr(node, "has_evidence", False) for node in nodes
        )

        self._shapes: dict[tuple[int, ...], Shape] = {}

    def nodes(self) -> Iterator[Node]:
        return nodes_of(self.parts)

    def shape(self, way: tuple[int, ...]) -> Shape:
        """`way` are the numbers of the chosen alternatives, outermost first, as far as any are."""
        known = self._shapes.get(way)
        return known or self._shapes.setdefault(way, self._shaped(way))

    def _shaped(self, way: tuple[int, ...]) -> Shape:
        parts, inner = list(self.parts), self
        fixed: dict[str, Any] = {}
        for chosen in way:
            if inner.alternatives is None:
                break
            fixed |= inner.alternatives.fixed[chosen]
            inner = inner.alternatives.groups[chosen]
            parts += inner.parts
        nodes = [part for part in parts if isinstance(part, Node)]
        return Shape(
            self.keys - {node.key for node in nodes},
            tuple(node for node in nodes if _is_pruned(node)),
            tuple(part for part in parts if isinstance(part, Conditional)),
            fixed,
        )

    def furnish(self, placed: Placed) -> None:
        placed.has_choice = self.alternatives is not None


def choice_at(alternatives: Alternatives, name: str, pointer: str) -> tuple[ChoiceOption, ...]:
    """Radios whose first has the object's own id, so that errors lead to it."""
    said = [(group.label, group.help) for group in alternatives.groups]
    own = html_id(f"{pointer}{alternatives.suffix}")
    return options_at(said, own, f"{name}{alternatives.suffix}#branch")


def nodes_of(parts: tuple[Part, ...]) -> Iterator[Node]:
    """Every node that could be asked among `parts`, whatever is chosen."""
    for part in parts:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, Conditional):
            yield part.node
        elif isinstance(part, Alternatives):
            for group in part.groups:
                yield from group.nodes()


def asked(parts: tuple[Part, ...], value: Any, at: str, draft: Draft) -> Iterator[Node]:
    """The nodes that are asked when the object at `at` is `value`."""
    for part in parts:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, Conditional):
            if part.holds(value):
                yield part.node
        elif isinstance(part, Alternatives):
            chosen = part.chosen(value, at, draft)
            if chosen is not None:
                yield from asked(part.groups[chosen].parts, value, at, draft)


def has_title(schema: Any) -> bool:
    said = schema.schema if isinstance(schema, Merged) else schema
    return isinstance(said, Mapping) and isinstance(said.get("title"), str)


def _is_pruned(node: Node) -> bool:
    """Whether what is submitted may differ from what is drafted here: something in it may have to
    go, or it is required and has an answer that nobody gives."""
    given = isinstance(node, Group | Constant) or (isinstance(node, Leaf) and node.nullable)
    return node.prunes or (node.required and given)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
