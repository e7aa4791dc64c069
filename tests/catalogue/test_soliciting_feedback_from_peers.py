"""Soliciting Feedback from Peers: an anonymous survey of at least four people."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "soliciting-feedback-from-peers"
pytestmark = pytest.mark.row("C10")

EVIDENCE = (
    "- Distribute anonymous digital survey to a minimum of four people and follow up as "
    "needed to gather information about impact of the Student Learning Reflection Cycle "
    "in peers’ classrooms",
)


PEOPLE = [{"name": name} for name in ("Maya Ferreira", "Henry Vo", "Lucia Brandt", "Tom Adeyemi")]


def here(feedback: dict[str, Any]) -> None:
    """Makes the survey one that was run on this site."""
    feedback["results"]["source"] = "here"
    del feedback["results"]["name"], feedback["results"]["files"], feedback["anonymous"]


@pytest.fixture
def feedback(answers: Answers) -> dict[str, Any]:
    """The example's answers, which the test may spoil."""
    said: dict[str, Any] = answers["feedback"]
    return said


def test_the_example_is_complete_and_valid(answers: Answers, check: Check) -> None:
    assert check(answers) == []


@pytest.mark.parametrize("source", ["here", "elsewhere"])
@pytest.mark.parametrize(
    ("invited", "wrong"), [(3, ["/feedback/results/invited"]), (4, []), (5, [])]
)
def test_at_least_four_people_are_invited(
    feedback: dict[str, Any],
    answers: Answers,
    check: Check,
    source: str,
    invited: int,
    wrong: list[str],
) -> None:
    feedback["results"] |= {"invited": invited, "answered": 3}
    if source == "here":
        here(feedback)
    assert places(check(answers)) == wrong


@pytest.mark.parametrize("answered", [0, 1, 5])
def test_nobody_has_to_answer(
    feedback: dict[str, Any], answers: Answers, check: Check, answered: int
) -> None:
    here(feedback)
    feedback["results"] |= {"answered": answered, "items": []}
    assert check(answers) == []


def test_the_bar_shows_how_many_are_invited(form_set: FormSet, answers: Answers) -> None:
    (requirement,) = form_set.requirements
    assert (requirement.value(answers), requirement.target) == (5, 4)


def test_the_survey_here_invites_four_people_or_more_without_their_names(
    edition: Edition,
) -> None:
    survey = edition.credential.surveys["impact"]
    assert (survey.audience, survey.minimum_invited) == ("invited", 4)
    assert survey.people == ("/feedback/people",)
    assert [(one.id, one.results) for one in survey.waves] == [("feedback", "/feedback/results")]


@pytest.mark.parametrize("missing", ["name", "files"])
def test_a_survey_from_elsewhere_has_its_source_attached(
    feedback: dict[str, Any], answers: Answers, check: Check, missing: str
) -> None:
    del feedback["results"][missing]
    assert places(check(answers)) == [f"/feedback/results/{missing}"]


def test_a_survey_from_elsewhere_was_digital_and_anonymous(
    feedback: dict[str, Any], answers: Answers, check: Check
) -> None:
    del feedback["anonymous"]
    assert places(check(answers)) == ["/feedback/anonymous"]


def test_a_survey_that_was_run_here_is_anonymous_anyway(
    feedback: dict[str, Any], answers: Answers, check: Check
) -> None:
    here(feedback)
    assert check(answers) == []


def test_whoever_runs_it_elsewhere_need_not_name_anybody(
    feedback: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert "people" not in feedback
    assert check(answers) == []


def test_nobody_is_invited_twice(feedback: dict[str, Any], answers: Answers, check: Check) -> None:
    feedback["people"] = [*PEOPLE, {"name": "Aisha Grant"}]
    assert check(answers) == []
    feedback["people"][4] = {"name": "henry vo"}
    assert places(check(answers)) == ["/feedback/people"]


@pytest.mark.parametrize("missing", ["follow_up", "impact"])
def test_following_up_and_the_impact_are_told(
    feedback: dict[str, Any], answers: Answers, check: Check, missing: str
) -> None:
    feedback[missing] = ""
    assert places(check(answers)) == [f"/feedback/{missing}"]


def test_nothing_is_submitted_without_results(
    feedback: dict[str, Any], answers: Answers, check: Check
) -> None:
    del feedback["results"]
    problems = places(check(answers))
    assert len(problems) >= 1
    assert all(one.startswith("/feedback/results") for one in problems)


def test_it_stands_in_its_stack_as_published(library: Library) -> None:
    said = library.credentials()[CREDENTIAL].data
    assert said["title"] == "Soliciting Feedback from Peers"
    assert said["stack"] == {
        "title": "Advancing Powerful Student Learning in Peers' Classrooms",
        "tier": "Demonstrating Impact",
        "place": 4,
    }


def test_a_look_for_asks_for_each_piece_of_evidence(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("survey", False),
    ]
    assert guide.look_fors[0].text.startswith("Basic: ")


def test_each_piece_of_evidence_is_worded_as_published(edition: Edition) -> None:
    instructions = worded(edition.credential.instructions)
    assert [one for one in EVIDENCE if one not in instructions] == []
