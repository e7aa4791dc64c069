"""The ids of a repeating group's rows, by which comments and differences follow a row.

An id is short, random, and unique within its group. It travels in the row's hidden input, so that
a row stays the same row wherever it is moved to, on whichever device. A draft that never had any
(an example, an import) gets those of `stand_in`, the same on every device that shows it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from engine.forms.drafts import Draft

_WELL_FORMED = re.compile("[A-Za-z0-9_-]{8,32}")


def new_id() -> str:
    """Eight characters that are safe in an address."""
    return secrets.token_urlsafe(6)


def stand_in(number: int) -> str:
    """The id of row `number` (from 0) in a group that never had ids: `row00001`."""
    return f"row{number + 1:05}"


def well_formed(id: str) -> bool:
    return _WELL_FORMED.fullmatch(id) is not None


def known_ids(draft: Draft, at: str, count: int) -> list[str]:
    """The ids of the first `count` rows of the group at `at`; a row that has none yet has `""`.

    A group without any has stand-ins for all.
    """
    ids = draft.rows.get(at)
    if ids is None:
        return [stand_in(number) for number in range(count)]
    return [*ids[:count], *[""] * (count - len(ids))]


def complete(ids: Sequence[str]) -> list[str]:
    """`ids` with a new one in place of each that is not well formed, or there before."""
    found: list[str] = []
    taken: set[str] = set()
    for id in ids:
        if id in taken or not well_formed(id):
            id = new_id()
        taken.add(id)
        found.append(id)
    return found
