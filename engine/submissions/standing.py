"""Where a submission stands: its pages, its problems, the prerequisites of its credential."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.credentials import pathways
from engine.credentials.pathways import Standing
from engine.errors import Problem
from engine.forms import answers as forms_answers
from engine.forms.answers import Draft, Progress
from engine.forms.schema import Page, form_set_of
from engine.permissions import SubmissionSubject
from engine.submissions import comments, drafting, reused


class PageStanding(NamedTuple):
    """Where one page of the forms stands; `notes` counts the reviewer's notes on it."""

    page: Page
    progress: Progress
    notes: int


class Overview(NamedTuple):
    """Everything a task list says of a submission."""

    pages: list[PageStanding]
    problems: list[Problem]
    draft: Draft

    @property
    def complete(self) -> bool:
        return not self.problems


def overview(session: Session, subject: SubmissionSubject, at: datetime) -> Overview:
    """The draft, its problems at `at` and how far each page has come."""
    form_set = form_set_of(subject.edition)
    draft = drafting.draft_of(session, subject.submission.id)
    problems = forms_answers.validate(
        form_set,
        draft,
        drafting.evidence_of(session, subject.submission.id),
        offers=reused.offers_for(session, subject),
        today=day_that_has_begun(at),
    )
    noted = [note.pointer for note in comments.for_candidate(session, subject)]
    pages = [
        PageStanding(
            page,
            forms_answers.page_progress(page, draft, problems),
            sum(1 for pointer in noted if page.covers(pointer)),
        )
        for page in form_set.pages
    ]
    return Overview(pages, problems, draft)


def day_that_has_begun(at: datetime) -> date:
    """The latest day that it is anywhere at `at`: a measurement of a later one has not been taken.

    Where a person is, nobody knows for certain; the first islands are 14 hours ahead of UTC.
    """
    return (at.astimezone(UTC) + timedelta(hours=14)).date()


def prerequisites_of(session: Session, subject: SubmissionSubject, at: datetime) -> Standing:
    """Which prerequisites the candidate holds at `at`."""
    held = issuing.held(session, subject.submission.candidate_id, at)
    return pathways.standing(subject.edition.credential.prerequisites, held)
