"""An award that does not count for a while, and then does again.

For the time in which a doubt is looked into. Everybody who checks the award reads that it is
suspended, since when and why; lifting it leaves no trace but in the audit trail. Whoever finds
that the doubt was right revokes it: that says more, and stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine.awards import reasons, telling
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.records import audit
from engine.records.tables import Award


def suspend(session: Session, award: Award, reason: str, actor: Actor, at: datetime) -> None:
    """Let an award not count until it is lifted. The reason is public.

    Raises `Refused` without a reason, and for an award that is suspended, revoked or replaced.
    """
    said = reasons.said(reason)
    # Whoever decides about it at the same moment waits, and then finds what was decided.
    session.refresh(award, with_for_update=True)
    require_in_force(award)
    if award.suspended_at is not None:
        raise Refused(
            Refusal(
                _("It is suspended already."),
                _("To give another reason, lift it first and suspend it again."),
                "suspended",
            )
        )
    award.suspended_at, award.suspended_reason = at, said
    session.flush()
    audit.record(session, f"award:{award.serial}", "suspended", {"reason": said}, actor, at)
    telling.tell(session, award, "award-suspended", at.isoformat(), said)


def lift(session: Session, award: Award, actor: Actor, at: datetime) -> None:
    """Let a suspended award count again. Raises `Refused` for one that was revoked or replaced
    meanwhile; one that is not suspended stays as it is."""
    session.refresh(award, with_for_update=True)
    require_in_force(award)
    if award.suspended_at is None:
        return
    facts = {"since": award.suspended_at.isoformat(), "reason": award.suspended_reason}
    award.suspended_at, award.suspended_reason = None, ""
    session.flush()
    audit.record(session, f"award:{award.serial}", "lifted", facts, actor, at)
    telling.tell(session, award, "award-lifted", at.isoformat())


def require_in_force(award: Award) -> None:
    """Raises `Refused` (code `revoked` or `replaced`) for an award that is over: nothing more is
    decided about it."""
    if award.revoked_at is not None:
        raise Refused(
            Refusal(
                _("It is revoked already."),
                _("A revoked award stays revoked. The credential can be earned again."),
                "revoked",
            )
        )
    if award.replaced_by is not None:
        raise Refused(
            Refusal(
                _("It was corrected already, and a new award takes its place."),
                _("Open the new one to change something about it."),
                "replaced",
            )
        )
