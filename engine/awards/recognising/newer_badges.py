"""A badge that is recorded already, brought again: the same one, or a newer copy of it.

Two badges are the same one when they have the same id and the same issuer (Open Badges 3.0 §10),
whatever else they say. What was recorded from it stays, and says from now on what the newer copy
says; the trail keeps what it said before. Which one is newer is told by the dates inside both: an
old copy that somebody kept changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards.badges import carriers, strict_json, tokens, verifiable
from engine.awards.badges.badge import Badge, moment
from engine.awards.recognising.presenting import Counted, counts_as
from engine.errors import Refused
from engine.people import Actor
from engine.permissions import require
from engine.records import audit
from engine.records.tables import Account, Evidence, Recognition


class Copy(NamedTuple):
    """What tells a copy of a badge from another one."""

    issuer: str
    """Empty in 2.0, where the badge itself does not name it."""
    begins: datetime | None
    """From when it is valid."""
    signed: datetime | None
    """When the issuer signed it, if that is told and signed with the rest."""

    def follows(self, kept: Copy) -> bool:
        """Whether it may take the place of `kept`: nothing that both say tells that it is older."""
        if self.begins and kept.begins and self.begins != kept.begins:
            return self.begins > kept.begins
        return self.signed is None or kept.signed is None or self.signed >= kept.signed

    def same_issuer(self, kept: Copy) -> bool:
        """Whether both name one issuer, as far as they name any."""
        return not self.issuer or not kept.issuer or self.issuer == kept.issuer


def copy_of(data: bytes) -> Copy | None:
    """What a badge's file says of itself, as nobody's word yet; None when it can't be read."""
    try:
        said = carriers.unbake(data)
        if tokens.is_token(said):
            _header, payload = tokens.unchecked(said)
            inside = payload.get("vc", payload)
            claims = inside if isinstance(inside, dict) else {}
            signed = _seconds(payload.get("iat"))
        else:
            claims = strict_json.read_object(said)
            proof = verifiable.proof_of(claims)  # what another one says nobody has checked
            signed = moment(proof, "created") if proof else None
        begins = moment(claims, "validFrom", "issuanceDate", "issuedOn")
        issuer = verifiable.issuer_of(claims) if "issuer" in claims else ""
    except Refused:
        return None
    return Copy(issuer, begins, signed)


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


def _seconds(said: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(said), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _told(recognition: Recognition) -> dict[str, str | None]:
    ends = recognition.expires_at
    return {
        "proof": recognition.proof_id,
        "earned_on": recognition.earned_on.isoformat(),
        "expires": ends.isoformat() if ends else None,
    }
