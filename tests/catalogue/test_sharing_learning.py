"""Sharing Learning: an audience, something to show for it, and a synopsis."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "sharing-learning"
pytestmark = pytest.mark.row("C15")

EVIDENCE = (
    "- Relevant artifacts of conference presentation, including but not limited to "
    "session description, photos, Board agenda",
    "- Synopsis of presentation",
)


@pytest.fixture
def presentation(answers: Answers) -> dict[str, Any]:
    """The example's answers, which the test may spoil."""
    said: dict[str, Any] = answers["presentation"]
    return said


def test_the_example_is_complete_and_valid(answers: Answers, check: Check) -> None:
    assert check(answers) == []


def test_no_artifact_is_too_few(
    presentation: dict[str, Any], answers: Answers, check: Check
) -> None:
    presentation["artifacts"] = []
    (problem,) = check(answers)
    assert problem.pointer == "/presentation/artifacts"
    assert problem.message == "Add at least one artifact of your presentation."


def test_one_artifact_is_enough(
    presentation: dict[str, Any], answers: Answers, check: Check
) -> None:
    del presentation["artifacts"][1:]
    assert check(answers) == []


def test_an_artifact_is_a_file(
    presentation: dict[str, Any], answers: Answers, check: Check
) -> None:
    presentation["artifacts"][0]["files"] = []
    assert places(check(answers)) == ["/presentation/artifacts/0/files"]


@pytest.mark.parametrize("kind", ["session-description", "photos", "board-agenda", "Handout"])
def test_artifacts_may_be_of_the_kinds_named_or_another(
    presentation: dict[str, Any], answers: Answers, check: Check, kind: str
) -> None:
    presentation["artifacts"][0]["kind"] = kind
    assert check(answers) == []


def test_a_synopsis_is_needed(presentation: dict[str, Any], answers: Answers, check: Check) -> None:
    presentation["synopsis"] = ""
    assert places(check(answers)) == ["/presentation/synopsis"]


@pytest.mark.parametrize(
    "audience", ["conference", "district-meeting", "board-meeting", "A PTA evening"]
)
def test_the_audience_is_one_of_three_or_another_setting(
    presentation: dict[str, Any], answers: Answers, check: Check, audience: str
) -> None:
    presentation["audience"] = audience
    assert check(answers) == []


@pytest.mark.parametrize("missing", ["audience", "occasion", "presented_on"])
def test_who_listened_and_when_is_recorded(
    presentation: dict[str, Any], answers: Answers, check: Check, missing: str
) -> None:
    del presentation[missing]
    assert places(check(answers)) == [f"/presentation/{missing}"]


def test_people_in_photos_have_given_permission(
    presentation: dict[str, Any], answers: Answers, check: Check
) -> None:
    del presentation["photo_permissions"]
    assert places(check(answers)) == ["/presentation/photo_permissions"]


def test_where_nobody_can_be_recognized_nobody_is_asked(
    presentation: dict[str, Any], answers: Answers, check: Check
) -> None:
    presentation["recognizable"] = False
    del presentation["photo_permissions"]
    assert check(answers) == []


def test_the_checklist_about_students_is_ticked_through(
    presentation: dict[str, Any], answers: Answers, check: Check
) -> None:
    presentation["names_and_faces"].remove("permission")
    assert places(check(answers)) == ["/presentation/names_and_faces"]


def test_it_stands_in_its_stack_as_published(library: Library) -> None:
    said = library.credentials()[CREDENTIAL].data
    assert said["title"] == "Sharing Learning"
    assert said["stack"] == {
        "title": "Scaling Powerful Student Learning in My School",
        "tier": "Leading Learning",
        "place": 5,
    }


def test_a_look_for_asks_for_each_piece_of_evidence(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("artifacts", False),
        ("synopsis", False),
    ]
    assert guide.look_fors[0].text.startswith("Basic: ")


def test_each_piece_of_evidence_is_worded_as_published(edition: Edition) -> None:
    instructions = worded(edition.credential.instructions)
    assert [one for one in EVIDENCE if one not in instructions] == []
