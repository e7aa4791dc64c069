"""Scores that stand from one round to the next, since nothing that they judge has changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.records import audit
from engine.records.tables import Submission
from engine.submissions import carrying

from .spiral import ALL_YES, Spiral, spiral

__all__ = ["spiral"]


def scored_and_returned(spiral: Spiral, session: Session, *pointers: str) -> Submission:
    submission = spiral.judged(session)
    spiral.score(session, submission, ALL_YES - {("plan", "sunny")}, {("plan", "sunny")})
    return spiral.sent_back(session, submission, *pointers)


def test_what_was_scored_stands_where_nothing_changed(spiral: Spiral, session: Session) -> None:
    submission = scored_and_returned(spiral, session)
    spiral.save(session, submission, "plan", {"/plan/why": "It is the only sunny corner."})
    spiral.back_again(session, submission)
    assert spiral.scores(session, submission) == {
        "whole": ("Y", "precheck"),
        "aimed": ("Y", "round:1"),  # it is about the goal alone
        "seen": ("Y", "round:1"),
    }


def test_an_n_is_not_carried_where_its_forms_changed(spiral: Spiral, session: Session) -> None:
    submission = scored_and_returned(spiral, session)
    spiral.save(session, submission, "plan", {"/plan/why": "It is the only sunny corner."})
    spiral.back_again(session, submission)
    assert "sunny" not in spiral.scores(session, submission)


def test_an_n_stands_where_nothing_at_all_changed(spiral: Spiral, session: Session) -> None:
    submission = scored_and_returned(spiral, session)
    spiral.back_again(session, submission)
    assert spiral.scores(session, submission)["sunny"] == ("N", "round:1")


def test_what_a_look_for_is_about_decides(spiral: Spiral, session: Session) -> None:
    submission = scored_and_returned(spiral, session, "/plan/goal")
    spiral.save(session, submission, "plan", {"/plan/goal": "Herbs for everybody"})
    spiral.back_again(session, submission)
    assert "aimed" not in spiral.scores(session, submission)


def test_rows_that_changed_places_are_a_change(spiral: Spiral, session: Session) -> None:
    submission = scored_and_returned(spiral, session, "/plan/beds")
    beds = [{"herb": "Mint", "size": 4}, {"herb": "Basil", "size": 3}]
    spiral.put(session, submission, "plan", {**spiral.said(session, submission), "beds": beds})
    spiral.back_again(session, submission)
    assert "sunny" not in spiral.scores(session, submission)


def test_the_next_reviewer_begins_with_what_the_last_one_said(
    spiral: Spiral, session: Session
) -> None:
    submission = scored_and_returned(spiral, session)
    spiral.back_again(session, submission, spiral.garden.second_judge)
    assert spiral.scores(session, submission)["seen"] == ("Y", "round:1")


def test_what_the_reviewer_says_then_is_their_own(spiral: Spiral, session: Session) -> None:
    submission = scored_and_returned(spiral, session)
    spiral.back_again(session, submission)
    spiral.score(session, submission, ALL_YES - {("proof", "seen")}, {("proof", "seen")})
    assert spiral.scores(session, submission)["seen"] == ("N", "")


def test_a_score_is_carried_over_many_rounds(spiral: Spiral, session: Session) -> None:
    submission = scored_and_returned(spiral, session)
    spiral.back_again(session, submission)
    spiral.sent_back(session, submission)
    spiral.back_again(session, submission)
    assert spiral.scores(session, submission)["seen"] == ("Y", "round:2")


def test_an_appeal_starts_from_nothing(spiral: Spiral, session: Session) -> None:
    submission = spiral.denied(session)
    spiral.go(session, spiral.garden.grower, submission, "appeal", "It is a spiral.")
    spiral.go(session, spiral.garden.second_judge, submission, "hear")
    assert spiral.scores(session, submission) == {}


def test_a_first_round_carries_nothing(spiral: Spiral, session: Session) -> None:
    submission = spiral.judged(session)
    subject = spiral.subject(session, submission)
    block = subject.state.review
    assert block is not None
    assert carrying.carried(session, subject, block, "judge") == {}


def test_nothing_is_carried_over_another_version_of_the_documents(
    spiral: Spiral, session: Session
) -> None:
    submission = scored_and_returned(spiral, session)
    chain = f"submission:{submission.id}"
    audit.record(session, chain, "migrated", {}, spiral.garden.office, spiral.tick())
    spiral.back_again(session, submission)
    assert spiral.scores(session, submission) == {"whole": ("Y", "precheck")}
