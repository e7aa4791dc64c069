"""Collecting Data: three sets of data from a peer's classroom, with question, kind and visit."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.prefilling import prefilled
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "collecting-data"
pytestmark = pytest.mark.row("C8")


@pytest.fixture
def sets(answers: Answers) -> Any:
    return answers["sets"]["sets"]


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == "Collecting Data"
    assert (
        "- Three sets of student learning data collected from a peer’s classroom (with guiding "
        "Student Learning Questions)"
    ) in worded(credential.instructions)


def test_two_sets_are_too_few(
    sets: list[dict[str, Any]], answers: Answers, check: Check, form_set: FormSet
) -> None:
    del sets[2:]
    (problem,) = check(answers)
    assert (problem.pointer, problem.message) == (
        "/sets/sets",
        "Three sets of data are needed here. Please add another.",
    )
    assert [one.value(answers) for one in form_set.requirements] == [2]


def test_three_sets_are_enough(sets: list[dict[str, Any]], answers: Answers, check: Check) -> None:
    assert len(sets) == 3
    assert check(answers) == []


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("part", ["peer", "visited_on", "questions", "kind", "permission"])
def test_each_set_has_every_part(
    sets: list[dict[str, Any]], answers: Answers, check: Check, number: int, part: str
) -> None:
    del sets[number][part]
    found = places(check(answers))
    assert found
    assert all(f"{place}/".startswith(f"/sets/sets/{number}/{part}/") for place in found)


def test_data_without_a_guiding_question_is_not_enough(
    sets: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    sets[1]["questions"] = []
    assert places(check(answers)) == ["/sets/sets/1/questions"]


@pytest.mark.parametrize("kind", ["scripting", "tallying", "mapping", "Photos of the whiteboard"])
def test_data_is_qualitative_or_quantitative_or_something_else(
    sets: list[dict[str, Any]], answers: Answers, check: Check, kind: str
) -> None:
    sets[0]["kind"] = kind
    assert check(answers) == []


def test_the_three_kinds_are_told_by_their_names(form_set: FormSet) -> None:
    choices = form_set.node("/sets/sets/0/kind").choices  # type: ignore[union-attr]
    assert [one.label.split(":")[0] for one in choices] == ["Scripting", "Tallying", "Mapping"]


def test_data_is_typed_or_attached(
    sets: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    del sets[0]["data"]
    assert places(check(answers)) == ["/sets/sets/0/data"]
    sets[0]["files"] = ["tally.jpg"]
    assert check(answers) == []


@pytest.mark.parametrize("names", [("Rosa", "Rosa", "Rosa"), ("Rosa", "Marcus", "Ines")])
def test_one_peer_or_several_are_both_accepted(
    sets: list[dict[str, Any]], answers: Answers, check: Check, names: tuple[str, ...]
) -> None:
    for one, name in zip(sets, names, strict=True):
        one["peer"] = {"name": name}
    assert check(answers) == []


def test_peers_and_questions_of_the_common_aim_are_filled_in(
    library: Library, form_set: FormSet
) -> None:
    handed_in = library.edition("establishing-a-common-aim").examples
    made = prefilled(form_set, None, {"establishing-a-common-aim": handed_in}.get).draft.answers
    assert made["sets"]["sets"] == [
        {"peer": one["peer"], "questions": one["questions"]} for one in handed_in["sets"]["sets"]
    ]


@pytest.mark.parametrize("ticked", [[], ["names"], ["names", "faces"]])
def test_names_and_faces_are_checked_before_submitting(
    answers: Answers, check: Check, ticked: list[str]
) -> None:
    answers["sets"]["names_and_faces"] = ticked
    assert places(check(answers)) == ["/sets/names_and_faces"]


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("three-sets", False),
    ]
