"""Considering Impact on Culture: the same twelve peers asked twice, six months apart."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.prefilling import prefilled
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "considering-impact-on-culture"
pytestmark = pytest.mark.row("C13")

EVIDENCE = (
    "- Survey the entire learning group (twelve peers – blue dots and yellow dots) at the "
    "beginning of the team’s work together. Survey again six months later.",
    "- Note trends and themes that seem significant to the team.",
)


def elsewhere(results: dict[str, Any]) -> None:
    """Makes `results` those of a survey that was run with another tool."""
    results |= {"source": "elsewhere", "name": "Google Forms", "files": ["export.pdf"]}


FIRST, SECOND = "first_results", "second_results"


@pytest.fixture
def survey(answers: Answers) -> dict[str, Any]:
    """The example's two results, which the test may spoil."""
    said: dict[str, Any] = answers["survey"]
    return said


def test_the_example_surveys_twelve_peers_and_later_those_who_stayed(
    survey: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert (survey[FIRST]["invited"], survey[SECOND]["invited"]) == (12, 11)
    assert len(answers["group"]["departures"]) == 1
    assert check(answers) == []


# Six months


@pytest.mark.parametrize(
    ("opened", "wrong"),
    [
        ("2026-03-04", ["/survey/second_results/opened_on"]),
        ("2026-03-05", []),
        ("2026-03-06", []),
    ],
)
def test_the_second_survey_opens_six_calendar_months_after_the_first_closed(
    survey: dict[str, Any], answers: Answers, check: Check, opened: str, wrong: list[str]
) -> None:
    assert survey[FIRST]["closed_on"] == "2025-09-05"
    survey[SECOND]["opened_on"] = opened
    assert places(check(answers)) == wrong


def test_months_are_those_of_the_calendar(
    survey: dict[str, Any], answers: Answers, check: Check
) -> None:
    survey[FIRST]["closed_on"] = "2025-08-31"
    survey[FIRST]["opened_on"] = "2025-08-25"
    survey[SECOND]["opened_on"] = "2026-02-27"
    assert places(check(answers)) == ["/survey/second_results/opened_on"]
    survey[SECOND]["opened_on"] = "2026-02-28"
    assert check(answers) == []


def test_results_from_elsewhere_wait_six_months_too(
    survey: dict[str, Any], answers: Answers, check: Check
) -> None:
    elsewhere(survey[FIRST])
    elsewhere(survey[SECOND])
    assert check(answers) == []
    survey[SECOND]["opened_on"] = "2026-03-04"
    assert places(check(answers)) == ["/survey/second_results/opened_on"]


def test_a_survey_that_is_run_here_opens_again_after_six_months(edition: Edition) -> None:
    first, second = edition.credential.surveys["culture"].waves
    assert (second.opens.after, second.opens.months) == (first.id, 6)
    assert (first.results, second.results) == ("/survey/first_results", "/survey/second_results")


# The same twelve


@pytest.mark.parametrize(
    ("invited", "wrong"),
    [
        (11, ["/survey/first_results/invited", "/survey/second_results/invited"]),
        (12, []),
        (13, ["/survey/first_results/invited", "/survey/second_results/invited"]),
    ],
)
def test_the_first_survey_goes_to_the_entire_group(
    survey: dict[str, Any], answers: Answers, check: Check, invited: int, wrong: list[str]
) -> None:
    survey[FIRST]["invited"] = invited
    assert sorted(places(check(answers))) == wrong


@pytest.mark.parametrize(
    ("invited", "wrong"),
    [
        (10, ["/survey/second_results/invited"]),
        (11, []),
        (12, ["/survey/second_results/invited"]),
    ],
)
def test_the_second_survey_goes_to_the_same_people_but_for_who_left(
    survey: dict[str, Any], answers: Answers, check: Check, invited: int, wrong: list[str]
) -> None:
    survey[SECOND]["invited"] = invited
    assert places(check(answers)) == wrong


def test_where_nobody_left_both_surveys_go_to_twelve(
    survey: dict[str, Any], answers: Answers, check: Check
) -> None:
    del answers["group"]["departures"]
    assert places(check(answers)) == ["/survey/second_results/invited"]
    survey[SECOND]["invited"] = 12
    assert check(answers) == []


def test_who_left_after_the_second_survey_was_asked_in_it(
    survey: dict[str, Any], answers: Answers, check: Check
) -> None:
    answers["group"]["departures"][0]["left_on"] = "2026-03-10"
    assert places(check(answers)) == ["/survey/second_results/invited"]
    survey[SECOND]["invited"] = 12
    assert check(answers) == []


@pytest.mark.parametrize("missing", ["left_on", "reason"])
def test_a_departure_has_a_date_and_a_reason(answers: Answers, check: Check, missing: str) -> None:
    del answers["group"]["departures"][0][missing]
    assert f"/group/departures/0/{missing}" in places(check(answers))


def test_who_left_was_in_the_group(answers: Answers, check: Check) -> None:
    answers["group"]["departures"][0]["name"] = "Ida Holm"
    assert places(check(answers)) == ["/group/departures"]


@pytest.mark.parametrize(("group", "enough"), [("blue_dots", 4), ("yellow_dots", 8)])
def test_the_learning_group_is_four_blue_and_eight_yellow_dots(
    answers: Answers, check: Check, group: str, enough: int
) -> None:
    assert len(answers["group"][group]) == enough
    del answers["group"][group][0]
    assert f"/group/{group}" in places(check(answers))


def test_the_learning_group_is_twelve_different_peers(
    form_set: FormSet, answers: Answers, check: Check
) -> None:
    answers["group"]["yellow_dots"][7]["name"] = "maya ferreira"
    assert places(check(answers)) == ["/group/yellow_dots"]
    (requirement,) = form_set.requirements
    assert (requirement.value(answers), requirement.target) == (11, 12)


def test_blue_and_yellow_dots_of_building_will_are_the_group(
    library: Library, form_set: FormSet
) -> None:
    handed_in = library.edition("building-will").examples
    made = prefilled(form_set, None, {"building-will": handed_in}.get).draft.answers["group"]
    assert [one["name"] for one in made["blue_dots"]] == [
        one["name"] for one in handed_in["visits"]["blue_dots"]
    ]
    assert [one["name"] for one in made["yellow_dots"]] == [
        one["name"] for one in handed_in["visits"]["yellow_dots"]
    ]
    assert made["departures"] == handed_in["visits"]["departures"]


def test_a_survey_here_invites_both_groups_and_not_fewer_than_twelve(edition: Edition) -> None:
    survey = edition.credential.surveys["culture"]
    assert survey.people == ("/group/blue_dots", "/group/yellow_dots")
    assert (survey.audience, survey.minimum_invited) == ("invited", 12)


# The same questions, on trust and learning


def test_the_survey_measures_trust_and_learning(edition: Edition) -> None:
    survey = edition.credential.surveys["culture"]
    assert [(one.title, len(one.items)) for one in survey.constructs] == [
        ("Trust", 6),
        ("Learning", 6),
    ]


def test_two_surveys_from_elsewhere_ask_the_same_questions(
    survey: dict[str, Any], answers: Answers, check: Check
) -> None:
    elsewhere(survey[FIRST])
    elsewhere(survey[SECOND])
    survey[SECOND]["items"].reverse()
    assert check(answers) == []
    survey[SECOND]["items"][0]["wording"] = "How is the coffee?"
    assert places(check(answers)) == ["/survey/second_results/items"]


def test_a_question_that_few_answered_here_may_be_left_out(
    survey: dict[str, Any], answers: Answers, check: Check
) -> None:
    del survey[SECOND]["items"][0]
    assert check(answers) == []


@pytest.mark.parametrize("which", [FIRST, SECOND])
def test_one_survey_is_not_enough(
    survey: dict[str, Any], answers: Answers, check: Check, which: str
) -> None:
    del survey[which]
    problems = places(check(answers))
    assert len(problems) >= 1
    assert all(one.startswith(f"/survey/{which}") for one in problems)


def test_trends_and_themes_are_noted(answers: Answers, check: Check) -> None:
    answers["trends"]["trends"] = ""
    assert places(check(answers)) == ["/trends/trends"]


def test_it_stands_in_its_stack_as_published(library: Library) -> None:
    said = library.credentials()[CREDENTIAL].data
    assert said["title"] == "Considering Impact on Culture"
    assert said["stack"] == {
        "title": "Scaling Powerful Student Learning in My School",
        "tier": "Demonstrating Impact",
        "place": 3,
    }


def test_a_look_for_asks_for_each_piece_of_evidence(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("surveyed-twice", False),
        ("trends-and-themes", False),
    ]
    assert guide.look_fors[0].text.startswith("Basic: ")


def test_each_piece_of_evidence_is_worded_as_published(edition: Edition) -> None:
    instructions = worded(edition.credential.instructions)
    assert [one for one in EVIDENCE if one not in instructions] == []


def test_nobody_leaves_twice_and_is_counted_out_twice(answers: Answers, check: Check) -> None:
    (left,) = answers["group"]["departures"]
    answers["group"]["departures"].append({**left, "name": f" {left['name'].lower()}"})
    assert "/group/departures" in places(check(answers))
