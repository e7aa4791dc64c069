"""Awards and recognitions: granting, taking back, and who holds what.

An award is earned here and has a serial and a certificate; a recognition records that a
credential was earned elsewhere. Each change, its audit event and its queued work go into the
caller's transaction. Whether the actor may do it is asked before, of `permissions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select, union_all
from sqlalchemy.orm import Session

from engine.awards import places, printing, reaching
from engine.awards.expiry import expiry
from engine.awards.serial import new_serial
from engine.credentials.credential import Edition
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.records import audit, jobs
from engine.records.tables import Account, Award, Recognition, Submission, new_id


def issue(
    session: Session,
    submission: Submission,
    edition: Edition,
    recipient: Account,
    issuer: str,
    actor: Actor,
    at: datetime,
) -> Award:
    """Grant the credential of `edition`, and queue its certificate, and a letter about each other
    credential that it was the last prerequisite of.

    The words are copied as they are now: the recipient may change their name and staff the
    document, the award stays what was granted. For a submission that has its award already, that
    award, unchanged.
    """
    granted = session.scalar(
        select(Award).where(Award.submission_id == submission.id, Award.replaced_by.is_(None))
    )
    if granted is not None:
        return granted
    credential = edition.credential
    serial = new_serial()
    _tell_what_it_opens(session, recipient.id, credential.id, serial, at)
    place = places.free(session)
    award = Award(
        serial=serial,
        status_list=place.list,
        status_index=place.index,
        submission_id=submission.id,
        edition_digest=edition.digest,
        credential_id=credential.id,
        recipient_id=recipient.id,
        recipient_name=recipient.name,
        title=credential.title,
        statement=credential.certificate.statement,
        issuer=issuer,
        issued_at=at,
        expires_at=expiry(at, credential.certificate.valid_for),
        revoked_at=None,
        revoked_reason="",
    )
    session.add(award)
    session.flush()
    facts = {
        "credential": credential.id,
        "version": credential.version,
        "edition": edition.digest,
        "submission": submission.id,
        "recipient": recipient.id,
        "expires": award.expires_at.isoformat() if award.expires_at else None,
    }
    _record(session, award, "awarded", facts, actor, at)
    jobs.enqueue(session, printing.JOB, {"serial": award.serial}, key=award.serial)
    return award


def revoke(session: Session, award: Award, reason: str, actor: Actor, at: datetime) -> None:
    """Take an award back. The reason is public: everybody who checks the award reads it.

    An award that is revoked already keeps its first date and reason. Raises `Refused` when no
    reason is given.
    """
    said = _reason(reason)
    # Whoever revokes it at the same moment waits, and then finds it revoked.
    session.refresh(award, with_for_update=True)
    if award.revoked_at is not None:
        return
    award.revoked_at, award.revoked_reason = at, said
    session.flush()
    _record(session, award, "revoked", {"reason": said}, actor, at)


def recognise(
    session: Session,
    account: Account,
    credential_id: str,
    earned_on: date,
    source: str,
    proof_id: str | None,
    actor: Actor,
    at: datetime,
    expires_at: datetime | None = None,
    badge: Mapping[str, str] | None = None,
) -> Recognition:
    """Record that `account` holds a credential that was earned elsewhere.

    `source` says who awarded it or how we know; `proof_id` is a file kept as evidence, or None.
    `badge` is what there is to know of the Open Badge that it was recorded from: its `id` at least.
    """
    id = new_id()
    _tell_what_it_opens(session, account.id, credential_id, id, at)
    recognition = Recognition(
        id=id,
        account_id=account.id,
        credential_id=credential_id,
        earned_on=earned_on,
        source=source,
        proof_id=proof_id,
        recorded_by=actor.id,
        recorded_at=at,
        revoked_at=None,
        revoked_reason="",
        expires_at=expires_at,
        badge_id=badge["id"] if badge else "",
    )
    session.add(recognition)
    session.flush()
    facts: dict[str, Any] = {
        "recognition": recognition.id,
        "credential": credential_id,
        "earned_on": earned_on.isoformat(),
        "source": source,
        "proof": proof_id,
    }
    if badge:
        facts["badge"] = dict(badge)
    if expires_at:
        facts["expires"] = expires_at.isoformat()
    audit.record(session, f"account:{account.id}", "recognised", facts, actor, at)
    return recognition


def revoke_recognition(
    session: Session, recognition: Recognition, reason: str, actor: Actor, at: datetime
) -> None:
    """A recognition no longer counts. Raises `Refused` when no reason is given."""
    said = _reason(reason)
    session.refresh(recognition, with_for_update=True)
    if recognition.revoked_at is not None:
        return
    recognition.revoked_at, recognition.revoked_reason = at, said
    session.flush()
    facts = {
        "recognition": recognition.id,
        "credential": recognition.credential_id,
        "reason": said,
    }
    chain = f"account:{recognition.account_id}"
    audit.record(session, chain, "recognition revoked", facts, actor, at)


def held(session: Session, account_id: str, at: datetime) -> set[str]:
    """Ids of the credentials that the person holds at `at`, earned here or elsewhere: one query.

    Neither revoked nor expired ones are among them. A later award of the same credential counts
    by itself, so an expired one that was earned again is held.
    """
    earned_here = select(Award.credential_id).where(
        Award.recipient_id == account_id,
        Award.revoked_at.is_(None),
        or_(Award.expires_at.is_(None), Award.expires_at >= literal(at, Award.expires_at.type)),
    )
    earned_elsewhere = select(Recognition.credential_id).where(
        Recognition.account_id == account_id, *counting(at)
    )
    return set(session.scalars(union_all(earned_here, earned_elsewhere)))


def counting(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """What is true of a recognition that counts at `at`."""
    ends = Recognition.expires_at
    return (
        Recognition.revoked_at.is_(None),
        or_(ends.is_(None), ends >= literal(at, ends.type)),
    )


def _tell_what_it_opens(
    session: Session, account_id: str, credential_id: str, grant_id: str, at: datetime
) -> None:
    """Queue a letter where this grant is the last thing that another credential asks for first.
    Called before it is written, so what is held is what was held without it."""
    waits = reaching.waiting(session, account_id, credential_id)
    if not waits:
        return
    # Of two grants at the same moment each would miss the other, and nobody would be told: the
    # second one waits here for the first. A weaker lock than for a change of the key, since rows
    # that name the account are written in this transaction, and in the other one.
    alone = select(Account.id).where(Account.id == account_id).with_for_update(key_share=True)
    session.execute(alone)
    before = held(session, account_id, at)
    reaching.tell(session, account_id, credential_id, waits, before, grant_id)


def _record(
    session: Session, award: Award, kind: str, facts: Mapping[str, Any], actor: Actor, at: datetime
) -> None:
    audit.record(session, f"award:{award.serial}", kind, facts, actor, at)


def _reason(reason: str) -> str:
    if said := reason.strip():
        return said
    raise Refused(
        Refusal(
            _("No reason was given."),
            _("Say why it is revoked; whoever checks it will read your words."),
            "reason-required",
        )
    )
