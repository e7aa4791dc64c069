"""Large files over bad networks: the tus protocol, 1.0.0, as any of its clients speaks it.

Core, creation, creation-with-upload, creation-defer-length, checksum, termination and expiration.
`Upload-Metadata` says which question the file answers (`pointer`) and its name (`filename`). The
last piece's answer comes when the file is kept; `GET` on an upload's address tells what it became.

There is no form here, and so no form's token. Who sends is known by the session, and the address is
unguessable besides. Another site can't make a browser send any of this: every request that changes
something needs the header `Tus-Resumable`, which a browser adds for another site only after asking
here first (CORS preflight), and nothing here ever says yes. `asking.from_here` holds as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import http_date

from engine.errors import AccoladeError, EvidenceRejected
from engine.languages import _
from engine.records.files import unstorable
from engine.records.partials import Turn, TurnLost, WrongOffset
from engine.records.tables import Evidence, Upload
from engine.submissions import uploading
from engine.submissions.uploading import Limits, UploadGone
from engine.web import failures
from engine.web.asking import house, me, now, read_session, subject_of, transaction
from engine.web.evidence import facts_as_json
from engine.web.storable import without_nul

resumable = Blueprint("resumable", __name__)

VERSION: Final = "1.0.0"
EXTENSIONS: Final = (
    "creation,creation-with-upload,creation-defer-length,checksum,termination,expiration"
)
ALGORITHMS: Final = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
PIECE_TYPE: Final = "application/offset+octet-stream"
_PIECE = 128 * 1024
_DIGITS = re.compile(r"[0-9]{1,18}")
_LONGEST_METADATA = 16_000


class BadPiece(AccoladeError):
    """A request that breaks the protocol; `status` is what tus asks for."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@resumable.before_request
def _right_version() -> None:
    said = request.headers.get("Tus-Resumable")
    if request.method == "OPTIONS" or (said is None and request.method in ("GET", "HEAD")):
        return
    if said != VERSION:
        raise BadPiece(412, _("This site takes uploads by tus %(version)s.", version=VERSION))


@resumable.after_request
def _tus_headers(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


@resumable.errorhandler(BadPiece)
def _bad_piece(error: BadPiece) -> ResponseReturnValue:
    return failures.show(failures.from_words(error.status, str(error), ""))


@resumable.errorhandler(WrongOffset)
def _wrong_offset(error: WrongOffset) -> ResponseReturnValue:
    words = _("This piece doesn't follow on what has arrived. Ask where to go on.")
    response = failures.show(failures.from_words(409, words, "", "offset"))
    response.headers["Upload-Offset"] = str(error.arrived)
    return response


@resumable.errorhandler(TurnLost)
def _turn_lost(error: TurnLost) -> ResponseReturnValue:
    return failures.show(failures.from_words(423, str(error), "", "turn-lost"))


@resumable.errorhandler(UploadGone)
def _gone(error: UploadGone) -> ResponseReturnValue:
    return failures.show(failures.from_words(410, str(error), "", "gone"))


@resumable.route("/submissions/<submission_id>/uploads", methods=["OPTIONS"])
@resumable.route("/uploads/<upload_id>", methods=["OPTIONS"])
def discover(submission_id: str = "", upload_id: str = "") -> ResponseReturnValue:
    """What this server can do; asked by programs before they begin, without a session."""
    response = make_response("", 204)
    response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Max-Size"] = str(house().settings.evidence_max_bytes)
    response.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return response


@resumable.post("/submissions/<submission_id>/uploads")
def create(submission_id: str) -> ResponseReturnValue:
    """Begin an upload, and take its first bytes if they come along."""
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    length = _length()
    with transaction() as session:
        upload = uploading.begin(
            session,
            house().store,
            subject_of(session, submission_id),
            metadata.get("pointer", "")[:1000],
            metadata.get("filename") or metadata.get("name", ""),
            length,
            _limits(),
            me(),
            now(),
        )
        session.expunge(upload)
    response = make_response("", 201)
    response.headers["Location"] = f"/uploads/{upload.id}"
    response.headers["Upload-Expires"] = http_date(upload.expires_at)
    if request.mimetype == PIECE_TYPE:
        # The upload exists now, whatever becomes of this piece; its offset tells how much counts.
        with suppress(WrongOffset, BadPiece):
            _take(upload, 0)
        response.headers["Upload-Offset"] = str(_arrived(upload))
    return response


@resumable.get("/uploads/<upload_id>")
def state(upload_id: str) -> ResponseReturnValue:
    """How much has arrived; to a GET also what it became, as JSON."""
    with read_session() as session:
        upload = uploading.find(session, upload_id, me(), now())
        done = session.get(Evidence, upload.evidence_id) if upload.evidence_id else None
        facts = facts_as_json(done) if done else None
    arrived = _arrived(upload)
    response = jsonify(
        id=upload.id, name=upload.name, offset=arrived, length=upload.length, evidence=facts
    )
    response.headers["Upload-Offset"] = str(arrived)
    if upload.length is None:
        response.headers["Upload-Defer-Length"] = "1"
    else:
        response.headers["Upload-Length"] = str(upload.length)
    response.headers["Upload-Expires"] = http_date(upload.expires_at)
    response.headers["Upload-Metadata"] = ",".join(
        f"{key} {base64.b64encode(text.encode()).decode()}"
        for key, text in (("pointer", upload.pointer), ("filename", upload.name))
    )
    return response


@resumable.patch("/uploads/<upload_id>")
def append(upload_id: str) -> ResponseReturnValue:
    """Add a piece; with the last one, the file is checked and kept."""
    with read_session() as session:
        upload = uploading.find(session, upload_id, me(), now())
    if request.mimetype != PIECE_TYPE:
        raise BadPiece(415, _("Pieces of a file come as %(type)s.", type=PIECE_TYPE))
    offset = _number("Upload-Offset")
    if offset is None:
        raise BadPiece(400, _("The header Upload-Offset is missing."))
    if upload.length is None and request.headers.get("Upload-Length"):
        upload = _with_length(upload)
    until = _take(upload, offset)
    response = make_response("", 204)
    response.headers["Upload-Offset"] = str(_arrived(upload))
    response.headers["Upload-Expires"] = http_date(until)
    return response


@resumable.delete("/uploads/<upload_id>")
def terminate(upload_id: str) -> ResponseReturnValue:
    """Drop an upload and what has arrived of it."""
    with transaction() as session:
        uploading.drop(session, house().store, uploading.find(session, upload_id, me(), now()))
    return "", 204


@resumable.post("/uploads/<upload_id>")
def instead(upload_id: str) -> ResponseReturnValue:
    """For networks that let nothing but GET and POST through."""
    match request.headers.get("X-HTTP-Method-Override", "").upper():
        case "PATCH":
            return append(upload_id)
        case "DELETE":
            return terminate(upload_id)
        case "HEAD":
            return state(upload_id)
    raise MethodNotAllowed(["GET", "HEAD", "PATCH", "DELETE", "OPTIONS"])


def _take(upload: Upload, offset: int) -> datetime:
    """Add this request's body at `offset`, and finish the upload when it is whole; returns until
    when it waits for more."""
    store, said = house().store, request.content_length
    if upload.evidence_id is not None:
        if offset != upload.length:
            raise WrongOffset(upload.length or 0)
        return upload.expires_at
    with read_session() as session:
        subject = subject_of(session, upload.submission_id)
        asked = uploading.field_at(subject, upload.pointer, me())
    whole = upload.length
    room = (uploading.most_for(asked, _limits()) if whole is None else whole) - offset
    if said is not None and said > room:
        raise BadPiece(413, _("This is more than the file was said to be. Nothing was added."))
    checksum = _checksum()
    try:
        turn = store.partials.take_turn(
            upload.id, offset, on_trial=checksum is not None or said is None
        )
        _copy(turn, room, checksum)
    except FileNotFoundError:
        raise UploadGone from None
    except OSError as error:
        raise unstorable(error) from error
    with transaction() as session:
        until = uploading.touch(session, upload, _limits().days, now())
    if whole is not None and _arrived(upload) == whole:
        _finish(upload)
    return until


def _copy(turn: Turn, room: int, checksum: tuple[str, bytes] | None) -> None:
    """Everything that arrives, as it arrives. A connection that breaks keeps what it brought,
    unless that came with a checksum, which only the whole piece can meet."""
    seen = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    for piece in _body(room + 1):
        if len(piece) > room:
            turn.reject()
            raise BadPiece(413, _("This is more than the file was said to be. Nothing was added."))
        room -= len(piece)
        if seen is not None:
            seen.update(piece)
        turn.write(piece)
    if seen is not None and checksum is not None and seen.digest() != checksum[1]:
        turn.reject()
        raise BadPiece(460, _("This piece was damaged on its way. Send it again."))
    turn.accept()


def _body(most: int) -> Iterator[bytes]:
    """The request's body, at most `most` bytes; it ends where the connection breaks."""
    request.max_content_length = max(most, request.content_length or 0)
    try:
        stream = request.stream
        while most > 0 and (piece := stream.read(min(_PIECE, most))):
            most -= len(piece)
            yield piece
    except (OSError, HTTPException):
        return


def _finish(upload: Upload) -> None:
    store = house().store
    with read_session() as session:
        subject = subject_of(session, upload.submission_id)
        if (known := session.get(Upload, upload.id)) is None or known.evidence_id:
            return
    try:
        facts = uploading.settle(store, subject, upload, me())
    except FileNotFoundError:
        return  # somebody else finished it in this instant
    except EvidenceRejected as rejected:
        if rejected.code not in ("unscanned", "full", "unreadable"):
            with transaction() as session:
                uploading.drop(session, store, upload)
        raise
    with transaction() as session:
        subject = subject_of(session, upload.submission_id)
        uploading.finish(session, subject, upload.id, facts, me(), now())
    store.partials.remove(upload.id)


def _arrived(upload: Upload) -> int:
    try:
        return house().store.partials.arrived(upload.id)
    except FileNotFoundError:
        with read_session() as session:
            known = session.get(Upload, upload.id)
            if known is None or known.evidence_id is None:
                raise UploadGone from None
            return known.length or 0


def _with_length(upload: Upload) -> Upload:
    length = _number("Upload-Length")
    assert length is not None
    with transaction() as session:
        found = uploading.find(session, upload.id, me(), now())
        if length < _arrived(found):
            raise BadPiece(400, _("More than that has arrived already."))
        uploading.know_length(session, found, length, _limits(), me())
        session.expunge(found)
        return found


def _limits() -> Limits:
    return Limits.of(house().settings)


def _length() -> int | None:
    """The length that a new upload will have. Raises `BadPiece`."""
    deferred = request.headers.get("Upload-Defer-Length")
    length = _number("Upload-Length")
    if (length is None) == (deferred is None) or deferred not in (None, "1"):
        raise BadPiece(
            400, _("Say how long the file is (Upload-Length), or that you don't know yet.")
        )
    return length


def _number(header: str) -> int | None:
    said = request.headers.get(header)
    if said is None:
        return None
    if not _DIGITS.fullmatch(said):
        raise BadPiece(400, _("The header %(name)s must be a whole number.", name=header))
    return int(said)


def _checksum() -> tuple[str, bytes] | None:
    said = request.headers.get("Upload-Checksum")
    if said is None:
        return None
    name, _space, encoded = said.strip().partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        digest = b""
    if name not in ALGORITHMS or len(digest) != ALGORITHMS[name]().digest_size:
        raise BadPiece(
            400,
            _("The header Upload-Checksum must be one of %(names)s.", names=", ".join(ALGORITHMS)),
        )
    return name, digest


def _metadata(said: str) -> dict[str, str]:
    """`filename cGxhbi5wZGY=,pointer L2E=`: names, and values in base64. Raises `BadPiece`."""
    found: dict[str, str] = {}
    if len(said) > _LONGEST_METADATA:
        raise BadPiece(400, _("The header Upload-Metadata can't be read."))
    for part in filter(None, (part.strip() for part in said.split(","))):
        key, _space, encoded = part.partition(" ")
        try:
            value = base64.b64decode(encoded, validate=True).decode("utf-8")
        except ValueError:
            raise BadPiece(400, _("The header Upload-Metadata can't be read.")) from None
        found[key] = without_nul(value)
    return found
