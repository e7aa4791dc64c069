"""Letters about a submission: queued with the change they tell of, composed after the commit.

A transition only queues; the words are put together by the job, from what was committed. So a
template with a fault holds up a letter and never an award, and nobody waits for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import notices
from engine.languages import speaking
from engine.permissions import SubmissionSubject
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account
from engine.submissions import drafting, reviewing

JOB = "compose-letter"


def queue(
    session: Session, subject: SubmissionSubject, role: str, letter: str, comment: str
) -> None:
    """Queue the letter called `letter` to whoever plays the workflow's `role` for this submission:
    its owner, or the assigned reviewer. Where nobody does, there is nobody to write to."""
    submission = subject.submission
    owner = subject.workflow.roles[role].kind == "owner"
    whom = submission.candidate_id if owner else submission.reviewer_id
    if whom is None:
        return
    id = f"{submission.id}.{submission.revision}.{letter}.{role}"
    payload = {
        "id": id,
        "submission": submission.id,
        "to": whom,
        "letter": letter,
        "comment": comment,
        "round": submission.round,
    }
    jobs.enqueue(session, JOB, payload, key=id)


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write the letter and queue its sending. Done twice, there is still one letter."""
    with context.database.transaction() as session:
        to = session.get_one(Account, payload["to"])
        with speaking(to.language or context.settings.language):
            subject = drafting.subject_of(session, payload["submission"])
            values = {
                "credential": subject.edition.credential.title,
                "path": f"/submissions/{subject.submission.id}",
                "comment": payload["comment"],
                "notes": reviewing.unmet(session, subject, payload["round"]),
            }
        notices.write(
            session,
            context.settings,
            payload["letter"],
            to,
            values,
            datetime.now(UTC),
            id=payload["id"],
        )


jobs.register(JOB, compose)
