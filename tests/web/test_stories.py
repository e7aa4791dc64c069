"""The trail in words: every kind has some, and nobody reads what is not for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.languages import speaking
from engine.people import ENGINE
from engine.records.tables import Event
from engine.web import deeds, staff_story, stories
from tests.kinds import recorded

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
SUBJECTS = sorted({subject for subject, _, _ in (one.partition(" ") for one in deeds.DEEDS)})


def event(kind: str, chain: str = "submission:1", actor: str = "sam", **facts: Any) -> Event:
    return Event(
        chain=chain,
        sequence=1,
        at=NOON,
        actor_id=actor,
        actor_name="Sam Hale",
        kind=kind,
        facts=facts,
        source="web 192.0.2.0/24",
    )


def test_every_kind_in_the_source_can_be_read_from_it() -> None:
    found = recorded()
    assert found.unreadable == frozenset()
    assert {"advanced", "assigned", "overdue", "note-resolved", "job-run-now", "roles"} <= {
        kind for _, kind in found.kinds
    }


def test_every_kind_that_is_recorded_has_words_for_staff() -> None:
    missing = [
        (module, kind)
        for module, kind in sorted(recorded().kinds)
        if not any(deeds.known(subject, kind) for subject in SUBJECTS)
    ]
    assert missing == []


def test_the_words_name_no_kind_that_is_never_recorded() -> None:
    kinds = {kind for _, kind in recorded().kinds}
    named = {one.partition(" ")[2] for one in deeds.DEEDS} | set(deeds.TO_SOMEBODY)
    assert named - kinds == set()


def test_of_every_kind_about_a_submission_it_is_said_whether_its_candidate_may_know() -> None:
    about = {
        kind
        for subject, _, kind in (one.partition(" ") for one in deeds.DEEDS)
        if subject == "submission"
    } | set(deeds.TO_SOMEBODY)
    assert about == stories.TOLD | stories.KEPT
    assert set() == stories.TOLD & stories.KEPT


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_kind_is_told_in_words_in_every_language(language: str) -> None:
    with speaking(language):
        for one in deeds.DEEDS:
            subject, _, kind = one.partition(" ")
            (telling,) = staff_story.told([event(kind, f"{subject}:1")])
            assert telling.did
            assert "%(" not in telling.did
        for kind in deeds.TO_SOMEBODY:
            for how in ("", *deeds.HOW):
                (telling,) = staff_story.told([event(kind, name="Rosa Lind", how=how)])
                assert "%(" not in telling.did


def test_staff_read_where_it_came_from_and_what_it_was_before() -> None:
    (telling,) = staff_story.told(
        [event("roles", "account:1", **{"from": ["candidate"], "to": ["candidate", "reviewer"]})]
    )
    assert telling.source == "on the web, from 192.0.2.0/24"
    assert telling.changes == (staff_story.Change("Roles", "candidate", "candidate, reviewer"),)


@pytest.mark.parametrize(
    ("kind", "facts", "changes"),
    [
        (
            "note-changed",
            {"before": "Which plot?", "body": "Which of the two plots?"},
            [("Note", "Which plot?", "Which of the two plots?")],
        ),
        (
            "review-finished",
            {"scores": {"ground/alive": {"is": "Y", "was": "N"}, "ground/wide": {"is": 3.0}}},
            [("ground/alive", "N", "Y"), ("ground/wide", None, "3.0")],
        ),
    ],
)
def test_before_and_after_of_a_submissions_events(
    kind: str, facts: dict[str, Any], changes: list[tuple[str, str | None, str]]
) -> None:
    (telling,) = staff_story.told([event(kind, **facts)])
    assert [tuple(one) for one in telling.changes] == changes


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("command line", "on the command line"),
        ("worker", "in the background, by a worker"),
        ("web", "on the web"),
        (None, ""),
    ],
)
def test_where_something_came_from_in_words(source: str | None, words: str) -> None:
    assert staff_story.source_words(source) == words


def test_what_happens_by_itself_says_so() -> None:
    (telling,) = staff_story.told([event("reminded", actor=ENGINE.id, name="Rosa Lind")])
    assert telling.did == "reminded Rosa Lind"
