"""Letters leave once, in order, whatever the mail server and the processes do meanwhile."""

from __future__ import annotations

import email
import email.policy
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from engine import notices, people
from engine.mail import muting, outbox, posting, wordings
from engine.people import Actor
from engine.records import jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Account, Letter, new_id
from tests.mail.conftest import PostOffice

NOW = datetime.now(UTC)
VALUES: dict[str, Any] = {"credential": "Garden", "path": "/submissions/42"}
SAM = Actor("sam", "Sam Hale", "sam@school.org", frozenset({"staff"}))


@pytest.fixture
def ana(database: Database) -> Account:
    return person(database, "ana")


def person(database: Database, name: str) -> Account:
    with database.transaction() as session:
        return people.add(
            session, f"{name}@school.org", name.title(), "three quiet words", ["candidate"], NOW
        )


def write(context: JobContext, to: Account, letter: str = "submitted", minutes: int = 0) -> str:
    with context.database.transaction() as session:
        at = NOW + timedelta(minutes=minutes)
        return notices.write(session, context.settings, letter, to, VALUES, at)


def kept(database: Database, id: str) -> Letter:
    with database.read() as session:
        return session.get_one(Letter, id)


def arrived(office: PostOffice) -> list[EmailMessage]:
    found = []
    for envelope in office.arrived:
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        found.append(mail)
    return found


def test_a_mail_server_that_is_down_for_a_day_loses_nothing_and_mixes_nothing_up(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    ben = person(database, "ben")
    office.shut()
    ids = [
        write(by_post, to, letter, minutes)
        for minutes, (to, letter) in enumerate(
            [(ana, "submitted"), (ben, "submitted"), (ana, "returned"), (ana, "awarded")]
        )
    ]
    jobs.drain(by_post)
    for hours in range(0, 24, 3):
        assert posting.post_waiting(by_post, NOW + timedelta(hours=hours, minutes=10)) == 0
    assert {kept(database, id).status for id in ids} == {"waiting"}
    with database.read() as session:
        standing = outbox.standing(session)
    assert standing.waiting == 4
    assert standing.away.startswith(posting.AWAY)
    assert standing.away_since is not None
    office.open()
    assert posting.post_waiting(by_post, NOW + timedelta(hours=25)) == 4
    assert [mail["Message-ID"] for mail in arrived(office)] == [
        f"<{id}@awards.example>" for id in ids
    ]
    assert posting.post_waiting(by_post, NOW + timedelta(hours=26)) == 0
    assert {kept(database, id).error for id in ids} == {""}


def test_a_server_that_is_away_is_asked_once_a_minute_and_not_once_a_letter(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    office.shut()
    ids = [write(by_post, ana, minutes=one) for one in range(5)]
    later = NOW + timedelta(hours=1)
    posting.post_waiting(by_post, later)
    assert [bool(kept(database, id).error) for id in ids] == [True, False, False, False, False]
    posting.post_waiting(by_post, later + timedelta(seconds=30))
    assert [bool(kept(database, id).error) for id in ids] == [True, False, False, False, False]


def test_an_address_that_is_put_off_holds_up_nobody_else(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    ben = person(database, "ben")
    office.refuses["ana@school.org"] = "451 Greylisted, try again later"
    first, second, third = (
        write(by_post, ana),
        write(by_post, ana, "awarded", 1),
        write(by_post, ben),
    )
    posting.post_waiting(by_post, NOW + timedelta(minutes=5))
    assert [kept(database, id).status for id in (first, second, third)] == [
        "waiting",
        "waiting",
        "sent",
    ]
    assert "451" in kept(database, first).error
    office.refuses.clear()
    posting.post_waiting(by_post, NOW + timedelta(minutes=25))
    ids = [mail["Message-ID"].partition("@")[0][1:] for mail in arrived(office)]
    assert ids == [third, first, second]


def test_an_address_that_there_is_not_fails_in_words(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    office.refuses["ana@school.org"] = "550 No such user here"
    id = write(by_post, ana)
    with pytest.raises(jobs.GiveUp):
        jobs.drain(by_post)
    letter = kept(database, id)
    assert letter.status == "failed"
    assert letter.error == "The mail server knows no such address: 550 No such user here"


def test_what_could_not_be_sent_for_days_is_given_up(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    office.shut()
    id = write(by_post, ana)
    posting.post_waiting(by_post, NOW + timedelta(hours=1))
    posting.post_waiting(by_post, NOW + timedelta(hours=2) + posting.GIVE_UP_AFTER)
    letter = kept(database, id)
    assert letter.status == "failed"
    assert letter.error.endswith("It was tried for 5 days.")


def test_a_worker_that_died_while_it_sent_is_followed_by_another(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    id = write(by_post, ana)
    with database.transaction() as session:  # as it stands when the process is gone
        claimed = NOW + timedelta(minutes=5)
        session.execute(update(Letter).values(claimed_until=claimed))
    assert posting.post_waiting(by_post, NOW + timedelta(minutes=2)) == 0
    assert posting.post_waiting(by_post, NOW + timedelta(minutes=6)) == 1
    assert kept(database, id).status == "sent"


def test_a_kill_between_any_two_steps_of_sending_loses_nothing(
    by_post: JobContext,
    office: PostOffice,
    database: Database,
    ana: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        pass

    real = Database.transaction
    for step in range(1, 4):
        id = write(by_post, ana, minutes=step)
        left = [step]

        def counting(self: Database, left: list[int] = left) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return real(self)

        with monkeypatch.context() as patched:
            patched.setattr(Database, "transaction", counting)
            with suppress(Killed):
                notices.send(by_post, {"letter": id})
        posting.post_waiting(by_post, NOW + timedelta(hours=step))
        assert kept(database, id).status == "sent"
        mine = [mail for mail in arrived(office) if id in mail["Message-ID"]]
        # Killed after the server had it and before that was kept, it goes twice, as one Message-ID.
        assert len(mine) == (2 if step == 2 else 1)


def test_a_letter_has_text_and_html_and_says_how_to_stop_it(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    write(by_post, ana)
    jobs.drain(by_post)
    (mail,) = arrived(office)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(mail["List-Unsubscribe"])
    assert address.startswith("<https://awards.example/letters/stop/")
    token = address.rpartition("/")[2].rstrip(">")
    assert muting.chosen_by(by_post.settings, token) == (ana.id, "submitted")


def test_a_letter_that_always_goes_out_can_not_be_stopped(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    with database.transaction() as session:
        values = {"muted": ["awarded", "submitted"], "mail_rhythm": "weekly"}
        session.execute(update(Account).values(**values))
        to = session.get_one(Account, ana.id, populate_existing=True)
    sent, stopped = write(by_post, to, "awarded"), write(by_post, to, "submitted")
    jobs.drain(by_post)
    (mail,) = arrived(office)
    assert mail["List-Unsubscribe"] is None
    assert kept(database, sent).status == "sent"
    assert kept(database, stopped).status == "muted"


def test_a_failed_letter_goes_out_itself_when_it_is_sent_again(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    office.refuses["ana@school.org"] = "550 No"
    id = write(by_post, ana)
    with pytest.raises(jobs.GiveUp):
        jobs.drain(by_post)
    office.refuses.clear()
    with database.transaction() as session:
        assert outbox.send_again(session, id, new_id(), SAM, NOW) == id
        assert outbox.send_again(session, id, new_id(), SAM, NOW) == id
    jobs.drain(by_post)
    assert kept(database, id).status == "sent"
    assert len(office.arrived) == 1


def test_a_sent_letter_is_copied_once_however_often_the_button_is_pressed(
    by_post: JobContext, office: PostOffice, database: Database, ana: Account
) -> None:
    id = write(by_post, ana)
    jobs.drain(by_post)
    with database.transaction() as session:
        session.get_one(Account, ana.id).email = "ana@elsewhere.org"
    copy = new_id()
    for _press in range(2):
        with database.transaction() as session:
            assert outbox.send_again(session, id, copy, SAM, NOW) == copy
        jobs.drain(by_post)
    assert [envelope.rcpt_tos for envelope in office.arrived] == [
        ["ana@school.org"],
        ["ana@elsewhere.org"],
    ]
    assert kept(database, copy).text == kept(database, id).text


def test_letters_in_a_folder_have_html_too(
    context: JobContext, database: Database, ana: Account
) -> None:
    write(context, ana)
    jobs.drain(context)
    (path,) = Path(context.settings.mail).glob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail.get_body(("html",)) is not None


def test_words_that_staff_gave_a_letter_go_out(
    context: JobContext, database: Database, ana: Account
) -> None:
    with database.transaction() as session:
        by = people.add(session, "s@x.org", "Sam", "three quiet words", ["staff"], NOW)
        text = "Subject: Got it, {{ to }}\n\n**Thanks.**\n"
        actor = Actor(by.id, by.name, by.email, frozenset({"staff"}))
        wordings.keep(session, context.settings, "submitted", "en", text, 0, actor, NOW)
    letter = kept(database, write(context, ana))
    assert (letter.subject, letter.text) == ("Got it, Ana", "Thanks.\n")
    assert "<strong>Thanks.</strong>" in letter.html
    with database.transaction() as session:
        session.execute(update(Account).where(Account.id == ana.id).values(language="es"))
        spaniard = session.get_one(Account, ana.id, populate_existing=True)
    assert kept(database, write(context, spaniard)).subject.startswith("Recibimos")


def test_times_in_letters_are_in_the_readers_zone(
    context: JobContext, database: Database, ana: Account
) -> None:
    values = {**VALUES, "due": "2026-03-08T12:00:00+00:00"}  # clocks went forward that night
    said = []
    for zone in ("", "America/Chicago", "Asia/Kolkata", "America/Sao_Paulo"):
        with database.transaction() as session:
            session.execute(update(Account).values(zone=zone))
            to = session.get_one(Account, ana.id, populate_existing=True)
            id = notices.write(session, context.settings, "reminder", to, values, NOW)
        text = kept(database, id).text
        said.append(text.partition("due on ")[2].partition(".\n")[0])
    assert said == [
        "8 March 2026, 12:00 UTC",
        "8 March 2026, 07:00 CDT",
        "8 March 2026, 17:30 IST",
        "8 March 2026, 09:00 UTC-3",
    ]
