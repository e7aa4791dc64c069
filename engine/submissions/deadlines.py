"""A reviewer's own due time: the reminders around it, and who is told when it has passed.

All of it is timers named after the assignment (`Review.id`). What happens to the assignment when
time is over, that a lock lapses or somebody else is asked, is in `vacancies`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.spans import Calendar
from engine.credentials.workflow import ReviewBlock
from engine.people import ENGINE
from engine.permissions import SubmissionSubject
from engine.records.tables import Account, Review
from engine.settings import Settings
from engine.submissions import drafting, history, pools, reminding, review_letters, timers
from engine.submissions.timers import Ringing

LOCK, REASSIGN = "review-lock", "review-reassign"
"""What `vacancies` does when they ring."""
REMINDER, ESCALATION = "review-reminder", "review-escalation"
ALL = (LOCK, REASSIGN, REMINDER, ESCALATION)


def calendar_of(settings: Settings, subject: SubmissionSubject) -> Calendar:
    """The calendar that this submission's spans are counted by."""
    return subject.workflow.calendar(settings.time_zone)


def timed(block: ReviewBlock) -> bool:
    """Whether assignments of this block have timers."""
    return block.due is not None or block.lock is not None


def wind(
    session: Session, settings: Settings, subject: SubmissionSubject, review: Review, at: datetime
) -> None:
    """Set the timers of an open assignment, in place of those that it had."""
    block = subject.state.reviews.get(review.block)
    if block is None or not timed(block):
        return
    stop(session, review)
    calendar = calendar_of(settings, subject)
    if review.lock_until is not None:
        timers.wind(session, review.submission_id, LOCK, review.id, review.lock_until)
    if review.due_at is None:
        return
    _wind_reminder(session, block, review, calendar, at)
    if block.escalate is not None:
        late = block.escalate.after.after(review.due_at, calendar)
        timers.wind(session, review.submission_id, ESCALATION, review.id, late)
    if block.reassign is not None:
        late = block.reassign.after(review.due_at, calendar)
        timers.wind(session, review.submission_id, REASSIGN, review.id, late)


def stop(session: Session, review: Review) -> None:
    """Remove an assignment's timers."""
    for what in ALL:
        timers.stop(session, review.submission_id, what, review.id)


def _wind_reminder(
    session: Session, block: ReviewBlock, review: Review, calendar: Calendar, at: datetime
) -> None:
    if block.remind is None or review.due_at is None:
        return
    planned = reminding.times(review.due_at, block.remind, calendar)
    if following := reminding.following(planned, at):
        timers.wind(session, review.submission_id, REMINDER, review.id, following[1])


def _running(ringing: Ringing) -> tuple[SubmissionSubject, Review, ReviewBlock] | None:
    """The assignment that a timer is about, while somebody still works on it."""
    review = ringing.session.get(Review, ringing.name)
    if review is None or review.status != "open":
        return None
    subject = drafting.subject_of(ringing.session, ringing.submission_id)
    block = subject.state.reviews.get(review.block)
    if block is None or subject.state.name != review.state:
        return None
    return subject, review, block


def _remind(ringing: Ringing) -> None:
    found = _running(ringing)
    if found is None or found[2].remind is None:
        return
    subject, review, block = found
    assert block.remind is not None
    occasion = f"{review.id}.{ringing.due:%Y%m%d%H%M%S}"
    letter, due = block.remind.letter, review.due_at
    review_letters.tell(ringing.session, subject, review.reviewer_id, letter, occasion, due=due)
    _record(ringing, "reminded", {"to": "reviewers", "letter": letter}, review)
    calendar = calendar_of(ringing.settings, subject)
    _wind_reminder(ringing.session, block, review, calendar, ringing.at)


def _escalate(ringing: Ringing) -> None:
    found = _running(ringing)
    if found is None or found[2].escalate is None:
        return
    subject, review, block = found
    assert block.escalate is not None
    role = subject.workflow.roles[block.escalate.to]
    path = review_letters.STAFF if role.kind == "staff" else "/review/"
    if role.kind == "owner":
        told, path = [subject.submission.candidate_id], "/submissions/"
    elif role.name == block.by:
        told = [review.reviewer_id]
    else:
        candidate = subject.submission.candidate_id
        told = [one.id for one in pools.players(ringing.session, role) if one.id != candidate]
    occasion = f"{review.id}.{ringing.due:%Y%m%d%H%M%S}"
    letter, due = block.escalate.letter, review.due_at
    for one in told:
        review_letters.tell(ringing.session, subject, one, letter, occasion, due=due, path=path)
    _record(ringing, "escalated", {"to": role.name, "letter": letter}, review)


def _record(ringing: Ringing, kind: str, facts: dict[str, str], review: Review) -> None:
    name = ringing.session.scalar(select(Account.name).where(Account.id == review.reviewer_id))
    about = {"reviewer": review.reviewer_id, "name": name or "", "round": review.round}
    history.record(
        ringing.session, ringing.submission_id, kind, {**facts, **about}, ENGINE, ringing.at
    )


timers.register(REMINDER, _remind)
timers.register(ESCALATION, _escalate)
