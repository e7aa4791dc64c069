"""Why somebody may not review a submission, in words.

One function answers for claims, picks, staff's list and the queue: whoever may not is shown the
reason, and nobody is asked who may not. What a reviewer declares counts everywhere; what follows
from the records (`exclude`) counts where the review block says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock, Transition
from engine.errors import NotFound, Refusal, Refused
from engine.languages import N_, _
from engine.people import Actor
from engine.permissions import SubmissionSubject, plays, require
from engine.records import audit
from engine.records.prepared import Prepared
from engine.records.tables import Account, Declaration, Event, Review, new_id
from engine.submissions import calibrating

CODE = "conflict-of-interest"
WORDS: Mapping[str, tuple[str, str]] = {
    "own": (N_("It is their own work."), ""),
    "declared": (
        N_("They declared a conflict of interest."),
        N_("You said so. If that was a mistake, ask program staff to withdraw it."),
    ),
    "school": (
        N_("They work at the candidate’s school."),
        N_("You work at the candidate’s school, so somebody from elsewhere reviews it."),
    ),
    "reviewed": (
        N_("They reviewed this submission before."),
        N_("You reviewed this submission before, and now somebody else looks at it."),
    ),
    "decided": (
        N_("They took a decision on this submission before."),
        N_("You took a decision on this submission before, and now somebody else looks at it."),
    ),
}
"""Reasons, said of somebody and said to them."""
LONGEST = 2_000
"""Characters of a declaration's reason."""

_DECLARED = Prepared(  # every decision of a reviewer asks
    select(Declaration.reviewer_id).where(
        Declaration.candidate_id == bindparam("candidate"), Declaration.withdrawn_at.is_(None)
    )
)


class Person(NamedTuple):
    """As much of an account as a conflict of interest may follow from."""

    id: str
    school: str


class Declared(NamedTuple):
    """A declaration as staff and its reviewer read it."""

    id: str
    reviewer_id: str
    reviewer_name: str
    reason: str
    declared_at: datetime
    by_staff: bool


def why_not(
    session: Session, subject: SubmissionSubject, person: Actor | Person, block: ReviewBlock | None
) -> str:
    """Why this person may not review, in words; empty when nothing speaks against it."""
    return reasons(session, subject, [Person(person.id, person.school)], block).get(person.id, "")


def reasons(
    session: Session,
    subject: SubmissionSubject,
    people: Collection[Person],
    block: ReviewBlock | None,
) -> Mapping[str, str]:
    """Of these people, those who may not review, with the reason, by account id.

    `block` says what counts besides one's own work and declarations; None: nothing else. The
    number of queries does not depend on how many people there are.
    """
    found = _found(session, subject, people, block)
    return {id: _(WORDS[why][0]) for id, why in found.items()}


def refusal(
    session: Session, actor: Actor, subject: SubmissionSubject, block: ReviewBlock | None
) -> Refusal | None:
    """The same, said to the person themselves."""
    found = _found(session, subject, [Person(actor.id, actor.school)], block)
    if actor.id not in found:
        return None
    if found[actor.id] == "own":
        return Refusal(_("This is your own work."), _("Somebody else decides on it."), CODE)
    words = WORDS[found[actor.id]][1]
    return Refusal(_("You have a conflict of interest here."), _(words), CODE)


def _found(
    session: Session,
    subject: SubmissionSubject,
    people: Collection[Person],
    block: ReviewBlock | None,
) -> dict[str, str]:
    """By account id, a key of `WORDS`: the weightiest reason of each."""
    submission, excluded = subject.submission, block.exclude if block else frozenset()
    ids = [one.id for one in people]
    found: dict[str, str] = {}
    if "earlier_decider" in excluded:
        found.update(dict.fromkeys(deciders(session, submission.id), "decided"))
    if "earlier_reviewer" in excluded:
        found.update(dict.fromkeys(_earlier_reviewers(session, subject), "reviewed"))
    if "same_school" in excluded:
        of_candidate = select(Account.school).where(Account.id == submission.candidate_id)
        theirs = _school(session.scalar(of_candidate))
        found.update(
            {one.id: "school" for one in people if theirs and _school(one.school) == theirs}
        )
    found.update(dict.fromkeys(_declared(session, submission.candidate_id), "declared"))
    found[submission.candidate_id] = "own"
    return {id: found[id] for id in ids if id in found}


def on_firing(
    session: Session, actor: Actor, subject: SubmissionSubject, transition: Transition
) -> Refusal | None:
    """Why somebody who plays the transition's role may not take it: they take it as a reviewer,
    and have a conflict of interest. Where it makes them review (`assign`), the block that they
    would review in says what counts."""
    roles = [subject.workflow.roles[name] for name in transition.by]
    played = [one for one in roles if plays(actor, one, subject.submission)]
    if not played or any(role.kind != "reviewer" for role in played):
        return None
    block = None
    if any(effect.name == "assign" for effect in transition.do):
        names = {role.name for role in played}
        blocks = subject.workflow.states[transition.target].reviews.values()
        block = next((one for one in blocks if one.by in names), next(iter(blocks), None))
    found = refusal(session, actor, subject, block)
    if found is None and block is not None:
        return calibrating.refusal(session, actor, subject.submission.credential_id, block)
    return found


def deciders(session: Session, submission_id: str) -> set[str]:
    """The account ids of everybody who took a decision on this submission, in any round."""
    rows = session.execute(
        select(Event.actor_id, Event.facts).where(
            Event.chain == f"submission:{submission_id}", Event.kind == "advanced"
        )
    )
    return {row.actor_id for row in rows if row.facts.get("decides")}


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
    the submission away from them is for `assigning` to do.
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
    _record(session, subject, "conflict-declared", facts, actor, at)
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
        _record(session, subject, "conflict-withdrawn", facts, actor, at)


def declarations(session: Session, subject: SubmissionSubject) -> list[Declared]:
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


def hidden_from(reviewer_id: str | ColumnElement[str]) -> Select[str]:
    """The candidates whose work the queue does not show to this reviewer besides their own: those
    about whom they declared a conflict. A query, to be asked within another."""
    return select(Declaration.candidate_id).where(
        Declaration.reviewer_id == reviewer_id, Declaration.withdrawn_at.is_(None)
    )


def _declared(session: Session, candidate_id: str) -> list[str]:
    return [row[0] for row in _DECLARED.run(session, {"candidate": candidate_id}).fetchall()]


def _earlier_reviewers(session: Session, subject: SubmissionSubject) -> list[str]:
    """Who has a review of another round or state that they did not give up."""
    submission = subject.submission
    rows = session.execute(
        select(Review.reviewer_id, Review.round, Review.state).where(
            Review.submission_id == submission.id, Review.status != "given_up"
        )
    )
    return [
        row.reviewer_id
        for row in rows
        if (row.round, row.state) != (submission.round, submission.state)
    ]


def _school(said: str | None) -> str:
    """A school's name as people compare them: without case, dots and double spaces."""
    kept = "".join(" " if char in ".,;-–'’" else char for char in (said or "").casefold())
    return " ".join(kept.split())


def _name(session: Session, account_id: str) -> str:
    return session.scalar(select(Account.name).where(Account.id == account_id)) or account_id


def _record(
    session: Session,
    subject: SubmissionSubject,
    kind: str,
    facts: Mapping[str, object],
    actor: Actor,
    at: datetime,
) -> None:
    audit.record(session, f"submission:{subject.submission.id}", kind, facts, actor, at)
