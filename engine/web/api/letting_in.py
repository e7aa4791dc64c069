"""The page on which a person lets a program in, or does not.

Nobody is sent to another site without having pressed a button here: anybody can register a program,
so an address that led on by itself would lead wherever somebody wants. A question that can't be
answered is told to the person, with a link back that tells the program.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import BaseGrant
from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from engine.connections import scopes
from engine.languages import _
from engine.people import Actor
from engine.records.tables import OAuthClient
from engine.web.api.authorization import server, using
from engine.web.asking import SignInNeeded, actor, house, me, read_session, transaction

blueprint = Blueprint("letting_in", __name__)

ASKED: Final = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
"""What a program asks with. The form carries it along."""


class Shown(NamedTuple):
    """A program as the pages show it. What it calls itself is only its own word."""

    name: str
    host: str
    """Where a person is sent back to, which is known; empty for their own device."""
    terms: str
    privacy: str
    about: str


@blueprint.get("/oauth/authorize")
def ask() -> ResponseReturnValue:
    """Ask the person who is signed in whether a program may come in."""
    return _ask_page(200)


@blueprint.post("/oauth/authorize")
def decide() -> ResponseReturnValue:
    """Let it in, or not, and lead back to it."""
    person = me()
    with transaction() as session, using(session):
        grant = _grant(person)
        if not isinstance(grant, BaseGrant):
            return grant
        let_in = request.form.get("_decision") == "allow"
        response: Response = server.create_authorization_response(
            grant_user=person if let_in else None, grant=grant
        )
    response.status_code = 303
    return _apart(response)


@blueprint.errorhandler(SignInNeeded)
@blueprint.errorhandler(CSRFError)
def _ask_again(error: Exception) -> ResponseReturnValue:
    """The session ended, or the page is an old one. What was decided on it is not carried on: the
    question is asked again, after signing in where that is needed."""
    if actor().id:
        return _ask_page(400)
    return redirect(f"/sign-in?{urlencode({'next': _question()})}", 303)


def _ask_page(status: int) -> ResponseReturnValue:
    with read_session() as session, using(session):
        grant = _grant(None)
        if not isinstance(grant, BaseGrant):
            return grant
        me()  # asked last, so that nobody signs in for a question that can't be answered
        client: OAuthClient = grant.request.client.row
        address: str = grant.redirect_uri
        g.shown_at = _question()
        page = render_template(
            "web/oauth/let-in.html",
            program=shown(client, address),
            may=[_(scopes.WORDS[one]) for one in scopes.known(grant.request.scope)],
            asked={name: request.values.get(name, "") for name in ASKED},
            again=status != 200,
        )
    # A form's answer may lead there; everything else that the page does stays here.
    g.form_leads_to = _source(address)
    return _apart(make_response(page, status))


def _question() -> str:
    """The address that asks what is asked now, by a page or by a post."""
    asked = {name: request.values[name] for name in ASKED if name in request.values}
    return f"{url_for('letting_in.ask')}?{urlencode(asked)}"


def _grant(person: Actor | None) -> BaseGrant | Response:
    """What is asked for; or the page that says why it can't be answered."""
    try:
        return server.get_consent_grant(end_user=person)
    except OAuth2Error as error:
        return _apart(_unanswerable(error))


def _unanswerable(error: OAuth2Error) -> Response:
    """Where the address to go back to is one of the program's, a link there tells it."""
    leads_to = ""
    if error.redirect_uri:
        told = [*error.get_body(), ("iss", house().settings.base_url)]
        join = "&" if "?" in error.redirect_uri else "?"
        leads_to = f"{error.redirect_uri}{join}{urlencode(told)}"
    page = render_template(
        "web/oauth/unanswerable.html",
        leads_to=leads_to,
        host=_host(error.redirect_uri) if error.redirect_uri else "",
        error=error.error,
        description=error.description or "",
    )
    return make_response(page, 400)


def _apart(response: Response) -> Response:
    """What is in the address is between the program and us."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def shown(client: OAuthClient, address: str = "") -> Shown:
    """A program in words; `address` is where it wants to be answered. Without it the site is that
    of all its addresses on the web, if it has any."""
    said = client.said
    known: list[str] = said["redirect_uris"]
    back = address or next((one for one in known if urlsplit(one).scheme == "https"), known[0])
    return Shown(client.name, _host(back), said["tos_uri"], said["policy_uri"], said["client_uri"])


def _host(address: str) -> str:
    """What a person knows a site by; their own machine has no name."""
    parts = urlsplit(address)
    return str(parts.hostname) if parts.scheme == "https" else ""


def _source(address: str) -> str:
    """The site of an address, as a content security policy writes it; it has no way to write an
    IPv6 address."""
    parts = urlsplit(address)
    if ":" in (parts.hostname or ""):
        return f"{parts.scheme}:"
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{parts.hostname}{port}"
