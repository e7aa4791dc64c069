"""A new draft filled in from earlier work of the same person, and how they are told.

Only what was handed in counts. What was taken is noted with the form's draft, with a digest of the
answer, so that the note goes when the answer is changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.forms.drafts import Draft
from engine.forms.pointers import escape, value_at
from engine.forms.prefilling import Prefilled, prefilled
from engine.forms.schema import form_set_of
from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import DraftRow, Snapshot, Submission


class HandedIn(NamedTuple):
    """The latest answers that somebody handed in for a credential, keyed by form id."""

    answers: Mapping[str, Any]
    title: str
    at: datetime


class FilledIn(NamedTuple):
    """An answer that came from earlier work and still stands as it came."""

    pointer: str
    title: str
    """Of the credential that it was handed in for."""
    on: datetime


def latest(session: Session, person_id: str, credential_id: str) -> HandedIn | None:
    """What `person_id` handed in last for a credential, in any round of any submission."""
    row = session.execute(
        select(Snapshot.answers, Snapshot.taken_at, Submission.edition_digest)
        .join(Submission, Submission.id == Snapshot.submission_id)
        .where(Submission.candidate_id == person_id, Submission.credential_id == credential_id)
        .order_by(Snapshot.taken_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    title = catalogue.edition(session, row.edition_digest).credential.title
    return HandedIn(row.answers, title, row.taken_at)


def new_draft(
    session: Session, edition: Edition, actor: Actor
) -> tuple[Draft, dict[str, dict[str, Any]]]:
    """A new draft for `actor`, and by form id the notes on what was taken from earlier work."""

    @cache
    def handed_in(credential_id: str) -> HandedIn | None:
        return latest(session, actor.id, credential_id or edition.credential.id)

    def answers(credential_id: str) -> Mapping[str, Any] | None:
        found = handed_in(credential_id)
        return found.answers if found else None

    profile = {"profile.name": actor.name, "profile.email": actor.email}
    made = prefilled(form_set_of(edition), profile, answers)
    return made.draft, {id: _notes(made, id, handed_in) for id in made.draft.answers}


def filled_in(session: Session, submission_id: str, form_id: str, draft: Draft) -> list[FilledIn]:
    """The answers of a form that stand as they came from earlier work."""
    marks = session.scalars(
        select(DraftRow.marks).where(
            DraftRow.submission_id == submission_id, DraftRow.form_id == form_id
        )
    ).one_or_none()
    return [
        FilledIn(pointer, note["title"], datetime.fromisoformat(note["at"]))
        for pointer, note in (marks or {}).get("prefilled", {}).items()
        if _digest(value_at(draft.answers, pointer)) == note["digest"]
    ]


def _notes(
    made: Prefilled, form_id: str, handed_in: Callable[[str], HandedIn | None]
) -> dict[str, Any]:
    notes = {}
    for pointer, source in made.taken.items():
        found = handed_in(source.credential)
        if found is None or not pointer.startswith(f"/{escape(form_id)}/"):
            continue
        notes[pointer] = {
            "title": found.title,
            "at": found.at.isoformat(),
            "digest": _digest(value_at(made.draft.answers, pointer)),
        }
    return notes


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
