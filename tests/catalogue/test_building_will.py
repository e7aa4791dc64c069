"""Building Will: twelve different peers in two groups, and who visited whom when."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "building-will"
pytestmark = pytest.mark.row("C11")

EVIDENCE = (
    "- Names and dates of Student Learning Reflection Cycle classroom visits with four "
    "peers (blue dots).",
    "- Names and dates of Student Learning Reflection Cycle classroom visits with eight "
    "more peers (blue dots visiting yellow dots).",
)


@pytest.fixture
def visits(answers: Answers) -> dict[str, Any]:
    """The example's answers, which the test may spoil."""
    said: dict[str, Any] = answers["visits"]
    return said


def measured(form_set: FormSet, answers: Answers) -> float:
    (requirement,) = form_set.requirements
    return requirement.value(answers)


def test_the_example_names_four_blue_and_eight_yellow_dots(
    visits: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert (len(visits["blue_dots"]), len(visits["yellow_dots"])) == (4, 8)
    assert check(answers) == []


@pytest.mark.parametrize(("group", "few"), [("blue_dots", 3), ("yellow_dots", 7)])
def test_one_peer_fewer_is_too_few(
    visits: dict[str, Any], answers: Answers, check: Check, group: str, few: int
) -> None:
    if group == "blue_dots":
        # Nobody is left who was visited by the one that goes, so that only the number is wrong.
        for one in visits["yellow_dots"]:
            one["visitor"] = visits["blue_dots"][0]["name"]
    del visits[group][few:]
    assert places(check(answers)) == [f"/visits/{group}"]


@pytest.mark.parametrize("group", ["blue_dots", "yellow_dots"])
def test_one_peer_more_is_welcome(
    visits: dict[str, Any], answers: Answers, check: Check, group: str
) -> None:
    visits[group].append({**visits[group][0], "name": "Ida Holm"})
    assert check(answers) == []


@pytest.mark.parametrize("group", ["blue_dots", "yellow_dots"])
@pytest.mark.parametrize("missing", ["name", "visited_on"])
def test_each_visit_has_a_name_and_a_date(
    visits: dict[str, Any], answers: Answers, check: Check, group: str, missing: str
) -> None:
    del visits[group][3][missing]
    assert f"/visits/{group}/3/{missing}" in places(check(answers))


def test_each_yellow_visit_names_its_visitor(
    visits: dict[str, Any], answers: Answers, check: Check
) -> None:
    del visits["yellow_dots"][5]["visitor"]
    assert places(check(answers)) == ["/visits/yellow_dots/5/visitor"]


def test_the_visitor_of_a_yellow_dot_is_a_blue_dot(
    visits: dict[str, Any], answers: Answers, check: Check
) -> None:
    visits["yellow_dots"][5]["visitor"] = "Priya Nair"
    (problem,) = check(answers)
    assert problem.pointer == "/visits/yellow_dots"
    assert problem.message.startswith(
        "Each visit to a yellow dot is made by one of your blue dots."
    )


def test_a_visitor_in_other_capitals_is_the_same_blue_dot(
    visits: dict[str, Any], answers: Answers, check: Check
) -> None:
    visits["yellow_dots"][5]["visitor"] = "lucia  BRANDT"
    assert check(answers) == []


@pytest.mark.parametrize(("group", "last"), [("blue_dots", 3), ("yellow_dots", 7)])
def test_nobody_is_twice_in_a_group(
    visits: dict[str, Any], answers: Answers, check: Check, group: str, last: int
) -> None:
    for one in visits["yellow_dots"]:
        one["visitor"] = "Maya Ferreira"
    del visits["departures"]
    visits[group][last]["name"] = f" {visits[group][0]['name'].lower()}"
    assert places(check(answers)) == [f"/visits/{group}"]


@pytest.mark.parametrize("again", ["JOSÉ  Ríos", "jose rios", "Jose\u0301 Rios"])
def test_a_name_with_other_capitals_accents_and_spaces_is_the_same_person(
    form_set: FormSet, visits: dict[str, Any], answers: Answers, check: Check, again: str
) -> None:
    for one in visits["yellow_dots"]:
        one["visitor"] = "Maya Ferreira"
    del visits["departures"]
    visits["blue_dots"][2]["name"] = "José Ríos"
    assert (check(answers), measured(form_set, answers)) == ([], 12)
    visits["blue_dots"][3]["name"] = again
    assert places(check(answers)) == ["/visits/blue_dots"]
    assert measured(form_set, answers) == 11


def test_who_left_after_their_visit_still_counts(
    form_set: FormSet, visits: dict[str, Any], answers: Answers, check: Check
) -> None:
    assert visits["departures"]
    left = visits["departures"][0]["name"]
    named = [one["name"] for one in visits["blue_dots"] + visits["yellow_dots"]]
    assert left in named
    assert (check(answers), measured(form_set, answers)) == ([], 12)


def test_nobody_leaves_twice(visits: dict[str, Any], answers: Answers, check: Check) -> None:
    first = visits["departures"][0]
    visits["departures"].append({**first, "name": first["name"].upper()})
    assert places(check(answers)) == ["/visits/departures"]


def test_a_blue_dot_is_no_yellow_dot(
    visits: dict[str, Any], answers: Answers, check: Check
) -> None:
    visits["yellow_dots"][0]["name"] = "tom adeyemi"
    (problem,) = check(answers)
    assert problem.message.startswith("One of these is a blue dot already.")


def test_twelve_names_make_twelve_peers(form_set: FormSet, answers: Answers) -> None:
    assert measured(form_set, answers) == 12
    (requirement,) = form_set.requirements
    assert (requirement.target, requirement.unit) == (12, "peers")


def test_a_visit_that_is_planned_does_not_count_yet(
    form_set: FormSet, visits: dict[str, Any], answers: Answers
) -> None:
    del visits["yellow_dots"][7]["visited_on"]
    assert measured(form_set, answers) == 11


def test_the_bar_counts_before_there_is_a_yellow_dot(form_set: FormSet, answers: Answers) -> None:
    assert measured(form_set, {"visits": {"blue_dots": answers["visits"]["blue_dots"][:3]}}) == 3
    assert measured(form_set, {"visits": {}}) == 0


def test_a_person_twice_is_one_peer_on_the_bar(
    form_set: FormSet, visits: dict[str, Any], answers: Answers
) -> None:
    visits["yellow_dots"][0]["name"] = "tom adeyemi"
    assert measured(form_set, answers) == 11


@pytest.mark.parametrize("missing", ["left_on", "reason"])
def test_a_departure_has_a_date_and_a_reason(
    visits: dict[str, Any], answers: Answers, check: Check, missing: str
) -> None:
    del visits["departures"][0][missing]
    assert places(check(answers)) == [f"/visits/departures/0/{missing}"]


def test_who_left_was_in_the_group(visits: dict[str, Any], answers: Answers, check: Check) -> None:
    visits["departures"][0]["name"] = "Ida Holm"
    assert places(check(answers)) == ["/visits/departures"]


def test_nobody_has_to_have_left(visits: dict[str, Any], answers: Answers, check: Check) -> None:
    del visits["departures"]
    assert check(answers) == []


def test_everybody_works_at_one_school(
    visits: dict[str, Any], answers: Answers, check: Check
) -> None:
    del visits["school"]
    assert places(check(answers)) == ["/visits/school"]


def test_it_stands_in_its_stack_as_published(library: Library) -> None:
    said = library.credentials()[CREDENTIAL].data
    assert said["title"] == "Building Will"
    assert said["stack"] == {
        "title": "Scaling Powerful Student Learning in My School",
        "tier": "Building Skills",
        "place": 1,
    }


def test_a_look_for_asks_for_each_piece_of_evidence(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("blue-dots", False),
        ("yellow-dots", False),
    ]


def test_each_piece_of_evidence_is_worded_as_published(edition: Edition) -> None:
    instructions = worded(edition.credential.instructions)
    assert [one for one in EVIDENCE if one not in instructions] == []
