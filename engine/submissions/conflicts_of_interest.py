"""Why somebody may not review a submission, in words.

One function answers for claims, picks, staff's list and the queue: whoever may not is shown the
reason, and nobody is asked who may not. What a reviewer declares counts everywhere; what follows
from the records (`exclude`) counts where the review block says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock, Transition
from engine.errors import Refusal
from engine.languages import N_, _
from engine.people import Actor
from engine.permissions import SubmissionSubject, plays
from engine.records.tables import Account, Review
from engine.submissions import calibrating, declarations, history

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


class Person(NamedTuple):
    """As much of an account as a conflict of interest may follow from."""

    id: str
    school: str


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
        return Refusal(
            _("This is your own work."), _("Somebody else decides on it."), declarations.CODE
        )
    words = WORDS[found[actor.id]][1]
    return Refusal(_("You have a conflict of interest here."), _(words), declarations.CODE)


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
        found.update(dict.fromkeys(history.deciders(session, submission.id), "decided"))
    if "earlier_reviewer" in excluded:
        found.update(dict.fromkeys(_earlier_reviewers(session, subject), "reviewed"))
    if "same_school" in excluded:
        of_candidate = select(Account.school).where(Account.id == submission.candidate_id)
        theirs = _school(session.scalar(of_candidate))
        found.update(
            {one.id: "school" for one in people if theirs and _school(one.school) == theirs}
        )
    found.update(
        dict.fromkeys(declarations.who_declared(session, submission.candidate_id), "declared")
    )
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
