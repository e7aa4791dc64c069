"""What only an installation can tell of a workflow: its people, its letters, what is published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.credentials import outside_faults
from engine.credentials.documents import Document

WORKFLOW: dict[str, Any] = {
    "workflow": "w",
    "roles": {"teacher": {"kind": "owner"}, "coach": {"kind": "reviewer"}},
    "initial": "draft",
    "states": {
        "draft": {"kind": "open", "due": "P7D", "remind": {"letter": "hurry", "after": "P1D"}},
        "reading": {"kind": "decide", "review": {"by": "coach", "guides": "all", "count": 3}},
        "done": {"kind": "outcome"},
    },
    "transitions": {
        "submit": {"from": "draft", "to": "reading", "by": "teacher"},
        "award": {
            "from": "reading",
            "to": "done",
            "by": "coach",
            "do": [{"notify": {"to": "teacher", "letter": "awarded"}}],
        },
    },
}


def document(**changes: Any) -> Document:
    return Document(Path("w.yaml"), {**WORKFLOW, **changes}, {})


@pytest.mark.parametrize(("people", "found"), [(2, ["pool-too-small"]), (3, [])])
def test_more_reviewers_than_people_is_a_warning(people: int, found: list[str]) -> None:
    findings = list(outside_faults.pool_faults(document(), {"coach": people}))

    assert [one.code for one in findings] == found
    assert all(one.severity == "warning" for one in findings)


def test_who_decided_before_is_one_more_that_is_needed() -> None:
    review = {"by": "coach", "guides": "all", "exclude": ["earlier_decider"]}
    states = {**WORKFLOW["states"], "reading": {"kind": "decide", "review": review}}

    findings = list(outside_faults.pool_faults(document(states=states), {"coach": 1}))

    assert [one.code for one in findings] == ["pool-too-small"]
    assert list(outside_faults.pool_faults(document(states=states), {"coach": 2})) == []


def test_a_letter_that_nobody_wrote_is_a_warning() -> None:
    findings = list(outside_faults.letter_faults(document(), {"award", "awarded"}))

    assert [(one.code, one.message) for one in findings] == [
        ("unknown-letter", "There is no letter 'hurry' in templates/mail.")
    ]


def test_a_state_that_is_gone_needs_a_place_for_the_work_in_it() -> None:
    before = {"states": {"draft": {"kind": "open"}, "waiting": {"kind": "review"}}}

    findings = list(outside_faults.dropped_states(document(), before))

    assert [(one.code, one.severity) for one in findings] == [("dropped-state", "error")]
    assert "'waiting'" in findings[0].message
    mapped = document(migrate={"states": {"waiting": "reading"}})
    assert list(outside_faults.dropped_states(mapped, before)) == []


def test_an_end_that_is_gone_needs_none() -> None:
    before = {"states": {"lapsed": {"kind": "closed"}, "given": {"kind": "outcome"}}}

    assert list(outside_faults.dropped_states(document(), before)) == []
