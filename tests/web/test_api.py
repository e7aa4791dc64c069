"""The Open Badges 3.0 API, asked by a wallet: what it answers, in which shape, and to whom."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft202012Validator
from sqlalchemy import select

from engine.awards import correcting, issuing
from engine.awards.badges import awarded
from engine.awards.held import wallet
from engine.awards.recognising import newer_badges
from engine.awards.recognising.presenting import MOST
from engine.connections import scopes
from engine.people import Actor
from engine.records.tables import Account, Award, Event, Recognition
from tests.awards.badges.issuing_site import EARNED, Issuer, Site, serving
from tests.conftest import TERM, School
from tests.databases import ON_SQLITE
from tests.web.conftest import GARDEN
from tests.web.wallets import HILL, Hill, standing_at

pytestmark = ON_SQLITE  # what is kept of badges is tried on both, in tests/awards

API = f"{HILL}/ims/ob/v3p0"
CREDENTIALS, PROFILE = f"{API}/credentials", f"{API}/profile"
ACHIEVEMENT = "https://state.example.org/achievements/facilitator"
COACH = "instructional-coach"


@pytest.fixture
def hill(school: School) -> Iterator[Hill]:
    with standing_at(school) as made:
        yield made


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    with serving(tmp_path) as site:
        monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        yield Issuer(_seen(site), key, ACHIEVEMENT)


def _seen(site: Site) -> Site:
    return site


def shaped(hill: Hill, name: str, said: Any) -> None:
    """Whether an answer has the shape that the service description promises."""
    document = hill.described()
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(said)


def refused(hill: Hill, answer: Any, status: int, minor: str) -> str:
    """What a refusal says in words."""
    assert answer.status_code == status, answer.text
    said = answer.json()
    shaped(hill, "Imsx_StatusInfo", said)
    (field,) = said["imsx_codeMinor"]["imsx_codeMinorField"]
    assert (said["imsx_codeMajor"], field["imsx_codeMinorFieldValue"]) == ("failure", minor)
    return str(said["imsx_description"])


def bring(session: OAuth2Session, badge: Any, **headers: str) -> Any:
    if isinstance(badge, dict):
        badge = json.dumps(badge)
        headers = {"Content-Type": "application/json", **headers}
    return session.post(CREDENTIALS, data=badge, headers={"Content-Type": "text/plain", **headers})


def recognitions(hill: Hill) -> list[Recognition]:
    with hill.school.database.read() as session:
        return list(session.scalars(select(Recognition)))


def links(answer: Any) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers["Link"])
    return {rel: address for address, rel in found}


# What a person holds.


def test_a_wallet_gets_every_credential_as_it_was_signed(hill: Hill) -> None:
    serial = hill.school.award("ana", GARDEN)
    session = hill.wallet().come_in("ana")
    answer = session.get(CREDENTIALS)
    said = answer.json()
    shaped(hill, "GetOpenBadgeCredentialsResponse", said)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Total-Count"] == "1"
    assert answer.headers["Cache-Control"] == "private, no-store"
    with hill.school.database.read() as database:
        kept = awarded.credential_of(
            database, database.get_one(Award, serial), hill.school.settings
        )
    assert kept in answer.text
    assert said == {"credential": [json.loads(kept)], "compactJwsString": []}
    shaped(hill, "AchievementCredential", said["credential"][0])
    assert said["credential"][0]["id"] == f"{HILL}/badges/{serial}"


def test_nobody_gets_what_is_anothers(hill: Hill) -> None:
    hill.school.award("ana", GARDEN)
    answer = hill.wallet().come_in("ben").get(CREDENTIALS)
    assert answer.json() == {"credential": [], "compactJwsString": []}
    assert answer.headers["X-Total-Count"] == "0"


def test_what_was_revoked_is_there_and_what_was_corrected_is_not(hill: Hill) -> None:
    school = hill.school
    first, second = school.award("ana", GARDEN), school.award("ana", COACH)
    with school.database.transaction() as session:
        sam = school.cast["sam"]
        issuing.revoke(session, session.get_one(Award, first), "A mistake.", sam, TERM)
        corrected = correct(session, session.get_one(Award, second), school, sam)
    said = hill.wallet().come_in("ana").get(CREDENTIALS).json()["credential"]
    ids = {one["id"].rpartition("/")[2] for one in said}
    assert ids == {first, corrected}


def correct(session: Any, award: Award, school: School, by: Actor) -> str:
    made = correcting.correct(
        session, school.settings, award, "Ana Ruiz Marín", "Her name is longer.", by, TERM
    )
    return str(made.serial)


def test_a_long_list_comes_in_pages_with_links_between(hill: Hill) -> None:
    school = hill.school
    serials = [school.award("ana", one) for one in (GARDEN, COACH, "field-video")]
    with school.database.transaction() as session:
        for number, serial in enumerate(serials):
            session.get_one(Award, serial).issued_at = TERM + timedelta(days=number)
    session = hill.wallet().come_in("ana")
    answer = session.get(CREDENTIALS, params={"limit": 2})
    seen = [one["id"] for one in answer.json()["credential"]]
    assert answer.headers["X-Total-Count"] == "3"
    assert set(links(answer)) == {"next", "last", "first"}
    answer = session.get(links(answer)["next"])
    assert set(links(answer)) == {"last", "first", "prev"}
    seen += [one["id"] for one in answer.json()["credential"]]
    assert seen == [f"{HILL}/badges/{one}" for one in serials]
    assert links(answer)["last"] == f"{CREDENTIALS}?limit=2&offset=2"
    assert links(answer)["prev"] == links(answer)["first"]
    beyond = session.get(f"{CREDENTIALS}?limit=2&offset=99")
    assert beyond.json()["credential"] == []
    assert links(beyond)["prev"] == links(beyond)["last"] == f"{CREDENTIALS}?limit=2&offset=2"
    assert len(session.get(f"{CREDENTIALS}?limit=5000").json()["credential"]) == 3


def test_since_leaves_out_what_was_issued_before(hill: Hill) -> None:
    first, second = hill.school.award("ana", GARDEN), hill.school.award("ana", COACH)
    with hill.school.database.transaction() as session:
        session.get_one(Award, first).issued_at = datetime(2026, 3, 1, tzinfo=UTC)
        session.get_one(Award, second).issued_at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    session = hill.wallet().come_in("ana")
    for since, count in (
        ("2026-03-01T00:00:00Z", 1),
        ("2026-02-28T23:59:59Z", 2),
        ("2026-03-05T12:00:00Z", 0),
        ("2026-03-05T11:59:59+00:00", 1),
        ("2026-03-05T13:00:00+02:00", 1),
        ("2026-03-05", 1),
    ):
        for answer in (
            session.get(f"{CREDENTIALS}?since={since}"),
            session.get(CREDENTIALS, params={"since": since}),
        ):
            assert answer.headers["X-Total-Count"] == str(count), since


def test_what_makes_no_sense_in_the_address_is_refused_in_words(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    for query in (
        *("limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=9999999999", "limit=²"),
        *("offset=-1", "offset=x", "offset=99999999999999999999"),
        *("since=yesterday", "since=", "since=2026-13-01T00:00:00Z", "since=0001-01-01T00:00%2B09"),
    ):
        words = refused(hill, session.get(f"{CREDENTIALS}?{query}"), 400, "invalid_query_parameter")
        assert query.partition("=")[0] in words
    words = refused(
        hill, session.get(f"{CREDENTIALS}?limit=9999999999"), 400, "invalid_query_parameter"
    )
    assert words == "“limit” must be a whole number from 1 to 2147483647."


def test_one_page_asks_the_database_as_often_for_three_as_for_one(
    hill: Hill, count_queries: list[str]
) -> None:
    session = hill.wallet().come_in("ana")
    counted = []
    for credential_id in (GARDEN, COACH, "field-video"):
        hill.school.award("ana", credential_id)
        session.get(CREDENTIALS)  # signs it
        count_queries.clear()
        session.get(CREDENTIALS)
        counted.append(len(count_queries))
    assert counted[0] == counted[1] == counted[2]


# What a person brings.


def test_a_badge_from_elsewhere_is_recorded_and_comes_back_as_it_was(
    hill: Hill, issuer: Issuer
) -> None:
    session = hill.wallet().come_in("ana")
    badge = json.dumps(issuer.document())
    answer = bring(session, badge, **{"Content-Type": "application/vc+ld+json"})
    assert (answer.status_code, answer.text) == (201, badge)
    assert answer.headers["Content-Type"] == "application/json"
    (made,) = recognitions(hill)
    assert (made.credential_id, made.account_id) == ("water-safety", hill.school.cast["ana"].id)
    answer = session.get(CREDENTIALS)
    assert badge in answer.text
    assert answer.headers["X-Total-Count"] == "1"
    assert bring(session, badge).status_code == 400  # JSON is not plain text
    again = bring(session, json.loads(badge))
    assert (again.status_code, again.text) == (304, "")
    assert len(recognitions(hill)) == 1
    assert issuer.site.asked == []


def test_a_token_is_brought_in_plain_text(hill: Hill, issuer: Issuer) -> None:
    session = hill.wallet().come_in("ana")
    token = issuer.token()
    answer = bring(session, token)
    assert (answer.status_code, answer.text) == (201, token)
    assert answer.headers["Content-Type"].startswith("text/plain")
    said = session.get(CREDENTIALS).json()
    shaped(hill, "GetOpenBadgeCredentialsResponse", said)
    assert said == {"credential": [], "compactJwsString": [token]}
    assert bring(session, token).status_code == 304


def test_a_newer_copy_takes_the_older_ones_place(hill: Hill, issuer: Issuer) -> None:
    session = hill.wallet().come_in("ana")
    bring(session, issuer.document())
    ends = datetime(2030, 1, 1, tzinfo=UTC)
    newer = issuer.document(expiration_date=ends)
    answer = bring(session, newer)
    assert answer.status_code == 200, answer.text
    assert answer.json() == newer
    (made,) = recognitions(hill)
    assert made.expires_at == ends
    assert session.get(CREDENTIALS).json()["credential"] == [newer]
    with hill.school.database.read() as database:
        (event,) = database.scalars(select(Event).where(Event.kind == "badge-renewed"))
    assert event.facts["before"]["expires"] is None
    assert event.actor_id == hill.school.cast["ana"].id


def test_an_older_copy_does_not_lengthen_what_a_newer_one_shortened(
    hill: Hill, issuer: Issuer
) -> None:
    session = hill.wallet().come_in("ana")
    earlier = EARNED - timedelta(days=30)
    long, short = datetime(2035, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    older = issuer.document(issuance_date=earlier, expiration_date=long)
    assert bring(session, older).status_code == 201
    assert bring(session, issuer.document(expiration_date=short)).status_code == 200
    assert bring(session, older).status_code == 304
    bogus = {"type": "DataIntegrityProof", "created": "2090-01-01T00:00:00Z"}
    assert bring(session, {**older, "proof": [older["proof"], bogus]}).status_code == 304
    (made,) = recognitions(hill)
    assert made.expires_at == short


def test_the_same_id_by_another_issuer_is_another_badge(hill: Hill, issuer: Issuer) -> None:
    def dated(issuer: str, begins: int, signed: int | None) -> newer_badges.Copy:
        days = (EARNED + timedelta(days=n) if n is not None else None for n in (begins, signed))
        return newer_badges.Copy(issuer, *days)

    said = newer_badges.copy_of(json.dumps(issuer.document()).encode())
    token = newer_badges.copy_of(issuer.token().encode())
    assert said is not None
    assert token is not None
    assert (said.issuer, said.begins) == (token.issuer, token.begins) == (issuer.did, EARNED)
    assert said.signed is not None
    assert said.same_issuer(token)
    assert not said.same_issuer(dated("did:web:other.example", 0, 0))
    assert dated("", 0, 1).follows(dated("", 0, 0))
    assert not dated("", 0, 0).follows(dated("", 0, 1))
    assert not dated("", 0, 2).follows(dated("", 1, 1))
    assert dated("", 0, None).follows(dated("", 0, 1))
    assert newer_badges.copy_of(b"no badge") is None


def test_a_badge_that_is_not_good_is_refused_in_words(hill: Hill, issuer: Issuer) -> None:
    session = hill.wallet().come_in("ana")
    changed = json.loads(json.dumps(issuer.document()).replace("Shown.", "Shewn."))
    ended = issuer.document(expiration_date=TERM)
    for badge in (changed, ended, {}, {"type": "VerifiableCredential"}, "x.y.z", "words", ""):
        refused(hill, bring(session, badge), 400, "invalid_data")
    for body in (b"\xff\xfe", b"[" * 100_000, b"x" * 600_000):
        refused(hill, bring(session, body), 400, "invalid_data")
    answer = bring(session, json.dumps(issuer.document()), **{"Content-Type": "text/html"})
    refused(hill, answer, 400, "invalid_data")
    assert recognitions(hill) == []


def test_a_badge_that_counts_as_nothing_or_is_anothers_is_not_kept(
    hill: Hill, issuer: Issuer
) -> None:
    session = hill.wallet().come_in("ana")
    stranger = Issuer(issuer.site, Ed25519PrivateKey.generate(), ACHIEVEMENT)
    for badge in (
        issuer.document(email="ben@example.org"),
        issuer.document(achievement="https://state.example.org/achievements/other"),
        stranger.document(),
    ):
        words = refused(hill, bring(session, badge), 403, "forbidden")
        assert words.endswith(".")
    hill.school.hold("ana", "water-safety")
    refused(hill, bring(session, issuer.document()), 403, "forbidden")
    assert [one.badge_id for one in recognitions(hill)] == [""]
    assert session.get(CREDENTIALS).headers["X-Total-Count"] == "0"


def test_a_badge_of_ours_is_here_already(hill: Hill) -> None:
    hill.school.award("ana", GARDEN)
    ana, ben = hill.wallet().come_in("ana"), hill.wallet().come_in("ben")
    (ours,) = ana.get(CREDENTIALS).json()["credential"]
    assert bring(ana, ours).status_code == 304
    words = refused(hill, bring(ben, ours), 403, "forbidden")
    assert words.startswith("This badge was awarded here, to somebody else.")
    changed = {**ours, "name": "Another"}
    refused(hill, bring(ana, changed), 400, "invalid_data")


def test_badges_are_brought_so_often_and_no_more(hill: Hill, issuer: Issuer) -> None:
    session = hill.wallet().come_in("ana")
    for _number in range(MOST):
        bring(session, {"type": "VerifiableCredential", "issuer": "did:example:x"})
    answer = bring(session, issuer.document())
    refused(hill, answer, 429, "server_busy")
    assert answer.headers["Retry-After"] == "3600"


def test_a_badge_of_2_0_counts_and_is_no_credential_of_this_api(hill: Hill, issuer: Issuer) -> None:
    """It is recorded by the page; here it is not given out, since it has another shape."""
    with hill.school.database.transaction() as session:
        ana = session.get_one(Account, hill.school.cast["ana"].id)
        issuing.recognise(
            session, ana, "water-safety", TERM.date(), "State", None, hill.school.cast["ana"],
            TERM, None, {"id": "https://x.example/1"},
        )  # fmt: skip
        store = hill.school.app.extensions["accolade"].store
        assert wallet.held(session, ana.id, store) == []


# Who the person is.


def test_the_profile_says_who_the_person_is_and_no_more(hill: Hill) -> None:
    answer = hill.wallet().come_in("ana").get(PROFILE)
    said = answer.json()
    shaped(hill, "Profile", said)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (said["type"], said["name"], said["email"]) == (
        ["Profile"],
        "Ana Ruiz",
        "ana@example.org",
    )
    assert said["id"].startswith("urn:uuid:")
    assert set(said) == {"@context", "id", "type", "name", "email"}


def test_a_program_may_choose_the_did_that_badges_name_the_person_by(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    before = session.get(PROFILE).json()
    did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    answer = session.put(PROFILE, json={**before, "id": did})
    assert (answer.status_code, answer.json()) == (200, {**before, "id": did})
    assert session.get(PROFILE).json()["id"] == did
    assert session.put(PROFILE, json={**before, "id": did}).status_code == 200
    assert session.put(PROFILE, json=before).json() == before
    ours = "did:web:hill.example"
    for wrong in (
        ours,
        f"{ours}:ana",
        "did:example:ana",
        "https://x.example/",
        "",
        "urn:uuid:" + "0" * 32,
    ):
        refused(hill, session.put(PROFILE, json={**before, "id": wrong}), 400, "invalid_data")


def test_nothing_else_of_an_account_is_a_programs_to_change(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    before = session.get(PROFILE).json()
    for change in ({"name": "Ada"}, {"email": "ada@example.org"}, {"url": "https://evil.example"}):
        words = refused(hill, session.put(PROFILE, json={**before, **change}), 403, "forbidden")
        assert "program staff keep it" in words
    words = refused(hill, session.put(PROFILE, json={**before, "phone": "1"}), 400, "invalid_data")
    assert "phone" in words
    for said in ({}, {"id": before["id"]}, {"type": ["Profile"]}, {"type": "Profile", "id": 1}):
        refused(hill, session.put(PROFILE, json=said), 400, "invalid_data")
    for body in ("[]", "{", '{"id": "x", "id": "y"}', "x" * 600_000):
        words = refused(hill, session.put(PROFILE, data=body), 400, "invalid_data")
        assert words.startswith("This is no profile")
    assert session.get(PROFILE).json() == before


# Who may ask.

EVERY = (
    ("GET", CREDENTIALS, scopes.READ_CREDENTIALS),
    ("POST", CREDENTIALS, scopes.ADD_CREDENTIALS),
    ("GET", PROFILE, scopes.READ_PROFILE),
    ("PUT", PROFILE, scopes.CHANGE_PROFILE),
)


def test_each_address_asks_for_its_own_scope(hill: Hill) -> None:
    for method, address, scope in EVERY:
        others = tuple(one for one in scopes.WORDS if one != scope)
        answer = hill.wallet(others).come_in("ana").request(method, address)
        refused(hill, answer, 403, "forbidden")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
        assert scope in answer.headers["WWW-Authenticate"]
        answer = hill.wallet((scope,)).come_in("ana").request(method, address)
        assert answer.status_code in (200, 400)
        hill.clock.pass_by(hours=1)  # ten programs register in an hour


def test_no_cookie_and_no_token_that_is_not_good_opens_anything(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    token, refresh = session.token["access_token"], session.token["refresh_token"]
    client = hill.school.browser("ana").client
    for method, address, _scope in EVERY:
        path = address.removeprefix(HILL)
        for said in (
            *(None, "", "Bearer", f"bearer {token}x", f"Bearer {refresh}", f"Basic {token}"),
            *(f"Bearer {token} x", f"Bearer  {'x' * 9_000}", token, "Bearer \xe9"),
        ):
            headers = {} if said is None else {"Authorization": said}
            answer = client.open(path, method=method, headers=headers)
            assert answer.status_code == 401, (method, said)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
            assert "Set-Cookie" not in answer.headers
            shaped(hill, "Imsx_StatusInfo", answer.json)
        for query in (f"access_token={token}", f"token={token}"):
            assert client.open(f"{path}?{query}", method=method).status_code == 401


def test_a_token_opens_no_page(hill: Hill) -> None:
    session = hill.wallet().come_in("ana")
    for path in ("/my-work", "/account", "/account/apps", "/staff"):
        answer = session.get(HILL + path, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in")
    answer = session.post(f"{HILL}/account/zone", data={"zone": "America/Chicago"})
    assert answer.status_code in (400, 401)


def test_a_wallet_in_a_browser_may_read_the_answers(hill: Hill) -> None:
    programs = hill.programs()
    origin = {"Origin": "https://wallet.example", "Sec-Fetch-Site": "cross-site"}
    asked = {**origin, "Access-Control-Request-Method": "PUT"}
    for address in (CREDENTIALS, PROFILE, f"{API}/discovery", f"{HILL}/oauth/token"):
        answer = programs.options(address, headers=asked)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "PUT" in programs.options(PROFILE, headers=asked).headers["Access-Control-Allow-Methods"]
    session = hill.wallet().come_in("ana")
    session.headers.update(origin)
    answer = session.get(CREDENTIALS)
    assert answer.status_code == 200
    assert "X-Total-Count" in answer.headers["Access-Control-Expose-Headers"]
    assert session.put(PROFILE, json=session.get(PROFILE).json()).status_code == 200
    for path in ("/", "/oauth/authorize", "/account/apps", "/verify"):
        answer = programs.get(HILL + path, headers=origin)
        assert "Access-Control-Allow-Origin" not in answer.headers


# The description, and what there is not.


def test_the_service_description_is_what_there_is(hill: Hill) -> None:
    document = hill.described()
    assert document["openapi"].startswith("3.0")
    assert document["servers"] == [{"url": API}]
    assert document["info"]["title"] == "Hill School"
    for name in ("termsOfService", "x-imssf-privacyPolicyUrl"):
        assert document["info"][name].startswith("https://")
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    there = {
        (method, rule.rule.removeprefix("/ims/ob/v3p0"))
        for rule in hill.school.app.url_map.iter_rules()
        if rule.rule.startswith("/ims/ob/v3p0/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == there
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert name in json.dumps(document["paths"]) + json.dumps(document["components"])
    scheme = document["components"]["securitySchemes"]["OAuth2ACG"]
    assert set(scheme["flows"]["authorizationCode"]["scopes"]) == set(scopes.WORDS)


def test_the_service_description_is_kept_until_it_changes(hill: Hill) -> None:
    answer = hill.programs().get(f"{API}/discovery")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert hill.programs().get(f"{API}/discovery", headers=tag).status_code == 304


def test_what_is_not_there_is_refused_in_the_standards_words(hill: Hill) -> None:
    programs = hill.programs()
    words = refused(hill, programs.get(f"{API}/assertions"), 404, "not_found")
    assert words == "There is nothing at this address."
    refused(hill, programs.get(f"{API}/"), 404, "not_found")
    answer = programs.delete(CREDENTIALS)
    words = refused(hill, answer, 405, "not_allowed")
    assert words == "This address does not answer requests by this method."
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    answer = programs.get(f"{HILL}/oauth/token")
    assert (answer.status_code, answer.json()["error"]) == (405, "invalid_request")


def test_a_key_that_is_away_gives_no_half_a_page(hill: Hill) -> None:
    hill.school.award("ana", GARDEN)
    session = hill.wallet().come_in("ana")
    (hill.school.settings.keys / "issuer.pem").unlink()
    refused(hill, session.get(CREDENTIALS), 503, "server_busy")
