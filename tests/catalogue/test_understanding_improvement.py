"""Understanding Improvement: two complete Plan-Do-Study-Act tests."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "understanding-improvement"
pytestmark = pytest.mark.row("C4")


@pytest.fixture
def tests(answers: Answers) -> Any:
    return answers["tracker"]["tests"]


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == "Understanding Improvement"
    assert (
        "- Two complete tests of classroom-based change ideas (including identified Student "
        "Learning Question, predictions, measures and results) using the Plan-Do-Study-Act "
        "tracker. The change ideas may address the same Student Learning Question or different "
        "ones."
    ) in worded(credential.instructions)


def test_one_test_is_too_few(
    tests: list[dict[str, Any]], answers: Answers, check: Check, form_set: FormSet
) -> None:
    del tests[1:]
    (problem,) = check(answers)
    assert (problem.pointer, problem.message) == (
        "/tracker/tests",
        "Two complete tests are needed here. Please add another.",
    )
    assert [one.value(answers) for one in form_set.requirements] == [1]


def test_two_tests_are_enough(
    tests: list[dict[str, Any]], answers: Answers, check: Check, form_set: FormSet
) -> None:
    assert len(tests) == 2
    assert check(answers) == []
    assert [one.value(answers) for one in form_set.requirements] == [2]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(
    "part",
    ["question", "change_idea", "predictions", "measures", "started_on", "results", "act"],
)
def test_a_test_without_one_of_its_parts_is_not_complete(
    tests: list[dict[str, Any]], answers: Answers, check: Check, number: int, part: str
) -> None:
    del tests[number][part]
    assert places(check(answers)) == [f"/tracker/tests/{number}/{part}"]


@pytest.mark.parametrize("question", [None, "How do students revise what they wrote?"])
def test_the_tests_may_have_one_question_or_two(
    tests: list[dict[str, Any]], answers: Answers, check: Check, question: str | None
) -> None:
    tests[1]["question"] = question or tests[0]["question"]
    assert check(answers) == []


@pytest.mark.parametrize(
    ("ended", "wrong"),
    [("2025-09-14", ["/tracker/tests/0/ended_on"]), ("2025-09-15", []), ("2025-09-16", [])],
)
def test_a_test_ends_on_its_first_day_or_later(
    tests: list[dict[str, Any]], answers: Answers, check: Check, ended: str, wrong: list[str]
) -> None:
    assert tests[0]["started_on"] == "2025-09-15"
    tests[0]["ended_on"] = ended
    assert places(check(answers)) == wrong


@pytest.mark.parametrize("ticked", [[], ["names"], ["names", "faces"]])
def test_names_and_faces_are_checked_before_submitting(
    answers: Answers, check: Check, ticked: list[str]
) -> None:
    answers["tracker"]["names_and_faces"] = ticked
    assert places(check(answers)) == ["/tracker/names_and_faces"]


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("two-tests", False),
    ]
