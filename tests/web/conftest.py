"""Work in the small garden credential, as far as a test needs it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.records import catalogue
from engine.records.tables import DraftRow, Submission
from engine.submissions import drafting
from tests.conftest import TERM, School

GARDEN = "school-garden-steward"


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x7f"))
    + _chunk(b"IEND", b"")
)
"""A picture of one grey point."""


def picture() -> tuple[io.BytesIO, str]:
    """A file as the test client posts it."""
    return io.BytesIO(PNG), "garden.png"


@pytest.fixture
def filled(school: School) -> Callable[[str], str]:
    """Opens and completely answers a submission of somebody's; gives its id."""

    def fill(name: str) -> str:
        submission_id = school.open(name, GARDEN)
        with school.database.transaction() as session:
            submission = session.scalars(
                select(Submission).where(Submission.id == submission_id)
            ).one()
            edition = catalogue.edition(session, submission.edition_digest)
            subject = drafting.subject_of(session, submission_id)
            photo = drafting.keep_file(
                school.app.extensions["accolade"].store,
                subject,
                "/handover/photo",
                io.BytesIO(PNG),
                "garden.png",
                10_000,
                school.cast[name],
            )
            drafting.attach(session, subject, photo, school.cast[name], TERM)
            for form_id, said in edition.examples.items():
                answers = {**said, **({"photo": photo.id} if "photo" in said else {})}
                session.merge(
                    DraftRow(
                        submission_id=submission_id,
                        form_id=form_id,
                        answers=answers,
                        marks={"typed": {}, "chosen": {}},
                        revision=1,
                        saved_at=TERM,
                    )
                )
        return submission_id

    return fill
