"""Who could review: everybody who plays a review block's role, and whose turn it is.

Round robin asks whoever was given something of this credential and role longest ago (`turns`), so
that it stays fair when people join, are away or have a conflict of interest: whoever was skipped
comes first the next time. Least loaded asks whoever has the fewest open assignments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, cast, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock, Role
from engine.languages import _
from engine.permissions import SubmissionSubject
from engine.records.tables import Account, Review, Turn
from engine.submissions import calibrating, conflicts_of_interest
from engine.submissions.conflicts_of_interest import Person

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Member(NamedTuple):
    """One person of a pool."""

    id: str
    name: str
    email: str
    school: str
    groups: frozenset[str]
    away_from: datetime | None
    away_until: datetime | None
    delegate_id: str | None
    open: int
    """Assignments that they have open, of every credential."""
    last: datetime | None
    """When they were last given one of this credential and role."""
    conflict: str
    """Why they may not review this submission, in words; empty when they may."""

    def away(self, at: datetime) -> bool:
        return is_away(self.away_from, self.away_until, at)


def is_away(since: datetime | None, until: datetime | None, at: datetime) -> bool:
    """Whether somebody who said so is away at `at`. Without an end, until they say otherwise."""
    return since is not None and since <= at and (until is None or at < until)


def players(session: Session, role: Role) -> list[Account]:
    """Everybody with an open account who plays a role of the kind reviewer or staff, by name."""
    kinds = ("reviewer",) if role.kind == "reviewer" else ("staff", "admin")
    found = session.scalars(
        select(Account).where(Account.active, _has_any(kinds)).order_by(Account.name, Account.id)
    )
    return [
        one
        for one in found
        if set(kinds) & set(one.roles) and (not role.group or role.group in one.groups)
    ]


def staff(session: Session) -> list[str]:
    """The account ids of all program staff."""
    asked = select(Account.id).where(Account.active, _has_any(("staff", "admin")))
    return list(session.scalars(asked.order_by(Account.id)))


def members(
    session: Session, subject: SubmissionSubject, block: ReviewBlock, *, picking: bool = False
) -> list[Member]:
    """The pool of a block, by name, with everybody's load and what speaks against them.

    `picking`: somebody is given something next, so the turns are held until the commit: two
    submissions at the same moment do not both find that it is the same person's.
    """
    role = subject.workflow.roles[block.by]
    found = players(session, role)
    people = [Person(one.id, one.school) for one in found]
    against = conflicts_of_interest.reasons(session, subject, people, block)
    if block.calibrated:
        credential_id = subject.submission.credential_id
        known = calibrating.calibrated(session, credential_id, block.calibrated)
        words = _("They still have to practice for this credential.")
        against = {**{one.id: words for one in found if one.id not in known}, **against}
    opened = _opened(session, [one.id for one in found])
    last = _turns(session, subject.submission.credential_id, role.name, picking)
    return [
        Member(
            one.id,
            one.name,
            one.email,
            one.school,
            frozenset(one.groups),
            one.away_from,
            one.away_until,
            one.delegate_id,
            opened.get(one.id, 0),
            last.get(one.id),
            against.get(one.id, ""),
        )
        for one in found
    ]


def in_turn(pool: Iterable[Member], block: ReviewBlock, at: datetime) -> list[Member]:
    """Those of the pool who can be asked now, in the order in which they are."""
    fit = [one for one in pool if not one.conflict and not one.away(at)]
    if block.pick == "least_loaded":
        return sorted(fit, key=lambda one: (one.open, one.last or _LONG_AGO, one.id))
    return sorted(fit, key=lambda one: (one.last or _LONG_AGO, one.id))


def took_turn(
    session: Session, credential_id: str, role: str, account_id: str, at: datetime
) -> None:
    """Note that somebody was given something just now."""
    mine = (
        Turn.credential_id == credential_id,
        Turn.role == role,
        Turn.account_id == account_id,
    )
    again = update(Turn).where(*mine).values(at=at)
    if session.execute(again).rowcount:  # type: ignore[attr-defined]
        return
    values = {"credential_id": credential_id, "role": role, "account_id": account_id, "at": at}
    try:
        with session.begin_nested():
            session.execute(insert(Turn).values(**values))
    except IntegrityError:  # they were given another one at the same moment
        session.execute(again)


def groups_in_use(session: Session) -> list[str]:
    """Every group that somebody is in, by name."""
    rows = session.scalars(select(Account.groups).where(cast(Account.groups, Text) != "[]"))
    return sorted({group for groups in rows for group in groups}, key=str.casefold)


def schools_in_use(session: Session) -> list[str]:
    """Every school that somebody works at, by name."""
    rows = session.scalars(select(Account.school).where(Account.school != "").distinct())
    return sorted(rows, key=str.casefold)


def _opened(session: Session, ids: Sequence[str]) -> dict[str, int]:
    rows = session.execute(
        select(Review.reviewer_id, func.count().label("number"))
        .where(Review.reviewer_id.in_(ids), Review.status == "open")
        .group_by(Review.reviewer_id)
    )
    return {row.reviewer_id: row.number for row in rows}


def _turns(session: Session, credential_id: str, role: str, held: bool) -> dict[str, datetime]:
    asked = select(Turn.account_id, Turn.at).where(
        Turn.credential_id == credential_id, Turn.role == role
    )
    rows = session.execute(asked.with_for_update() if held else asked)
    return {row.account_id: row.at for row in rows}


def _has_any(roles: Collection[str]) -> ColumnElement[bool]:
    """Roles are JSON, which both databases can look into as text."""
    text = cast(Account.roles, Text)
    return or_(*(text.contains(f'"{role}"', autoescape=True) for role in roles))
