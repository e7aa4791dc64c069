"""Open Badges 3.0: a verifiable credential about an achievement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from engine.awards.badges import badge, status_lists, verifiable
from engine.awards.badges.badge import Badge, Recipient, listed, moment, text, unreadable
from engine.awards.badges.web import Reads

_KINDS: Final = {"OpenBadgeCredential", "AchievementCredential"}


def verify(said: str, web: Reads, at: datetime, known: Collection[str] | None = None) -> Badge:
    """The badge in `said`, a document or a token. Raises `Refused`."""
    claims = verifiable.claims_of(said, web, at, known)
    if not _KINDS & {one for one in listed(claims.get("type")) if isinstance(one, str)}:
        raise unreadable("type")
    awarded = moment(claims, "awardedDate", "validFrom", "issuanceDate")
    subject = claims.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    if awarded is None or not isinstance(subject, dict) or not isinstance(achievement, dict):
        raise unreadable("credentialSubject" if awarded else "validFrom")
    found = Badge(
        "3.0",
        text(claims, "id"),
        verifiable.issuer_of(claims),
        text(claims.get("issuer"), "name", needed=False),
        text(achievement, "id", needed=False),
        text(achievement, "name"),
        awarded,
        moment(claims, "validUntil", "expirationDate"),
        badge.recipients(_recipients(subject)),
    )
    # Last, since it asks others: a badge that is wrong in itself asks nobody.
    if claims.get("credentialStatus") is not None:
        badge.known_issuer(found.issuer, known)
    status_lists.check(claims, web, at)
    return found


def _recipients(subject: dict[str, Any]) -> list[Recipient]:
    found = []
    for one in listed(subject.get("identifier")):
        if not isinstance(one, dict) or one.get("identityType") != "emailAddress":
            continue
        identity, salt = text(one, "identityHash"), text(one, "salt", needed=False)
        found.append(Recipient(identity, bool(one.get("hashed")), salt))
    id = text(subject, "id", needed=False)
    if id.lower().startswith("mailto:"):
        found.append(Recipient(id[len("mailto:") :]))
    return found
