"""Digests: the letters of a day or a week in one, for whoever wants them so.

A letter that waits for a digest is a row with the status `held`. Every worker looks for people
whose morning has come. In one transaction their letters are taken, marked and put into one letter:
a process killed anywhere in between has done all of it or nothing, and of two workers one finds
nothing left to take.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import notices
from engine.mail import muting
from engine.mail.posting import JOB as SEND
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Letter, new_id
from engine.settings import Settings

EVERY: Final = 60.0
"""Seconds between looks at who is due."""
LETTER: Final = "digest"
MOST: Final = 200
"""Letters that one digest holds; what is over goes into a second one right behind it."""

_log = logging.getLogger("accolade.mail")


def run_due(context: JobContext, at: datetime) -> int:
    """Write every digest that is due at `at`; returns how many were written."""
    with context.database.read() as session:
        due = _due(session, context.settings, at)
    written = 0
    for account_id in due:
        try:
            while _write_one(context, account_id, at):
                written += 1
        except Exception:
            # One person's digest that can't be written must not hold up everybody's.
            _log.warning("the digest for %s could not be written", account_id, exc_info=True)
    return written


def _due(session: Session, settings: Settings, at: datetime) -> list[str]:
    """Whose oldest held letter has waited until their morning."""
    waiting = session.execute(
        select(
            Account.id,
            Account.mail_rhythm,
            Account.zone,
            func.min(Letter.written_at).label("since"),
        )
        .join(Account, Account.id == Letter.account_id)
        .where(Letter.status == "held")
        .group_by(Account.id, Account.mail_rhythm, Account.zone)
    )
    return [
        row.id
        for row in waiting
        # Whoever wants each as it comes now gets at once what was held before.
        if row.mail_rhythm == "each"
        or muting.next_digest(row.since, row.mail_rhythm, row.zone, settings.zone) <= at
    ]


def _write_one(context: JobContext, account_id: str, at: datetime) -> bool:
    """Put somebody's held letters into one; False when none are left."""
    with context.database.transaction() as session:
        to = session.get_one(Account, account_id)
        oldest = (
            select(Letter.id)
            .where(Letter.account_id == account_id, Letter.status == "held")
            .order_by(Letter.written_at, Letter.id)
            .limit(MOST)
        )
        ids = session.scalars(oldest).all()
        digest = new_id()
        taken = session.execute(
            update(Letter)
            .where(Letter.id.in_(ids), Letter.status == "held")
            .values(status="digested", digest_id=digest)
            .returning(Letter.id, Letter.subject, Letter.path, Letter.written_at)
        ).all()
        if not taken:
            return False
        if len(taken) == 1:
            _let_go(session, taken[0].id)
            return True
        values = {
            "path": "/account/letters",
            "letters": [
                {
                    "subject": one.subject,
                    "link": context.settings.base_url + (one.path or "/"),
                    "written": one.written_at.isoformat(),
                }
                for one in sorted(taken, key=lambda one: (one.written_at, one.id))
            ],
        }
        notices.write(session, context.settings, LETTER, to, values, at, id=digest)
        return True


def _let_go(session: Session, id: str) -> None:
    """One letter alone goes out as it is."""
    alone = update(Letter).where(Letter.id == id).values(status="waiting", digest_id=None)
    session.execute(alone)
    jobs.enqueue(session, SEND, {"letter": id}, key=id)


jobs.periodically("digests", EVERY, run_due)
