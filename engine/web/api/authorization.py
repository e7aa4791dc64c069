"""OAuth 2 as Authlib has it, on our tables: authorization codes with PKCE, and tokens to renew.

Stricter than the library where the standards leave room: PKCE by S256 and nothing else, for every
program; an address to go back to, scopes and a state always asked for (Open Badges 3.0 §7.1.2); and
a code or a token that comes twice ends what it opened. What the library asks of the database goes
through the session of the view that called it (`using`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload, FlaskOAuth2Request
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.base import invalid_error_characters
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator, BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import Request, abort, g
from flask import request as asked_now
from sqlalchemy.orm import Session

from engine.connections import clients, letting_in, scopes
from engine.connections.letting_in import ACCESS_LASTS, Bearer, Renewable
from engine.languages import _
from engine.people import Actor
from engine.records.tables import OAuthClient, OAuthCode
from engine.web.api import programs
from engine.web.asking import house, now, read_session, transaction

METHODS: Final = list(clients.METHODS)
TOKEN_LENGTH: Final = 40
"""Bytes, drawn at random; of a code, letters and digits."""
_QUOTED: Final = ("client_id", "redirect_uri", "response_type", "scope", "grant_type")


@contextmanager
def using(session: Session) -> Iterator[None]:
    """Have the server look and write in `session`."""
    g.oauth_session = session
    try:
        yield
    finally:
        g.pop("oauth_session", None)


def _session() -> Session:
    found: Session = g.oauth_session
    return found


@dataclass
class Program(ClientMixin):  # type: ignore[misc]
    """A registered program, as Authlib asks about it."""

    row: OAuthClient

    @property
    def client_id(self) -> str:
        return self.row.id

    def get_client_id(self) -> str:
        return self.row.id

    def get_default_redirect_uri(self) -> None:
        """There is none: a program says where it wants to be answered, each time."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        mine = self.row.said["scope"].split()
        return " ".join(one for one in scopes.known(scope or "") if one in mine) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return clients.may_lead_to(self.row, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        return clients.proves(self.row, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return bool(method == self.row.said["token_endpoint_auth_method"])

    def check_response_type(self, response_type: str) -> bool:
        return response_type in self.row.said["response_types"]

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.row.said["grant_types"]


@dataclass
class _Code:
    row: OAuthCode
    code_challenge_method = "S256"

    @property
    def code_challenge(self) -> str:
        return self.row.challenge

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return self.row.scope


@dataclass
class _Renewable:
    found: Renewable

    def check_client(self, client: Program) -> bool:
        return True  # it was looked for among this program's alone

    def get_scope(self) -> str:
        return self.found.scope


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    AUTHORIZATION_CODE_LENGTH = TOKEN_LENGTH

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        letting_in.allow(
            _session(),
            request.user,
            request.client.row,
            request.payload.redirect_uri,
            request.scope,
            request.payload.data["code_challenge"],
            code,
            now(),
        )

    def create_authorization_response(
        self, redirect_uri: str, grant_user: Actor | None
    ) -> tuple[int, str, list[tuple[str, str]]]:
        status, body, headers = super().create_authorization_response(redirect_uri, grant_user)
        # What was allowed may be less than what was asked for (Open Badges 3.0 §7.1.2.2).
        address = headers[0][1] + "&" + urlencode({"scope": self.request.scope})
        return status, body, [("Location", address)]

    def query_authorization_code(self, code: str, client: Program) -> _Code | None:
        found = letting_in.code_of(_session(), code, client.client_id, now())
        return _Code(found) if found is not None else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """It stays, so that it is known when it comes again."""

    def authenticate_user(self, authorization_code: _Code) -> Actor | None:
        return letting_in.person_of(_session(), authorization_code.row.account_id)


class _RenewalGrant(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Renewable | None:
        id = self.request.client.client_id
        found = letting_in.renewable(_session(), refresh_token, id, now())
        return _Renewable(found) if found is not None else None

    def authenticate_user(self, refresh_token: _Renewable) -> Actor | None:
        return letting_in.person_of(_session(), refresh_token.found.account_id)

    def revoke_old_credential(self, refresh_token: _Renewable) -> None:
        """Giving the next one has done it."""


class _OnlyS256(CodeChallenge):  # type: ignore[misc]
    """PKCE for everybody. That none at all, or `plain`, would do as well is how it is got round."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        said = grant.request.payload.data
        for name in ("code_challenge", "code_challenge_method", "state"):
            if not said.get(name):
                raise InvalidRequestError(f"Missing '{name}' in request.")
        super().validate_code_challenge(grant, redirect_uri)


class _Named(IssuerParameter):  # type: ignore[misc]
    """Answers say whose they are, so that a program with many servers mixes up none (RFC 9207)."""

    def get_issuer(self) -> str:
        return house().settings.base_url


class _Asked(FlaskOAuth2Request):  # type: ignore[misc]
    """A request as Authlib reads it. Whether it came by TLS only the proxy knows that ended it, so
    it is not asked of the address that is seen here."""

    def __init__(self, request: Request) -> None:
        OAuth2Request.__init__(
            self, request.method, "https://localhost" + request.path, headers=request.headers
        )
        self._request = request
        self.payload = FlaskOAuth2Payload(request)
        # What is wrong is quoted in the answer, which may not have every character.
        if any(invalid_error_characters(request.values.get(name, "")) for name in _QUOTED):
            raise InvalidRequestError("A parameter has a character that none may have.")


class Server(AuthorizationServer):  # type: ignore[misc]
    """The authorization server of this installation."""

    def create_oauth2_request(self, request: Any) -> _Asked:
        return _Asked(asked_now)

    def authenticate_client(
        self, request: Any, methods: list[str], endpoint: str = "token"
    ) -> Program:
        """The program, by what it says of itself. What can't be read as a name and a secret, or is
        no text at all, proves nothing (RFC 6749 §5.2)."""
        try:
            found: Program = super().authenticate_client(request, methods, endpoint)
        except ValueError as error:
            raise InvalidClientError(
                status_code=401, description="The Authorization header cannot be read."
            ) from error
        return found

    def query_client(self, client_id: str) -> Program | None:
        found = clients.find(_session(), client_id)
        return Program(found) if found is not None else None

    def validate_requested_scope(self, scope: str | None) -> None:
        """What is not known is left out (`Program.get_allowed_scope`)."""

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        access, refresh = token["access_token"], token.get("refresh_token", "")
        if request.authorization_code is not None:
            code = request.authorization_code.row
            letting_in.connect(_session(), code, token["scope"], access, refresh, now())
        else:
            old = request.refresh_token.found.token
            letting_in.renew(_session(), old, token["scope"], access, refresh, now())


def _made_server() -> Server:
    made = Server()
    made.register_token_generator(
        "default",
        BearerTokenGenerator(_random, _random, lambda *_: int(ACCESS_LASTS.total_seconds())),
    )
    made.register_grant(_CodeGrant, [_OnlyS256(required=True)])
    made.register_grant(_RenewalGrant)
    made.register_extension(_Named())
    return made


class _Bearers(BearerTokenValidator):  # type: ignore[misc]
    def authenticate_token(self, token_string: str) -> _Shown | None:
        with read_session() as session:
            found = letting_in.bearer(session, token_string, now())
        return _Shown(found) if found is not None else None


@dataclass
class _Shown:
    who: Bearer

    def is_expired(self) -> bool:
        return False  # such a one is not found

    def is_revoked(self) -> bool:
        return False

    def get_scope(self) -> str:
        return self.who.scope


def _made_protector() -> ResourceProtector:
    made = ResourceProtector()
    made.register_token_validator(_Bearers())
    return made


def let_in(scope: str) -> Bearer:
    """Who this request comes for, by its token alone; they are the actor from here on. Answers the
    request when there is no token, when it is not good any more, or not for `scope`."""
    try:
        who: Bearer = _protector.acquire_token([scope]).who
    except OAuth2Error as error:
        words = {
            403: _("The person did not let this program do that."),
            401: _("A token is needed that is still good: ask the person to let the program in."),
        }
        status = 403 if error.status_code == 403 else 401
        response = programs.status_info(status, words[status])
        response.headers["WWW-Authenticate"] = _challenge(error, scope)
        abort(response)
    g.actor = who.person
    if letting_in.worth_noting(who, now()):
        with transaction() as session:
            letting_in.note(session, who, now())
    return who


def _challenge(error: OAuth2Error, scope: str) -> str:
    """RFC 6750 §3: a request without a token is told nothing but what is asked for."""
    said = f'Bearer realm="{programs.BADGES.rstrip("/")}", scope="{scope}"'
    wrong = {"invalid_token", "insufficient_scope"} & {error.error}
    return f'{said}, error="{wrong.pop()}"' if wrong else said


def _random(*_: Any, **__: Any) -> str:
    return secrets.token_urlsafe(TOKEN_LENGTH)


server: Final = _made_server()
_protector: Final = _made_protector()
