"""Recognized credentials: staff record that a person holds one that was earned elsewhere.

A record names its source and may carry a proof. It counts as a prerequisite from then on, and
stops counting when it is revoked, with a reason; nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased
from werkzeug.datastructures import FileStorage

from engine.awards import issuing
from engine.awards.recognising import recognised
from engine.errors import EvidenceRejected, NotFound, Problem
from engine.languages import _
from engine.people import normal_email
from engine.permissions import require
from engine.records.tables import Account, Evidence, Recognition
from engine.web.asking import me, now, read_session, transaction
from engine.web.kept_files import kept
from engine.web.language_choice import switching
from engine.web.paging import PAGE_ROWS, Page, cut, older

blueprint = Blueprint("recognitions", __name__, url_prefix="/recognitions")


class Line(NamedTuple):
    """One record in the list."""

    id: str
    account_id: str
    name: str
    credential_id: str
    earned_on: date
    source: str
    proof_id: str | None
    recorded_by: str
    recorded_at: datetime
    revoked_at: datetime | None
    revoked_reason: str
    expires_at: datetime | None


class Asked(NamedTuple):
    """The form as typed."""

    person: str = ""
    """An e-mail address."""
    credential: str = ""
    earned_on: str = ""
    """ISO 8601 date."""
    source: str = ""


@blueprint.get("")
def recorded() -> ResponseReturnValue:
    """The form for a new record, and every record with the latest first."""
    return _page(Asked(person=request.args.get("person", "")))


@blueprint.post("")
def record() -> ResponseReturnValue:
    """Record that a person holds a recognised credential."""
    require(me(), "recognition.record")
    asked = Asked(*(request.form.get(name, "").strip() for name in Asked._fields))
    if switching():
        return _page(asked)
    with read_session() as session:
        person = session.scalar(select(Account).where(Account.email == normal_email(asked.person)))
        problems = _problems(asked, person, recognised.titles(session))
    if problems or person is None:
        return _page(asked, problems, 422)
    try:
        # The bytes first: nobody else's save should wait for a large file.
        proof = _kept(request.files.get("proof"))
    except EvidenceRejected as rejected:
        return _page(asked, [Problem("proof", rejected.code, rejected.message)], 422)
    with transaction() as session:
        if proof is not None:
            session.add(proof)
            session.flush()
        issuing.recognise(
            session,
            person,
            asked.credential,
            date.fromisoformat(asked.earned_on),
            asked.source,
            proof.id if proof else None,
            me(),
            now(),
        )
    flash(
        _("Recorded: %(name)s holds it. It counts from now on.", name=person.name),
        "good",
    )
    return redirect(url_for("staff.recognitions.recorded"), 303)


@blueprint.post("/<recognition_id>/revoke")
def revoke(recognition_id: str) -> ResponseReturnValue:
    """End a record, with the reason."""
    require(me(), "recognition.record")
    reason = request.form.get("reason", "").strip()[:2_000]
    if switching():
        return _page(Asked(), reasons={recognition_id: reason})
    with transaction() as session:
        found = session.get(Recognition, recognition_id)
        if found is None:
            raise NotFound(_("There is no such record."))
        if not reason:
            problem = Problem(f"reason-{recognition_id}", "required", _("Say why it is revoked."))
            return _page(Asked(), [problem], 422)
        issuing.revoke_recognition(session, found, reason, me(), now())
    flash(_("The record is revoked. It no longer counts as a prerequisite."), "good")
    return redirect(url_for("staff.recognitions.recorded"), 303)


def listed(session: Session, after: str = "", limit: int = PAGE_ROWS) -> Page[Line]:
    """A page of records, in one query."""
    recorder = aliased(Account)
    query = (
        select(
            Recognition.id,
            Recognition.account_id,
            Account.name,
            Recognition.credential_id,
            Recognition.earned_on,
            Recognition.source,
            Recognition.proof_id,
            recorder.name,
            Recognition.recorded_at,
            Recognition.revoked_at,
            Recognition.revoked_reason,
            Recognition.expires_at,
        )
        .join(Account, Account.id == Recognition.account_id)
        .join(recorder, recorder.id == Recognition.recorded_by)
        .where(*older(Recognition.recorded_at, Recognition.id, after))
        .order_by(Recognition.recorded_at.desc(), Recognition.id.desc())
        .limit(limit + 1)
    )
    lines = [Line._make(row) for row in session.execute(query)]
    return cut(lines, lambda line: (line.recorded_at, line.id), limit)


def _problems(asked: Asked, person: Account | None, known: dict[str, str]) -> list[Problem]:
    found = []
    if person is None:
        found.append(
            Problem(
                "person",
                "unknown",
                _("Give the e-mail address of somebody who has an account here."),
            )
        )
    if asked.credential not in known:
        found.append(Problem("credential", "enum", _("Choose which credential they hold.")))
    try:
        earned = date.fromisoformat(asked.earned_on)
        if earned > now().date():
            found.append(Problem("earned_on", "range", _("This day is still to come.")))
    except ValueError:
        found.append(Problem("earned_on", "format", _("Give the day it was earned.")))
    if not asked.source:
        found.append(Problem("source", "required", _("Say who awarded it, or how you know.")))
    elif len(asked.source) > 500:
        found.append(Problem("source", "maxLength", _("Keep the source within 500 characters.")))
    return found


def _kept(proof: FileStorage | None) -> Evidence | None:
    return kept(proof) if proof is not None and proof.filename else None


def _page(
    asked: Asked,
    problems: Sequence[Problem] = (),
    status: int = 200,
    reasons: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """The list under the form as `asked`; `reasons` are half written, by the id of the record."""
    with read_session() as session:
        page = listed(session, request.args.get("after", ""))
        titles = recognised.titles(session)
    rendered = render_template(
        "web/staff/recognitions.html",
        page=page,
        titles=titles,
        asked=asked,
        problems=problems,
        reasons=reasons or {},
        errors={problem.pointer: problem.message for problem in problems},
    )
    return rendered, status
