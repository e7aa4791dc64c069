"""A Comprehensive Learner Record 2.0: everything that a person was awarded here, as one signed
credential that holds the badges as they were signed.

What a badge says is `badges.awarded`'s business; the record adds which of them lead on to which.
Revoked awards and those that a corrected one took the place of are not in it, nor is what a
document keeps in confidence. A very long record comes in parts, since whoever checks one puts all
of it in order first.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards.badges import achievement, awarded, contexts, issuer, proofs, strict_json
from engine.awards.badges.achievement import plain
from engine.credentials.credential import Credential
from engine.languages import _
from engine.records import catalogue
from engine.records.tables import Account, Award
from engine.settings import Settings

MOST: Final = 40
"""Badges in one part: a second or so of work, and less than the 256 KiB that others take."""
WORK: Final = 600 * MOST
"""What putting one part in order costs at most, as `canonical` counts it. Measured: a badge of the
catalogue costs up to 480, and each thing that it leads on to 23."""
_COST: Final = 1_000_000
"""Far more than `MOST` badges of ours cost; what strangers send is bounded elsewhere."""
_SPACE: Final = uuid.UUID("7d0b7a8e-3c5e-4b53-9a77-0d8a5be0c1f4")
"""Of the names of records, so that they are nobody else's (RFC 9562 §5.5)."""


class Member(NamedTuple):
    """One award in a record."""

    award: Award
    credential: Credential

    def achievement(self, settings: Settings) -> str:
        """The id of what it is for."""
        return achievement.address(self.award.edition_digest, settings)


def members(session: Session, account_id: str) -> list[Member]:
    """The awards that are in the person's record, the oldest first."""
    awards = session.scalars(
        select(Award)
        .where(
            Award.recipient_id == account_id,
            Award.replaced_by.is_(None),
            Award.revoked_at.is_(None),
        )
        .order_by(Award.issued_at, Award.serial)
    )
    found = [
        Member(one, catalogue.edition(session, one.edition_digest).credential) for one in awards
    ]
    return [one for one in found if not one.credential.confidential]


def parts(found: Sequence[Member]) -> list[Sequence[Member]]:
    """The record's parts; none where there is nothing in it."""
    return [found[at : at + MOST] for at in range(0, len(found), MOST)]


def unsigned(
    session: Session,
    account: Account,
    found: Sequence[Member],
    part: int,
    settings: Settings,
    at: datetime,
) -> dict[str, Any]:
    """A part of the record, from 1, before it is signed (CLR 2.0 §5.2, ClrCredential).

    Badges that have not been signed yet are signed and kept. Raises `Refused` (`issuer-key`).
    """
    here = parts(found)[part - 1]
    subject: dict[str, Any] = {
        "type": ["ClrSubject"],
        "verifiableCredential": [
            json.loads(awarded.credential_of(session, one.award, settings)) for one in here
        ],
    }
    if account.did:
        subject["id"] = account.did
    else:
        subject["identifier"] = [
            awarded.identity(account.email, f"record of {account.id}", settings)
        ]
    if leading := associations(here, settings):
        subject["association"] = leading
    name = _("Learner record of %(name)s", name=plain(account.name))
    said: dict[str, Any] = {
        "@context": [contexts.CREDENTIALS, contexts.RECORDS, contexts.BADGES],
        "id": f"urn:uuid:{uuid.uuid5(_SPACE, f'{settings.base_url} {account.id} {part}')}",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": name,
        "issuer": issuer.of(settings).profile(),
        "validFrom": awarded.moment(at),
        "credentialSubject": subject,
    }
    if len(found) > MOST:
        said["partial"] = True
    return said


def signed(said: dict[str, Any], settings: Settings, at: datetime) -> str:
    """The record with its proof, as JSON. Raises `Refused` (`issuer-key`)."""
    signer = issuer.of(settings).signer
    whole = proofs.sign(said, signer.key, signer.method, at, most=_COST)
    return strict_json.written(whole).decode()


def associations(found: Sequence[Member], settings: Settings) -> list[dict[str, Any]]:
    """Which of them comes before which, as the documents' prerequisites say."""
    ids = {one.credential.id: one.achievement(settings) for one in found}
    pairs = {
        (ids[earlier], one.achievement(settings))
        for one in found
        for earlier in one.credential.prerequisites.credentials
        if earlier in ids
    }
    return [
        {
            "type": "Association",
            "associationType": "precedes",
            "sourceId": source,
            "targetId": target,
        }
        for source, target in sorted(pairs)
    ]
