"""Letters to the holder of an award: listed, revoked, suspended, lifted, corrected, ending, ended.

Queued with the change they tell of and composed after the commit, so that a template with a fault
holds up a letter and never a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from engine import notices
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Award

JOB: Final = "tell-holder"

AwardLetter = Literal[
    "award-listed",
    "award-revoked",
    "award-suspended",
    "award-lifted",
    "award-corrected",
    "award-ends-soon",
    "award-expired",
]


def tell(session: Session, award: Award, letter: AwardLetter, key: str, reason: str = "") -> None:
    """Queue the letter to the award's holder, once for each award, letter and `key`."""
    id = f"{letter}.{award.serial}.{key}"
    payload = {"id": id, "serial": award.serial, "letter": letter, "reason": reason}
    jobs.enqueue(session, JOB, payload, key=id)


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write the letter and queue its sending. Done twice, there is still one letter."""
    with context.database.transaction() as session:
        award = session.get_one(Award, payload["serial"])
        to = session.get_one(Account, award.recipient_id)
        if not to.active:
            return
        ending = payload["letter"] in ("award-ends-soon", "award-expired")
        here = f"/credentials/{award.credential_id}" if ending else f"/verify/{award.serial}"
        notices.write(
            session,
            context.settings,
            payload["letter"],
            to,
            {
                "credential": award.title,
                "reason": payload["reason"],
                "until": award.expires_at.isoformat() if award.expires_at else "",
                "path": here,
            },
            datetime.now(UTC),
            id=payload["id"],
            submission_id=award.submission_id,
        )


jobs.register(JOB, compose)
