"""What is saved when signing our own badges is never a check."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.awards.badges import awarded, keys, multibase, proofs
from engine.awards.badges.canonical import canonical
from engine.errors import Refused
from tests.awards.conftest import NOON, Greenhouse

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
METHOD = f"did:web:awards.example.org#{keys.multikey(KEY.public_key())}"


@pytest.fixture
def badge(greenhouse: Greenhouse) -> dict[str, Any]:
    with greenhouse.database.transaction() as session:
        return awarded.document_of(session, greenhouse.award(session), greenhouse.settings)


def test_what_is_signed_is_what_the_standard_says_whatever_the_time(badge: dict[str, Any]) -> None:
    for days in (0, 1, 400):
        signed = proofs.sign(badge, KEY, METHOD, NOON + timedelta(days=days))
        options = {name: one for name, one in signed["proof"].items() if name != "proofValue"}
        whole = {**options, "@context": badge["@context"]}
        both = (canonical(whole), canonical(badge))
        covered = b"".join(hashlib.sha256(one).digest() for one in both)
        signature = multibase.decode(signed["proof"]["proofValue"])
        KEY.public_key().verify(signature, covered)
        assert proofs.hash_data(badge, options) == covered


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("hourz",), 3),
        (("credentialSubject", "achievement", "hourz"), "three"),
        (("credentialSubject", "type"), ["AchievementSubject", "Nonsense"]),
        (("credentialSubject", "achievement", "inLanguage"), {"word": "en"}),
        (("id",), "not an address"),
        (("credentialSubject", "achievement", "tag"), [{"word": "one"}]),
    ],
)
def test_a_shape_that_was_good_lets_nothing_else_through(
    badge: dict[str, Any], way: tuple[str, ...], value: Any
) -> None:
    badge["credentialSubject"]["achievement"]["tag"] = ["one", "two"]
    proofs.sign(badge, KEY, METHOD, NOON)
    spoiled = json.loads(json.dumps(badge))
    holder = spoiled
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = value
    for _turn in range(2):
        with pytest.raises(Refused) as caught:
            proofs.sign(spoiled, KEY, METHOD, NOON)
        assert caught.value.refusal.code == "undefined"
