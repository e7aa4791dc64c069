"""Awards by how they stand, for program staff: each kind along an index of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, get_args

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.awards import status
from engine.records.tables import Award

Kind = Literal["valid", "soon", "expired", "suspended", "revoked", "replaced"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
COUNTED: Final[tuple[Kind, ...]] = ("soon", "expired", "suspended", "revoked", "replaced")
"""Those that are few among many. Everything that is valid is counted nowhere: it would be read."""


class Wanted(NamedTuple):
    """Which awards, and in the order of which moment."""

    conditions: tuple[ColumnElement[bool], ...]
    by: InstrumentedAttribute[Any]
    soonest_first: bool = False


def wanted(kind: Kind | None, at: datetime) -> Wanted:
    """The awards that stand so at `at`; None: all of them. The moment is that since which they do,
    or, for what ends soon, when it ends."""
    ends = Award.expires_at
    now = literal(at, ends.type)
    if kind is None:
        return Wanted((), Award.issued_at)
    if kind == "valid":
        return Wanted(status.counting(at), Award.issued_at)
    if kind == "soon":
        soon = literal(at + status.SOON, ends.type)
        return Wanted((*status.in_force(), ends.is_not(None), ends >= now, ends < soon), ends, True)
    if kind == "expired":
        return Wanted((*status.in_force(), ends.is_not(None), ends < now), ends)
    # Terms that are true of all the same are said nevertheless: SQLite uses an index of what is
    # filled only where the query says that it is.
    stands = (Award.revoked_at.is_(None), Award.replaced_by.is_(None))
    if kind == "suspended":
        return Wanted((Award.suspended_at.is_not(None), *stands), Award.suspended_at)
    if kind == "revoked":
        return Wanted((Award.revoked_at.is_not(None),), Award.revoked_at)
    return Wanted((Award.replaced_at.is_not(None), Award.revoked_at.is_(None)), Award.replaced_at)


def counts(session: Session, at: datetime) -> Mapping[Kind, int]:
    """How many there are of each kind in `COUNTED`: one query along the indexes."""
    numbers = [
        select(func.count())
        .select_from(Award)
        .where(*wanted(kind, at).conditions)
        .scalar_subquery()
        .label(kind)
        for kind in COUNTED
    ]
    row = session.execute(select(*numbers)).one()
    return {kind: int(row._mapping[kind]) for kind in COUNTED}
