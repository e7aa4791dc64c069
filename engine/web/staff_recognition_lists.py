"""Recording many recognised credentials from a list: looked at first, then recorded as shown.

How the file waits between the two pages is in `brought_lists`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.awards.lists import columns, recognised_lists
from engine.awards.lists.recognised_lists import Rehearsal
from engine.errors import Conflict, EvidenceRejected, Problem
from engine.forms.spreadsheet import BadSheet
from engine.languages import _, ngettext
from engine.permissions import require
from engine.records.files import Kept
from engine.web.asking import me, now, read_session, transaction
from engine.web.brought_lists import SHOWN, Brought, bring, bytes_of, opened, sealed
from engine.web.kept_files import row_of
from engine.web.language_choice import switching

blueprint = Blueprint("recognition_lists", __name__, url_prefix="/recognitions/list")

_PURPOSE = "recognition list"


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
    if len(source) > columns.LONGEST_SOURCE:
        return _form(source, [Problem("source", "maxLength", columns.too_long())])
    try:
        brought = bring(source)
        with read_session() as session:
            found = recognised_lists.rehearse(session, bytes_of(brought), source, now())
    except EvidenceRejected as rejected:
        return _form(source, [Problem("list", rejected.code, rejected.message)])
    except BadSheet as bad:
        return _form(source, [Problem("list", "sheet", str(bad))])
    return _shown(brought, found)


@blueprint.post("/record")
def record() -> ResponseReturnValue:
    """Record what was shown."""
    require(me(), "recognition.record")
    try:
        brought, data = opened(_PURPOSE)
    except EvidenceRejected as rejected:
        return _form("", [Problem("list", rejected.code, rejected.message)])
    try:
        return _recorded(brought, data)
    except BadSheet as bad:
        return _form(brought.said[0], [Problem("list", "sheet", str(bad))])


def _recorded(brought: Brought, data: bytes) -> ResponseReturnValue:
    """Record it, or show it again. Raises `BadSheet`."""
    (source,) = brought.said
    if switching():
        with read_session() as session:
            found = recognised_lists.rehearse(session, data, source, now())
        return _shown(brought, found)
    proof = row_of(Kept(brought.sha256, brought.bytes, brought.media_type), brought.name)
    try:
        with transaction() as session:
            number = recognised_lists.record(
                session,
                data,
                source,
                request.form.get("digest", ""),
                proof,
                me(),
                now(),
            )
    except Conflict:
        with read_session() as session:
            found = recognised_lists.rehearse(session, data, source, now())
        return _shown(brought, found, changed=True)
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


def _form(source: str, problems: list[Problem] | None = None) -> ResponseReturnValue:
    found = problems or []
    page = render_template(
        "web/staff/recognition-list.html",
        source=source,
        headings=columns.headings(recognised_lists.COLUMNS),
        most=recognised_lists.MOST,
        problems=found,
        errors={problem.pointer: problem.message for problem in found},
    )
    return page, 422 if found else 200


def _shown(brought: Brought, found: Rehearsal, changed: bool = False) -> ResponseReturnValue:
    values: dict[str, Any] = {
        "name": brought.name,
        "found": found,
        "shown": SHOWN,
        "changed": changed,
        "waiting": sealed(brought, _PURPOSE),
    }
    return render_template(
        "web/staff/recognition-rehearsal.html", **values
    ), 409 if changed else 200
