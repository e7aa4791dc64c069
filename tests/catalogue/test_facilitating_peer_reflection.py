"""Facilitating Peer Reflection: two films in their order, with permission, and three answers."""

from __future__ import annotations

import pytest

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.attachments import Video
from engine.forms.schema import FormSet
from tests.catalogue.conftest import Answers, Check, places, worded

CREDENTIAL = "facilitating-peer-reflection"
pytestmark = pytest.mark.row("C9")

EVIDENCE = (
    "- One video demonstration as the visiting teacher facilitating the Student Learning "
    "Reflection protocol.",
    "- A second video demonstration as the visiting teacher facilitating the Student "
    "Learning Reflection protocol after more practice.",
    "- A short reflection piece answering the following questions:",
)


def test_the_example_is_complete_and_valid(answers: Answers, check: Check) -> None:
    assert check(answers) == []


@pytest.mark.parametrize("which", ["first_video", "second_video"])
def test_both_videos_are_needed(answers: Answers, check: Check, which: str) -> None:
    del answers["videos"][which]["video"]
    assert places(check(answers)) == [f"/videos/{which}/video"]


@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        ("2025-10-13", ["/videos/second_video/recorded_on"]),
        ("2025-10-14", ["/videos/second_video/recorded_on"]),
        ("2025-10-15", []),
    ],
)
def test_the_second_video_is_recorded_after_the_first(
    answers: Answers, check: Check, second: str, wrong: list[str]
) -> None:
    assert answers["videos"]["first_video"]["recorded_on"] == "2025-10-14"
    answers["videos"]["second_video"]["recorded_on"] = second
    assert places(check(answers)) == wrong


@pytest.mark.parametrize("which", ["first_video", "second_video"])
def test_each_video_has_its_day_its_host_and_their_permission(
    answers: Answers, check: Check, which: str
) -> None:
    answers["videos"][which] = {"video": "conversation.mp4"}
    assert sorted(places(check(answers))) == [
        f"/videos/{which}/host",
        f"/videos/{which}/permission/how",
        f"/videos/{which}/recorded_on",
    ]


def test_a_reviewer_can_play_what_is_added(form_set: FormSet) -> None:
    for which in ("first_video", "second_video"):
        assert isinstance(form_set.node(f"/videos/{which}/video"), Video)


@pytest.mark.parametrize("which", ["first_video", "second_video"])
def test_a_host_teacher_who_gave_no_permission_keeps_it_back(
    answers: Answers, check: Check, which: str
) -> None:
    del answers["videos"][which]["permission"]
    assert places(check(answers)) == [f"/videos/{which}/permission/how"]


@pytest.mark.parametrize("which", ["first_video", "second_video"])
@pytest.mark.parametrize("missing", ["given_on", "how", "files"])
def test_a_permission_on_paper_says_when_and_how_it_was_given_and_is_attached(
    answers: Answers, check: Check, which: str, missing: str
) -> None:
    del answers["videos"][which]["permission"][missing]
    assert places(check(answers)) == [f"/videos/{which}/permission/{missing}"]


def test_everybody_else_who_was_filmed_gave_permission_too(answers: Answers, check: Check) -> None:
    assert answers["videos"]["people_filmed"][0]["consent"] == {"how": "link"}
    del answers["videos"]["people_filmed"][0]["consent"]["how"]
    assert places(check(answers)) == ["/videos/people_filmed/0/consent/how"]


def test_everybody_who_is_filmed_is_asked_for_their_own_consent(edition: Edition) -> None:
    filmed = edition.credential.consents["filmed"]
    assert (filmed.purpose, filmed.needed) == ("filmed", "true")
    assert [(one.at, one.name) for one in filmed.people] == [
        ("/videos/first_video", "host"),
        ("/videos/second_video", "host"),
        ("/videos/people_filmed", "name"),
    ]


def test_where_nobody_else_was_filmed_nobody_else_is_named(answers: Answers, check: Check) -> None:
    answers["videos"]["people_filmed"] = []
    assert check(answers) == []
    del answers["videos"]["people_filmed"]
    assert check(answers) == []


def test_the_checklist_about_students_is_ticked_through(answers: Answers, check: Check) -> None:
    answers["videos"]["names_and_faces"].remove("faces")
    assert places(check(answers)) == ["/videos/names_and_faces"]


def test_the_reflection_asks_the_published_questions(edition: Edition) -> None:
    asked = edition.credential.forms["reflection"]["properties"]
    assert [one["title"] for one in asked.values()] == [
        "What parts of facilitating the protocol were difficult originally but have gotten easier "
        "over time?",
        "What parts still remain tricky?",
        "As you review the videos, what strikes you about this process? About your role as "
        "facilitator?",
    ]


@pytest.mark.parametrize("question", ["easier", "tricky", "strikes_you"])
def test_all_three_questions_need_an_answer(answers: Answers, check: Check, question: str) -> None:
    answers["reflection"][question] = ""
    assert places(check(answers)) == [f"/reflection/{question}"]


def test_it_stands_in_its_stack_as_published(library: Library) -> None:
    said = library.credentials()[CREDENTIAL].data
    assert said["title"] == "Facilitating Peer Reflection"
    assert said["stack"] == {
        "title": "Advancing Powerful Student Learning in Peers' Classrooms",
        "tier": "Building Skills",
        "place": 3,
    }


def test_a_look_for_asks_for_each_piece_of_evidence(edition: Edition) -> None:
    (guide,) = edition.credential.scoring_guides.values()
    assert [(one.id, one.precheck) for one in guide.look_fors] == [
        ("complete", True),
        ("first-video", False),
        ("second-video", False),
        ("reflection", False),
    ]
    assert guide.look_fors[0].text.startswith("Basic: ")


def test_each_piece_of_evidence_is_worded_as_published(edition: Edition) -> None:
    instructions = worded(edition.credential.instructions)
    assert [one for one in EVIDENCE if one not in instructions] == []
