"""Taking a transition back while its window is open.

A transition with `undo` moves the submission at once, but what it tells the world outside waits:
its letters, its award and its hooks follow when the window closes, which is when its time is over
or when anything else happens to the submission. Taken back before that, everything is as it was,
and both are in the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.credentials.workflow import Transition
from engine.errors import Refusal
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Account, Review, Snapshot, Submission
from engine.settings import Settings
from engine.submissions import consents, drafting, effects, timers
from engine.submissions.effects import Context
from engine.submissions.timers import Ringing

_KEPT = (
    "state",
    "state_kind",
    "state_since",
    "round",
    "submitted_at",
    "reviewer_id",
    "reviewer_ids",
    "places_free",
    "due_at",
)
_MOMENTS = ("state_since", "submitted_at", "due_at")


def opened(context: Context, until: datetime) -> dict[str, Any]:
    """What a submission's row keeps, so that the transition can be taken back `until` then.

    Asked before the row changes.
    """
    submission = context.subject.submission
    reviews = context.session.execute(
        select(Review.id, Review.status, Review.closed_at).where(
            Review.submission_id == submission.id
        )
    )
    return {
        "until": until.isoformat(),
        "at": context.at.isoformat(),
        "by": context.actor.id,
        "transition": context.transition.name,
        "comment": context.comment,
        "before": {name: _plain(getattr(submission, name)) for name in _KEPT},
        "reviews": [[row.id, row.status, _plain(row.closed_at)] for row in reviews],
    }


def window(submission: Submission, at: datetime) -> datetime | None:
    """Until when the last transition may be taken back; None when it may not be any more."""
    if submission.undo is None:
        return None
    until = datetime.fromisoformat(submission.undo["until"])
    return until if until > at else None


def refusal(actor: Actor, submission: Submission, at: datetime) -> Refusal | None:
    """None when this person may take the last transition back now."""
    if submission.undo is None or window(submission, at) is None:
        return Refusal(
            _("The time for taking this back is over."),
            _("Ask program staff if it should not have happened."),
            "undo",
        )
    if submission.undo["by"] != actor.id:
        return Refusal(_("Only whoever did this may take it back."), code="undo")
    return None


def restored(session: Session, submission: Submission) -> dict[str, Any]:
    """The columns as they were, once everything else has been put back in `session`."""
    kept = submission.undo
    assert kept is not None, "asked `refusal` first"
    session.execute(
        delete(Snapshot).where(
            Snapshot.submission_id == submission.id, Snapshot.round > kept["before"]["round"]
        )
    )
    mine = Review.submission_id == submission.id
    known = [id for id, _status, _closed in kept["reviews"]]
    session.execute(update(Review).where(mine, Review.id.not_in(known)).values(status="given_up"))
    for id, status, closed_at in kept["reviews"]:
        values = {"status": status, "closed_at": _moment(closed_at)}
        session.execute(update(Review).where(mine, Review.id == id).values(**values))
    timers.stop(session, submission.id)
    return {
        name: _moment(value) if name in _MOMENTS else value
        for name, value in kept["before"].items()
    } | {"undo": None}


def close(session: Session, settings: Settings, subject: SubmissionSubject, at: datetime) -> None:
    """The window is over: what waited for it happens now. The row's `undo` is the caller's to
    clear, in the statement by which it moves the submission on."""
    kept = subject.submission.undo
    if kept is None:
        return
    timers.stop(session, subject.submission.id, "undo")
    transition = subject.workflow.transitions.get(kept["transition"])
    if transition is not None:
        doer = _doer(session, kept["by"])
        then = datetime.fromisoformat(kept["at"])
        context = Context(session, settings, doer, subject, transition, then, kept["comment"])
        names = effects.OUTWARD
        if consents.withheld(session, subject, transition, at):
            # Its letters would tell of an award that there is not.
            names = names - {"issue", "notify"}
        effects.follow(context, names)


def _time_is_over(ringing: Ringing) -> None:
    session = ringing.session
    subject = drafting.subject_of(session, ringing.submission_id)
    if subject.submission.undo is None:
        return
    close(session, ringing.settings, subject, ringing.at)
    subject.submission.undo = None
    session.flush()


def outward(transition: Transition) -> bool:
    """Whether a transition tells the world outside anything."""
    return any(effect.name in effects.OUTWARD for effect in transition.do)


def _doer(session: Session, id: str) -> Actor:
    found = session.get(Account, id)
    if found is None:
        return Actor(id, id, "", frozenset())
    return Actor(found.id, found.name, found.email, frozenset(found.roles))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def facts(submission: Submission) -> Mapping[str, Any]:
    """What the trail says of the transition that is taken back."""
    kept = submission.undo or {}
    return {"transition": kept.get("transition"), "from": submission.state}


timers.register("undo", _time_is_over)
