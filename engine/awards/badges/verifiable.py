"""Verifiable credentials: what one says, once a key of its issuer has signed it.

Two ways of signing: a Data Integrity proof inside the document (eddsa-rdfc-2022), and a token
around it (VC-JWT; Open Badges 3.0 §8.2). What it is about does not matter here; a badge and a
status list are both one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.awards.badges import keys, proofs, strict_json, tokens
from engine.awards.badges.badge import (
    known_issuer,
    listed,
    moment,
    refused,
    tampered,
    text,
    unreadable,
    within,
)
from engine.awards.badges.canonical import COST
from engine.awards.badges.keys import PublicKey
from engine.awards.badges.web import Reads
from engine.errors import Refused
from engine.languages import _


def claims_of(
    said: str, web: Reads, at: datetime, known: Collection[str] | None = None
) -> dict[str, Any]:
    """The credential in `said`, a JSON document or a token, signed by the issuer that it names and
    valid at `at`. Raises `Refused`.

    The web is asked of no issuer who is not among the `known`.
    """
    claims = signed(said, web, at, known)
    if "VerifiableCredential" not in listed(claims.get("type")):
        raise unreadable("type")
    within(
        moment(claims, "validFrom", "issuanceDate"),
        moment(claims, "validUntil", "expirationDate"),
        at,
    )
    return claims


def signed(
    said: str,
    web: Reads,
    at: datetime,
    known: Collection[str] | None = None,
    most: int = COST,
) -> dict[str, Any]:
    """What `said` claims, as soon as the issuer that it names signed it: whether or not the
    document is valid at `at`, and still stands. It may cost `most` to put in order. Raises
    `Refused`."""
    if tokens.is_token(said):
        return _from_token(said, web, at, known)
    return _from_document(strict_json.read_object(said), web, at, known, most)


def issuer_of(claims: Mapping[str, Any]) -> str:
    """The id of its issuer."""
    issuer = claims.get("issuer")
    return text(issuer if isinstance(issuer, dict) else claims, _ID[isinstance(issuer, dict)])


def proof_of(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The one of its proofs that is checked here; None where there is none of that kind."""
    for one in listed(document.get("proof")):
        if isinstance(one, dict) and one.get("cryptosuite") == proofs.SUITE:
            return one
    return None


_ID = {True: "id", False: "issuer"}


def _from_document(
    document: dict[str, Any],
    web: Reads,
    at: datetime,
    known: Collection[str] | None,
    most: int,
) -> dict[str, Any]:
    issuer = issuer_of(document)
    proof = proof_of(document)
    if proof is None:
        raise _unsigned()
    if proof.get("type") != "DataIntegrityProof" or proof.get("proofPurpose") != "assertionMethod":
        raise tampered()
    within(None, moment(proof, "expires"), at)
    _askable(issuer, known)
    key = keys.of_issuer(issuer, text(proof, "verificationMethod"), web, at)
    if not isinstance(key, Ed25519PublicKey):
        raise keys.not_theirs()
    proofs.verify(document, proof, key, most)
    return document


def _from_token(
    token: str, web: Reads, at: datetime, known: Collection[str] | None
) -> dict[str, Any]:
    _header, said = tokens.unchecked(token)
    issuer = issuer_of(_inside(said))
    _askable(issuer, known)

    def key_of(header: Mapping[str, Any]) -> PublicKey:
        method = header.get("kid")
        if not isinstance(method, str):
            return keys.same_of_issuer(issuer, header.get("jwk"), web, at)
        return keys.of_issuer(issuer, f"{issuer}{method}" if method[:1] == "#" else method, web, at)

    payload = tokens.read(token, key_of)
    claims = _inside(payload)
    if payload.get("iss", issuer) != issuer or issuer_of(claims) != issuer:
        raise keys.not_theirs()
    if payload.get("jti", claims.get("id")) != claims.get("id"):
        raise unreadable("jti")
    within(_seconds(payload, "nbf"), _seconds(payload, "exp"), at)
    return claims


def _askable(issuer: str, known: Collection[str] | None) -> None:
    # Of one who is a key nothing is asked, so that it can first be said what else is wrong.
    if not issuer.startswith(("did:key:", "did:jwk:")):
        known_issuer(issuer, known)


def _inside(payload: dict[str, Any]) -> dict[str, Any]:
    found = payload.get("vc", payload)
    if not isinstance(found, dict):
        raise unreadable("vc")
    return found


def _seconds(payload: Mapping[str, Any], name: str) -> datetime | None:
    said = payload.get(name)
    if said is None:
        return None
    try:
        return datetime.fromtimestamp(float(said), UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise unreadable(name) from error


def _unsigned() -> Refused:
    return refused(
        "unsigned",
        _("This badge has no signature that can be checked here."),
        _("Send it to program staff, who can look at it and record it by hand."),
    )
