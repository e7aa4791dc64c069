"""What is kept of programs, and for how long; and two that come at the same moment."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import people
from engine.connections import clients, forgetting, letting_in, scopes
from engine.connections.clients import MetadataFault, TooMany
from engine.errors import Conflict, NotFound
from engine.people import Actor
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import (
    OAuthClient,
    OAuthCode,
    OAuthConnection,
    OAuthToken,
    new_id,
)
from engine.settings import load_settings
from tests.conftest import PASSWORD, TERM
from tests.web.wallets import BACK, WALLET, metadata

SCOPE = scopes.READ_PROFILE
DAY = timedelta(days=1)


@pytest.fixture
def ana(database: Database) -> Actor:
    with database.transaction() as session:
        account = people.add(session, "ana@example.org", "Ana", PASSWORD, ["candidate"], TERM)
        return Actor(account.id, account.name, account.email, frozenset(account.roles))


def program(session: Session) -> OAuthClient:
    return clients.register(session, metadata(), new_id(), TERM).client


def let_in(database: Database, ana: Actor) -> tuple[str, str]:
    """A program that has a code: its id, and the code."""
    code = new_id()
    with database.transaction() as session:
        client = program(session)
        letting_in.allow(session, ana, client, BACK, SCOPE, "challenge", code, TERM)
        return client.id, code


def exchange(database: Database, client_id: str, code: str, access: str) -> bool:
    with database.transaction() as session:
        found = letting_in.code_of(session, code, client_id, TERM)
        if found is None:
            return False
        letting_in.connect(session, found, SCOPE, access, f"{access} again", TERM)
        return True


def renew(database: Database, client_id: str, refresh: str, access: str) -> bool:
    with database.transaction() as session:
        found = letting_in.renewable(session, refresh, client_id, TERM)
        if found is None:
            return False
        letting_in.renew(session, found.token, SCOPE, access, f"{access} again", TERM)
        return True


def counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (OAuthClient, OAuthCode, OAuthConnection, OAuthToken)
        }


def forget(database: Database, tmp_path: Path, at: Any) -> None:
    settings = load_settings(tmp_path / "instance", {})
    forgetting.forget(JobContext(settings, database, EvidenceStore.of(settings)), at)


def test_a_program_that_has_but_a_code_is_listed_and_shut_out(
    database: Database, ana: Actor
) -> None:
    client_id, code = let_in(database, ana)
    with database.transaction() as session:
        (waiting,) = letting_in.own(session, ana, TERM)
        assert (waiting.client.id, waiting.scopes) == (client_id, (SCOPE,))
        letting_in.disconnect(session, ana, client_id, TERM)
        assert letting_in.own(session, ana, TERM) == []
    assert not exchange(database, client_id, code, "access")
    with database.transaction() as session, pytest.raises(NotFound):
        letting_in.disconnect(session, ana, client_id, TERM)


def test_a_code_that_is_over_is_no_program_that_was_let_in(database: Database, ana: Actor) -> None:
    client_id, _code = let_in(database, ana)
    with database.transaction() as session:
        assert letting_in.own(session, ana, TERM + DAY) == []
        with pytest.raises(NotFound):
            letting_in.disconnect(session, ana, client_id, TERM + DAY)


def both(*calls: Any) -> list[Any]:
    """What each of them came to, all begun at the same moment."""
    ready = Barrier(len(calls))

    def call(one: Any) -> Any:
        ready.wait()
        try:
            return one()
        except Conflict:
            return False

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_of_two_that_come_with_one_code_at_once_neither_gets_in(
    database: Database, ana: Actor
) -> None:
    client_id, code = let_in(database, ana)
    done = both(*(lambda n=n: exchange(database, client_id, code, f"access {n}") for n in range(2)))
    assert sorted(done) == [False, True]
    with database.read() as session:
        seen = [letting_in.bearer(session, f"access {n}", TERM) for n in range(2)]
    assert seen == [None, None]


def test_of_two_that_renew_with_one_token_at_once_neither_stays(
    database: Database, ana: Actor
) -> None:
    client_id, code = let_in(database, ana)
    exchange(database, client_id, code, "first")
    done = both(
        *(lambda n=n: renew(database, client_id, "first again", f"next {n}") for n in range(2))
    )
    assert sorted(done) == [False, True]
    with database.read() as session:
        seen = [letting_in.bearer(session, one, TERM) for one in ("first", "next 0", "next 1")]
    assert seen == [None, None, None]


def test_what_is_over_is_forgotten_and_what_is_not_stays(
    database: Database, ana: Actor, tmp_path: Path
) -> None:
    client_id, code = let_in(database, ana)
    exchange(database, client_id, code, "first")
    let_in(database, ana)  # and never came for a token
    with database.transaction() as session:
        program(session)  # that nobody ever let in
    forget(database, tmp_path, TERM + DAY)
    assert counts(database) == {
        "oauth_clients": 3,
        "oauth_codes": 2,
        "oauth_connections": 1,
        "oauth_tokens": 1,
    }
    forget(database, tmp_path, TERM + 8 * DAY)
    assert counts(database) == {
        "oauth_clients": 2,
        "oauth_codes": 0,
        "oauth_connections": 1,
        "oauth_tokens": 1,
    }
    with database.read() as session:
        assert [one.client.id for one in letting_in.own(session, ana, TERM + 89 * DAY)] == [
            client_id
        ]
        assert letting_in.own(session, ana, TERM + 90 * DAY) == []
    forget(database, tmp_path, TERM + 91 * DAY)
    assert counts(database)["oauth_connections"] == 0
    assert counts(database)["oauth_clients"] == 2
    forget(database, tmp_path, TERM + 366 * DAY)
    assert set(counts(database).values()) == {0}


def test_who_was_shut_out_is_forgotten_two_days_later(
    database: Database, ana: Actor, tmp_path: Path
) -> None:
    client_id, code = let_in(database, ana)
    exchange(database, client_id, code, "first")
    with database.transaction() as session:
        letting_in.disconnect(session, ana, client_id, TERM)
    forget(database, tmp_path, TERM + DAY)
    assert counts(database)["oauth_tokens"] == 1
    forget(database, tmp_path, TERM + 3 * DAY)
    assert counts(database)["oauth_tokens"] == counts(database)["oauth_connections"] == 0


def test_so_many_programs_register_in_an_hour_and_no_more(database: Database) -> None:
    with database.transaction() as session:
        for number in range(clients.IN_ALL):
            clients.register(session, metadata(), f"place {number // 9}", TERM)
        with pytest.raises(TooMany):
            clients.register(session, metadata(), "another place", TERM)
        clients.register(session, metadata(), "another place", TERM + clients.HOUR)


REFUSED: tuple[tuple[Mapping[str, Any], str], ...] = (
    ({"client_name": None}, "invalid_client_metadata"),
    ({"client_name": "\u202e\u200b"}, "invalid_client_metadata"),
    ({"client_name": 5}, "invalid_client_metadata"),
    ({"client_uri": None}, "invalid_client_metadata"),
    ({"policy_uri": "http://wallet.example/privacy"}, "invalid_client_metadata"),
    ({"policy_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
    ({"tos_uri": "https://other.example/terms"}, "invalid_client_metadata"),
    ({"logo_uri": "https://wallet.example@evil.example/"}, "invalid_client_metadata"),
    ({"software_id": ""}, "invalid_client_metadata"),
    ({"scope": None}, "invalid_client_metadata"),
    ({"scope": "everything"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "client_secret_post"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": ["none"]}, "invalid_client_metadata"),
    ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
    ({"grant_types": "authorization_code"}, "invalid_client_metadata"),
    ({"response_types": ["token"]}, "invalid_client_metadata"),
    ({"contacts": [1]}, "invalid_client_metadata"),
    ({"redirect_uris": None}, "invalid_redirect_uri"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": BACK}, "invalid_redirect_uri"),
    ({"redirect_uris": [BACK] * 11}, "invalid_redirect_uri"),
    *(
        ({"redirect_uris": [one]}, "invalid_redirect_uri")
        for one in (
            *("http://wallet.example/back", "com.example.purse:/back", "javascript:alert(1)"),
            *(f"{BACK}#part", "https://ana@wallet.example/back", "https://", "/back", ""),
            *("http://127.0.0.1.evil.example/", "http://localhost@evil.example/", f"{BACK}\n"),
            *(
                "https://wallet.example\\@evil.example/",
                "https://wallet.example:x/",
                "https://wällt/",
            ),
            *("http://2130706433/", "http://127.1/", "https://[::1", f"{WALLET}/<b>"),
            *("https://a;sandbox/", "https://%65vil.example/", "https://*/", "https://a,b/"),
        )
    ),
    ({"redirect_uris": ["https://elsewhere.example/back"]}, "invalid_client_metadata"),
    ({"redirect_uris": ["HTTPS://elsewhere.example/back"]}, "invalid_client_metadata"),
)


def test_a_registration_that_can_not_be_is_refused_in_plain_words() -> None:
    for said, code in REFUSED:
        with pytest.raises(MetadataFault) as refused:
            clients.checked(metadata(**said))
        assert refused.value.code == code, said
        assert str(refused.value).isascii()
        assert not set('"\\') & set(str(refused.value))


def test_marks_that_are_piled_upon_a_letter_are_left_out() -> None:
    for name, kept in (
        ("Ba\u0301\u0323dge", "Ba\u0301\u0323dge"),
        ("Z" + "\u0337" * 40, "Z\u0337\u0337"),
    ):
        said = clients.checked(metadata(client_name=name))
        assert said["client_name"] == unicodedata.normalize("NFC", kept)


def test_a_registration_keeps_what_is_known_and_nothing_else() -> None:
    said = clients.checked(metadata(grant_types=None, response_types=None, surprise="x" * 99))
    assert said["grant_types"] == ["authorization_code"]
    assert said["response_types"] == ["code"]
    assert "surprise" not in said
