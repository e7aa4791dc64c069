"""Awards and recognitions: granting, taking back, and who holds what.

An award is earned here and has a serial and a certificate; a recognition records that a
credential was earned elsewhere. Each change, its audit event and its queued work go into the
caller's transaction. Whether the actor may do it is asked before, of `permissions`. What else may
happen to an award is in `suspending` and `correcting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select, union_all
from sqlalchemy.orm import Session

from engine.awards import places, reasons, status, suspending, telling
from engine.awards.badges import issuer
from engine.awards.certificates import printing
from engine.awards.expiry import expiry
from engine.awards.recognising import reaching
from engine.awards.serial import new_serial
from engine.credentials.credential import Edition
from engine.people import Actor
from engine.records import audit, jobs
from engine.records.tables import Account, Award, Event, Recognition, Submission, new_id
from engine.settings import Settings


def issue(
    session: Session,
    submission: Submission,
    edition: Edition,
    recipient: Account,
    settings: Settings,
    actor: Actor,
    at: datetime,
    results: Mapping[str, Any] | None = None,
) -> Award:
    """Grant the credential of `edition`, and queue its certificate, and a letter about each other
    credential that it was the last prerequisite of. `results` are as `Award.results` keeps them.

    The words are copied as they are now: the recipient may change their name and staff the
    document, the award stays what was granted. For a submission that has its award already, that
    award, unchanged. Raises `Refused` (`issuer-key`), and grants nothing, while no badge of it
    could be signed.
    """
    granted = session.scalar(
        select(Award).where(Award.submission_id == submission.id, Award.replaced_by.is_(None))
    )
    if granted is not None:
        return granted
    facts = {"submission": submission.id}
    return _grant(
        session, edition, recipient, settings, submission.id, at, facts, actor, at, results or {}
    )


def issue_listed(
    session: Session,
    edition: Edition,
    recipient: Account,
    settings: Settings,
    on: datetime,
    listed: Mapping[str, str],
    actor: Actor,
    at: datetime,
) -> Award:
    """Grant the credential of `edition` as of `on`, with no submission behind it: `listed` says
    which list it comes from, and where that is from. Asked twice, it is granted twice: whoever
    calls this has looked what the recipient holds."""
    return _grant(session, edition, recipient, settings, None, on, listed, actor, at, {})


def _grant(
    session: Session,
    edition: Edition,
    recipient: Account,
    settings: Settings,
    submission_id: str | None,
    on: datetime,
    why: Mapping[str, str],
    actor: Actor,
    at: datetime,
    results: Mapping[str, Any],
) -> Award:
    issuer.must_be_able_to_sign(session, settings)
    credential = edition.credential
    serial = new_serial()
    renewing = _renewed(session, recipient.id, credential.id, submission_id)
    _tell_what_it_opens(session, recipient.id, credential.id, serial, at)
    place = places.free(session)
    award = Award(
        serial=serial,
        status_list=place.list,
        status_index=place.entry,
        submission_id=submission_id,
        edition_digest=edition.digest,
        credential_id=credential.id,
        recipient_id=recipient.id,
        recipient_name=recipient.name,
        title=credential.title,
        statement=credential.certificate.statement,
        issuer=settings.site_name,
        issued_at=on,
        expires_at=expiry(on, credential.certificate.valid_for),
        revoked_at=None,
        revoked_reason="",
        renews=renewing,
        results=dict(results),
    )
    session.add(award)
    session.flush()
    facts: dict[str, Any] = {
        "credential": credential.id,
        "version": credential.version,
        "edition": edition.digest,
        "recipient": recipient.id,
        "expires": award.expires_at.isoformat() if award.expires_at else None,
        **why,
    }
    if renewing:
        facts["renews"] = renewing
    _record(session, award, "awarded", facts, actor, at)
    jobs.enqueue(session, printing.JOB, {"serial": award.serial}, key=award.serial)
    return award


def revoke(session: Session, award: Award, reason: str, actor: Actor, at: datetime) -> None:
    """Take an award back. The reason is public: everybody who checks the award reads it.

    An award that is revoked already keeps its first date and reason; one that is suspended is
    revoked all the same. Raises `Refused` when no reason is given, and for an award that was
    corrected: the one that takes its place is the one to revoke.
    """
    said = reasons.said(reason)
    # Whoever revokes it at the same moment waits, and then finds it revoked.
    session.refresh(award, with_for_update=True)
    if award.revoked_at is not None:
        return
    suspending.require_in_force(award)
    award.revoked_at, award.revoked_reason = at, said
    session.flush()
    _record(session, award, "revoked", {"reason": said}, actor, at)
    telling.tell(session, award, "award-revoked", "", said)


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
    said = reasons.said(reason)
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

    Those that were revoked, suspended or replaced, or that expired, are not. A later award of the
    same credential counts by itself, so an expired one that was earned again is held.
    """
    earned_here = select(Award.credential_id).where(
        Award.recipient_id == account_id, *status.counting(at)
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


def _renewed(
    session: Session, account_id: str, credential_id: str, submission_id: str | None
) -> str | None:
    """The serial of the award that a new one for the same credential and holder carries on: the
    latest that stands, where it has an end or this work began as the renewal of its work."""
    earlier = (
        select(Award)
        .where(
            Award.recipient_id == account_id,
            Award.credential_id == credential_id,
            Award.revoked_at.is_(None),
            Award.replaced_by.is_(None),
        )
        .order_by(Award.issued_at.desc(), Award.serial.desc())
        .limit(1)
    )
    old = session.scalars(earlier).first()
    if old is None or old.expires_at is not None:
        return old.serial if old else None
    began = select(Event.facts).where(
        Event.chain == f"submission:{submission_id}", Event.kind == "opened"
    )
    facts = session.scalars(began).first() or {}
    return old.serial if old.submission_id and facts.get("renews") == old.submission_id else None


def _record(
    session: Session, award: Award, kind: str, facts: Mapping[str, Any], actor: Actor, at: datetime
) -> None:
    audit.record(session, f"award:{award.serial}", kind, facts, actor, at)
