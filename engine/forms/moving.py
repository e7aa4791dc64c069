"""What a draft says beside its answers, moved along when the rows of a group change places.

The one function that does so: text that did not parse, chosen alternatives, the ids of rows inside
rows and what was agreed to all follow their row, whatever was done to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from engine.forms.drafts import Draft
from engine.forms.pointers import index
from engine.forms.row_ids import complete, known_ids

Said = TypeVar("Said")
Order = Sequence[int | None]


def rearranged(draft: Draft, at: str, order: Order) -> Draft:
    """`draft` with its marks where `order` puts the rows of the group at `at` (a pointer, or the
    name of a lane). The answers are the caller's to move.

    `order` says of each row as it is now which row it was (from 0), or None for a new one. A row
    that is not named is gone, and its marks with it; one that is named again is a copy, which has
    the same marks but an id of its own.

    >>> [1, 0]      # the first two rows changed places
    >>> [0, 0, 1]   # the first was copied
    >>> [1, None]   # the first was removed, and a new one added
    """
    places: dict[int, list[int]] = defaultdict(list)
    for new, old in enumerate(order):
        if old is not None:
            places[old].append(new)
    before = known_ids(draft, at, max(places, default=-1) + 1)
    seen: set[int] = set()
    ids = []
    for old in order:
        ids.append("" if old is None or old in seen else before[old])
        seen.add(-1 if old is None else old)
    return replace(
        draft,
        typed=_moved(draft.typed, at, places),
        chosen=_moved(draft.chosen, at, places),
        rows={**_moved(draft.rows, at, places), at: complete(ids)},
        agreed=_moved(draft.agreed, at, places),
    )


def _moved(
    marks: Mapping[str, Said], at: str, places: Mapping[int, Sequence[int]]
) -> dict[str, Said]:
    below = f"{at}/"
    found: dict[str, Said] = {}
    for name, said in marks.items():
        number, rest = _number(name, len(below)) if name.startswith(below) else (None, "")
        if number is None:
            found[name] = said
            continue
        for place in places.get(number, ()):
            found[f"{below}{place}{rest}"] = said
    return found


def _number(name: str, start: int) -> tuple[int | None, str]:
    """The row that a mark's name leads into, and how it goes on: `12`, `#branch` or `/name`."""
    end = start
    while end < len(name) and name[end] not in "/#":
        end += 1
    return index(name[start:end]), name[end:]
