"""Who may not review, and why: declared, and worked out from the records."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.records.tables import Declaration
from engine.submissions import claiming, conflicts_of_interest, declarations, progress

from .conftest import NOON, Garden
from .jury import Jury, seat

DAY = timedelta(days=1)


def why(jury: Jury, who: str) -> str:
    """Why this person may not review, in words; empty when nothing speaks against it."""
    block, actor = jury.subject.state.review, jury.actor(who)
    person = conflicts_of_interest.Person(actor.id, actor.school)
    found = conflicts_of_interest.reasons(jury.session, jury.subject, [person], block)
    return found.get(actor.id, "")


def declare(jury: Jury, who: str, by: str = "", reason: str = "We share a flat") -> None:
    claiming.step_aside(
        jury.session, jury.garden.settings, jury.actor(by or who), jury.subject, who, reason, NOON
    )


def test_nothing_speaks_against_most_people(garden: Garden, session: Session) -> None:
    assert why(seat(garden, session), "kim") == ""


def test_ones_own_work(garden: Garden, session: Session) -> None:
    assert why(seat(garden, session), "grower") == "It is their own work."


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("Hill Street School", True),
        ("  HILL street   school ", True),
        ("Hill Street School.", True),
        ("Hill Street", False),
        ("", False),
    ],
)
def test_schools_are_compared_as_people_would(
    garden: Garden, session: Session, theirs: str, expected: bool
) -> None:
    jury = seat(garden, session, exclude=["same_school"])
    jury.change("kim", school=theirs)
    assert bool(why(jury, "kim")) is expected


def test_two_people_without_a_school_have_none_in_common(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, exclude=["same_school"])
    jury.change("grower", school="")
    jury.change("kim", school="")
    assert why(jury, "kim") == ""


def test_the_same_school_counts_only_where_the_document_says_so(
    garden: Garden, session: Session
) -> None:
    assert why(seat(garden, session), "ines") == ""


def test_whoever_reviewed_it_before_may_not_again(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, exclude=["earlier_reviewer"])
    jury.claim("kim")
    assert why(jury, "kim") == "", "the present review is not an earlier one"
    jury.close("kim")
    jury.go("send_back_free", "office")
    jury.go("enter", at=NOON + DAY)
    assert why(jury, "kim") == "They reviewed this submission before."


def test_whoever_reviewed_it_in_another_state_may_not_in_this_one(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, exclude=["earlier_reviewer"])
    jury.claim("kim")
    jury.close("kim")
    jury.go("look_again", "office")
    with pytest.raises(Refused, match="You reviewed this submission before"):
        jury.claim("kim")


def test_whoever_handed_it_back_has_not_reviewed_it(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, exclude=["earlier_reviewer"])
    jury.claim("kim")
    jury.hand_back("kim")
    jury.go("look_again", "office")
    assert why(jury, "kim") == ""


def test_whoever_decided_on_it_may_not_review_it(garden: Garden, session: Session) -> None:
    workflow = seat(garden, session, exclude=["earlier_decider"])
    from engine.records import audit

    audit.record(
        session,
        f"submission:{workflow.submission.id}",
        "advanced",
        {"transition": "x", "from": "a", "to": "b", "decides": True},
        workflow.actor("kim"),
        NOON,
    )
    assert why(workflow, "kim") == "They took a decision on this submission before."
    assert why(workflow, "leo") == ""


def test_a_declared_conflict_counts_everywhere(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    declare(jury, "kim")
    assert why(jury, "kim") == "They declared a conflict of interest."
    with pytest.raises(Refused, match="You have a conflict of interest here"):
        jury.claim("kim")
    assert jury.kinds == ["conflict-declared"]


def test_declaring_after_the_assignment_frees_the_place(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    jury.claim("kim")
    declare(jury, "kim")
    assert jury.seats == ([], 1)
    assert jury.kinds == ["assigned", "conflict-declared", "stepped-aside"]


def test_declaring_asks_the_next_one_in_turn(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="round_robin")
    (first,) = jury.seats[0]
    declare(jury, first)
    (second,) = jury.seats[0]
    assert second != first


def test_a_conflict_counts_for_every_work_of_the_same_person(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session)
    declare(jury, "kim")
    hidden = declarations.hidden_from
    assert session.scalars(hidden(jury.actor("kim").id)).all() == ["grower"]
    assert session.scalars(hidden(jury.actor("leo").id)).all() == []


def test_a_declaration_needs_a_reason(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    for reason in ("", "   ", "x" * 2001):
        with pytest.raises(Refused, match="Say in a few words"):
            declare(jury, "kim", reason=reason)
    assert session.scalars(select(Declaration)).all() == []


def test_staff_record_and_withdraw_for_others_and_reviewers_do_not(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session)
    with pytest.raises(Refused):
        declare(jury, "kim", by="leo")
    declare(jury, "kim", by="office")
    (made,) = declarations.about(session, jury.subject)
    assert (made.reviewer_name, made.by_staff) == ("Kim", True)
    with pytest.raises(Refused):
        declarations.withdraw(session, jury.actor("kim"), jury.subject, made.id, NOON)
    declarations.withdraw(session, jury.actor("office"), jury.subject, made.id, NOON)
    assert why(jury, "kim") == ""
    assert jury.kinds == ["conflict-declared", "conflict-withdrawn"]
    assert session.get_one(Declaration, made.id).withdrawn_at == NOON


def test_a_declaration_about_somebody_else_is_not_withdrawn_here(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session)
    declare(jury, "kim")
    (made,) = declarations.about(session, jury.subject)
    other = jury.another()
    with pytest.raises(NotFound):
        declarations.withdraw(session, jury.actor("office"), other.subject, made.id, NOON)


def test_saying_it_twice_says_it_once(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    declare(jury, "kim")
    declare(jury, "kim")
    assert len(session.scalars(select(Declaration)).all()) == 1


def test_an_editor_with_a_conflict_decides_nothing(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    offers = {
        one.transition.name: one.refusal
        for one in progress.offers(session, jury.actor("vera"), jury.subject, NOON)
    }
    assert offers["look_again"] is None
    declare(jury, "vera")
    with pytest.raises(Refused, match="You have a conflict of interest here"):
        jury.go("look_again", "vera")


def test_a_conflict_keeps_somebody_from_claiming_by_a_transition(
    garden: Garden, session: Session
) -> None:
    submission = garden.entered(session)
    subject = garden.subject(session, submission)
    settings = garden.settings
    claiming.step_aside(session, settings, garden.judge, subject, "judge", "My brother", NOON)
    with pytest.raises(Refused, match="You have a conflict of interest here"):
        garden.advance(session, garden.judge, submission, "take")
    garden.advance(session, garden.second_judge, submission, "take")
    assert submission.reviewer_ids == ["second_judge"]
