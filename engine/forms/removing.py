"""The row that was removed last, kept in the draft until its page is left, so that it can be put
back with everything that was known of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from engine.forms.drafts import MARKS, Draft
from engine.forms.moving import rearranged
from engine.forms.row_ids import known_ids
from engine.forms.rows import REMOVED

LONGEST = 100_000
"""Characters of JSON that are kept of a removed row; a larger one can't be put back."""


def keep_removed(draft: Draft, at: str, rows: list[Any], number: int) -> Draft:
    """`draft` with row `number` of the group at `at` laid aside, in place of the one before.

    The row itself is still there, for the caller to remove.
    """
    base = f"{at}/{number}"
    kept = {
        "number": number,
        "id": known_ids(draft, at, len(rows))[number],
        "value": rows[number],
        "marks": {
            name: {
                mark[len(base) :]: said
                for mark, said in getattr(draft, name).items()
                if mark.startswith(base) and mark[len(base) : len(base) + 1] in ("", "/", "#")
            }
            for name in MARKS
        },
    }
    typed = dict(draft.typed)
    typed.pop(at + REMOVED, None)
    text = json.dumps(kept, ensure_ascii=False)
    if len(text) <= LONGEST:
        typed[at + REMOVED] = text
    return replace(draft, typed=typed)


def put_back(draft: Draft, at: str, rows: list[Any]) -> Draft | None:
    """The marks with the removed row of the group at `at` back in its place, and `rows` changed
    so; None when there is none to put back."""
    text = draft.typed.get(at + REMOVED)
    if text is None:
        return None
    kept = json.loads(text)
    number = min(kept["number"], len(rows))
    order: list[int | None] = list(range(len(rows)))
    order.insert(number, None)
    rows.insert(number, kept["value"])
    moved = rearranged(draft, at, order)
    ids = list(moved.rows[at])
    if kept["id"] and kept["id"] not in ids:
        ids[number] = kept["id"]
    back = {
        name: {
            **getattr(moved, name),
            **{f"{at}/{number}{rest}": said for rest, said in kept["marks"][name].items()},
        }
        for name in MARKS
    }
    back["rows"][at] = ids
    del back["typed"][at + REMOVED]
    return replace(moved, **back)


def removed_number(draft: Draft, at: str) -> int | None:
    """Which row (from 0) of the group at `at` was removed last and can be put back, if any."""
    text = draft.typed.get(at + REMOVED)
    return None if text is None else int(json.loads(text)["number"])
