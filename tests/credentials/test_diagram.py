"""A workflow's picture says what its words say, and the candidate's tells nothing too early."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from engine.credentials import diagram
from engine.credentials.library import Library
from engine.credentials.workflow import Workflow, workflow_from
from engine.languages import speaking

SECRET = {
    "workflow": "secret",
    "version": 1,
    "title": "Decided now, told later",
    "roles": {"teacher": {"kind": "owner"}, "judge": {"kind": "reviewer", "label": "Judge"}},
    "initial": "draft",
    "states": {
        "draft": {"kind": "open"},
        "judging": {"kind": "decide", "public_label": "With us"},
        "passed": {"kind": "decide", "announced": False, "public_label": "With us"},
        "failed": {"kind": "decide", "announced": False, "public_label": "With us", "tone": "bad"},
        "told_yes": {"kind": "outcome", "label": "Yes", "tone": "good"},
        "told_no": {"kind": "outcome", "label": "No"},
    },
    "transitions": {
        "submit": {"from": "draft", "to": "judging", "by": "teacher", "label": "Hand <it> in"},
        "pass": {"from": "judging", "to": "passed", "by": "judge"},
        "fail": {"from": "judging", "to": "failed", "by": "judge"},
        "tell_yes": {"from": "passed", "to": "told_yes", "after": "P14D"},
        "tell_no": {
            "from": "failed",
            "auto": "submission.days_here > 3",
            "choose": [{"when": "scores.all_yes", "to": "told_yes"}, {"to": "told_no"}],
        },
    },
}


@pytest.fixture
def secret() -> Workflow:
    return workflow_from(SECRET)


@pytest.fixture
def coach_review(shipped: Library) -> Workflow:
    return workflow_from(shipped.workflow("coach-review").data)


def test_every_state_is_a_step_in_the_documents_order(secret: Workflow) -> None:
    steps = diagram.steps_of(secret, "passed", ["draft", "judging"])

    assert [one.label for one in steps] == ["Draft", "Judging", "Passed", "Failed", "Yes", "No"]
    assert [one.current for one in steps] == [False, False, True, False, False, False]
    assert [one.visited for one in steps] == [True, True, False, False, False, False]


def test_a_way_says_where_it_leads_and_how_it_comes_about(secret: Workflow) -> None:
    steps = diagram.steps_of(secret)
    ways = {(steps[way.target].label, way.label, way.how) for one in steps[1:] for way in one.ways}

    assert ways == {
        ("Passed", "Pass", "Judge"),
        ("Failed", "Fail", "Judge"),
        ("Yes", "Tell yes", "by itself after 14 days"),
        ("Yes", "Tell no", "by itself"),
        ("No", "Tell no", "by itself"),
    }


def test_the_candidate_can_not_tell_what_is_decided_and_not_announced(secret: Workflow) -> None:
    seen = [
        diagram.steps_of(secret, state, ["draft", "judging", state], public=True)
        for state in ("judging", "passed", "failed")
    ]

    assert seen[0] == seen[1] == seen[2]
    assert [one.label for one in seen[0]] == ["Draft", "With us", "Yes", "No"]
    assert seen[0][1].current
    pictures = {diagram.svg(one, "Yours") for one in seen}
    assert len(pictures) == 1


def test_the_candidate_reads_the_names_of_their_own_ways_only(secret: Workflow) -> None:
    steps = diagram.steps_of(secret, public=True)

    assert [way.label for one in steps for way in one.ways if way.label] == ["Hand <it> in"]
    assert all(way.how == "" for one in steps for way in one.ways)


def test_the_picture_is_one_image_with_a_title_and_a_description(secret: Workflow) -> None:
    drawn = ElementTree.fromstring(diagram.svg(diagram.steps_of(secret, "judging"), "A & B"))
    space = "{http://www.w3.org/2000/svg}"
    title, desc = drawn.find(f"{space}title"), drawn.find(f"{space}desc")

    assert drawn.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert drawn.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert (title.text, desc.text) == ("A & B", "6 states. Now: Judging.")
    words = "".join(drawn.itertext())
    assert "Hand <it> in" in words
    assert "Here now" in words


def test_every_state_and_every_way_is_drawn(coach_review: Workflow) -> None:
    steps = diagram.steps_of(coach_review, "in_review")
    drawn = diagram.svg(steps, "Coach review")

    assert drawn.count("<rect ") == len(coach_review.states)
    assert drawn.count('class="diagram__way"') == sum(len(one.ways) for one in steps)
    assert drawn.count("diagram__state--now") == 1


def test_no_two_states_lie_on_each_other(coach_review: Workflow) -> None:
    drawn = ElementTree.fromstring(diagram.svg(diagram.steps_of(coach_review), "Coach review"))
    boxes = [
        tuple(float(one.get(name, "0")) for name in ("x", "y", "width", "height"))
        for one in drawn.iter("{http://www.w3.org/2000/svg}rect")
    ]
    width, height = float(drawn.get("width", "0")), float(drawn.get("height", "0"))

    for number, (x, y, wide, high) in enumerate(boxes):
        assert x >= 0
        assert y >= 0
        assert x + wide <= width
        assert y + high <= height
        for left, top, across, down in boxes[number + 1 :]:
            assert x + wide <= left or left + across <= x or y + high <= top or top + down <= y


def test_a_page_gets_no_style_of_its_own_and_a_file_does(secret: Workflow) -> None:
    steps = diagram.steps_of(secret)

    assert "style" not in diagram.svg(steps, "Yours")
    assert "<style>" in diagram.svg(steps, "Yours", alone=True)
    assert "prefers-color-scheme:dark" in diagram.svg(steps, "Yours", alone=True)


def test_mermaid_text_names_every_state_and_way(secret: Workflow) -> None:
    assert diagram.mermaid(secret) == (
        "stateDiagram-v2\n"
        '    state "Draft" as draft\n'
        '    state "Judging" as judging\n'
        '    state "Passed" as passed\n'
        '    state "Failed" as failed\n'
        '    state "Yes" as told_yes\n'
        '    state "No" as told_no\n'
        "    [*] --> draft\n"
        "    draft --> judging: Hand <it> in\n"
        "    judging --> passed: Pass\n"
        "    judging --> failed: Fail\n"
        "    passed --> told_yes: Tell yes\n"
        "    failed --> told_yes: Tell no\n"
        "    failed --> told_no: Tell no\n"
        "    told_yes --> [*]\n"
        "    told_no --> [*]\n"
    )


def test_names_and_labels_that_mermaid_takes_for_its_own_are_written_otherwise() -> None:
    data = {**SECRET, "states": {"end": {"kind": "outcome", "label": 'A "b": c; #d'}}}
    text = diagram.mermaid(workflow_from({**data, "initial": "end", "transitions": {}}))

    assert 'state "A #quot;b#quot;#58; c#59; #35;d" as end_' in text


def test_the_words_are_in_the_language_of_the_moment(secret: Workflow) -> None:
    with speaking("es"):
        steps = diagram.steps_of(secret)

    assert "14 días" in steps[2].ways[0].how
