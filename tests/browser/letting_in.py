"""Pages of apps that somebody lets in: the question, the one that can't be answered, the list."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from engine.connections import clients, letting_in
from engine.people import Actor
from engine.records.tables import new_id
from tests.web.wallets import ALL, BACK, metadata

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class Addresses(NamedTuple):
    question: str
    unanswerable: str
    """With a link back."""
    nowhere: str
    """Without one."""


def begun(session: Session, person: Actor, at: datetime) -> Addresses:
    """An app that `person` let in already, and that asks again."""
    client = clients.register(session, metadata(), "somewhere", at).client
    scope = " ".join(ALL)
    drawn = new_id()
    letting_in.allow(session, person, client, BACK, scope, CHALLENGE, drawn, at)
    code = letting_in.code_of(session, drawn, client.id, at)
    assert code is not None
    letting_in.connect(session, code, scope, new_id(), new_id(), at)
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": BACK,
        "scope": scope,
        "state": "a-state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    page = "/oauth/authorize?"
    return Addresses(
        page + urlencode(asked),
        page + urlencode(asked | {"code_challenge_method": "plain"}),
        page + urlencode(asked | {"redirect_uri": "https://other.example/"}),
    )
