"""Making work public: the copy of what was reviewed, and what it is found by.

Called after a step's effects, in its transaction. What is public of the copy, and for how long, is
`gallery`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.awards import status
from engine.credentials.credential import Edition
from engine.credentials.gallery import AWARD, LICENSES, Gallery
from engine.forms.drafts import Draft
from engine.forms.pointers import tokens, value_at, within
from engine.languages import LANGUAGES, speaking
from engine.people import ENGINE
from engine.permissions import SubmissionSubject
from engine.records import audit, catalogue
from engine.records.folding import composed, spaced
from engine.records.tables import (
    Award,
    Evidence,
    GalleryItem,
    GalleryMark,
    Snapshot,
    Submission,
    new_id,
)
from engine.submissions import gallery_showing
from engine.submissions.gallery import MARKS, chain, consents_stand, public_now, tell_published
from engine.submissions.gallery_conditions import with_what_they_hang_on

LONGEST_TEXT: Final = 100_000
"""Characters that an item is found by."""
_LONGEST: Final = 200


def settle(session: Session, subject: SubmissionSubject, at: datetime) -> GalleryItem | None:
    """Publish what a step has made public, unless that was done; None where there is nothing.

    A later round that is not agreed to be shared takes what was public off, until one is.
    Called after the step's effects, in its transaction.
    """
    gallery = subject.edition.credential.gallery
    submission = subject.submission
    if gallery is None or not _is_due(session, gallery, submission):
        return None
    item = session.scalar(select(GalleryItem).where(GalleryItem.submission_id == submission.id))
    if item is not None and item.round == submission.round:
        return None
    snapshot = session.get(Snapshot, (submission.id, submission.round))
    if snapshot is None:
        return None
    if not _agreed(gallery, snapshot.answers):
        if item is not None and item.not_agreed_at is None:
            item.not_agreed_at = at
            no = {"item": item.id, "round": submission.round}
            audit.record(session, chain(item), "gallery-not-agreed", no, ENGINE, at)
        return None
    item = _written(session, subject, gallery, snapshot, item, at)
    facts = {"item": item.id, "round": item.round, "license": item.license}
    audit.record(session, chain(item), "gallery-published", facts, ENGINE, at)
    if public_now(session, item):
        tell_published(session, item, f"{item.round}")
    return item


def _is_due(session: Session, gallery: Gallery, submission: Submission) -> bool:
    if gallery.after != AWARD:
        return submission.state == gallery.after
    given = select(Award.serial).where(Award.submission_id == submission.id, *status.in_force())
    return session.scalar(given) is not None


def _agreed(gallery: Gallery, answers: Mapping[str, Any]) -> bool:
    """Whether everything was agreed to that must be, and a license chosen."""
    return value_at(answers, gallery.license) in LICENSES and all(
        value_at(answers, pointer) is True for pointer in gallery.agreements
    )


def _written(
    session: Session,
    subject: SubmissionSubject,
    gallery: Gallery,
    snapshot: Snapshot,
    item: GalleryItem | None,
    at: datetime,
) -> GalleryItem:
    """The item that says what this round says; its address stays the same from round to round."""
    submission = subject.submission
    edition = catalogue.as_written(session, submission.edition_digest)
    draft = _named(edition, gallery, Draft.of(snapshot.answers, snapshot.marks))
    with speaking(edition.language):
        shown = gallery_showing.entries(edition, draft)
        said = {
            name: gallery_showing.words_at(edition, draft, getattr(gallery, name))
            for name in ("title", "summary", "by")
        }
    asked = [id for entry in shown for one in entry.all() for id in one.evidence]
    asks = _asks(session, gallery, snapshot, item)
    if item is None:
        item = GalleryItem(id=new_id(), submission_id=submission.id, published_at=at)
    item.candidate_id = submission.candidate_id
    item.credential_id = submission.credential_id
    item.edition_digest = edition.digest
    item.round, item.after = submission.round, gallery.after
    item.title = (_one_line(said["title"]) or edition.credential.title)[:_LONGEST]
    item.summary = said["summary"]
    item.shown_as = _one_line(said["by"])[:_LONGEST]
    item.license = str(value_at(draft.answers, gallery.license))
    item.answers, item.marks = draft.answers, draft.marks
    item.files = _own_files(session, submission, asked)
    item.takes_questions = asks
    item.changed_at, item.not_agreed_at = at, None
    item.consents_stand = consents_stand(session, item)
    marks = _marks(session, edition, draft, gallery)
    texts = [item.title, item.summary, item.shown_as, edition.credential.title]
    texts += [word for of_mark in marks.values() for word in of_mark.values()]
    texts += [one.text for entry in shown for one in entry.all() if one.text]
    item.folded = f" {spaced(composed(' '.join(texts)))[:LONGEST_TEXT]} ".replace("\x00", " ")
    session.add(item)
    session.flush()
    session.execute(delete(GalleryMark).where(GalleryMark.item_id == item.id))
    session.add_all(
        GalleryMark(item_id=item.id, kind=kind, key=key, words=json.dumps(said_in, sort_keys=True))
        for (kind, key), said_in in marks.items()
    )
    session.flush()
    return item


def _asks(session: Session, gallery: Gallery, snapshot: Snapshot, item: GalleryItem | None) -> bool:
    """Whether visitors may ask: as the teacher agreed. What they chose on their own page since then
    stands as long as later rounds agree to the same."""

    def agreed(one: Snapshot | None) -> bool:
        answers = one.answers if one is not None and gallery.questions else {}
        return value_at(answers, gallery.questions) is True

    now = agreed(snapshot)
    if item is None:
        return now
    before = session.get(Snapshot, (item.submission_id, item.round))
    return item.takes_questions if agreed(before) == now else now


def _named(edition: Edition, gallery: Gallery, draft: Draft) -> Draft:
    """The draft with nothing but the answers that the document names, and those that decide whether
    these are asked: they are not shown."""
    names: dict[str, set[str]] = {}
    for pointer in gallery.pointers:
        form_id, field = tokens(pointer)
        names.setdefault(form_id, set()).add(field)
    answers: dict[str, Any] = {}
    for form_id, fields in names.items():
        said = draft.answers.get(form_id, {})
        schema = edition.credential.forms[form_id]
        kept = with_what_they_hang_on(schema, frozenset(fields))
        if found := {field: said[field] for field in said if field in kept}:
            answers[form_id] = found
    marks = {
        name: {
            at: mark
            for at, mark in said.items()
            if any(within(at, pointer) for pointer in gallery.pointers)
        }
        for name, said in draft.marks.items()
    }
    return Draft.of(answers, marks)


def _marks(
    session: Session, edition: Edition, draft: Draft, gallery: Gallery
) -> dict[tuple[str, str], dict[str, str]]:
    """What it is found by: how each is called, by language."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    pointers = dict(zip(MARKS, (gallery.subjects, gallery.grades, gallery.standards), strict=True))
    for language in LANGUAGES:
        with speaking(language):
            said = catalogue.edition(session, edition.digest)
            for kind, pointer in pointers.items():
                for key, label in gallery_showing.labels(said, draft, pointer, kind):
                    found.setdefault((kind, key[:_LONGEST]), {})[language] = label
    return found


def _own_files(session: Session, submission: Submission, ids: list[str]) -> list[str]:
    """Those of the files that the candidate attached themselves, here or where they were picked."""
    theirs = select(Evidence.id).where(
        Evidence.id.in_(ids), Evidence.uploaded_by == submission.candidate_id
    )
    known = set(session.scalars(theirs))
    return [id for id in dict.fromkeys(ids) if id in known]


def _one_line(text: str) -> str:
    return " ".join(text.split())
