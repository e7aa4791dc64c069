"""Proofs are those of the standard: to the byte, and for a second implementation."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openbadgeslib.ob3.ldp import OB3LdpVerifier

from engine.awards.badges import contexts, keys, multibase, proofs
from engine.awards.badges.canonical import canonical
from engine.errors import Refused
from tests.awards.badges.issuing_site import Issuer

SEED = bytes.fromhex("6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be4")
HASH_DATA = (
    "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"
    "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"
)
METHOD = "https://example.edu/issuers/565049#z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
PROOF = {
    "type": "DataIntegrityProof",
    "created": "2010-01-01T19:23:24Z",
    "verificationMethod": METHOD,
    "cryptosuite": "eddsa-rdfc-2022",
    "proofPurpose": "assertionMethod",
    "proofValue": (
        "z5x9aCBYovW3CQCbKdNyhEm7ffYSw1YpEdPywQJoNbzDD2gkzQDKJ1sYKJaWvqZtkMtSbz35HcbgXVEDYHxCzgkCr"
    ),
}
PUBLISHED: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": "http://example.com/credentials/3527",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {
        "id": "https://example.edu/issuers/565049",
        "type": ["Profile"],
        "url": "https://www.imsglobal.org",
        "name": "Example Corp",
    },
    "validFrom": "2010-01-01T00:00:00Z",
    "name": "Teamwork Badge",
    "credentialSubject": {
        "id": "did:example:ebfeb1f712ebc6f1c276e12ec21",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://example.com/achievements/21st-century-skills/teamwork",
            "type": ["Achievement"],
            "criteria": {
                "narrative": (
                    "Team members are nominated for this badge by their peers and recognized upon"
                    " review by Example Corp management."
                )
            },
            "description": (
                "This badge recognizes the development of the capacity to collaborate within a"
                " group environment."
            ),
            "name": "Teamwork",
        },
    },
}
"""The example of Open Badges 3.0 for eddsa-rdfc-2022, with its published key and proof."""


def test_the_published_example_comes_out_to_the_byte() -> None:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    options = {name: value for name, value in PROOF.items() if name != "proofValue"}
    assert proofs.hash_data(PUBLISHED, options).hex() == HASH_DATA
    at = datetime(2010, 1, 1, 19, 23, 24, tzinfo=UTC)
    assert proofs.sign(PUBLISHED, key, METHOD, at) == {**PUBLISHED, "proof": PROOF}
    proofs.verify(PUBLISHED, PROOF, key.public_key())
    assert METHOD.endswith(keys.multikey(key.public_key()))


def test_another_implementation_verifies_what_is_signed_here(issuer: Issuer) -> None:
    document = issuer.document()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    signed = proofs.sign(document, issuer.key, document["proof"]["verificationMethod"], at)
    assert signed["proof"]["created"] == "2026-03-01T00:00:00Z"
    OB3LdpVerifier.for_issuer_did(issuer.did).verify(signed)


@pytest.mark.parametrize(
    "change",
    [
        {"proofPurpose": "authentication"},
        {"created": "2010-01-01T19:23:25Z"},
        {"proofValue": "z5x9aCBY"},
        {"proofValue": "not base58 0OIl"},
        {"proofValue": None},
        {"verificationMethod": "https://example.edu/issuers/1#x"},
    ],
)
def test_a_changed_proof_holds_for_nothing(change: dict[str, Any]) -> None:
    key = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    with pytest.raises(Refused) as caught:
        proofs.verify(PUBLISHED, {**PROOF, **change}, key)
    assert caught.value.refusal.code == "tampered"


def test_an_option_that_nobody_knows_is_refused() -> None:
    key = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    with pytest.raises(Refused) as caught:
        proofs.verify(PUBLISHED, {**PROOF, "previousProof": "urn:uuid:1"}, key)
    assert caught.value.refusal.code == "undefined"


def test_what_is_signed_does_not_depend_on_how_it_is_written() -> None:
    shuffled = dict(reversed(list(PUBLISHED.items())))
    alone = {**shuffled, "issuer": {**PUBLISHED["issuer"], "type": "Profile"}, "evidence": None}
    assert canonical(alone) == canonical(PUBLISHED)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "credentials/3527"},
        {"type": ["VerifiableCredential", "Teamwork"]},
        {"issuer": {**PUBLISHED["issuer"], "motto": "Together"}},
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"@context": [*PUBLISHED["@context"], {"@vocab": "https://example.org/"}]},
        {"@included": [{"id": "urn:x"}]},
        {"credentialSubject": {"@graph": [PUBLISHED["credentialSubject"]]}},
    ],
)
def test_what_the_signature_would_not_cover_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        canonical({**PUBLISHED, **change})
    assert caught.value.refusal.code == "undefined"


def test_contexts_are_the_pinned_ones_and_nothing_is_fetched() -> None:
    assert all(contexts.context(address)["@context"] for address in contexts.PINNED)
    with pytest.raises(Refused):
        contexts.loader("https://www.w3.org/2018/credentials/v1")


def test_a_context_that_changed_is_an_error_and_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = contexts.PINNED[contexts.BADGES]._replace(sha256=hashlib.sha256(b"").hexdigest())
    monkeypatch.setitem(contexts.PINNED, contexts.BADGES, other)
    contexts.context.cache_clear()
    with pytest.raises(RuntimeError):
        contexts.context(contexts.BADGES)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\1", b"\xff" * 64, bytes(range(64))])
def test_base58_comes_back(data: bytes) -> None:
    assert multibase.decode(multibase.encode(data)) == data
