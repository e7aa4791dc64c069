"""Granting and taking back, and who holds what at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.serial import typed_serial
from engine.errors import Refused
from engine.records import audit, jobs
from engine.records.tables import Account, Award, Recognition
from tests.awards.conftest import NOON, Greenhouse


def test_award_copies_the_words_of_its_day(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    session.get_one(Account, "grower").name = "Ana Ruiz-Hall"
    session.flush()
    assert (award.recipient_name, award.title, award.statement, award.issuer) == (
        "Ana Ruiz",
        "Window Garden",
        "Grows things in windows.",
        "Garden School",
    )
    assert typed_serial(award.serial) == award.serial
    assert award.issued_at == NOON
    assert award.expires_at is not None
    assert award.expires_at.date() == date(2029, 3, 12)


def test_submission_gets_its_award_once(greenhouse: Greenhouse, session: Session) -> None:
    submission = greenhouse.submission(session, "first")
    person = session.get_one(Account, "grower")
    arguments = (greenhouse.edition, person, greenhouse.settings, greenhouse.office)
    first = issuing.issue(session, submission, *arguments, NOON)
    second = issuing.issue(session, submission, *arguments, NOON + timedelta(days=1))
    assert second is first
    assert session.scalar(select(func.count()).select_from(Award)) == 1
    assert [one.kind for one in audit.story(session, f"award:{first.serial}")] == ["awarded"]


def test_award_event_and_job_are_rolled_back_together(greenhouse: Greenhouse) -> None:
    with greenhouse.database.transaction() as session:
        serial = greenhouse.award(session).serial
        session.rollback()
    with greenhouse.database.read() as session:
        assert session.get(Award, serial) is None
        assert audit.story(session, f"award:{serial}") == []
        assert jobs.listing(session) == []


def test_revoked_award_keeps_its_first_date_and_reason(
    greenhouse: Greenhouse, session: Session
) -> None:
    award = greenhouse.award(session)
    issuing.revoke(session, award, " Awarded by mistake. ", greenhouse.office, NOON)
    issuing.revoke(session, award, "Again", greenhouse.office, NOON + timedelta(days=1))
    assert (award.revoked_at, award.revoked_reason) == (NOON, "Awarded by mistake.")
    told = audit.story(session, f"award:{award.serial}")
    assert [one.kind for one in told] == ["awarded", "revoked"]
    assert told[-1].facts == {"reason": "Awarded by mistake."}


def test_revoking_needs_a_reason(greenhouse: Greenhouse, session: Session) -> None:
    award = greenhouse.award(session)
    with pytest.raises(Refused) as refused:
        issuing.revoke(session, award, "  ", greenhouse.office, NOON)
    assert refused.value.refusal.code == "reason-required"
    assert award.revoked_at is None


def test_held_are_awards_and_recognitions_of_this_person_only(
    greenhouse: Greenhouse, session: Session
) -> None:
    greenhouse.award(session)
    recognise(greenhouse, session, "watering")
    greenhouse.award(session, "other", holder="stranger")
    recognise(greenhouse, session, "weeding", holder="stranger")
    assert issuing.held(session, "grower", NOON) == {"window-garden", "watering"}
    assert issuing.held(session, "nobody", NOON) == set()


def test_revoked_awards_and_recognitions_are_not_held(
    greenhouse: Greenhouse, session: Session
) -> None:
    award, recognition = greenhouse.award(session), recognise(greenhouse, session, "watering")
    issuing.revoke(session, award, "Mistake", greenhouse.office, NOON)
    issuing.revoke_recognition(session, recognition, "Mistake", greenhouse.office, NOON)
    assert issuing.held(session, "grower", NOON) == set()
    kinds = [one.kind for one in audit.story(session, "account:grower")]
    assert kinds == ["recognised", "recognition revoked"]


def test_award_is_held_through_its_last_day_and_not_after(
    greenhouse: Greenhouse, session: Session
) -> None:
    last = greenhouse.award(session).expires_at
    assert last is not None
    assert issuing.held(session, "grower", last) == {"window-garden"}
    assert issuing.held(session, "grower", last + timedelta(seconds=1)) == set()


def test_expired_credential_earned_again_is_held(greenhouse: Greenhouse, session: Session) -> None:
    greenhouse.award(session, "first", at=NOON - timedelta(days=2000))
    greenhouse.award(session, "second", at=NOON)
    assert issuing.held(session, "grower", NOON) == {"window-garden"}


def test_held_takes_one_query(
    greenhouse: Greenhouse, session: Session, statements: list[str]
) -> None:
    greenhouse.award(session)
    for name in ("watering", "weeding", "feeding"):
        recognise(greenhouse, session, name)
    statements.clear()
    assert len(issuing.held(session, "grower", NOON)) == 4
    assert len(statements) == 1


@pytest.fixture
def statements(greenhouse: Greenhouse) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(greenhouse.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(greenhouse.database.engine, "before_cursor_execute", note)


def recognise(
    greenhouse: Greenhouse, session: Session, credential: str, holder: str = "grower"
) -> Recognition:
    return issuing.recognise(
        session,
        session.get_one(Account, holder),
        credential,
        date(2025, 6, 1),
        "Evening school",
        None,
        greenhouse.office,
        NOON,
    )
