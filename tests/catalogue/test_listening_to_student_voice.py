"""Listening to Student Voice: two administrations of a survey, and action between the two."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "listening-to-student-voice"
pytestmark = pytest.mark.row("C2")


@pytest.fixture
def voice(answers: Answers) -> Any:
    return answers["voice"]


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == "Listening to Student Voice"
    said = worded(credential.instructions)
    for item in (
        "Teacher’s identified area(s) of focus with relevant results from the first administration "
        "of the survey",
        "An action plan for the identified area(s) of focus: What action related to the area of "
        "focus will you take in your classroom? Which students will you focus on? (Some or all? A "
        "particular class?) What is your timeline for action? (It must be between receiving "
        "results from the first administration and before the second administration.)",
        "Reflection with data from second administration. Document any changes and learning.",
    ):
        assert said.count(f"- {item}") == 1


@pytest.mark.parametrize("which", ["first_results", "second_results"])
def test_one_administration_alone_is_too_little(
    voice: dict[str, Any], answers: Answers, check: Check, which: str
) -> None:
    del voice[which]
    found = places(check(answers))
    assert found
    assert all(place.startswith(f"/voice/{which}/") for place in found)


def test_one_area_of_focus_is_enough_and_none_is_not(
    voice: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert len(voice["focus_areas"]) == 1
    assert check(answers) == []
    voice["focus_areas"] = []
    assert places(check(answers)) == ["/voice/focus_areas"]


@pytest.mark.parametrize("part", ["area", "results"])
def test_an_area_of_focus_stands_on_results(
    voice: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del voice["focus_areas"][0][part]
    assert places(check(answers)) == [f"/voice/focus_areas/0/{part}"]


@pytest.mark.parametrize(
    "part",
    ["action", "students", "action_starts_on", "action_ends_on", "changes", "learning"],
)
def test_each_question_of_the_plan_and_of_the_reflection_needs_an_answer(
    voice: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del voice[part]
    assert places(check(answers)) == [f"/voice/{part}"]


# The timeline


@pytest.mark.parametrize(
    ("starts", "wrong"),
    [("2025-10-09", ["/voice/action_starts_on"]), ("2025-10-10", []), ("2025-10-11", [])],
)
def test_action_starts_when_the_first_results_are_received(
    voice: dict[str, Any], answers: Answers, check: Check, starts: str, wrong: list[str]
) -> None:
    assert voice["results_received_on"] == "2025-10-10"
    voice["action_starts_on"] = starts
    assert places(check(answers)) == wrong


@pytest.mark.parametrize(
    ("ends", "wrong"),
    [
        ("2025-12-07", []),
        ("2025-12-08", ["/voice/action_ends_on"]),
        ("2025-12-09", ["/voice/action_ends_on"]),
    ],
)
def test_action_ends_before_the_second_administration(
    voice: dict[str, Any], answers: Answers, check: Check, ends: str, wrong: list[str]
) -> None:
    assert voice["second_results"]["opened_on"] == "2025-12-08"
    voice["action_ends_on"] = ends
    assert places(check(answers)) == wrong


@pytest.mark.parametrize(
    ("ends", "wrong"), [("2025-10-16", ["/voice/action_ends_on"]), ("2025-10-17", [])]
)
def test_action_ends_after_it_starts(
    voice: dict[str, Any], answers: Answers, check: Check, ends: str, wrong: list[str]
) -> None:
    assert voice["action_starts_on"] == "2025-10-17"
    voice["action_ends_on"] = ends
    assert places(check(answers)) == wrong


@pytest.mark.parametrize(
    ("received", "wrong"), [("2025-10-07", ["/voice/results_received_on"]), ("2025-10-08", [])]
)
def test_results_are_received_once_the_survey_is_closed(
    voice: dict[str, Any], answers: Answers, check: Check, received: str, wrong: list[str]
) -> None:
    assert voice["first_results"]["closed_on"] == "2025-10-08"
    voice["results_received_on"] = received
    assert places(check(answers)) == wrong


def test_both_administrations_ask_the_same_questions(
    voice: dict[str, Any], answers: Answers, check: Check
) -> None:
    voice["second_results"]["items"][0]["wording"] = "My teacher asks how I know."
    assert places(check(answers)) == ["/voice/second_results/items"]
    del voice["second_results"]["items"][0]
    assert places(check(answers)) == ["/voice/second_results/items"]


# Students stay anonymous


@pytest.mark.parametrize("ticked", [[], ["no-names"], ["no-names", "no-traces"]])
def test_anonymity_is_checked_before_submitting(
    voice: dict[str, Any], answers: Answers, check: Check, ticked: list[str]
) -> None:
    voice["students_anonymous"] = ticked
    assert places(check(answers)) == ["/voice/students_anonymous"]


def test_no_question_has_room_for_a_person(edition: Edition) -> None:
    asked = str(edition.credential.forms["voice"])
    assert "'widget': 'person'" not in asked
    assert "'format': 'email'" not in asked


def test_students_answer_twice_by_an_open_link(edition: Edition) -> None:
    (survey,) = edition.credential.surveys.values()
    assert (survey.audience, survey.people) == ("open", ())
    assert [(wave.id, wave.results) for wave in survey.waves] == [
        ("first", "/voice/first_results"),
        ("second", "/voice/second_results"),
    ]


def test_the_second_administration_opens_once_the_first_is_closed(edition: Edition) -> None:
    (survey,) = edition.credential.surveys.values()
    first, second = survey.waves
    assert (first.opens.after, second.opens.after) == ("", first.id)


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("area-of-focus", False),
        ("action-plan", False),
        ("reflection", False),
    ]
