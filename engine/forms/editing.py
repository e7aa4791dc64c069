"""What the buttons of a page do without scripts: rows are added, removed, moved and copied.

A button's value is an HTML name, so it may lead through the lane of an alternative that is not
chosen; what is kept aside there is changed in the same way as an answer. What each button does to
the rows is said once, as an order of the old ones (`moving`), which answers and marks both follow.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from engine.forms.attachments import Evidence
from engine.forms.defaults import begun
from engine.forms.drafts import Draft, set_aside
from engine.forms.groups import Group, asked
from engine.forms.layers import Layer, uncovered
from engine.forms.mappings import MORE
from engine.forms.mixed import Variants, lane_numbers
from engine.forms.moving import Order, rearranged
from engine.forms.nodes import Node
from engine.forms.pointers import ABSENT, index, tokens, value_at
from engine.forms.removing import keep_removed, put_back
from engine.forms.rows import Rows
from engine.forms.schema import FormSet, Page
from engine.forms.series import Series


def apply(page: Page, draft: Draft, action: str, pointer: str) -> Draft:
    """`draft` after a button of the page: one of `rows.BUTTONS`, with `pointer` as its value.

    That is the name of a group (`_add`, `_undo`), of a row, or of a file's place (`_remove`).
    Anything else changes nothing.
    """
    if not page.covers(pointer):
        return draft
    if action in _OF_GROUPS or action in _OF_ROWS:
        return _edited(page, draft, tokens(pointer)[1:], action)
    return draft


def landing(action: str, pointer: str) -> str:
    """The id of what a person should see first after a button: the row where it is now."""
    group, _, last = pointer.rpartition("/")
    step = {"_up": -1, "_down": 1, "_copy": 1}.get(action)
    number = index(last)
    if step is None or number is None:
        return pointer if action in _OF_GROUPS else group
    return f"{group}/{max(0, number + step)}#title"


def holds_files(form_set: FormSet, draft: Draft, pointer: str) -> bool:
    """Whether the row at `pointer` has files, which a copy of it starts without."""
    node, value = form_set.node(pointer), value_at(draft.answers, pointer)
    return node is not None and without_files(node, value) != value


class _Spot:
    """One place in a tree of answers that can be read, set and dropped."""

    def __init__(self, holder: Any, key: Any) -> None:
        self.holder, self.key = holder, key

    @property
    def value(self) -> Any:
        if isinstance(self.holder, dict):
            return self.holder.get(self.key, ABSENT)
        return self.holder[self.key] if self.key < len(self.holder) else ABSENT

    def put(self, value: Any) -> None:
        self.holder[self.key] = value

    def drop(self) -> None:
        if self.value is not ABSENT:
            del self.holder[self.key]


class _Place(NamedTuple):
    """Where a name leads: what asks there, its value, and its pointer (or its lane's name)."""

    node: Node | None
    spot: _Spot
    at: str


def _edited(page: Page, draft: Draft, steps: list[str], action: str) -> Draft:
    """`draft` with `action` done at the place that an HTML name spells, lanes included."""
    said = draft.answers.get(page.form_id, [] if isinstance(page.root, Rows) else {})
    holder = {"root": json.loads(json.dumps(said))}
    here = _Place(page.root, _Spot(holder, "root"), page.pointer)
    above = here
    lane_holder: dict[str, Any] = {}
    lane_name = ""
    for step in steps:
        above, (node, spot, at) = here, here
        if isinstance(node, Layer):
            node = uncovered(node, spot.value, at, draft)
            above = _Place(node, spot, at)
        if node is None or node.read_only:
            return draft
        if isinstance(node, Rows):
            number = index(step)
            if spot.value is ABSENT:
                spot.put([])
            if number is None or not isinstance(spot.value, list) or number > len(spot.value):
                return draft
            here = _Place(node.item_at(number), _Spot(spot.value, number), f"{at}/{step}")
            continue
        if isinstance(node, Evidence) and (number := index(step)) is not None:
            files = spot.value if isinstance(spot.value, list) else []
            here = _Place(None, _Spot(files, number), f"{at}/{step}")
            continue
        if not isinstance(node, Group):
            return draft
        if spot.value is ABSENT:
            spot.put({})
        if at.endswith(MORE):
            at = at.removesuffix(MORE)
            lines = node.extras.lines(spot.value, at, draft) if node.extras else []
            number = index(step)
            line = lines[number] if number is not None and number < len(lines) else None
            if node.extras is None or line is None or not line.good:
                return draft
            here = _Place(node.extras.node_of(line.name), _Spot(spot.value, line.name), line.at)
            continue
        child = next((one for one in node.nodes() if one.key + one.place.lane == step), None)
        lane = ""
        if child is None:
            key, _, lane = step.partition("#")
            child = next((one for one in node.nodes() if one.key == key), None)
        if child is None:
            return draft
        open_lane = not child.place.lane or any(
            one is child for one in asked(node.parts, spot.value, at, draft)
        )
        if open_lane:
            here = _Place(child, _Spot(spot.value, child.key), f"{at}/{child.token}")
        else:
            lane_name = f"{at}/{child.name_token}"
            kept = set_aside(draft, lane_name)
            lane_holder = {} if kept is ABSENT else {"kept": kept}
            here = _Place(child, _Spot(lane_holder, "kept"), lane_name)
        if lane:
            number = next(iter(lane_numbers(lane)), None)
            if lane == MORE[1:]:
                here = here._replace(at=here.at + MORE)
            elif not isinstance(child, Variants) or number is None or number >= len(child.variants):
                return draft
            elif child.chosen(here.spot.value, here.at, draft) == number:
                here = here._replace(node=child.variants[number].node)
            else:
                lane_name = here.at + child.lane(number)
                kept = set_aside(draft, lane_name)
                lane_holder = {} if kept is ABSENT else {"kept": kept}
                node = child.variants[number].node
                here = _Place(node, _Spot(lane_holder, "kept"), lane_name)
    if isinstance(here.node, Layer):
        here = here._replace(node=uncovered(here.node, here.spot.value, here.at, draft))
    changed = _done(draft, action, above, here)
    if changed is None:
        return draft
    typed = dict(changed.typed)
    if lane_name:
        typed.pop(f"{lane_name}#kept", None)
        if "kept" in lane_holder:
            typed[f"{lane_name}#kept"] = json.dumps(lane_holder["kept"], ensure_ascii=False)
    return replace(changed, answers={**draft.answers, page.form_id: holder["root"]}, typed=typed)


def _done(draft: Draft, action: str, above: _Place, here: _Place) -> Draft | None:
    """The marks after `action`, whose answers are changed in place; None when it does nothing."""
    if here.node is not None and here.node.read_only:
        return None
    if isinstance(here.node, Rows) and action in _OF_GROUPS:
        return _OF_GROUPS[action](draft, here.node, here.spot, here.at)
    number = index(here.at.rpartition("/")[2])
    if isinstance(above.node, Rows) and action in _OF_ROWS and number is not None:
        rows = above.spot.value
        if not isinstance(rows, list) or not above.node.fixed <= number < len(rows):
            return None
        return _OF_ROWS[action](draft, above.node, rows, above.at, number)
    if action == "_remove" and isinstance(above.node if here.node is None else here.node, Evidence):
        return _remove_file(draft, above, here)
    return None


def _add(draft: Draft, node: Rows, spot: _Spot, at: str) -> Draft:
    rows = spot.value if isinstance(spot.value, list) else []
    # Rows that are shown though nobody filled them yet come before the new one.
    fresh = max(0, node.first_rows - len(rows)) + 1
    made = [begun(node.item_at(len(rows) + number)) for number in range(fresh)]
    blank: Any = {} if isinstance(node.item, Group) else None
    spot.put([*rows, *(blank if said is ABSENT else said for said in made)])
    return rearranged(draft, at, [*range(len(rows)), *[None] * fresh])


def _sort(draft: Draft, node: Rows, spot: _Spot, at: str) -> Draft | None:
    if not isinstance(node, Series) or not isinstance(spot.value, list):
        return None
    return _follow(draft, spot.value, at, node.order(spot.value))


def _imported(draft: Draft, node: Rows, spot: _Spot, at: str) -> None:
    """Nothing is left to do: the rows came with the post (`pasting`)."""


def _undo(draft: Draft, node: Rows, spot: _Spot, at: str) -> Draft | None:
    rows = spot.value if isinstance(spot.value, list) else []
    back = put_back(draft, at, rows)
    if back is not None and spot.value is not rows:
        spot.put(rows)
    return back


def _remove(draft: Draft, node: Rows, rows: list[Any], at: str, number: int) -> Draft:
    draft = keep_removed(draft, at, rows, number)
    del rows[number]
    return rearranged(draft, at, [old for old in range(len(rows) + 1) if old != number])


def _up(draft: Draft, node: Rows, rows: list[Any], at: str, number: int) -> Draft | None:
    return _down(draft, node, rows, at, number - 1) if number > node.fixed else None


def _down(draft: Draft, node: Rows, rows: list[Any], at: str, number: int) -> Draft | None:
    if not node.fixed <= number < len(rows) - 1:
        return None
    order = list(range(len(rows)))
    order[number], order[number + 1] = number + 1, number
    return _follow(draft, rows, at, order)


def _copy(draft: Draft, node: Rows, rows: list[Any], at: str, number: int) -> Draft | None:
    if node.most is not None and len(rows) >= node.most:
        return None
    order = list(range(len(rows)))
    order.insert(number + 1, number)
    made = _follow(draft, rows, at, order)
    rows[number + 1] = without_files(node.item, json.loads(json.dumps(rows[number])))
    # What the row keeps of alternatives that are not chosen may hold files too, out of sight.
    below = f"{at}/{number + 1}/"
    typed = {
        name: text
        for name, text in made.typed.items()
        if not (name.startswith(below) and name.endswith("#kept"))
    }
    return replace(made, typed=typed)


def _follow(draft: Draft, rows: list[Any], at: str, order: Order) -> Draft:
    rows[:] = [rows[old] for old in order if old is not None]
    return rearranged(draft, at, order)


def _remove_file(draft: Draft, above: _Place, here: _Place) -> Draft | None:
    if here.node is None:
        if here.spot.value is ABSENT:
            return None
        here.spot.drop()
        if not here.spot.holder:
            above.spot.drop()
        return draft
    here.spot.drop()
    return draft


def without_files(node: Node, value: Any) -> Any:
    """`value`, an answer to `node`, without any files: one file belongs to one answer only."""
    if isinstance(node, Rows) and isinstance(value, list):
        return [without_files(node.item, said) for said in value]
    if isinstance(node, Evidence):
        return None
    if not isinstance(node, Group) or not isinstance(value, dict) or not node.has_evidence:
        return value
    by_key = {child.key: child for child in node.nodes()}
    return {
        key: without_files(by_key[key], said) if key in by_key else said
        for key, said in value.items()
        if not isinstance(by_key.get(key), Evidence)
    }


_OF_GROUPS: dict[str, Callable[[Draft, Rows, _Spot, str], Draft | None]] = {
    "_add": _add,
    "_undo": _undo,
    "_sort": _sort,
    "_import": _imported,
}
_OF_ROWS: dict[str, Callable[[Draft, Rows, list[Any], str, int], Draft | None]] = {
    "_remove": _remove,
    "_up": _up,
    "_down": _down,
    "_copy": _copy,
}
