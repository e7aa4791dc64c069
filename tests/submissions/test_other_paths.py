"""Withdrawn, lapsed, reopened, sent to a meeting, told later, appealed against, renewed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials import lint
from engine.errors import Refused
from engine.records import audit
from engine.records.tables import Award, Evidence, Submission
from engine.submissions import drafting, progress, renewing

from .spiral import ALL_YES, DOCUMENTS, LIBRARY, PLAN, PROOF, Spiral, spiral

__all__ = ["spiral"]


def test_the_document_has_no_faults() -> None:
    files = [DOCUMENTS / "herb-spiral.yaml", DOCUMENTS / "workflows" / "many-paths.yaml"]
    assert [str(one) for one in lint.check(LIBRARY, files)] == []


class TestAttempts:
    def test_the_third_return_leads_to_a_meeting(self, spiral: Spiral, session: Session) -> None:
        submission, states = spiral.judged(session), []
        for _ in range(3):
            spiral.sent_back(session, submission)
            states.append((submission.round, submission.state))
            if submission.state == "returned":
                spiral.back_again(session, submission)
        assert states == [(1, "returned"), (2, "returned"), (3, "meeting")]

    def test_nothing_can_be_changed_before_the_meeting(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.judged(session)
        for _ in range(2):
            spiral.sent_back(session, submission)
            spiral.back_again(session, submission)
        spiral.sent_back(session, submission)
        with pytest.raises(Refused):
            spiral.save(session, submission, "plan", {"/plan/why": "Because."})
        spiral.go(session, spiral.garden.office, submission, "met", "We talked about the sun.")
        spiral.save(session, submission, "plan", {"/plan/why": "Because."})
        assert spiral.said(session, submission)["why"] == "Because."


class TestEndingWithout:
    def test_withdrawn_work_is_reopened_by_staff_with_a_reason(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = spiral.handed_in(session)
        spiral.go(session, spiral.garden.grower, submission, "withdraw")
        with pytest.raises(Refused):
            spiral.go(session, spiral.garden.grower, submission, "reopen", "Please.")
        with pytest.raises(Refused) as refused:
            spiral.go(session, spiral.garden.office, submission, "reopen")
        assert refused.value.refusal.code == "comment"
        spiral.go(session, spiral.garden.office, submission, "reopen", "It was a mistake.")
        assert submission.state == "planning"
        assert spiral.said(session, submission) == PLAN
        last = audit.story(session, f"submission:{submission.id}")[-1]
        assert (last.actor_id, last.facts["comment"]) == ("office", "It was a mistake.")

    def test_work_that_nobody_goes_on_with_lapses(self, spiral: Spiral) -> None:
        with spiral.garden.database.transaction() as session:
            submission = spiral.opened(session)
        spiral.ring(spiral.now + timedelta(days=179))
        with spiral.garden.database.read() as session:
            assert session.get_one(Submission, submission.id).state == "planning"
        spiral.ring(spiral.now + timedelta(days=181))
        with spiral.garden.database.read() as session:
            assert session.get_one(Submission, submission.id).state == "lapsed"


class TestAppeal:
    def appealed(self, spiral: Spiral, session: Session) -> Submission:
        submission = spiral.denied(session)
        return spiral.go(session, spiral.garden.grower, submission, "appeal", "It is a spiral.")

    def test_whoever_decided_does_not_hear_the_appeal(
        self, spiral: Spiral, session: Session
    ) -> None:
        submission = self.appealed(spiral, session)
        with pytest.raises(Refused):
            spiral.go(session, spiral.garden.judge, submission, "hear")
        spiral.go(session, spiral.garden.second_judge, submission, "hear")
        assert submission.reviewer_id == "second_judge"

    def test_an_appeal_may_end_in_an_award(self, spiral: Spiral, session: Session) -> None:
        submission = self.appealed(spiral, session)
        judge = spiral.garden.second_judge
        spiral.go(session, judge, submission, "hear")
        spiral.score(session, submission, {("proof", "seen")}, judge=judge)
        spiral.go(session, judge, submission, "grant")
        award = session.scalars(select(Award)).one()
        assert (submission.state, award.submission_id) == ("awarded", submission.id)

    def test_the_first_decision_stays_as_it_was(self, spiral: Spiral, session: Session) -> None:
        submission = self.appealed(spiral, session)
        spiral.go(session, spiral.garden.second_judge, submission, "hear")
        spiral.go(session, spiral.garden.second_judge, submission, "uphold", "A heap it is.")
        decided = [
            (one.actor_id, one.facts["transition"])
            for one in audit.story(session, f"submission:{submission.id}")
            if one.facts.get("decides")
        ]
        assert submission.state == "denied"
        assert decided[-1] == ("second_judge", "uphold")


class TestRenewal:
    def renewed(self, spiral: Spiral, session: Session) -> tuple[Submission, Submission]:
        old = spiral.awarded(session)
        spiral.go(session, spiral.garden.grower, old, "renew")
        id = renewing.renewal_of(session, old.id)
        assert id is not None
        return old, session.get_one(Submission, id)

    def test_a_renewal_begins_with_what_was_handed_in(
        self, spiral: Spiral, session: Session
    ) -> None:
        old, new = self.renewed(spiral, session)
        assert (new.state, new.round, new.candidate_id) == ("planning", 0, "grower")
        assert drafting.draft_of(session, new.id).answers == {"plan": PLAN, "proof": PROOF}
        assert old.state == "awarded"

    def test_either_story_names_the_other(self, spiral: Spiral, session: Session) -> None:
        old, new = self.renewed(spiral, session)
        assert audit.story(session, f"submission:{new.id}")[0].facts["renews"] == old.id
        told = [
            one for one in audit.story(session, f"submission:{old.id}") if one.kind == "renewed"
        ]
        assert [one.facts["submission"] for one in told] == [new.id]

    def test_its_files_are_its_own(self, spiral: Spiral, session: Session) -> None:
        old = spiral.opened(session)
        film = spiral.film(session, old)
        spiral.put(session, old, "proof", {"film": film})
        spiral.go(session, spiral.garden.grower, old, "hand_in")
        spiral.go(session, spiral.garden.judge, old, "take")
        spiral.score(session, old, ALL_YES)
        spiral.go(session, spiral.garden.judge, old, "pass")
        spiral.go(session, spiral.garden.office, old, "announce_award")
        new = renewing.renew(
            session,
            spiral.garden.settings,
            spiral.subject(session, old),
            spiral.garden.grower,
            spiral.tick(),
        )
        named = drafting.draft_of(session, new.id).answers["proof"]["film"]
        copied = session.get_one(Evidence, named)
        assert (copied.submission_id, named != film) == (new.id, True)
        assert copied.sha256 == session.get_one(Evidence, film).sha256

    def test_the_old_award_stands_and_the_new_work_earns_another(
        self, spiral: Spiral, session: Session
    ) -> None:
        old, new = self.renewed(spiral, session)
        spiral.go(session, spiral.garden.grower, new, "hand_in")
        spiral.go(session, spiral.garden.judge, new, "take")
        spiral.score(session, new, ALL_YES)
        spiral.go(session, spiral.garden.judge, new, "pass")
        spiral.go(session, spiral.garden.office, new, "announce_award")
        awards = session.scalars(select(Award).order_by(Award.issued_at)).all()
        assert [(one.submission_id, one.revoked_at) for one in awards] == [
            (old.id, None),
            (new.id, None),
        ]

    def test_there_is_one_renewal_at_a_time(self, spiral: Spiral, session: Session) -> None:
        old, _new = self.renewed(spiral, session)
        with pytest.raises(Refused) as refused:
            spiral.go(session, spiral.garden.grower, old, "renew")
        assert refused.value.refusal.code == "under-way"

    def test_nobody_else_renews(self, spiral: Spiral, session: Session) -> None:
        old = spiral.awarded(session)
        for other in (spiral.garden.judge, spiral.garden.office):
            with pytest.raises(Refused):
                spiral.go(session, other, old, "renew")
        offered = progress.offers(
            session, spiral.garden.grower, spiral.subject(session, old), spiral.now
        )
        assert [one.transition.name for one in offered if one.refusal is None] == ["renew"]
