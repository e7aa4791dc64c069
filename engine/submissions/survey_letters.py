"""Invitations to a survey, and reminders: to people who need no account here.

A letter is queued with the change it follows and composed by a job, which looks again: whoever has
answered in the meantime gets no reminder. The link is made from the invitation's id and the
installation's secret, so it stands in no table but in the letter itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from engine import notices
from engine.languages import speaking
from engine.records import catalogue, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Submission, SurveyInvitation, SurveyRun
from engine.submissions import survey_windows
from engine.submissions.survey_sealing import token_of

JOB: Final = "survey-letter"


def invite(
    session: Session, run: SurveyRun, invitations: Sequence[SurveyInvitation], language: str
) -> None:
    """Queue everybody's link."""
    for one in invitations:
        _queue(session, one.id, "survey-invitation", "", language)


def remind(
    session: Session,
    run: SurveyRun,
    invitations: Sequence[SurveyInvitation],
    language: str,
    at: datetime,
) -> None:
    """Queue everybody's link once more."""
    for one in invitations:
        _queue(session, one.id, "survey-reminder", at.strftime("%Y%m%d%H%M"), language)


def _queue(session: Session, invitation_id: str, letter: str, occasion: str, language: str) -> None:
    key = f"{letter}.{invitation_id}.{occasion}".rstrip(".")
    payload = {"invitation": invitation_id, "letter": letter, "language": language, "key": key}
    jobs.enqueue(session, JOB, payload, key=key)


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write one letter. Done twice, there is still one."""
    at = datetime.now(UTC)
    with context.database.transaction() as session, speaking(payload["language"]):
        invitation = session.get(SurveyInvitation, payload["invitation"])
        if invitation is None or invitation.used or invitation.left:
            return
        run = session.get_one(SurveyRun, invitation.run_id)
        if run.state != "open":
            return
        survey = catalogue.edition(session, run.edition_digest).credential.surveys[run.survey]
        submission = session.get_one(Submission, run.submission_id)
        values = {
            "path": f"/s/{token_of(context.settings, invitation)}",
            "survey": survey.title,
            "asker": session.get_one(Account, submission.candidate_id).name,
            "closes": survey_windows.last_day(context.settings, run.closes_at).isoformat(),
        }
        notices.write_to_visitor(
            session,
            context.settings,
            payload["letter"],
            notices.Visitor(invitation.name, invitation.email, payload["language"]),
            values,
            at,
            id=payload["key"],
            submission_id=submission.id,
        )


jobs.register(JOB, compose)
