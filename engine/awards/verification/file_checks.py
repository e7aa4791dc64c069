"""How many files strangers may have checked: each costs a part of a second, and a PDF a process.

Counted by network address, of which a digest is kept that means nothing the day after.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine.errors import Refusal, Refused
from engine.languages import _
from engine.records.tables import FileCheck

FROM_ONE_PLACE: Final = 60
"""Files from one network address in an hour; a district office may have only one."""
IN_ALL: Final = 1_000
"""Files on the whole site in an hour."""
HOUR: Final = timedelta(hours=1)


def may_check(session: Session, place: str, at: datetime) -> None:
    """Count one more file that was brought from `place`, a digest of a network address, before
    anything of it is looked at. Raises `Refused` (`throttled`) when it is too many."""
    session.execute(delete(FileCheck).where(FileCheck.checked_at <= at - HOUR))
    here = func.count().filter(FileCheck.checked_from == place)
    found = session.execute(select(func.count(), here).select_from(FileCheck)).one()
    if found[0] >= IN_ALL or found[1] >= FROM_ONE_PLACE:
        raise Refused(
            Refusal(
                _("Many files were checked from here in the last hour, so this one was not."),
                _("Try again in an hour, or check the number that is printed on the certificate."),
                "throttled",
            )
        )
    session.add(FileCheck(checked_from=place, checked_at=at))
