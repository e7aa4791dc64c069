"""Where a fault is shown that the schema finds in a whole: with the part that a person can mend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.forms.drafts import Draft
from engine.forms.faults import Fault
from engine.forms.groups import Group
from engine.forms.locating import Found, locate
from engine.forms.mappings import NAME
from engine.forms.nodes import Node
from engine.forms.pointers import escape, index
from engine.forms.rows import Rows
from engine.forms.schema import FormPlan

_TOO_MUCH = frozenset(("additionalProperties", "unevaluatedProperties", "propertyNames"))


def pointed(form: FormPlan, fault: Fault, at: str, draft: Draft) -> str:
    """The pointer at which a fault of the value at `at` is best shown."""
    if fault.keyword not in _TOO_MUCH and fault.keyword not in ("not", "minItems"):
        return at
    found = locate(form, at, draft)
    node = found.node
    if found.pointer != at:
        return at
    if fault.keyword == "minItems" and isinstance(node, Rows) and node.fixed:
        value = _value(draft, form, at)
        count = len(value) if isinstance(value, list) else 0
        return f"{at}/{count}" if count < node.fixed else at
    if isinstance(node, Group):
        if fault.keyword == "not":
            keys = refused(node.schema)
            asked = {one.key for one in node.nodes()}
            return f"{at}/{escape(keys[0])}" if len(keys) == 1 and keys[0] in asked else at
        if node.extras is not None:
            for line in node.extras.lines(_value(draft, form, at), at, draft):
                wrong = not node.extras.allowed({line.name: None})
                if line.good and (wrong if fault.keyword == "propertyNames" else False):
                    return line.at
    return at


def refused(schema: Mapping[str, Any]) -> list[str]:
    """The properties that a schema's `not` is about."""
    said = schema.get("not")
    if not isinstance(said, Mapping):
        return []
    named = said.get("properties")
    keys = list(named) if isinstance(named, Mapping) else []
    required = said.get("required")
    return keys or [one for one in required or () if isinstance(one, str)]


def unnamed(form: FormPlan, draft: Draft) -> Iterator[tuple[Found, str]]:
    """The rows whose name is no good, each with what is wrong with it."""
    for mark in draft.typed:
        if not mark.endswith(NAME) or not mark.startswith(form.pointer):
            continue
        base, _, place = mark[: -len(NAME)].rpartition("/")
        holder = base.rpartition("#")[0]
        number = index(place)
        found = locate(form, holder, draft)
        if number is None or found.pointer != holder or not _has_extras(found.node):
            continue
        group: Any = found.node
        lines = group.extras.lines(_value(draft, form, holder), holder, draft)
        line = next((one for one in lines if one.at == f"{base}/{place}"), None)
        if line is not None and (message := group.extras.fault(line, lines)):
            yield Found(group, mark, (*found.order, len(group.parts) + number)), message


def _has_extras(node: Node) -> bool:
    return isinstance(node, Group) and node.extras is not None


def _value(draft: Draft, form: FormPlan, at: str) -> Any:
    value: Any = draft.answers.get(form.id)
    for step in at[len(form.pointer) :].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and (number := index(key)) is not None:
            value = value[number] if number < len(value) else None
        else:
            return None
    return value
