"""The trail in words: every kind has some, and nobody reads what is not for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from engine.credentials.credential import Edition
from engine.languages import speaking
from engine.people import ENGINE, SYSTEM, Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue
from engine.records.database import Database
from engine.records.tables import Event, Submission
from engine.submissions.blinding import Eyes
from engine.web import deeds, staff_story, stories
from tests.kinds import recorded
from tests.submissions.spiral import LIBRARY

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
SUBJECTS = sorted({subject for subject, _, _ in (one.partition(" ") for one in deeds.DEEDS)})


def event(
    kind: str,
    chain: str = "submission:1",
    actor: str = "sam",
    facts: Mapping[str, Any] = MappingProxyType({}),
    **more: Any,
) -> Event:
    return Event(
        chain=chain,
        sequence=1,
        at=NOON,
        actor_id=actor,
        actor_name="Sam Hale",
        kind=kind,
        facts={**facts, **more},
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
        [event("roles", "account:1", facts={"from": ["staff"], "to": ["staff", "reviewer"]})]
    )
    assert telling.source == "on the web, from 192.0.2.0/24"
    assert telling.changes == (staff_story.Change("Roles", "staff", "staff, reviewer"),)


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


# What candidates read.

ANA = Actor("ana", "Ana Ruiz", "ana@example.org", frozenset({"candidate"}))
ROSA = Actor("rosa", "Rosa Lind", "rosa@example.org", frozenset({"reviewer"}))


@pytest.fixture
def edition(database: Database) -> Edition:
    """A credential with a decision that is announced later."""
    with database.transaction() as session:
        row = catalogue.publish(session, LIBRARY, "herb-spiral", SYSTEM, NOON)
        return catalogue.edition(session, row.digest)


def read(edition: Edition, state: str, *events: Event, reader: Actor = ANA) -> list[str]:
    """The story as it is read, the oldest first: what happened, and by whom."""
    submission = Submission(id="1", candidate_id=ANA.id, state=state)
    subject = SubmissionSubject(submission, edition)
    seen = Eyes(reader.id, ANA.id, hides_reviewers=True, numbers={ROSA.id: 1})
    found = stories.of_submission(subject, events, reader, seen)
    return [f"{one.what}, {one.who}".rstrip(", ") for one in reversed(found)]


def begun() -> Event:
    return event("opened", actor=ANA.id, state="planning")


def advanced(source: str, target: str, actor: str = ROSA.id) -> Event:
    return event("advanced", actor=actor, facts={"from": source, "to": target})


def back(source: str, target: str) -> Event:
    return event("taken-back", actor=ROSA.id, facts={"from": source, "to": target})


def test_candidate_reads_who_did_what_as_far_as_names_may_be_known(edition: Edition) -> None:
    told = read(
        edition,
        "returned",
        begun(),
        advanced("planning", "handed_in", ANA.id),
        event("assigned", actor=ROSA.id, name="Rosa Lind"),
        event("noted", actor=ROSA.id, body="Which herb?"),
        advanced("judging", "returned"),
    )
    assert told == ["Begun, you", "With the judges, you", "Sent back, Reviewer 1"]


def test_candidate_reads_what_happened_by_itself_and_what_was_taken_back(edition: Edition) -> None:
    told = read(
        edition,
        "lapsed",
        begun(),
        advanced("judging", "denied"),
        back("denied", "judging"),
        advanced("judging", "returned"),
        event("reminded", actor=ENGINE.id, to="candidate"),
        event("reminded", actor=ENGINE.id, to="reviewers", name="Rosa Lind"),
        advanced("returned", "lapsed", ENGINE.id),
    )
    assert told == [
        "Begun, you",
        "Not awarded, Reviewer 1",
        "Taken back: With the judges, Reviewer 1",
        "Sent back, Reviewer 1",
        "Reminded",
        "Lapsed",
    ]


def test_candidate_reads_nothing_of_a_decision_that_is_not_announced(edition: Edition) -> None:
    handed_in = advanced("planning", "handed_in", ANA.id)
    events = begun(), handed_in, advanced("judging", "failed_quietly")
    assert read(edition, "failed_quietly", *events) == ["Begun, you", "With the judges, you"]
    assert len(read(edition, "failed_quietly", *events, reader=ROSA)) == 3


def test_candidate_never_reads_of_a_secret_decision_that_was_taken_back(edition: Edition) -> None:
    events = (
        begun(),
        advanced("planning", "handed_in", ANA.id),
        advanced("judging", "passed_quietly"),
        back("passed_quietly", "judging"),
    )
    assert read(edition, "judging", *events) == ["Begun, you", "With the judges, you"]
