"""Files that stand beside no submission: the proofs of what was earned elsewhere."""

from __future__ import annotations

from typing import BinaryIO, cast

from werkzeug.datastructures import FileStorage

from engine.records.files import Kept, safe_name
from engine.records.tables import Evidence, new_id
from engine.web.asking import house, me, now


def kept(file: FileStorage) -> Evidence:
    """A file as it was sent: its bytes are in the store, its row is the caller's to add. Raises
    `EvidenceRejected`."""
    stream = cast(BinaryIO, file.stream)
    name = safe_name(file.filename or "")
    return row_of(house().store.keep(stream, house().settings.evidence_max_bytes, name), name)


def row_of(held: Kept, name: str) -> Evidence:
    """The row of a file that is in the store, by whoever asks now."""
    return Evidence(
        id=new_id(),
        submission_id=None,
        name=name,
        media_type=held.media_type,
        bytes=held.bytes,
        sha256=held.sha256,
        uploaded_by=me().id,
        uploaded_at=now(),
    )
