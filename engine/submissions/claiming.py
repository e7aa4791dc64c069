"""Reviewers take a place themselves, and give it back: what they are offered, and what they may.

What was scored is kept, for when they come back to it. Those whom somebody else names are in
`assigning` (program staff do) and `vacancies` (the engine does).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, plays, require
from engine.records.tables import Review
from engine.settings import Settings
from engine.submissions import (
    assignments,
    calibrating,
    conflicts_of_interest,
    deadlines,
    declarations,
    places,
    review_letters,
    vacancies,
)


def may_claim(
    session: Session, actor: Actor, subject: SubmissionSubject, block_name: str
) -> Refusal | None:
    """None when this person may take a place of this block now, otherwise why not."""
    block = places.block_called(subject, block_name)
    role = subject.workflow.roles[block.by]
    if not plays(actor, role, subject.submission):
        if actor.id == subject.submission.candidate_id:
            return conflicts_of_interest.refusal(session, actor, subject, block)
        return Refusal(_("This is for the %(role)s to do.", role=role.label), code="role")
    if block.pick == "manual":
        return Refusal(
            _("Program staff choose who reviews this."), _("Ask them if it should be you."), "pick"
        )
    rows = places.taken(places.every(session, subject), subject)
    if any(one.reviewer_id == actor.id for one in rows):
        return Refusal(_("You have this submission already."), code="assigned")
    if not places.free_in(subject, rows)[block_name]:
        return Refusal(
            _("Somebody else has taken it up; no place is free."),
            _("Choose another one from the queue."),
            "taken",
        )
    return conflicts_of_interest.refusal(session, actor, subject, block) or calibrating.refusal(
        session, actor, subject.submission.credential_id, block
    )


def claimable(session: Session, actor: Actor, subject: SubmissionSubject) -> list[ReviewBlock]:
    """The blocks of the present state in which this person may take a place now."""
    if not subject.submission.places_free:
        return []
    return [
        block
        for name, block in subject.state.reviews.items()
        if may_claim(session, actor, subject, name) is None
    ]


def offered(actor: Actor, subject: SubmissionSubject) -> list[ReviewBlock]:
    """The blocks in which a list may offer this person a place. Asks no database, so that a list
    costs the same however long it is: who has a conflict of interest is told when they take it."""
    submission, roles = subject.submission, subject.workflow.roles
    if not submission.places_free or actor.id in submission.reviewer_ids:
        return []
    return [
        block
        for block in subject.state.reviews.values()
        if block.pick != "manual" and plays(actor, roles[block.by], submission)
    ]


def turned_away(session: Session, actor: Actor, subject: SubmissionSubject) -> Refusal | None:
    """Why somebody who could review here may not take a place, where that is about them."""
    for name in subject.state.reviews:
        refusal = may_claim(session, actor, subject, name)
        if refusal is not None and refusal.code not in ("role", "taken", "assigned"):
            return refusal
    return None


class OwnPlace(NamedTuple):
    """A person's own open assignment, as their page shows it."""

    due_at: datetime | None
    lock_until: datetime | None
    gives_back: bool
    """Whether they hand it back here, and not by a transition of the workflow."""


def own_place(session: Session, actor: Actor, subject: SubmissionSubject) -> OwnPlace | None:
    """This person's open assignment in the present state, if they have one."""
    mine = [
        one for one in places.taken(places.every(session, subject), subject) if one.status == "open"
    ]
    review = next((one for one in mine if one.reviewer_id == actor.id), None)
    if review is None:
        return None
    roles = subject.workflow.roles
    by_transition = any(
        any(effect.name == "unassign" for effect in one.do)
        and any(plays(actor, roles[name], subject.submission) for name in one.by)
        for one in subject.workflow.leaving(subject.state.name)
    )
    return OwnPlace(review.due_at, review.lock_until, not by_transition)


def claim(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    block_name: str,
    at: datetime,
) -> Review:
    """Take a place oneself. Raises `Refused` (role, conflict of interest, nothing free) and
    `Conflict` (somebody else was a moment faster)."""
    require(actor, "submission.see", subject)
    places.hold(session, subject)
    if refusal := may_claim(session, actor, subject, block_name):
        raise Refused(refusal)
    block, rows = places.block_called(subject, block_name), places.every(session, subject)
    review = assignments.give(session, settings, subject, rows, block, actor.id, at, "claim", actor)
    places.seat(session, subject, rows)
    vacancies.follow(session, settings, subject, at)
    return review


def touched(
    session: Session, settings: Settings, subject: SubmissionSubject, review: Review, at: datetime
) -> None:
    """The reviewer saved something: what they claimed stays theirs for as long again."""
    block = subject.state.reviews.get(review.block)
    if block is None or block.lock is None or review.lock_until is None:
        return
    # The timer is left as it is: when it rings it finds that there is time left.
    review.lock_until = block.lock.after(at, deadlines.calendar_of(settings, subject))
    session.flush()


def hand_back(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    at: datetime,
    reason: str = "",
) -> None:
    """Give up one's own place without a decision. The scores are kept, for when they come back."""
    require(actor, "submission.see", subject)
    places.hold(session, subject)
    rows = places.every(session, subject)
    mine = places.own_of(rows, subject, actor.id)
    assignments.end(
        session,
        subject,
        mine,
        "handed-back",
        reason.strip()[: assignments.LONGEST_REASON],
        actor,
        at,
    )
    vacancies.refill(session, settings, subject, rows, at)


def step_aside(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    reason: str,
    at: datetime,
) -> None:
    """Record a conflict of interest, and free the place of whoever has it."""
    declarations.declare(session, actor, subject, reviewer_id, reason, at)
    places.hold(session, subject)
    rows = places.every(session, subject)
    mine = [
        one
        for one in places.taken(rows, subject)
        if one.reviewer_id == reviewer_id and one.status == "open"
    ]
    for review in mine:
        assignments.end(session, subject, review, "stepped-aside", "", actor, at)
        if reviewer_id != actor.id:
            letter, occasion = review_letters.TAKEN_BACK, assignments.occasion_of(review, at)
            review_letters.tell(session, subject, reviewer_id, letter, occasion)
    if mine:
        vacancies.refill(session, settings, subject, rows, at)
