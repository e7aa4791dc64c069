"""What comes with a page beside its text, when there are no scripts: files, captions and links.

They are kept before the page is saved, so that a conflict costs nobody an upload, and their ids
join what was posted. What can't be kept becomes a problem of its field; everything else is saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast
from urllib.parse import quote

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict

from engine.errors import EvidenceRejected, NotFound, Problem
from engine.forms.answers import EvidenceFacts
from engine.forms.attachments import LINK_PARTS
from engine.forms.schema import Page, form_set_of
from engine.permissions import SubmissionSubject
from engine.records.files import safe_name
from engine.submissions import captions, drafting, links, uploading
from engine.web import tasks
from engine.web.asking import house, me, now, read_session, subject_of, transaction

_CAPTIONS = "#captions"


def take(subject: SubmissionSubject, page: Page, posted: MultiDict[str, str]) -> list[Problem]:
    """Keep what came along, and add its ids to `posted`. Raises `Refused`."""
    refused = [
        *_files(subject, page, posted),
        *_links(subject, page, posted),
        *_captions(subject, page, posted),
    ]
    if "_check" in posted:
        with transaction() as session:
            as_it_is_now = subject_of(session, subject.submission.id)
            links.check_again(session, as_it_is_now, posted["_check"][:200], me())
    return refused


def stays_at(posted: MultiDict[str, str]) -> str | None:
    """The place on the page to come back to after one of the buttons of links, or None."""
    for button in ("_link", "_check"):
        if button in posted:
            return quote(posted[button]) if button == "_link" else ""
    return None


def _files(
    subject: SubmissionSubject, page: Page, posted: MultiDict[str, str]
) -> Iterator[Problem]:
    kept: list[EvidenceFacts] = []
    for pointer, file in tasks.posted_files(page):
        try:
            with read_session() as session:
                size = uploading.size_of(_stream(file))
                uploading.need_room(session, me(), size, uploading.Limits.of(house().settings))
            one = drafting.keep_file(
                house().store,
                subject,
                pointer,
                _stream(file),
                file.filename or "",
                house().settings.evidence_max_bytes,
                me(),
            )
        except EvidenceRejected as rejected:
            yield Problem(pointer, "evidence", f"{safe_name(file.filename or '')}: {rejected}")
            continue
        kept.append(one)
        field = form_set_of(subject.edition).evidence_field(pointer)
        tasks.add_file(posted, field, pointer, one.id)
    if kept:
        with transaction() as session:
            as_it_is_now = subject_of(session, subject.submission.id)
            for one in kept:
                drafting.attach(session, as_it_is_now, one, me(), now())


def _links(
    subject: SubmissionSubject, page: Page, posted: MultiDict[str, str]
) -> Iterator[Problem]:
    """Links that stand in their inputs, added or not: going on adds them as well."""
    url_part, title_part = LINK_PARTS
    for name in [name for name in posted if name.endswith(url_part)]:
        pointer, url = name.removesuffix(url_part), posted[name].strip()
        if not url or not page.covers(pointer):
            continue
        try:
            with transaction() as session:
                as_it_is_now = subject_of(session, subject.submission.id)
                title = posted.get(pointer + title_part, "")
                link = links.add(session, as_it_is_now, pointer, url, title, me(), now())
        except EvidenceRejected as rejected:
            yield Problem(pointer, "evidence", str(rejected))
            continue
        field = form_set_of(subject.edition).evidence_field(pointer)
        tasks.add_file(posted, field, pointer, link.id)
        for part in LINK_PARTS:
            posted.setlist(pointer + part, [""])


def _captions(
    subject: SubmissionSubject, page: Page, posted: MultiDict[str, str]
) -> Iterator[Problem]:
    """Captions come under the name of the video's own hidden input."""
    for name, files in request.files.lists():
        pointer, file = name.removesuffix(_CAPTIONS), files[-1]
        if pointer == name or not file.filename or not page.covers(pointer):
            continue
        try:
            kept = captions.keep(house().store, subject, _stream(file), file.filename, me())
            video = next((id for id in reversed(posted.getlist(pointer)) if id), "")
            with transaction() as session:
                as_it_is_now = subject_of(session, subject.submission.id)
                captions.attach(session, as_it_is_now, video, kept, me(), now())
        except (EvidenceRejected, NotFound) as rejected:
            yield Problem(pointer, "evidence", f"{safe_name(file.filename)}: {rejected}")


def _stream(file: FileStorage) -> BinaryIO:
    return cast(BinaryIO, file.stream)
