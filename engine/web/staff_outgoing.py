"""What leaves the house: letters that were composed, and the queue's jobs.

Letters are kept so that staff can see what was sent to whom; nothing here sends or changes one.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.languages import _
from engine.records import jobs
from engine.records.tables import Letter
from engine.web.asking import read_session
from engine.web.paging import PAGE_ROWS, Page, cut, older

blueprint = Blueprint("outgoing", __name__)


@blueprint.get("/mail")
def mail() -> ResponseReturnValue:
    """Every letter, the latest first."""
    address = request.args.get("to", "").strip().lower()[:320]
    with read_session() as session:
        page = letters(session, address, request.args.get("after", ""))
    return render_template("web/staff/mail.html", page=page, address=address)


@blueprint.get("/mail/<letter_id>")
def letter(letter_id: str) -> ResponseReturnValue:
    """One letter, as it was composed."""
    with read_session() as session:
        found = session.get(Letter, letter_id)
    if found is None:
        raise NotFound(_("There is no such letter."))
    return render_template("web/staff/letter.html", letter=found)


@blueprint.get("/jobs")
def queued() -> ResponseReturnValue:
    """The queue's latest jobs, those that failed first to the eye."""
    failed_only = request.args.get("only") == "failed"
    with read_session() as session:
        listing = jobs.listing(session, failed_only=failed_only)
    return render_template("web/staff/jobs.html", jobs=listing, failed_only=failed_only)


def letters(
    session: Session, address: str = "", after: str = "", limit: int = PAGE_ROWS
) -> Page[Letter]:
    """A page of letters, in one query; `address` narrows it to one reader."""
    query = (
        select(Letter)
        .where(*older(Letter.written_at, Letter.id, after))
        .order_by(Letter.written_at.desc(), Letter.id.desc())
        .limit(limit + 1)
    )
    if address:
        query = query.where(Letter.to_address == address)
    found = session.scalars(query).all()
    return cut(found, lambda one: (one.written_at, one.id), limit)


def unsent(session: Session) -> int:
    """How many letters wait to leave."""
    return session.scalar(select(func.count()).where(Letter.sent_at.is_(None))) or 0
