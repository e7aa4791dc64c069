"""From a draft to the answers that are submitted: what is asked now, and nothing else.

Left out are answers to alternatives that are not chosen and to questions whose condition does not
hold, and repeating rows at the end that nobody filled. Added are the `const` answers that a choice
gives by itself, null for a question left blank that may be null, and an empty object for a required
group, so that what is missing in it is said of the single questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.forms.drafts import Draft
from engine.forms.fields import Constant
from engine.forms.groups import Group, Shape
from engine.forms.layers import Layer, uncovered
from engine.forms.nodes import Leaf, Node
from engine.forms.pointers import ABSENT, value_at
from engine.forms.rows import Rows
from engine.forms.schema import FormSet


def prune(form_set: FormSet, draft: Draft) -> dict[str, Any]:
    """The answers as they would be submitted: JSON objects keyed by form id, none left out."""
    found = {}
    for id, form in form_set.forms.items():
        said = draft.answers.get(id)
        if isinstance(form.root, Group):
            said = said if isinstance(said, dict) else {}
        elif said is None:
            said = draft.answers.get(id, _nothing(form.root, form.pointer, draft))
        found[id] = pruned(form.root, said, form.pointer, draft)
    return found


def _nothing(root: Node, at: str, draft: Draft) -> Any:
    """What a form is whose only question nobody answered."""
    node = uncovered(root, ABSENT, at, draft)
    if isinstance(node, Constant):
        return node.fixed.value
    return [] if isinstance(node, Rows) else {} if isinstance(node, Group) else None


def marks_of(answers: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    """What `draft` says beside its pruned `answers` that is submitted with them: which alternative
    is chosen, the ids of the rows that are left, and what was agreed to."""
    rows = {}
    for at, ids in draft.rows.items():
        left = value_at(answers, at)
        if isinstance(left, list):
            rows[at] = ids[: len(left)]
    return {
        "chosen": {
            at: said for at, said in draft.chosen.items() if _there(answers, at.partition("#")[0])
        },
        "rows": rows,
        "agreed": {at: said for at, said in draft.agreed.items() if _there(answers, at)},
    }


def _there(answers: Any, at: str) -> bool:
    return value_at(answers, at) is not ABSENT


def pruned(node: Any, value: Any, at: str, draft: Draft) -> Any:
    """`value`, the answer to `node` at the pointer `at`, without what is not asked."""
    if isinstance(node, Layer):
        node = uncovered(node, value, at, draft)
    if isinstance(node, Group):
        return _object(node, value, at, draft) if node.prunes else value
    if isinstance(node, Rows):
        return _array(node, value, at, draft)
    return value


def _object(group: Group, value: Any, at: str, draft: Draft) -> Any:
    if not isinstance(value, dict):
        return value
    shape = _shape(group, value, at, draft)
    hidden, nodes = shape.hidden, shape.nodes
    if shape.conditionals:
        held = [one.node for one in shape.conditionals if one.holds(value)]
        hidden -= {node.key for node in held}
        nodes = (*nodes, *held)
    if hidden.isdisjoint(value):
        found = dict(value)
    else:
        found = {key: said for key, said in value.items() if key not in hidden}
    for node in nodes:
        said = value.get(node.key, ABSENT)
        if isinstance(node, Group) and (node.required or said is not ABSENT):
            said = {} if said is ABSENT else said
            found[node.key] = pruned(node, said, f"{at}/{node.token}", draft)
        elif isinstance(node, Rows) and said is not ABSENT:
            found[node.key] = _array(node, said, f"{at}/{node.token}", draft)
            if found[node.key] == []:
                del found[node.key]
        elif isinstance(node, Layer):
            below = f"{at}/{node.token}"
            inner = uncovered(node, said, below, draft)
            if said is ABSENT and node.required and isinstance(inner, Group):
                said = {}
            if said is not ABSENT:
                found[node.key] = pruned(inner, said, below, draft)
        elif node.required:
            _give(node, found)
    if group.extras is not None:
        for line in group.extras.lines(value, at, draft):
            if line.good:
                inner = group.extras.node_of(line.name)
                found[line.name] = pruned(inner, line.value, line.at, draft)
    found.update(shape.fixed)
    return found


def _shape(group: Group, value: Any, at: str, draft: Draft) -> Shape:
    way: tuple[int, ...] = ()
    which = group.alternatives
    while which is not None:
        chosen = which.chosen(value, at, draft)
        if chosen is None:
            break
        way = (*way, chosen)
        which = which.groups[chosen].alternatives
    return group.shape(way)


def _give(node: Node, found: dict[str, Any]) -> None:
    """The answer to a required question that has only one, or that blank means."""
    if isinstance(node, Constant):
        found.setdefault(node.key, node.fixed.value)
    elif isinstance(node, Leaf) and node.nullable:
        found.setdefault(node.key, None)


def _array(rows: Rows, value: Any, at: str, draft: Draft) -> Any:
    if not isinstance(value, list):
        return value
    item_at = rows.item_at
    found = [
        pruned(item_at(number), said, f"{at}/{number}", draft) for number, said in enumerate(value)
    ]
    while found and _blank(
        item_at(len(found) - 1), value[len(found) - 1], f"{at}/{len(found) - 1}", draft
    ):
        found.pop()
    return found


def _blank(item: Any, value: Any, at: str, draft: Draft) -> bool:
    if at in draft.typed or at in draft.chosen:
        return False
    if isinstance(item, Group):
        return value == {} and not any(mark.startswith(f"{at}/") for mark in draft.typed)
    return value is None and not item.nullable
