"""A visitor's question reaches the teacher, and the answer the visitor, by a real mail server;
neither of them learns the other's address."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from engine.records import jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import Account, Event, GalleryMessage, GalleryQuestion, Letter
from engine.submissions import gallery_forgetting, gallery_limits, gallery_questions
from tests.gallery.conftest import Swap, path_in, swap_of
from tests.mail.conftest import PostOffice, office

__all__ = ["office"]
pytestmark = pytest.mark.row("C6")

VISITOR = "vic@home.example"
TEACHER = "ana@example.org"


@pytest.fixture
def posted(context: JobContext, database: Database, office: PostOffice) -> Swap:
    """A swap whose letters go to a real mail server."""
    url = f"smtp://127.0.0.1:{office.port}"
    settings = replace(context.settings, mail_url=url, mail_from="gallery@school.example")
    return swap_of(replace(context, settings=settings), database)


def arrived(office: PostOffice, to: str) -> list[tuple[EmailMessage, str]]:
    """What came for somebody: the message, and all of it as it went over the wire."""
    found = []
    for envelope in office.arrived:
        if envelope.rcpt_tos == [to]:
            assert isinstance(envelope.content, bytes)
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            parts = [one.get_content() for one in mail.walk() if not one.is_multipart()]
            headers = "\n".join(f"{name}: {value}" for name, value in mail.items())
            found.append((mail, "\n".join((headers, str(envelope.mail_from), *parts))))
    return found


def test_a_question_and_its_answer_go_by_mail_without_either_address(
    posted: Swap, office: PostOffice
) -> None:
    item = posted.shares()
    jobs.drain(posted.context)
    office.arrived.clear()
    assert posted.asks(item).status_code == 303
    jobs.drain(posted.context)
    assert arrived(office, TEACHER) == []
    ((confirm, _whole),) = arrived(office, VISITOR)
    assert confirm["From"] == "gallery@school.example"
    link = path_in(posted.letters("gallery-confirm")[0])
    assert posted.browser().get(link).status_code == 200
    jobs.drain(posted.context)
    assert arrived(office, TEACHER) == []  # looking is not confirming
    posted.browser().post(link)
    jobs.drain(posted.context)
    ((question, whole),) = arrived(office, TEACHER)
    assert "Which beans?" in whole
    assert "Vic" in whole
    assert VISITOR not in whole
    assert (question["From"], question["Reply-To"]) == ("gallery@school.example", None)
    place = path_in(posted.letters("gallery-question")[0])
    office.arrived.clear()
    assert posted.browser("ana").post(place, {"words": "Runner beans."}).status_code == 303
    jobs.drain(posted.context)
    ((answer, whole),) = arrived(office, VISITOR)
    assert "Runner beans." in whole
    assert "Ana R., Hill School" in whole
    assert TEACHER not in whole
    assert "Ana Ruiz" not in whole
    assert (answer["From"], answer["Reply-To"]) == ("gallery@school.example", None)


@pytest.mark.parametrize(
    "name",
    [
        "Vic\r\nBcc: b@example.org",
        "Vic\nSubject: Buy",
        "Vic\x00\x1b[31m",
        "Vic\u2028Bcc: x",
    ],
)
def test_no_header_is_added_by_a_name(posted: Swap, office: PostOffice, name: str) -> None:
    item = posted.shares()
    posted.asked(item, name=name)
    jobs.drain(posted.context)
    for to in (TEACHER, VISITOR):
        for mail, _whole in arrived(office, to):
            assert mail["Bcc"] is None
            assert len(mail.get_all("Subject", [])) == 1
    assert {one for envelope in office.arrived for one in envelope.rcpt_tos} == {TEACHER, VISITOR}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "vic",
        "vic@home.example\r\nBcc: b@example.org",
        "a@b.example, c@d.example",
        "a@b@c",
        "<a@b>",
    ],
)
def test_what_is_no_address_gets_no_letter(swap: Swap, address: str) -> None:
    item = swap.shares()
    answer = swap.asks(item, email=address)
    assert answer.status_code == 422
    assert "Which beans?" in answer.text  # nothing typed is lost
    assert swap.letters("gallery-confirm") == []


def test_markup_in_a_question_is_words_wherever_it_is_read(swap: Swap) -> None:
    item = swap.shares()
    words = "<script>alert(1)</script> {{ 7*7 }} [x](javascript:alert(1)) </p>"
    question = swap.asked(item, words=words, name="<b>Vic</b>")
    pages = [
        swap.browser().get(swap.link()).text,
        swap.browser("ana").get(f"/my-work/shared/questions/{question.id}").text,
        swap.browser("ana").get("/my-work/shared").text,
        *(one.html for one in swap.letters("gallery-question")),
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<b>Vic" not in page
        assert 'href="javascript' not in page
        assert "7*7" in page


def test_the_letter_that_asks_to_confirm_holds_none_of_the_visitors_words(swap: Swap) -> None:
    """Whoever types a stranger's address sends them nothing of their own."""
    swap.asks(swap.shares(), name="Buy pills", words="Pills at https://buy.example now")
    (letter,) = swap.letters("gallery-confirm")
    for said in (letter.subject, letter.text, letter.html):
        assert "pills" not in said.lower()
        assert "buy.example" not in said
    assert "Hello," in letter.text
    page = swap.browser().get(path_in(letter)).text
    assert "Pills at" in page


def test_a_page_of_a_link_is_kept_by_no_cache(swap: Swap) -> None:
    swap.asks(swap.shares())
    answer = swap.browser().get(swap.link())
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    unknown = swap.browser().get("/gallery/questions/guessed")
    assert unknown.headers["Cache-Control"] == "no-store"


def test_the_log_of_a_failure_does_not_have_the_link(
    swap: Swap, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    swap.asks(swap.shares())
    link = swap.link()

    def breaks(*_: object) -> None:
        raise RuntimeError("broken")

    swap.app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(gallery_questions, "by_token", breaks)
    assert swap.browser().get(link).status_code == 500
    assert "/gallery/questions/<token>" in caplog.text
    assert link not in caplog.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\u00a0b\tc\x00\x1b", "a b c"),
        ("👩‍🏫 \u0646\u200c\u0647\r\nso", "👩‍🏫 \u0646\u200c\u0647\nso"),
        ("a\ud800b", "ab"),
    ],
)
def test_a_message_keeps_what_joins_letters_and_loses_controls(typed: str, kept: str) -> None:
    assert gallery_questions.plain(typed) == kept


@pytest.mark.parametrize("words", ["\x01", " \u00a0\t", "\u200b\u200d", "\r\n"])
def test_a_message_that_shows_nothing_is_none(words: str) -> None:
    (problem,) = gallery_questions.words_problems(words, "Write.")
    assert problem.message == "Write."


def test_nobody_who_has_left_is_asked(swap: Swap) -> None:
    item = swap.shares()
    swap.asks(item)
    with swap.database.transaction() as session:
        session.get_one(Account, swap.cast["ana"].id).active = False
    assert swap.browser().post(swap.link()).status_code == 409
    assert swap.asks(item).status_code == 409
    assert swap.letters("gallery-question") == []


def test_a_question_is_confirmed_once(swap: Swap) -> None:
    item = swap.shares()
    swap.asked(item)
    assert swap.browser().post(swap.link()).status_code == 422  # it asks for words by now
    assert len(swap.letters("gallery-question")) == 1
    assert swap.events(swap.row(item).submission_id).count("gallery-question-arrived") == 1


def test_a_visitor_asks_again_once_there_is_an_answer(swap: Swap) -> None:
    item = swap.shares()
    question = swap.asked(item)
    assert swap.browser().post(swap.link(), {"words": "Hello?"}).status_code == 409
    swap.replies(question)
    assert swap.browser().post(swap.link(), {"words": "How deep?"}).status_code == 303
    assert swap.question().state == "waiting"
    with swap.database.read() as session:
        said = session.scalars(select(GalleryMessage).order_by(GalleryMessage.number))
        assert [(one.by_teacher, one.body) for one in said] == [
            (False, "Which beans?"),
            (True, "Runner beans."),
            (False, "How deep?"),
        ]
    assert len(swap.letters("gallery-question")) == 2


def test_the_talk_is_its_teachers_alone(swap: Swap) -> None:
    question = swap.asked(swap.shares())
    for who in ("ben", "rosa", "sam"):
        path = f"/my-work/shared/questions/{question.id}"
        assert swap.browser(who).get(path).status_code == 404
        assert swap.browser(who).post(path, {"words": "I am Ana."}).status_code == 404
    assert swap.browser().get("/gallery/questions/guessed").status_code == 404


def test_an_unconfirmed_question_is_not_its_teachers_to_read(swap: Swap) -> None:
    swap.asks(swap.shares())
    path = f"/my-work/shared/questions/{swap.question().id}"
    assert swap.browser("ana").get(path).status_code == 404


def test_its_teacher_stops_questions_and_takes_them_again(swap: Swap) -> None:
    item = swap.shares()
    ana = swap.browser("ana")
    ana.post(f"/my-work/shared/{item}", {"_do": "stop"})
    assert "Ask a question" not in swap.browser().get(f"/gallery/{item}").text
    refused = swap.asks(item)
    assert refused.status_code == 409
    assert "No questions are taken" in refused.text
    ana.post(f"/my-work/shared/{item}", {"_do": "take"})
    assert swap.asks(item).status_code == 303


def test_questions_are_taken_only_where_the_teacher_agreed_to_answer(swap: Swap) -> None:
    item = swap.shares(agree_to_answer=None)
    assert "Ask a question" not in swap.browser().get(f"/gallery/{item}").text
    assert swap.asks(item).status_code == 409


def test_a_question_confirmed_after_its_page_went_is_not_sent(swap: Swap) -> None:
    item = swap.shares()
    swap.asks(item)
    swap.browser("ana").post(f"/my-work/shared/{item}", {"_do": "hide"})
    assert swap.browser().post(swap.link()).status_code == 409
    assert swap.letters("gallery-question") == []


def test_a_question_is_confirmed_within_a_week(swap: Swap) -> None:
    swap.asks(swap.shares())
    swap.later(days=7, seconds=1)
    assert swap.browser().post(swap.link()).status_code == 409


def test_its_teacher_may_leave_it_at_that(swap: Swap) -> None:
    question = swap.asked(swap.shares())
    path = f"/my-work/shared/questions/{question.id}"
    assert swap.browser("ana").post(path, {"_do": "close"}).status_code == 303
    assert swap.question().state == "closed"
    assert swap.letters("gallery-answer") == []
    assert swap.replies(question).status_code == 409


# Floods


def test_a_program_that_fills_in_everything_is_thanked_and_nothing_is_kept(swap: Swap) -> None:
    item = swap.shares()
    assert swap.asks(item, website="https://buy.example").status_code == 303
    assert swap.reports(item, website="https://buy.example").status_code == 303
    with swap.database.read() as session:
        assert session.scalars(select(GalleryQuestion)).all() == []
    assert swap.letters("gallery-confirm") == []
    assert swap.letters("gallery-reported") == []


def test_an_address_with_a_tag_is_the_same_persons(swap: Swap) -> None:
    item, browser = swap.shares(), swap.browser()
    answers = [
        swap.asks(item, browser, email=f"vic+{turn}@home.example").status_code
        for turn in range(gallery_limits.BY_EMAIL)
    ]
    assert answers == [303] * gallery_limits.BY_EMAIL
    for address in ("vic@home.example", "vic+new@home.example"):
        assert swap.asks(item, browser, email=address).status_code == 429
    for address in ("vicky@home.example", "vic+new@work.example"):
        assert swap.asks(item, browser, email=address).status_code == 303


def test_a_stranger_gets_few_letters_whoever_types_their_address(swap: Swap) -> None:
    item = swap.shares()
    browser = swap.browser()
    answers = [swap.asks(item, browser).status_code for _turn in range(gallery_limits.BY_EMAIL + 2)]
    assert answers == [303] * gallery_limits.BY_EMAIL + [429] * 2
    assert len(swap.letters("gallery-confirm")) == gallery_limits.BY_EMAIL
    swap.later(days=1, minutes=1)
    assert swap.asks(item, browser).status_code == 303


@pytest.mark.parametrize(
    ("what", "most"),
    [("FROM_ONE_PLACE", 3), ("ABOUT_ONE", 2), ("IN_ALL", 4)],
)
def test_other_bounds_hold_too(
    swap: Swap, monkeypatch: pytest.MonkeyPatch, what: str, most: int
) -> None:
    monkeypatch.setattr(gallery_limits, what, most)
    item = swap.shares()
    browser = swap.browser()
    answers = [
        swap.asks(item, browser, email=f"v{turn}@home.example").status_code
        for turn in range(most + 1)
    ]
    assert answers == [303] * most + [429]


def test_what_was_typed_is_still_there_after_too_much(
    swap: Swap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery_limits, "ABOUT_ONE", 0)
    answer = swap.asks(swap.shares(), words="A very long thought.")
    assert answer.status_code == 429
    assert "A very long thought." in answer.text


@pytest.mark.parametrize(("length", "status"), [(4_000, 303), (4_001, 422), (1_000_000, 422)])
def test_a_question_has_an_end(swap: Swap, length: int, status: int) -> None:
    assert swap.asks(swap.shares(), words="b" * length).status_code == status


# Forgetting


def test_a_visitors_address_is_forgotten_after_the_talk(swap: Swap) -> None:
    item = swap.shares()
    question = swap.asked(item)
    swap.replies(question)
    assert len(swap.letters("gallery-answer")) == 1
    link = swap.link()
    days = swap.settings.gallery_visitor_days
    swap.later(days=days)
    assert gallery_forgetting.forget(swap.context, swap.now) == 0
    swap.later(minutes=1)
    assert gallery_forgetting.forget(swap.context, swap.now) == 1
    row = swap.question()
    assert (row.name, row.email, row.asked_from, row.state) == ("", "", "", "closed")
    with swap.database.read() as session:
        letters = session.scalars(select(Letter).where(Letter.name.like("gallery-%"))).all()
        assert [one.name for one in letters] == ["gallery-published"]
        bodies = session.scalars(select(GalleryMessage.body)).all()
    assert len(bodies) == 2  # what was said stays, without a name
    assert swap.browser().get(link).status_code == 404
    assert gallery_forgetting.forget(swap.context, swap.now) == 0


def test_a_question_that_was_never_confirmed_goes_altogether(swap: Swap) -> None:
    swap.asks(swap.shares())
    swap.letters()
    swap.later(days=7, minutes=1)
    assert gallery_forgetting.forget(swap.context, swap.now) == 1
    with swap.database.read() as session:
        for table in (GalleryQuestion, GalleryMessage):
            assert session.scalars(select(table)).all() == []
    assert swap.letters("gallery-confirm") == []


def test_no_job_and_no_event_holds_a_visitors_address_or_network(swap: Swap) -> None:
    item = swap.shares()
    swap.replies(swap.asked(item))
    swap.letters()
    work = swap.row(item).submission_id
    with swap.database.read() as session:
        for one in session.scalars(select(Event).where(Event.chain == f"submission:{work}")):
            assert VISITOR not in str(one.facts)
            if one.actor_id == gallery_questions.VISITOR.id:
                assert one.source is None
        connection = session.connection()
        inputs = connection.exec_driver_sql(
            "SELECT inputs FROM workflow_status"
            if swap.database.is_sqlite
            else "SELECT inputs FROM dbos.workflow_status"
        )
        assert not [row for row in inputs if VISITOR in str(row[0]) or "Which beans" in str(row[0])]
