"""Measuring Impact on Student Learning: two sheets for each of four peers, who gave permission."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.prefilling import prefilled
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "measuring-impact-on-student-learning"
pytestmark = pytest.mark.row("C12")

EVIDENCE = (
    "- With permission from peers (blue dots), collect a minimum of two cycles of SLRC "
    "that demonstrate increased student learning.",
    "- Submit eight SLRC reflection sheets with Student Learning Question and student "
    "learning data included (two cycles x four peers).",
)


PEERS = ("first_peer", "second_peer", "third_peer", "fourth_peer")


@pytest.fixture
def peers(answers: Answers) -> list[dict[str, Any]]:
    """The example's four peers, which the test may spoil."""
    return [answers["sheets"][peer] for peer in PEERS]


def measured(form_set: FormSet, answers: Answers) -> list[float]:
    """Sheets, and peers with a permission."""
    return [one.value(answers) for one in form_set.requirements]


def test_the_example_has_eight_sheets(
    form_set: FormSet, answers: Answers, check: Check, peers: list[dict[str, Any]]
) -> None:
    assert [len(peer["sheets"]) for peer in peers] == [2, 2, 2, 2]
    assert measured(form_set, answers) == [8, 4]
    assert [one.target for one in form_set.requirements] == [8, 4]
    assert check(answers) == []


def test_three_peers_are_too_few(answers: Answers, check: Check) -> None:
    del answers["sheets"]["fourth_peer"]
    problems = places(check(answers))
    assert "/sheets/fourth_peer/name" in problems
    assert all(one.startswith("/sheets/fourth_peer") for one in problems)


def test_eight_sheets_of_three_peers_are_not_enough(
    form_set: FormSet, peers: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    later = {"question": "Who speaks?", "data": {"collected_on": "2026-03-03", "data": "9 of 20"}}
    for peer in peers[:2]:
        peer["sheets"].append(dict(later))
    peers[3]["sheets"] = []
    assert measured(form_set, answers)[0] == 8
    assert places(check(answers)) == ["/sheets/fourth_peer/sheets"]


@pytest.mark.parametrize("number", range(4))
def test_one_sheet_of_a_peer_is_too_few(
    peers: list[dict[str, Any]], answers: Answers, check: Check, number: int
) -> None:
    del peers[number]["sheets"][1]
    (problem,) = check(answers)
    assert problem.pointer == f"/sheets/{PEERS[number]}/sheets"
    assert problem.message == (
        "Two cycles are needed for each peer. Please add another reflection sheet."
    )


def test_a_third_cycle_is_welcome(
    peers: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    later = {"question": "Who speaks?", "data": {"collected_on": "2026-03-03", "data": "9 of 20"}}
    peers[0]["sheets"].append(later)
    assert check(answers) == []


@pytest.mark.parametrize("missing", ["question", "data"])
def test_each_sheet_has_a_question_and_data(
    peers: list[dict[str, Any]], answers: Answers, check: Check, missing: str
) -> None:
    del peers[2]["sheets"][1][missing]
    problems = places(check(answers))
    assert len(problems) >= 1
    assert all(one.startswith(f"/sheets/third_peer/sheets/1/{missing}") for one in problems)


def test_the_data_is_typed_or_attached(
    peers: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    del peers[0]["sheets"][0]["data"]["data"]
    assert places(check(answers)) == ["/sheets/first_peer/sheets/0/data/data"]
    peers[0]["sheets"][0]["data"]["files"] = ["sheet.pdf"]
    assert check(answers) == []


@pytest.mark.parametrize("number", range(4))
def test_nothing_is_submitted_without_every_peers_permission(
    peers: list[dict[str, Any]], answers: Answers, check: Check, number: int
) -> None:
    del peers[number]["permission"]
    assert places(check(answers)) == [f"/sheets/{PEERS[number]}/permission/how"]


def test_a_signed_permission_is_attached(
    peers: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    del peers[0]["permission"]["files"]
    assert places(check(answers)) == ["/sheets/first_peer/permission/files"]


def test_each_of_the_four_peers_is_asked_for_their_own_consent(edition: Edition) -> None:
    sheets = edition.credential.consents["sheets"]
    assert (sheets.purpose, sheets.needed) == ("student-work", "true")
    assert [one.at for one in sheets.people] == [f"/sheets/{peer}" for peer in PEERS]


@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        ("2025-10-13", ["/sheets/first_peer/sheets/1/data/collected_on"]),
        ("2025-10-14", ["/sheets/first_peer/sheets/1/data/collected_on"]),
        ("2025-10-15", []),
    ],
)
def test_a_peers_cycles_are_in_their_order(
    peers: list[dict[str, Any]], answers: Answers, check: Check, second: str, wrong: list[str]
) -> None:
    assert peers[0]["sheets"][0]["data"]["collected_on"] == "2025-10-14"
    peers[0]["sheets"][1]["data"]["collected_on"] = second
    assert places(check(answers)) == wrong


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_same_peer_twice_is_one(
    peers: list[dict[str, Any]], answers: Answers, check: Check, number: int
) -> None:
    peers[number]["name"] = "maya  ferreira"
    assert places(check(answers)) == [f"/sheets/{PEERS[number]}/name"]


def test_what_increased_is_said_for_each_peer(
    peers: list[dict[str, Any]], answers: Answers, check: Check
) -> None:
    peers[1]["increase"] = ""
    assert places(check(answers)) == ["/sheets/second_peer/increase"]


def test_the_checklist_about_students_is_ticked_through(answers: Answers, check: Check) -> None:
    answers["sheets"]["names_and_faces"].remove("names")
    assert places(check(answers)) == ["/sheets/names_and_faces"]


def test_bars_count_sheets_and_permissions_as_they_come(
    form_set: FormSet, peers: list[dict[str, Any]], answers: Answers
) -> None:
    del peers[0]["sheets"], peers[1]["permission"], peers[2]["sheets"][1]["data"]["collected_on"]
    assert measured(form_set, answers) == [5, 3]


def test_blue_dots_of_building_will_are_the_peers(library: Library, form_set: FormSet) -> None:
    handed_in = library.edition("building-will").examples
    answers = prefilled(form_set, None, {"building-will": handed_in}.get)
    assert answers.draft.answers["sheets"] == {
        "first_peer": {"name": "Maya Ferreira"},
        "second_peer": {"name": "Henry Vo"},
        "third_peer": {"name": "Lucia Brandt"},
        "fourth_peer": {"name": "Tom Adeyemi"},
    }


def test_it_stands_in_its_stack_as_published(library: Library) -> None:
    said = library.credentials()[CREDENTIAL].data
    assert said["title"] == "Measuring Impact on Student Learning"
    assert said["stack"] == {
        "title": "Scaling Powerful Student Learning in My School",
        "tier": "Demonstrating Impact",
        "place": 2,
    }


def test_a_look_for_asks_for_each_piece_of_evidence(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("increased-learning", False),
        ("eight-sheets", False),
    ]
    assert guide.look_fors[0].text.startswith("Basic: ")


def test_each_piece_of_evidence_is_worded_as_published(edition: Edition) -> None:
    instructions = worded(edition.credential.instructions)
    assert [one for one in EVIDENCE if one not in instructions] == []
