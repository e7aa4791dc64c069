"""A PDF copy of a submission: asked for by a button, printed by a worker, fetched when it is there.

Who may read the answers may have the copy: the candidate their draft or what they handed in,
reviewers and staff what was handed in.
"""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.languages import _
from engine.records.files import readable_size
from engine.submissions import record
from engine.submissions.record import Record
from engine.web.asking import (
    house,
    is_mine,
    me,
    now,
    read_session,
    subject_of,
    transaction,
    wants_json,
)

records = Blueprint("records", __name__)


@records.get("/submissions/<submission_id>/record")
def page(submission_id: str) -> ResponseReturnValue:
    """Whether the copy is there; with `?asked=1` the page looks again until it is."""
    with read_session() as session:
        subject = subject_of(session, submission_id, "submission.read")
        found = record.for_reader(session, subject, me())
    path = record.path_of(found, house().settings) if found else None
    size = path.stat().st_size if path and path.exists() else 0
    if wants_json():
        return jsonify(ready=bool(size))
    return render_template(
        "web/candidate/record.html",
        subject=subject,
        credential=subject.edition.credential,
        record=found,
        size=readable_size(size) if size else "",
        waiting=not size and "asked" in request.args,
        back=_back(submission_id, is_mine(subject)),
    )


@records.post("/submissions/<submission_id>/record")
def make(submission_id: str) -> ResponseReturnValue:
    """Ask for the copy; nothing is queued when it is there already."""
    with transaction() as session:
        found = _wanted(session, submission_id)
        if not record.path_of(found, house().settings).exists():
            record.ask(session, found, now())
    return redirect(url_for("candidate.records.page", submission_id=submission_id, asked=1), 303)


@records.get("/submissions/<submission_id>/record.pdf")
def fetch(submission_id: str) -> ResponseReturnValue:
    """The file, if it was made of the answers as they are now."""
    with read_session() as session:
        found = _wanted(session, submission_id)
    path = record.path_of(found, house().settings)
    if not path.exists():
        raise NotFound(_("This copy has not been made yet. Ask for it on the page before."))
    response = send_file(
        path,
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"{found.title} - {found.candidate}.pdf",
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _wanted(session: Session, submission_id: str) -> Record:
    subject = subject_of(session, submission_id, "submission.read")
    found = record.for_reader(session, subject, me())
    if found is None:
        raise NotFound(_("Nothing has been handed in here yet, so there is nothing to copy."))
    return found


def _back(submission_id: str, mine: bool) -> str:
    return f"/submissions/{submission_id}" if mine else f"/review/{submission_id}"
