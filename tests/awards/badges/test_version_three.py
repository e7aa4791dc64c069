"""Open Badges 3.0 verify, or are refused for the first thing that is wrong with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwk, jwt
from openbadgeslib.ob3 import status_list

from engine.awards.badges import verifying
from engine.awards.badges.badge import Recipient
from engine.awards.badges.web import Web
from engine.errors import Refused
from tests.awards.badges.conftest import TODAY, Fault, Verify
from tests.awards.badges.issuing_site import ANA, EARNED, Issuer, Site, pem_of


def data(document: Any) -> bytes:
    return json.dumps(document).encode()


def test_a_document_with_a_proof_says_what_its_issuer_signed(
    issuer: Issuer, verify: Verify
) -> None:
    badge = verify(data(issuer.document(expiration_date=TODAY + timedelta(days=30))))
    assert (badge.version, badge.issuer, badge.issuer_name) == (
        "3.0",
        issuer.did,
        "State University",
    )
    assert (badge.achievement, badge.achievement_name) == (issuer.achievement, "Facilitator")
    assert (badge.awarded_at, badge.expires_at) == (EARNED, TODAY + timedelta(days=30))
    assert [one.names(ANA) for one in badge.recipients] == [True]
    assert not badge.recipients[0].names("ben@example.org")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("EdDSA", Ed25519PrivateKey.generate()),
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
        ("RS256", rsa.generate_private_key(65537, 2048)),
    ],
)
def test_a_token_says_what_its_issuer_signed(
    issuer: Issuer, site: Site, verify: Verify, fault: Fault, algorithm: str, key: Any
) -> None:
    token = issuer.token(key, algorithm, issuer=f"{site.url}/issuer")
    public = jwk.import_key(pem_of(key), _KINDS[algorithm]).as_dict(private=False)
    profile = {"id": f"{site.url}/issuer", "verificationMethod": [{"publicKeyJwk": public}]}
    site.put("/issuer", profile)
    assert verify(token.encode()).issuer == f"{site.url}/issuer"
    # The token brings its key along; only the issuer's own list makes it theirs.
    site.put("/issuer", {**profile, "verificationMethod": []})
    assert fault(token.encode()) == "tampered"


_KINDS: dict[str, Any] = {"EdDSA": "OKP", "ES256": "EC", "RS256": "RSA"}


def test_a_key_is_found_through_did_web(issuer: Issuer, site: Site, verify: Verify) -> None:
    did = "did:web:" + site.url.removeprefix("https://").replace(":", "%3A") + ":staff"
    document = issuer.document(issuer=did, method=f"{did}#one")
    multikey = issuer.did.removeprefix("did:key:")
    key = {"id": "#one", "type": "Multikey", "controller": did, "publicKeyMultibase": multikey}
    site.put(
        "/staff/did.json",
        {"id": did, "verificationMethod": [key], "assertionMethod": [f"{did}#one"]},
    )
    assert verify(data(document)).issuer == did


def test_a_key_for_signing_in_makes_no_claims(issuer: Issuer, site: Site, fault: Fault) -> None:
    did = "did:web:" + site.url.removeprefix("https://").replace(":", "%3A")
    document = issuer.document(issuer=did, method=f"{did}#one")
    key = {
        "id": f"{did}#one",
        "controller": did,
        "publicKeyMultibase": issuer.did.removeprefix("did:key:"),
    }
    listing = {"id": did, "verificationMethod": [key], "assertionMethod": [f"{did}#two"]}
    site.put("/.well-known/did.json", listing)
    assert fault(data(document)) == "tampered"


def test_a_did_that_names_no_key_for_claims_makes_none(
    issuer: Issuer, site: Site, verify: Verify, fault: Fault
) -> None:
    multikey = issuer.did.removeprefix("did:key:")
    did = "did:web:" + site.url.removeprefix("https://").replace(":", "%3A")
    owner = f"{site.url}/.well-known/did.json"
    for id, said, good in (
        (did, {}, False),
        (did, {"assertionMethod": []}, False),
        (owner, {"assertionMethod": []}, False),
        (owner, {"assertionMethod": None}, False),
        (owner, {}, True),
    ):
        shown = data(issuer.document(issuer=id, method=f"{id}#one"))
        key = {"id": f"{id}#one", "publicKeyMultibase": multikey}
        site.put("/.well-known/did.json", {"id": id, "verificationMethod": [key], **said})
        assert (verify(shown).issuer == id) if good else (fault(shown) == "tampered"), said


def test_a_key_of_an_unknown_kind_does_not_spoil_the_others(
    issuer: Issuer, site: Site, verify: Verify
) -> None:
    owner = f"{site.url}/issuer"
    public = jwk.import_key(pem_of(issuer.key), "OKP").as_dict(private=False)
    odd: list[Any] = [
        {"publicKeyJwk": {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}},
        {"publicKeyMultibase": "z6LSbys", "revoked": "never"},
        {"publicKeyPem": "-----BEGIN PUBLIC KEY-----"},
        {},
    ]
    keys = [*odd, {"publicKeyJwk": public}]
    site.put("/issuer", {"id": owner, "verificationMethod": keys})
    assert verify(issuer.token(issuer=owner).encode()).issuer == owner


def test_nothing_is_asked_of_an_issuer_whom_nobody_knows(issuer: Issuer, site: Site) -> None:
    owner = f"{site.url}/issuer"
    status = [{"id": f"{site.url}/revoked", "type": "1EdTechRevocationList"}]
    for shown in (
        data(issuer.document(issuer=owner, method=f"{owner}#one")),
        issuer.token(issuer=owner).encode(),
        issuer.token(credential_status=status).encode(),
    ):
        with pytest.raises(Refused) as caught:
            verifying.verify(shown, Web(private=True), TODAY, {"https://state.example.org"})
        assert caught.value.refusal.code == "unknown-issuer"
    assert site.asked == []


def test_a_key_that_was_given_up_signs_nothing(issuer: Issuer, site: Site, fault: Fault) -> None:
    owner = f"{site.url}/issuer"
    document = issuer.document(issuer=owner, method=f"{owner}#one")
    key = {
        "id": f"{owner}#one",
        "publicKeyMultibase": issuer.did.removeprefix("did:key:"),
        "revoked": "2026-01-01T00:00:00Z",
    }
    site.put("/issuer", {"id": owner, "verificationMethod": [key]})
    assert fault(data(document)) == "tampered"


def test_one_changed_letter_is_seen(issuer: Issuer, fault: Fault) -> None:
    text = json.dumps(issuer.document())
    assert fault(text.replace("Facilitator", "Facilitatur").encode()) == "tampered"
    assert fault(text.replace("2025-06-01", "2025-06-02").encode()) == "tampered"
    head, payload, signature = issuer.token().split(".")
    swapped = payload[:100] + ("A" if payload[100] != "A" else "B") + payload[101:]
    assert fault(f"{head}.{swapped}.{signature}".encode()) in ("tampered", "unreadable")


def test_somebody_elses_key_is_not_the_issuers(issuer: Issuer, fault: Fault) -> None:
    other = Issuer(issuer.site, Ed25519PrivateKey.generate(), issuer.achievement)
    # Signed by one, in the name of the other.
    assert fault(data(other.document(issuer=issuer.did))) == "tampered"
    assert fault(other.token(issuer=issuer.did).encode()) == "tampered"


def test_a_token_never_chooses_its_kind_of_signature(issuer: Issuer, fault: Fault) -> None:
    payload = issuer.credential().to_jwt_payload()
    none = _coded({"alg": "none"}) + "." + _coded(payload) + "."
    assert fault(none.encode()) == "unreadable"
    # HS256 with the public key as the secret: the oldest of the tricks.
    secret = jwk.OctKey.import_key(issuer.did.encode())
    header = {"alg": "HS256", "kid": issuer.did}
    assert fault(jwt.encode(header, payload, secret).encode()) in ("tampered", "unreadable")


def _coded(value: Any) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_an_expired_badge_is_refused_by_its_day(
    issuer: Issuer, verify: Verify, fault: Fault
) -> None:
    ends = datetime(2026, 3, 1, tzinfo=UTC)
    shown = data(issuer.document(expiration_date=ends))
    assert verify(shown, ends).expires_at == ends
    assert fault(shown, ends + timedelta(seconds=1)) == "expired"
    assert fault(issuer.token(expiration_date=ends).encode()) == "expired"


def test_a_badge_of_tomorrow_does_not_count_yet(issuer: Issuer, fault: Fault) -> None:
    assert fault(data(issuer.document(issuance_date=TODAY + timedelta(days=1)))) == "not-yet"


def test_words_that_no_context_defines_are_refused(issuer: Issuer, fault: Fault) -> None:
    document = issuer.document()
    for change in (
        {"grade": "A"},
        {"credentialSubject": {**document["credentialSubject"], "honours": True}},
        {"https://www.w3.org/2018/credentials#validUntil": "2030-01-01T00:00:00Z"},
        {"@context": [*document["@context"], {"grade": "https://example.org/grade"}]},
        {"@context": [*document["@context"], "https://example.org/context"]},
        {"issuer": {**document["issuer"], "@id": issuer.did}},
    ):
        assert fault(data({**document, **change})) == "undefined", change


def test_a_name_that_stands_twice_is_refused(issuer: Issuer, fault: Fault) -> None:
    text = json.dumps(issuer.document())
    twice = text.replace('"validFrom"', '"validFrom": "2020-01-01T00:00:00Z", "validFrom"', 1)
    assert fault(twice.encode()) == "unreadable"


@pytest.mark.parametrize(
    ("member", "content"),
    [
        # Nodes that nothing tells apart would be tried in every order.
        ("evidence", [{"type": ["Evidence"], "name": "x"} for _ in range(12)]),
        ("evidence", [{"type": ["Evidence"], "name": f"e{n}"} for n in range(2_000)]),
        ("tag", [f"t{n}" for n in range(10_000)]),
        ("@context", ["https://www.w3.org/ns/credentials/v2"] * 500),
    ],
)
def test_what_would_keep_a_server_busy_is_given_up_at_once(
    issuer: Issuer, fault: Fault, member: str, content: list[Any]
) -> None:
    shown = data({**issuer.document(), member: content})
    started = process_time()
    assert fault(shown) in ("too-large", "tampered", "undefined")
    assert process_time() - started < 3


def test_a_badge_without_a_signature_is_refused(issuer: Issuer, fault: Fault) -> None:
    document = issuer.document()
    del document["proof"]
    assert fault(data(document)) == "unsigned"


def test_a_list_of_bits_says_what_was_taken_back(
    issuer: Issuer, site: Site, verify: Verify, fault: Fault
) -> None:
    url = f"{site.url}/list"
    shown = data(
        issuer.document(credential_status=[status_list.status_entry(url, "revocation", 42)])
    )
    assert fault(shown) == "unreachable"
    site.put("/list", signed_list(issuer, url, {41, 43}))
    assert verify(shown).issuer == issuer.did
    site.put("/list", signed_list(issuer, url, {42}))
    assert fault(shown) == "revoked"


def test_a_list_of_somebody_else_says_nothing(issuer: Issuer, site: Site, fault: Fault) -> None:
    other = Issuer(site, Ed25519PrivateKey.generate(), issuer.achievement)
    url = f"{site.url}/list"
    shown = data(
        issuer.document(credential_status=[status_list.status_entry(url, "revocation", 42)])
    )
    site.put("/list", signed_list(other, url, set()))
    assert fault(shown) == "status-unknown"


def test_a_list_may_be_a_token(issuer: Issuer, site: Site, fault: Fault) -> None:
    url = f"{site.url}/list"
    shown = issuer.token(credential_status=[status_list.status_entry(url, "suspension", 7)])
    listing = status_list.build_status_list_credential(issuer.did, url, "suspension", {7})
    site.put("/list", status_list.sign_status_list_credential(listing, pem_of(issuer.key), "EdDSA"))
    assert fault(shown.encode()) == "revoked"


def test_a_list_of_names_says_what_was_taken_back_and_why(
    issuer: Issuer, site: Site, verify: Verify, fault: Fault
) -> None:
    url = f"{site.url}/revoked"
    shown = issuer.token(credential_status=[{"id": url, "type": "1EdTechRevocationList"}]).encode()
    listing: dict[str, Any] = {"id": url, "issuer": issuer.did, "revokedCredential": []}
    site.put("/revoked", listing)
    badge = verify(shown)
    listing["revokedCredential"] = [{"id": badge.id, "revocationReason": "A mix-up."}]
    site.put("/revoked", listing)
    assert fault(shown) == "revoked"


def test_a_kind_of_list_that_nobody_knows_leaves_it_open(issuer: Issuer, fault: Fault) -> None:
    status = [{"id": "https://example.org/1", "type": "SomeOtherList"}]
    assert fault(issuer.token(credential_status=status).encode()) == "status-unknown"


def test_an_address_may_be_all_that_says_whose_it_is(issuer: Issuer, verify: Verify) -> None:
    badge = verify(issuer.token(identifiers=[], recipient_id="mailto:Ana@example.org").encode())
    assert badge.recipients == (Recipient("Ana@example.org"),)
    assert badge.recipients[0].names(ANA)


def signed_list(issuer: Issuer, url: str, bits: set[int]) -> Any:
    from openbadgeslib.ob3.ldp import add_data_integrity_proof

    listing = status_list.build_status_list_credential(issuer.did, url, "revocation", bits)
    method = f"{issuer.did}#{issuer.did.removeprefix('did:key:')}"
    return add_data_integrity_proof(listing, pem_of(issuer.key), method)
