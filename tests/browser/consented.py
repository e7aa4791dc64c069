"""Pages of people's consent: a candidate's, in every state, and those by which people answer."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import Asking, Submission
from engine.settings import Settings
from engine.submissions import askings, consents, drafting
from engine.submissions.askings import Said
from engine.submissions.link_tokens import token_of

KITCHEN = "kitchen-talk"
SAID: dict[str, tuple[Said, ...]] = {
    "Bo Finch": ("given",),
    "Cy Heron": (),
    "Di Swift": ("refused",),
    "Eli Wren": ("given", "withdrawn"),
}
"""Everybody who is asked, and what they say, one after the other."""


def ask_people(session: Session, settings: Settings, actor: Actor, now: datetime) -> None:
    """Two have said no, now or later, one yes, one nothing yet; and one was not asked."""
    edition = catalogue.current(session, KITCHEN)
    assert edition is not None
    submission = drafting.open_submission(session, edition, actor, now)
    subject = drafting.subject_of(session, submission.id)
    cook, *helpers = SAID
    answers = {
        "cook": cook,
        "shows_helpers": True,
        "helpers": [{"name": name} for name in (*helpers, "Fay Lark")],
    }
    drafting.fill(session, subject, {"talk": answers}, actor, now)
    for one in consents.standing(session, subject, now):
        if one.name not in SAID:
            continue
        email = f"{one.name[:2].lower()}@example.org"
        asking = askings.ask(
            session, settings, subject, "consent", one.consent.id, one.name, email, actor, now
        )
        token = token_of(settings, askings.LINK, asking.id)
        for said in SAID[one.name]:
            askings.take(session, settings, token, said, one.consent.digest, now)


class Addresses(NamedTuple):
    """Where everything is."""

    own: str
    """The candidate's page."""
    check: str
    given: str
    asked: str
    refused: str
    withdrawn: str


def addresses(session: Session, settings: Settings) -> Addresses:
    found = select(Asking).join(Submission, Asking.submission_id == Submission.id)
    mine = found.where(Submission.credential_id == KITCHEN)
    rows = {one.name: one for one in session.scalars(mine)}
    work = f"/submissions/{rows['Bo Finch'].submission_id}"
    links = [f"/a/{token_of(settings, askings.LINK, rows[name].id)}" for name in SAID]
    return Addresses(f"{work}/people", f"{work}/check", *links)


def agree_without_tick(page: Page) -> None:
    page.get_by_role("button", name="Yes, I agree", exact=True).click()


def ask_wrongly(page: Page) -> None:
    page.get_by_label("E-mail of Fay Lark").fill("fay at home")
    page.get_by_role("button", name="Ask for consent", exact=True).click()
