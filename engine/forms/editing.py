"""Adding and removing rows and files without scripts: what the buttons of a page do.

A button's value is an HTML name, so it may lead through the lane of an alternative that is not
chosen; what is kept aside there is changed in the same way as an answer.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from engine.forms.attachments import Evidence
from engine.forms.drafts import Draft, set_aside
from engine.forms.groups import Group, asked
from engine.forms.nodes import Node
from engine.forms.pointers import ABSENT, index, tokens
from engine.forms.rows import Rows
from engine.forms.schema import Page

Said = TypeVar("Said", str, int)


def apply(page: Page, draft: Draft, action: str, pointer: str) -> Draft:
    """What the buttons of a page do without scripts: `_add` a row, `_remove` a row or a file.

    `pointer` is the button's value: a group, a row, an evidence answer or one of its files.
    Anything else changes nothing.
    """
    if not page.covers(pointer):
        return draft
    if action == "_add":
        return _edited(page, draft, tokens(pointer)[1:], pointer, _add_row)
    if action == "_remove":
        return _edited(page, draft, tokens(pointer)[1:], pointer, _remove)
    return draft


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


def _edited(page: Page, draft: Draft, steps: list[str], name: str, change: Any) -> Draft:
    """`draft` with `change` made at the place that an HTML name spells, lanes included."""
    answers: dict[str, Any] = json.loads(json.dumps(draft.answers.get(page.form_id) or {}))
    typed, chosen = dict(draft.typed), dict(draft.chosen)
    holder: dict[str, Any] = {"root": answers}
    spot = _Spot(holder, "root")
    node: Node | None = page.root
    above: tuple[Node | None, _Spot, str] = (None, spot, "")
    at = page.pointer
    lane_holder: dict[str, Any] = {}
    lane_name = ""
    for step in steps:
        above = (node, spot, at)
        if isinstance(node, Rows):
            number = index(step)
            if number is None or not isinstance(spot.value, list) or number > len(spot.value):
                if not (isinstance(node, Rows) and number is not None and spot.value is ABSENT):
                    return draft
                spot.put([])
            spot, node, at = _Spot(spot.value, number), node.item, f"{at}/{step}"
            continue
        if not isinstance(node, Group):
            if isinstance(node, Evidence) and index(step) is not None:
                spot = _Spot(spot.value if isinstance(spot.value, list) else [], index(step))
                at = f"{at}/{step}"
                continue
            return draft
        if spot.value is ABSENT:
            spot.put({})
        child = next((one for one in node.nodes() if one.key + one.place.lane == step), None)
        if child is None:
            return draft
        open_lane = not child.place.lane or any(
            one is child for one in asked(node.parts, spot.value, at, draft)
        )
        if open_lane:
            spot, at = _Spot(spot.value, child.key), f"{at}/{child.token}"
        else:
            lane_name = f"{at}/{child.name_token}"
            kept = set_aside(draft, lane_name)
            lane_holder = {} if kept is ABSENT else {"kept": kept}
            spot, at = _Spot(lane_holder, "kept"), lane_name
        node = child
    marks: tuple[dict[str, str], dict[str, int]] = (typed, chosen)
    if not change(node, spot, above, at, marks):
        return draft
    if lane_name:
        typed.pop(f"{lane_name}#kept", None)
        if "kept" in lane_holder:
            typed[f"{lane_name}#kept"] = json.dumps(lane_holder["kept"], ensure_ascii=False)
    return Draft({**draft.answers, page.form_id: answers}, typed, chosen)


def _add_row(node: Any, spot: _Spot, above: Any, at: str, marks: Any) -> bool:
    if not isinstance(node, Rows):
        return False
    rows = spot.value if isinstance(spot.value, list) else []
    blank: Any = {} if isinstance(node.item, Group) else None
    # Rows that are shown though nobody filled them yet come before the new one.
    missing = max(0, node.first_rows - len(rows))
    spot.put([*rows, *(blank if blank is None else {} for _ in range(missing + 1))])
    return True


def _remove(node: Any, spot: _Spot, above: Any, at: str, marks: Any) -> bool:
    parent, held, parent_at = above
    number = index(at.rpartition("/")[2])
    in_rows = isinstance(parent, Rows)
    if in_rows or (isinstance(spot.holder, list) and number is not None):
        if spot.value is ABSENT:
            return False
        spot.drop()
        if not spot.holder and not in_rows:
            held.drop()
        for one in marks:
            _shift(one, parent_at if in_rows else at.rpartition("/")[0], number or 0)
        return True
    if isinstance(node, Evidence):
        spot.drop()
        return True
    return False


def _shift(marks: dict[str, Said], at: str, removed: int) -> None:
    """Drops the marks of a row and moves those of later rows up by one."""
    moved: dict[str, Said] = {}
    for name in [name for name in marks if name.startswith(f"{at}/")]:
        token, divider, rest = name[len(at) + 1 :].partition("/")
        digits, mark, suffix = token.partition("#")
        number = index(digits)
        if number is None or number < removed:
            continue
        said = marks.pop(name)
        if number > removed:
            moved[f"{at}/{number - 1}{mark}{suffix}{divider}{rest}"] = said
    marks.update(moved)
