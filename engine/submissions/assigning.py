"""Program staff name who reviews, and take a place away again.

In a state that asks for reviews they give its places. Where work waits to be taken up, as in the
shipped workflows' `submitted`, they take that step for somebody (`waits`, `hand_to`). Whoever loses
a place this way is told why, so that staff give a reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from engine.credentials.workflow import ReviewBlock, Transition
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.tables import Account, Review
from engine.settings import Settings
from engine.submissions import (
    assignments,
    declarations,
    places,
    pools,
    progress,
    review_letters,
    vacancies,
)
from engine.submissions.pools import Member


class Wait(NamedTuple):
    """Work that waits for a reviewer to take it up: by which step, and what they then review."""

    transition: Transition
    block: ReviewBlock


def waits(subject: SubmissionSubject) -> list[Wait]:
    """The steps by which a reviewer would take up what stands here, in the document's order.

    None where the state asks for reviews itself: it has places. Left out is what only the reviewer
    can say or undo: steps that ask for words or a form, and steps that can be taken back.
    """
    if subject.state.reviews or not subject.submission.round:
        return []
    workflow = subject.workflow
    found = []
    for one in workflow.leaving(subject.state.name):
        asks = one.require or one.form or one.undo
        if asks or len(one.targets) > 1 or not any(effect.name == "assign" for effect in one.do):
            continue
        reviewers = [name for name in one.by if workflow.roles[name].kind == "reviewer"]
        blocks = workflow.states[one.target].reviews.values()
        block = next((block for block in blocks if block.by in reviewers), None)
        if block is not None:
            found.append(Wait(one, block))
    return found


def hand_to(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    transition_name: str,
    revision: int,
    at: datetime,
) -> None:
    """Staff name who takes up work that waits: they take that step for this person, who reviews it
    from now on and is told.

    `revision` is the one that staff saw. Raises `Refused` when the person may not review it or the
    document's guards say no, and `Conflict` when somebody was faster.
    """
    require(actor, "submission.assign", subject)
    wait = next((one for one in waits(subject) if one.transition.name == transition_name), None)
    if wait is None:
        raise Refused(
            Refusal(
                _("It does not wait for a reviewer any more."),
                _("Look at where it stands now."),
                "state",
            )
        )
    fit = _fit(session, subject, wait.block, reviewer_id)
    account = session.get_one(Account, fit.id)
    progress.advance(
        session,
        settings,
        actor,
        subject.submission.id,
        transition_name,
        revision,
        at,
        reviewer=Actor(
            fit.id,
            fit.name,
            fit.email,
            frozenset(account.roles),
            account.language,
            fit.groups,
            fit.school,
        ),
    )


def assign(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    block_name: str,
    at: datetime,
    *,
    instead_of: str = "",
    reason: str = "",
) -> Review:
    """Staff name a reviewer, for a free place or `instead_of` somebody, with a reason.

    Raises `Refused` when the person may not review it or no place is free.
    """
    require(actor, "submission.assign", subject)
    places.hold(session, subject)
    block = places.block_called(subject, block_name)
    fit = _fit(session, subject, block, reviewer_id)
    rows = places.every(session, subject)
    if instead_of:
        gone = places.own_of(rows, subject, instead_of)
        assignments.end(session, subject, gone, "reassigned", _reason(reason), actor, at)
        review_letters.tell(
            session,
            subject,
            gone.reviewer_id,
            review_letters.REASSIGNED,
            assignments.occasion_of(gone, at),
            reason.strip(),
        )
    counting = places.taken(rows, subject)
    if any(one.reviewer_id == reviewer_id for one in counting):
        raise Refused(Refusal(_("%(name)s reviews this already.", name=fit.name), code="assigned"))
    if not places.free_in(subject, counting)[block_name]:
        raise Refused(
            Refusal(
                _("Every place is taken."),
                _("Choose whose place %(name)s takes.", name=fit.name),
                "taken",
            )
        )
    review = assignments.give(
        session, settings, subject, rows, block, reviewer_id, at, "manual", actor
    )
    places.seat(session, subject, rows)
    vacancies.follow(session, settings, subject, at)
    return review


def take_away(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    reason: str,
    at: datetime,
) -> None:
    """Staff free somebody's place; the reviewer is told why. Raises `Refused` without a reason."""
    require(actor, "submission.assign", subject)
    places.hold(session, subject)
    gone = places.own_of(places.every(session, subject), subject, reviewer_id)
    vacancies.give_up(session, settings, subject, gone, "taken-away", at, _reason(reason), actor)


def _fit(
    session: Session, subject: SubmissionSubject, block: ReviewBlock, reviewer_id: str
) -> Member:
    """This person, who may review here. Raises `Refused`, with why not."""
    fit = {one.id: one for one in pools.members(session, subject, block)}.get(reviewer_id)
    if fit is None:
        role = subject.workflow.roles[block.by]
        words = _("This person can’t be asked: they are not one of the %(role)s.", role=role.label)
        raise Refused(Refusal(words, _("Choose somebody from the list."), "role"))
    if fit.conflict:
        raise Refused(
            Refusal(
                _("%(name)s can’t review this.", name=fit.name),
                fit.conflict,
                declarations.CODE,
            )
        )
    return fit


def _reason(said: str) -> str:
    reason = said.strip()
    if not reason or len(reason) > assignments.LONGEST_REASON:
        raise Refused(
            Refusal(
                _("Say in a few words why."),
                _("The reviewer reads it, in at most %(count)s characters.", count="2,000"),
                "reason",
            )
        )
    return reason
