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
    ColumnElement,
    Integer,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.permissions import require
from engine.records import counting
from engine.records.prepared import PreparedRows
from engine.records.tables import Review, StateMove, Submission
from engine.submissions import list_conditions


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
    for credential, digest, state, free, number, mine in _asked().all(session, {"me": actor.id}):
        digests[credential, state] = digest
        found = sums[credential, state]
        found[0] += int(number)
        found[1] += int(number) if free else 0
        found[2] += mine
    return [
        Count(key[0], key[1], digests[key], *numbers)
        for key, numbers in sorted(sums.items())
        if numbers[0] > 0
    ]


@cache
def _asked() -> PreparedRows:
    one = Submission
    me: BindParameter[str] = bindparam("me")
    none = literal_column("0", Integer)
    of = (one.credential_id, one.edition_digest, one.state)
    free = case((list_conditions.is_free(one), literal_column("1", Integer)), else_=none)
    moved = counting.moved().where(_waits(StateMove.state_kind)).subquery()
    standing = select(
        *(moved.c[name] for name in ("credential_id", "edition_digest", "state")),
        case((moved.c.free, literal_column("1", Integer)), else_=none),
        moved.c.number,
        none,
    )
    own = (
        select(*of, free, -func.count(), none)
        .where(one.candidate_id == me, _waits(one.state_kind))
        .group_by(*of, free)
    )
    mine: Any = (
        select(*of, none, none, func.count(one.id.distinct()))
        .join(Review, Review.submission_id == one.id)
        .where(
            Review.reviewer_id == me,
            Review.status == literal_column("'open'"),
            Review.round == one.round,
            _waits(one.state_kind),
            one.candidate_id != me,
        )
        .group_by(*of)
    )
    return PreparedRows(union_all(standing, own, mine))


def _waits(kind: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = kind.in_([literal_column("'review'"), literal_column("'decide'")])
    return found
