"""Badges as other programs read them: the signed one, what it is for, its issuer and their keys,
status lists, and the hosted badges of version 2.0.

All of it is JSON for anybody, from any site's page. People who follow such an address are led to
the page that says the same in words. Whoever asks for a badge knows its serial, as whoever
verifies a certificate does; one that was taken back and one that nobody was given look alike.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.awards import status
from engine.awards.badges import achievement, awarded, hosted, issuer
from engine.awards.badges.issued_status import StatusLists
from engine.awards.held import shown_to_all
from engine.awards.serial import typed_serial
from engine.errors import NotFound
from engine.languages import _
from engine.records import catalogue
from engine.records.tables import Account, Award
from engine.web.asking import house, now, read_session

blueprint = Blueprint("badges", __name__)

CREDENTIAL = "application/vc"
LINKED = "application/ld+json"
_AN_HOUR = "public, max-age=3600"
_MINUTES = "public, max-age=300"
_SECONDS = "public, max-age=30"


@blueprint.get("/badges/<serial>")
def badge(serial: str) -> ResponseReturnValue:
    """The signed Open Badge 3.0 of an award; of one that was revoked or replaced, or that is shown
    to nobody, nothing, as of a serial that nobody was given."""
    if _for_people():
        return redirect(url_for("public.verify", serial=serial), 303)
    asked = typed_serial(serial) or serial
    with read_session() as session:
        signed = shown_to_all.badge(session, asked, house().settings)
    if signed is None:
        raise NotFound(_("There is no badge here that counts."))
    return _given(signed, CREDENTIAL, "no-cache")


@blueprint.get("/badges/status/<int:number>")
def status_list(number: int) -> ResponseReturnValue:
    """Which of our badges were taken back: a signed list of bits."""
    lists = current_app.extensions.setdefault("accolade-status-lists", StatusLists())
    with read_session() as session:
        found = lists.listing(session, number, house().settings, now())
    if found is None:
        raise NotFound(_("There is no such list."))
    response = _given(found.signed, CREDENTIAL, _SECONDS)
    response.set_etag(found.etag, weak=True)
    return response.make_conditional(request)


@blueprint.get("/badges/achievements/<digest>")
def achievement_of(digest: str) -> ResponseReturnValue:
    """What badges of one edition of a credential are for."""
    with read_session() as session:
        edition = catalogue.as_written(session, digest)
    if _for_people():
        where = url_for("public.credential", credential_id=edition.credential.id)
        return redirect(where, 303)
    said = {"@context": list(awarded.CONTEXTS), **achievement.of(edition, house().settings)}
    return _given(said, LINKED, _AN_HOUR)


@blueprint.get("/badges/issuer")
def issuer_profile() -> ResponseReturnValue:
    """Who issues."""
    said = {"@context": list(awarded.CONTEXTS), **issuer.of(house().settings).profile()}
    return _given(said, LINKED, _MINUTES)


@blueprint.get("/.well-known/did.json")
@blueprint.get("/did.json")
def did_document() -> ResponseReturnValue:
    """The keys that badges are signed with. At the second address when the site stands in a folder
    of its host (DID Web §3.2)."""
    return _given(issuer.of(house().settings).did_document(), "application/json", _MINUTES)


@blueprint.get("/badges/2.0/<serial>")
def hosted_badge(serial: str) -> ResponseReturnValue:
    """The award as a hosted badge of Open Badges 2.0; 410 once it is taken back, and 404 with the
    same members for a serial that nobody was given.

    Given also where its holder shows it to nobody: it has no name in it, only a salted hash, and
    such a badge is true only while it stands at its address, so that hiding it would void it."""
    if _for_people():
        return redirect(url_for("public.verify", serial=serial), 303)
    settings, asked = house().settings, typed_serial(serial) or serial
    with read_session() as session:
        award = session.get(Award, asked)
        account = session.get(Account, award.recipient_id if award else "")
        evidence = awarded.evidence(session, award, settings) if award else []
    standing = status.standing(award, now())
    if award is None or account is None or standing.word not in ("valid", "expired"):
        gone = hosted.taken_back(asked, standing, settings)
        return _given(gone, LINKED, "no-cache"), 404 if award is None else 410
    return _given(hosted.assertion(award, account, evidence, settings), LINKED, "no-cache")


@blueprint.get("/badges/2.0/classes/<digest>")
def badge_class(digest: str) -> ResponseReturnValue:
    """What hosted badges of one edition of a credential are for."""
    with read_session() as session:
        edition = catalogue.as_written(session, digest)
    return _given(hosted.badge_class(edition, house().settings), LINKED, _AN_HOUR)


@blueprint.get("/badges/2.0/issuer")
def hosted_issuer() -> ResponseReturnValue:
    """Who issues the hosted badges."""
    return _given(hosted.profile(house().settings), LINKED, _MINUTES)


@blueprint.after_request
def _from_anywhere(response: Response) -> Response:
    """A wallet may be a page of another site. Nothing here is anybody's own, so it may read it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.vary.add("Accept")
    return response


def _for_people() -> bool:
    accept = request.accept_mimetypes
    return request.args.get("format") != "json" and accept["text/html"] > max(
        accept["application/json"], accept[LINKED], accept[CREDENTIAL]
    )


def _given(said: str | dict[str, Any], mimetype: str, caching: str) -> Response:
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    response = Response(text, mimetype=mimetype)
    response.headers["Cache-Control"] = caching
    response.headers["Vary"] = "Accept"
    return response
