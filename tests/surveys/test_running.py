"""Opening, reminding and closing waves, at the boundary on both sides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from engine.errors import Refused
from engine.records import audit
from engine.records.tables import SurveyInvitation, SurveyRun
from engine.submissions import surveys
from engine.submissions.survey_windows import months_after
from tests.surveys.conftest import START, Circle, link_in, persons


def refused(circle: Circle, *said: object, **named: object) -> str:
    with pytest.raises(Refused) as caught:
        circle.opens(*said, **named)  # type: ignore[arg-type]
    return caught.value.refusal.code


def test_three_people_are_too_few_and_four_are_enough(circle: Circle) -> None:
    circle.says(people=persons(3))
    assert refused(circle) == "too-few"
    circle.says(people=persons(4))
    assert circle.row(circle.opens()).invited == 4


def test_same_person_twice_and_the_candidate_count_once_and_not_at_all(circle: Circle) -> None:
    again = {"name": "Bo again", "email": " BO@example.org "}
    own = {"name": "Ana", "email": "ana@example.org"}
    circle.says(people=[*persons(3), again, own])
    assert refused(circle) == "too-few"


def test_somebody_without_an_address_is_named_in_the_refusal(circle: Circle) -> None:
    circle.says(people=[*persons(4), {"name": "Zed", "email": "zed at home"}])
    with pytest.raises(Refused) as caught:
        circle.opens()
    assert (caught.value.refusal.code, caught.value.refusal.details) == ("no-address", ("Zed",))


def test_everybody_gets_a_link_of_their_own_by_mail(circle: Circle) -> None:
    run = circle.opens()
    letters = circle.letters()
    assert {one.to_address: link_in(one) for one in letters} == circle.tokens(run)
    assert len({link_in(one) for one in letters}) == 4


def test_only_those_who_have_not_answered_are_reminded(circle: Circle) -> None:
    run = circle.opens()
    circle.letters()
    circle.answers(circle.tokens(run)["bo@example.org"], helped=4)
    with circle.database.transaction() as session:
        found = session.get_one(SurveyRun, run)
        surveys.remind(session, circle.subject(session), found, circle.ana, circle.now)
    reminders = [one for one in circle.letters() if one.name == "survey-reminder"]
    assert {one.to_address for one in reminders} == {
        "cy@example.org",
        "di@example.org",
        "eli@example.org",
    }
    assert {link_in(one) for one in reminders} < set(circle.tokens(run).values())


def test_reminders_go_out_once_a_day_at_most(circle: Circle) -> None:
    run = circle.opens()
    found: list[str] = []
    for hours in (0, 23, 24):
        with circle.database.transaction() as session:
            asked = session.get_one(SurveyRun, run)
            at = START + timedelta(hours=hours)
            try:
                surveys.remind(session, circle.subject(session), asked, circle.ana, at)
                found.append("sent")
            except Refused as caught:
                found.append(caught.refusal.code)
    assert found == ["sent", "too-soon", "sent"]


def test_second_wave_is_refused_one_day_before_six_months_and_opens_on_the_day(
    circle: Circle,
) -> None:
    circle.at(datetime(2030, 1, 20, 9, tzinfo=UTC))
    circle.run_through("first", [3, 4, 3, 4])
    circle.at(datetime(2030, 7, 19, 23, 59, tzinfo=UTC))
    assert refused(circle, "trust", "second", closes=date(2030, 7, 28)) == "too-early"
    circle.at(datetime(2030, 7, 20, 0, 0, tzinfo=UTC))
    assert circle.row(circle.opens("trust", "second", date(2030, 7, 28))).state == "open"


def test_second_wave_waits_for_the_first_to_close(circle: Circle) -> None:
    assert refused(circle, "trust", "second") == "before"
    circle.opens()
    assert refused(circle, "trust", "second") == "before"


@pytest.mark.parametrize(
    ("day", "after"),
    [
        (date(2026, 1, 20), date(2026, 7, 20)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 12, 1), date(2027, 6, 1)),
    ],
)
def test_months_are_calendar_months(day: date, after: date) -> None:
    assert months_after(day, 6) == after


def second(circle: Circle, **named: object) -> str:
    circle.run_through("first", [3, 4, 3, 4])
    circle.at(datetime(2030, 8, 1, 9, tzinfo=UTC))
    return circle.opens("trust", "second", date(2030, 8, 10), **named)


def test_second_wave_asks_the_same_people_whatever_the_list_says_now(circle: Circle) -> None:
    first = circle.run_through("first", [3, 4, 3, 4])
    circle.says(people=persons(12)[4:])
    circle.at(datetime(2030, 8, 1, 9, tzinfo=UTC))
    again = circle.opens("trust", "second", date(2030, 8, 10))
    assert circle.tokens(again).keys() == circle.tokens(first).keys()
    assert not set(circle.tokens(again).values()) & set(circle.tokens(first).values())


def test_departure_is_kept_with_its_reason_and_not_asked(circle: Circle) -> None:
    run = second(circle, left={"cy@example.org": "Moved to another school"})
    assert circle.row(run).invited == 3
    assert "cy@example.org" not in circle.tokens(run)
    with circle.database.read() as session:
        left = session.scalars(select(SurveyInvitation).where(SurveyInvitation.run_id == run)).all()
        story = audit.story(session, f"submission:{circle.submission}")
    assert [(one.name, one.left) for one in left if one.left] == [("Cy", "Moved to another school")]
    assert story[-1].facts["left"] == [{"name": "Cy", "reason": "Moved to another school"}]


def test_survey_of_the_school_years_end_opens_within_its_window_alone(circle: Circle) -> None:
    days = {(4, 30): False, (5, 1): True, (6, 30): True, (7, 1): False}
    for (month, day), opens in days.items():
        circle.at(datetime(2030, month, day, 12, tzinfo=UTC))
        with circle.database.read() as session:
            subject = circle.subject(session)
            survey = subject.edition.credential.surveys["year"]
            found = surveys.standing(session, circle.settings, subject, survey, circle.now)
        assert (found[0].refusal is None) == opens, (month, day)


def test_results_are_nowhere_while_a_survey_is_open(circle: Circle) -> None:
    run = circle.opens()
    for token in list(circle.tokens(run).values())[:3]:
        circle.answers(token, helped=4)
    with circle.database.read() as session:
        assert surveys.results_of(session, session.get_one(SurveyRun, run)) is None
        subject = circle.subject(session)
        survey = subject.edition.credential.surveys["trust"]
        found = surveys.standing(session, circle.settings, subject, survey, circle.now)
        assert found[0].results is None
        with pytest.raises(Refused):
            surveys.attach(
                session, circle.settings, subject, survey, "first", circle.ana, circle.now
            )


@pytest.mark.parametrize(("count", "hidden"), [(2, True), (3, False)])
def test_fewer_answers_than_the_small_cell_show_and_leave_nothing(
    circle: Circle, count: int, hidden: bool
) -> None:
    run = circle.opens()
    for token in list(circle.tokens(run).values())[:count]:
        circle.answers(token, helped=4, words="a word")
    circle.closes(run)
    with circle.database.read() as session:
        results = surveys.results_of(session, session.get_one(SurveyRun, run))
    assert results is not None
    assert (results.answered, results.hidden) == (count, hidden)
    assert bool(circle.row(run).results["columns"]) != hidden  # type: ignore[index]


def test_survey_that_showed_nothing_may_be_run_once_more_and_another_may_not(
    circle: Circle,
) -> None:
    circle.closes(circle.opens())
    circle.at(START + timedelta(hours=1))
    circle.run_through("first", [3, 4, 3, 4])
    assert refused(circle) == "done"


def test_survey_closes_by_itself_when_its_time_has_come(circle: Circle) -> None:
    run = circle.opens()
    surveys.close_due(circle.context, {"run": run})
    surveys.close_due(circle.context, {"run": run})
    assert circle.row(run).state == "closed"


def test_nobody_but_the_candidate_runs_it(circle: Circle) -> None:
    run = circle.opens()
    other = circle.ana.__class__("x", "Sam", "sam@example.org", frozenset({"staff"}))
    with circle.database.transaction() as session, pytest.raises(Refused):
        surveys.close(session, circle.settings, run, other, circle.now)
