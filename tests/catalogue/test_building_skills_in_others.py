"""Building Skills in Others: agendas of two groups, and a survey when the school year ends."""

from __future__ import annotations

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.prefilling import prefilled
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "building-skills-in-others"
pytestmark = pytest.mark.row("C14")

EVIDENCE = (
    "- Agendas of meetings of group of five (blue dots) and group of 13 (blue dots and "
    "yellow dots).",
    "- At the end of the school year, administer a survey to the entire group measuring "
    "confidence in the skills of observing student learning and facilitating peer "
    "reflection.",
)


WINDOW = {"opens_on": "2026-05-18", "closes_on": "2026-06-12"}


def elsewhere(answers: Answers, opened: str = "2026-05-18", closed: str = "2026-06-20") -> None:
    """Makes the survey one that was run with another tool, in the window above."""
    answers["survey"]["results"] |= {
        "source": "elsewhere",
        "name": "Google Forms",
        "files": ["export.pdf"],
        "opened_on": opened,
        "closed_on": closed,
    }
    answers["survey"]["window"] = dict(WINDOW)


def test_the_example_is_complete_and_valid(answers: Answers, check: Check) -> None:
    assert check(answers) == []


# Agendas


@pytest.mark.parametrize("group", ["group_of_five", "group_of_13"])
def test_no_agenda_of_a_group_is_too_few(answers: Answers, check: Check, group: str) -> None:
    answers["agendas"][group] = []
    (problem,) = check(answers)
    assert problem.pointer == f"/agendas/{group}"
    assert problem.message.startswith("Add at least one agenda of your group of ")


@pytest.mark.parametrize("group", ["group_of_five", "group_of_13"])
def test_one_agenda_of_each_group_is_enough(answers: Answers, check: Check, group: str) -> None:
    del answers["agendas"][group][1:]
    assert check(answers) == []


def test_an_agenda_is_typed_or_attached(answers: Answers, check: Check) -> None:
    answers["agendas"]["group_of_13"] = [{"met_on": "2026-03-25"}]
    assert places(check(answers)) == ["/agendas/group_of_13/0/agenda"]
    answers["agendas"]["group_of_13"][0]["files"] = ["agenda.pdf"]
    assert check(answers) == []


def test_each_meeting_has_its_date(answers: Answers, check: Check) -> None:
    del answers["agendas"]["group_of_five"][0]["met_on"]
    assert places(check(answers)) == ["/agendas/group_of_five/0/met_on"]


# The two groups


@pytest.mark.parametrize(("group", "enough"), [("blue_dots", 4), ("yellow_dots", 8)])
def test_the_groups_are_four_blue_and_eight_yellow_dots(
    answers: Answers, check: Check, group: str, enough: int
) -> None:
    assert len(answers["group"][group]) == enough
    del answers["group"][group][0]
    assert f"/group/{group}" in places(check(answers))


def test_with_the_candidate_they_are_thirteen(
    form_set: FormSet, answers: Answers, check: Check
) -> None:
    (requirement,) = form_set.requirements
    assert (requirement.value(answers), requirement.target) == (13, 13)
    answers["group"]["yellow_dots"][7]["name"] = "Maya Ferreira "
    assert requirement.value(answers) == 12
    assert places(check(answers)) == ["/group/yellow_dots"]


def test_blue_and_yellow_dots_of_building_will_are_the_groups(
    library: Library, form_set: FormSet
) -> None:
    handed_in = library.edition("building-will").examples
    made = prefilled(form_set, None, {"building-will": handed_in}.get).draft.answers["group"]
    assert [one["name"] for one in made["blue_dots"]] == [
        one["name"] for one in handed_in["visits"]["blue_dots"]
    ]
    assert len(made["yellow_dots"]) == 8
    assert made["departures"] == handed_in["visits"]["departures"]


def test_a_group_that_was_surveyed_before_comes_with_its_e_mail_addresses(
    library: Library, form_set: FormSet
) -> None:
    before = {
        id: library.edition(id).examples
        for id in ("building-will", "considering-impact-on-culture")
    }
    made = prefilled(form_set, None, before.get).draft.answers["group"]
    for group in ("blue_dots", "yellow_dots"):
        assert made[group] == before["considering-impact-on-culture"]["group"][group]
        assert all(one["email"] for one in made[group])


# The survey of everybody, at the end of the school year


@pytest.mark.parametrize(
    ("invited", "wrong"),
    [
        (10, ["/survey/results/invited"]),
        (11, []),
        (12, []),
        (13, ["/survey/results/invited"]),
    ],
)
def test_the_survey_goes_to_everybody_who_is_still_there(
    answers: Answers, check: Check, invited: int, wrong: list[str]
) -> None:
    assert len(answers["group"]["departures"]) == 1
    answers["survey"]["results"] |= {"invited": invited, "answered": 9}
    assert places(check(answers)) == wrong


@pytest.mark.parametrize(
    ("invited", "wrong"),
    [
        (11, ["/survey/results/invited"]),
        (12, []),
        (13, []),
        (14, ["/survey/results/invited"]),
    ],
)
def test_where_nobody_left_the_survey_goes_to_twelve_or_with_oneself_to_thirteen(
    answers: Answers, check: Check, invited: int, wrong: list[str]
) -> None:
    del answers["group"]["departures"]
    answers["survey"]["results"]["invited"] = invited
    assert places(check(answers)) == wrong


def test_a_survey_that_is_run_here_opens_only_at_the_end_of_the_school_year(
    edition: Edition,
) -> None:
    survey = edition.credential.surveys["confidence"]
    (wave,) = survey.waves
    assert wave.opens.within == "end_of_school_year"
    assert wave.results == "/survey/results"
    assert survey.people == ("/group/blue_dots", "/group/yellow_dots")


def test_it_measures_confidence_in_two_skills(edition: Edition) -> None:
    survey = edition.credential.surveys["confidence"]
    assert [(one.title, len(one.items)) for one in survey.constructs] == [
        ("Observing student learning", 4),
        ("Facilitating peer reflection", 4),
    ]


@pytest.mark.parametrize(
    ("opened", "wrong"),
    [
        ("2026-05-17", ["/survey/results/opened_on"]),
        ("2026-05-18", []),
        ("2026-06-12", []),
        ("2026-06-13", ["/survey/results/opened_on"]),
    ],
)
def test_a_survey_from_elsewhere_opens_inside_the_window(
    answers: Answers, check: Check, opened: str, wrong: list[str]
) -> None:
    elsewhere(answers, opened)
    assert places(check(answers)) == wrong


def test_a_survey_from_elsewhere_says_which_window_it_was(answers: Answers, check: Check) -> None:
    elsewhere(answers)
    del answers["survey"]["window"]
    assert sorted(places(check(answers))) == [
        "/survey/window/closes_on",
        "/survey/window/opens_on",
    ]


def test_a_window_does_not_close_before_it_opens(answers: Answers, check: Check) -> None:
    elsewhere(answers)
    answers["survey"]["window"]["closes_on"] = "2026-05-17"
    assert "/survey/window/closes_on" in places(check(answers))


def test_a_survey_from_elsewhere_asks_about_both_skills(answers: Answers, check: Check) -> None:
    elsewhere(answers)
    items = answers["survey"]["results"]["items"]
    del items[2:]
    assert check(answers) == []
    del items[1]
    assert places(check(answers)) == ["/survey/results/items"]


def test_results_are_needed(answers: Answers, check: Check) -> None:
    del answers["survey"]["results"]
    problems = places(check(answers))
    assert len(problems) >= 1
    assert all(one.startswith("/survey/results") for one in problems)


def test_what_the_results_tell_may_be_left_out(answers: Answers, check: Check) -> None:
    del answers["survey"]["confidence"]
    assert check(answers) == []


def test_it_stands_in_its_stack_as_published(library: Library) -> None:
    said = library.credentials()[CREDENTIAL].data
    assert said["title"] == "Building Skills in Others"
    assert said["stack"] == {
        "title": "Scaling Powerful Student Learning in My School",
        "tier": "Leading Learning",
        "place": 4,
    }


def test_a_look_for_asks_for_each_piece_of_evidence(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("agendas", False),
        ("survey", False),
    ]
    assert guide.look_fors[0].text.startswith("Basic: ")


def test_each_piece_of_evidence_is_worded_as_published(edition: Edition) -> None:
    instructions = worded(edition.credential.instructions)
    assert [one for one in EVIDENCE if one not in instructions] == []


def test_nobody_leaves_twice_and_is_counted_out_twice(answers: Answers, check: Check) -> None:
    (left,) = answers["group"]["departures"]
    answers["group"]["departures"].append({**left, "name": f" {left['name'].lower()}"})
    assert "/group/departures" in places(check(answers))
