"""Data Integrity proofs with the cryptosuite eddsa-rdfc-2022: made and checked.

What is signed is the SHA-256 of the canonical proof options and then that of the canonical document
(W3C Data Integrity EdDSA Cryptosuites 1.0 §3.2); the proof's options carry the document's contexts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.awards.badges import multibase
from engine.awards.badges.badge import tampered
from engine.awards.badges.canonical import COST, canonical, undefined

SUITE: Final = "eddsa-rdfc-2022"
_SOME_TIME: Final = b"1999-12-31T23:59:59Z"
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
    document: Mapping[str, Any],
    key: Ed25519PrivateKey,
    method: str,
    at: datetime,
    most: int = COST,
) -> dict[str, Any]:
    """`document` with a proof by `key`, which `method` is the address of; it may cost `most` to put
    in order. Raises `Refused` for a document with words that its contexts do not define."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    options = _own_options(method, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    covered = _options_digest(bare.get("@context"), options) + _digest(bare, most, own=True)
    return {**bare, "proof": {**options, "proofValue": multibase.encode(key.sign(covered))}}


def _own_options(method: str, created: str) -> dict[str, str]:
    return {
        "type": "DataIntegrityProof",
        "created": created,
        "verificationMethod": method,
        "cryptosuite": SUITE,
        "proofPurpose": "assertionMethod",
    }


def verify(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    key: Ed25519PublicKey,
    most: int = COST,
) -> None:
    """Raises `Refused`: `tampered` when the signature is not one of this document, which may cost
    `most` to put in order."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if not options.keys() <= _OPTIONS:
        raise undefined()
    if options.get("@context", bare.get("@context")) != bare.get("@context"):
        raise undefined()
    try:
        signature = multibase.decode(proof.get("proofValue"))
        key.verify(signature, hash_data(bare, options, most))
    except (ValueError, InvalidSignature) as error:
        raise tampered() from error


def hash_data(document: dict[str, Any], options: Mapping[str, Any], most: int = COST) -> bytes:
    """The 64 bytes that are signed: of the options first, then of the document."""
    whole = {**options, "@context": document.get("@context")}
    return _digest(whole, COST) + _digest(document, most)


def _digest(document: dict[str, Any], most: int, *, own: bool = False) -> bytes:
    return hashlib.sha256(canonical(document, most, own=own)).digest()


def _options_digest(contexts: Any, options: Mapping[str, str]) -> bytes:
    """The same of the options that are signed with here. Only the time is another one each time,
    and it stands alone in its line, so the order of the lines is always the same."""
    lines = _options_lines(json.dumps(contexts), options["verificationMethod"])
    return hashlib.sha256(lines.replace(_SOME_TIME, options["created"].encode())).digest()


@lru_cache(maxsize=64)
def _options_lines(contexts: str, method: str) -> bytes:
    options = _own_options(method, _SOME_TIME.decode())
    return canonical({**options, "@context": json.loads(contexts)})
