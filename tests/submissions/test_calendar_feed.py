"""A calendar of due dates that other programs read, and that tells no more than it must."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar, Event
from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.records.tables import Account, Review, Submission
from engine.submissions import calendar_feed
from tests import editions

from .conftest import BUNDLE, NOON, Garden

DUE = datetime(2026, 3, 20, 21, tzinfo=UTC)


@pytest.fixture
def reviewing(garden: Garden, session: Session) -> Submission:
    """A submission that is due, at a judge who is due too."""
    submission = garden.taken(session)
    session.execute(update(Review).values(due_at=DUE))
    return submission


def feed(garden: Garden, session: Session, who: str) -> bytes:
    session.flush()
    account = session.get_one(Account, who, populate_existing=True)
    return calendar_feed.feed(session, garden.settings, account)


def events(content: bytes) -> list[Event]:
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    assert calendar.errors == []
    found = [one for one in calendar.walk("VEVENT") if isinstance(one, Event)]
    assert [one.errors for one in found] == [[]] * len(found)
    return found


def test_a_review_that_is_due_is_an_event(
    garden: Garden, session: Session, reviewing: Submission
) -> None:
    (event,) = events(feed(garden, session, "judge"))
    assert event["SUMMARY"] == "Review due: Window Garden, Grower"
    assert event.decoded("DTEND") == DUE
    assert event.decoded("DTSTART") == DUE - timedelta(minutes=30)
    assert event["URL"] == f"http://127.0.0.1:5000/review/{reviewing.id}"
    assert "20 March 2026, 21:00 UTC" in event["DESCRIPTION"]
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("TRIGGER") == -timedelta(days=1)


def test_the_same_event_keeps_its_id_and_its_bytes(
    garden: Garden, session: Session, reviewing: Submission
) -> None:
    first = feed(garden, session, "judge")
    assert feed(garden, session, "judge") == first
    session.execute(update(Review).values(due_at=DUE + timedelta(days=7)))
    moved = feed(garden, session, "judge")
    assert moved != first
    assert calendar_feed.tag(moved) != calendar_feed.tag(first)
    assert events(moved)[0]["UID"] == events(first)[0]["UID"]


def test_what_is_done_is_not_in_it(garden: Garden, session: Session, reviewing: Submission) -> None:
    for status in ("closed", "given_up"):
        session.execute(update(Review).values(status=status))
        assert events(feed(garden, session, "judge")) == []


def test_a_candidates_calendar_has_their_own_due_dates(garden: Garden, session: Session) -> None:
    submission = garden.opened(session)
    session.execute(update(Submission).values(due_at=DUE))
    session.expire_all()
    (event,) = events(feed(garden, session, "grower"))
    assert event["SUMMARY"] == "Due: Window Garden"
    assert event["UID"] == f"submission-{submission.id}@127.0.0.1"
    assert events(feed(garden, session, "stranger")) == []
    assert events(feed(garden, session, "judge")) == []


def test_it_is_in_the_persons_language_and_zone(
    garden: Garden, session: Session, reviewing: Submission
) -> None:
    session.execute(
        update(Account).where(Account.id == "judge").values(language="es", zone="Asia/Kolkata")
    )
    (event,) = events(feed(garden, session, "judge"))
    assert "21 de marzo de 2026, 02:30 IST" in event["DESCRIPTION"]


@pytest.mark.parametrize(
    "name",
    ["Ñandú " * 40, "a;b,c\\d\nBEGIN:VEVENT", "\r\nEND:VCALENDAR", "😀" * 60, "x" * 300, '"q": v'],
)
def test_any_name_fits_a_calendar(
    garden: Garden, session: Session, reviewing: Submission, name: str
) -> None:
    session.execute(update(Account).where(Account.id == "grower").values(name=name[:200]))
    content = feed(garden, session, "judge")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    (event,) = events(content)
    shown = "".join(char for char in name[:200] if char == "\n" or char.isprintable())
    assert event["SUMMARY"] == f"Review due: Window Garden, {shown}"


def test_only_the_whole_address_opens_it(garden: Garden, session: Session) -> None:
    first = calendar_feed.make_key(session, garden.judge, NOON)
    assert calendar_feed.owner(session, "judge", first).id == "judge"
    for account_id, key in (("judge", ""), ("judge", "x"), ("grower", first), ("grower", "")):
        with pytest.raises(NotFound):
            calendar_feed.owner(session, account_id, key)
    second = calendar_feed.make_key(session, garden.judge, NOON)
    assert len(second) >= 40
    with pytest.raises(NotFound):
        calendar_feed.owner(session, "judge", first)
    session.execute(update(Account).where(Account.id == "judge").values(active=False))
    session.expire_all()
    with pytest.raises(NotFound):
        calendar_feed.owner(session, "judge", second)


def test_a_calendar_that_was_stopped_is_gone(garden: Garden, session: Session) -> None:
    key = calendar_feed.make_key(session, garden.judge, NOON)
    for _twice in range(2):
        calendar_feed.stop(session, garden.judge, NOON)
    with pytest.raises(NotFound):
        calendar_feed.owner(session, "judge", key)


def test_a_blind_review_names_nobody(
    garden: Garden, session: Session, reviewing: Submission
) -> None:
    bundle = copy.deepcopy(BUNDLE)
    bundle["workflow"]["states"]["judging"]["review"]["blind"] = "double"
    digest = editions.put(session, bundle, NOON, version=2)
    session.execute(update(Submission).values(edition_digest=digest))
    session.expire_all()
    content = feed(garden, session, "judge")
    assert b"Grower" not in content
    (event,) = events(content)
    assert event["SUMMARY"].startswith("Review due: Window Garden, Candidate ")
