"""What a person holds as wallets fetch it: signed credentials, each as it was signed.

Their awards from here, the revoked, suspended and expired ones included, since a wallet that has
one already learns so from its status; not those that a corrected one took the place of. And the
badges from elsewhere (3.0) that they brought and that were recorded, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards.badges import awarded, carriers, strict_json, tokens
from engine.awards.badges.badge import listed
from engine.awards.badges.web import LARGEST
from engine.errors import EvidenceRejected, Refused
from engine.records.files import EvidenceStore
from engine.records.tables import Award, AwardCredential, Evidence, Recognition
from engine.settings import Settings


class Held(NamedTuple):
    """One of them: `serial` of an award from here, or `text`, what was brought."""

    issued_at: datetime
    key: str
    serial: str
    text: str = ""


def held(
    session: Session, account_id: str, store: EvidenceStore, since: datetime | None = None
) -> list[Held]:
    """All of them that were issued after `since`, the oldest first: what comes anew comes at the
    end, so that whoever pages through them misses none."""
    awards = session.execute(
        select(Award.serial, Award.issued_at).where(
            Award.recipient_id == account_id, Award.replaced_by.is_(None)
        )
    )
    found = [Held(issued_at, serial, serial) for serial, issued_at in awards]
    found += _brought(session, account_id, store)
    return sorted(one for one in found if since is None or one.issued_at > since)


def texts(session: Session, some: Sequence[Held], settings: Settings) -> list[str]:
    """The credentials themselves: JSON with a proof, or tokens. Raises `Refused` (`issuer-key`)
    when one is not signed yet and can't be."""
    serials = [one.serial for one in some if one.serial]
    awards = {
        one.serial: one for one in session.scalars(select(Award).where(Award.serial.in_(serials)))
    }
    # Held until the end, so that none of them is looked for by itself.
    _kept = session.scalars(
        select(AwardCredential).where(AwardCredential.serial.in_(serials))
    ).all()
    return [
        one.text or awarded.credential_of(session, awards[one.serial], settings) for one in some
    ]


def _brought(session: Session, account_id: str, store: EvidenceStore) -> list[Held]:
    rows = session.execute(
        select(Recognition.id, Recognition.earned_on, Evidence.sha256)
        .join(Evidence, Evidence.id == Recognition.proof_id)
        .where(
            Recognition.account_id == account_id,
            Recognition.badge_id != "",
            Recognition.revoked_at.is_(None),
        )
    )
    found = []
    for id, earned_on, sha256 in rows:
        if text := _newer_kind(store, sha256):
            found.append(Held(datetime.combine(earned_on, time(), UTC), id, "", text))
    return found


def _newer_kind(store: EvidenceStore, sha256: str) -> str:
    """The badge in a file that was kept as its proof; empty unless it is of 3.0."""
    try:
        with store.open(sha256) as file:
            said = carriers.unbake(file.read(LARGEST))
        if tokens.is_token(said):
            _header, claims = tokens.unchecked(said)
            return said if "vc" in claims or "credentialSubject" in claims else ""
        document = strict_json.read_object(said)
    except (EvidenceRejected, Refused):
        return ""
    return said if "VerifiableCredential" in listed(document.get("type")) else ""
