"""What is stored of a submission's answers: its draft and its files, read as they are.

Writing them is `drafting`, which asks who may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.forms.drafts import Draft, EvidenceFacts
from engine.records.tables import DraftRow, Evidence


def draft_of(session: Session, submission_id: str) -> Draft:
    """The answers to every form as they stand, with what JSON cannot say of them."""
    rows = session.execute(
        select(DraftRow.form_id, DraftRow.answers, DraftRow.marks).where(
            DraftRow.submission_id == submission_id
        )
    )
    return draft_from(rows)


def draft_from(rows: Iterable[tuple[str, dict[str, Any], dict[str, Any]]]) -> Draft:
    """A draft from the rows of its forms: id, answers and marks of each."""
    answers: dict[str, Any] = {}
    all_marks: dict[str, dict[str, Any]] = {}
    for form_id, said, marks in rows:
        answers[form_id] = said
        for name, of_form in marks.items():
            all_marks.setdefault(name, {}).update(of_form)
    return Draft.of(answers, all_marks)


FACTS = (
    Evidence.id,
    Evidence.name,
    Evidence.media_type,
    Evidence.bytes,
    Evidence.sha256,
    Evidence.privacy,
    func.coalesce(Evidence.captions_id, ""),
    Evidence.url,
    Evidence.link_state,
    Evidence.checked_at,
)
"""The columns of `EvidenceFacts`, in its order."""


def evidence_of(session: Session, submission_id: str) -> Mapping[str, EvidenceFacts]:
    """Every file attached to the submission, by id."""
    rows = session.execute(select(*FACTS).where(Evidence.submission_id == submission_id))
    return {row[0]: EvidenceFacts(*tuple(row)) for row in rows}
