"""Captions of a video: a WebVTT file that belongs to the video's record, not to the answer."""

from __future__ import annotations

import re
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from engine.errors import EvidenceRejected, NotFound
from engine.forms.answers import EvidenceFacts
from engine.forms.pointers import places_of, tokens
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.files import EvidenceStore
from engine.records.tables import Evidence
from engine.submissions import drafting

LARGEST = 2 * 1024 * 1024
"""Bytes; the captions of a film of two hours are a tenth of it."""
_TIMES = r"(?:\d{2,}:)?\d{2}:\d{2}[.]\d{3}"
_CUE = re.compile(rf"^{_TIMES}[ \t]+-->[ \t]+{_TIMES}", re.MULTILINE)
_SUBRIP = re.compile(r"^\d{2}:\d{2}:\d{2},\d{3}[ \t]+-->", re.MULTILINE)


def keep(
    store: EvidenceStore, subject: SubmissionSubject, stream: BinaryIO, name: str, actor: Actor
) -> EvidenceFacts:
    """Store a WebVTT file, outside any transaction. Raises `Refused` and `EvidenceRejected`."""
    require(actor, "submission.edit", subject)
    text = stream.read(LARGEST + 1)
    _must_be_captions(text)
    stream.seek(0)
    return drafting.facts_of(store.keep(stream, LARGEST, name), name)


def attach(
    session: Session,
    subject: SubmissionSubject,
    video_id: str,
    captions: EvidenceFacts,
    actor: Actor,
    at: datetime,
) -> None:
    """Give a video of this submission its captions, in place of those it had.

    Raises `Refused`, and `NotFound` when the submission has no such video.
    """
    video = session.get(Evidence, video_id) if video_id.isalnum() else None
    mine = video is not None and video.submission_id == subject.submission.id
    if video is None or not mine or not video.media_type.startswith("video/"):
        raise NotFound(_("There is no such video among your files."))
    for pointer in places_of(drafting.draft_of(session, subject.submission.id).answers, video_id):
        # A film of an answer that is closed for changes stays as it was handed in.
        require(actor, "submission.edit", subject, tokens(pointer)[0], pointer)
    drafting.attach(session, subject, captions, actor, at)
    video.captions_id = captions.id
    session.flush()


def _must_be_captions(content: bytes) -> None:
    """WebVTT §4.1: a signature, UTF-8, and cues with their times. Raises `EvidenceRejected`."""
    if len(content) > LARGEST:
        raise EvidenceRejected("too-large", _("Captions are text, and this file is far too large."))
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        text = ""
    if re.match(r"WEBVTT(?:[ \t\n]|$)", text) and _CUE.search(text):
        return
    if _SUBRIP.search(text):
        words = _(
            "These captions are in the SubRip format (.srt). Save them as WebVTT (.vtt): most"
            " programs for captions offer both."
        )
    else:
        words = _(
            "This is not a file of captions. Captions are WebVTT files (.vtt), which begin with"
            " the word WEBVTT and say when each line is spoken."
        )
    raise EvidenceRejected("wrong-type", words)
