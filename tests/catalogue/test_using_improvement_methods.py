"""Using Improvement Methods: a PDSA of one's own, and its annotated run chart."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.offers import digest_of
from engine.forms.schema import FormSet
from engine.forms.series import Series
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "using-improvement-methods-to-advance-student-learning"
pytestmark = pytest.mark.row("C5")


@pytest.fixture
def said(answers: Answers) -> Any:
    return answers["improvement"]


def test_its_evidence_is_worded_as_published(edition: Edition) -> None:
    credential = edition.credential
    assert credential.title == "Using Improvement Methods to Advance Student Learning"
    assert (
        "- Choose one of the Understanding Improvement PDSAs from above or another PDSA and track "
        "relevant data through an annotated run chart with at least 15 data points. This level of "
        "data helps to determine the effectiveness of the change over time."
    ) in worded(credential.instructions)


# Data points


@pytest.mark.parametrize(("number", "wrong"), [(14, ["/improvement/points"]), (15, []), (16, [])])
def test_fifteen_data_points_are_enough_and_fourteen_are_not(
    said: dict[str, Any], answers: Answers, check: Check, number: int, wrong: list[str]
) -> None:
    del said["points"][number:]
    assert len(said["points"]) == number
    assert places(check(answers)) == wrong


def test_the_bar_counts_the_points(
    said: dict[str, Any], answers: Answers, form_set: FormSet
) -> None:
    del said["points"][14:]
    (bar,) = form_set.requirements
    assert (bar.value(answers), bar.target) == (14, 15)


def test_points_are_in_the_order_of_their_dates(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    points = said["points"]
    points[3], points[4] = points[4], points[3]
    assert places(check(answers)) == ["/improvement/points/4/on"]


@pytest.mark.parametrize("part", ["on", "value"])
def test_a_point_has_a_date_and_a_value(
    said: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    del said["points"][5][part]
    assert places(check(answers)) == [f"/improvement/points/5/{part}"]


# Annotations


@pytest.mark.parametrize(("note", "wrong"), [("Change began", []), (" ", ["/improvement/points"])])
def test_one_annotation_is_enough_and_none_is_not(
    said: dict[str, Any], answers: Answers, check: Check, note: str, wrong: list[str]
) -> None:
    for point in said["points"]:
        point.pop("note", None)
    assert places(check(answers)) == ["/improvement/points"]
    said["points"][3]["note"] = note
    assert places(check(answers)) == wrong


def test_the_chart_has_its_median_and_its_annotations(
    said: dict[str, Any], form_set: FormSet
) -> None:
    node = form_set.node("/improvement/points")
    assert isinstance(node, Series)
    chart = node.chart(said["points"])
    assert chart is not None
    assert node.look.median
    drawn = str(chart)
    assert "12.5" in drawn
    for point in said["points"]:
        assert point.get("note", "") in drawn


# The PDSA


def test_the_example_builds_on_a_test_of_understanding_improvement(
    said: dict[str, Any], library: Library
) -> None:
    pick = said["pdsa"]["earlier"]
    tests = library.edition("understanding-improvement").examples["tracker"]["tests"]
    assert pick["pointer"] == "/tracker/tests/1"
    assert pick["value"] == tests[1]
    assert pick["digest"] == digest_of(tests[1])


def test_tests_of_understanding_improvement_are_offered(form_set: FormSet) -> None:
    assert {(one.credential, one.form, one.at) for one in form_set.sources} == {
        ("understanding-improvement", "tracker", "/tests")
    }


def test_another_pdsa_is_as_good(said: dict[str, Any], answers: Answers, check: Check) -> None:
    said["pdsa"] = {"test": said["pdsa"]["earlier"]["value"]}
    assert check(answers) == []


@pytest.mark.parametrize("part", ["question", "predictions", "measures", "results"])
def test_another_pdsa_is_complete_too(
    said: dict[str, Any], answers: Answers, check: Check, part: str
) -> None:
    said["pdsa"] = {"test": said["pdsa"]["earlier"]["value"]}
    del said["pdsa"]["test"][part]
    assert places(check(answers)) == [f"/improvement/pdsa/test/{part}"]


@pytest.mark.parametrize("pdsa", [None, {}])
def test_without_a_pdsa_nothing_is_submitted(
    said: dict[str, Any], answers: Answers, check: Check, pdsa: Any
) -> None:
    del said["pdsa"]
    if pdsa is not None:
        said["pdsa"] = pdsa
    assert places(check(answers)) == ["/improvement/pdsa"]


def test_each_evidence_item_has_its_look_for(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("run-chart", False),
    ]
    assert "/improvement/effectiveness" in guide.look_fors[1].about
