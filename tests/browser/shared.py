"""Pages of the gallery: what is shared and what is not any more, with questions and reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.records.tables import Account, GalleryItem, GalleryQuestion
from engine.settings import Settings
from engine.submissions import gallery, gallery_questions, gallery_reports
from engine.submissions.gallery_questions import Typed
from tests.gallery.conftest import copied

STATES = ("unconfirmed", "waiting", "answered", "closed")


def talk(session: Session, settings: Settings, now: datetime) -> None:
    """A question in every state about what the demonstration shares, a report, and the same work
    once more, which its teacher took off."""
    item = _item(session)
    teacher = _teacher(session, item)
    for state in STATES:
        typed = Typed("Vic Alder", f"{state}@example.org", "Which of the two cards comes first?")
        question = gallery_questions.ask(session, settings, item, typed, state, now)
        token = gallery_questions.token_of(settings, question)
        if state != "unconfirmed":
            gallery_questions.confirm(session, gallery_questions.by_token(session, token), now)
        if state == "answered":
            found = gallery_questions.by_token(session, token)
            gallery_questions.answer(session, found, "The first one.", teacher, now)
        if state == "closed":
            found = gallery_questions.by_token(session, token)
            gallery_questions.close(session, found, teacher, now)
    words = "The third slip shows a name."
    gallery_reports.report(session, item, "students", words, "vic@example.org", "", now)
    off = session.get_one(GalleryItem, copied(session, item.id, 1))
    gallery.hide(session, off, teacher, now)


class Addresses(NamedTuple):
    """Where everything is."""

    teacher: str
    """Who shares it: an e-mail address."""
    item: str
    off: str
    """What is not shared any more."""
    talks: dict[str, str]
    """The visitors' links, by the state of the question."""
    questions: dict[str, str]
    """The teacher's pages of them."""
    desk: str
    """Program staff's page of it."""


def addresses(session: Session, settings: Settings) -> Addresses:
    item = _item(session)
    off = session.scalars(select(GalleryItem).where(GalleryItem.hidden_at.is_not(None))).one()
    asked = {one.state: one for one in session.scalars(select(GalleryQuestion))}
    return Addresses(
        _teacher(session, item).email,
        f"/gallery/{item.id}",
        f"/gallery/{off.id}",
        {
            state: f"/gallery/questions/{gallery_questions.token_of(settings, one)}"
            for state, one in asked.items()
        },
        {
            state: f"/my-work/shared/questions/{one.id}"
            for state, one in asked.items()
            if state != "unconfirmed"
        },
        f"/staff/gallery/{item.id}",
    )


def send_nothing(page: Page) -> None:
    page.locator("#page-form .button--primary").click()


def _item(session: Session) -> GalleryItem:
    return session.scalars(select(GalleryItem).where(gallery.is_public())).one()


def _teacher(session: Session, item: GalleryItem) -> Actor:
    account = session.get_one(Account, item.candidate_id)
    return Actor(account.id, account.name, account.email, frozenset(account.roles))


def pages_for_visitors(at: Addresses) -> Iterator[tuple[str, str, bool, int]]:
    """Name, address, whether an empty form is sent first, and status."""
    yield "gallery", "/gallery", False, 200
    yield "gallery-nothing", "/gallery?q=xyzzy", False, 200
    yield "gallery-item", at.item, False, 200
    yield "gallery-gone", at.off, False, 410
    yield "gallery-ask", f"{at.item}/ask", False, 200
    yield "gallery-ask-empty", f"{at.item}/ask", True, 422
    yield "gallery-report", f"{at.item}/report", False, 200
    yield "gallery-report-empty", f"{at.item}/report", True, 422
    yield "gallery-asked", "/gallery/thanks/question", False, 200
    yield "gallery-reported", "/gallery/thanks/report", False, 200
    for state, url in at.talks.items():
        yield f"gallery-talk-{state}", url, False, 200
