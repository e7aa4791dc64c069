"""Establishing a Common Aim: three sets of questions and tools for a peer's classroom."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "establishing-a-common-aim"
pytestmark = pytest.mark.row("C7")


@pytest.fixture
def sets(answers: Answers) -> Any:
    return answers["sets"]["sets"]


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == "Establishing a Common Aim"
    assert (
        "- Three sets of Student Learning Questions and related data collection tools crafted for "
        "use in a peer’s classroom"
    ) in worded(credential.instructions)


def test_two_sets_are_too_few(
    sets: list[dict[str, Any]], answers: Answers, check: Check, form_set: FormSet
) -> None:
    del sets[2:]
    (problem,) = check(answers)
    assert (problem.pointer, problem.message) == (
        "/sets/sets",
        "Three sets are needed here. Please add another.",
    )
    assert [one.value(answers) for one in form_set.requirements] == [2]


def test_three_sets_are_enough(sets: list[dict[str, Any]], answers: Answers, check: Check) -> None:
    assert len(sets) == 3
    assert check(answers) == []


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("part", ["peer", "focus", "intent", "questions", "tool"])
def test_each_set_has_every_part(
    sets: list[dict[str, Any]], answers: Answers, check: Check, number: int, part: str
) -> None:
    del sets[number][part]
    found = places(check(answers))
    assert found
    assert all(f"{place}/".startswith(f"/sets/sets/{number}/{part}/") for place in found)


@pytest.mark.parametrize(("number", "wrong"), [(0, ["/sets/sets/0/questions"]), (1, []), (2, [])])
def test_a_set_has_one_question_or_several(
    sets: list[dict[str, Any]], answers: Answers, check: Check, number: int, wrong: list[str]
) -> None:
    sets[0]["questions"] = ["Who explains to whom?", "Who asks why?"][:number]
    assert places(check(answers)) == wrong


def test_a_tool_is_described_or_attached(
    sets: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    sets[0]["tool"] = {"kind": "tallying"}
    assert places(check(answers)) == ["/sets/sets/0/tool/tool"]
    sets[0]["tool"]["files"] = ["tally.pdf"]
    assert check(answers) == []


@pytest.mark.parametrize("names", [("Rosa", "Rosa", "Rosa"), ("Rosa", "Marcus", "Ines")])
def test_one_peer_or_several_are_both_accepted(
    sets: list[dict[str, Any]], answers: Answers, check: Check, names: tuple[str, ...]
) -> None:
    for one, name in zip(sets, names, strict=True):
        one["peer"] = {"name": name}
    assert check(answers) == []


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("three-sets", False),
    ]
