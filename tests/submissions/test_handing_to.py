"""Staff name who takes up work that waits, in a state that asks for no review itself."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials import documents
from engine.credentials.credential import edition_from
from engine.credentials.parameters import without_parameters
from engine.errors import Conflict, Refused
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records import audit
from engine.records.jobs import JobContext, drain
from engine.records.tables import Letter, Review, Submission
from engine.settings import SHIPPED
from engine.submissions import assigning, declarations

from .conftest import BUNDLE, NOON, Garden


def name(
    garden: Garden,
    session: Session,
    submission: Submission,
    reviewer: str = "judge",
    by: Actor | None = None,
    revision: int | None = None,
) -> None:
    seen = submission.revision if revision is None else revision
    subject = garden.subject(session, submission)
    who = by or garden.office
    assigning.hand_to(session, garden.settings, who, subject, reviewer, "take", seen, NOON)


def waiting(garden: Garden, submission: Submission, **changes: Any) -> list[str]:
    """The steps to take it up, where `take` is otherwise in the document."""
    bundle = deepcopy(BUNDLE)
    bundle["workflow"]["transitions"]["take"].update(changes)
    subject = SubmissionSubject(submission, edition_from("other", bundle))
    return [one.transition.name for one in assigning.waits(subject)]


def test_whom_staff_name_reviews_it_from_then_on(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)

    name(garden, session, submission)

    assert (submission.state, submission.reviewer_ids) == ("judging", ["judge"])
    (review,) = session.scalars(select(Review))
    assert (review.reviewer_id, review.status, review.assigned_by) == ("judge", "open", "office")


def test_the_trail_says_who_named_whom(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)

    name(garden, session, submission)

    moved, assigned = audit.story(session, f"submission:{submission.id}")[-2:]
    assert (moved.kind, moved.actor_id, moved.facts["to"]) == ("advanced", "office", "judging")
    assert (assigned.kind, assigned.actor_id) == ("assigned", "office")
    assert assigned.facts == {"reviewer": "judge", "name": "Judge", "round": 1, "how": "manual"}


def test_whom_staff_name_is_told_by_a_letter(garden: Garden) -> None:
    with garden.database.transaction() as session:
        name(garden, session, garden.entered(session))

    drain(JobContext(garden.settings, garden.database, garden.store))

    with garden.database.read() as session:
        asked = select(Letter.name).where(Letter.account_id == "judge")
        assert session.scalars(asked).all() == ["review-assigned"]


def test_staff_cannot_name_a_candidate(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)

    with pytest.raises(Refused) as refused:
        name(garden, session, submission, "stranger")

    assert refused.value.refusal.code == "role"
    assert (submission.state, submission.reviewer_ids) == ("on_show", [])


def test_staff_cannot_name_somebody_with_a_conflict_of_interest(
    garden: Garden, session: Session
) -> None:
    submission = garden.entered(session)
    subject = garden.subject(session, submission)
    declarations.declare(session, garden.judge, subject, "judge", "My aunt", NOON)

    with pytest.raises(Refused) as refused:
        name(garden, session, submission)

    assert refused.value.refusal.code == declarations.CODE
    assert submission.state == "on_show"


@pytest.mark.parametrize("who", ["judge", "grower"])
def test_nobody_but_staff_names_reviewers(garden: Garden, session: Session, who: str) -> None:
    submission = garden.entered(session)

    with pytest.raises(Refused):
        name(garden, session, submission, "second_judge", getattr(garden, who))

    assert submission.state == "on_show"


def test_staff_who_saw_an_earlier_moment_are_told_so(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)

    with pytest.raises(Conflict):
        name(garden, session, submission, revision=submission.revision - 1)

    assert submission.state == "on_show"


def test_what_somebody_took_up_meanwhile_waits_no_more(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)

    with pytest.raises(Refused) as refused:
        name(garden, session, submission, "second_judge")

    assert refused.value.refusal.code == "state"
    assert submission.reviewer_ids == ["judge"]


def test_a_draft_waits_for_no_reviewer(garden: Garden, session: Session) -> None:
    assert assigning.waits(garden.subject(session, garden.opened(session))) == []


def test_a_step_that_asks_the_reviewer_for_words_is_not_taken_for_them(
    garden: Garden, session: Session
) -> None:
    submission = garden.entered(session)

    assert waiting(garden, submission) == ["take"]
    assert waiting(garden, submission, require="comment") == []
    assert waiting(garden, submission, undo="PT10M") == []
    assert waiting(garden, submission, do=[]) == []
    assert waiting(garden, submission, by="office") == []


@pytest.mark.parametrize(("name", "role"), [("review", "reviewer"), ("coach-review", "coach")])
def test_staff_can_name_a_reviewer_where_the_shipped_workflows_wait(name: str, role: str) -> None:
    workflow = documents.load(SHIPPED / "workflows" / f"{name}.yaml").data
    edition = edition_from(name, {**BUNDLE, "workflow": without_parameters(workflow)})

    def waits(state: str) -> list[tuple[str, str]]:
        submission = Submission(state=state, round=1)
        found = assigning.waits(SubmissionSubject(submission, edition))
        return [(one.transition.name, one.block.by) for one in found]

    assert waits("submitted") == [("claim", role)]
    assert waits("in_review") == []
    assert waits("returned") == []
