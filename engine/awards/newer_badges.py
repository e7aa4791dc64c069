"""A badge that is recorded already, brought again: the same one, or a newer copy of it.

Two badges are the same one when they have the same id and the same issuer (Open Badges 3.0 §10),
whatever else they say. What was recorded from it stays, and says from now on what the newer copy
says; the trail keeps what it said before.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards.badges.badge import Badge
from engine.awards.presenting import Counted, counts_as
from engine.people import Actor
from engine.permissions import require
from engine.records import audit
from engine.records.tables import Account, Evidence, Recognition


def recorded(session: Session, badge_id: str, account_id: str) -> Recognition | None:
    """What was recorded from the badge by this id, if that still stands."""
    return session.scalars(
        select(Recognition)
        .where(
            Recognition.account_id == account_id,
            Recognition.badge_id == badge_id,
            Recognition.revoked_at.is_(None),
        )
        .order_by(Recognition.recorded_at.desc())
    ).first()


def take(
    session: Session,
    recognition: Recognition,
    badge: Badge,
    account: Account,
    proof: Evidence,
    actor: Actor,
    at: datetime,
) -> Counted:
    """Have `recognition` stand on `badge`, the newer copy, whose file is `proof`. Raises `Refused`
    as `presenting.counts_as`, also when it counts as another credential now."""
    require(actor, "recognition.present", account)
    counted = counts_as(session, badge, account, recognition.credential_id)
    session.refresh(recognition, with_for_update=True)
    before = _told(recognition)
    session.add(proof)
    session.flush()
    recognition.proof_id = proof.id
    recognition.earned_on = badge.awarded_at.date()
    recognition.expires_at = badge.expires_at
    session.flush()
    facts = {
        "recognition": recognition.id,
        "credential": recognition.credential_id,
        **_told(recognition),
        "before": before,
    }
    audit.record(session, f"account:{account.id}", "badge-renewed", facts, actor, at)
    return counted


def _told(recognition: Recognition) -> dict[str, str | None]:
    ends = recognition.expires_at
    return {
        "proof": recognition.proof_id,
        "earned_on": recognition.earned_on.isoformat(),
        "expires": ends.isoformat() if ends else None,
    }
