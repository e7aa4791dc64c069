"""Pages of what others say: a candidate's, in every state, and those by which people answer."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms.answers import Draft
from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import Asking
from engine.settings import Settings
from engine.submissions import askings, drafting, statements
from engine.submissions.link_tokens import token_of

STUDIO = "open-studio"
DAYS = {"Bo Finch": "2026-03-02", "Cy Heron": "2026-03-03", "Di Swift": "2026-03-04"}


def ask_people(session: Session, settings: Settings, actor: Actor, now: datetime) -> None:
    """One has confirmed, one said no, one was asked, and a neighbor and a mentor may write."""
    edition = catalogue.current(session, STUDIO)
    assert edition is not None
    submission = drafting.open_submission(session, edition, actor, now)
    subject = drafting.subject_of(session, submission.id)
    visits = [{"name": name, "visited_on": day} for name, day in DAYS.items()]
    rows = {"/studio/visits": [f"row-of-{name[:2].lower()}0" for name in DAYS]}
    drafting.put(session, subject, "studio", Draft({"studio": {"visits": visits}}, rows=rows), now)
    for one in statements.standing(session, subject, now):
        assert one.named is not None
        email = f"{one.name[:2].lower()}@example.org"
        asking = statements.ask(
            session,
            settings,
            subject,
            "visit",
            one.name,
            email,
            actor,
            now,
            anchor=one.named.anchor,
        )
        said = {"Bo Finch": "given", "Cy Heron": "refused"}.get(one.name)
        if said is not None:
            answer = {"remark": "It was a fine morning.", "seen": one.named.digest}
            token = token_of(settings, askings.LINK, asking.id)
            digest = asking.wording_digest
            askings.take(session, settings, token, said, digest, now, answer)  # type: ignore[arg-type]
    for concern, name in (("neighbor", "Nan Gull"), ("mentor", "Mo Stork")):
        email = f"{name[:2].lower()}@example.org"
        statements.ask(session, settings, subject, concern, name, email, actor, now)


class Addresses(NamedTuple):
    """Where everything is."""

    own: str
    """The candidate's page."""
    check: str
    asked: str
    confirmed: str
    denied: str
    neighbor: str
    mentor: str


def addresses(session: Session, settings: Settings) -> Addresses:
    rows = {
        one.name: one
        for one in session.scalars(
            select(Asking).where(Asking.kind.in_(("confirmation", "statement")))
        )
    }
    work = f"/submissions/{rows['Bo Finch'].submission_id}"
    links = [
        f"/a/{token_of(settings, askings.LINK, rows[name].id)}"
        for name in ("Di Swift", "Bo Finch", "Cy Heron", "Nan Gull", "Mo Stork")
    ]
    return Addresses(f"{work}/statements", f"{work}/check", *links)


def say_nothing(page: Page) -> None:
    """Press the first button without a tick or words."""
    page.locator("#say button").first.click()


def ask_wrongly(page: Page) -> None:
    page.locator("summary", has_text="Ask somebody").first.click()
    page.get_by_label("Name", exact=True).first.fill("Nan Gull")
    page.get_by_label("E-mail", exact=True).first.fill("nan at home")
    page.get_by_role("button", name="Ask", exact=True).first.click()
