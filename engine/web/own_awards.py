"""A person's own awards: what others see of each, how to show it elsewhere, and all of it on paper.

Everything here is the holder's alone; program staff have pages of their own. What anybody sees of
it is in `shown_awards`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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
from sqlalchemy.orm import Session

from engine.awards import status
from engine.awards.certificates.certificate import verification_address
from engine.awards.held import learner_record, own_page, transcript
from engine.awards.status import Standing
from engine.awards.typesetting import qr
from engine.awards.typesetting.template_faults import TemplateFault
from engine.errors import NotFound, Problem, Refusal, Refused
from engine.languages import _
from engine.records.files import safe_name
from engine.records.tables import Account, Award
from engine.submissions import showing, shown_evidence
from engine.submissions.showing import Shown
from engine.web import share_links
from engine.web.asking import house, me, now, read_session, transaction
from engine.web.language_choice import switching

mine = Blueprint("awards", __name__)
_log = logging.getLogger("accolade.web")


class Row(NamedTuple):
    """One award in the list."""

    award: Award
    standing: Standing
    closed: bool
    """Kept in confidence."""


@mine.get("/my-work/awards")
def own() -> ResponseReturnValue:
    """One's awards, one's page of them, and what can be taken along."""
    return _list()


@mine.post("/my-work/awards/page")
def page() -> ResponseReturnValue:
    """Choose the address of one's page, or take it back."""
    person, typed = me(), request.form.get("handle", "")
    if switching():
        return _list(typed)
    with transaction() as session:
        if request.form.get("_do") == "close":
            own_page.take_back(session, person, now())
            problem = None
            flash(_("Your page is gone. Its address leads nowhere now."), "good")
        else:
            problem = own_page.choose(session, person, typed, house().settings, now())
            if problem is None:
                flash(_("This is the address of your page now."), "good")
    if problem is not None:
        return _list(typed, problem)
    return redirect(url_for(".own"), 303)


@mine.get("/my-work/awards/<serial>")
def one(serial: str) -> ResponseReturnValue:
    """One award: what others see of it, and how to show it elsewhere."""
    with read_session() as session:
        award = showing.own(session, serial, me())
        return _one(session, award, showing.of(award))


@mine.post("/my-work/awards/<serial>")
def show(serial: str) -> ResponseReturnValue:
    """Show this much of it from now on."""
    person, asked = me(), request.form
    wanted = Shown("on_page" in asked, "names_holder" in asked, tuple(asked.getlist("evidence")))
    if switching():
        with read_session() as session:
            return _one(session, showing.own(session, serial, person), wanted)
    with transaction() as session:
        award = showing.change(
            session,
            serial,
            wanted.on_page,
            wanted.names_holder,
            wanted.evidence,
            person,
            house().settings,
            now(),
        )
        kept = showing.of(award)
    if set(wanted.evidence) - set(kept.evidence):
        flash(_("Saved. Some of the evidence can’t be shown: see below why."), "warn")
    else:
        flash(_("Saved. This is what others see from now on."), "good")
    return redirect(url_for(".one", serial=serial), 303)


@mine.get("/my-work/awards/<serial>/qr.<any(svg, png):kind>")
def code(serial: str, kind: str) -> ResponseReturnValue:
    """The QR code of the verification page, to print on a poster or a business card."""
    with read_session() as session:
        award = showing.own(session, serial, me())
    address = verification_address(award.serial, house().settings)
    made = qr.as_svg(address) if kind == "svg" else qr.as_png(address)
    response = _file(made, "image/svg+xml" if kind == "svg" else "image/png")
    if "download" in request.args:
        name = safe_name(f"{award.title}.{kind}")
        response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@mine.get("/my-work/awards/transcript.pdf")
def on_paper() -> ResponseReturnValue:
    """Everything one was awarded, as a PDF file."""
    person, settings = me(), house().settings
    with read_session() as session:
        said = transcript.of(session, person.id, settings, now())
    try:
        # Printed with no session open: a long one takes seconds.
        pdf = transcript.render(said, settings)
    except TemplateFault as error:
        _log.error("a transcript: %s", error)
        raise Refused(
            Refusal(
                _("Your transcript can't be printed just now. Your awards stand."),
                _("Something in its design has to be mended first: please tell program staff."),
                "not-printed",
            )
        ) from error
    response = _file(pdf, "application/pdf")
    name = safe_name(_("Transcript of awards, %(name)s", name=said.name) + ".pdf")
    response.headers.set("Content-Disposition", "inline", filename=name)
    return response


@mine.get("/my-work/awards/record.json")
def record() -> ResponseReturnValue:
    """Everything one was awarded, as a signed Comprehensive Learner Record 2.0."""
    person, settings = me(), house().settings
    asked = request.args.get("part", "1")
    part = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0
    with transaction() as session:
        members = learner_record.members(session, person.id)
        parts = len(learner_record.parts(members))
        if not 1 <= part <= parts:
            raise NotFound(_("There is no such part of your record."))
        account = session.get_one(Account, person.id)
        said = learner_record.unsigned(session, account, members, part, settings, now())
    signed = learner_record.signed(said, settings, now())
    response = _file(signed.encode(), "application/vc+ld+json")
    name = safe_name(_("Learner record, %(name)s", name=person.name))
    tail = f", {part}" if parts > 1 else ""
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}{tail}.json")
    return response


def _list(typed: str = "", problem: Problem | None = None) -> ResponseReturnValue:
    person, settings = me(), house().settings
    with read_session() as session:
        account = session.get_one(Account, person.id)
        awards = showing.own_awards(session, person)
        rows = [
            Row(one, status.standing(one, now()), showing.in_confidence(session, one))
            for one in awards
        ]
        handle = account.handle
        parts = len(learner_record.parts(learner_record.members(session, person.id)))
    page = render_template(
        "web/candidate/awards.html",
        rows=rows,
        on_page=sum(row.award.on_page for row in rows),
        handle=handle,
        address=own_page.address(handle, settings) if handle else "",
        typed=typed or own_page.suggested(),
        problem=problem,
        base=own_page.address("", settings),
        parts=parts,
        closed=sum(row.closed for row in rows),
    )
    return page, 422 if problem else 200


def _one(session: Session, award: Award, wanted: Shown) -> str:
    closed = showing.in_confidence(session, award)
    return render_template(
        "web/candidate/own-award.html",
        award=award,
        standing=status.standing(award, now()),
        counts=status.counts(award, now()),
        shown=wanted,
        closed=closed,
        choices=() if closed else shown_evidence.choices(session, award),
        most=shown_evidence.MOST,
        handle=session.get_one(Account, award.recipient_id).handle,
        links=share_links.links(award, house().settings),
        places=_places(award),
    )


def _places(award: Award) -> Sequence[Mapping[str, Any]]:
    """Where wallets take the badge from."""
    return [
        {"url": f"/badges/{award.serial}.{kind}", "label": label}
        for kind, label in (
            ("png", _("Picture (PNG)")),
            ("svg", _("Drawing (SVG)")),
            ("json", _("Signed text (JSON)")),
        )
    ]


def _file(content: bytes, media_type: str) -> Response:
    response = make_response(content)
    response.mimetype = media_type
    response.headers["Cache-Control"] = "private, no-cache"
    return response
