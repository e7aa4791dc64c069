"""Work that is under way moves to another version on purpose, whole, or stays where it is."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition, credential_from, edition_from
from engine.errors import Conflict, NotFound, Refused
from engine.records import audit
from engine.records.tables import (
    AnswerText,
    Comment,
    DraftRow,
    Review,
    Snapshot,
    Submission,
    Timer,
)
from engine.submissions import drafting, migrating, reviewing, stored
from engine.submissions.mapped_answers import Routes
from tests import editions

from .conftest import BUNDLE, NOON, Garden

LATER = NOON + timedelta(days=1)


def second(session: Session, **changes: Any) -> Edition:
    """Version 2 of the credential: other names for a state, a form and a field."""
    bundle = deepcopy(BUNDLE)
    credential, workflow = bundle["credential"], bundle["workflow"]
    credential["version"] = 2
    plan = credential["forms"].pop("plan")
    plan["properties"]["aim"] = plan["properties"].pop("goal")
    plan["required"] = ["aim"]
    credential["forms"] = {"design": plan, **credential["forms"]}
    credential["scoring_guides"]["growth"]["reviews"] = ["design"]
    credential["migrate"] = {"forms": {"plan": "design"}, "fields": {"/plan/goal": "/design/aim"}}
    workflow["version"] = 2
    workflow["states"]["tasting"] = {
        **workflow["states"].pop("judging"),
        "due": "P10D",
    }
    for one in workflow["transitions"].values():
        one["from"] = "tasting" if one["from"] == "judging" else one["from"]
        one["to"] = "tasting" if one["to"] == "judging" else one["to"]
    workflow["states"]["replanting"]["edits"] = ["design"]
    workflow["migrate"] = {"states": {"judging": "tasting"}}
    for path, value in changes.items():
        *way, last = path.split("__")
        around = bundle
        for key in way:
            around = around[key]
        if value is None:
            del around[last]
        else:
            around[last] = value
    digest = editions.put(session, bundle, NOON)
    return edition_from(digest, bundle)


def apply(garden: Garden, session: Session, line: migrating.Line, to: Edition) -> None:
    migrating.apply(
        session, garden.settings, garden.office, line.submission_id, to, line.token, LATER
    )


def test_publishing_a_version_leaves_running_work_on_its_own(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    second(session)

    subject = garden.subject(session, submission)

    assert subject.edition.credential.version == 1
    assert subject.state.name == "judging"
    assert garden.advance(session, garden.judge, submission, "put_back").state == "on_show"


def test_the_plan_lists_each_running_submission_and_changes_nothing(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    to = second(session)

    (line,) = migrating.plan(session, to)

    assert (line.candidate, line.version) == ("Grower", 1)
    assert (line.state, line.to) == ("Judging", "Tasting")
    assert line.moved == (("/plan/goal", "/design/aim"), ("/plan", "/design"))
    assert line.left == ()
    assert line.problems == ()
    assert garden.subject(session, submission).edition.credential.version == 1


def test_a_moved_submission_stands_in_the_mapped_state_with_its_answers_in_their_places(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    to = second(session)
    (line,) = migrating.plan(session, to)

    apply(garden, session, line, to)

    subject = garden.subject(session, submission)
    assert subject.edition.digest == to.digest
    assert (subject.submission.state, subject.submission.state_kind) == ("tasting", "decide")
    assert stored.draft_of(session, submission.id).answers == {
        "design": {"aim": "Basil all year", "plants": 4}
    }
    shot = session.scalars(select(Snapshot)).one()
    assert shot.answers == {"design": {"aim": "Basil all year", "plants": 4}, "proof": {}}
    assert migrating.plan(session, to) == []


def test_the_review_goes_on_in_the_new_version(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    garden.score(session, submission, "N", "Needs water.")
    to = second(session)

    apply(garden, session, migrating.plan(session, to)[0], to)

    assert [(one.state, one.status) for one in session.scalars(select(Review))] == [
        ("tasting", "open")
    ]
    subject = garden.subject(session, submission)
    assert subject.submission.reviewer_id == "judge"
    review = reviewing.current_review(session, subject)
    assert review is not None
    garden.advance(session, garden.judge, subject.submission, "send_back")
    assert garden.subject(session, submission).submission.state == "replanting"


def test_due_times_and_timers_are_those_of_the_new_version(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    to = second(session, workflow__states__tasting__remind={"letter": "hurry", "before": "P1D"})

    apply(garden, session, migrating.plan(session, to)[0], to)

    due = garden.subject(session, submission).submission.due_at
    assert due == NOON + timedelta(days=10)
    assert [(one.what, one.at) for one in session.scalars(select(Timer))] == [
        ("reminder", NOON + timedelta(days=9))
    ]


def test_one_event_says_what_was_moved_by_whom(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    to = second(session)

    apply(garden, session, migrating.plan(session, to)[0], to)

    story = audit.story(session, f"submission:{submission.id}")
    event = story[-1]
    assert [one.kind for one in story].count("migrated") == 1
    assert (event.kind, event.actor_id) == ("migrated", "office")
    assert event.facts["from"] == "judging"
    assert event.facts["to"] == "tasting"
    assert event.facts["versions"] == [1, 2]
    assert audit.verify(session) is None


def test_what_has_no_place_is_named_kept_and_in_the_event(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.save(session, submission, "plan", goal="Basil", plants=4)
    garden.save(session, submission, "proof", words="It grew.")
    to = second(
        session,
        credential__forms__proof=None,
        credential__forms__design__properties__plants=None,
    )
    (line,) = migrating.plan(session, to)
    assert line.left == ("/design/plants", "/proof")

    apply(garden, session, line, to)

    kept = {row.form_id: row.answers for row in session.scalars(select(DraftRow))}
    assert kept == {"design": {"aim": "Basil", "plants": 4}, "proof": {"words": "It grew."}}
    event = audit.story(session, f"submission:{submission.id}")[-1]
    assert event.facts["left"] == {"/design/plants": 4, "/proof": {"words": "It grew."}}


def test_scores_of_look_fors_that_are_gone_are_named_and_kept(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    garden.score(session, submission, "Y")
    rows = [{"id": "basic", "text": "Everything is answered."}]
    to = second(session, credential__scoring_guides__growth__look_fors=rows)

    (line,) = migrating.plan(session, to)

    assert line.left == ("growth: green",)


def test_notes_stay_with_the_answers_that_they_are_about(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    note = Comment(
        id="note",
        submission_id=submission.id,
        round=1,
        pointer="/plan/goal",
        anchor="",
        author_id="judge",
        body="Why basil?",
        written_at=NOON,
    )
    session.add(note)
    session.flush()
    to = second(session)

    apply(garden, session, migrating.plan(session, to)[0], to)

    session.refresh(note)
    assert note.pointer == "/design/aim"


def test_a_state_without_a_place_keeps_a_submission_where_it_is(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    to = second(session, workflow__migrate=None)
    (line,) = migrating.plan(session, to)
    assert line.to == ""
    assert len(line.problems) == 1

    with pytest.raises(Refused, match="does not say where it goes"):
        apply(garden, session, line, to)

    assert garden.subject(session, submission).edition.credential.version == 1


def test_a_draft_is_not_moved_to_the_reviewers(garden: Garden, session: Session) -> None:
    garden.opened(session)
    to = second(session, workflow__migrate={"states": {"planting": "on_show"}})

    (line,) = migrating.plan(session, to)

    assert "never handed in" in line.problems[0]


def test_nobody_gets_to_an_end_by_being_moved(garden: Garden, session: Session) -> None:
    garden.taken(session)
    to = second(session, workflow__migrate={"states": {"judging": "ribbon"}})

    (line,) = migrating.plan(session, to)

    assert "without a decision" in line.problems[0]


def test_what_changed_since_the_dry_run_is_left_alone(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    to = second(session)
    (line,) = migrating.plan(session, to)
    garden.advance(session, garden.judge, submission, "put_back")

    with pytest.raises(Conflict):
        apply(garden, session, line, to)

    assert garden.subject(session, submission).edition.credential.version == 1


def test_an_answer_that_appeared_since_and_would_be_left_is_a_conflict(
    garden: Garden, session: Session
) -> None:
    submission = garden.opened(session)
    to = second(session, credential__forms__proof=None)
    (line,) = migrating.plan(session, to)
    garden.save(session, submission, "proof", words="It grew.")

    with pytest.raises(Conflict):
        apply(garden, session, line, to)


def test_the_same_submission_is_not_moved_twice(garden: Garden, session: Session) -> None:
    garden.taken(session)
    to = second(session)
    (line,) = migrating.plan(session, to)
    apply(garden, session, line, to)

    with pytest.raises(Conflict):
        apply(garden, session, line, to)


def test_what_has_ended_is_not_in_the_plan(garden: Garden, session: Session) -> None:
    garden.ribbon(session)
    to = second(session)

    assert migrating.plan(session, to) == []


def test_a_page_that_was_open_meanwhile_meets_a_conflict(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.save(session, submission, "proof", words="It grew.")
    before = session.scalars(select(DraftRow.revision)).one()
    to = second(session)

    apply(garden, session, migrating.plan(session, to)[0], to)

    assert session.scalars(select(DraftRow.revision)).one() > before


def test_a_version_that_does_not_exist_is_not_found(garden: Garden, session: Session) -> None:
    with pytest.raises(NotFound):
        migrating.target_of(session, "window-garden", 7)
    assert migrating.target_of(session, "window-garden", 1).digest == garden.edition.digest


def routes(**migrate: dict[str, str]) -> Routes:
    forms = {
        "a": {"type": "object", "properties": {"x": {}, "y": {}}},
        "b": {"type": "object", "properties": {"z": {"type": "object"}}},
    }
    return Routes(
        credential_from(
            {
                "credential": "c", "version": 2, "kind": "milestone", "title": "C",
                "forms": forms, "migrate": migrate,
            }
        )
    )  # fmt: skip


def test_two_forms_may_change_places() -> None:
    swapped = routes(forms={"a": "b", "b": "a"}).applied({"a": {"z": 1}, "b": {"x": 2}}, {})

    assert swapped.answers == {"a": {"x": 2}, "b": {"z": 1}}


def test_an_answer_goes_into_another_form_and_deeper() -> None:
    moved = routes(fields={"/a/x": "/b/z/deep"}).applied({"a": {"x": 1, "y": 2}}, {})

    assert moved.answers == {"a": {"y": 2}, "b": {"z": {"deep": 1}}}


def test_an_answer_whose_place_is_taken_stays_where_it_was() -> None:
    moved = routes(fields={"/a/x": "/a/y"}).applied({"a": {"x": 1, "y": 2}}, {})

    assert moved.answers == {"a": {"x": 1, "y": 2}}


def test_two_forms_that_become_one_lose_nothing() -> None:
    moved = routes(forms={"old": "a"}).applied({"a": {"x": 1}, "old": {"x": 2, "y": 3}}, {})

    assert moved.answers == {"a": {"x": 1, "y": 3}, "old": {"x": 2}}


def test_marks_and_pointers_follow_their_answers() -> None:
    way = routes(forms={"old": "b"}, fields={"/old/x": "/a/y"})
    moved = way.applied({"old": {"x": 1}}, {"typed": {"/old/x#other": "so", "/old/z/0/n": "4x"}})

    assert moved.marks["typed"] == {"/a/y#other": "so", "/b/z/0/n": "4x"}
    assert way.of("/old/xy") == "/b/xy"
    assert way.of("") == ""


def test_submissions_of_other_credentials_are_left_alone(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    to = second(session)
    session.get_one(Submission, submission.id).credential_id = "another"
    session.flush()

    assert migrating.plan(session, to) == []
    assert drafting.subject_of(session, submission.id).edition.credential.version == 1


def test_work_that_moves_into_confidence_is_found_by_nobody_and_moves_out_no_more(
    garden: Garden, session: Session
) -> None:
    submission = garden.taken(session)
    first = garden.subject(session, submission).edition
    to = second(session, credential__confidential=True)
    assert session.scalars(select(AnswerText.submission_id)).all() == [submission.id]

    apply(garden, session, migrating.plan(session, to)[0], to)

    assert session.scalars(select(AnswerText.submission_id)).all() == []
    (back,) = migrating.plan(session, first)
    assert back.problems[0] == "What was written in confidence would be open to others."
    with pytest.raises(Refused):
        apply(garden, session, back, first)
