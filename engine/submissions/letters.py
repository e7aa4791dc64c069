"""Letters about a submission: queued with the change they tell of, composed after the commit.

A transition only queues; the words are put together by the job, from what was committed. So a
template with a fault holds up a letter and never an award, and nobody waits for one. Two ways in:
`queue` writes to whoever plays a role, `tell` to one person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import notices, phrases
from engine.credentials.workflow import Role
from engine.languages import speaking
from engine.permissions import SubmissionSubject
from engine.records import jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Review
from engine.settings import Settings
from engine.submissions import drafting, scoring_sheets

JOB = "compose-letter"
MOST_READERS: Final = 200
"""A letter to a role goes to so many people at most, in the order of their accounts: more would be
a newsletter."""


def queue(
    session: Session,
    subject: SubmissionSubject,
    role: str,
    letter: str,
    comment: str,
    occasion: str = "",
    run_at: datetime | None = None,
) -> None:
    """Queue the letter called `letter` to everybody who plays the workflow's `role` for this
    submission; see `readers`. Where nobody does, there is nobody to write to.

    The same letter goes to the same role once for each revision and `occasion`, such as the
    number of a reminder. With `run_at` it is not composed before then. While a state keeps what
    was decided to itself (`announced: false`), its owner gets no letter.
    """
    submission = subject.submission
    one = subject.workflow.roles[role]
    if one.kind == "owner" and not subject.state.announced:
        return
    whom = readers(session, subject, one)
    if not whom:
        return
    id = f"{submission.id}.{submission.revision}.{letter}.{role}"
    if occasion:
        id += f".{occasion}"
    _queue(session, id, submission.id, whom, letter, {}, comment, submission.round, run_at)


def tell(
    session: Session,
    account_id: str,
    letter: str,
    *,
    key: str,
    submission_id: str | None = None,
    values: Mapping[str, Any] | None = None,
    run_at: datetime | None = None,
) -> None:
    """Queue the letter called `letter` to one person, about a submission or about nothing.

    Written once for each `letter`, person and `key`, however often this is asked for. `values` is
    a JSON object that the template sees besides what every letter about a submission tells; times
    in it are ISO 8601 texts, for the `moment` filter.
    """
    id = f"{submission_id or ''}.{letter}.{account_id}.{key}"
    _queue(session, id, submission_id, [account_id], letter, values or {}, "", None, run_at)


def readers(session: Session, subject: SubmissionSubject, role: Role) -> list[str]:
    """The accounts that a letter to `role` goes to, at most `MOST_READERS`.

    For an owner's role the candidate. For a reviewer's, everybody who is or was asked to review in
    this round; as long as nobody is, whoever is in the role's group, and nobody where it has none.
    For a staff role every member of staff, of its group where it has one. Closed accounts and, but
    for the owner's own role, the candidate get nothing.
    """
    submission = subject.submission
    if role.kind == "owner":
        return [submission.candidate_id]
    if role.kind == "reviewer":
        if assigned := _assigned(session, subject, role):
            return assigned
        if not role.group:
            return []
    wanted = {"reviewer"} if role.kind == "reviewer" else {"staff", "admin"}
    everybody = session.execute(
        select(Account.id, Account.roles, Account.groups)
        .where(Account.active, Account.id != submission.candidate_id)
        .order_by(Account.created_at, Account.id)
    )
    found = []
    for id, roles, groups in everybody:
        if wanted & set(roles) and (not role.group or role.group in groups):
            found.append(id)
            if len(found) == MOST_READERS:
                break
    return found


def _assigned(session: Session, subject: SubmissionSubject, role: Role) -> list[str]:
    """Who reviews, or did, in this round: where the role has review blocks, in those."""
    submission = subject.submission
    blocks = {
        (state.name, block.name)
        for state in subject.workflow.states.values()
        for block in state.reviews.values()
        if block.by == role.name
    }
    rows = session.execute(
        select(Review.reviewer_id, Review.state, Review.block)
        .where(
            Review.submission_id == submission.id,
            Review.round == submission.round,
            Review.status != "given_up",
        )
        .order_by(Review.started_at, Review.id)
    ).all()
    # A review of before states were kept is anybody's.
    found = [id for id, state, block in rows if not state or (state, block) in blocks]
    if not found and submission.reviewer_id and not rows:
        found = [submission.reviewer_id]
    return list(dict.fromkeys(found))[:MOST_READERS]


def values_of(
    session: Session, settings: Settings, subject: SubmissionSubject, comment: str, round: int
) -> dict[str, Any]:
    """What every letter about a submission may tell, in the language of the moment. Nobody's name
    is in it: who reviews, or whose work it is, may be nobody's business."""
    submission = subject.submission
    due = submission.due_at
    return {
        "credential": subject.edition.credential.title,
        "path": f"/submissions/{submission.id}",
        "comment": comment,
        # A letter may be composed long after it was queued, when there is a decision to keep.
        "notes": scoring_sheets.unmet(session, subject, round) if subject.state.announced else [],
        "state": subject.state.public_label,
        "round": round,
        "due": due.isoformat() if due else "",
    }


def _queue(
    session: Session,
    id: str,
    submission_id: str | None,
    whom: list[str],
    letter: str,
    values: Mapping[str, Any],
    comment: str,
    round: int | None,
    run_at: datetime | None,
) -> None:
    payload = {
        "id": id,
        "submission": submission_id,
        "to": whom[0] if len(whom) == 1 else whom,
        "letter": letter,
        "comment": comment,
        "round": round,
        "values": dict(values),
    }
    jobs.enqueue(session, JOB, payload, key=id, run_at=run_at)


def compose(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: write the letter to each of its readers and queue its sending. Done twice, there is
    still one letter to each."""
    to = payload["to"]
    several = isinstance(to, list)
    at = datetime.now(UTC)
    with context.database.transaction() as session:
        for account_id in to if several else [to]:
            id = f"{payload['id']}.{account_id}" if several else payload["id"]
            _write(session, context.settings, payload, account_id, _fitting(id), at)


def _write(
    session: Session,
    settings: Settings,
    payload: Mapping[str, Any],
    account_id: str,
    id: str,
    at: datetime,
) -> None:
    to = session.get_one(Account, account_id)
    if not to.active:
        return
    values: dict[str, Any] = {}
    with (
        speaking(to.language or settings.language),
        phrases.in_zone(to.zone, settings.zone),
    ):
        if payload["submission"] is not None:
            subject = drafting.subject_of(session, payload["submission"])
            round = payload["round"]
            values = values_of(
                session,
                settings,
                subject,
                payload["comment"],
                subject.submission.round if round is None else round,
            )
    values.update(payload.get("values", {}))
    notices.write(
        session,
        settings,
        payload["letter"],
        to,
        values,
        at,
        id=id,
        submission_id=payload["submission"],
    )


def _fitting(id: str) -> str:
    """An id that fits its column, and is as much its own."""
    if len(id) <= 200:
        return id
    return f"{id[:130]}.{hashlib.sha256(id.encode()).hexdigest()}"


jobs.register(JOB, compose)
