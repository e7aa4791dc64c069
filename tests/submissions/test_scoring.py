"""Several reviewers of one submission: combined scores, finishing, peers, a chair who judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from sqlalchemy.orm import Session

from engine import people
from engine.credentials.credential import Edition
from engine.errors import Conflict, Refused
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records import audit, catalogue
from engine.records.tables import DraftRow, Review, Submission
from engine.submissions import (
    claiming,
    drafting,
    finishing,
    progress,
    reviewing,
    scoring,
    scoring_sheets,
)
from engine.submissions.reviewing import own_review
from engine.submissions.scores import Score
from tests.conftest import TERM, School

GOOD = {
    "complete": Score("Y"),
    "touch": Score("R", "", 4),
    "tempo": Score("R", "", 8),
    "encore": Score("NA"),
}
WEAK = {
    "complete": Score("Y"),
    "touch": Score("R", "Heavy", 2),
    "tempo": Score("R", "", 5),
    "encore": Score("N", "Not prepared"),
}


@dataclass(frozen=True)
class Recital:
    """A submission that two jurors have taken up, and who is there."""

    school: School
    session: Session
    id: str
    rosa: Actor
    otto: Actor
    chair: Actor

    @property
    def subject(self) -> SubmissionSubject:
        return drafting.subject_of(self.session, self.id)

    @property
    def state(self) -> str:
        return self.session.get_one(Submission, self.id).state

    def score(
        self, who: Actor, said: Mapping[str, Score], recommendation: str | None = "pass"
    ) -> Review:
        review = own_review(self.session, self.subject, who)
        assert review is not None
        scores = {("playing", id): score for id, score in said.items()}
        return reviewing.save_scores(
            self.session,
            who,
            self.subject,
            scores,
            review.revision,
            TERM,
            recommendation=recommendation,
        )

    def finish(self, who: Actor) -> Review:
        return finishing.finish_review(self.session, self.school.settings, who, self.subject, TERM)

    def reopen(self, who: Actor) -> Review:
        settings = self.school.settings
        return finishing.reopen_review(self.session, settings, who, self.subject, TERM)

    def done(self, who: Actor, said: Mapping[str, Score]) -> None:
        self.score(who, said)
        self.finish(who)

    def claim(self, who: Actor) -> None:
        settings = self.school.settings
        claiming.claim(self.session, settings, who, self.subject, "", TERM)

    def advance(self, who: Actor, name: str) -> None:
        revision = self.session.get_one(Submission, self.id).revision
        settings = self.school.settings
        progress.advance(self.session, settings, who, self.id, name, revision, TERM)


@pytest.fixture
def recital(school: School) -> Iterator[Recital]:
    with school.database.transaction() as session:
        edition = _edition(school, session)
        ana = school.cast["ana"]
        submission = drafting.open_submission(session, edition, ana, TERM)
        _answer(session, submission)
        progress.advance(
            session, school.settings, ana, submission.id, "hand_in", submission.revision, TERM
        )
        otto, chair = (
            _added(session, name, email)
            for name, email in (("Otto", "otto@example.org"), ("Clara", "clara@example.org"))
        )
        chair = replace(chair, groups=frozenset({"chairs"}))
        found = Recital(school, session, submission.id, school.cast["rosa"], otto, chair)
        found.claim(found.rosa)
        found.claim(found.otto)
        yield found


def _added(session: Session, name: str, email: str) -> Actor:
    account = people.add(session, email, name, "a long password", ["reviewer"], TERM)
    return Actor(account.id, name, email, frozenset(["reviewer"]))


def _edition(school: School, session: Session) -> Edition:
    return next(
        one for one in catalogue.current_all(session) if one.credential.id == "piano-recital"
    )


def _answer(session: Session, submission: Submission) -> None:
    session.add(
        DraftRow(
            submission_id=submission.id,
            form_id="recital",
            answers={"piece": "Two inventions"},
            marks={},
            saved_at=TERM,
        )
    )
    session.flush()


def test_each_reviewer_has_a_sheet_of_their_own(recital: Recital) -> None:
    recital.score(recital.rosa, GOOD)
    recital.score(recital.otto, WEAK)
    subject = recital.subject
    sheets = [
        scoring_sheets.sheets(recital.session, subject, own_review(recital.session, subject, who))[
            0
        ]
        for who in (recital.rosa, recital.otto)
    ]
    assert [sheet.rows[1].value for sheet in sheets] == [4, 2]


def test_nothing_counts_before_a_review_is_finished(recital: Recital) -> None:
    recital.score(recital.rosa, GOOD)
    facts = scoring.scores_facts(recital.session, recital.subject)
    assert (facts["decided"], facts["points"]) == (0, 0)
    reviews = scoring.reviews_facts(recital.session, recital.subject)
    assert {key: reviews[key] for key in ("required", "assigned", "open", "closed", "missing")} == {
        "required": 2,
        "assigned": 2,
        "open": 2,
        "closed": 0,
        "missing": 2,
    }


def test_finishing_asks_for_every_look_for_its_notes_and_a_recommendation(
    recital: Recital,
) -> None:
    rosa, codes = recital.rosa, []
    for said, recommendation in (
        ({"complete": Score("Y")}, ""),
        ({**GOOD, "tempo": Score("R", "", 3)}, ""),
        (GOOD, ""),
    ):
        recital.score(rosa, said, recommendation)
        with pytest.raises(Refused) as refused:
            recital.finish(rosa)
        codes.append(refused.value.refusal.code)
    assert codes == ["undecided", "no-notes", "recommendation"]


def test_an_unknown_recommendation_is_none(recital: Recital) -> None:
    assert recital.score(recital.rosa, GOOD, "bribe").recommendation == ""


def test_reviewers_who_agree_decide_by_their_scores(recital: Recital) -> None:
    recital.done(recital.rosa, GOOD)
    assert recital.state == "listening"
    recital.done(recital.otto, GOOD)
    assert recital.state == "passed"


def test_low_scores_on_which_all_agree_send_it_back(recital: Recital) -> None:
    recital.done(recital.rosa, WEAK)
    recital.done(recital.otto, WEAK)
    assert recital.state == "again"
    (sheet,) = scoring_sheets.feedback(recital.session, recital.subject)
    assert [(row.decision, row.value, row.notes) for row in sheet.rows] == [
        ("Y", None, ""),
        ("R", 2, "Heavy\n\nHeavy"),
        ("R", 5, ""),
        ("N", None, "Not prepared\n\nNot prepared"),
    ]


def test_a_decision_that_is_not_announced_shows_the_candidate_no_scores(recital: Recital) -> None:
    recital.done(recital.rosa, GOOD)
    recital.done(recital.otto, GOOD)
    assert scoring_sheets.feedback(recital.session, recital.subject) == []


def test_reviewers_who_differ_are_judged_by_a_chair_who_sees_both_sheets(
    recital: Recital,
) -> None:
    session, chair = recital.session, recital.chair
    recital.done(recital.rosa, GOOD)
    recital.done(recital.otto, WEAK)
    assert recital.state == "judging"
    recital.claim(chair)
    own = own_review(session, recital.subject, chair)
    peers = scoring.peers(session, recital.subject, own)
    assert {peer.label: peer.scores["playing", "touch"].value for peer in peers} == {
        recital.rosa.name: 4,
        recital.otto.name: 2,
    }
    recital.score(chair, {**GOOD, "tempo": Score("R", "", 7)})
    facts = scoring.scores_facts(session, recital.subject)
    assert (facts["disagreements"], facts["agreed"], facts["percent"]) == (0, True, 84.210526)
    recital.advance(chair, "judge")
    assert recital.state == "passed"


def test_combined_scores_are_by_the_documents_rule_and_say_where_reviewers_differ(
    recital: Recital,
) -> None:
    recital.done(recital.rosa, GOOD)
    recital.done(recital.otto, WEAK)
    # The chair has said nothing yet: what the jurors found is looked at from their own state.
    state = recital.subject.workflow.states["listening"]
    recital.session.get_one(Submission, recital.id).state = state.name
    facts = scoring.scores_facts(recital.session, recital.subject)
    assert (facts["disagreements"], facts["mean"], facts["lowest"]) == (3, 4.166667, 3)
    assert facts["guides"]["playing"]["yes"] == facts["yes"]
    reviews = scoring.reviews_facts(recital.session, recital.subject)
    assert reviews["recommend"] == {"pass": 2, "again": 0}


def test_peers_see_each_other_only_after_both_have_finished(recital: Recital) -> None:
    session, rosa = recital.session, recital.rosa
    recital.score(recital.otto, WEAK)

    def seen() -> list[str]:
        own = own_review(session, recital.subject, rosa)
        return [peer.label for peer in scoring.peers(session, recital.subject, own)]

    assert seen() == []
    recital.done(rosa, GOOD)
    assert seen() == []
    own = own_review(session, recital.subject, rosa)
    assert own is not None
    (sheet,) = scoring_sheets.sheets(session, recital.subject, own)
    assert [row.earlier for row in sheet.rows] == [(), (), (), ()]


def test_a_finished_review_can_be_opened_again_until_somebody_decides(recital: Recital) -> None:
    rosa = recital.rosa
    recital.done(rosa, GOOD)
    with pytest.raises(Refused) as refused:
        recital.score(rosa, WEAK)
    assert refused.value.refusal.code == "finished"
    recital.reopen(rosa)
    recital.done(rosa, WEAK)
    recital.done(recital.otto, WEAK)
    with pytest.raises((Refused, Conflict)):
        recital.reopen(rosa)


def test_finishing_twice_is_once(recital: Recital) -> None:
    recital.done(recital.rosa, GOOD)
    recital.finish(recital.rosa)
    story = audit.story(recital.session, f"submission:{recital.id}")
    assert [one.kind for one in story].count("review-finished") == 1


def test_the_trail_keeps_the_scores_and_what_the_engine_had_said(recital: Recital) -> None:
    recital.done(recital.rosa, {**GOOD, "complete": Score("N", "Which inventions?")})
    told = [
        one
        for one in audit.story(recital.session, f"submission:{recital.id}")
        if one.kind == "review-finished"
    ]
    assert told[0].facts["scores"] == {
        "playing/complete": {"is": "N", "was": "Y"},
        "playing/touch": {"is": 4},
        "playing/tempo": {"is": 8},
        "playing/encore": {"is": "NA"},
    }
    assert told[0].facts["recommendation"] == "pass"


def test_overruling_the_precheck_clears_where_it_came_from(recital: Recital) -> None:
    session, rosa = recital.session, recital.rosa

    def origin() -> str:
        review = own_review(session, recital.subject, rosa)
        assert review is not None
        return reviewing.scores_of(session, review)["playing", "complete"].origin

    assert origin() == "precheck"
    recital.score(rosa, GOOD)
    assert origin() == "precheck"
    recital.score(rosa, {**GOOD, "complete": Score("N", "No")})
    assert origin() == ""


def test_carried_scores_say_where_they_come_from_until_they_are_changed(
    recital: Recital,
) -> None:
    session, subject = recital.session, recital.subject
    carried = {
        ("playing", "touch"): Score("R", "Fine", 3, "round:1"),
        ("playing", "tempo"): Score("R", "", 99, "round:1"),
        ("playing", "complete"): Score("N", "", None, "round:1"),
    }
    again = reviewing.assign(session, subject, "", recital.chair.id, TERM, carried=carried)
    found = reviewing.scores_of(session, again)
    assert found == {
        ("playing", "complete"): Score("Y", origin="precheck"),
        ("playing", "touch"): Score("R", "Fine", 3, "round:1"),
    }


def test_nobody_scores_for_somebody_else(recital: Recital) -> None:
    subject = recital.subject
    with pytest.raises(Refused):
        reviewing.save_scores(recital.session, recital.chair, subject, {}, 0, TERM)


def test_staff_see_what_the_finished_reviews_say(recital: Recital) -> None:
    recital.done(recital.rosa, GOOD)
    peers = scoring.peers(recital.session, recital.subject, None)
    assert [peer.label for peer in peers] == [recital.rosa.name]
