"""Reviewers who are away, and those who are gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import people
from engine.errors import NotFound, Refused
from engine.records.jobs import JobContext
from engine.records.tables import Account, Review
from engine.submissions import absences
from engine.submissions.absences import Said

from .conftest import NOON, Garden
from .jury import Jury, seat

DAY = timedelta(days=1)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def session(garden: Garden) -> Iterator[Session]:
    with garden.database._writing() as session:
        yield session


def say(
    jury: Jury, who: str, since: str, until: str = "", delegate: str = "", by: str = ""
) -> list[str]:
    said = Said(since, until, delegate)
    actor = jury.actor(by or who)
    return list(absences.say(jury.session, actor, who, said, CHICAGO, NOON))


def begin(jury: Jury, who: str) -> None:
    """The job that runs when an absence begins."""
    since = jury.session.get_one(Account, who).away_from
    assert since is not None
    jury.session.commit()
    context = JobContext(jury.garden.settings, jury.garden.database, jury.garden.store)
    for _twice in range(2):
        absences.begin(context, {"account": who, "since": since.isoformat()})
    jury.session.expire_all()


def test_days_are_those_of_the_persons_zone_the_last_one_included(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session)
    assert say(jury, "kim", "2026-03-20", "2026-03-22", "leo") == []
    kim = session.get_one(Account, "kim")
    assert kim.away_from == datetime(2026, 3, 20, 5, tzinfo=UTC)
    assert kim.away_until == datetime(2026, 3, 23, 5, tzinfo=UTC)
    assert kim.delegate_id == "leo"


@pytest.mark.parametrize(
    ("since", "until", "delegate", "wrong"),
    [
        ("", "", "", ["since"]),
        ("soon", "", "", ["since"]),
        ("9999-12-31", "", "", ["since"]),
        ("2026-03-20", "2026-03-19", "", ["until"]),
        ("2026-03-01", "2026-03-02", "", ["until"]),
        ("2026-03-20", "later", "", ["until"]),
        ("2026-03-20", "", "kim", ["delegate"]),
        ("2026-03-20", "", "grower", ["delegate"]),
        ("2026-03-20", "", "nobody", ["delegate"]),
    ],
)
def test_what_makes_no_sense_is_said_by_field(
    garden: Garden, session: Session, since: str, until: str, delegate: str, wrong: list[str]
) -> None:
    jury = seat(garden, session)
    assert say(jury, "kim", since, until, delegate) == wrong
    assert session.get_one(Account, "kim").away_from is None


def test_nobody_stands_in_who_is_away_then_too(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    assert say(jury, "leo", "2026-03-15") == []
    assert say(jury, "kim", "2026-03-20", "", "leo") == ["delegate"]


def test_staff_say_it_for_somebody_and_colleagues_do_not(garden: Garden, session: Session) -> None:
    jury = seat(garden, session)
    with pytest.raises(Refused):
        say(jury, "kim", "2026-03-20", by="leo")
    assert say(jury, "kim", "2026-03-20", by="office") == []
    with pytest.raises(NotFound):
        say(jury, "grower", "2026-03-20", by="office")


def test_what_is_due_meanwhile_goes_to_whoever_stands_in(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, due="P7D")
    jury.claim("kim")
    say(jury, "kim", "2026-03-01", delegate="leo")
    begin(jury, "kim")
    assert jury.seats == (["leo"], 0)
    assert jury.kinds[-2:] == ["away", "assigned"]
    assert jury.last_event().facts["how"] == "delegated"


def test_what_is_due_later_stays(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, due="P700D")
    jury.claim("kim")
    later = (datetime.now(UTC) + 9 * DAY).date().isoformat()
    assert say(jury, "kim", "2026-03-01", later, "leo") == []
    begin(jury, "kim")
    assert jury.seats == (["kim"], 0)


def test_what_the_delegate_may_not_review_goes_back_to_the_pool(
    garden: Garden, session: Session
) -> None:
    jury = seat(garden, session, due="P7D", exclude=["same_school"])
    jury.claim("kim")
    say(jury, "kim", "2026-03-01", delegate="ines")
    begin(jury, "kim")
    assert jury.seats == ([], 1)


def test_an_absence_that_was_called_off_changes_nothing(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, due="P7D")
    jury.claim("kim")
    say(jury, "kim", "2026-03-01", delegate="leo")
    since = session.get_one(Account, "kim").away_from
    assert since is not None
    absences.back(session, jury.actor("kim"), "kim", NOON)
    session.commit()
    context = JobContext(garden.settings, garden.database, garden.store)
    absences.begin(context, {"account": "kim", "since": since.isoformat()})
    session.expire_all()
    assert jury.seats == (["kim"], 0)


def test_a_closed_account_frees_what_it_had(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, pick="round_robin")
    (first,) = jury.seats[0]
    people.set_active(session, first, False, jury.actor("office"), NOON)
    assert absences.leave(session, garden.settings, first, NOON) == 1
    (second,) = jury.seats[0]
    assert second != first


def test_a_sweep_finds_whoever_was_closed_by_another_way(garden: Garden, session: Session) -> None:
    jury = seat(garden, session, count=2)
    jury.claim("kim")
    jury.claim("leo")
    jury.change("kim", active=False)
    jury.change("leo", roles=["candidate"])
    session.commit()
    context = JobContext(garden.settings, garden.database, garden.store)
    absences.sweep(context, NOON)
    session.expire_all()
    assert jury.seats == ([], 2)
    assert set(session.scalars(select(Review.status))) == {"given_up"}
