"""Who reviews: places taken, given, handed back, lapsed and finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Conflict, NotFound, Refused
from engine.records.jobs import JobContext, drain
from engine.records.tables import Account, Letter, Review, Timer
from engine.submissions import (
    arriving,
    assigning,
    claiming,
    drafting,
    places,
    reviewing,
    timers,
)
from tests.attacks.test_races import at_once

from .conftest import NOON, Garden
from .jury import seat

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def session(garden: Garden) -> Iterator[Session]:
    """One that may be committed half way, for what happens afterwards by itself."""
    with garden.database._writing() as session:
        yield session


def refused(action: object, *args: object, **named: object) -> tuple[str, str]:
    with pytest.raises(Refused) as found:
        action(*args, **named)  # type: ignore[operator]
    return found.value.refusal.code, str(found.value)


def ring(garden: Garden, session: Session, at: object) -> int:
    """Run the timers that are due at `at`, as a worker does; commits what was done so far."""
    session.commit()
    context = JobContext(garden.settings, garden.database, garden.store)
    rang = timers.run_due(context, at)  # type: ignore[arg-type]
    session.expire_all()
    return rang


def letters(garden: Garden, session: Session) -> list[tuple[str, str]]:
    """(to whom, which letter), in the order of being written; commits."""
    session.commit()
    drain(JobContext(garden.settings, garden.database, garden.store))
    rows = session.execute(select(Account.id, Letter.name).join_from(Letter, Account))
    return sorted((row.id, row.name) for row in rows)


# Claims.


def test_a_state_with_a_review_begins_with_all_places_free(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, count=2)
    assert jury.seats == ([], 2)


def test_a_claim_takes_a_place(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    review = jury.claim("kim")
    assert jury.seats == (["kim"], 1)
    assert (review.state, review.block, review.round, review.status) == ("on_show", "", 1, "open")
    assert jury.last_event().facts["how"] == "claim"


def test_no_more_people_claim_than_are_wanted(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    jury.claim("leo")
    assert refused(jury.claim, "mia")[0] == "taken"
    assert jury.seats == (["kim", "leo"], 0)


def test_nobody_takes_two_places(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    assert refused(jury.claim, "kim")[0] == "assigned"


def test_a_claim_that_saw_a_free_place_is_refused_when_another_took_it(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session)
    session.commit()
    with garden.database.read() as looking:
        seen = drafting.subject_of(looking, jury.submission.id)
        assert claiming.may_claim(looking, jury.actor("leo"), seen, "") is None
    session.rollback()
    jury.claim("kim")
    assert refused(jury.claim, "leo")[0] == "taken"


def test_of_two_who_claim_at_the_same_moment_one_has_it(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    session.commit()
    people = {who: jury.actor(who) for who in ("kim", "leo", "mia")}
    session.commit()

    def claim(who: str) -> Callable[[], str]:
        def act() -> str:
            with garden.database.transaction() as mine:
                subject = drafting.subject_of(mine, jury.submission.id)
                claiming.claim(mine, garden.settings, people[who], subject, "", NOON)
            return who

        return act

    found = at_once(*(claim(who) for who in people))
    session.expire_all()
    (winner,) = [one for one in found if isinstance(one, str)]
    assert all("taken it up" in str(one) or "faster" in str(one) for one in found if one != winner)
    assert jury.seats == ([winner], 0)
    assert jury.kinds == ["assigned"]


def test_the_row_is_not_written_over_what_somebody_else_wrote(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, count=2)
    rows = places.every(session, jury.subject)
    stale = jury.subject
    stale.submission.places_free = 1  # as somebody sees it who looked too late
    session.expunge(stale.submission)
    with pytest.raises(Conflict):
        places.seat(session, stale, rows)


def test_a_block_that_is_not_there_cannot_be_claimed(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    with pytest.raises(NotFound):
        jury.claim("kim", "nowhere")


def test_the_candidate_cannot_claim_their_own_work(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    jury.change("grower", roles=["candidate", "reviewer"])
    code, words = refused(jury.claim, "grower")
    assert (code, "This is your own work." in words) == ("conflict-of-interest", True)


def test_somebody_whose_role_was_just_taken_away_claims_nothing(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session)
    jury.change("kim", roles=["candidate"])
    with pytest.raises(NotFound):  # they may not even know of it any more
        jury.claim("kim")


def test_somebody_of_another_group_claims_nothing(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, by="chair")
    assert refused(jury.claim, "kim")[0] == "role"
    jury.claim("vera")
    assert jury.seats == (["vera"], 0)


def test_what_staff_give_out_is_not_for_claiming(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="manual")
    assert refused(jury.claim, "kim")[0] == "pick"


def test_a_place_that_is_handed_back_is_free_again(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    jury.claim("kim")
    jury.hand_back("kim")
    assert jury.seats == ([], 1)
    assert jury.kinds == ["assigned", "handed-back"]
    jury.claim("leo")
    assert jury.seats == (["leo"], 0)


def test_scores_are_kept_for_when_somebody_comes_back(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    jury.claim("kim")
    scores = {("growth", "green"): ("Y", "Lush")}
    reviewing.save_scores(session, jury.actor("kim"), jury.subject, scores, 0, NOON)
    jury.hand_back("kim")
    review = jury.claim("kim")
    found = reviewing.scores_of(session, review)[("growth", "green")]
    assert (found.decision, found.notes) == ("Y", "Lush")


def test_only_ones_own_place_can_be_handed_back(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    jury.claim("kim")
    assert refused(jury.hand_back, "leo")[0] == "not-assigned"


def test_a_finished_review_cannot_be_handed_back(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    jury.close("kim")
    assert refused(jury.hand_back, "kim")[0] == "not-assigned"
    assert jury.seats == (["kim"], 1)


# Several blocks.

BLOCKS = {
    "content": {"by": "judge", "guides": ["all"], "count": 2, "label": "Content"},
    "layout": {"by": "chair", "guides": ["all"], "label": "Layout"},
}


def test_each_block_of_a_state_has_its_own_places(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, reviews=BLOCKS)
    assert jury.seats == ([], 3)
    jury.claim("vera", "layout")
    assert refused(jury.claim, "kim", "layout")[0] == "role"
    jury.claim("kim", "content")
    assert dict(places.places_free(session, jury.subject)) == {"content": 1, "layout": 0}
    assert jury.seats == (["vera", "kim"], 1)


def test_nobody_reviews_in_two_blocks(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, reviews=BLOCKS)
    jury.claim("vera", "content")
    assert refused(jury.claim, "vera", "layout")[0] == "assigned"


# By hand.


def test_staff_give_a_place_to_somebody(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="manual")
    jury.assign("kim")
    assert jury.seats == (["kim"], 0)
    assert letters(garden, session)[-1] == ("kim", "review-assigned")


def test_only_staff_give_places(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="manual")
    code, _words = refused(
        assigning.assign,
        session,
        garden.settings,
        jury.actor("kim"),
        jury.subject,
        "kim",
        "",
        NOON,
    )
    assert code == "role"


def test_staff_cannot_ask_somebody_with_a_conflict_of_interest(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, pick="manual", exclude=["same_school"])
    code, words = refused(jury.assign, "ines")
    assert code == "conflict-of-interest"
    assert words == "Ines can’t review this. They work at the candidate’s school."


def test_staff_cannot_ask_somebody_who_is_no_reviewer(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="manual")
    for nobody in ("stranger", "office", "no-such-id"):
        assert refused(jury.assign, nobody)[0] == "role"
    jury.change("kim", active=False)
    assert refused(jury.assign, "kim")[0] == "role"


def test_staff_give_a_place_to_somebody_else_with_a_reason(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session)
    jury.claim("kim")
    assert refused(jury.assign, "leo")[0] == "taken"
    assert refused(jury.assign, "leo", instead_of="kim")[0] == "reason"
    jury.assign("leo", instead_of="kim", reason="Kim is ill")
    assert jury.seats == (["leo"], 0)
    assert jury.kinds[-2:] == ["reassigned", "assigned"]
    found = letters(garden, session)
    assert ("kim", "review-reassigned") in found
    assert ("leo", "review-assigned") in found


def test_staff_take_a_place_away_and_say_why(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    jury.claim("kim")
    office = jury.actor("office")
    with pytest.raises(Refused):
        assigning.take_away(session, garden.settings, office, jury.subject, "kim", " ", NOON)
    assigning.take_away(session, garden.settings, office, jury.subject, "kim", "Ill", NOON)
    assert jury.seats == ([], 1)
    assert jury.last_event().facts["reason"] == "Ill"
    assert ("kim", "review-taken-back") in letters(garden, session)


# Picked by the engine.


def test_round_robin_asks_everybody_in_turn(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="round_robin")
    first = [jury.seats[0][0]]
    for hour in range(1, 6):
        first.append(jury.another(NOON + hour * HOUR).seats[0][0])
    pool = {"ines", "jon", "kim", "leo", "mia", "nat", "vera"}
    assert len(first) == len(set(first)) == 6
    (last,) = pool - set(first)
    assert jury.another(NOON + 6 * HOUR).seats == ([last], 0)
    assert jury.another(NOON + 7 * HOUR).seats == ([first[0]], 0)


def test_whoever_was_passed_over_comes_first_the_next_time(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, pick="round_robin", enter=False)
    jury.change("ines", away_from=NOON, away_until=NOON + DAY)
    jury.go("enter")
    picked = [jury.seats[0][0]]
    for hour in range(1, 7):
        picked.append(jury.another(NOON + hour * HOUR).seats[0][0])
    assert "ines" not in picked
    assert jury.another(NOON + 2 * DAY).seats == (["ines"], 0)


def test_least_loaded_asks_whoever_has_the_fewest_open(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="least_loaded", count=6)
    left_over = {"ines", "jon", "kim", "leo", "mia", "nat", "vera"} - set(jury.seats[0])
    second = jury.another(NOON + HOUR)
    assert left_over <= set(second.seats[0])
    for one in jury.seats[0]:
        jury.close(one)
    loaded = set(second.seats[0])
    (free,) = set(jury.seats[0]) - loaded
    third = jury.another(NOON + 2 * HOUR)
    assert free in third.seats[0]


def test_a_pick_respects_conflicts_absences_and_closed_accounts(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, pick="round_robin", exclude=["same_school"], enter=False, count=2)
    for who in ("kim", "leo"):
        jury.change(who, active=False)
    jury.change("mia", away_from=NOON - DAY)
    jury.go("enter")
    assert sorted(jury.seats[0]) == ["nat", "vera"]


def test_an_empty_pool_waits_and_staff_are_told(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="least_loaded", by="chair", count=2)
    assert jury.seats == (["vera"], 1)
    assert ("office", "review-nobody") in letters(garden, session)
    jury.change("kim", groups=["chairs"])
    assert ring(garden, session, NOON + 2 * HOUR) == 1
    assert sorted(jury.seats[0]) == ["kim", "vera"]
    assert session.scalars(select(Timer).where(Timer.what == "review-pick")).all() == []


def test_a_claim_that_nobody_can_make_is_told_to_staff(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, by="chair", enter=False)
    jury.change("vera", active=False)
    jury.go("enter")
    assert jury.seats == ([], 1)
    assert ("office", "review-nobody") in letters(garden, session)


def test_whoever_hands_back_a_pick_is_not_picked_again(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="round_robin")
    (first,) = jury.seats[0]
    jury.hand_back(first)
    (second,) = jury.seats[0]
    assert second != first
    jury.hand_back(second)
    assert jury.seats[0] not in ([first], [second])


# Coming back, going on.


def test_whoever_is_assigned_reviews_the_next_round_too(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="round_robin", count=2)
    before = jury.seats[0]
    jury.close(before[0])
    jury.go("send_back", "office")
    assert session.scalars(select(Review.status).order_by(Review.status)).all() == [
        "closed",
        "given_up",
    ]
    jury.go("enter", at=NOON + DAY)
    assert (sorted(jury.seats[0]), jury.seats[1]) == (sorted(before), 0)
    rows = session.scalars(select(Review).where(Review.round == 2)).all()
    assert {row.status for row in rows} == {"open"}


def test_unassign_frees_the_places_for_everybody(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    jury.claim("kim")
    jury.go("send_back_free", "office")
    assert jury.seats == ([], 0)
    jury.go("enter", at=NOON + DAY)
    assert jury.seats == ([], 1)


def test_somebody_with_a_new_conflict_does_not_go_on(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, exclude=["same_school"])
    jury.claim("kim")
    jury.go("send_back", "office")
    jury.change("kim", school="HILL STREET SCHOOL")
    jury.go("enter", at=NOON + DAY)
    assert jury.seats == ([], 1)


def test_the_next_state_begins_with_its_own_places(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    jury.claim("leo")
    jury.close("kim")
    jury.go("look_again", "office")
    assert jury.seats == ([], 1)
    rows = session.execute(select(Review.reviewer_id, Review.status)).all()
    assert {row.reviewer_id: row.status for row in rows} == {"kim": "closed", "leo": "given_up"}
    assert ("leo", "review-taken-back") in letters(garden, session)


def test_the_same_person_may_review_in_two_states_of_one_round(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, exclude=[])
    jury.claim("kim")
    jury.close("kim")
    jury.go("look_again", "office")
    jury.claim("kim")
    assert jury.seats == (["kim"], 0)


def test_an_end_ends_every_assignment(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    jury.go("pull_out")
    assert session.scalars(select(Review.status)).all() == ["given_up"]
    assert jury.seats == (["kim"], 0)


def test_the_decision_of_somebody_who_does_not_review_closes_every_review(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    jury.claim("leo")
    jury.go("give_ribbon", "vera")
    assert session.scalars(select(Review.status)).all() == ["closed", "closed"]


def test_a_reviewer_who_is_not_assigned_decides_nothing(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    assert refused(jury.go, "give_ribbon", "mia")[0] == "not-assigned"


# Time.


def test_a_claim_on_which_nothing_is_saved_lapses(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, lock="PT2H")
    jury.claim("kim")
    assert ring(garden, session, NOON + HOUR) == 0
    assert ring(garden, session, NOON + 2 * HOUR) == 1
    assert jury.seats == ([], 1)
    assert jury.kinds[-1] == "claim-lapsed"
    assert ("kim", "review-taken-back") in letters(garden, session)
    jury.claim("kim", at=NOON + 3 * HOUR)
    assert jury.seats == (["kim"], 0)


def test_work_on_it_pushes_the_lapse_forward(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, lock="PT2H")
    review = jury.claim("kim")
    claiming.touched(session, garden.settings, jury.subject, review, NOON + HOUR)
    assert ring(garden, session, NOON + 2 * HOUR) == 1
    assert jury.seats == (["kim"], 0)
    assert ring(garden, session, NOON + 3 * HOUR) == 1
    assert jury.seats == ([], 1)


def test_a_finished_review_does_not_lapse(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, lock="PT2H", count=2)
    jury.claim("kim")
    jury.close("kim")
    assert ring(garden, session, NOON + 3 * HOUR) == 0
    assert jury.seats == (["kim"], 1)


def test_an_assignment_is_due_by_the_workflows_calendar(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, due="5 business days")
    # 12 March 2026 is a Thursday.
    assert jury.claim("kim").due_at == NOON + 7 * DAY


def test_reminders_and_escalation_go_to_those_they_are_for(
    garden: Garden, session: Session
) -> None:
    jury = seat(
        garden,
        session,
        due="P5D",
        remind={"letter": "review-reminder", "before": ["P1D"], "after": ["P1D"]},
        escalate={"after": "P2D", "to": "office", "letter": "review-overdue"},
    )
    jury.claim("kim")
    assert [ring(garden, session, NOON + day * DAY) for day in range(1, 9)] == [
        *(0, 0, 0, 1),
        *(0, 1, 1, 0),
    ]
    found = letters(garden, session)
    assert found.count(("kim", "review-reminder")) == 2
    assert found.count(("office", "review-overdue")) == 1


def test_an_overdue_review_is_given_to_somebody_else(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="round_robin", due="P5D", reassign="P2D")
    (first,) = jury.seats[0]
    assert ring(garden, session, NOON + 7 * DAY) == 1
    (second,) = jury.seats[0]
    assert second != first
    assert "overdue" in jury.kinds
    assert (first, "review-taken-back") in letters(garden, session)
    row = session.scalars(select(Review).where(Review.reviewer_id == second)).one()
    assert row.due_at == NOON + 12 * DAY


def test_what_is_done_has_no_timers_left(garden: Garden, session: Session) -> None:
    jury = seat(
        garden,
        session,
        due="P5D",
        lock="P1D",
        reassign="P2D",
        remind={"letter": "review-reminder", "before": ["P1D"]},
        escalate={"after": "P2D", "to": "office", "letter": "review-overdue"},
    )
    jury.claim("kim")
    assert len(session.scalars(select(Timer)).all()) == 4
    jury.hand_back("kim")
    assert session.scalars(select(Timer)).all() == []
    jury.claim("leo")
    jury.go("pull_out")
    assert session.scalars(select(Timer)).all() == []


def test_an_old_timer_does_nothing_to_a_new_assignment(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, lock="PT2H")
    review = jury.claim("kim")
    jury.hand_back("kim")
    timers.wind(session, jury.submission.id, "review-lock", review.id, NOON)
    jury.claim("leo")
    assert ring(garden, session, NOON + HOUR) == 1
    assert jury.seats == (["leo"], 0)


def test_the_way_in_by_a_transition_still_works(garden: Garden, session: Session) -> None:
    submission = garden.taken(session)
    row = session.scalars(select(Review)).one()
    assert (row.state, row.status, row.reviewer_id) == ("judging", "open", "judge")
    assert (submission.reviewer_ids, submission.places_free) == (["judge"], 0)
    garden.advance(session, garden.judge, submission, "put_back")
    assert (submission.reviewer_ids, row.status) == ([], "given_up")


def test_taking_a_step_back_brings_its_timers_back(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, due="P5D", reassign="P2D")
    jury.claim("kim")
    timers.stop(session, jury.submission.id)
    arriving.rewind(session, garden.settings, jury.subject, NOON + HOUR)
    (timer,) = session.scalars(select(Timer)).all()
    assert (timer.what, timer.at) == ("review-reassign", NOON + 7 * DAY)


def test_whoever_has_not_practiced_is_given_no_real_work(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, calibrated=80)
    assert refused(jury.claim, "kim")[0] == "calibration"
    assert "practice" in refused(jury.assign, "kim")[1]
    picked = jury.another()
    assert picked.seats == ([], 1)
