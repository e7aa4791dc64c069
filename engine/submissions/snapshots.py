"""What was handed in, round by round: taken from the draft, kept, and read again.

A round's answers stay as they were submitted; only a migration puts them in other places. The trail
keeps their digest, so that a change of the row shows (`records.handed_in`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.schema import form_set_of
from engine.permissions import SubmissionSubject
from engine.records import handed_in
from engine.records.tables import Snapshot
from engine.submissions import drafting, searching


class Taken(NamedTuple):
    """The draft as it is handed in: without hidden branches."""

    answers: dict[str, Any]
    marks: dict[str, Any]


def taken(session: Session, subject: SubmissionSubject) -> Taken:
    """What a snapshot of the draft keeps now."""
    draft = drafting.draft_of(session, subject.submission.id)
    answers = forms_answers.prune(form_set_of(subject.edition), draft)
    return Taken(answers, forms_answers.marks_of(answers, draft))


def keep(session: Session, subject: SubmissionSubject, what: Taken, at: datetime) -> None:
    """Keep it as the present round's, and let it be found by its words."""
    id, round = subject.submission.id, subject.submission.round
    session.execute(
        insert(Snapshot).values(
            submission_id=id, round=round, answers=what.answers, marks=what.marks, taken_at=at
        )
    )
    # What is kept in confidence is found by nobody's search.
    if not subject.edition.credential.confidential:
        searching.keep(session, id, round, what.answers)


def told(rounds: Mapping[int, Taken]) -> dict[str, Any]:
    """What the trail keeps of them."""
    if not rounds:
        return {}
    return {
        handed_in.FACT: {str(round): handed_in.digest_of(*one) for round, one in rounds.items()}
    }


def every(session: Session, submission_id: str) -> dict[int, Taken]:
    """What is kept of each round now, by round."""
    rows = session.execute(
        select(Snapshot.round, Snapshot.answers, Snapshot.marks)
        .where(Snapshot.submission_id == submission_id)
        .order_by(Snapshot.round)
    )
    return {row.round: Taken(row.answers, row.marks) for row in rows}


def lately(session: Session, subject: SubmissionSubject) -> dict[int, Draft]:
    """What was submitted in this round and the one before, by round: answers and their marks."""
    rows = session.execute(
        select(Snapshot.round, Snapshot.answers, Snapshot.marks).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round >= subject.submission.round - 1,
        )
    )
    return {row.round: Draft.of(row.answers, row.marks) for row in rows}
