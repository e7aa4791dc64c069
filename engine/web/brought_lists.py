"""Lists that staff bring as files: looked at on one page, acted on from the next.

Between the two pages the file waits in the evidence store, under the digest of its content; the
form carries that digest, signed, with whatever was asked beside the file, so that what is done is
what was looked at.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer

from engine.errors import EvidenceRejected
from engine.forms.spreadsheet import MAX_BYTES
from engine.languages import _
from engine.records.files import safe_name
from engine.web.asking import house, me

SHOWN = 200
"""Rows of each kind on a page; all are counted, and all are done."""


class Brought(NamedTuple):
    """A list that was looked at."""

    sha256: str
    bytes: int
    media_type: str
    name: str
    said: list[str]
    """What was asked beside it, as its page needs it."""


def bring(*said: str) -> Brought:
    """The file of the field `list`, kept, with what was said beside it. Raises
    `EvidenceRejected`."""
    file = request.files.get("list")
    if file is None or not file.filename:
        raise EvidenceRejected("required", _("Choose the file with your list."))
    name = safe_name(file.filename)
    held = house().store.keep(file.stream, 4 * MAX_BYTES, name)  # type: ignore[arg-type]
    return Brought(held.sha256, held.bytes, held.media_type, name, list(said))


def bytes_of(brought: Brought) -> bytes:
    """What is in the file, or as much as tells that it is too large. Raises `EvidenceRejected`."""
    with house().store.open(brought.sha256) as file:
        return file.read(MAX_BYTES + 1)


def sealed(brought: Brought, purpose: str) -> str:
    """The list for a hidden field. For this person alone: nobody acts on a list that somebody else
    looked at."""
    return _signer(purpose).dumps(list(brought))


def opened(purpose: str) -> tuple[Brought, bytes]:
    """The list of the field `waiting`, and what is in it. Raises `EvidenceRejected` for one that
    is no longer here, or was none."""
    try:
        brought = Brought(*_signer(purpose).loads(request.form.get("waiting", "")))
        return brought, bytes_of(brought)
    except (BadSignature, TypeError, EvidenceRejected):
        words = _("The list is no longer here. Choose the file once more.")
        raise EvidenceRejected("gone", words) from None


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(house().settings.secret_key, salt=f"{purpose} {me().id}")
