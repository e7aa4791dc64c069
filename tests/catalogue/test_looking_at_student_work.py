"""Looking at Student Work: once as the presenting teacher, once as the facilitator."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "looking-at-student-work"
pytestmark = pytest.mark.row("C3")


@pytest.fixture
def said(answers: Answers) -> Any:
    return answers["conversations"]


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == "Looking at Student Work"
    instructions = worded(credential.instructions)
    for item in (
        "At least one piece of student work that has been discussed with peers using a Looking At "
        "Student Work protocol (identify the protocol used) along with reflections about the "
        "process and the outcome (what next steps the presenting teacher will take as a result).",
        "One piece of student work along with the protocol used (and guiding question, if "
        "relevant) from a discussion with peers that the teacher facilitated. Include reflections "
        "on the process and the work of facilitating the conversation.",
    ):
        assert instructions.count(f"- {item}") == 1


def test_nothing_presented_is_too_little(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    said["presented"] = []
    assert places(check(answers)) == ["/conversations/presented"]


def test_one_conversation_and_one_piece_of_work_are_enough(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert len(said["presented"]) == 1
    del said["presented"][0]["work"][1:]
    assert check(answers) == []


def test_a_conversation_without_student_work_is_not_enough(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    said["presented"][0]["work"] = []
    assert places(check(answers)) == ["/conversations/presented/0/work"]


@pytest.mark.parametrize("part", ["work", "protocol", "process", "next_steps"])
def test_what_was_presented_has_every_part(
    said: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del said["presented"][0][part]
    assert places(check(answers)) == [f"/conversations/presented/0/{part}"]


@pytest.mark.parametrize("part", ["work", "protocol", "process", "facilitating"])
def test_what_was_facilitated_has_every_part(
    said: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del said["facilitated"][part]
    assert places(check(answers)) == [f"/conversations/facilitated/{part}"]


def test_nothing_facilitated_is_too_little(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    del said["facilitated"]
    found = places(check(answers))
    assert found
    assert all(place.startswith("/conversations/facilitated/") for place in found)


def test_a_guiding_question_is_optional(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    del said["facilitated"]["guiding_question"]
    assert check(answers) == []


@pytest.mark.parametrize("ticked", [[], ["names"], ["names", "faces"]])
def test_names_and_faces_are_checked_before_submitting(
    said: dict[str, Any], answers: Answers, check: Check, ticked: list[str]
) -> None:
    said["names_and_faces"] = ticked
    assert places(check(answers)) == ["/conversations/names_and_faces"]


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("presented", False),
        ("facilitated", False),
    ]
