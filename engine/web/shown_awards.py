"""What anybody sees of what people chose to show: their page of awards, an award in a frame on
another site, and evidence.

No page here may be kept by a cache or found by a search engine. What is not shown any more answers
like what never was.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue

from engine.awards import status
from engine.awards.held import own_page, shown_to_all
from engine.errors import NotFound
from engine.languages import _
from engine.records.tables import Account, Award
from engine.submissions import shown_evidence
from engine.web.asking import house, now, read_session
from engine.web.evidence import SHOWN_IN_PLACE, secured
from engine.web.gallery import public_copy

blueprint = Blueprint("people", __name__)

FRAME_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)
"""Any site may frame an award. There is nothing in the frame to press but a link that opens a page
of its own, and no script, so that nobody can be made to do anything there."""


@blueprint.get("/people/<handle>")
def person(handle: str) -> ResponseReturnValue:
    """The awards that somebody shows at an address that they chose."""
    with read_session() as session:
        page = own_page.page(session, handle, now())
    if page is None:
        raise NotFound(_("There is no page of awards at this address."))
    return render_template("web/public/person.html", page=page)


@blueprint.get("/verify/<serial>/embed")
def frame(serial: str) -> ResponseReturnValue:
    """One award for another site's page, as it stands at this moment."""
    with read_session() as session:
        award = session.get(Award, serial)
        holder = session.get(Account, award.recipient_id) if award else None
    shown = shown_to_all.on_own_page(award, holder)
    page = render_template(
        "web/public/award-frame.html",
        award=award if shown else None,
        standing=status.standing(award if shown else None, now()),
    )
    response = make_response(page, 200 if shown else 404)
    response.headers["Content-Security-Policy"] = FRAME_POLICY
    return response


@blueprint.get("/badges/<serial>/evidence/<evidence_id>")
def evidence(serial: str, evidence_id: str) -> ResponseReturnValue:
    """A file that a holder shows with their award, as a copy without what it says of its author;
    a link leads on."""
    with read_session() as session:
        award = session.get(Award, serial)
        holder = session.get(Account, award.recipient_id) if award else None
        there = award is not None and holder is not None and holder.active
        shown = shown_evidence.shown(session, award) if award is not None and there else []
        kept = next((one for one in shown if one.id == evidence_id), None)
    if kept is None:
        raise NotFound(_("There is no such evidence here, or it is not shown any more."))
    if kept.url:
        return redirect(kept.url, 303)
    house().store.open(kept.sha256).close()  # says so in words when the bytes are gone
    in_place = kept.media_type in SHOWN_IN_PLACE and "download" not in request.args
    path = public_copy(kept)
    response = send_file(
        path,
        mimetype=kept.media_type,
        as_attachment=not in_place,
        download_name=kept.name,
        conditional=True,
        etag=path.name,
        max_age=0,
    )
    return secured(response, kept.media_type, in_place)


@blueprint.after_request
def found_by_nobody(response: Response) -> Response:
    """Whoever was given an address has it; nobody comes upon it by searching."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response
