"""Recording many recognised credentials from a list: looked at first, then recorded as shown.

Between the two pages the file waits in the evidence store, under the digest of its content; the
form carries that digest, signed, so that what is recorded is the file that was looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from engine.awards import recognised_lists
from engine.awards.recognised_lists import Rehearsal
from engine.errors import Conflict, EvidenceRejected, Problem
from engine.forms.spreadsheet import MAX_BYTES, BadSheet
from engine.languages import _, ngettext
from engine.permissions import require
from engine.records.files import Kept, safe_name
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.kept_files import row_of
from engine.web.language_choice import switching

blueprint = Blueprint("recognition_lists", __name__, url_prefix="/recognitions/list")

SHOWN = 200
"""Rows of each kind on the page; all are counted, and all are recorded."""


class Waiting(NamedTuple):
    """A list that was looked at."""

    sha256: str
    bytes: int
    media_type: str
    name: str
    source: str
    """Of rows without one."""


@blueprint.get("")
def ask() -> ResponseReturnValue:
    """The form for a list."""
    return _form("")


@blueprint.post("")
def look() -> ResponseReturnValue:
    """What would come of the list, row by row. Nothing is recorded."""
    require(me(), "recognition.record")
    source = request.form.get("source", "").strip()
    if switching():
        return _form(source)
    if len(source) > recognised_lists.LONGEST_SOURCE:
        words = _("Keep the source within 500 characters.")
        return _form(source, [Problem("source", "maxLength", words)])
    file = request.files.get("list")
    if file is None or not file.filename:
        return _form(source, [Problem("list", "required", _("Choose the file with your list."))])
    name = safe_name(file.filename)
    try:
        held = house().store.keep(file.stream, 4 * MAX_BYTES, name)  # type: ignore[arg-type]
        waiting = Waiting(held.sha256, held.bytes, held.media_type, name, source)
        with read_session() as session:
            found = recognised_lists.rehearse(session, _bytes_of(waiting), source, now())
    except EvidenceRejected as rejected:
        return _form(source, [Problem("list", rejected.code, rejected.message)])
    except BadSheet as bad:
        return _form(source, [Problem("list", "sheet", str(bad))])
    return _shown(waiting, found)


@blueprint.post("/record")
def record() -> ResponseReturnValue:
    """Record what was shown."""
    require(me(), "recognition.record")
    try:
        waiting = Waiting(*_signer().loads(request.form.get("waiting", "")))
        data = _bytes_of(waiting)
    except (BadSignature, TypeError, EvidenceRejected):
        words = _("The list is no longer here. Choose the file once more.")
        return _form("", [Problem("list", "gone", words)])
    try:
        return _recorded(waiting, data)
    except BadSheet as bad:
        return _form(waiting.source, [Problem("list", "sheet", str(bad))])


def _recorded(waiting: Waiting, data: bytes) -> ResponseReturnValue:
    """Record it, or show it again. Raises `BadSheet`."""
    if switching():
        with read_session() as session:
            found = recognised_lists.rehearse(session, data, waiting.source, now())
        return _shown(waiting, found)
    proof = row_of(Kept(waiting.sha256, waiting.bytes, waiting.media_type), waiting.name)
    try:
        with transaction() as session:
            number = recognised_lists.record(
                session,
                data,
                waiting.source,
                request.form.get("digest", ""),
                proof,
                me(),
                now(),
            )
    except Conflict:
        with read_session() as session:
            found = recognised_lists.rehearse(session, data, waiting.source, now())
        return _shown(waiting, found, changed=True)
    flash(
        ngettext(
            "One is recorded. It counts from now on.",
            "%(count)s are recorded. They count from now on.",
            number,
        )
        if number
        else _("There was nothing to record."),
        "good" if number else "info",
    )
    return redirect(url_for("staff.recognitions.recorded"), 303)


def _bytes_of(waiting: Waiting) -> bytes:
    with house().store.open(waiting.sha256) as file:
        return file.read(MAX_BYTES + 1)


def _signer() -> URLSafeSerializer:
    # For this person alone: nobody records a list that somebody else looked at.
    return URLSafeSerializer(house().settings.secret_key, salt=f"recognition list {me().id}")


def _form(source: str, problems: list[Problem] | None = None) -> ResponseReturnValue:
    found = problems or []
    page = render_template(
        "web/staff/recognition-list.html",
        source=source,
        headings=recognised_lists.headings(),
        most=recognised_lists.MOST,
        problems=found,
        errors={problem.pointer: problem.message for problem in found},
    )
    return page, 422 if found else 200


def _shown(waiting: Waiting, found: Rehearsal, changed: bool = False) -> ResponseReturnValue:
    values: dict[str, Any] = {
        "name": waiting.name,
        "found": found,
        "shown": SHOWN,
        "changed": changed,
        "waiting": _signer().dumps(list(waiting)),
    }
    return render_template(
        "web/staff/recognition-rehearsal.html", **values
    ), 409 if changed else 200
