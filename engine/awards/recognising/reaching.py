"""Telling somebody that the last thing a credential asked for first is there.

What was awarded or recognised may be what another credential waited for. That is decided with the
grant, in its transaction; the letter is composed after the commit, so that a template with a fault
holds up a letter and never an award.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import notices
from engine.credentials import pathways
from engine.credentials.credential import Edition
from engine.languages import speaking
from engine.records import catalogue, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Submission

JOB: Final = "tell-prerequisites-met"
LETTER: Final = "prerequisites-met"


class Waiting(NamedTuple):
    """A credential that asks for another one first, for somebody who may hand it in one day."""

    edition: Edition
    submission_id: str
    """Their draft, which keeps the edition it began with; empty where they have not begun."""


def waiting(session: Session, account_id: str, credential_id: str) -> list[Waiting]:
    """What asks for the credential first: drafts of the person's, and what they could begin. Work
    that is handed in waits for somebody else. Two queries."""
    current = {one.credential.id: one for one in catalogue.current_all(session)}
    under_way = session.execute(
        select(
            Submission.id,
            Submission.credential_id,
            Submission.edition_digest,
            Submission.state_kind,
        ).where(
            Submission.candidate_id == account_id,
            Submission.state_kind.not_in(("outcome", "closed")),
        )
    ).all()
    begun = {row.credential_id for row in under_way}
    found = [
        Waiting(catalogue.edition(session, row.edition_digest), row.id)
        for row in under_way
        if row.state_kind == "open"
    ]
    found += [Waiting(one, "") for id, one in current.items() if id not in begun and one.workflow]
    return [
        one for one in found if credential_id in one.edition.credential.prerequisites.credentials
    ]


def tell(
    session: Session,
    account_id: str,
    credential_id: str,
    waits: Iterable[Waiting],
    before: Collection[str],
    grant_id: str,
) -> None:
    """Queue a letter for each of `waits` that the grant of `credential_id` was the last thing for.

    `before` is what the person held until this grant; whoever holds a credential already is told
    nothing about what it asks for. One letter for each grant, however often this is asked for.
    """
    now = {*before, credential_id}
    for one in waits:
        credential = one.edition.credential
        if credential.id in before:
            continue
        if pathways.opened(credential.prerequisites, before, now):
            id = f"{LETTER}.{account_id}.{credential.id}.{grant_id}"[:200]
            payload = {
                "id": id,
                "account": account_id,
                "edition": one.edition.digest,
                "submission": one.submission_id,
            }
            jobs.enqueue(session, JOB, payload, key=id)


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write the letter and queue its sending. Done twice, there is still one letter."""
    with context.database.transaction() as session:
        to = session.get_one(Account, payload["account"])
        if not to.active:
            return
        with speaking(to.language or context.settings.language):
            credential = catalogue.edition(session, payload["edition"]).credential
        begun = payload["submission"]
        notices.write(
            session,
            context.settings,
            LETTER,
            to,
            {
                "credential": credential.title,
                "begun": bool(begun),
                "path": f"/submissions/{begun}" if begun else f"/credentials/{credential.id}",
            },
            datetime.now(UTC),
            id=payload["id"],
            submission_id=begun or None,
        )


jobs.register(JOB, compose)
