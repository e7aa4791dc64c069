"""Each award's place in a status list: given at random when it is issued, and its own for ever.

Lists are filled to a half, so a free place is found at the first or second try, and a place next to
another's says nothing about when it was given.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.records.tables import Award

ENTRIES = 131_072
"""Places in a list: the least that the standard allows, so that nobody is told from the others
(Bitstring Status List 1.0 §4.1)."""


class Place(NamedTuple):
    list: int
    """From 1."""
    entry: int
    """From 0."""


def free(session: Session) -> Place:
    """A place that nobody has."""
    number = session.scalar(select(func.max(Award.status_list))) or 1
    given = select(func.count()).select_from(Award).where(Award.status_list == number)
    if (session.scalar(given) or 0) >= ENTRIES // 2:
        number += 1
    while True:
        index = secrets.randbelow(ENTRIES)
        taken = select(Award.serial).where(Award.status_list == number, Award.status_index == index)
        if session.scalar(taken) is None:
            return Place(number, index)
