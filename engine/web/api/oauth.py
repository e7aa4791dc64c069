"""Where programs register, get, renew and give back tokens; and what says where all that is."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from engine.awards.badges import strict_json
from engine.connections import clients, letting_in, scopes
from engine.connections.clients import MetadataFault, TooMany
from engine.errors import Refused
from engine.web.api import programs
from engine.web.api.authorization import METHODS, server, using
from engine.web.asking import house, now, transaction
from engine.web.origins import place

blueprint = Blueprint("oauth", __name__)

LARGEST = 64 * 1024
"""Bytes of a registration or of a request for a token."""


@blueprint.before_request
def _small() -> None:
    # Of a body that does not say how long it is the limit would cut off the rest and no more, so
    # one byte beyond what may be is read here; forms are parsed from what was read.
    request.max_content_length = LARGEST + 1
    if (request.content_length or 0) > LARGEST or len(request.get_data()) > LARGEST:
        raise RequestEntityTooLarge


@blueprint.errorhandler(OAuth2Error)
def _refused(error: OAuth2Error) -> Response:
    response: Response = server.handle_error_response(None, error)
    return response


@blueprint.after_request
def _name_what_is_asked_for(response: Response) -> Response:
    # The library's challenge has no realm, which RFC 7617 §2 wants.
    if response.headers.get("WWW-Authenticate", "").startswith("Basic"):
        response.headers["WWW-Authenticate"] = 'Basic realm="/oauth"'
    return response


@blueprint.post("/oauth/register")
def register() -> ResponseReturnValue:
    """A program registers (RFC 7591 §3); no token is needed for it (Open Badges 3.0 §7.1.1)."""
    try:
        said = strict_json.read_object(request.get_data())
    except Refused:
        return programs.oauth_error(400, "invalid_client_metadata", "The body is no JSON object")
    try:
        with transaction() as session:
            made = clients.register(session, said, place(), now())
    except MetadataFault as fault:
        return programs.oauth_error(400, fault.code, str(fault))
    except TooMany:
        words = "Too many programs were registered in the last hour. Try again in an hour"
        response = programs.oauth_error(429, "temporarily_unavailable", words)
        response.headers["Retry-After"] = "3600"
        return response
    answer: dict[str, Any] = {
        "client_id": made.client.id,
        "client_id_issued_at": int(made.client.made_at.timestamp()),
        **made.client.said,
    }
    if made.secret:
        answer |= {"client_secret": made.secret, "client_secret_expires_at": 0}
    response = jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response, 201


@blueprint.post("/oauth/token")
def token() -> ResponseReturnValue:
    """Tokens for a code, or the next ones (RFC 6749 §4.1.3, §6)."""
    if not request.form.get("grant_type"):
        # A request that lacks something, not a way in that nobody knows (RFC 6749 §5.2).
        raise InvalidRequestError("Missing 'grant_type' in request.")
    # Committed whatever the answer is: that a code came twice is something to remember.
    with transaction() as session, using(session):
        response: Response = server.create_token_response()
    return response


@blueprint.post("/oauth/revoke")
def give_back() -> ResponseReturnValue:
    """A program gives a token back (RFC 7009). One that is none is as good as given back."""
    with transaction() as session, using(session):
        program = server.authenticate_client(
            server.create_oauth2_request(None), METHODS, "revocation"
        )
        if not request.form.get("token"):
            raise InvalidRequestError("Missing 'token' in request.")
        found = letting_in.give_back(session, request.form["token"], program.client_id, now())
    if found is None:
        return programs.oauth_error(400, "invalid_grant", "This token is another program's")
    response = jsonify()
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get(programs.METADATA)
def metadata() -> ResponseReturnValue:
    """Where everything is, for programs that know OAuth and nothing of badges (RFC 8414 §3)."""
    base = house().settings.base_url
    methods = list(clients.METHODS)
    response = jsonify(
        issuer=base,
        authorization_endpoint=f"{base}/oauth/authorize",
        token_endpoint=f"{base}/oauth/token",
        registration_endpoint=f"{base}/oauth/register",
        revocation_endpoint=f"{base}/oauth/revoke",
        scopes_supported=list(scopes.WORDS),
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=list(clients.GRANTS),
        code_challenge_methods_supported=["S256"],
        token_endpoint_auth_methods_supported=methods,
        revocation_endpoint_auth_methods_supported=methods,
        authorization_response_iss_parameter_supported=True,
        service_documentation=f"{base}{programs.BADGES}discovery",
    )
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
