"""Pointers that follow a row: the ids of rows stand in place of their numbers.

`/form/rows/1/name` is `/form/rows/@k3Jd9_aQ/name` as an anchor, and a pointer again in any version
of the answers whose rows have ids: wherever the row stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.forms.drafts import Draft
from engine.forms.pointers import ABSENT, index, value_at

Ids = Mapping[str, list[str]]


class Anchored(NamedTuple):
    """Where an anchor leads: `pointer`, or the group of a row that is gone."""

    pointer: str
    gone: bool = False


def anchor_of(pointer: str, ids: Ids) -> str:
    """`pointer` by the ids of its rows (by group, `Draft.rows`); empty where it is in none.

    A property whose name begins with `@` has one more, so that nobody takes it for a row.
    """
    found = at = ""
    rows = 0
    for token in pointer.split("/")[1:]:
        number = index(token.partition("#")[0])
        known = ids.get(at, ())
        if at in ids and number is not None and number < len(known):
            found += f"/@{known[number]}{token[len(str(number)) :]}"
            rows += 1
        else:
            found += f"/@{token}" if token.startswith("@") else f"/{token}"
        at = f"{at}/{token}"
    return found if rows else ""


def place_of(anchor: str, pointer: str, draft: Draft) -> Anchored:
    """Where `anchor`, which was made of `pointer`, leads in `draft`.

    Where the answers have rows without ids (they were imported, say), their numbers stand in.
    """
    if not anchor:
        return Anchored(pointer)
    at = ""
    for token, number in zip(anchor.split("/")[1:], pointer.split("/")[1:], strict=True):
        if not token.startswith("@"):
            at += f"/{token}"
        elif token.startswith("@@"):
            at += f"/{token[1:]}"
        elif at not in draft.rows and _has_rows(draft.answers, at):
            at += f"/{number}"
        else:
            id, mark, suffix = token[1:].partition("#")
            known = draft.rows.get(at, [])
            if id not in known:
                return Anchored(at, gone=True)
            at += f"/{known.index(id)}{mark}{suffix}"
    return Anchored(at)


def _has_rows(answers: Any, at: str) -> bool:
    value = value_at(answers, at)
    return value is not ABSENT and isinstance(value, list) and bool(value)
