"""Focusing on Student Learning: two whole cycles, the second of which follows from the first."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.errors import Problem
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "focusing-on-student-learning"
pytestmark = pytest.mark.row("C1")

CYCLES = ("first_cycle", "second_cycle")
PARTS = ("question", "tool", "data", "considerations", "next_steps")


@pytest.fixture
def cycles(answers: Answers) -> Any:
    return answers["cycles"]


def parts(problems: list[Problem], cycle: str) -> list[str]:
    """Which parts of a cycle lack something; anything wrong elsewhere fails."""
    start = f"/cycles/{cycle}/"
    assert all(place.startswith(start) for place in places(problems))
    return [place.removeprefix(start).split("/")[0] for place in places(problems)]


def satisfied(cycles: dict[str, Any]) -> None:
    """The example in which the first cycle did satisfy: no change, another area and question."""
    cycles["satisfied"] = True
    del cycles["changes"]
    cycles["second_cycle"]["area_of_interest"] = "Listening to each other."
    cycles["second_cycle"]["question"] = "How do students answer what another student said?"


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == "Focusing on Student Learning"
    said = worded(credential.instructions)
    assert said.count("candidates must submit the following evidence") == 1
    assert (
        "- Documentation of two entire Student Learning Reflection cycles, including selected "
        "Student Learning Questions, data collection tools, student learning data, considerations "
        "of the data and next steps."
    ) in said
    assert (
        "- At the end of the first cycle, if satisfied with the results of the data, teachers will "
        "select a new area of interest and Student Learning Question. If not yet satisfied, "
        "teachers will design one or more classroom changes and use the same Student Learning "
        "Question for the second cycle."
    ) in said


@pytest.mark.parametrize("cycle", CYCLES)
def test_one_cycle_alone_is_too_little(
    cycles: dict[str, Any], answers: Answers, check: Check, cycle: str
) -> None:
    del cycles[cycle]
    assert set(parts(check(answers), cycle)) == {"area_of_interest", *PARTS}


@pytest.mark.parametrize("cycle", CYCLES)
@pytest.mark.parametrize("part", PARTS)
def test_a_cycle_without_one_of_its_five_parts_is_not_whole(
    cycles: dict[str, Any], answers: Answers, check: Check, cycle: str, part: str
) -> None:
    del cycles[cycle][part]
    # A tool and data are asked in several questions each.
    assert set(parts(check(answers), cycle)) == {part}


@pytest.mark.parametrize("cycle", CYCLES)
def test_a_tool_is_described_or_attached(
    cycles: dict[str, Any], answers: Answers, check: Check, cycle: str
) -> None:
    cycles[cycle]["tool"] = {"kind": "mapping"}
    assert places(check(answers)) == [f"/cycles/{cycle}/tool/tool"]
    cycles[cycle]["tool"] = {"kind": "mapping", "files": ["map.pdf"]}
    assert check(answers) == []


@pytest.mark.parametrize("cycle", CYCLES)
def test_data_is_typed_or_attached(
    cycles: dict[str, Any], answers: Answers, check: Check, cycle: str
) -> None:
    day = cycles[cycle]["data"]["collected_on"]
    cycles[cycle]["data"] = {"collected_on": day}
    assert places(check(answers)) == [f"/cycles/{cycle}/data/data"]
    cycles[cycle]["data"] = {"collected_on": day, "files": ["tally.jpg"]}
    assert check(answers) == []


# What the second cycle is about


def test_whoever_is_not_yet_satisfied_designs_a_change(
    cycles: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert cycles["satisfied"] is False
    cycles["changes"] = []
    (problem,) = check(answers)
    assert (problem.pointer, problem.message) == (
        "/cycles/changes",
        "Describe at least one classroom change.",
    )


def test_one_classroom_change_is_enough(
    cycles: dict[str, Any], answers: Answers, check: Check
) -> None:
    del cycles["changes"][1:]
    assert check(answers) == []


def test_whoever_is_not_yet_satisfied_keeps_the_question(
    cycles: dict[str, Any], answers: Answers, check: Check
) -> None:
    cycles["second_cycle"]["question"] = "How do students draw a ratio?"
    assert places(check(answers)) == ["/cycles/second_cycle/question"]


def test_the_same_question_in_other_capitals_is_the_same(
    cycles: dict[str, Any], answers: Answers, check: Check
) -> None:
    cycles["second_cycle"]["question"] = cycles["first_cycle"]["question"].upper() + " "
    assert check(answers) == []


def test_whoever_is_satisfied_goes_on_to_a_new_area_and_question(
    cycles: dict[str, Any], answers: Answers, check: Check
) -> None:
    satisfied(cycles)
    assert check(answers) == []


@pytest.mark.parametrize("name", ["area_of_interest", "question"])
def test_whoever_is_satisfied_does_not_stay_with_the_old_one(
    cycles: dict[str, Any], answers: Answers, check: Check, name: str
) -> None:
    satisfied(cycles)
    cycles["second_cycle"][name] = f" {cycles['first_cycle'][name]} "
    assert places(check(answers)) == [f"/cycles/second_cycle/{name}"]


def test_whether_the_first_cycle_satisfied_has_to_be_said(
    cycles: dict[str, Any], answers: Answers, check: Check
) -> None:
    del cycles["satisfied"]
    assert places(check(answers)) == ["/cycles/satisfied"]


@pytest.mark.parametrize(
    ("collected", "wrong"),
    [
        ("2025-10-07", ["/cycles/second_cycle/data/collected_on"]),
        ("2025-10-08", ["/cycles/second_cycle/data/collected_on"]),
        ("2025-10-09", []),
    ],
)
def test_the_second_cycle_comes_after_the_first(
    cycles: dict[str, Any], answers: Answers, check: Check, collected: str, wrong: list[str]
) -> None:
    assert cycles["first_cycle"]["data"]["collected_on"] == "2025-10-08"
    cycles["second_cycle"]["data"]["collected_on"] = collected
    assert places(check(answers)) == wrong


# Who did it, and whose names stay out


def test_the_candidate_was_the_host(cycles: dict[str, Any], answers: Answers, check: Check) -> None:
    cycles["host"] = False
    assert places(check(answers)) == ["/cycles/host"]


@pytest.mark.parametrize("ticked", [[], ["names"], ["names", "faces"]])
def test_names_and_faces_are_checked_before_submitting(
    cycles: dict[str, Any], answers: Answers, check: Check, ticked: list[str]
) -> None:
    cycles["names_and_faces"] = ticked
    assert places(check(answers)) == ["/cycles/names_and_faces"]


def test_progress_counts_the_parts_of_each_cycle(
    form_set: FormSet, cycles: dict[str, Any], answers: Answers
) -> None:
    del cycles["second_cycle"]["considerations"], cycles["second_cycle"]["next_steps"]
    assert [one.value(answers) for one in form_set.requirements] == [5, 3]
    del cycles["second_cycle"]
    assert [one.value(answers) for one in form_set.requirements] == [5, 0]


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("two-cycles", False),
        ("second-cycle-follows", False),
    ]
