"""Letters to roles reach everybody who plays the role, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.credentials.workflow import Role
from engine.records.jobs import JobContext, drain
from engine.records.tables import Account, Letter, Review, new_id
from engine.submissions import letters

from .conftest import NOON, Garden


def context(garden: Garden) -> JobContext:
    return JobContext(garden.settings, garden.database, garden.store)


def add(session: Session, name: str, role: str, *groups: str, active: bool = True) -> None:
    session.add(
        Account(
            id=name,
            email=f"{name}@example.org",
            name=name,
            password_hash="",
            roles=[role],
            groups=list(groups),
            active=active,
            created_at=NOON + timedelta(minutes=1),
        )
    )
    session.flush()


def review(session: Session, submission_id: str, who: str, status: str = "open") -> None:
    session.add(
        Review(
            id=new_id(),
            submission_id=submission_id,
            round=1,
            reviewer_id=who,
            started_at=NOON + timedelta(minutes=1),
            state="judging",
            status=status,
        )
    )
    session.flush()


def test_every_assigned_reviewer_is_a_reader(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    review(session, submission.id, "second_judge")
    add(session, "third", "reviewer")
    review(session, submission.id, "third", "given_up")
    subject = garden.subject(session, submission)
    judges = letters.readers(session, subject, subject.workflow.roles["judge"])
    assert judges == ["judge", "second_judge"]


def test_nobody_is_written_to_while_nobody_reviews(garden: Garden, session: Session) -> None:
    subject = garden.subject(session, garden.entered(session))
    assert letters.readers(session, subject, subject.workflow.roles["judge"]) == []


def test_a_group_hears_as_long_as_nobody_reviews(garden: Garden, session: Session) -> None:
    add(session, "herb", "reviewer", "herbs")
    add(session, "rose", "reviewer", "roses")
    add(session, "gone", "reviewer", "herbs", active=False)
    session.execute(update(Account).where(Account.id == "grower").values(groups=["herbs"]))
    subject = garden.subject(session, garden.entered(session))
    role = Role("judge", "reviewer", "Judge", group="herbs")
    assert letters.readers(session, subject, role) == ["herb"]


def test_staff_roles_reach_all_staff_or_their_group(garden: Garden, session: Session) -> None:
    add(session, "mia", "staff", "north")
    add(session, "ada", "admin")
    add(session, "left", "staff", active=False)
    subject = garden.subject(session, garden.entered(session))
    office = subject.workflow.roles["office"]
    assert letters.readers(session, subject, office) == ["office", "ada", "mia"]
    assert letters.readers(session, subject, replace(office, group="north")) == ["mia"]


def test_a_letter_to_many_is_bounded(
    garden: Garden, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_READERS", 3)
    for number in range(10):
        add(session, f"s{number}", "staff")
    subject = garden.subject(session, garden.entered(session))
    assert len(letters.readers(session, subject, subject.workflow.roles["office"])) == 3


def test_a_job_that_runs_twice_writes_one_letter_to_each(garden: Garden) -> None:
    with garden.database.transaction() as session:
        add(session, "mia", "staff")
        subject = garden.subject(session, garden.entered(session))
        for _twice in range(2):
            letters.queue(session, subject, "office", "reminder", "")
    drain(context(garden))
    with garden.database.read() as session:
        rows = session.scalars(select(Letter).where(Letter.name == "reminder")).all()
        payload = {
            "id": f"{subject.submission.id}.{subject.submission.revision}.reminder.office",
            "submission": subject.submission.id,
            "to": ["office", "mia"],
            "letter": "reminder",
            "comment": "",
            "round": 1,
        }
    assert sorted(row.to_address for row in rows) == ["mia@example.org", "office@example.org"]
    letters.compose(context(garden), payload)
    with garden.database.read() as session:
        again = session.scalars(select(Letter).where(Letter.name == "reminder")).all()
    assert len(again) == 2


def test_one_person_is_told_once(garden: Garden) -> None:
    with garden.database.transaction() as session:
        submission = garden.entered(session)
        for _twice in range(2):
            letters.tell(
                session,
                "judge",
                "review-assigned",
                key="first",
                submission_id=submission.id,
                values={"due": "2026-03-20T12:00:00+00:00", "path": f"/review/{submission.id}"},
            )
        letters.tell(session, "judge", "webhook-paused", key="x", values={"address": "https://x"})
    drain(context(garden))
    with garden.database.read() as session:
        rows = session.scalars(select(Letter).where(Letter.account_id == "judge")).all()
    assert sorted(row.name for row in rows) == ["review-assigned", "webhook-paused"]
    (about,) = [row for row in rows if row.name == "review-assigned"]
    assert about.submission_id == submission.id
    assert f"/review/{submission.id}" in about.text
    assert "20 March 2026" in about.text


def test_a_letter_may_wait_until_its_time(garden: Garden) -> None:
    from datetime import UTC, datetime

    with garden.database.transaction() as session:
        submission = garden.entered(session)
        later = datetime.now(UTC) + timedelta(hours=1)
        letters.queue(
            session, garden.subject(session, submission), "grower", "reminder", "", run_at=later
        )
    # That it was submitted, and that its prerequisites were met.
    at_once = ["compose-letter", "send-letter", "send-letter", "tell-prerequisites-met"]
    assert sorted(drain(context(garden))) == at_once
    assert drain(context(garden), later + timedelta(seconds=5)) == ["compose-letter", "send-letter"]


def test_a_closed_account_gets_no_letters(garden: Garden) -> None:
    with garden.database.transaction() as session:
        garden.entered(session)
        session.execute(update(Account).where(Account.id == "grower").values(active=False))
    drain(context(garden))
    with garden.database.read() as session:
        assert session.scalars(select(Letter)).all() == []
