"""A file or an address as a badge: which kind it is, and whether it verifies.

Nothing is kept and nothing is decided about anybody: the answer is what the badge says, or the
first thing that is wrong with it, in words for whoever shows it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from engine.awards.badges import carriers, strict_json, tokens, version_three, version_two
from engine.awards.badges.badge import Badge, listed, revoked, unreadable
from engine.awards.badges.web import LARGEST, Gone, Reads


def verify(data: bytes, web: Reads, at: datetime, known: Collection[str] | None = None) -> Badge:
    """The badge in a file: a baked PNG or SVG picture, JSON, or a token. Raises `Refused`.

    With `known`, the ids of issuers, nothing on the web is asked in the name of anybody else, as
    soon as the badge says in whose name it is.
    """
    if len(data) > LARGEST:
        raise strict_json.too_large()
    said = carriers.unbake(data)
    if said.startswith("https://"):  # pictures of 2.0 may carry where the badge stands
        return version_two.verify_at(said, web, at, known)
    if tokens.is_token(said):
        _header, claims = tokens.unchecked(said)
        newer = "vc" in claims or "credentialSubject" in claims
        return (version_three.verify if newer else version_two.verify_signed)(said, web, at, known)
    document = strict_json.read_object(said)
    if "VerifiableCredential" in listed(document.get("type")):
        return version_three.verify(said, web, at, known)
    if is_assertion(document):
        return version_two.verify_hosted(said, web, at, known)
    raise unreadable("type")


def verify_address(
    address: str, web: Reads, at: datetime, known: Collection[str] | None = None
) -> tuple[Badge, bytes]:
    """The badge at an address, and what stands there, to be kept. Raises `Refused`."""
    try:
        data = web.read(address, LARGEST)
    except Gone as gone:
        raise revoked() from gone
    text = carriers.unbake(data)
    if not text.startswith("https://") and not tokens.is_token(text):
        document = strict_json.read_object(text)
        if is_assertion(document) and not data.startswith(b"\x89PNG"):
            return version_two.verify_at(address, web, at, known), data
    return verify(data, web, at, known), data


def is_assertion(document: dict[str, Any]) -> bool:
    """Whether it is a badge of Open Badges 2.0."""
    return "Assertion" in listed(document.get("type")) or {"badge", "recipient"} <= document.keys()
