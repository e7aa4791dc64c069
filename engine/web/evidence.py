"""Evidence files and links: taken in, and handed out to whoever may see them.

A file is never shown as a page of this site. Pictures and PDF open in the browser inside an empty
sandbox, everything else is offered to be saved, whatever its name claims. Large files come in by
`resumable`; what is here takes small ones whole, links, and captions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, jsonify, redirect, request, send_file
from flask.typing import ResponseReturnValue

from engine.errors import EvidenceRejected, NotFound, Refused
from engine.forms.answers import EvidenceFacts
from engine.forms.attachments import type_words
from engine.languages import N_, _
from engine.permissions import may, require
from engine.records import author_marks
from engine.records.tables import Evidence
from engine.submissions import (
    blinding,
    calibrations,
    captions,
    consents,
    drafting,
    links,
    uploading,
)
from engine.web.asking import (
    actor,
    house,
    me,
    now,
    read_session,
    subject_of,
    transaction,
)
from engine.web.words import evidence_note

evidence = Blueprint("evidence", __name__)

SHOWN_IN_PLACE = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "application/pdf"}
)

_NO_FILE = N_("There is no such file among those you may see.")

_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
# Browsers refuse to start their PDF reader inside a sandbox; a PDF runs none of our origin's code.
_FOR_PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"


@evidence.post("/submissions/<submission_id>/evidence")
def upload(submission_id: str) -> ResponseReturnValue:
    """Keep one file or link for the field at `pointer`, or the captions of the video
    `captions_of`; answers with its facts as JSON."""
    if "url" in request.form:
        return jsonify(facts_as_json(_take_link(submission_id))), 201
    file = request.files.get("file")
    if file is None or not file.filename:
        raise EvidenceRejected("empty", _("No file arrived. Choose one and try again."))
    stream = cast(BinaryIO, file.stream)
    with read_session() as session:
        subject = subject_of(session, submission_id)
        uploading.need_room(
            session, me(), uploading.size_of(stream), uploading.Limits.of(house().settings)
        )
    if video := request.form.get("captions_of"):
        words = captions.keep(house().store, subject, stream, file.filename, me())
        with transaction() as session:
            subject = subject_of(session, submission_id)
            captions.attach(session, subject, video, words, me(), now())
        return jsonify(facts_as_json(words)), 201
    kept = drafting.keep_file(
        house().store,
        subject,
        request.form.get("pointer", ""),
        stream,
        file.filename,
        house().settings.evidence_max_bytes,
        me(),
    )
    with transaction() as session:
        drafting.attach(session, subject_of(session, submission_id), kept, me(), now())
    return jsonify(facts_as_json(kept)), 201


def _take_link(submission_id: str) -> EvidenceFacts:
    with transaction() as session:
        return links.add(
            session,
            subject_of(session, submission_id),
            request.form.get("pointer", ""),
            request.form["url"],
            request.form.get("title", ""),
            me(),
            now(),
        )


def facts_as_json(kept: EvidenceFacts | Evidence) -> dict[str, Any]:
    """What a page's script shows of a file or link."""
    return {
        "id": kept.id,
        "name": kept.name,
        "bytes": kept.bytes,
        "media_type": kept.media_type,
        "kind": type_words(kept.media_type),
        "note": evidence_note(kept),
        "url": kept.url or f"/evidence/{kept.id}",
        "link": bool(kept.url),
    }


@evidence.get("/evidence/<evidence_id>")
def download(evidence_id: str) -> ResponseReturnValue:
    """One file, if the person may see what it belongs to. Answers ranges, for long videos.

    Whoever may not know whose work it is gets a copy without its author's marks.
    """
    me()
    blinded = ""
    with read_session() as session:
        kept = session.get(Evidence, evidence_id)
        if kept is None:
            raise NotFound(_(_NO_FILE))
        if kept.submission_id is not None:
            subject = drafting.subject_of(session, kept.submission_id)
            hidden = kept.id in consents.hidden_from(session, actor(), subject)
            try:
                require(actor(), "submission.read", subject)
            except (NotFound, Refused) as error:
                # A reviewer who practices reads a copy, and learns of the submission nothing.
                blinded = calibrations.file_name(session, actor(), evidence_id)
                if not blinded and isinstance(error, Refused):
                    raise
                if not blinded:
                    # Other words would tell that there is such a file.
                    raise NotFound(_(_NO_FILE)) from None
            else:
                if blinding.hides_candidate(actor(), subject):
                    blinded = blinding.file_names(session, kept.submission_id)[kept.id]
            if hidden:
                raise Refused(consents.not_shown())
        elif may(actor(), "recognition.record"):
            # The proof of a recognised credential: whoever records those may read it.
            raise NotFound(_(_NO_FILE))
    if kept.url:
        return redirect(kept.url, 303)
    house().store.open(kept.sha256).close()  # says so in words when the bytes are gone
    path = _without_marks(kept) if blinded else house().store.path(kept.sha256)
    in_place = kept.media_type in SHOWN_IN_PLACE and "download" not in request.args
    response = send_file(
        path,
        mimetype=kept.media_type,
        as_attachment=not in_place,
        download_name=blinded or kept.name,
        conditional=True,
        etag=path.name,
        max_age=0,
    )
    return secured(response, kept.media_type, in_place)


def secured(response: Response, media_type: str, in_place: bool) -> Response:
    """A file as it may be handed out: never a page of this site, and asked for anew each time."""
    pdf = media_type == "application/pdf" and in_place
    response.headers["Content-Security-Policy"] = _FOR_PDF if pdf else _SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _without_marks(kept: Evidence) -> Path:
    """The file as somebody gets it who may not know whose it is. Sound, film and the like come as
    they are: the candidate was told so before they handed it in."""
    store = house().store
    if not author_marks.can_clean(kept.media_type):
        return store.path(kept.sha256)
    name = f"{kept.sha256}-{author_marks.RECIPE}"
    place = house().settings.instance / "blinded" / kept.sha256[:2] / name
    try:
        with store.open(kept.sha256) as source:
            return author_marks.cleaned(source, kept.media_type, place)
    except author_marks.Uncleanable:
        raise NotFound(
            _("This file can’t be shown without telling whose it is. Ask program staff for it.")
        ) from None
