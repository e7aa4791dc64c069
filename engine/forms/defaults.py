"""What a question says before anybody has answered it: `default`, wherever it can be reached.

Defaults are given once: when a draft is made, when a row is added, and in an alternative that is
not chosen yet, so that they are there when it is.
"""

from __future__ import annotations

from typing import Any

from engine.forms.groups import Group
from engine.forms.nodes import Node
from engine.forms.pointers import ABSENT
from engine.forms.rows import Rows


def begun(node: Node) -> Any:
    """The answer that `node` begins with; ABSENT when it begins with none."""
    if "default" in node.schema:
        return node.schema["default"]
    if isinstance(node, Group):
        return begun_parts(node) or ABSENT
    if isinstance(node, Rows) and not node.lazy and node.first_rows:
        rows = [begun(node.item_at(number)) for number in range(node.first_rows)]
        while rows and rows[-1] is ABSENT:
            rows.pop()
        blank: Any = {} if isinstance(node.item, Group) else None
        return [blank if row is ABSENT else row for row in rows] or ABSENT
    return ABSENT


def begun_parts(group: Group) -> dict[str, Any]:
    """The answers that an object begins with: of what is asked whatever is chosen."""
    found = {}
    for part in group.parts:
        if isinstance(part, Node) and (said := begun(part)) is not ABSENT:
            found[part.key] = said
    return found
