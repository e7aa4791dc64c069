"""A seed swap for tests of the gallery: Ana's work, a reviewer, program staff, and visitors.

Only that document is published, so that a test of the gallery costs what the gallery costs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import people
from engine.awards import places
from engine.credentials.library import Library
from engine.forms.answers import Draft
from engine.people import SYSTEM, Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue, jobs
from engine.records.database import Database
from engine.records.jobs import JobContext
from engine.records.tables import (
    Account,
    Event,
    GalleryItem,
    GalleryQuestion,
    Letter,
    Submission,
    new_id,
)
from engine.settings import SHIPPED, Settings
from engine.submissions import askings, drafting, gallery, progress, reviewing
from engine.submissions.gallery_questions import token_of
from engine.submissions.link_tokens import token_of as link_of
from tests.conftest import PASSWORD, Browser
from tests.surveys.conftest import DOCUMENTS, START

CAST = {
    "ana": ("Ana Ruiz", ["candidate"]),
    "ben": ("Ben Okafor", ["candidate"]),
    "rosa": ("Rosa Lind", ["reviewer"]),
    "sam": ("Sam Hale", ["staff"]),
}
WORK: Mapping[str, Any] = {
    "name": "Beans on a string",
    "about": "Beans climb strings. Begin in May.",
    "shown_as": "Ana R., Hill School",
    "subjects": ["Science"],
    "grades": ["Grade 2"],
    "license": "CC-BY-4.0",
    "steps": [{"words": "Soak the beans.", "helper": {"name": "Bo", "email": "bo@home.example"}}],
    "growth": [{"on": f"2029-05-{day:02}", "value": day} for day in range(1, 9)],
    "secret": "Between you and me, half of them died.",
    "agree": True,
    "agree_to_answer": True,
}
BELOW = {"agreed": {"/swap/agree": {"wording": "…", "version": "1"}}}


@dataclass
class Swap:
    """One house with its people, and what tests do in it."""

    settings: Settings
    database: Database
    context: JobContext
    cast: Mapping[str, Actor]
    app: Flask
    clock: list[datetime] = field(default_factory=lambda: [START])

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def later(self, **named: float) -> None:
        self.clock[0] += timedelta(**named)

    # The work

    def begins(self, who: str = "ana", **changes: Any) -> str:
        """A draft that could be submitted, with `changes`; returns its id."""
        with self.database.transaction() as session:
            edition = catalogue.current(session, "seed-swap")
            assert edition is not None
            made = drafting.open_submission(session, edition, self.cast[who], self.now)
            self._put(session, made.id, {**WORK, **changes})
            return made.id

    def says(self, work: str, **changes: Any) -> None:
        """Change the draft."""
        with self.database.transaction() as session:
            there = drafting.draft_of(session, work).answers.get("swap", {})
            self._put(session, work, {**there, **changes})

    def _put(self, session: Session, work: str, said: Mapping[str, Any]) -> None:
        answers = {key: value for key, value in said.items() if value is not None}
        subject = drafting.subject_of(session, work)
        draft = Draft.of({"swap": answers}, self._marks(subject, answers))
        drafting.put(session, subject, "swap", draft, self.now)

    @staticmethod
    def _marks(subject: SubmissionSubject, said: Mapping[str, Any]) -> dict[str, Any]:
        from engine.forms.agreements import Agreement
        from engine.forms.schema import form_set_of

        agreed = {}
        for name in ("agree", "agree_to_answer"):
            node = form_set_of(subject.edition).node(f"/swap/{name}")
            assert isinstance(node, Agreement)
            if said.get(name):
                words = {"wording": node.wording, "version": node.version}
                agreed[f"/swap/{name}"] = words
        return {"agreed": agreed}

    def attaches(self, work: str, content: bytes, name: str, who: str = "ana") -> str:
        """Attach a file to the first step; returns its id."""
        with self.database.transaction() as session:
            subject = drafting.subject_of(session, work)
            store = self.context.store
            at = "/swap/steps/0/files/0"
            kept = drafting.keep_file(
                store, subject, at, BytesIO(content), name, 10**6, self.cast[who]
            )
            drafting.attach(session, subject, kept, self.cast[who], self.now)
        step = {**WORK["steps"][0], "files": [kept.id]}
        self.says(work, steps=[step])
        return kept.id

    def moves(self, work: str, *names: str, who: str = "ana") -> None:
        """Take transitions of the workflow."""
        for name in names:
            with self.database.transaction() as session:
                row = session.get_one(Submission, work)
                progress.advance(
                    session, self.settings, self.cast[who], work, name, row.revision, self.now
                )

    def awards(self, work: str) -> None:
        """Rosa takes it up and finds everything demonstrated."""
        self.moves(work, "claim", who="rosa")
        with self.database.transaction() as session:
            subject = drafting.subject_of(session, work)
            review = reviewing.current_review(session, subject)
            assert review is not None
            scores: dict[tuple[str, str], tuple[str | None, str]] = {("swap", "grows"): ("Y", "")}
            reviewing.save_scores(
                session, self.cast["rosa"], subject, scores, review.revision, self.now
            )
        self.moves(work, "award", who="rosa")

    def shares(self, who: str = "ana", **changes: Any) -> str:
        """Begun, submitted and awarded; returns the id of its page in the gallery."""
        work = self.begins(who, **changes)
        self.moves(work, "submit", who=who)
        self.awards(work)
        return self.item(work).id

    def item(self, work: str) -> GalleryItem:
        found = self.items(work)
        assert found, "nothing was published"
        return found[0]

    def items(self, work: str = "") -> list[GalleryItem]:
        asked = select(GalleryItem).order_by(GalleryItem.published_at, GalleryItem.id)
        with self.database.read() as session:
            return list(
                session.scalars(asked.where(GalleryItem.submission_id == work) if work else asked)
            )

    def row(self, item: str) -> GalleryItem:
        with self.database.read() as session:
            return session.get_one(GalleryItem, item)

    def public(self, item: str) -> bool:
        """Whether it is public, asked of the page, the list and the feed, which must agree."""
        visitor = self.browser()
        page = visitor.get(f"/gallery/{item}").status_code == 200
        listed = f"/gallery/{item}" in visitor.get("/gallery").text
        fed = f"/gallery/{item}" in visitor.get("/gallery/feed.atom").text
        assert page == listed == fed, (page, listed, fed)
        return page

    def among(self, item: str, deed: Callable[[Session, GalleryItem], object]) -> None:
        """Do something with an item."""
        with self.database.transaction() as session:
            deed(session, gallery.item_of(session, item))

    # Consents

    def quotes(self, work: str, name: str = "Bo Finch", said: str = "given") -> str:
        """Name somebody who is quoted, and have them answer by their link; returns the token."""
        self.says(work, quoted=name)
        with self.database.transaction() as session:
            subject = drafting.subject_of(session, work)
            asking = askings.ask(
                session,
                self.settings,
                subject,
                "consent",
                "quoted",
                name,
                "bo@example.org",
                self.cast["ana"],
                self.now,
            )
            token = link_of(self.settings, "asking", asking.id)
        if said:
            self.answers(token, said)
        return token

    def answers(self, token: str, said: Any) -> None:
        with self.database.transaction() as session:
            asked = askings.by_token(session, token, self.now)
            digest = asked.words.digest
            askings.take(session, self.settings, token, said, digest, self.now)

    # Visitors

    def browser(self, who: str = "") -> Browser:
        client = self.app.test_client()
        if who:
            with client.session_transaction() as cookie:
                cookie["account"], cookie["epoch"] = self.cast[who].id, 0
        return Browser(client, self.cast[who] if who else None)

    def asks(self, item: str, browser: Browser | None = None, **typed: str) -> TestResponse:
        said = {"name": "Vic", "email": "vic@home.example", "words": "Which beans?", **typed}
        return (browser or self.browser()).post(f"/gallery/{item}/ask", said)

    def question(self) -> GalleryQuestion:
        """The one question there is."""
        with self.database.read() as session:
            return session.scalars(select(GalleryQuestion)).one()

    def link(self, question: GalleryQuestion | None = None) -> str:
        return f"/gallery/questions/{token_of(self.settings, question or self.question())}"

    def asked(self, item: str, **typed: str) -> GalleryQuestion:
        """A question whose address is confirmed."""
        assert self.asks(item, None, **typed).status_code == 303
        assert self.browser().post(self.link()).status_code == 303
        return self.question()

    def replies(self, question: GalleryQuestion, words: str = "Runner beans.") -> TestResponse:
        path = f"/my-work/shared/questions/{question.id}"
        return self.browser("ana").post(path, {"words": words})

    def reports(self, item: str, **typed: str) -> TestResponse:
        said = {"reason": "students", "words": "A name on the photo.", **typed}
        return self.browser().post(f"/gallery/{item}/report", said)

    # What comes of it

    def letters(self, name: str = "") -> list[Letter]:
        """Everything written so far, once the queue is empty."""
        jobs.drain(self.context)
        with self.database.read() as session:
            found = session.scalars(select(Letter).order_by(Letter.written_at, Letter.id))
            return [one for one in found if name in ("", one.name)]

    def events(self, work: str, begins: str = "gallery-") -> list[str]:
        with self.database.read() as session:
            rows = session.scalars(
                select(Event).where(Event.chain == f"submission:{work}").order_by(Event.sequence)
            )
            return [one.kind for one in rows if one.kind.startswith(begins)]

    def copies(self, item: str, count: int) -> None:
        """As many more items like this one, each with an award of its own."""
        with self.database.transaction() as session:
            for number in range(count):
                copied(session, item, number)


def copied(session: Session, item: str, number: int) -> str:
    """The same item once more, with a submission and an award like its own; returns its id."""
    from engine.records.tables import Award, GalleryMark

    def again(row: Any, **changes: Any) -> Any:
        values = {one.name: getattr(row, one.key) for one in row.__table__.columns}
        made = type(row)(**{**values, **changes})
        session.add(made)
        session.flush()
        return made

    one = session.get_one(GalleryItem, item)
    work = again(session.get_one(Submission, one.submission_id), id=new_id())
    award = session.scalars(select(Award).where(Award.submission_id == one.submission_id)).one()
    place = places.free(session).entry
    serial = f"{award.serial}-{work.id[:8]}"
    again(award, serial=serial, submission_id=work.id, status_index=place)
    at = one.published_at + timedelta(minutes=number + 1)
    made = again(
        one,
        id=new_id(),
        submission_id=work.id,
        title=f"{one.title} {number}",
        published_at=at,
        changed_at=at,
    )
    for mark in session.scalars(select(GalleryMark).where(GalleryMark.item_id == item)):
        again(mark, item_id=made.id)
    found: str = made.id
    return found


def path_in(letter: Letter) -> str:
    """The one link of a letter, on this site."""
    found = re.findall(r"https://awards\.example(/\S+)", letter.text)
    assert len(found) == 1, letter.text
    return str(found[0])


@pytest.fixture
def swap(context: JobContext, database: Database) -> Swap:
    return swap_of(context, database)


def swap_of(context: JobContext, database: Database) -> Swap:
    from engine.web.app import create_app

    settings = replace(
        context.settings,
        site_name="Hill School",
        documents=(SHIPPED / "schemas", DOCUMENTS),
        workflows=(SHIPPED / "workflows", DOCUMENTS / "workflows"),
    )
    library = Library(settings.documents, settings.workflows)
    cast = {}
    with database.transaction() as session:
        for name, (full_name, roles) in CAST.items():
            email = f"{name}@example.org"
            account: Account = people.add(session, email, full_name, PASSWORD, roles, START)
            cast[name] = Actor(account.id, full_name, email, frozenset(roles))
        catalogue.publish(session, library, "seed-swap", SYSTEM, START)
    app = create_app(settings, database)
    app.testing = False
    made = Swap(settings, database, replace(context, settings=settings), cast, app)
    house = app.extensions["accolade"]
    app.extensions["accolade"] = replace(house, clock=lambda: made.now)
    return made


@pytest.fixture
def count_queries(database: Database) -> Iterator[list[str]]:
    """Every statement that the database runs, as it runs."""
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
            said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield said
    event.remove(database.engine, "before_cursor_execute", note)


__all__ = ["START", "UTC", "Swap", "copied", "path_in", "swap_of"]
