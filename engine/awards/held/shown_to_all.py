"""What of an award anybody may have: one rule for every address that gives it.

Whoever holds a serial may have the signed badge while it names its holder, since a wallet looks for
it at its id, or while it stands on a page that there is. A closed account shows nothing, and no
page is nobody's page, whatever was put on it. Pages, frames and files only ask here.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.awards.badges import awarded
from engine.records.tables import Account, Award, AwardCredential
from engine.settings import Settings


def on_own_page(award: Award | None, holder: Account | None) -> bool:
    """Whether the holder shows it to everybody at an address of their own, however it stands."""
    return (
        award is not None
        and holder is not None
        and holder.active
        and holder.handle is not None
        and award.on_page
    )


def named_or_shown(award: Award | None, holder: Account | None) -> bool:
    """Whether anybody may have its signed badge: not one that was revoked or replaced. One that is
    suspended stays, and its status says so."""
    if award is None or holder is None or not stands(award):
        return False
    return on_own_page(award, holder) or (award.names_holder and holder.active)


def stands(award: Award) -> bool:
    """Whether it was neither revoked nor replaced."""
    return award.revoked_at is None and award.replaced_by is None


def badge(session: Session, serial: str, settings: Settings) -> str | None:
    """The signed badge of the award of this serial, for anybody; None where there is nothing to
    give, after the same queries whatever the reason. Raises `Refused` (`issuer-key`)."""
    award = session.get(Award, serial)
    holder = session.get(Account, award.recipient_id if award else "")
    session.get(AwardCredential, serial)
    if award is None or not named_or_shown(award, holder):
        return None
    return awarded.credential_of(session, award, settings)
