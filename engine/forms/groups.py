"""Kinds that hold other questions: objects, repeating groups and alternatives.

An object's questions are laid out as `Part`s: plain nodes, nodes that are asked only while a
condition holds, and alternatives of which one is chosen. An alternative is a group at the same
pointer as the object that it belongs to. Where two alternatives ask under the same name, each has
a lane of its own (`/form/data/notes#1`), so that choosing the other one mixes nothing up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from markupsafe import Markup, escape

from engine.forms.drafts import Draft
from engine.forms.fields import Constant
from engine.forms.markup import attributes
from engine.forms.nodes import Builder, Leaf, Node, Place, Placed
from engine.forms.pointers import html_id
from engine.forms.resolving import Merged


@dataclass(frozen=True)
class Conditional:
    """A question that `then` or `else` asks: shown while `if` holds, or while it does not."""

    node: Node
    check: Callable[[Any], bool]
    wanted: bool
    watched: str = ""
    """The one property that the condition looks at, when it is as simple as that."""
    values: tuple[Any, ...] = ()
    """The values of it for which `if` holds."""
    choices: tuple[Any, ...] = ()
    """Everything that may be chosen for it, when that is a list."""

    @property
    def opens(self) -> tuple[Any, ...]:
        """The values of the watched property for which it is asked; empty when nobody can list
        them."""
        if self.wanted:
            return self.values
        return tuple(value for value in self.choices if value not in self.values)

    def holds(self, value: Any) -> bool:
        """Whether it is asked when the object is `value` (JSON Schema 2020-12 §10.2.2)."""
        return self.check(value if isinstance(value, dict) else {}) == self.wanted


@dataclass(frozen=True)
class Alternatives:
    """`oneOf` or `anyOf` of objects: one is chosen, the answers to the others are kept aside."""

    groups: tuple[Group, ...]
    suffix: str
    """Follows the object's pointer to make the name of the choice; empty but for nested ones."""
    keyword: str
    fixed: tuple[Mapping[str, Any], ...] = ()
    """What choosing each one answers by itself: its `const` properties."""
    fixed_keys: frozenset[str] = frozenset()
    label: str = ""
    """What is chosen between, for those who can't see the heading above it."""

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
        for number, group in enumerate(self.groups):
            fixed = self.fixed[number]
            if any(key in value and value[key] != said for key, said in fixed.items()):
                continue
            own = sum(1 for key in group.own_keys if key in value)
            own += 2 * sum(1 for key in fixed if key in value)
            if own == 0:
                continue
            complete = all(key in value for key in group.required_keys)
            if (score := 2 * own + (len(value) * 4 if complete else 0)) > reached:
                best, reached = number, score
        return best


Part = Node | Conditional | Alternatives


class Group(Node):
    """An object: questions under one heading."""

    kind = "group"
    lacking: ClassVar[str] = "Answer the questions under “{title}”."

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
        required = frozenset(said if isinstance(said, list) else ())
        self.required_keys = required
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            properties = {}
        options, keyword = _options(builder, merged)
        in_options = Counter(key for one in options for key in _keys(one))
        decided = {key for one in options for key in _constants(one)}
        needed_later = {key for one in options for key in one.schema.get("required", ())}

        def child(key: str, said: Any, needed: bool, lane: str = "") -> Node | None:
            return builder.node(
                said,
                merged,
                Place(
                    key=key,
                    required=needed,
                    optional=key not in needed_later,
                    depth=place.depth + 1,
                    row_depth=place.row_depth,
                    lane=lane,
                ),
            )

        parts: list[Part] = []
        constants: dict[str, Any] = {}
        for key, said_of in properties.items():
            if key in taken or key in decided:
                continue
            node = child(key, said_of, key in required, lanes if key in shared else "")
            if isinstance(node, Constant):
                constants[key] = node.fixed.value
            if node is not None:
                parts.append(node)
        self._add_conditionals(builder, merged, parts, child, taken | frozenset(properties))
        if options:
            base = (frozenset(properties) | taken) - decided
            fixed = tuple(_constants(one) for one in options)
            again = frozenset(key for key, count in in_options.items() if count > 1) - decided
            groups = tuple(
                Group(
                    builder,
                    one,
                    Place(key=place.key, depth=place.depth + 1, row_depth=place.row_depth),
                    base | frozenset(decided),
                    f"{lanes}#{number}",
                    again,
                )
                for number, one in enumerate(options)
            )
            for number, group in enumerate(groups):
                if not has_title(options[number]):
                    group.title = f"Option {number + 1}"
                    group.label = escape(group.title)
            parts.append(
                Alternatives(groups, lanes, keyword, fixed, frozenset(decided), self.title)
            )
        self.parts: tuple[Part, ...] = tuple(parts)
        self.constants = constants
        self.rules = builder.rules(schema)
        self._index()

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        schema = merged.schema
        if schema.get("type", "object") != "object":
            return False
        if isinstance(schema.get("properties"), Mapping) and schema["properties"]:
            return True
        return any(
            isinstance(schema.get(keyword), list) and _may_be_objects(schema)
            for keyword in ("oneOf", "anyOf")
        )

    def _add_conditionals(
        self,
        builder: Builder,
        merged: Merged,
        parts: list[Part],
        child: Callable[[str, Any, bool], Node | None],
        known: frozenset[str],
    ) -> None:
        asked = set(known)
        for condition in merged.conditions:
            check = builder.condition(condition["if"])
            watched, values = _simple(condition["if"])
            choices = next(
                (
                    tuple(choice.value for choice in getattr(part, "choices", ()))
                    for part in parts
                    if isinstance(part, Node) and part.key == watched
                ),
                (),
            )
            made: list[Part] = []
            for keyword, wanted in (("then", True), ("else", False)):
                branch = builder.merged(condition.get(keyword, {}), merged)
                if branch is None:
                    continue
                needed = branch.schema.get("required", ())
                for key, said in branch.schema.get("properties", {}).items():
                    if key in asked or said is False:
                        continue
                    node = child(key, said, key in needed or key in self.required_keys)
                    if node is None:
                        continue
                    asked.add(key)
                    made.append(Conditional(node, check, wanted, watched, values, choices))
            after = next(
                (
                    number + 1
                    for number, part in enumerate(parts)
                    if isinstance(part, Node) and part.key == watched
                ),
                len(parts),
            )
            parts[after:after] = made

    def _index(self) -> None:
        self.own_keys = frozenset(node.key for node in self.nodes())
        self.alternatives = next(
            (part for part in self.parts if isinstance(part, Alternatives)), None
        )
        self.keys = self.own_keys | (
            self.alternatives.fixed_keys if self.alternatives else frozenset()
        )
        self.null_keys = frozenset(
            node.key
            for node in (part for part in self.parts if isinstance(part, Leaf))
            if node.required and node.nullable
        )
        self.plain = all(isinstance(part, Node) for part in self.parts)
        nodes = list(self.nodes())
        self.to_prune = tuple(
            node for node in nodes if node.prunes or (isinstance(node, Group) and node.required)
        )
        self.prunes = (
            not self.plain or bool(self.constants or self.null_keys) or bool(self.to_prune)
        )
        self.has_rules = (
            bool(self.rules)
            or any(getattr(node, "has_rules", False) for node in nodes)
            or any(
                group.has_rules for group in (self.alternatives.groups if self.alternatives else ())
            )
        )
        self.has_evidence = any(
            node.kind == "evidence" or getattr(node, "has_evidence", False) for node in nodes
        )

    def nodes(self) -> Iterator[Node]:
        return nodes_of(self.parts)

    def furnish(self, placed: Placed) -> None:
        placed.has_choice = self.alternatives is not None


class ChoiceOption(NamedTuple):
    """A radio that chooses an alternative, in one place of a page."""

    attrs: Markup
    id: Markup
    label: Markup
    help: str


def choice_at(alternatives: Alternatives, name: str, pointer: str) -> tuple[ChoiceOption, ...]:
    """Radios whose first has the object's own id, so that errors lead to it."""
    own = html_id(f"{pointer}{alternatives.suffix}")
    options = []
    for number, group in enumerate(alternatives.groups):
        id = escape(own if number == 0 else f"{own}#branch{number}")
        said = {
            "type": "radio",
            "id": id,
            "name": f"{name}{alternatives.suffix}#branch",
            "value": number,
        }
        options.append(ChoiceOption(attributes(said), id, group.label, group.help))
    return tuple(options)


def nodes_of(parts: tuple[Part, ...]) -> Iterator[Node]:
    """Every node that could be asked among `parts`, whatever is chosen."""
    for part in parts:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, Conditional):
            yield part.node
        else:
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
        else:
            chosen = part.chosen(value, at, draft)
            if chosen is not None:
                yield from asked(part.groups[chosen].parts, value, at, draft)


def _options(builder: Builder, merged: Merged) -> tuple[list[Merged], str]:
    for keyword in ("oneOf", "anyOf"):
        said = merged.schema.get(keyword)
        if not isinstance(said, list) or len(said) < 2:
            continue
        found = [builder.merged(one, merged) for one in said]
        options = [one for one in found if one is not None]
        if len(options) == len(said) and all(_has_properties(one) for one in options):
            return options, keyword
    return [], ""


def _may_be_objects(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object" or all(
        isinstance(one, Mapping)
        and (one.get("type") == "object" or "properties" in one or "$ref" in one)
        for keyword in ("oneOf", "anyOf")
        for one in schema.get(keyword, ())
    )


def _has_properties(merged: Merged) -> bool:
    said = merged.schema
    return said.get("type", "object") == "object" and bool(said.get("properties"))


def has_title(schema: Any) -> bool:
    said = schema.schema if isinstance(schema, Merged) else schema
    return isinstance(said, Mapping) and isinstance(said.get("title"), str)


def _keys(merged: Merged) -> list[str]:
    said = merged.schema.get("properties")
    return list(said) if isinstance(said, Mapping) else []


def _constants(merged: Merged) -> dict[str, Any]:
    said = merged.schema.get("properties")
    return {
        key: one["const"]
        for key, one in (said.items() if isinstance(said, Mapping) else ())
        if isinstance(one, Mapping) and "const" in one and one.get("widget") != "agreement"
    }


def _simple(condition: Any) -> tuple[str, tuple[Any, ...]]:
    """The property and values of `{properties: {x: {const: …}}}`; empty when it is not so."""
    if not isinstance(condition, Mapping) or not set(condition) <= {"properties", "required"}:
        return "", ()
    properties = condition.get("properties")
    if not isinstance(properties, Mapping) or len(properties) != 1:
        return "", ()
    ((key, said),) = properties.items()
    if isinstance(said, Mapping) and set(said) <= {"const", "enum"} and said:
        return key, (said["const"],) if "const" in said else tuple(said["enum"])
    return key, ()
