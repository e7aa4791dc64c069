"""Letting a program in: the whole way by Authlib's own client, and every way round it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.oauth2 import rfc8414, rfc9207
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import select

from engine.connections import scopes
from engine.records.tables import Event, OAuthClient, OAuthCode, OAuthConnection, OAuthToken
from tests.conftest import School
from tests.databases import ON_SQLITE
from tests.web.wallets import (
    ALL,
    BACK,
    HILL,
    WALLET,
    Hill,
    Wallet,
    asking,
    fields,
    metadata,
    standing_at,
    words,
)

pytestmark = ON_SQLITE  # what is kept and ended is tried on both, in tests/connections

CREDENTIALS = f"{HILL}/ims/ob/v3p0/credentials"
PROFILE = f"{HILL}/ims/ob/v3p0/profile"
TOKEN = f"{HILL}/oauth/token"


@pytest.fixture
def hill(school: School) -> Iterator[Hill]:
    with standing_at(school) as made:
        yield made


def events(hill: Hill) -> list[tuple[str, Any, str]]:
    with hill.school.database.read() as session:
        found = session.scalars(select(Event).where(Event.kind.like("program-%")))
        return [(one.kind, one.facts.get("why"), one.actor_id) for one in found]


def rows(hill: Hill, table: Any) -> list[Any]:
    with hill.school.database.read() as session:
        return list(session.scalars(select(table)))


def test_a_wallet_is_let_in_and_comes_for_the_person(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    assert session.token["expires_in"] == 3600
    assert session.token["token_type"] == "Bearer"
    assert session.token["scope"].split() == list(ALL)
    assert session.get(PROFILE).json()["email"] == "ana@example.org"
    ana = hill.school.cast["ana"].id
    assert events(hill) == [("program-let-in", None, ana)]


def test_a_program_in_a_browser_needs_no_secret(hill: Hill) -> None:
    wallet = hill.wallet(token_endpoint_auth_method="none")
    assert "client_secret" not in wallet.known
    assert wallet.come_in("ana").get(PROFILE).status_code == 200


def test_the_page_says_who_asks_for_what_and_where_it_leads(hill: Hill) -> None:
    wallet = hill.wallet((scopes.READ_PROFILE,), client_name="Badge Purse")
    page = hill.school.browser("ana").get(asking(wallet))
    said = words(page)
    assert "Let “Badge Purse” in?" in said
    assert "An app at wallet.example asks" in said
    assert "Read your name and your e-mail address" in said
    assert "Read your credentials" not in said
    assert "You are signed in as Ana Ruiz (ana@example.org)." in said
    policy = page.headers["Content-Security-Policy"]
    assert f"form-action 'self' {WALLET};" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "/logo.png" not in page.text


def test_names_are_shown_as_words_and_nothing_else(hill: Hill) -> None:
    wallet = hill.wallet(client_name="<b>Safe</b>\u202e & \u2066“Co”\u0007")
    page = hill.school.browser("ana").get(asking(wallet))
    assert "<bdi>“&lt;b&gt;Safe&lt;/b&gt; &amp; Co”</bdi>" in page.text
    assert "\u202e" not in page.text


def test_who_is_not_signed_in_signs_in_first_and_comes_back(hill: Hill) -> None:
    wallet = hill.wallet()
    stranger = hill.school.browser()
    answer = stranger.get(asking(wallet))
    assert answer.status_code == 303
    target = parse_qs(urlsplit(answer.location).query)["next"][0]
    signed_in = stranger.post(
        "/sign-in",
        {"_email": "ana@example.org", "_password": "correct horse battery", "_next": target},
    )
    assert (signed_in.status_code, signed_in.location) == (303, asking(wallet))
    assert "Let “Badge Purse” in?" in words(stranger.get(signed_in.location))


def test_a_session_that_ended_on_the_page_leads_to_signing_in_and_asks_again(hill: Hill) -> None:
    wallet = hill.wallet()
    said = fields(hill.school.browser("ana").get(asking(wallet)))
    answer = hill.school.browser().client.post(
        "/oauth/authorize", data={**said, "_decision": "allow"}
    )
    assert answer.status_code == 303
    target = parse_qs(urlsplit(answer.location).query)["next"][0]
    assert dict(parse_qsl(urlsplit(target).query)) == dict(
        parse_qsl(urlsplit(asking(wallet)).query)
    )
    assert rows(hill, OAuthCode) == []


def test_a_decision_without_the_pages_token_is_asked_again(hill: Hill) -> None:
    wallet = hill.wallet()
    ana = hill.school.browser("ana")
    said = fields(ana.get(asking(wallet)))
    answer = ana.client.post("/oauth/authorize", data={**said, "_decision": "allow"})
    assert answer.status_code == 400
    assert "nothing was decided yet" in words(answer)
    assert fields(answer) == said
    (address,) = re.findall('name="_next" value="([^"]*)"', answer.text)
    assert fields(ana.get(unescape(address))) == said  # where the switch of languages leads
    assert rows(hill, OAuthCode) == []


def test_whoever_is_not_let_in_is_told_so(hill: Hill) -> None:
    answered = hill.wallet().let_in("ana", "deny")
    told = dict(parse_qsl(urlsplit(answered.location).query))
    assert answered.location.startswith(f"{BACK}?")
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", answered.state, HILL)
    assert "code" not in told
    assert events(hill) == []


def test_the_answer_names_the_server_the_state_and_what_was_allowed(hill: Hill) -> None:
    wallet = hill.wallet((scopes.READ_CREDENTIALS, scopes.READ_PROFILE))
    answered = wallet.let_in("ana", scope=f"{scopes.READ_CREDENTIALS} offline_access other")
    told = dict(parse_qsl(urlsplit(answered.location).query))
    assert (told["state"], told["iss"]) == (answered.state, HILL)
    assert told["scope"] == scopes.READ_CREDENTIALS
    assert answered.exchange()["scope"] == scopes.READ_CREDENTIALS


UNANSWERABLE: tuple[tuple[dict[str, str | None], str], ...] = (
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "s256"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"state": None}, "invalid_request"),
    ({"state": ""}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code token"}, "unsupported_response_type"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "offline_access"}, "invalid_scope"),
)


def test_what_can_not_be_answered_is_told_to_the_person_who_may_go_back(hill: Hill) -> None:
    wallet = hill.wallet()
    for said, error in UNANSWERABLE:
        for who in ("", "ana"):
            answer = hill.school.browser(who).get(asking(wallet, **said))
            assert answer.status_code == 400, said
            assert "Location" not in answer.headers
            (back,) = re.findall(rf'href="({re.escape(BACK)}\?[^"]*)"', answer.text)
            told = dict(parse_qsl(urlsplit(back.replace("&amp;", "&")).query))
            assert (told["error"], told["iss"]) == (error, HILL), said
            assert told.get("state", "") == (said.get("state", "a-state") or "")
        answer = hill.school.browser("ana").post(
            "/oauth/authorize",
            {**dict(parse_qsl(urlsplit(asking(wallet, **said)).query)), "_decision": "allow"},
        )
        assert answer.status_code == 400, said
    assert rows(hill, OAuthCode) == []


ELSEWHERE = (
    None,
    "",
    f"{WALLET}/Back",
    f"{WALLET}/back/",
    f"{WALLET}/back?x=1",
    f"{WALLET}/back#x",
    f"{WALLET}:443/back",
    f"{WALLET}.evil.example/back",
    "https://evil.example/back",
    "https://wallet.example@evil.example/back",
    "http://wallet.example/back",
    "//wallet.example/back",
    "/back",
    "javascript:alert(1)",
    f"{WALLET}/back\r\nLocation: https://evil.example",
    f" {BACK}",
    f"{WALLET}/x/../back",
)


def test_nobody_is_led_to_an_address_that_was_not_registered(hill: Hill) -> None:
    wallet, ana = hill.wallet(), hill.school.browser("ana")
    for address in ELSEWHERE:
        page = ana.get(asking(wallet, redirect_uri=address))
        assert page.status_code == 400, address
        assert "Location" not in page.headers
        assert "evil" not in page.headers["Content-Security-Policy"]
        assert 'rel="external' not in page.text


def test_on_ones_own_machine_the_port_may_be_another_and_nothing_else(hill: Hill) -> None:
    wallet = hill.wallet(
        redirect_uris=["http://127.0.0.1:1234/done?x=1"], token_endpoint_auth_method="none"
    )
    ana = hill.school.browser("ana")
    page = ana.get(asking(wallet, redirect_uri="http://127.0.0.1:54321/done?x=1"))
    assert page.status_code == 200
    assert "An app on your own device asks" in words(page)
    assert "form-action 'self' http://127.0.0.1:54321;" in page.headers["Content-Security-Policy"]
    for other in (
        "http://127.0.0.1/else",
        "http://localhost/done?x=1",
        "https://127.0.0.1/done?x=1",
    ):
        assert ana.get(asking(wallet, redirect_uri=other)).status_code == 400


def test_nothing_is_asked_twice_with_two_answers(hill: Hill) -> None:
    wallet, ana = hill.wallet(), hill.school.browser("ana")
    for doubled in ("client_id", "redirect_uri", "scope", "state", "code_challenge"):
        answer = ana.get(f"{asking(wallet)}&{doubled}=https://evil.example")
        assert answer.status_code == 400, doubled
        assert "Location" not in answer.headers


def test_a_program_that_nobody_knows_is_not_asked_about(hill: Hill) -> None:
    wallet = hill.wallet()
    for id in ("", "nobody", "x" * 5_000, "%"):
        answer = hill.school.browser("ana").get(asking(wallet, client_id=id))
        assert answer.status_code == 400


# Codes and tokens.


def exchange(
    wallet: Wallet, code: str, verifier: str, said: Mapping[str, str | None] | None = None
) -> Any:
    """A request for a token, made by hand."""
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": verifier,
        **(said or {}),
    }
    return wallet.hill.programs().post(
        TOKEN,
        data={name: value for name, value in data.items() if value is not None},
        headers={"Authorization": basic(wallet)},
    )


def basic(wallet: Wallet) -> str:
    return "Basic " + b64encode(f"{wallet.id}:{wallet.known['client_secret']}".encode()).decode()


def code_in(location: str) -> str:
    return parse_qs(urlsplit(location).query)["code"][0]


INCOMPLETE: tuple[tuple[dict[str, str | None], str], ...] = (
    ({"code_verifier": None}, "invalid_request"),
    ({"code_verifier": ""}, "invalid_request"),
    ({"code_verifier": generate_token(48)}, "invalid_grant"),
    ({"code_verifier": "short"}, "invalid_request"),
    ({"redirect_uri": None}, "invalid_grant"),
    ({"redirect_uri": f"{WALLET}/other"}, "invalid_grant"),
    ({"code": "guessed"}, "invalid_grant"),
    ({"code": None}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ({"grant_type": None}, "invalid_request"),
)


def test_no_token_without_everything_that_belongs_to_the_code(hill: Hill) -> None:
    wallet = hill.wallet()
    answered = wallet.let_in("ana")
    code = code_in(answered.location)
    for said, error in INCOMPLETE:
        answer = exchange(wallet, code, answered.verifier, said)
        assert (answer.status_code, answer.json()["error"]) == (400, error), said
        assert answer.headers["Cache-Control"] == "no-store"
    assert rows(hill, OAuthToken) == []
    # Whoever tried with a stolen code has not spoiled it for the program that it was given to.
    assert exchange(wallet, code, answered.verifier).status_code == 200


def test_the_challenge_itself_is_no_verifier(hill: Hill) -> None:
    wallet = hill.wallet()
    answered = wallet.let_in("ana")
    challenge = create_s256_code_challenge(answered.verifier)
    answer = exchange(wallet, code_in(answered.location), challenge)
    assert answer.json()["error"] == "invalid_grant"


def test_a_code_is_no_good_to_another_program(hill: Hill) -> None:
    wallet, other = hill.wallet(), hill.wallet()
    answered = wallet.let_in("ana")
    answer = exchange(other, code_in(answered.location), answered.verifier)
    assert answer.json()["error"] == "invalid_grant"
    assert answered.exchange()["access_token"]


def test_a_program_proves_that_it_is_itself(hill: Hill) -> None:
    wallet = hill.wallet()
    answered = wallet.let_in("ana")
    for secret in ("", "wrong", "x" * 10_000):
        false = replace(wallet, known={**wallet.known, "client_secret": secret})
        answer = exchange(false, code_in(answered.location), answered.verifier)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="/oauth"'
    # Nor is it enough to leave the secret out, as programs do that have none.
    answer = hill.programs().post(
        TOKEN,
        data={
            "grant_type": "authorization_code",
            "client_id": wallet.id,
            "code": code_in(answered.location),
            "redirect_uri": BACK,
            "code_verifier": answered.verifier,
        },
    )
    assert answer.json()["error"] == "invalid_client"
    assert rows(hill, OAuthToken) == []


@pytest.mark.parametrize("place", ["token", "revoke"])
@pytest.mark.parametrize(
    "said",
    [
        "Basic " + b64encode(b"\xff:x").decode(),
        "Basic ",
        "Basic",
        "Basic \xe9\xe9",
        "Basic =",
        "Basic " + b64encode(b"%FF:%00").decode(),
        "Basic " + b64encode(b"nobody").decode(),
    ],
)
def test_what_is_no_name_and_secret_proves_nothing(hill: Hill, place: str, said: str) -> None:
    answer = hill.school.app.test_client().post(
        f"/oauth/{place}",
        data={"grant_type": "refresh_token", "refresh_token": "x", "token": "x"},
        headers={"Authorization": said},
    )
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_code_is_good_for_ten_minutes(hill: Hill) -> None:
    wallet = hill.wallet()
    answered = wallet.let_in("ana")
    hill.clock.pass_by(minutes=10)
    with pytest.raises(OAuthError, match="invalid_grant"):
        answered.exchange()


def test_a_code_that_comes_twice_ends_what_the_first_one_opened(hill: Hill) -> None:
    wallet = hill.wallet()
    answered = wallet.let_in("ana")
    answered.exchange()
    assert answered.session.get(PROFILE).status_code == 200
    answer = exchange(wallet, code_in(answered.location), answered.verifier)
    assert answer.json()["error"] == "invalid_grant"
    assert answered.session.get(PROFILE).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        answered.session.refresh_token(TOKEN)
    assert events(hill)[1:] == [("program-shut-out", "code used twice", "engine")]


def test_a_token_lasts_an_hour_and_is_renewed_for_ninety_days(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    hill.clock.pass_by(minutes=59)
    assert session.get(PROFILE).status_code == 200
    hill.clock.pass_by(minutes=1)
    assert session.get(PROFILE).status_code == 401
    first = dict(session.token)
    hill.clock.pass_by(days=89)
    session.refresh_token(TOKEN)
    assert session.token["refresh_token"] != first["refresh_token"]
    assert session.token["access_token"] != first["access_token"]
    assert session.get(PROFILE).status_code == 200
    hill.clock.pass_by(days=90)
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(TOKEN)


def test_renewing_twice_with_the_same_ends_everything(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    stolen = session.token["refresh_token"]
    session.refresh_token(TOKEN)
    assert session.get(PROFILE).status_code == 200
    thief = hill.wallet().session()  # another program's: that tells nothing
    with pytest.raises(OAuthError, match="invalid_grant"):
        thief.refresh_token(TOKEN, refresh_token=stolen)
    assert session.get(PROFILE).status_code == 200
    newest = session.token["refresh_token"]
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(TOKEN, refresh_token=stolen)
    assert session.get(PROFILE).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(TOKEN, refresh_token=newest)
    assert events(hill)[1:] == [("program-shut-out", "token used twice", "engine")]


def test_a_renewed_token_is_for_less_if_that_is_asked_and_never_for_more(hill: Hill) -> None:
    session = hill.wallet((scopes.READ_CREDENTIALS, scopes.READ_PROFILE)).come_in("ana")
    with pytest.raises(OAuthError, match="invalid_scope"):
        session.refresh_token(TOKEN, scope=" ".join(ALL))
    session.refresh_token(TOKEN, scope=scopes.READ_CREDENTIALS)
    assert session.token["scope"] == scopes.READ_CREDENTIALS
    assert session.get(CREDENTIALS).status_code == 200
    assert session.get(PROFILE).status_code == 403
    session.refresh_token(TOKEN, scope=scopes.READ_PROFILE)
    assert session.get(PROFILE).status_code == 200


def test_who_did_not_ask_to_renew_gets_nothing_to_renew_with(hill: Hill) -> None:
    session = hill.wallet(grant_types=["authorization_code"]).come_in("ana")
    assert "refresh_token" not in session.token


def test_nothing_that_opens_anything_is_kept_as_it_is(hill: Hill) -> None:
    wallet = hill.wallet()
    answered = wallet.let_in("ana")
    token = answered.exchange()
    secret = [
        wallet.known["client_secret"],
        code_in(answered.location),
        token["access_token"],
        token["refresh_token"],
    ]
    kept = ""
    for table in (OAuthClient, OAuthCode, OAuthConnection, OAuthToken, Event):
        kept += " ".join(str(vars(one)) for one in rows(hill, table))
    assert [one for one in secret if one in kept] == []


# Giving back and shutting out.


def test_a_program_gives_a_token_back(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    answer = session.revoke_token(
        f"{HILL}/oauth/revoke", session.token["access_token"], token_type_hint="access_token"
    )
    assert answer.status_code == 200
    assert session.get(PROFILE).status_code == 401
    session.refresh_token(TOKEN)
    assert session.get(PROFILE).status_code == 200
    session.revoke_token(f"{HILL}/oauth/revoke", session.token["refresh_token"])
    assert session.get(PROFILE).status_code == 401
    ana = hill.school.cast["ana"].id
    assert events(hill)[1:] == [("program-shut-out", "program", ana)]


def test_nobody_gives_back_what_is_anothers(hill: Hill) -> None:
    session, other = hill.wallet().come_in("ana"), hill.wallet()
    answer = other.session().revoke_token(f"{HILL}/oauth/revoke", session.token["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert session.get(PROFILE).status_code == 200
    answer = other.session().revoke_token(f"{HILL}/oauth/revoke", "nothing")
    assert answer.status_code == 200
    answer = hill.programs().post(f"{HILL}/oauth/revoke", data={"token": "nothing"})
    assert answer.json()["error"] == "invalid_client"


def test_an_app_with_a_site_is_listed_by_it_wherever_else_it_may_answer(hill: Hill) -> None:
    wallet = hill.wallet(redirect_uris=["http://127.0.0.1/back", BACK])
    wallet.come_in("ana")
    said = words(hill.school.browser("ana").get("/account/apps"))
    assert "At wallet.example. Let in on" in said


def test_a_person_sees_which_apps_are_in_and_shuts_one_out(hill: Hill) -> None:
    wallet = hill.wallet()
    sessions = [wallet.come_in("ana"), wallet.come_in("ana")]
    others = wallet.come_in("ben")
    ana = hill.school.browser("ana")
    said = words(ana.get("/account/apps"))
    assert said.count("“Badge Purse”") == 2  # its name, and the button
    assert "At wallet.example. Let in on 12 March 2026" in said
    answer = ana.post(f"/account/apps/{wallet.id}/shut-out")
    assert answer.status_code == 303
    said = words(ana.get("/account/apps"))
    assert "“Badge Purse” is not let in any more." in said
    assert "You let no app in so far" in said
    assert [one.get(PROFILE).status_code for one in sessions] == [401, 401]
    assert others.get(PROFILE).status_code == 200
    told = events(hill)
    assert ana.post(f"/account/apps/{wallet.id}/shut-out").status_code == 303  # pressed twice
    assert "“Badge Purse” is not let in any more." in words(ana.get("/account/apps"))
    assert events(hill) == told
    for who, id in (("sam", wallet.id), ("ana", "nobody")):
        assert hill.school.browser(who).post(f"/account/apps/{id}/shut-out").status_code == 404
    assert others.get(PROFILE).status_code == 200


def test_a_code_that_waits_is_shut_out_with_the_rest(hill: Hill) -> None:
    wallet = hill.wallet()
    wallet.come_in("ana")
    waiting = wallet.let_in("ana")
    hill.school.browser("ana").post(f"/account/apps/{wallet.id}/shut-out")
    with pytest.raises(OAuthError, match="invalid_grant"):
        waiting.exchange()


def test_a_closed_account_lets_nobody_in(hill: Hill) -> None:
    wallet = hill.wallet()
    session, waiting = wallet.come_in("ana"), wallet.let_in("ana")
    ana = hill.school.cast["ana"].id
    hill.school.browser("sam").post(f"/staff/people/{ana}/active", {"active": "no"})
    assert session.get(PROFILE).status_code == 401
    with pytest.raises(OAuthError):
        waiting.exchange()
    with pytest.raises(OAuthError):
        session.refresh_token(TOKEN)


# Registering.


def test_a_registration_is_answered_as_it_was_accepted(hill: Hill) -> None:
    answer = hill.register(client_name=" Badge\u200b Purse ", scope=f"{ALL[0]} offline_access")
    said = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert (said["client_name"], said["scope"]) == ("Badge Purse", ALL[0])
    assert said["client_secret_expires_at"] == 0
    assert said["client_id_issued_at"] == int(hill.clock.now.timestamp())
    asked = metadata()
    for name in ("redirect_uris", "software_id", "policy_uri", "grant_types"):
        assert said[name] == asked[name]


def test_what_is_no_registration_is_refused_in_words(hill: Hill) -> None:
    for body in (b"", b"[]", b"{", b"null", b"[" * 30_000, b'{"a": "\xff"}', b'{"a":1,"a":2}'):
        answer = hill.programs().post(
            f"{HILL}/oauth/register", data=body, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_registration_that_is_too_long_is_not_read(hill: Hill) -> None:
    answer = hill.register(client_name="x" * 100_000)
    assert answer.status_code == 413
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("place", ["register", "token", "revoke"])
def test_what_does_not_say_how_long_it_is_may_be_no_longer(hill: Hill, place: str) -> None:
    kind = "application/json" if place == "register" else "application/x-www-form-urlencoded"
    body = json.dumps(metadata(client_name="x" * 100_000)) if place == "register" else None
    answer = hill.school.app.test_client().post(
        f"/oauth/{place}",
        input_stream=BytesIO((body or "token=" + "x" * 100_000).encode()),
        content_type=kind,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == 413
    assert answer.get_json()["error"] == "invalid_request"


def test_ten_programs_register_from_one_place_in_an_hour(hill: Hill) -> None:
    for _number in range(10):
        assert hill.register().status_code == 201
    answer = hill.register()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    hill.clock.pass_by(hours=1, seconds=1)
    assert hill.register().status_code == 201


def test_the_metadata_says_where_everything_is(hill: Hill) -> None:
    answer = hill.programs().get(f"{HILL}/.well-known/oauth-authorization-server")
    found = rfc8414.AuthorizationServerMetadata(answer.json())
    found.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
    assert found["issuer"] == HILL
    assert found["code_challenge_methods_supported"] == ["S256"]
    security = hill.described()["components"]["securitySchemes"]["OAuth2ACG"]
    flow = security["flows"]["authorizationCode"]
    assert flow["tokenUrl"] == found["token_endpoint"]
    assert flow["authorizationUrl"] == found["authorization_endpoint"]
    assert security["x-imssf-registrationUrl"] == found["registration_endpoint"]


def test_an_ipv6_address_can_not_be_written_in_a_policy(hill: Hill) -> None:
    here = "http://[::1]:8080/done"
    wallet = hill.wallet(redirect_uris=[here])
    page = hill.school.browser("ana").get(asking(wallet, redirect_uri=here))
    assert "form-action 'self' http:;" in page.headers["Content-Security-Policy"]


def test_seeing_that_an_app_came_is_noted_once_an_hour(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    before = hill.clock.now
    hill.clock.pass_by(minutes=30)
    session.get(PROFILE)
    assert [one.used_at for one in rows(hill, OAuthConnection)] == [before]
    hill.clock.pass_by(minutes=29, seconds=59)
    session.get(PROFILE)
    hill.clock.pass_by(seconds=1)
    session.refresh_token(TOKEN)
    session.get(PROFILE)
    assert [one.used_at for one in rows(hill, OAuthConnection)] == [before + timedelta(hours=1)]
