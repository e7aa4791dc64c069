"""What a person holds: awards from here, and credentials from elsewhere that staff recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import status
from engine.records import catalogue
from engine.records.tables import Award, Recognition


class Held(NamedTuple):
    """One credential of a person. `serial` is empty for those earned elsewhere."""

    title: str
    credential_id: str
    since: date | datetime
    serial: str
    source: str
    word: str
    """As in `engine.awards.status.Word`."""
    submission_id: str
    """The work that earned it; empty for those earned elsewhere."""
    ends: datetime | None = None
    """When it ends, where that is soon."""


def of(session: Session, account_id: str, at: datetime) -> list[Held]:
    """Everything a person was ever granted, the latest first, with whether it counts at `at`. What
    was corrected is there once, as it is now."""
    awards = session.scalars(
        select(Award)
        .where(Award.recipient_id == account_id, Award.replaced_by.is_(None))
        .order_by(Award.issued_at.desc())
    )
    found = [
        Held(
            award.title,
            award.credential_id,
            award.issued_at,
            award.serial,
            award.issuer,
            status.standing(award, at).word,
            award.submission_id or "",
            award.expires_at if status.ends_soon(award, at) else None,
        )
        for award in awards
    ]
    newest = catalogue.newest_title(Recognition.credential_id)
    recorded = session.execute(
        select(Recognition, newest)
        .where(Recognition.account_id == account_id)
        .order_by(Recognition.earned_on.desc())
    )
    for recognition, title in recorded:
        ends = recognition.expires_at
        word = "revoked" if recognition.revoked_at else "expired" if ends and ends < at else "valid"
        found.append(
            Held(
                title or recognition.credential_id,
                recognition.credential_id,
                recognition.earned_on,
                "",
                recognition.source,
                word,
                "",
            )
        )
    return found
