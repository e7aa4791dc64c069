"""A large file comes in over many requests, perhaps over days, and is evidence once it is whole.

What lives here: beginning, finding, finishing and dropping an upload, the room that one person may
take up, and the job that clears away what was never finished. How bytes are kept meanwhile is
`records.partials`; the protocol that carries them is the web's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine.errors import AccoladeError, EvidenceRejected, NotFound
from engine.forms import answers as forms_answers
from engine.forms.answers import EvidenceFacts
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import jobs
from engine.records.files import EvidenceStore, readable_size, safe_name, too_large, unstorable
from engine.records.jobs import JobContext
from engine.records.tables import Evidence, Upload, new_id
from engine.settings import Settings
from engine.submissions import drafting

CLEAR_AWAY = "uploads.clear-away"
MOST_OPEN = 50
"""Uploads that one person may have under way at once."""
_BRIEF = 200


class UploadGone(AccoladeError):
    """It was here, and nothing more can be added: too old, refused or taken back."""

    def __str__(self) -> str:
        return _(
            "This upload waited too long for the rest of it and was cleared away. Start again."
        )


@dataclass(frozen=True)
class Limits:
    """What settings say about uploads. Sizes in bytes."""

    largest: int
    in_all: int
    days: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(settings.evidence_max_bytes, settings.evidence_quota_bytes, settings.upload_days)


def begin(
    session: Session,
    store: EvidenceStore,
    subject: SubmissionSubject,
    pointer: str,
    name: str,
    length: int | None,
    limits: Limits,
    actor: Actor,
    at: datetime,
) -> Upload:
    """Make room for a file of `length` bytes (None: not known yet) for the field at `pointer`.

    Raises `Refused`, and `EvidenceRejected`: `no-field`, `empty`, `too-large`, `no-room` when it
    would be more than one person may keep here, or `full`.
    """
    asked = field_at(subject, pointer, actor)
    if length == 0:
        raise EvidenceRejected("empty", _("This file is empty. Check it and choose it again."))
    most = most_for(asked, limits)
    if length is not None and length > most:
        raise too_large(most)
    need_room(session, actor, length or 0, limits)
    id = new_id()
    upload = Upload(
        id=id,
        submission_id=subject.submission.id,
        pointer=pointer,
        name=safe_name(name),
        length=length,
        owner_id=actor.id,
        begun_at=at,
        expires_at=at + timedelta(days=limits.days),
    )
    session.add(upload)
    session.flush()
    jobs.enqueue(session, CLEAR_AWAY, {"id": id}, run_at=upload.expires_at)
    try:
        store.partials.begin(id)
    except OSError as error:
        raise unstorable(error) from error
    return upload


def find(session: Session, upload_id: str, actor: Actor, at: datetime) -> Upload:
    """One's own upload. Raises `NotFound`, for somebody else's too, and `UploadGone`."""
    upload = session.get(Upload, upload_id) if len(upload_id) <= _BRIEF else None
    if upload is None or upload.owner_id != actor.id:
        raise NotFound(_("There is no such upload among yours."))
    if upload.expires_at <= at and upload.evidence_id is None:
        raise UploadGone
    return upload


def field_at(subject: SubmissionSubject, pointer: str, actor: Actor) -> forms_answers.Evidence:
    """The question at `pointer`, if it takes files and this person may answer it now."""
    form_id = pointer.split("/")[1] if pointer.startswith("/") else ""
    require(actor, "submission.edit", subject, form_id, pointer)
    asked = form_set_of(subject.edition).evidence_field(pointer)
    if asked is None or not asked.takes_files:
        raise EvidenceRejected("no-field", _("This form has no place for that file."))
    return asked


def most_for(asked: forms_answers.Evidence, limits: Limits) -> int:
    """The largest file that a question takes here, in bytes."""
    return min(limits.largest, asked.max_bytes or limits.largest)


def need_room(session: Session, actor: Actor, length: int, limits: Limits) -> None:
    """Raises `EvidenceRejected` (`no-room`) when `length` bytes more are too many for one person.

    A file that was attached twice counts twice: who has it too is nobody's business.
    """
    kept = session.scalar(
        select(func.coalesce(func.sum(Evidence.bytes), 0)).where(Evidence.uploaded_by == actor.id)
    )
    coming, count = session.execute(
        select(func.coalesce(func.sum(Upload.length), 0), func.count()).where(
            Upload.owner_id == actor.id, Upload.evidence_id.is_(None)
        )
    ).one()
    if count >= MOST_OPEN:
        words = _(
            "%(count)s files of yours are on their way already. Finish or remove one of them.",
            count=count,
        )
        raise EvidenceRejected("no-room", words)
    if (kept or 0) + (coming or 0) + length > limits.in_all:
        words = _(
            "Your files here would come to more than %(limit)s, which is all the room that one"
            " person has. Send a smaller file, give a link, or ask program staff.",
            limit=readable_size(limits.in_all),
        )
        raise EvidenceRejected("no-room", words)


def size_of(stream: BinaryIO) -> int:
    """The bytes of a file that is here already, before anything is read of it."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return size


def touch(session: Session, upload: Upload, days: int, at: datetime) -> datetime:
    """It waits anew from now on; returns until when."""
    until = at + timedelta(days=days)
    session.execute(update(Upload).where(Upload.id == upload.id).values(expires_at=until))
    return until


def know_length(
    session: Session, upload: Upload, length: int, limits: Limits, actor: Actor
) -> None:
    """The sender says only now how long the file is. Raises `EvidenceRejected`."""
    subject = drafting.subject_of(session, upload.submission_id)
    most = most_for(field_at(subject, upload.pointer, actor), limits)
    if length > most:
        raise too_large(most)
    need_room(session, actor, length, limits)
    upload.length = length
    session.flush()


def settle(
    store: EvidenceStore, subject: SubmissionSubject, upload: Upload, actor: Actor
) -> EvidenceFacts:
    """Turn all the bytes into a stored file, outside any transaction: it takes a while.

    Raises `Refused`, and `EvidenceRejected` as `EvidenceStore.keep` does.
    """
    asked = field_at(subject, upload.pointer, actor)
    with store.partials.still(upload.id) as file:
        kept = store.settle(file, upload.name, drafting.check_for(asked, upload.name))
    return drafting.facts_of(kept, upload.name)


def finish(
    session: Session,
    subject: SubmissionSubject,
    upload_id: str,
    file: EvidenceFacts,
    actor: Actor,
    at: datetime,
) -> str:
    """Record the file with its submission, once; returns its id, or the one it has already.

    `subject` is read in this transaction. Raises `Refused` when the submission has moved on.
    """
    drafting.attach(session, subject, file, actor, at)
    written = session.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.evidence_id.is_(None))
        .values(evidence_id=file.id),
        execution_options={"synchronize_session": False},
    )
    if written.rowcount == 1:  # type: ignore[attr-defined]
        return file.id
    session.execute(delete(Evidence).where(Evidence.id == file.id))
    known = session.scalar(select(Upload.evidence_id).where(Upload.id == upload_id))
    if known is None:
        raise UploadGone
    return known


def drop(session: Session, store: EvidenceStore, upload: Upload) -> None:
    """Forget an upload and what has arrived of it; evidence that it became stays."""
    session.execute(delete(Upload).where(Upload.id == upload.id))
    store.partials.remove(upload.id)


def clear_away(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Drop an upload that waited too long; look again later when it did not."""
    with context.database.transaction() as session:
        upload = session.get(Upload, str(payload["id"]))
        if upload is None:
            return
        if upload.expires_at > datetime.now(UTC):
            jobs.enqueue(session, CLEAR_AWAY, {"id": upload.id}, run_at=upload.expires_at)
        else:
            drop(session, context.store, upload)


jobs.register(CLEAR_AWAY, clear_away)
