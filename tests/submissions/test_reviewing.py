"""Scoring: the sheet, the precheck, rounds, and notes on fields."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from engine.errors import Conflict, NotFound, Refused
from engine.forms.drafts import Draft
from engine.records.tables import Submission
from engine.submissions import comments, noting, reviewing, scoring_sheets

from .conftest import NOON, Garden


def rows(garden: Garden, session: Session, submission: Submission) -> list[scoring_sheets.SheetRow]:
    (sheet,) = scoring_sheets.sheets(session, garden.subject(session, submission))
    return list(sheet.rows)


def returned(garden: Garden, session: Session) -> Submission:
    submission = garden.taken(session)
    garden.score(session, submission, "N", "Brown at the edges")
    return garden.advance(session, garden.judge, submission, "send_back")


def test_the_precheck_answers_before_the_reviewer_does(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    assert [(row.id, row.decision) for row in rows(garden, session, submission)] == [
        ("basic", "Y"),
        ("green", None),
    ]


def test_the_reviewer_may_overrule_the_precheck(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    subject = garden.subject(session, submission)
    scores = {("growth", "basic"): ("N", "One answer says nothing.")}
    reviewing.save_scores(session, garden.judge, subject, scores, 0, NOON)
    assert rows(garden, session, submission)[0].decision == "N"


def test_a_returned_submission_keeps_the_reviewers_scores(garden: Garden, session: Session) -> None:
    submission = returned(garden, session)
    garden.save(session, submission, "plan", goal="Greener basil")
    garden.advance(session, garden.grower, submission, "enter")
    garden.advance(session, garden.second_judge, submission, "take")
    green = rows(garden, session, submission)[1]
    assert green.decision is None
    assert green.earlier == (scoring_sheets.EarlierScore(1, "Judge", "N", "Brown at the edges"),)


def test_putting_a_submission_back_and_taking_it_again_keeps_the_scores(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    garden.score(session, submission, "Y", "Lush")
    garden.advance(session, garden.judge, submission, "put_back")
    garden.advance(session, garden.judge, submission, "take")
    assert rows(garden, session, submission)[1].notes == "Lush"


def test_the_next_reviewer_scores_a_submission_that_was_handed_back(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    garden.score(session, submission, "N", "Brown")
    garden.advance(session, garden.judge, submission, "put_back")
    garden.advance(session, garden.second_judge, submission, "take")
    subject = garden.subject(session, submission)
    scores = {("growth", "basic"): ("Y", ""), ("growth", "green"): ("Y", "Lush")}
    reviewing.save_scores(session, garden.second_judge, subject, scores, 0, NOON)
    garden.advance(session, garden.second_judge, submission, "give_ribbon")
    (sheet,) = scoring_sheets.feedback(session, subject)
    assert [row.decision for row in sheet.rows] == ["Y", "Y"]


def test_a_score_sheet_open_in_two_windows_conflicts(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    subject = garden.subject(session, submission)
    key = ("growth", "green")
    reviewing.save_scores(session, garden.judge, subject, {key: ("Y", "")}, 0, NOON)
    with pytest.raises(Conflict):
        reviewing.save_scores(session, garden.judge, subject, {key: ("N", "No")}, 0, NOON)


def test_unknown_look_fors_are_ignored(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    subject = garden.subject(session, submission)
    forged = {("growth", "forged"): ("Y", ""), ("nowhere", "green"): ("Y", "")}
    reviewing.save_scores(session, garden.judge, subject, forged, 0, NOON)
    assert scoring_sheets.tally(session, subject).yes == 0


@pytest.mark.parametrize("who", ["grower", "second_judge", "office"])
def test_nobody_but_the_assigned_reviewer_scores(
    garden: Garden, session: Session, who: str
) -> None:
    subject = garden.subject(session, garden.taken(session))
    with pytest.raises(Refused):
        reviewing.save_scores(session, getattr(garden, who), subject, {}, 0, NOON)


def test_the_candidate_sees_feedback_only_once_the_review_is_closed(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    subject = garden.subject(session, submission)
    noting.add(session, garden.judge, subject, "/plan/goal", "Which basil?", NOON)
    garden.score(session, submission, "N", "Brown at the edges")
    assert scoring_sheets.feedback(session, subject) == []
    assert comments.for_candidate(session, subject) == []
    garden.advance(session, garden.judge, submission, "send_back")
    assert [note.body for note in comments.for_candidate(session, subject)] == ["Which basil?"]
    (sheet,) = scoring_sheets.feedback(session, subject)
    assert sheet.rows[1].notes == "Brown at the edges"


def test_a_note_can_be_taken_back_by_its_author_alone(garden: Garden, session: Session) -> None:
    subject = garden.subject(session, garden.taken(session))
    note = noting.add(session, garden.judge, subject, "/plan/goal", "Which basil?", NOON)
    with pytest.raises((NotFound, Refused)):
        noting.remove(session, garden.second_judge, subject, note.id, NOON)
    noting.remove(session, garden.judge, subject, note.id, NOON)
    assert comments.for_reviewers(session, subject, Draft()) == []
