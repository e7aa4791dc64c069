"""How far somebody's unfinished drafts are, for the list of their work.

Read in one go for all of them: the list costs the same number of queries whatever is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.schema import Page, form_set_of
from engine.records.tables import DraftRow
from engine.submissions.drafting import SubmissionRow


class OpenWork(NamedTuple):
    """Where an unfinished draft stands."""

    complete: int
    """Pages that are complete."""
    pages: int
    next: Page | None
    """The first page that is not complete; None when only handing in is left."""
    saved_at: datetime | None


def open_work(session: Session, rows: Iterable[SubmissionRow]) -> Mapping[str, OpenWork]:
    """The standing of each of these submissions, by id."""
    wanted = {row.submission.id: row for row in rows}
    answers: dict[str, dict[str, Any]] = defaultdict(dict)
    marks: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    saved: dict[str, datetime] = {}
    for draft in session.scalars(select(DraftRow).where(DraftRow.submission_id.in_(wanted))):
        id = draft.submission_id
        answers[id][draft.form_id] = draft.answers
        for name, said in draft.marks.items():
            marks[id][name].update(said)
        saved[id] = max(draft.saved_at, saved.get(id, draft.saved_at))
    return {
        id: _standing(row, Draft.of(answers[id], marks[id]), saved.get(id))
        for id, row in wanted.items()
    }


def _standing(row: SubmissionRow, draft: Draft, saved_at: datetime | None) -> OpenWork:
    form_set = form_set_of(row.edition)
    # Files were judged as they came in; a list need not ask after each of them again.
    problems = forms_answers.validate(form_set, draft)
    left = [
        page
        for page in form_set.pages
        if forms_answers.page_progress(page, draft, problems).state != "complete"
    ]
    pages = len(form_set.pages)
    return OpenWork(pages - len(left), pages, left[0] if left else None, saved_at)
