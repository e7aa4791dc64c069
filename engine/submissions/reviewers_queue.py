"""How many submissions wait for reviewers, by credential and stage, as one reviewer counts them.

The lists themselves are `listing`'s. The numbers come from the kept counters (`counting`), less
one's own work, which is never in one's queue; what somebody has a conflict of interest with still
counts, since that a number is one smaller would tell nobody anything.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.permissions import require
from engine.records import counting
from engine.records.tables import Review, StateMove, Submission

_WAITING = ("review", "decide")


class Count(NamedTuple):
    """How many submissions wait in one state of one credential; `free` still want reviewers."""

    credential_id: str
    state: str
    edition_digest: str
    """Of any of them, to take words from."""
    total: int
    free: int
    mine: int


def counts(session: Session, actor: Actor) -> list[Count]:
    """How many wait, by credential and state, in one query that counts no row of others."""
    require(actor, "queue.see")
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    digests: dict[tuple[str, str], str] = {}
    for row in session.execute(_asked(), {"me": actor.id}):
        key = (row.credential_id, row.state)
        digests[key] = row.edition_digest
        found = sums[key]
        found[0] += row.number
        found[1] += row.number if row.free else 0
        found[2] += row.mine
    return [
        Count(key[0], key[1], digests[key], *numbers)
        for key, numbers in sorted(sums.items())
        if numbers[0] > 0
    ]


@cache
def _asked() -> CompoundSelect[Any]:
    """The query, put together once: that takes longer than to run it."""
    one = Submission
    me: BindParameter[str] = bindparam("me")
    of = (one.credential_id, one.edition_digest, one.state, one.state_kind)
    free = case((or_(one.reviewer_id.is_(None), one.places_free > 0), 1), else_=0)
    moved = counting.moved().where(StateMove.state_kind.in_(_WAITING)).subquery()
    standing = select(
        *(moved.c[name] for name in ("credential_id", "edition_digest", "state", "state_kind")),
        case((moved.c.free, 1), else_=0).label("free"),
        moved.c.number,
        literal_column("0").label("mine"),
    )
    own = (
        select(*of, free, -func.count(), literal_column("0"))
        .where(one.candidate_id == me, one.state_kind.in_(_WAITING))
        .group_by(*of, free)
    )
    mine: Any = (
        select(*of, literal_column("0"), literal_column("0"), func.count(one.id.distinct()))
        .join(Review, Review.submission_id == one.id)
        .where(
            Review.reviewer_id == me,
            Review.status == "open",
            Review.round == one.round,
            one.state_kind.in_(_WAITING),
            one.candidate_id != me,
        )
        .group_by(*of)
    )
    return union_all(standing, own, mine)
