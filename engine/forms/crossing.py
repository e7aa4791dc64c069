"""Cross-field rules of a form: CEL over one object of its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.credentials import rules


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule. True means valid; false is a problem at `at`."""

    expression: rules.Expression
    message: str
    at: str
    """A pointer relative to the object; of the whole submission's rules a full one."""

    def broken(self, value: Any, purse: rules.Purse | None = None) -> bool:
        """Whether `value`, the object as it would be submitted, breaks the rule.

        What nobody answered breaks nothing, and neither does a value of a type that the schema
        refuses anyway. `purse` is shared by all the rules of one check.
        """
        if purse is not None and purse.steps <= 0:
            return False
        try:
            return self.expression.holds({"self": value}, purse) is False
        except rules.BadRule:
            return False


def rule(source: str, message: str, at: str) -> Rule:
    """Raises `BadRule` when `source` does not compile."""
    return Rule(rules.compile(source, ["self"]), message, at)
