"""Whether a certificate is good: by its number, as a page, as JSON or as the signed badge itself.

Everybody may ask. The page tells what the certificate in one's hand says, and no more than its
holder agreed to. A number that nobody was given gets the same members after the same queries and
the same work, so that nothing but the answer tells a guess from an award. Files that people bring
are checked in `file_verification`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    after_this_request,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from engine.awards import status
from engine.awards.badges import issuer
from engine.awards.certificates import signature
from engine.awards.held import shown_to_all
from engine.awards.serial import typed_serial
from engine.awards.verification import verified
from engine.awards.verification.verified import Row, Verified
from engine.errors import NotFound, Refused
from engine.languages import _, current
from engine.permissions import may
from engine.records.tables import Award
from engine.web.asking import actor, house, now, read_session, wants_json
from engine.web.kept_answers import KeptAnswers

MEMBERS: Final = (*status.MEMBERS, "signature", "criteria", "standards", "evidence")
"""Of the JSON answer, whatever it says."""
SIGNED: Final = ("application/vc", "application/vc+ld+json", "application/ld+json")
"""What a program asks for that wants the signed badge itself."""
_LONGEST: Final = 40
"""Characters of a serial that are looked for and shown."""
_KEPT: Final = "verification"


@dataclass(frozen=True)
class _Page:
    body: bytes
    etag: str
    status: int


@dataclass(frozen=True)
class _Answers:
    """What this process knows already."""

    found: KeptAnswers[Verified] = field(default_factory=KeptAnswers)
    pages: KeptAnswers[_Page] = field(default_factory=KeptAnswers)


def add_to(blueprint: Blueprint) -> None:
    """The pages' addresses, as a part of `blueprint`."""
    blueprint.record(lambda state: state.app.extensions.setdefault(_KEPT, _Answers()))
    blueprint.add_url_rule("/verify", view_func=find_certificate)
    blueprint.add_url_rule("/verify/<serial>", view_func=verify)


def find_certificate() -> ResponseReturnValue:
    """Asks for the number on a certificate, or its file; with a number, leads to its page."""
    typed = request.args.get("serial", "").strip()
    if not typed:
        return render_template("web/public/find.html")
    return redirect(url_for("public.verify", serial=typed_serial(typed) or typed), 303)


def verify(serial: str) -> ResponseReturnValue:
    """How an award stands."""
    after_this_request(_varies)
    asked = _typed(serial[: 2 * _LONGEST]) or serial[:_LONGEST]
    accept: str = request.environ.get("HTTP_ACCEPT", "")
    row = verified.row_of(house().database.engine, asked)
    if _wants_the_badge(accept):
        return _signed(row)
    query = bool(request.environ.get("QUERY_STRING"))
    if wants_json() if query else _prefers_json(accept):
        found = answered(asked, row)
        return jsonify(as_json(found)), 404 if found.award is None else 200
    # Whoever has a session gets a page of their own: their name, the message that waits for them.
    # The page names its own address, so it is kept only of the one that everybody has.
    for_anybody = not query and serial == asked and not actor().id and not session
    kept, known_by = _answers().pages, (asked, current())
    page = kept.get(known_by, row, now()) if for_anybody else None
    if page is None:
        found = answered(asked, row)
        page = _page(asked, found)
        if for_anybody:
            kept.keep(known_by, row, found.checked_at, page, _ends(found))
    return _sent(page)


def _varies(response: Response) -> Response:
    """Page, JSON and badge stand at one address: which one is given is a matter of `Accept`."""
    response.vary.add("Accept")
    return response


def answered(serial: str, row: Row | None) -> Verified:
    """What there is to tell of `serial` now, from what `verified.row_of` found."""
    kept = _answers().found
    known_by = (serial, current())  # the standing is a sentence in the asker's language
    found = kept.get(known_by, row, now())
    if found is None:
        us = issuer.of(house().settings)
        with read_session() as database:
            found = verified.verified(database, row, us.did, our_document(us), now())
        kept.keep(known_by, row, now(), found, _ends(found))
    return found


def our_document(us: issuer.Issuer) -> dict[str, Any] | None:
    """Our DID document; None while our keys can't be read, for which a page must not fail."""
    try:
        return us.did_document()
    except Refused:
        return None


def signatory() -> signature.Signatory | None:
    """Who signs the PDF files; None while their certificate can't be read."""
    try:
        return signature.signatory(house().settings)
    except signature.CertificateUnreadable:
        return None


def as_json(found: Verified) -> dict[str, Any]:
    """The answer as a JSON object with every one of `MEMBERS`; null is what there is nothing of."""
    base_url = house().settings.base_url
    said = dict.fromkeys(MEMBERS) | status.as_json(
        found.award, found.standing, base_url, found.renewed_by
    )
    if found.award is None:
        return said
    checked = found.signature
    return said | {
        "signature": {
            "result": checked.word,
            "key": checked.key or None,
            "signed_at": checked.signed_at.isoformat() if checked.signed_at else None,
            "checked_at": found.checked_at.isoformat(),
        },
        "criteria": {
            "id": found.shown.criteria_address or None,
            "narrative": found.shown.criteria or None,
        },
        "standards": [
            {"code": one.code, "name": one.name, "framework": one.source, "id": one.address}
            for one in found.shown.standards
        ],
        "evidence": [{"name": one.name, "id": one.address} for one in found.shown.evidence],
    }


def _page(serial: str, found: Verified) -> _Page:
    body = render_template(
        "web/public/verify.html",
        award=found.award,
        found=found,
        standing=found.standing,
        serial=serial,
        may_download=found.award is not None and _may_download(found.award),
        signatory=signatory(),
    ).encode()
    return _Page(body, hashlib.sha256(body).hexdigest()[:32], 404 if found.award is None else 200)


def _sent(page: _Page) -> Response:
    response = current_app.response_class(page.body, page.status, mimetype="text/html")
    if page.status == 200:
        response.headers["ETag"] = f'"{page.etag}"'
        if "HTTP_IF_NONE_MATCH" in request.environ:
            response.make_conditional(request)
    return response


_typed = lru_cache(maxsize=1_000)(typed_serial)


@lru_cache(maxsize=200)
def _wants_the_badge(accept: str) -> bool:
    asked = parse_accept_header(accept, MIMEAccept)
    return asked.best_match(("text/html", "application/json", *SIGNED)) in SIGNED


@lru_cache(maxsize=200)
def _prefers_json(accept: str) -> bool:
    """As `wants_json`; what browsers ask for is the same for every page, so it is read once."""
    asked = parse_accept_header(accept, MIMEAccept)
    return asked["application/json"] > asked["text/html"]


def _signed(row: Row | None) -> ResponseReturnValue:
    """The badge as it was signed, as far as its holder shows it to anybody."""
    with read_session() as database:
        kept = shown_to_all.badge(database, row[0] if row else "", house().settings)
    if kept is None:
        raise NotFound(_("There is no badge with this number that is shown to everybody."))
    response = make_response(kept)
    response.mimetype = SIGNED[0]
    return response


def _ends(found: Verified) -> Any:
    return found.award.expires_at if found.award else None


def _may_download(award: Award) -> bool:
    try:
        return may(actor(), "award.see", award) is None
    except NotFound:
        return False


def _answers() -> _Answers:
    known = current_app.extensions[_KEPT]
    assert isinstance(known, _Answers)
    return known
