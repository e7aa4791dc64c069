"""What a new draft takes over from a person's earlier work, and where each answer came from.

The newest submission that was handed in counts, in the round that was handed in last. What was
filled in is noted beside the draft, and said on the page until the person changes the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.forms.drafts import Draft
from engine.forms.pointers import value_at
from engine.forms.prefilling import prefilled
from engine.forms.schema import form_set_of
from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import DraftRow, Snapshot, Submission

Notes = dict[str, dict[str, dict[str, Any]]]
"""By form id, by the pointer of the answer: `title` and `on` of where it is from, and its `value`
as it was filled in."""


class FilledIn(NamedTuple):
    """An answer that still is as it was filled in from earlier work."""

    pointer: str
    title: str
    """Of the credential."""
    on: datetime
    """When it was handed in there, UTC."""


def new_draft(session: Session, edition: Edition, actor: Actor) -> tuple[Draft, Notes]:
    """A new draft for `actor`, and what to note of each form's filled-in answers."""
    form_set = form_set_of(edition)

    @cache
    def handed_in(credential_id: str) -> tuple[Mapping[str, Any], str, datetime] | None:
        return _latest(session, actor.id, credential_id or edition.credential.id)

    def answers(credential_id: str) -> Mapping[str, Any] | None:
        found = handed_in(credential_id)
        return found[0] if found else None

    profile = {"profile.name": actor.name, "profile.email": actor.email}
    made = prefilled(form_set, profile, answers)
    notes: Notes = {id: {} for id in made.draft.answers}
    for pointer, source in made.taken.items():
        found = handed_in(source.credential)
        if found is not None:
            notes[next(id for id in notes if f"{pointer}/".startswith(f"/{id}/"))][pointer] = {
                "title": found[1],
                "on": found[2].isoformat(),
                "value": value_at(made.draft.answers, pointer),
            }
    return made.draft, notes


def filled_in(session: Session, submission_id: str, form_id: str, draft: Draft) -> list[FilledIn]:
    """The answers of a form that nobody has changed since they were filled in."""
    row = session.get(DraftRow, (submission_id, form_id))
    notes = row.marks.get("prefilled", {}) if row is not None else {}
    return [
        FilledIn(pointer, note["title"], datetime.fromisoformat(note["on"]))
        for pointer, note in notes.items()
        if value_at(draft.answers, pointer) == note["value"]
    ]


def _latest(
    session: Session, candidate_id: str, credential_id: str
) -> tuple[Mapping[str, Any], str, datetime] | None:
    found = session.execute(
        select(Snapshot.answers, Submission.edition_digest, Snapshot.taken_at)
        .join(Submission, Submission.id == Snapshot.submission_id)
        .where(
            Submission.candidate_id == candidate_id,
            Submission.credential_id == credential_id,
        )
        .order_by(Snapshot.taken_at.desc(), Snapshot.round.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    answers, digest, at = found
    return answers, catalogue.edition(session, digest).credential.title, at
