"""Questions of visitors, relayed by e-mail: neither side learns the other's address.

A visitor's question waits until they have confirmed their address by a link; then the teacher gets
a letter, answers on a page here, and the answer goes to the visitor in a letter of this site. The
visitor's link shows the talk from then on, and lets them ask again once they have an answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Problem, Refusal, Refused
from engine.languages import _, current
from engine.mail.composing import one_line
from engine.people import Actor, normal_email
from engine.records import audit
from engine.records.tables import Account, GalleryItem, GalleryMessage, GalleryQuestion, new_id
from engine.settings import Settings
from engine.submissions import gallery_letters, gallery_limits, link_tokens
from engine.submissions.gallery import own_item, public_now

VISITOR: Final = Actor("visitor", "A visitor", "", frozenset())
"""In whose name the trail keeps what visitors do: theirs is not kept there."""
LONGEST_NAME: Final = 100
LONGEST_WORDS: Final = 4_000
"""Characters of one question or answer."""
CONFIRM_WITHIN: Final = timedelta(days=7)
MOST_TURNS: Final = 40
"""Messages of one talk; people who have more to say write to each other."""
_WHAT: Final = "gallery question"
_CONTROLS: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Unicode's categories Cc and Cs, but for the line break."""


class Typed(NamedTuple):
    """What a visitor typed."""

    name: str
    email: str
    words: str


@dataclass(frozen=True)
class Talk:
    """One question with everything that was said since."""

    question: GalleryQuestion
    item: GalleryItem
    messages: Sequence[GalleryMessage]

    @property
    def visitor(self) -> str:
        return self.question.name or _("A visitor")

    @property
    def teacher(self) -> str:
        return self.item.shown_as or _("A teacher")

    @property
    def visitor_may_write(self) -> bool:
        return self.question.state == "answered" and len(self.messages) < MOST_TURNS

    @property
    def teacher_may_write(self) -> bool:
        """Also once more after an answer, but nothing to nobody's address."""
        return (
            self.question.state in ("waiting", "answered")
            and bool(self.question.email)
            and len(self.messages) < MOST_TURNS
        )


def typed(name: str, email: str, words: str) -> tuple[Typed, list[Problem]]:
    """What was typed, as it is kept, and what is wrong with it (by the names of the fields)."""
    said = Typed(one_line(name)[: LONGEST_NAME + 1], normal_email(email), plain(words))
    problems = []
    if not said.name:
        problems.append(Problem("name", "required", _("Enter your name.")))
    elif len(said.name) > LONGEST_NAME:
        problems.append(
            Problem("name", "maxLength", _("Shorten your name to %(n)s letters.", n=LONGEST_NAME))
        )
    if not said.email:
        problems.append(
            Problem("email", "email", _("Enter your e-mail address, like name@school.org."))
        )
    return said, [*problems, *words_problems(said.words, _("Write your question."))]


def plain(words: str) -> str:
    """A message as it is kept: without control characters, line breaks aside, and with plain
    spaces; at most one character too long. What joins letters or turns their direction stays."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    spaced = lines.replace("\t", " ").replace("\u00a0", " ")
    return _CONTROLS.sub("", spaced).strip()[: LONGEST_WORDS + 1]


def words_problems(words: str, lacking: str) -> list[Problem]:
    """What is wrong with a message, once it is `plain`; `lacking` says that there is none."""
    words = plain(words)
    if not any(unicodedata.category(one)[0] not in "CZ" for one in words):
        return [Problem("words", "required", lacking)]
    if len(words) > LONGEST_WORDS:
        said = _("Shorten this to %(n)s characters or less.", n=f"{LONGEST_WORDS:,}")
        return [Problem("words", "maxLength", said)]
    return []


def ask(
    session: Session, settings: Settings, item: GalleryItem, said: Typed, place: str, at: datetime
) -> GalleryQuestion:
    """Keep a question until its address is confirmed, and write to that address.

    `place` is the digest of an address (`gallery_limits`). Raises `Refused`: no questions are
    taken, or too many.
    """
    _must_take(session, item)
    gallery_limits.may_ask(session, item.id, said.email, place, at)
    question = GalleryQuestion(
        id=new_id(),
        item_id=item.id,
        name=said.name,
        email=said.email,
        language=current(),
        state="unconfirmed",
        asked_from=place,
        asked_at=at,
        last_at=at,
    )
    question.token_digest = link_tokens.digest_of(token_of(settings, question))
    session.add(question)
    session.flush()
    _say(session, question, said.words, False, at)
    gallery_letters.queue(session, "gallery-confirm", question)
    return question


def token_of(settings: Settings, question: GalleryQuestion) -> str:
    """What stands in the visitor's link."""
    return link_tokens.token_of(settings, _WHAT, question.id)


def by_token(session: Session, token: str) -> Talk:
    """What a visitor's link leads to. Raises `NotFound`."""
    digest = link_tokens.digest_of(token)
    question = session.scalar(select(GalleryQuestion).where(GalleryQuestion.token_digest == digest))
    if question is None:
        raise NotFound(
            _("This link leads to no question. It may be old: links are forgotten after a while.")
        )
    return _talk(session, question)


def confirm(session: Session, talk: Talk, at: datetime) -> None:
    """The address is the visitor's own: the question goes to the teacher. Twice is once.

    Raises `Refused` where it is too late, or no questions are taken any more.
    """
    question = talk.question
    if question.state != "unconfirmed":
        return
    if at > question.asked_at + CONFIRM_WITHIN:
        raise Refused(
            Refusal(
                _("You asked this too long ago."), _("Please ask it again on the page."), "late"
            )
        )
    _must_take(session, talk.item)
    question.state, question.last_at = "waiting", at
    gallery_letters.queue(session, "gallery-question", question, 1)
    facts = {"item": talk.item.id, "question": question.id}
    with audit.coming_from(None):  # no network of a visitor is kept for ever
        audit.record(session, _chain(talk.item), "gallery-question-arrived", facts, VISITOR, at)


def ask_again(session: Session, talk: Talk, words: str, at: datetime) -> None:
    """The visitor goes on, once there is an answer. Raises `Refused`."""
    if not talk.visitor_may_write:
        raise Refused(
            Refusal(
                _("Your question is with the teacher."),
                _("You can write again when there is an answer."),
                "not-now",
            )
        )
    _must_take(session, talk.item)
    number = _say(session, talk.question, plain(words), False, at)
    talk.question.state, talk.question.last_at = "waiting", at
    gallery_letters.queue(session, "gallery-question", talk.question, number)
    facts = {"item": talk.item.id, "question": talk.question.id}
    with audit.coming_from(None):  # no network of a visitor is kept for ever
        audit.record(session, _chain(talk.item), "gallery-question-arrived", facts, VISITOR, at)


def own_talk(session: Session, question_id: str, actor: Actor) -> Talk:
    """A talk about the actor's own work. Raises `NotFound` for everything else."""
    question = session.get(GalleryQuestion, question_id)
    if question is None or question.state == "unconfirmed":
        raise _nothing()
    talk = _talk(session, question)
    if not actor.id or talk.item.candidate_id != actor.id:
        raise _nothing()
    return talk


def own_talks(session: Session, actor: Actor, limit: int = 100) -> list[Talk]:
    """The talks about the actor's work, those that wait first; three queries."""
    rows = session.execute(
        select(GalleryQuestion, GalleryItem)
        .join(GalleryItem, GalleryItem.id == GalleryQuestion.item_id)
        .where(GalleryItem.candidate_id == actor.id, GalleryQuestion.state != "unconfirmed")
        .order_by(
            (GalleryQuestion.state == "waiting").desc(),
            GalleryQuestion.last_at.desc(),
            GalleryQuestion.id,
        )
        .limit(limit)
    ).all()
    said: dict[str, list[GalleryMessage]] = {question.id: [] for question, _item in rows}
    messages = session.scalars(
        select(GalleryMessage)
        .where(GalleryMessage.question_id.in_(said))
        .order_by(GalleryMessage.number)
    )
    for one in messages:
        said[one.question_id].append(one)
    return [Talk(question, item, said[question.id]) for question, item in rows]


def answer(session: Session, talk: Talk, words: str, actor: Actor, at: datetime) -> None:
    """The teacher answers; the visitor gets it by mail. Raises `Refused` where it is over."""
    own_item(session, talk.item.id, actor)
    if not talk.teacher_may_write:
        raise Refused(
            Refusal(
                _("This talk is over, and the visitor’s address is not kept any more."),
                code="over",
            )
        )
    number = _say(session, talk.question, plain(words), True, at)
    talk.question.state, talk.question.last_at = "answered", at
    gallery_letters.queue(session, "gallery-answer", talk.question, number)
    facts = {"item": talk.item.id, "question": talk.question.id}
    audit.record(session, _chain(talk.item), "gallery-question-answered", facts, actor, at)


def close(session: Session, talk: Talk, actor: Actor, at: datetime) -> None:
    """The teacher leaves it at that; nobody is written to. Twice is once."""
    own_item(session, talk.item.id, actor)
    if talk.question.state == "closed":
        return
    talk.question.state, talk.question.last_at = "closed", at
    facts = {"item": talk.item.id, "question": talk.question.id}
    audit.record(session, _chain(talk.item), "gallery-question-closed", facts, actor, at)


def takes_questions(session: Session, item: GalleryItem) -> bool:
    """Whether visitors may ask about it now: its teacher is here to answer."""
    if not item.takes_questions or not public_now(session, item):
        return False
    return session.get_one(Account, item.candidate_id).active


def _must_take(session: Session, item: GalleryItem) -> None:
    if not takes_questions(session, item):
        raise Refused(
            Refusal(
                _("No questions are taken about this work at the moment."),
                _("Everything that is shared of it is on its page."),
                "no-questions",
            )
        )


def _talk(session: Session, question: GalleryQuestion) -> Talk:
    messages = session.scalars(
        select(GalleryMessage)
        .where(GalleryMessage.question_id == question.id)
        .order_by(GalleryMessage.number)
    )
    item = session.get_one(GalleryItem, question.item_id)
    return Talk(question, item, list(messages))


def _say(
    session: Session, question: GalleryQuestion, words: str, by_teacher: bool, at: datetime
) -> int:
    last = select(func.max(GalleryMessage.number)).where(GalleryMessage.question_id == question.id)
    number = (session.scalar(last) or 0) + 1
    session.add(
        GalleryMessage(
            question_id=question.id,
            number=number,
            by_teacher=by_teacher,
            body=words[:LONGEST_WORDS],
            said_at=at,
        )
    )
    session.flush()
    return number


def _chain(item: GalleryItem) -> str:
    return f"submission:{item.submission_id}"


def _nothing() -> NotFound:
    return NotFound(_("There is no such question among yours."))
