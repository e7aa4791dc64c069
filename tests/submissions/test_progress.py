"""The one function that changes state: permission, revision, guard, then everything at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.errors import Conflict, NotFound, Refused
from engine.records import audit
from engine.records.tables import Award, Event, Recognition, Snapshot, Submission
from engine.submissions import drafting, progress

from .conftest import NOON, Garden


def refusal(garden: Garden, session: Session, submission: Submission, name: str) -> str:
    offers = progress.offers(session, garden.grower, garden.subject(session, submission), NOON)
    found = next(one for one in offers if one.transition.name == name).refusal
    return found.reason if found else ""


@pytest.mark.row("A1")
@pytest.mark.parametrize("held", [(), ("watering",), ("weeding",)])
def test_submitting_is_refused_while_a_prerequisite_is_missing(
    garden: Garden, session: Session, held: tuple[str, ...]
) -> None:
    submission = garden.opened(session)
    garden.save(session, submission, "plan", goal="Basil all year")
    if held:
        garden.hold_prerequisites(session, *held)
    with pytest.raises(Refused) as refused:
        garden.advance(session, garden.grower, submission, "enter")
    missing = {"watering": "Watering", "weeding": "Weeding"}
    assert refused.value.refusal.details == tuple(
        title for id, title in missing.items() if id not in held
    )
    assert submission.state == "planting"


def test_submitting_is_allowed_when_every_prerequisite_is_held(
    garden: Garden, session: Session
) -> None:
    submission = garden.entered(session)
    assert (submission.state, submission.state_kind) == ("on_show", "review")
    assert (submission.round, submission.revision) == (1, 1)


@pytest.mark.row("A1")
def test_a_revoked_prerequisite_blocks_again(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.hold_prerequisites(session)
    garden.save(session, submission, "plan", goal="Basil all year")
    assert refusal(garden, session, submission, "enter") == ""
    one = session.scalars(select(Recognition)).first()
    assert one is not None
    issuing.revoke_recognition(session, one, "Recorded by mistake", garden.office, NOON)
    assert refusal(garden, session, submission, "enter") == "Something comes first."


def test_submitting_is_refused_while_an_answer_is_missing(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.hold_prerequisites(session)
    assert refusal(garden, session, submission, "enter") == "Something is missing."


def test_a_snapshot_keeps_what_was_submitted(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    taken = session.scalars(select(Snapshot)).one()
    assert (taken.submission_id, taken.round) == (submission.id, 1)
    assert taken.answers["plan"] == {"goal": "Basil all year", "plants": 4}


@pytest.mark.parametrize("who", ["grower", "stranger", "office"])
def test_only_a_reviewer_may_claim(garden: Garden, session: Session, who: str) -> None:
    submission = garden.entered(session)
    with pytest.raises((Refused, NotFound)):
        garden.advance(session, getattr(garden, who), submission, "take")
    assert submission.state == "on_show"


def test_a_stranger_learns_nothing_about_a_submission(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    for name in ("take", "no_such_transition"):
        with pytest.raises(NotFound, match="There is no such submission among those you may see"):
            garden.advance(session, garden.stranger, submission, name)


def test_a_forged_transition_name_is_not_found(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    with pytest.raises(NotFound, match="__class__"):
        garden.advance(session, garden.judge, submission, "__class__")


def test_a_reviewer_may_not_decide_on_their_own_work(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    session.get_one(Submission, submission.id).candidate_id = garden.judge.id
    session.flush()
    with pytest.raises(Refused) as refused:
        garden.advance(session, garden.judge, submission, "take")
    assert refused.value.refusal.code == "conflict-of-interest"


def test_the_second_of_two_reviewers_who_claim_is_told_so(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    seen = submission.revision
    garden.advance(session, garden.judge, submission, "take")
    with pytest.raises((Refused, Conflict)):
        progress.advance(
            session, garden.settings, garden.second_judge, submission.id, "take", seen, NOON
        )
    assert submission.reviewer_id == garden.judge.id


def test_only_the_assigned_reviewer_decides(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    garden.score(session, submission, "Y")
    with pytest.raises(Refused) as refused:
        garden.advance(session, garden.second_judge, submission, "give_ribbon")
    assert refused.value.refusal.code == "not-assigned"


def test_the_same_transition_posted_twice_happens_once(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.hold_prerequisites(session)
    garden.save(session, submission, "plan", goal="Basil all year")
    seen = submission.revision
    for _ in range(2):
        try:
            progress.advance(
                session, garden.settings, garden.grower, submission.id, "enter", seen, NOON
            )
        except Conflict as conflict:
            told = str(conflict)
    assert told == "This has moved on since you opened the page: With the judges."
    assert submission.round == 1


def test_a_transition_from_another_state_is_refused_in_words(
    garden: Garden, session: Session
) -> None:
    submission = garden.entered(session)
    with pytest.raises(Refused, match="“Enter” is not possible now: With the judges"):
        garden.advance(session, garden.grower, submission, "enter")


@pytest.mark.row("A12")
def test_awarding_needs_every_look_for(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    for decision in (None, "N"):
        garden.score(session, submission, decision, "Brown")
        with pytest.raises(Refused, match="Not every look-for is Y"):
            garden.advance(session, garden.judge, submission, "give_ribbon")
    garden.score(session, submission, "Y")
    garden.advance(session, garden.judge, submission, "give_ribbon")
    assert submission.state == "ribbon"


@pytest.mark.row("A12")
def test_returning_needs_a_no_with_notes(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    for decision, notes, reason in (
        (None, "", "Some look-fors are open"),
        ("Y", "", "Nothing is to be changed"),
        ("N", "  ", "Say why"),
    ):
        garden.score(session, submission, decision, notes)
        with pytest.raises(Refused, match=reason):
            garden.advance(session, garden.judge, submission, "send_back")
    garden.score(session, submission, "N", "Brown at the edges")
    garden.advance(session, garden.judge, submission, "send_back")
    assert submission.state == "replanting"


def test_a_resubmission_goes_to_whoever_claims_it(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    garden.score(session, submission, "N", "Brown")
    garden.advance(session, garden.judge, submission, "send_back")
    assert submission.reviewer_id == garden.judge.id
    garden.advance(session, garden.grower, submission, "enter")
    assert submission.reviewer_id is None


def test_an_award_is_issued_in_the_same_transaction(garden: Garden, session: Session) -> None:
    submission = garden.ribbon(session)
    award = session.scalars(select(Award)).one()
    assert (award.submission_id, award.recipient_id) == (submission.id, "grower")
    assert (award.title, award.issuer) == ("Window Garden", "Garden School")


def test_state_event_and_job_roll_back_together(garden: Garden) -> None:
    with garden.database.transaction() as session:
        submission_id = garden.entered(session).id
        before = session.scalar(select(func.count()).select_from(Event))

    def interrupted() -> None:
        with garden.database.transaction() as session:
            submission = session.get_one(Submission, submission_id)
            garden.advance(session, garden.judge, submission, "take")
            raise RuntimeError("the power fails before the commit")

    with pytest.raises(RuntimeError):
        interrupted()
    with garden.database.read() as session:
        assert session.get_one(Submission, submission_id).state == "on_show"
        assert session.scalar(select(func.count()).select_from(Event)) == before


def test_every_advance_leaves_one_event_that_says_who_and_when(
    garden: Garden, session: Session
) -> None:
    submission = garden.ribbon(session)
    story = audit.story(session, f"submission:{submission.id}")
    told = [(one.actor_id, one.facts.get("transition", one.kind)) for one in story]
    assert told == [
        ("grower", "opened"),
        ("grower", "enter"),
        ("judge", "take"),
        ("judge", "give_ribbon"),
    ]


def test_withdrawn_work_comes_back_only_with_a_reason(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    garden.advance(session, garden.grower, submission, "give_up")
    with pytest.raises(Refused) as refused:
        garden.advance(session, garden.office, submission, "dig_up", comment="   ")
    assert refused.value.refusal.code == "comment"
    garden.advance(session, garden.office, submission, "dig_up", comment="Asked by telephone")
    assert submission.state == "planting"


def test_offers_leave_out_what_is_for_others(garden: Garden, session: Session) -> None:
    submission = garden.entered(session)
    subject = garden.subject(session, submission)
    names = {
        who.id: [one.transition.name for one in progress.offers(session, who, subject, NOON)]
        for who in (garden.grower, garden.judge, garden.office)
    }
    assert names == {"grower": ["give_up"], "judge": ["take"], "office": []}


@pytest.mark.row("A1")
def test_an_expired_prerequisite_is_not_held(garden: Garden, session: Session) -> None:
    submission = garden.ribbon(session)
    award = session.scalars(select(Award)).one()
    award.expires_at = NOON + timedelta(days=1)
    session.flush()
    assert "window-garden" in issuing.held(session, submission.candidate_id, NOON)
    later = NOON + timedelta(days=2)
    assert "window-garden" not in issuing.held(session, submission.candidate_id, later)


def test_only_pages_open_in_this_state_can_be_edited(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    garden.score(session, submission, "N", "Brown")
    garden.advance(session, garden.judge, submission, "send_back")
    garden.save(session, submission, "plan", goal="Greener basil")
    with pytest.raises(Refused):
        garden.save(session, submission, "proof", words="Look")


def test_opening_twice_finds_the_first_draft(garden: Garden, session: Session) -> None:
    first = garden.opened(session)
    assert drafting.open_submission(session, garden.edition, garden.grower, NOON).id == first.id
