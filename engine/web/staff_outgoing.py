"""What leaves the house: letters that were composed.

Letters are kept so that staff can see what was sent to whom, and send one again. Of work that is
kept in confidence they see that there was a letter, neither its words and links nor whom else but
the candidate it went to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from engine import permissions
from engine.errors import NotFound, Refusal, Refused
from engine.languages import _
from engine.mail import outbox, wordings
from engine.mail.outbox import Wanted
from engine.records import audit, catalogue
from engine.records.tables import Letter, Submission, new_id
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.paging import PAGE_ROWS, Page, cut, older

blueprint = Blueprint("outgoing", __name__)

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""Letters have their styles on their tags, so styles hold, but only here."""


@blueprint.get("/mail")
def mail() -> ResponseReturnValue:
    """Every letter, the latest first."""
    asked = request.args
    wanted = Wanted(
        asked.get("status", ""),
        asked.get("to", "").strip().lower()[:320],
        asked.get("letter", "")[:200],
    )
    with read_session() as session:
        page = letters(session, wanted, asked.get("after", ""))
        hidden = set(in_confidence(session, page.rows))
        if wanted.address:
            # Whoever guesses an address must not learn that it got one of these.
            told = (one for one in page.rows if one.id not in hidden or one.account_id)
            page = replace(page, rows=tuple(told))
        standing = outbox.standing(session)
    return render_template(
        "web/staff/mail.html",
        page=page,
        hidden=hidden,
        wanted=wanted,
        narrowed=any(wanted),
        standing=standing,
        names=wordings.names(house().settings),
        statuses=outbox.STATUSES,
        without_server=not house().settings.mail_url,
    )


@blueprint.get("/mail/<letter_id>")
def letter(letter_id: str) -> ResponseReturnValue:
    """One letter, as it was composed."""
    with read_session() as session:
        found = _letter(session, letter_id)
        hidden = in_confidence(session, [found]).get(letter_id)
        told = audit.story(session, outbox.chain(found))
        gathered = session.scalars(
            select(Letter).where(Letter.digest_id == letter_id).order_by(Letter.written_at)
        ).all()
    return render_template(
        "web/staff/letter.html",
        letter=found,
        hidden=hidden,
        status=outbox.STATUSES.get(found.status, (found.status, "neutral")),
        story=told[::-1],
        gathered=gathered,
        copy=new_id(),
    )


@blueprint.get("/mail/<letter_id>/html")
def letter_html(letter_id: str) -> ResponseReturnValue:
    """The letter's HTML alone, for the frame that shows it."""
    with read_session() as session:
        found = _letter(session, letter_id)
        if hidden := in_confidence(session, [found]).get(letter_id):
            raise Refused(hidden)
    if not found.html:
        raise NotFound(_("This letter has no HTML."))
    return as_mail(found.html)


@blueprint.post("/mail/<letter_id>/send")
def send_again(letter_id: str) -> ResponseReturnValue:
    """Send it again: itself if it never left, a copy if it did."""
    copy = request.form.get("copy", "")
    with transaction() as session:
        id = outbox.send_again(session, letter_id, copy, me(), now())
    flash(
        _("It is on its way again, as it was.")
        if id == letter_id
        else _("A copy of the letter is on its way."),
        "good",
    )
    return redirect(url_for("staff.outgoing.letter", letter_id=id), 303)


def letters(
    session: Session, wanted: Wanted, after: str = "", limit: int = PAGE_ROWS
) -> Page[Letter]:
    """A page of letters, in one query."""
    found = session.scalars(
        select(Letter)
        .options(defer(Letter.text), defer(Letter.html))
        .where(*outbox.conditions(wanted), *older(Letter.written_at, Letter.id, after))
        .order_by(Letter.written_at.desc(), Letter.id.desc())
        .limit(limit + 1)
    ).all()
    return cut(found, lambda one: (one.written_at, one.id), limit)


def in_confidence(session: Session, letters: Iterable[Letter]) -> dict[str, Refusal]:
    """Why these letters, by id, are not for whoever is signed in: they are about work that is kept
    in confidence. One query, however many there are."""
    about = {one.id: one.submission_id for one in letters if one.submission_id}
    if not about:
        return {}
    query = select(Submission).where(Submission.id.in_(set(about.values())))
    refusals: dict[str, Refusal] = {}
    for submission in session.scalars(query):
        edition = catalogue.edition(session, submission.edition_digest)
        if edition.credential.confidential and submission.candidate_id != me().id:
            refusals[submission.id] = permissions.in_confidence(submission)
    return {id: refusals[one] for id, one in about.items() if one in refusals}


def as_mail(html: str) -> Response:
    """A letter's HTML for a frame: its own styles hold, and nothing in it runs, is fetched or
    leads anywhere but to a new page."""
    response = make_response(html.replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _letter(session: Session, id: str) -> Letter:
    if (found := session.get(Letter, id)) is None:
        raise NotFound(_("There is no such letter."))
    return found


def unsent(session: Session) -> int:
    """How many letters wait to leave."""
    leaving = Letter.status.in_(("waiting", "failed"))
    return session.scalar(select(func.count()).where(leaving)) or 0
