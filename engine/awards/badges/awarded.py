"""An award as an Open Badge 3.0: what it says, and the one signed copy of it that is kept.

It says what the award was granted with, and what its holder chose to show. It is signed when
somebody first asks for it, and from then on it is the same to the letter; it is signed anew only
when the holder chose otherwise (`renew`), or when its key was stolen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards.badges import achievement, contexts, issuer
from engine.awards.badges.achievement import plain
from engine.awards.badges.issuer import Issuer
from engine.people import normal_email
from engine.records import catalogue
from engine.records.database import Database, ReadingSession
from engine.records.tables import Account, Award, AwardCredential, Evidence
from engine.settings import Settings

CONTEXTS: Final = (contexts.CREDENTIALS, contexts.BADGES)


def credential_of(session: Session, award: Award, settings: Settings) -> str:
    """The signed OpenBadgeCredential of `award`, as JSON: the one that is kept, or signed now.

    May be asked in a session that only reads; what is signed is then kept by a transaction of its
    own. Raises `Refused` (`issuer-key`).
    """
    kept = session.get(AwardCredential, award.serial)
    ours = issuer.of(settings)
    if kept is not None and not _stolen(ours, kept.key_id):
        return kept.signed
    if not isinstance(session, ReadingSession):
        return _kept_or_signed(session, award, settings, ours)
    # What was read may be older than what its holder has hidden since: the award is read anew.
    with Database.of(session).transaction() as own:
        return _kept_or_signed(own, own.get_one(Award, award.serial), settings, ours)


def renew(session: Session, award: Award, settings: Settings, at: datetime) -> str:
    """Sign it anew as it is now, after something that it says has changed. Raises `Refused`."""
    kept = _alone_with(session, award)
    return _keep(session, _signed(session, award, settings, issuer.of(settings), at), kept)


def document_of(session: Session, award: Award, settings: Settings) -> dict[str, Any]:
    """What the credential of `award` says, without its proof (Open Badges 3.0 §B.1.10)."""
    edition = catalogue.as_written(session, award.edition_digest)
    kind = achievement.of(edition, settings)
    subject = _subject(session.get_one(Account, award.recipient_id), award, settings)
    subject["achievement"] = kind
    if "creditsAvailable" in kind:
        subject["creditsEarned"] = kind["creditsAvailable"]
    results = [
        {
            "type": ["Result"],
            "resultDescription": achievement.result_address(kind["id"], guide),
            "value": f"{said['percent']:g}",
        }
        for guide, said in award.results.items()
        if guide in edition.credential.scoring_guides
    ]
    if results:
        subject["result"] = results
    said: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": address(award.serial, settings),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": plain(award.title),
        "issuer": {**issuer.of(settings).profile(), "name": plain(award.issuer)},
        "validFrom": moment(award.issued_at),
        "awardedDate": moment(award.issued_at),
        "credentialSubject": subject,
        "credentialStatus": status_entry(award, settings),
    }
    if award.expires_at is not None:
        said["validUntil"] = moment(award.expires_at)
    if shown := evidence(session, award, settings):
        said["evidence"] = shown
    return said


def address(serial: str, settings: Settings) -> str:
    """The credential's id, where it can also be read."""
    return f"{settings.base_url}/badges/{serial}"


def status_list_address(number: int, settings: Settings) -> str:
    """The id of a status list, where it can also be read."""
    return f"{settings.base_url}/badges/status/{number}"


def status_entry(award: Award, settings: Settings) -> dict[str, str]:
    """Where to read whether the award still counts (Bitstring Status List 1.0 §2.1). One object,
    not a list of them: there are programs that read the first of a list and leave the others."""
    listed = status_list_address(award.status_list, settings)
    return {
        "id": f"{listed}#{award.status_index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(award.status_index),
        "statusListCredential": listed,
    }


def identity(email: str, serial: str, settings: Settings) -> dict[str, Any]:
    """An e-mail address, hashed with a salt of the award's own (Open Badges 3.0 §B.1.13), so that
    badges of one person can't be told to be one person's by those who do not know the address."""
    secret = settings.secret_key.encode()
    salt = hmac.new(secret, f"badge {serial}".encode(), hashlib.sha256).hexdigest()[:32]
    said = hashlib.sha256((normal_email(email) + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${said}",
        "identityType": "emailAddress",
        "salt": salt,
    }


def moment(at: datetime) -> str:
    """A time as credentials write it, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _subject(account: Account, award: Award, settings: Settings) -> dict[str, Any]:
    said: dict[str, Any] = {"type": ["AchievementSubject"]}
    identifiers = []
    if account.did and award.names_holder:  # a DID leads to a name as well as a name does
        said["id"] = account.did
    else:
        identifiers.append(identity(account.email, award.serial, settings))
    name = plain(award.recipient_name)
    if award.names_holder and name:
        identifiers.append(
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": name,
                "identityType": "name",
            }
        )
    if identifiers:
        said["identifier"] = identifiers
    return said


def evidence(session: Session, award: Award, settings: Settings) -> list[dict[str, Any]]:
    """What the holder chose to show (Open Badges 3.0 §B.1.9), each at an address of its own."""
    if not award.shown_evidence or award.submission_id is None:
        return []
    query = select(Evidence).where(
        Evidence.id.in_(award.shown_evidence), Evidence.submission_id == award.submission_id
    )
    rows = {row.id: row for row in session.scalars(query)}
    return [
        {
            "id": f"{address(award.serial, settings)}/evidence/{id}",
            "type": ["Evidence"],
            "name": plain(rows[id].name),
        }
        for id in award.shown_evidence
        if id in rows
    ]


def _signed(
    session: Session, award: Award, settings: Settings, ours: Issuer, at: datetime | None
) -> AwardCredential:
    """With no time given it is dated by the award, or by the key where that is younger, so that
    whoever signs it first writes the same."""
    signer = ours.signer
    at = at or max(award.issued_at, signer.since)
    signed = ours.sign(document_of(session, award, settings), at)
    text = json.dumps(signed, ensure_ascii=False, separators=(",", ":"))
    return AwardCredential(serial=award.serial, signed=text, key_id=signer.key_id, signed_at=at)


def _kept_or_signed(session: Session, award: Award, settings: Settings, ours: Issuer) -> str:
    kept = _alone_with(session, award)
    if kept is not None and not _stolen(ours, kept.key_id):
        return kept.signed  # somebody signed it since it was looked for
    return _keep(session, _signed(session, award, settings, ours, None), kept)


def _alone_with(session: Session, award: Award) -> AwardCredential | None:
    """The badge that is kept, once nobody else signs one of this award or changes what it says:
    whoever does waits for the end of this transaction, and then finds what it left."""
    session.flush()
    session.refresh(award, with_for_update=True)
    return session.get(AwardCredential, award.serial, populate_existing=True)


def _keep(session: Session, fresh: AwardCredential, kept: AwardCredential | None) -> str:
    if kept is None:
        session.add(fresh)
    else:
        kept.signed, kept.key_id, kept.signed_at = fresh.signed, fresh.key_id, fresh.signed_at
    session.flush()
    return fresh.signed


def _stolen(ours: Issuer, key_id: str) -> bool:
    return any(one.key_id == key_id and one.stolen is not None for one in ours.known_keys)
