"""Sharing Improvement Strategies: a PDSA, its run chart and artifacts, with two agreements."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.gallery import LICENSES
from engine.credentials.library import Library
from engine.forms.offers import digest_of
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "sharing-improvement-strategies-to-advance-professional-knowledge"
pytestmark = pytest.mark.row("C6")
SOURCE = "using-improvement-methods-to-advance-student-learning"


@pytest.fixture
def said(answers: Answers) -> Any:
    return answers["resource"]


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == ("Sharing Improvement Strategies to Advance Professional Knowledge")
    assert (
        "- Send PDSA and run chart along with related artifacts (sample of assignment, student "
        "work, instructions, lessons learned, etc.), to be posted on the Schools That Lead website "
        "as a resource for other teachers. Agree to answer questions from others interested in "
        "your work and learning."
    ) in worded(credential.instructions)


# The agreements


@pytest.mark.parametrize("agreement", ["agree_to_post", "agree_to_answer"])
@pytest.mark.parametrize("answer", [None, False])
def test_without_an_agreement_it_cannot_be_submitted(
    said: dict[str, Any], answers: Answers, check: Check, agreement: str, answer: bool | None
) -> None:
    del said[agreement]
    if answer is not None:
        said[agreement] = answer
    assert places(check(answers)) == [f"/resource/{agreement}"]


def test_the_agreement_is_worded_after_the_evidence(form_set: FormSet) -> None:
    node = form_set.node("/resource/agree_to_answer")
    assert node is not None
    assert (node.kind, node.title) == (
        "agreement",
        "I agree to answer questions from others interested in my work and learning.",
    )


# The PDSA and its chart


@pytest.mark.parametrize("part", ["pdsa", "chart"])
def test_a_pdsa_and_a_run_chart_are_both_needed(
    said: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del said[part]
    assert f"/resource/{part}" in places(check(answers))


def test_the_chart_belongs_to_the_pdsa(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    said["chart"]["submission"] = "another"
    assert places(check(answers)) == ["/resource/chart"]


def test_both_are_picked_from_the_chart_of_the_stack(form_set: FormSet) -> None:
    assert sorted((one.credential, one.form, one.at) for one in form_set.sources) == [
        (SOURCE, "improvement", "/pdsa/earlier/value"),
        (SOURCE, "improvement", "/pdsa/test"),
        (SOURCE, "improvement", "/points"),
    ]


def test_the_example_shares_what_the_other_example_submitted(
    said: dict[str, Any], library: Library
) -> None:
    theirs = library.edition(SOURCE).examples["improvement"]
    assert said["chart"]["value"] == theirs["points"]
    assert said["pdsa"]["value"] == theirs["pdsa"]["earlier"]["value"]
    for pick in (said["chart"], said["pdsa"]):
        assert pick["digest"] == digest_of(pick["value"])


# Artifacts


def test_one_artifact_is_enough_and_none_is_not(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    del said["artifacts"][1:]
    assert check(answers) == []
    said["artifacts"] = []
    assert places(check(answers)) == ["/resource/artifacts"]


def test_an_artifact_is_written_or_attached(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    said["artifacts"][0] = {"kind": "instructions", "title": "The cards"}
    assert places(check(answers)) == ["/resource/artifacts/0/words"]
    said["artifacts"][0]["files"] = ["cards.pdf"]
    assert check(answers) == []


def test_four_kinds_of_artifacts_are_named_and_others_are_welcome(
    said: dict[str, Any], answers: Answers, check: Check, edition: Edition
) -> None:
    items = edition.credential.forms["resource"]["properties"]["artifacts"]["items"]
    assert [one["title"] for one in items["properties"]["kind"]["anyOf"][0]["oneOf"]] == [
        "Sample of assignment",
        "Student work",
        "Instructions",
        "Lessons learned",
    ]
    said["artifacts"][0]["kind"] = "A film of the classroom"
    assert check(answers) == []


def test_student_work_is_shared_with_the_familys_permission(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert "student-work" in [one["kind"] for one in said["artifacts"]]
    said["student_work_permissions"] = []
    assert places(check(answers)) == ["/resource/student_work_permissions"]
    del said["student_work_permissions"]
    assert places(check(answers)) == ["/resource/student_work_permissions"]


def test_without_student_work_no_permission_is_asked_for(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    said["artifacts"] = [one for one in said["artifacts"] if one["kind"] != "student-work"]
    del said["student_work_permissions"]
    assert check(answers) == []


@pytest.mark.parametrize("part", ["whose", "given_on", "kept"])
def test_a_permission_says_whose_when_and_that_the_school_keeps_it(
    said: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del said["student_work_permissions"][0][part]
    assert places(check(answers)) == [f"/resource/student_work_permissions/0/{part}"]


def test_a_permission_that_the_school_does_not_keep_is_none(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    said["student_work_permissions"][0]["kept"] = False
    assert places(check(answers)) == ["/resource/student_work_permissions/0/kept"]


def test_the_paper_that_names_the_student_is_not_asked_for(form_set: FormSet) -> None:
    row = form_set.node("/resource/student_work_permissions/0")
    assert row is not None
    assert [one.key for one in row.nodes()] == ["whose", "given_on", "kept"]


@pytest.mark.parametrize("ticked", [[], ["names"], ["names", "faces"]])
def test_names_and_faces_are_checked_before_submitting(
    said: dict[str, Any], answers: Answers, check: Check, ticked: list[str]
) -> None:
    said["names_and_faces"] = ticked
    assert places(check(answers)) == ["/resource/names_and_faces"]


# What a gallery is searched by


@pytest.mark.parametrize(
    "part", ["title", "summary", "subject_areas", "grade_levels", "shown_as", "license"]
)
def test_a_visitor_can_find_it_and_knows_what_is_allowed(
    said: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del said[part]
    assert places(check(answers)) == [f"/resource/{part}"]


def test_a_standard_may_be_left_out(said: dict[str, Any], answers: Answers, check: Check) -> None:
    del said["standard"]
    assert check(answers) == []


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("pdsa-chart-artifacts", False),
        ("agreement", False),
    ]


# The gallery


def test_what_becomes_public_is_the_pdsa_the_chart_and_the_artifacts(edition: Edition) -> None:
    gallery = edition.credential.gallery
    assert gallery is not None
    shown = [part.at for part in gallery.shows]
    assert shown == ["/resource/pdsa", "/resource/chart", "/resource/artifacts"]
    assert gallery.after == "award"
    assert gallery.agreements == ("/resource/agree_to_post",)
    assert gallery.questions == "/resource/agree_to_answer"


def test_every_license_on_offer_is_known_to_the_gallery(
    edition: Edition, said: dict[str, Any], answers: Answers, check: Check
) -> None:
    offered = edition.credential.forms["resource"]["properties"]["license"]["oneOf"]
    assert {one["const"] for one in offered} <= set(LICENSES)
    for one in offered:
        said["license"] = one["const"]
        assert check(answers) == []
