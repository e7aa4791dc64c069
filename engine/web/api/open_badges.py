"""The Open Badges 3.0 API (§6): a person's credentials and profile, for the programs they let in.

Everything is about the person whose token it is, and nobody else.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from engine.awards.badges import strict_json, tokens
from engine.awards.held import wallet
from engine.connections.scopes import (
    ADD_CREDENTIALS,
    CHANGE_PROFILE,
    READ_CREDENTIALS,
    READ_PROFILE,
)
from engine.errors import EvidenceRejected, Refused
from engine.languages import _
from engine.web.api import bringing, discovery, profiles, programs
from engine.web.api.authorization import let_in
from engine.web.asking import house, read_session

blueprint = Blueprint("open_badges", __name__, url_prefix=programs.BADGES.rstrip("/"))

MOST: Final = 100
"""Credentials on one page, however many are asked for."""
_INT32: Final = 2**31 - 1
_JSON: Final = (
    "application/json",
    "application/vc+ld+json",
    "application/vc",
    "application/ld+json",
)


class _WrongQuery(Exception):
    """Something in the address that is not as the standard has it, in words."""


@blueprint.errorhandler(_WrongQuery)
def _wrong_query(wrong: _WrongQuery) -> Response:
    return programs.status_info(400, str(wrong), "invalid_query_parameter")


@blueprint.errorhandler(Refused)
def _refused(refused: Refused) -> Response:
    refusal = refused.refusal
    words = f"{refusal.reason} {refusal.remedy}".strip()
    response = programs.status_info(bringing.status_of(refusal.code), words)
    if response.status_code in (429, 503):
        response.headers["Retry-After"] = "3600"
    return response


@blueprint.errorhandler(EvidenceRejected)
def _rejected(rejected: EvidenceRejected) -> Response:
    return programs.status_info(400, rejected.message)


@blueprint.get("/credentials")
def credentials() -> ResponseReturnValue:
    """What the person holds (getCredentials), a page at a time, the oldest first."""
    who = let_in(READ_CREDENTIALS)
    limit = min(_number("limit", MOST, least=1), MOST)
    offset = _number("offset", 0, least=0)
    since = _moment("since")
    with read_session() as session:
        held = wallet.held(session, who.person.id, house().store, since)
        some = wallet.texts(session, held[offset : offset + limit], house().settings)
    signed = [one for one in some if not tokens.is_token(one)]
    # As they were signed, to the letter: put together as text, not read and written anew.
    compact = json.dumps([one for one in some if tokens.is_token(one)])
    body = f'{{"credential":[{",".join(signed)}],"compactJwsString":{compact}}}'
    response = make_response(body)
    response.mimetype = "application/json"
    response.headers["X-Total-Count"] = str(len(held))
    response.headers["Link"] = _links(len(held), limit, offset)
    return _private(response)


@blueprint.post("/credentials")
def bring() -> ResponseReturnValue:
    """A program brings a badge of the person's (upsertCredential): a new one, or a newer copy."""
    who = let_in(ADD_CREDENTIALS)
    if request.mimetype not in (*_JSON, "text/plain"):
        words = _("A badge comes as JSON, or as a token in plain text.")
        return programs.status_info(400, words)
    data = request.stream.read(strict_json.MAX_BYTES + 1)
    status = bringing.bring(who.person, data, is_token=request.mimetype == "text/plain")
    if status == 304:
        return _private(make_response("", 304))
    response = make_response(data, status)
    response.mimetype = "text/plain" if request.mimetype == "text/plain" else "application/json"
    return _private(response)


@blueprint.get("/profile")
def profile() -> ResponseReturnValue:
    """Who the person is (getProfile)."""
    who = let_in(READ_PROFILE)
    return _private(jsonify(profiles.of(who.person)))


@blueprint.put("/profile")
def change_profile() -> ResponseReturnValue:
    """What a program thinks that the person's profile should be (putProfile)."""
    who = let_in(CHANGE_PROFILE)
    try:
        said = strict_json.read_object(request.stream.read(strict_json.MAX_BYTES + 1))
    except Refused:
        said = {}  # what can't be read is no profile either
    return _private(jsonify(profiles.change(who.person, said)))


@blueprint.get("/discovery")
def service_description() -> ResponseReturnValue:
    """What there is here and how to be let in (getServiceDescription); anybody may read it."""
    response = jsonify(discovery.document(house().settings))
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.add_etag()
    return response.make_conditional(request)


def _links(total: int, limit: int, offset: int) -> str:
    """The pages before and after this one (RFC 8288), as §6.4 asks for them."""
    asked = {"limit": str(limit)}
    if "since" in request.args:
        asked["since"] = request.args["since"]
    base = f"{house().settings.base_url}{programs.BADGES}credentials"

    def link(rel: str, at: int) -> str:
        return f'<{base}?{urlencode({**asked, "offset": str(at)})}>; rel="{rel}"'

    found = [link("next", offset + limit)] if offset + limit < total else []
    last = max(total - 1, 0) // limit * limit
    found.append(link("last", last))
    found.append(link("first", 0))
    if offset > 0:
        found.append(link("prev", max(min(offset - limit, last), 0)))
    return ", ".join(found)


def _number(name: str, otherwise: int, least: int) -> int:
    said = request.args.get(name)
    if said is None:
        return otherwise
    if not (said.isascii() and said.isdigit() and len(said) <= 10 and least <= int(said) <= _INT32):
        raise _WrongQuery(
            _(
                "“%(name)s” must be a whole number from %(least)s to %(most)s.",
                name=name,
                least=least,
                most=_INT32,
            )
        )
    return int(said)


def _moment(name: str) -> datetime | None:
    said = request.args.get(name)
    if said is None:
        return None
    try:
        # A plus that was not written as %2B arrives as a space.
        found = datetime.fromisoformat(said.replace(" ", "+"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _WrongQuery(
            _("“%(name)s” must be a time such as 2026-03-12T12:00:00Z.", name=name)
        ) from None


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
