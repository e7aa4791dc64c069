"""Data Integrity proofs with the cryptosuite eddsa-rdfc-2022: made and checked.

What is signed is the SHA-256 of the canonical proof options and then that of the canonical document
(W3C Data Integrity EdDSA Cryptosuites 1.0 §3.2); the proof's options carry the document's contexts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.awards.badges import multibase
from engine.awards.badges.badge import tampered
from engine.awards.badges.canonical import canonical, undefined

SUITE: Final = "eddsa-rdfc-2022"
_OPTIONS = frozenset(
    (
        "@context",
        "id",
        "type",
        "cryptosuite",
        "created",
        "expires",
        "verificationMethod",
        "proofPurpose",
        "domain",
        "challenge",
        "nonce",
    )
)


def sign(
    document: Mapping[str, Any], key: Ed25519PrivateKey, method: str, at: datetime
) -> dict[str, Any]:
    """`document` with a proof by `key`, which `method` is the address of. Raises `Refused` for a
    document with words that its contexts do not define."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    options = {
        "type": "DataIntegrityProof",
        "created": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "verificationMethod": method,
        "cryptosuite": SUITE,
        "proofPurpose": "assertionMethod",
    }
    signature = key.sign(hash_data(bare, options))
    return {**bare, "proof": {**options, "proofValue": multibase.encode(signature)}}


def verify(document: Mapping[str, Any], proof: Mapping[str, Any], key: Ed25519PublicKey) -> None:
    """Raises `Refused`: `tampered` when the signature is not one of this document."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if not options.keys() <= _OPTIONS:
        raise undefined()
    if options.get("@context", bare.get("@context")) != bare.get("@context"):
        raise undefined()
    try:
        signature = multibase.decode(proof.get("proofValue"))
        key.verify(signature, hash_data(bare, options))
    except (ValueError, InvalidSignature) as error:
        raise tampered() from error


def hash_data(document: dict[str, Any], options: Mapping[str, Any]) -> bytes:
    """The 64 bytes that are signed: of the options first, then of the document."""
    whole = {**options, "@context": document.get("@context")}
    return _digest(whole) + _digest(document)


def _digest(document: dict[str, Any]) -> bytes:
    return hashlib.sha256(canonical(document)).digest()
