"""What is forgotten of programs: codes and tokens that are over, and programs that nobody lets in.

A chore of every worker looks now and then; doing it twice is doing it once. That somebody let a
program in stays in the story of their account.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select

from engine.connections.letting_in import CODE_LASTS
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import OAuthClient, OAuthCode, OAuthConnection, OAuthToken

EVERY: Final = 3600.0
"""Seconds between looks."""
UNUSED: Final = timedelta(days=7)
"""So long a program that registered waits for the first person who lets it in."""
FORGOTTEN: Final = timedelta(days=365)
"""So long it stays known after the last one let it in, while it is let in by nobody."""
_DAY: Final = timedelta(days=1)


def forget(context: JobContext, at: datetime) -> None:
    """The chore."""
    with context.database.transaction() as session:
        # A code that comes again on the same day still ends what came of it.
        session.execute(delete(OAuthCode).where(OAuthCode.made_at < at - CODE_LASTS - _DAY))
        over = select(OAuthConnection.id).where(OAuthConnection.ended_at < at - 2 * _DAY)
        session.execute(
            delete(OAuthToken).where(
                or_(OAuthToken.ends_at < at, OAuthToken.connection_id.in_(over))
            )
        )
        tokens = select(OAuthToken.id).where(OAuthToken.connection_id == OAuthConnection.id)
        codes = select(OAuthCode.digest).where(OAuthCode.connection_id == OAuthConnection.id)
        session.execute(
            delete(OAuthConnection).where(
                ~tokens.correlate(OAuthConnection).exists(),
                ~codes.correlate(OAuthConnection).exists(),
            )
        )
        let_in = select(OAuthConnection.id).where(OAuthConnection.client_id == OAuthClient.id)
        asked = select(OAuthCode.digest).where(OAuthCode.client_id == OAuthClient.id)
        session.execute(
            delete(OAuthClient).where(
                or_(
                    OAuthClient.used_at.is_(None) & (OAuthClient.made_at < at - UNUSED),
                    OAuthClient.used_at < at - FORGOTTEN,
                ),
                ~let_in.correlate(OAuthClient).exists(),
                ~asked.correlate(OAuthClient).exists(),
            )
        )


jobs.periodically("connections", EVERY, forget)
