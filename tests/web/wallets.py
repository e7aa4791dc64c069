"""A wallet as somebody else wrote it: Authlib's own client, which knows nothing of our server but
what the service description says. Its requests go to the application in this process, by TLS as far
as it can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask
from requests.adapters import BaseAdapter
from werkzeug.test import Client, TestResponse

from engine.connections import scopes
from tests.conftest import TERM, School

HILL = "https://hill.example"
"""Where the school is."""
WALLET = "https://wallet.example"
BACK = f"{WALLET}/back"
ALL = tuple(scopes.WORDS)


class ToApp(BaseAdapter):
    """Sends requests to a WSGI application."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.client = Client(app, use_cookies=False)

    def send(self, request: Any, **_: Any) -> requests.Response:
        answer = self.client.open(
            request.url.removeprefix(HILL),
            base_url=HILL,
            method=request.method,
            headers=dict(request.headers),
            data=request.body,
        )
        made = requests.Response()
        made.status_code = answer.status_code
        made.headers.update(dict(answer.headers))
        made._content = answer.data
        made.url, made.request = request.url, request
        return made

    def close(self) -> None:
        pass


@dataclass
class Clock:
    now: datetime = TERM + timedelta(days=10)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Hill:
    """A school at an address of its own, whose clock can be moved on."""

    school: School
    clock: Clock

    def programs(self) -> requests.Session:
        made = requests.Session()
        made.mount(HILL, ToApp(self.school.app))
        return made

    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.programs().get(f"{HILL}/ims/ob/v3p0/discovery").json()
        return found

    def register(self, **said: Any) -> requests.Response:
        """Register a program at the address that the service description gives."""
        security = self.described()["components"]["securitySchemes"]["OAuth2ACG"]
        return self.programs().post(security["x-imssf-registrationUrl"], json=metadata(**said))

    def wallet(self, scope: tuple[str, ...] = ALL, **said: Any) -> Wallet:
        """A program that has registered."""
        answer = self.register(scope=" ".join(scope), **said)
        assert answer.status_code == 201, answer.text
        flow = self.described()["components"]["securitySchemes"]["OAuth2ACG"]["flows"]
        return Wallet(self, answer.json(), flow["authorizationCode"], scope)


@dataclass
class Wallet:
    hill: Hill
    known: dict[str, Any]
    flow: dict[str, Any]
    scope: tuple[str, ...]

    @property
    def id(self) -> str:
        return str(self.known["client_id"])

    def session(self, **named: Any) -> OAuth2Session:
        made = OAuth2Session(
            self.id,
            self.known.get("client_secret"),
            scope=" ".join(self.scope),
            redirect_uri=self.known["redirect_uris"][0],
            token_endpoint_auth_method=self.known["token_endpoint_auth_method"],
            code_challenge_method="S256",
            **named,
        )
        made.mount(HILL, ToApp(self.hill.school.app))
        return made

    def begin(self, session: OAuth2Session, verifier: str, **extra: Any) -> tuple[str, str]:
        """The address that the person is sent to, and the state that is to come back."""
        found: tuple[str, str] = session.create_authorization_url(
            self.flow["authorizationUrl"], code_verifier=verifier, **extra
        )
        return found

    def let_in(self, who: str, decision: str = "allow", **extra: Any) -> Answered:
        """The person opens the page, looks at it, and presses a button."""
        session, verifier = self.session(), generate_token(48)
        address, state = self.begin(session, verifier, **extra)
        browser = self.hill.school.browser(who)
        page = browser.get(address.removeprefix(HILL))
        assert page.status_code == 200, page.text
        answer = browser.post("/oauth/authorize", {**fields(page), "_decision": decision})
        return Answered(session, verifier, state, answer)

    def come_in(self, who: str) -> OAuth2Session:
        """The whole way, to a session that has a token."""
        answered = self.let_in(who)
        answered.exchange()
        return answered.session


@dataclass
class Answered:
    """What came of asking."""

    session: OAuth2Session
    verifier: str
    state: str
    answer: TestResponse

    @property
    def location(self) -> str:
        assert self.answer.status_code == 303, self.answer.text
        return str(self.answer.location)

    def exchange(self, **extra: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.session.fetch_token(
            f"{HILL}/oauth/token",
            authorization_response=self.location,
            code_verifier=self.verifier,
            state=self.state,
            **extra,
        )
        return found


def metadata(**said: Any) -> dict[str, Any]:
    """What a program says of itself when it registers."""
    host = said.pop("host", WALLET)
    made: dict[str, Any] = {
        "client_name": "Badge Purse",
        "client_uri": f"{host}/",
        "logo_uri": f"{host}/logo.png",
        "tos_uri": f"{host}/terms",
        "policy_uri": f"{host}/privacy",
        "software_id": "c88b6ed8-269e-448e-99be-7e2ff47167d1",
        "software_version": "4.0",
        "redirect_uris": [f"{host}/back"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": " ".join(ALL),
    }
    made |= said
    return {name: value for name, value in made.items() if value is not None}


def fields(page: TestResponse) -> dict[str, str]:
    """What the form on the page carries along, its token aside."""
    form = page.text[page.text.index('action="/oauth/authorize"') :]
    form = form[: form.index("</form>")]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "csrf_token"}


def asking(wallet: Wallet, **said: str | None) -> str:
    """The address of the page, asked as `said` has it."""
    asked: Mapping[str, str | None] = {
        "response_type": "code",
        "client_id": wallet.id,
        "redirect_uri": BACK,
        "scope": " ".join(wallet.scope),
        "state": "a-state",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        **said,
    }
    kept = {name: value for name, value in asked.items() if value is not None}
    return f"/oauth/authorize?{urlencode(kept)}"


def words(page: TestResponse) -> str:
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@contextmanager
def standing_at(school: School, address: str = HILL) -> Iterator[Hill]:
    """The school at `address`, with a clock to be moved on."""
    clock = Clock()
    there = school.app.extensions["accolade"]
    settings = replace(there.settings, base_url=address)
    school.app.extensions["accolade"] = replace(there, settings=settings, clock=clock)
    yield Hill(replace(school, settings=settings), clock)
    school.app.extensions["accolade"] = there
