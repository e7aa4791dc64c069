"""Whether a credential was taken back, by the list that it names itself.

W3C Bitstring Status Lists 1.0, and the plain revocation list of 1EdTech. A list that does not
answer leaves the question open, so the badge does not count yet; a kind of list that is not known
here likewise.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from engine.awards.badges import multibase, verifiable
from engine.awards.badges.badge import listed, revoked, status_unknown, text, unreadable
from engine.awards.badges.strict_json import too_large
from engine.awards.badges.web import Reads, json_at
from engine.errors import Refused

BITSTRING: Final = "BitstringStatusListEntry"
REVOCATIONS: Final = "1EdTechRevocationList"
_LARGEST: Final = 4 * 1024 * 1024
"""Bytes of an unpacked list: 32 million badges."""
_ENDING: Final = ("revocation", "suspension")


def check(claims: Mapping[str, Any], web: Reads, at: datetime) -> None:
    """Raises `Refused` (`revoked`, `unreachable`, `status-unknown`) unless it still stands."""
    for status in listed(claims.get("credentialStatus")):
        kinds = listed(status.get("type")) if isinstance(status, dict) else []
        if BITSTRING in kinds:
            if text(status, "statusPurpose") in _ENDING:
                _in_bits(claims, status, web, at)
        elif REVOCATIONS in kinds:
            _by_name(claims, status, web)
        else:
            raise status_unknown()


def bit(packed: str, index: int) -> bool:
    """The bit at `index`, from 0 and the highest of a byte first, of an `encodedList`. Raises
    `Refused`."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        bits = unpacking.decompress(multibase.decode(packed), _LARGEST)
    except (ValueError, zlib.error) as error:
        raise unreadable("encodedList") from error
    if unpacking.unconsumed_tail:
        raise too_large()
    if not 0 <= index < len(bits) * 8:
        raise unreadable("statusListIndex")
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def _in_bits(
    claims: Mapping[str, Any], status: Mapping[str, Any], web: Reads, at: datetime
) -> None:
    said = str(status.get("statusListIndex", ""))
    if not (said.isascii() and said.isdecimal() and len(said) < 12):
        raise unreadable("statusListIndex")
    held = web.read(text(status, "statusListCredential"))
    try:
        found = verifiable.claims_of(
            held.decode("utf-8-sig").strip(), web, at, {verifiable.issuer_of(claims)}
        )
    except (UnicodeDecodeError, Refused) as error:
        raise status_unknown() from error
    listing = found.get("credentialSubject")
    # Only the issuer says which of their badges still stand.
    if verifiable.issuer_of(found) != verifiable.issuer_of(claims) or not isinstance(listing, dict):
        raise status_unknown()
    packed = listing.get("encodedList")
    if status["statusPurpose"] not in listed(listing.get("statusPurpose")):
        raise status_unknown()
    if not isinstance(packed, str):
        raise status_unknown()
    if bit(packed, int(said)):
        raise revoked()


def _by_name(claims: Mapping[str, Any], status: Mapping[str, Any], web: Reads) -> None:
    found = json_at(web, text(status, "id"))
    issuer = found.get("issuer")
    if isinstance(issuer, dict):
        issuer = issuer.get("id")
    if issuer != verifiable.issuer_of(claims):
        raise status_unknown()
    for one in listed(found.get("revokedCredential")) + listed(found.get("revokedCredentials")):
        named, why = (one, "") if isinstance(one, str) else ("", "")
        if isinstance(one, dict) and one.get("revoked", True) is not False:
            named, why = one.get("id", ""), text(one, "revocationReason", needed=False)
        if named and named == claims.get("id"):
            raise revoked(why)
