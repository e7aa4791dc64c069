"""Conflicts of interest that somebody declares, of themselves or as program staff of anybody.

They are about a candidate, and count for all of their work until staff withdraw them. Whether
somebody may review, declarations and all, is `conflicts_of_interest`.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.prepared import Prepared
from engine.records.tables import Account, Declaration, new_id
from engine.submissions import history

CODE = "conflict-of-interest"
LONGEST = 2_000
"""Characters of a declaration's reason."""
_DECLARED = Prepared(  # every decision of a reviewer asks
    select(Declaration.reviewer_id).where(
        Declaration.candidate_id == bindparam("candidate"), Declaration.withdrawn_at.is_(None)
    )
)


class Declared(NamedTuple):
    """A declaration as staff and its reviewer read it."""

    id: str
    reviewer_id: str
    reviewer_name: str
    reason: str
    declared_at: datetime
    by_staff: bool


def declare(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    reason: str,
    at: datetime,
) -> Declaration:
    """Record that somebody has a conflict of interest with this submission's candidate.

    A reviewer says so of themselves; staff of anybody. Raises `Refused` without a reason. Taking
    the submission away from them is for `claiming` to do.
    """
    require(actor, "submission.see", subject)
    if reviewer_id != actor.id or "reviewer" not in actor.roles:
        require(actor, "staff.see")
    if reviewer_id == subject.submission.candidate_id:
        raise Refused(
            Refusal(_("This is their own work; nothing needs to be declared."), code=CODE)
        )
    if session.get(Account, reviewer_id) is None:
        raise NotFound(_("There is no such person here."))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST:
        raise Refused(
            Refusal(
                _("Say in a few words what the conflict is."),
                _("Use at most %(count)s characters.", count=f"{LONGEST:,}"),
                "reason",
            )
        )
    known = session.scalars(
        select(Declaration).where(
            Declaration.reviewer_id == reviewer_id,
            Declaration.candidate_id == subject.submission.candidate_id,
            Declaration.withdrawn_at.is_(None),
        )
    ).first()
    if known is not None:
        return known
    made = Declaration(
        id=new_id(),
        reviewer_id=reviewer_id,
        candidate_id=subject.submission.candidate_id,
        reason=reason,
        declared_by=actor.id,
        declared_at=at,
    )
    session.add(made)
    session.flush()
    facts = {"reviewer": reviewer_id, "name": _name(session, reviewer_id), "reason": reason}
    history.record(session, subject.submission.id, "conflict-declared", facts, actor, at)
    return made


def withdraw(
    session: Session, actor: Actor, subject: SubmissionSubject, declaration_id: str, at: datetime
) -> None:
    """Staff find that a declaration does not hold. It stays on record as withdrawn."""
    require(actor, "staff.see")
    made = session.get(Declaration, declaration_id)
    if made is None or made.candidate_id != subject.submission.candidate_id:
        raise NotFound(_("There is no such declaration about this candidate."))
    done = session.execute(
        update(Declaration)
        .where(Declaration.id == declaration_id, Declaration.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
    )
    if done.rowcount:  # type: ignore[attr-defined]
        facts = {"reviewer": made.reviewer_id, "name": _name(session, made.reviewer_id)}
        history.record(session, subject.submission.id, "conflict-withdrawn", facts, actor, at)


def about(session: Session, subject: SubmissionSubject) -> list[Declared]:
    """Everything that is declared about this candidate now, the oldest first."""
    rows = session.execute(
        select(Declaration, Account.name)
        .join(Account, Account.id == Declaration.reviewer_id)
        .where(
            Declaration.candidate_id == subject.submission.candidate_id,
            Declaration.withdrawn_at.is_(None),
        )
        .order_by(Declaration.declared_at, Declaration.id)
    )
    return [
        Declared(
            row.id,
            row.reviewer_id,
            name,
            row.reason,
            row.declared_at,
            row.declared_by != row.reviewer_id,
        )
        for row, name in rows
    ]


def who_declared(session: Session, candidate_id: str) -> list[str]:
    """The account ids of those who have a conflict of interest with this candidate."""
    return [row[0] for row in _DECLARED.run(session, {"candidate": candidate_id}).fetchall()]


def hidden_from(reviewer_id: str | ColumnElement[str]) -> Select[str]:
    """The candidates whose work the queue does not show to this reviewer besides their own: those
    about whom they declared a conflict. A query, to be asked within another."""
    return select(Declaration.candidate_id).where(
        Declaration.reviewer_id == reviewer_id, Declaration.withdrawn_at.is_(None)
    )


def _name(session: Session, account_id: str) -> str:
    return session.scalar(select(Account.name).where(Account.id == account_id)) or account_id
