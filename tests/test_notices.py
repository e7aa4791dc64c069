"""Letters: composed with the change, kept, sent once, and unable to carry anything else along."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select, update

from engine import notices, people
from engine.errors import DocumentFaulty
from engine.records import jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Account, Letter
from engine.settings import SHIPPED

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "credential": "School Gardener",
    "path": "/submissions/42",
    "comment": "Nearly there.\nTwo small things.",
    "notes": [
        {"look_for": "The plan says what grows where.", "notes": "The east bed is missing."},
        {"look_for": "Everyone had a turn.", "notes": ""},
    ],
}


@pytest.fixture
def ana(database: Database) -> Account:
    with database.transaction() as session:
        roles = ["candidate"]
        return people.add(session, "ana@school.org", "Ana Ruiz", "three quiet words", roles, NOON)


class Post:
    """A mail server's handler that keeps what arrives, and refuses whom it is told to."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.arrived: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.arrived.append(envelope)
        return "250 OK"


@pytest.fixture
def post() -> Iterator[Post]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Post(port)
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler
    controller.stop()


def by_post(context: JobContext, post: Post) -> JobContext:
    url = f"smtp://127.0.0.1:{post.port}"
    return replace(context, settings=replace(context.settings, mail_url=url))


def write(context: JobContext, ana: Account, letter: str = "returned", **more: Any) -> Letter:
    with context.database.transaction() as session:
        id = notices.write(session, context.settings, letter, ana, {**VALUES, **more}, NOON)
        return session.get_one(Letter, id)


def part(mail: EmailMessage, subtype: str) -> str:
    """The letter as text, or as HTML."""
    found = mail.get_body((subtype,))
    assert found is not None
    content: str = found.get_content()
    return content.replace("\r\n", "\n")


def sent_at(database: Database) -> datetime | None:
    with database.read() as session:
        return session.scalar(select(Letter.sent_at))


def own_templates(context: JobContext, folder: Path, **letters: str) -> JobContext:
    (folder / "mail").mkdir(parents=True)
    for name, text in letters.items():
        (folder / "mail" / f"{name}.txt").write_text(text, "utf-8")
    templates = (folder, *context.settings.templates)
    return replace(context, settings=replace(context.settings, templates=templates))


def test_returned_letter_reads_as_it_should(context: JobContext, ana: Account) -> None:
    letter = write(context, ana)
    assert letter.to_address == "ana@school.org"
    assert letter.subject == "Your work for School Gardener is back, with notes"
    assert letter.text == (
        "Hello Ana Ruiz,\n"
        "\n"
        "A reviewer has read your work for School Gardener and asks for some changes before it can"
        " be\n"
        "awarded. Your answers and files are all there, and the notes are beside them.\n"
        "\n"
        "The reviewer writes:\n"
        "\n"
        "  Nearly there.\n"
        "  Two small things.\n"
        "\n"
        "What is still missing:\n"
        "\n"
        "- The plan says what grows where.\n"
        "  Note: The east bed is missing.\n"
        "\n"
        "- Everyone had a turn.\n"
        "\n"
        "To make the changes and send it again, go to:\n"
        "https://awards.example/submissions/42\n"
        "\n"
        "Example Academy\n"
    )


@pytest.mark.parametrize(
    "letter",
    sorted({path.stem for path in (SHIPPED / "templates" / "mail").glob("*.txt")} - {"base"}),
)
def test_every_shipped_letter_has_a_subject_and_one_link(context: JobContext, letter: str) -> None:
    composed = notices.compose(context.settings, letter, "Ana Ruiz", VALUES)
    text = composed.text
    assert composed.subject
    assert composed.about
    assert text.count("https://") == 1
    assert "go to:\nhttps://awards.example/submissions/42\n" in text
    assert "\n\n\n" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_letters_need_no_comment_and_no_notes(context: JobContext) -> None:
    bare = {"credential": "School Gardener", "path": "/submissions/42"}
    text = notices.compose(context.settings, "returned", "Ana", bare).text
    assert "The reviewer writes" not in text
    assert "\n\n\n" not in text


def test_installation_may_word_its_own_letters(
    context: JobContext, ana: Account, tmp_path: Path
) -> None:
    own = own_templates(context, tmp_path / "own", returned="Subject: Oh {{ to }}\n\nHm.\n")
    letter = write(own, ana)
    assert (letter.subject, letter.text) == ("Oh Ana Ruiz", "Hm.\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dear {{ to }}", "The first line of a letter is `Subject: …`."),
        ("Subject: a\n{% if %}", "Expected an expression"),
        ("Subject: {{ to.__class__.__mro__ }}", "unsafe"),
        ("Subject: a\n{% include 'nothing.txt' %}", "There is no letter 'nothing.txt'."),
    ],
)
def test_faulty_letter_is_a_finding(
    context: JobContext, tmp_path: Path, text: str, words: str
) -> None:
    own = own_templates(context, tmp_path / "own", odd=text)
    with pytest.raises(DocumentFaulty) as faulty:
        notices.compose(own.settings, "odd", "Ana", VALUES)
    assert words in str(faulty.value)


def test_unknown_letter_is_a_finding(context: JobContext) -> None:
    with pytest.raises(DocumentFaulty, match="There is no letter"):
        notices.compose(context.settings, "../../settings", "Ana", VALUES)


def test_letter_of_a_rolled_back_change_is_neither_kept_nor_sent(
    context: JobContext, ana: Account, database: Database
) -> None:
    with suppress(ZeroDivisionError), database.transaction() as session:
        notices.write(session, context.settings, "submitted", ana, VALUES, NOON)
        raise ZeroDivisionError
    assert jobs.drain(context) == []
    with database.read() as session:
        assert session.scalars(select(Letter)).all() == []


def test_without_a_server_letters_become_files(
    context: JobContext, ana: Account, database: Database
) -> None:
    letter = write(context, ana, "awarded")
    assert sent_at(database) is None
    assert jobs.drain(context) == ["send-letter"]
    (path,) = context.settings.mail.iterdir()
    assert path.name == f"20260312T120000-{letter.id}.eml"
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "You have earned School Gardener"
    assert mail["To"] == "ana@school.org"
    assert part(mail, "plain") == letter.text
    assert part(mail, "html") == letter.html
    assert sent_at(database) is not None


def test_letter_goes_through_a_mail_server(
    context: JobContext, ana: Account, database: Database, post: Post
) -> None:
    letter = write(context, ana, credential="Jardín Ñandú")
    assert jobs.drain(by_post(context, post)) == ["send-letter"]
    (envelope,) = post.arrived
    assert (envelope.mail_from, envelope.rcpt_tos) == ("accolade@localhost", ["ana@school.org"])
    assert isinstance(envelope.content, bytes)
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert mail["Subject"] == "Your work for Jardín Ñandú is back, with notes"
    assert mail["Message-ID"] == f"<{letter.id}@awards.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert part(mail, "plain") == letter.text
    assert part(mail, "html") == letter.html
    assert sent_at(database) is not None


def test_letter_that_was_sent_is_not_sent_again(
    context: JobContext, ana: Account, post: Post
) -> None:
    letter = write(context, ana)
    for _ in range(2):
        notices.send(by_post(context, post), {"letter": letter.id})
    assert len(post.arrived) == 1


def test_address_that_the_server_does_not_know_is_given_up(
    context: JobContext, ana: Account, database: Database, post: Post
) -> None:
    post.answer = "550 No such user"
    letter = write(context, ana)
    with pytest.raises(jobs.GiveUp, match="knows no such address"):
        notices.send(by_post(context, post), {"letter": letter.id})
    assert sent_at(database) is None


def test_server_that_is_busy_is_tried_again_later(
    context: JobContext, ana: Account, post: Post
) -> None:
    post.answer = "451 Try again later"
    letter = write(context, ana)
    with pytest.raises(OSError, match="451"):
        notices.send(by_post(context, post), {"letter": letter.id})


def test_server_that_is_away_leaves_the_letter_waiting(
    context: JobContext, ana: Account, database: Database
) -> None:
    letter = write(context, ana)
    away = replace(context, settings=replace(context.settings, mail_url="smtp://127.0.0.1:1"))
    with pytest.raises(ConnectionRefusedError):
        notices.send(away, {"letter": letter.id})
    assert sent_at(database) is None


def test_nothing_in_a_letter_can_add_a_header(
    context: JobContext, ana: Account, database: Database, post: Post
) -> None:
    title = "Gardener\r\nBcc: everyone@school.org\r\n\r\nBuy now"
    letter = write(context, ana, credential=title)
    assert "\n" not in letter.subject
    with database.transaction() as session:  # as if somebody had reached the table itself
        session.execute(update(Letter).values(subject=title))
    assert jobs.drain(by_post(context, post)) == ["send-letter"]
    (envelope,) = post.arrived
    assert envelope.rcpt_tos == ["ana@school.org"]
    assert isinstance(envelope.content, bytes)
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Gardener Bcc: everyone@school.org Buy now"


def test_address_that_is_none_is_given_up(
    context: JobContext, ana: Account, database: Database, post: Post
) -> None:
    letter = write(context, ana)
    with database.transaction() as session:
        session.execute(update(Letter).values(to_address="a@b.org\r\nBcc: c@d.org"))
    with pytest.raises(jobs.GiveUp):
        notices.send(by_post(context, post), {"letter": letter.id})
    assert post.arrived == []


def test_password_is_not_sent_in_the_clear(
    context: JobContext, ana: Account, monkeypatch: pytest.MonkeyPatch, post: Post
) -> None:
    letter = write(context, ana)
    real = smtplib.SMTP
    monkeypatch.setattr(
        smtplib,
        "SMTP",
        lambda host, port, timeout: real("127.0.0.1", port, timeout=timeout),
    )
    url = f"smtp://ana:secret@mail.example:{post.port}"
    clear = replace(context, settings=replace(context.settings, mail_url=url))
    with pytest.raises(OSError, match="no TLS"):
        notices.send(clear, {"letter": letter.id})
