"""What begins when a submission comes to a state: its due time, lapses, reminders, escalation.

All of it is timers (`timers`), set in the transaction of the change. Reviewers' own due times
belong to their assignments (`deadlines`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine.credentials.spans import Calendar
from engine.credentials.workflow import State, Workflow
from engine.people import ENGINE
from engine.permissions import SubmissionSubject
from engine.records.tables import Submission
from engine.settings import Settings
from engine.submissions import drafting, history, letters, reminding, timers
from engine.submissions.timers import Ringing


def due_at(
    workflow: Workflow, state: State, since: datetime, settings: Settings
) -> datetime | None:
    """Until when something should happen in `state` for who came there at `since`."""
    return state.due.after(since, workflow.calendar(settings.time_zone)) if state.due else None


def has_timers(workflow: Workflow, state: State) -> bool:
    """Whether a submission may have timers running while it is in `state`."""
    return (
        state.due is not None
        or any(block.due or block.lock for block in state.reviews.values())
        or any(one.after for one in workflow.leaving(state.name))
    )


def wind(session: Session, settings: Settings, subject: SubmissionSubject, at: datetime) -> None:
    """Set the timers of the state that a submission has just come to."""
    submission, workflow, state = subject.submission, subject.workflow, subject.state
    calendar = workflow.calendar(settings.time_zone)
    for transition in workflow.leaving(state.name):
        if transition.after is not None:
            start = submission.due_at if transition.since == "due" else submission.state_since
            if start is not None:
                lapses = transition.after.after(start, calendar)
                timers.wind(session, submission.id, "lapse", transition.name, lapses)
    if submission.due_at is None:
        return
    _wind_reminder(session, submission, state, calendar, at)
    if state.escalate is not None:
        late = state.escalate.after.after(submission.due_at, calendar)
        timers.wind(session, submission.id, "escalation", state.name, late)


def _wind_reminder(
    session: Session, submission: Submission, state: State, calendar: Calendar, at: datetime
) -> None:
    if state.remind is None or submission.due_at is None:
        return
    planned = reminding.times(submission.due_at, state.remind, calendar)
    if following := reminding.following(planned, at):
        number, moment = following
        timers.wind(session, submission.id, "reminder", f"{state.name}.{number}", moment)


def _remind(ringing: Ringing) -> None:
    subject = drafting.subject_of(ringing.session, ringing.submission_id)
    name, _, number = ringing.name.rpartition(".")
    state = subject.state
    if state.name != name or state.remind is None:
        return
    for role in subject.workflow.roles.values():
        if role.kind == "owner":
            letters.queue(
                ringing.session, subject, role.name, state.remind.letter, "", f"reminder-{number}"
            )
            facts = {"to": "candidate", "letter": state.remind.letter}
            history.record(
                ringing.session, ringing.submission_id, "reminded", facts, ENGINE, ringing.at
            )
            break
    calendar = subject.workflow.calendar(ringing.settings.time_zone)
    _wind_reminder(ringing.session, subject.submission, state, calendar, ringing.at)


def _escalate(ringing: Ringing) -> None:
    subject = drafting.subject_of(ringing.session, ringing.submission_id)
    said = subject.state.escalate
    if subject.state.name == ringing.name and said is not None:
        letters.queue(ringing.session, subject, said.to, said.letter, "", "escalation")
        facts = {"to": said.to, "letter": said.letter}
        history.record(
            ringing.session, ringing.submission_id, "escalated", facts, ENGINE, ringing.at
        )


timers.register("reminder", _remind)
timers.register("escalation", _escalate)
