"""A file or an address as a badge: which kind it is, and whether it verifies.

Nothing is kept and nothing is decided about anybody: the answer is what the badge says, or the
first thing that is wrong with it, in words for whoever shows it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.awards.badges import carriers, strict_json, tokens, version_three, version_two
from engine.awards.badges.badge import Badge, listed, unreadable
from engine.awards.badges.web import LARGEST, Reads


def verify(data: bytes, web: Reads, at: datetime) -> Badge:
    """The badge in a file: a baked PNG or SVG picture, JSON, or a token. Raises `Refused`."""
    if len(data) > LARGEST:
        raise strict_json.too_large()
    said = carriers.unbake(data)
    if said.startswith("https://"):  # pictures of 2.0 may carry where the badge stands
        return version_two.verify_at(said, web, at)
    if tokens.is_token(said):
        _header, claims = tokens.unchecked(said)
        newer = "vc" in claims or "credentialSubject" in claims
        return (version_three.verify if newer else version_two.verify_signed)(said, web, at)
    document = strict_json.read_object(said)
    if "VerifiableCredential" in listed(document.get("type")):
        return version_three.verify(said, web, at)
    if _is_assertion(document):
        return version_two.verify_hosted(said, web, at)
    raise unreadable("type")


def verify_address(address: str, web: Reads, at: datetime) -> tuple[Badge, bytes]:
    """The badge at an address, and what stands there, to be kept. Raises `Refused`."""
    data = web.read(address, LARGEST)
    text = carriers.unbake(data)
    if not text.startswith("https://") and not tokens.is_token(text):
        document = strict_json.read_object(text)
        if _is_assertion(document) and not data.startswith(b"\x89PNG"):
            return version_two.verify_at(address, web, at), data
    return verify(data, web, at), data


def _is_assertion(document: dict[str, Any]) -> bool:
    return "Assertion" in listed(document.get("type")) or {"badge", "recipient"} <= document.keys()
