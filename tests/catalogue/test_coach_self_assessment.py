"""The Coach Self-Assessment: every standard rated once early in the year, and once again later."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.library import Library
from engine.forms.prefilling import prefilled
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places

CREDENTIAL = "coach-self-assessment"
pytestmark = pytest.mark.row("D8")


@pytest.fixture
def said(answers: Answers) -> Any:
    return answers["assessment"]


def once(said: dict[str, Any]) -> None:
    """As it is before the second rating."""
    del said["later_on"]
    for one in said["ratings"]:
        one.pop("later", None)


def test_the_example_is_complete_and_valid(answers: Answers, check: Check) -> None:
    assert check(answers) == []


def test_it_asks_about_the_eighteen_standards_of_the_framework(
    library: Library, form_set: FormSet
) -> None:
    named = [item for item in library.frameworks()["dlp"].items if item.title]
    ratings: Any = library.edition(CREDENTIAL).credential.forms["assessment"]["properties"]
    choices = ratings["ratings"]["items"]["properties"]["standard"]["oneOf"]
    assert [(one["const"], one["title"]) for one in choices] == [
        (item.code, f"{item.code} {item.title}") for item in named
    ]
    begun = prefilled(form_set).draft.answers["assessment"]["ratings"]
    assert [one["standard"] for one in begun] == [item.code for item in named]


def test_a_first_rating_is_enough_to_keep_it(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    once(said)
    assert check(answers) == []


@pytest.mark.parametrize("standard", [0, 17])
def test_every_standard_is_rated(
    said: dict[str, Any], answers: Answers, check: Check, standard: int
) -> None:
    del said["ratings"][standard]["first"]
    assert places(check(answers)) == [f"/assessment/ratings/{standard}/first"]


def test_a_standard_stands_once(said: dict[str, Any], answers: Answers, check: Check) -> None:
    said["ratings"][1]["standard"] = "1A"
    assert places(check(answers)) == ["/assessment/ratings"]


def test_seventeen_standards_are_too_few(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    del said["ratings"][17]
    assert places(check(answers)) == ["/assessment/ratings"]


@pytest.mark.parametrize(
    ("day", "wrong"),
    [
        ("2025-09-12", ["/assessment/later_on"]),
        ("2025-09-13", []),
    ],
)
def test_the_later_rating_is_after_the_first(
    said: dict[str, Any], answers: Answers, check: Check, day: str, wrong: list[str]
) -> None:
    said["later_on"] = day
    assert places(check(answers)) == wrong


def test_a_later_rating_has_its_day_and_every_standard(
    said: dict[str, Any], answers: Answers, check: Check
) -> None:
    del said["ratings"][4]["later"]
    assert places(check(answers)) == ["/assessment/ratings"]
    once(said)
    said["ratings"][4]["later"] = 3
    assert places(check(answers)) == ["/assessment/later_on"]


def test_two_dated_ratings_are_compared(
    said: dict[str, Any], answers: Answers, form_set: FormSet
) -> None:
    (higher,) = form_set.requirements
    assert (higher.value(answers), higher.target) == (12, 18)
    once(said)
    assert higher.value(answers) == 0
