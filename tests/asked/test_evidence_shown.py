"""Evidence that shows somebody is public only if they agreed to that; filming is not enough."""

from __future__ import annotations

from sqlalchemy import select

from engine.awards import issuing
from engine.people import SYSTEM
from engine.records.tables import Account, Award
from engine.submissions import shown_evidence
from tests.asked.conftest import Kitchen


def test_consent_to_be_filmed_is_none_to_be_published(kitchen: Kitchen) -> None:
    kitchen.in_review()
    kitchen.scores()
    assert kitchen.fires("rosa", "award").status_code == 303
    kitchen.later(days=2)
    with kitchen.school.database.transaction() as session:
        subject = kitchen.subject(session)
        award = session.scalars(select(Award)).first() or issuing.issue(
            session,
            subject.submission,
            subject.edition,
            session.get_one(Account, subject.submission.candidate_id),
            kitchen.school.settings,
            SYSTEM,
            kitchen.now,
        )
        (choice,) = shown_evidence.choices(session, award)
        assert choice.evidence.id == kitchen.film()
        assert choice.closed == "Somebody whom it shows has not agreed to see it published."
        award.shown_evidence = [choice.evidence.id]
        assert shown_evidence.shown(session, award) == []
