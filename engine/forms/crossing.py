"""Cross-field rules of a form: CEL over one object, given no more of it than the rule looks at.

Handing an expression a whole submission costs far more than evaluating it, so the paths that a rule
names are worked out once, and only what lies there is handed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.credentials import rules
from engine.credentials.expressions import Macro, Name, Node, Operation, Select, children

Needs = Mapping[str, "Needs | None"]
"""The properties that a rule looks at, nested; None for everything below."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule. True means valid; false is a problem at `at`."""

    expression: rules.Expression
    message: str
    at: str
    """A pointer relative to the object; of the whole submission's rules a full one."""
    needs: Needs | None
    strict: bool
    """It needs everything that it names: it has no `has`, `||`, `&&` or `?:`."""

    def broken(self, value: Any) -> bool:
        """Whether `value`, the object as it would be submitted, breaks the rule.

        What nobody answered breaks nothing, and neither does a value of a type that the schema
        refuses anyway.
        """
        if self.strict and self.needs is not None and _lacks(value, self.needs):
            return False
        try:
            return self.expression.holds({"self": part_of(value, self.needs)}) is False
        except rules.BadRule:
            return False


def rule(source: str, message: str, at: str) -> Rule:
    """Raises `BadRule` when `source` does not compile."""
    expression = rules.compile(source, ["self"])
    needs: dict[str, Any] = {}
    known = _gather(expression.tree, needs)
    return Rule(expression, message, at, needs if known else None, _strict(expression.tree))


def part_of(value: Any, needs: Needs | None) -> Any:
    """As much of `value` as `needs` names.

    >>> part_of({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": None}})
    {'a': {'b': 1}}
    """
    if needs is None or not isinstance(value, dict):
        return value
    return {key: part_of(value[key], inner) for key, inner in needs.items() if key in value}


def _gather(node: Node, needs: dict[str, Any]) -> bool:
    """Adds the paths below `self` that an expression names; false when it may look anywhere."""
    path: list[str] = []
    at = node
    while isinstance(at, Select):
        path.insert(0, at.field)
        at = at.of
    if isinstance(at, Name):
        if at.name != "self":
            return True
        if not path:
            return False
        _add(path, needs)
        return True
    if isinstance(at, Macro) and at.each == "self":
        return False
    return all(_gather(one, needs) for one in children(at))


def _lacks(value: Any, needs: Needs) -> bool:
    if not isinstance(value, dict):
        return False
    return any(
        key not in value or (inner is not None and _lacks(value[key], inner))
        for key, inner in needs.items()
    )


def _strict(node: Node) -> bool:
    if isinstance(node, Operation) and node.operator in ("||", "&&", "?:"):
        return False
    if isinstance(node, Select) and node.tested:
        return False
    return all(_strict(one) for one in children(node))


def _add(path: list[str], needs: dict[str, Any]) -> None:
    for step in path[:-1]:
        inner = needs.setdefault(step, {})
        if inner is None:
            return
        needs = inner
    needs[path[-1]] = None
