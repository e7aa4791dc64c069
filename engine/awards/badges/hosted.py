"""The same award as Open Badges 2.0 has it: an assertion that is true because it stands here.

For wallets that still want them. What stands at the addresses is made of the same parts as the
signed badge (`awarded`, `achievement`), so that the two never say different things.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any, Final
from urllib.parse import urlsplit

from engine.awards.badges import achievement, awarded
from engine.awards.badges.achievement import plain
from engine.awards.status import Standing
from engine.credentials.credential import Edition
from engine.records.tables import Account, Award
from engine.settings import Settings

CONTEXT: Final = "https://w3id.org/openbadges/v2"


def address(serial: str, settings: Settings) -> str:
    """The assertion's id."""
    return f"{settings.base_url}/badges/2.0/{serial}"


def class_address(digest: str, settings: Settings) -> str:
    """The id of what it is for."""
    return f"{settings.base_url}/badges/2.0/classes/{digest}"


def issuer_address(settings: Settings) -> str:
    """The issuer's id in this version."""
    return f"{settings.base_url}/badges/2.0/issuer"


def assertion(
    award: Award, account: Account, evidence: list[dict[str, Any]], settings: Settings
) -> dict[str, Any]:
    """The Assertion of an award that counts, or that only expired. `evidence` as the signed badge
    has it."""
    known = awarded.identity(account.email, award.serial, settings)
    said: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": address(award.serial, settings),
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": known["salt"],
            "identity": known["identityHash"],
        },
        "badge": class_address(award.edition_digest, settings),
        "verification": {"type": "HostedBadge"},
        "issuedOn": awarded.moment(award.issued_at),
    }
    if award.expires_at is not None:
        said["expires"] = awarded.moment(award.expires_at)
    if evidence:
        said["evidence"] = [{**one, "type": "Evidence"} for one in evidence]
    return said


def taken_back(serial: str, standing: Standing, settings: Settings) -> dict[str, Any]:
    """What stands there instead when the award does not count by somebody's decision, or when
    nobody was given the serial: the same members, so that the shape tells nothing."""
    return {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": address(serial, settings),
        "revoked": True,
        "revocationReason": standing.reason or standing.sentence,
    }


def badge_class(edition: Edition, settings: Settings) -> dict[str, Any]:
    """The BadgeClass of an edition of a credential, as it was written."""
    kind = achievement.of(edition, settings)
    said = {
        "@context": CONTEXT,
        "type": "BadgeClass",
        "id": class_address(edition.digest, settings),
        "name": kind["name"],
        "description": kind["description"],
        "image": kind["image"]["id"],
        "criteria": kind["criteria"],
        "issuer": issuer_address(settings),
    }
    if "alignment" in kind:
        said["alignment"] = [
            {name: value for name, value in one.items() if name in _ALIGNMENT}
            for one in kind["alignment"]
        ]
    if "tag" in kind:
        said["tags"] = kind["tag"]
    return said


_ALIGNMENT: Final = frozenset(
    ("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode")
)


def profile(settings: Settings) -> dict[str, Any]:
    """The issuer's Profile, which says where its assertions may stand."""
    said: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "Issuer",
        "id": issuer_address(settings),
        "name": plain(settings.site_name),
        "url": settings.base_url,
        "verification": {
            "type": "VerificationObject",
            "allowedOrigins": [urlsplit(settings.base_url).netloc],
            "startsWith": [f"{settings.base_url}/badges/2.0/"],
        },
    }
    _name, email = parseaddr(settings.mail_from)
    if "." in email.rpartition("@")[2]:  # no `accolade@localhost`
        said["email"] = email
    return said
