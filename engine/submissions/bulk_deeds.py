"""What can be done to many: each of it to one submission, as the single action would do it.

Everything is asked anew of the person as they are at that moment, and of the submission as it
stands: may they see it, has it moved on since they looked, does the action itself allow it. What
does not is an error with words, for whoever runs many of these one after the other (`bulk_job`) or
tries them beforehand (`bulk`). The caller's transaction holds all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import AccoladeError, Conflict, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.tables import BulkItem, BulkRun, Review
from engine.settings import Settings
from engine.submissions import assigning, claiming, history, letters, places, progress
from engine.submissions.drafting import subject_of

LETTER = "note-to-many"
ActionName = Literal["advance", "remind", "assign", "hand_back"]


class Step(NamedTuple):
    """One item on its turn."""

    session: Session
    settings: Settings
    actor: Actor
    subject: SubmissionSubject
    run_id: str
    arguments: Mapping[str, Any]
    revision: int
    at: datetime


def act(
    session: Session,
    settings: Settings,
    actor: Actor,
    run: BulkRun,
    item: BulkItem,
    at: datetime,
) -> None:
    """Do what the run does to the submission of one of its items.

    Raises what the single action raises, `NotFound` where the person may not see the submission,
    and `Conflict` where it is no longer at the revision that they saw.
    """
    subject = subject_of(session, item.submission_id)
    require(actor, "submission.see", subject)
    if subject.submission.revision != item.revision:
        raise Conflict(
            _(
                "This has moved on since you looked at it: %(state)s.",
                state=subject.state.label,
            )
        )
    step = Step(session, settings, actor, subject, run.id, run.arguments, item.revision, at)
    _ACTIONS[run.action](step)


def said(error: AccoladeError) -> str:
    """Why it could not be done, in the words that stand beside the item."""
    if isinstance(error, Refused):
        return f"{error.refusal.reason} {' '.join(error.refusal.details)}".strip()
    return str(error)


def _advance(step: Step) -> None:
    progress.advance(
        step.session,
        step.settings,
        step.actor,
        step.subject.submission.id,
        step.arguments["transition"],
        step.revision,
        step.at,
        step.arguments["words"],
    )


def _remind(step: Step) -> None:
    """Write to the candidate, or to whoever reviews, in the words of the person themselves."""
    require(step.actor, "staff.see")
    submission = step.subject.submission
    if step.arguments.get("to") == "reviewers":
        whom = _reviewers(step)
        if not whom:
            raise Refused(Refusal(_("Nobody reviews this now, so there is nobody to remind.")))
    else:
        whom = [submission.candidate_id]
    for account_id in whom:
        letters.tell(
            step.session,
            account_id,
            LETTER,
            key=step.run_id,
            submission_id=submission.id,
            values={"words": step.arguments["words"], "from": step.actor.name},
        )
    facts = {"words": step.arguments["words"], "to": step.arguments.get("to", "candidate")}
    history.record(step.session, submission.id, "reminded", facts, step.actor, step.at)


def _assign(step: Step) -> None:
    if waits := assigning.waits(step.subject):
        assigning.hand_to(
            step.session,
            step.settings,
            step.actor,
            step.subject,
            step.arguments["reviewer"],
            waits[0].transition.name,
            step.revision,
            step.at,
        )
        return
    free = places.places_free(step.session, step.subject)
    block = next((name for name, number in free.items() if number), None)
    if block is None:
        raise Refused(Refusal(_("No place for a reviewer is free here.")))
    assigning.assign(
        step.session,
        step.settings,
        step.actor,
        step.subject,
        step.arguments["reviewer"],
        block,
        step.at,
    )


def _hand_back(step: Step) -> None:
    whom = _reviewers(step)
    if step.actor.id in whom:
        claiming.hand_back(
            step.session,
            step.settings,
            step.actor,
            step.subject,
            step.at,
            step.arguments["words"],
        )
        return
    if not step.actor.roles & {"staff", "admin"}:
        raise Refused(Refusal(_("This is not with you, so there is nothing to hand back.")))
    if not whom:
        raise Refused(Refusal(_("Nobody reviews this now, so there is nothing to hand back.")))
    for reviewer_id in whom:
        assigning.take_away(
            step.session,
            step.settings,
            step.actor,
            subject_of(step.session, step.subject.submission.id),
            reviewer_id,
            step.arguments["words"],
            step.at,
        )


def _reviewers(step: Step) -> list[str]:
    """Whose review of the present round is open."""
    submission = step.subject.submission
    rows = select(Review.reviewer_id).where(
        Review.submission_id == submission.id,
        Review.round == submission.round,
        Review.status == "open",
    )
    return list(dict.fromkeys(step.session.scalars(rows)))


_ACTIONS: Mapping[str, Callable[[Step], None]] = {
    "advance": _advance,
    "remind": _remind,
    "assign": _assign,
    "hand_back": _hand_back,
}
