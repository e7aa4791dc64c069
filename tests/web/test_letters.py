"""Letters on pages: which one gets, in which words, what left, and a calendar to subscribe to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import event, func, select, update

from engine import notices, phrases
from engine.mail import muting
from engine.records import audit, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Account, Letter, LetterTemplate, Review
from engine.web import words as page_words
from tests.submissions.conftest import NOON, garden
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house"]

OWN = "Subject: Back again, {{ to }}\n\n**Look** at {{ credential }}.\n\n{{ link }}\n"


def account(house: GardenHouse, id: str) -> Account:
    with house.garden.database.read() as session:
        return session.get_one(Account, id)


def write(house: GardenHouse, letter: str = "returned", who: str = "grower", n: int = 0) -> str:
    garden = house.garden
    values = {"credential": f"Garden {n}", "path": "/submissions/1", "comment": "<b>Hm</b>"}
    with garden.database.transaction() as session:
        to = session.get_one(Account, who)
        at = NOON + timedelta(minutes=n)
        return notices.write(session, garden.settings, letter, to, values, at)


def drain(house: GardenHouse) -> None:
    garden = house.garden
    jobs.drain(JobContext(garden.settings, garden.database, garden.store))


def kept(house: GardenHouse, id: str) -> Letter:
    with house.garden.database.read() as session:
        return session.get_one(Letter, id)


# What one gets


def test_a_person_chooses_how_often_and_about_what(house: GardenHouse) -> None:
    browser = house.browser("grower")
    page = browser.get("/account/letters")
    assert "Your work is back with notes" in words(page)
    assert "A review is overdue" not in words(page)  # that is for staff
    always = words(page).partition("What we always write about")[2]
    assert "Your work has earned a credential" in always
    with house.garden.database.transaction() as session:
        session.execute(
            update(Account).where(Account.id == "grower").values(muted=["review-overdue"])
        )
    answer = browser.post(
        "/account/letters", data={"rhythm": "daily", "wanted": ["submitted", "reminder"]}
    )
    assert answer.status_code == 303
    chosen = account(house, "grower")
    assert chosen.mail_rhythm == "daily"
    assert "returned" in chosen.muted
    assert "review-overdue" in chosen.muted  # what was not on the page stays
    assert "submitted" not in chosen.muted
    assert "awarded" not in chosen.muted


def test_an_award_is_written_about_whatever_is_chosen(house: GardenHouse) -> None:
    browser = house.browser("grower")
    browser.post("/account/letters", data={"rhythm": "weekly", "wanted": ["x", "awarded"]})
    assert kept(house, write(house, "awarded")).status == "waiting"
    assert kept(house, write(house, "returned")).status == "muted"


def test_a_rhythm_that_there_is_not_is_refused(house: GardenHouse) -> None:
    answer = house.browser("grower").post("/account/letters", data={"rhythm": "hourly"})
    assert answer.status_code == 403
    assert account(house, "grower").mail_rhythm == "each"


def link(house: GardenHouse, letter: str = "returned") -> str:
    whole = muting.link(house.garden.settings, "grower", letter)
    return whole.removeprefix(house.garden.settings.base_url)


def test_a_link_in_a_letter_stops_its_kind_without_signing_in(house: GardenHouse) -> None:
    visitor = house.app.test_client()
    page = visitor.get(link(house))
    assert "No more letters of this kind?" in words(page)
    assert account(house, "grower").muted == []  # looking changes nothing
    done = visitor.post(link(house))
    assert "We won't write about this any more" in words(done)
    assert account(house, "grower").muted == ["returned"]
    with house.garden.database.read() as session:
        (told,) = audit.story(session, "account:grower")
    assert told.kind == "letters-chosen"


def test_a_mail_program_stops_letters_by_one_post(house: GardenHouse) -> None:
    client = house.app.test_client()
    for _twice in range(2):  # RFC 8058 §3.2: no cookie, no token, no redirect
        answer = client.post(link(house), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert account(house, "grower").muted == ["returned"]
    assert "Set-Cookie" not in answer.headers


def test_a_link_that_was_tampered_with_stops_nothing(house: GardenHouse) -> None:
    client = house.app.test_client()
    for address in (link(house)[:-1], link(house) + "x", "/letters/stop/x", "/letters/stop/W10.x"):
        assert client.post(address).status_code == 404
    assert account(house, "grower").muted == []


def test_another_site_can_not_post_the_link_for_somebody(house: GardenHouse) -> None:
    headers = {"Origin": "https://evil.example"}
    assert house.app.test_client().post(link(house), headers=headers).status_code == 403


# A calendar


def test_a_calendar_has_an_address_that_can_be_renewed_and_stopped(house: GardenHouse) -> None:
    house.taken()
    with house.garden.database.transaction() as session:
        session.execute(update(Review).values(due_at=datetime(2026, 3, 20, tzinfo=UTC)))
    judge, program = house.browser("judge"), house.app.test_client()
    judge.post("/account/calendar", data={"_go": "make"})
    found = re.search(r'value="http://127.0.0.1:5000(/calendar/[^"]*\.ics)"', address_page(house))
    assert found
    answer = program.get(found[1])
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert len(Calendar.from_ical(answer.data).walk("VEVENT")) == 1
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, max-age=900"
    again = program.get(found[1], headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    judge.post("/account/calendar", data={"_go": "make"})
    assert program.get(found[1]).status_code == 404
    judge.post("/account/calendar", data={"_go": "stop"})
    assert "You have none yet" in words(judge.get("/account/calendar"))


def address_page(house: GardenHouse) -> str:
    return house.browser("judge").get("/account/calendar").text


# Time zones


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/Chicago", ["8 March 2026, 01:30 CST", "8 March 2026, 03:30 CDT"]),
        ("Europe/Berlin", ["8 March 2026, 08:30 CET", "8 March 2026, 09:30 CET"]),
        ("Asia/Tokyo", ["8 March 2026, 16:30 JST", "8 March 2026, 17:30 JST"]),
    ],
)
def test_times_are_said_in_the_persons_zone_on_both_sides_of_summer_time(
    zone: str, said: list[str]
) -> None:
    moments = [datetime(2026, 3, 8, hour, 30, tzinfo=UTC) for hour in (7, 8)]
    with phrases.in_zone(zone):
        assert [phrases.moment(one) for one in moments] == said


def test_a_page_says_times_in_the_readers_zone(house: GardenHouse) -> None:
    id = write(house)
    office = house.browser("office")
    page = office.get(f"/staff/mail/{id}").text
    assert "12 March 2026, 12:00 UTC" in page
    assert "data-local" in page
    answer = office.post("/account/zone", data={"zone": "Pacific/Auckland"})
    assert answer.status_code == 303
    page = office.get(f"/staff/mail/{id}").text
    assert "13 March 2026, 01:00 NZDT" in page
    assert "data-local" not in page
    assert office.post("/account/zone", data={"zone": "Nowhere/Else"}).status_code == 403
    assert account(house, "office").zone == "Pacific/Auckland"


def test_the_day_of_an_award_is_the_same_for_everybody() -> None:
    late = datetime(2026, 3, 12, 23, 30, tzinfo=UTC)
    with phrases.in_zone("Pacific/Auckland"):
        assert page_words.FILTERS["day"](late) == "13 March 2026"
        assert page_words.FILTERS["record_day"](late) == "12 March 2026"


# The outbox


def test_the_outbox_narrows_by_status_person_and_letter(house: GardenHouse) -> None:
    write(house, "submitted")
    write(house, "returned", "judge")
    drain(house)
    write(house, "reminder")
    office = house.browser("office")
    assert "A reminder about" in words(office.get("/staff/mail?status=waiting"))
    assert "We have your work" not in words(office.get("/staff/mail?status=waiting"))
    assert "is back" not in words(office.get("/staff/mail?to=grower@example.org"))
    page = words(office.get("/staff/mail?letter=returned&to=judge@example.org"))
    assert "is back" in page
    assert "No such letters" in words(office.get("/staff/mail?status=failed"))


def test_the_outbox_asks_the_same_at_3_letters_and_at_30(house: GardenHouse) -> None:
    asked: list[int] = []
    office = house.browser("office")
    for count in (3, 27):
        for n in range(count):
            write(house, n=n)
        said: list[str] = []

        def note(*call: object, said: list[str] = said) -> None:
            said.append(str(call[2]))

        engine = house.garden.database.engine
        event.listen(engine, "before_cursor_execute", note)
        office.get("/staff/mail")
        event.remove(engine, "before_cursor_execute", note)
        asked.append(len(said))
    assert asked[0] == asked[1] <= 6


def test_the_outbox_is_read_a_page_at_a_time(house: GardenHouse) -> None:
    for n in range(60):
        write(house, n=n)
    office = house.browser("office")
    first = office.get("/staff/mail")
    assert "Garden 59 is back" in first.text
    assert "Garden 9 is back" not in first.text
    following = re.search(r'href="([^"]*after=[^"]*)"', first.text)
    assert following
    second = office.get(following[1].replace("&amp;", "&")).text
    assert "Garden 9 is back" in second
    assert "Garden 10 is back" not in second


def test_a_letters_html_is_shown_apart_with_its_own_rules(house: GardenHouse) -> None:
    id = write(house)
    office = house.browser("office")
    page = office.get(f"/staff/mail/{id}")
    assert f'src="/staff/mail/{id}/html"' in page.text
    shown = office.get(f"/staff/mail/{id}/html")
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "<b>Hm</b>" not in shown.text
    assert "&lt;b&gt;Hm&lt;/b&gt;" in shown.text


def test_a_letter_is_sent_again_once_for_each_time_the_page_was_shown(house: GardenHouse) -> None:
    id = write(house)
    drain(house)
    office = house.browser("office")
    found = re.search(r'name="copy" value="([0-9a-f]{32})"', office.get(f"/staff/mail/{id}").text)
    assert found
    for _press in range(2):
        answer = office.post(f"/staff/mail/{id}/send", data={"copy": found[1]})
        assert answer.location == f"/staff/mail/{found[1]}"
    drain(house)
    assert kept(house, found[1]).status == "sent"
    with house.garden.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == 2
    assert "sent it again" in words(office.get(f"/staff/mail/{id}"))


def test_a_mail_server_that_is_away_is_said_on_the_page(house: GardenHouse) -> None:
    id = write(house)
    with house.garden.database.transaction() as session:
        error = "The mail server does not answer: refused"
        session.execute(
            update(Letter).where(Letter.id == id).values(error=error, failing_since=NOON)
        )
    page = words(house.browser("office").get("/staff/mail"))
    assert "The mail server does not answer" in page
    assert "One letter waits since 12 March 2026, 12:00 UTC." in page


# The words of letters


def test_staff_give_a_letter_their_own_words_and_take_them_back(house: GardenHouse) -> None:
    office = house.browser("office")
    page = office.get("/staff/letters/returned/en")
    assert "Subject: Your work for {{ credential }} is back, with notes" in page.text
    answer = office.post("/staff/letters/returned/en", data={"text": OWN, "seen": "0"})
    assert answer.status_code == 303
    assert kept(house, write(house)).subject == "Back again, Grower"
    assert "changed" in words(office.get("/staff/letters"))
    page = office.get("/staff/letters/returned/en")
    assert "changed the words" in words(page)
    back = office.post("/staff/letters/returned/en", data={"_go": "reset", "seen": "1"})
    assert back.status_code == 303
    assert kept(house, write(house)).subject.endswith("is back, with notes")
    page = office.get("/staff/letters/returned/en")
    assert "went back to the letter's own words" in words(page)


def test_words_that_do_not_work_are_kept_for_mending_and_nothing_changes(
    house: GardenHouse,
) -> None:
    office = house.browser("office")
    broken = "Subject: x\n\nHello\n{% if comment %}\nand no end\n"
    answer = office.post("/staff/letters/returned/en", data={"text": broken, "seen": "0"})
    assert answer.status_code == 422
    assert "and no end" in answer.text
    assert re.search(r"Line \d: ", words(answer))
    with house.garden.database.read() as session:
        assert session.scalars(select(LetterTemplate)).all() == []


def test_two_who_change_a_letter_at_once_both_keep_their_words(house: GardenHouse) -> None:
    office = house.browser("office")
    office.post("/staff/letters/returned/en", data={"text": OWN, "seen": "0"})
    theirs = OWN.replace("Back again", "Once more")
    answer = office.post("/staff/letters/returned/en", data={"text": theirs, "seen": "0"})
    assert answer.status_code == 409
    assert "Once more" in answer.text
    assert "Back again" in answer.text
    assert 'name="seen" value="1"' in answer.text


def test_one_language_changes_and_the_other_does_not(house: GardenHouse) -> None:
    office = house.browser("office")
    office.post("/staff/letters/returned/es", data={"text": OWN, "seen": "0"})
    assert kept(house, write(house)).subject.endswith("is back, with notes")


def test_a_preview_shows_what_is_being_written_with_real_work(house: GardenHouse) -> None:
    id = house.taken()
    office = house.browser("office")
    shown = office.post(
        "/staff/letters/returned/en/preview", data={"text": OWN, "about": id, "as": "html"}
    )
    assert "Back again, Grower" in shown.text
    assert "<strong>Look</strong> at Window Garden." in shown.text
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    text = office.post(
        "/staff/letters/returned/en/preview", data={"text": OWN, "about": id, "as": "text"}
    )
    assert "Look at Window Garden." in text.text
    broken = office.post("/staff/letters/returned/en/preview", data={"text": "Subject: {{"})
    assert "Line 1" in broken.text
    saved = office.get(f"/staff/letters/returned/es/preview?about={id}")
    assert "Hola, Grower:" in saved.text


def test_a_test_goes_to_whoever_asks_and_nobody_else(house: GardenHouse) -> None:
    office = house.browser("office")
    answer = office.post(
        "/staff/letters/returned/en", data={"text": OWN, "seen": "0", "_go": "test"}
    )
    assert answer.status_code == 200
    assert "Back again" in answer.text  # the words are still there
    drain(house)
    with house.garden.database.read() as session:
        (letter,) = session.scalars(select(Letter))
        assert session.scalars(select(LetterTemplate)).all() == []
    assert letter.to_address == "office@example.org"
    assert letter.subject == "Test: Back again, Office"


def test_a_letter_that_runs_for_ever_costs_a_message(house: GardenHouse) -> None:
    loop = "{% for a in range(1000) %}{% for b in range(1000) %}x{% endfor %}{% endfor %}"
    text = f"Subject: x\n\n{loop}\n"
    answer = house.browser("office").post(
        "/staff/letters/returned/en", data={"text": text, "seen": "0"}
    )
    assert answer.status_code == 422
    assert "too long" in words(answer)


@pytest.mark.parametrize("path", ["/staff/letters/base/en", "/staff/letters/returned/fr"])
def test_there_is_no_such_letter(house: GardenHouse, path: str) -> None:
    assert house.browser("office").get(path).status_code == 404
    assert house.browser("office").post(path, data={"text": OWN}).status_code == 404
