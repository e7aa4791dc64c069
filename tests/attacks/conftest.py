"""A stage for attacks: one school with something to steal in every drawer.

Ana's work is in every state that matters, and every text of hers carries a mark, so that a page
which shows it to the wrong person is caught by the mark. Made once, copied for every test.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from engine import people
from engine.awards import issuing
from engine.credentials.library import Library
from engine.forms.answers import EvidenceFacts
from engine.people import SYSTEM, Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.tables import (
    Account,
    Delivery,
    Evidence,
    Letter,
    Recognition,
    Snapshot,
    SurveyInvitation,
    Webhook,
    new_id,
)
from engine.submissions import (
    askings,
    calendar_feed,
    drafting,
    gallery_publishing,
    gallery_questions,
    hooks,
    link_tokens,
    noting,
    progress,
    reviewing,
    surveys,
    uploading,
)
from engine.submissions.survey_sealing import token_of
from engine.web.app import create_app
from tests.conftest import PASSWORD, TERM, School, settings_in
from tests.databases import Installations
from tests.web.conftest import GARDEN, PNG

COACH = "instructional-coach"
MARK = "planted-by-ana"
"""In everything that Ana wrote, named or attached."""
HANDLE = "ana-teaches"
"""Where her page of awards is; she has put none on it."""
COUNTED_TRIES = ("sign_in_failures", "badge_checks", "file_checks")
PATIENCE = 3.0
"""Seconds that any hostile request may take, fonts and first imports aside."""

EXTRA = {
    "otto": ("Otto Berg", ("reviewer",)),
    "gone": ("Greta Gone", ("candidate", "reviewer", "staff", "admin")),
}
"""A reviewer who was assigned nothing, and somebody whose account is closed."""


@dataclass(frozen=True)
class Stage(School):
    """A school in which Ana's papers lie about."""

    draft: str
    """Ana's unfinished submission: nobody but she has seen it."""
    work: str
    """Ana's submission that Rosa assesses."""
    ready: str
    """Ben's complete garden, not handed in yet."""
    photo: str
    """The evidence of `work`."""
    upload: str
    """A file that Ana has begun to send for `draft`."""
    proof: str
    """The evidence of a recognition of Ana's."""
    recognition: str
    serial: str
    letter: str
    webhook: str
    delivery: str
    calendar: str
    """The secret of Ana's calendar."""
    note: str
    circle: str
    """Ana's submission with surveys, two of which are open."""
    token: str
    """Of a link to one of them."""
    code: str
    """Of the other one."""
    kitchen: str
    """Ana's submission for which somebody is asked for their consent."""
    asking: str
    """The id of what they are asked."""
    link: str
    """Of the link that they answer by."""
    studio: str
    """Ana's submission for which she asks others for their words."""
    item: str
    """What Ana shares in the gallery."""
    seeds: str
    """The file that its page shows."""
    talk: str
    """Of the link to a visitor's question, not confirmed yet."""
    question: str
    """Another visitor's question, which waits for Ana."""

    def dump(self) -> str:
        """A digest of every row of every table, the queue's too; counted tries aside, which are
        those that failed: sign-ins, and badges and files that were shown."""
        digest = hashlib.sha256()
        with self.database.engine.connect() as raw:
            looking = inspect(raw)
            schemas = [None] if self.database.is_sqlite else ["public", "dbos"]
            for schema in schemas:
                for name in sorted(looking.get_table_names(schema=schema)):
                    if name in COUNTED_TRIES or name == "sqlite_sequence":
                        continue
                    table = f'"{schema}"."{name}"' if schema else f'"{name}"'
                    said = raw.exec_driver_sql(f"SELECT * FROM {table}")
                    for row in sorted(repr(tuple(one)) for one in said):
                        digest.update(f"{name} {row}\n".encode())
        return digest.hexdigest()

    def subject(self, session: Session, id: str) -> SubmissionSubject:
        return drafting.subject_of(session, id)

    def revision(self, id: str) -> int:
        with self.database.read() as session:
            return drafting.subject_of(session, id).submission.revision

    def state(self, id: str) -> str:
        with self.database.read() as session:
            return drafting.subject_of(session, id).submission.state

    def answers(self, id: str, form: str) -> dict[str, object]:
        with self.database.read() as session:
            said = drafting.draft_of(session, id).answers.get(form, {})
        assert isinstance(said, dict)
        return said


@contextmanager
def in_time(seconds: float = PATIENCE) -> Iterator[None]:
    """The block ends before a person would give up, by this process's own time: how busy the
    machine is with others says nothing about us."""
    started = time.process_time()
    yield
    taken = time.process_time() - started
    assert taken < seconds, f"took {taken:.1f} s"


def sane(answer: TestResponse, *allowed: int) -> None:
    """An answer in words: never a 5xx, never a traceback; one of `allowed` when given."""
    text = answer.get_data().decode("utf-8", "replace")
    assert answer.status_code < 500, text[:500]
    assert "Traceback" not in text
    assert 'File "/' not in text
    if allowed:
        assert answer.status_code in allowed, (answer.status_code, text[:300])


Set = tuple[Path, dict[str, Any]]
"""A folder to copy, and what is where in it."""


@pytest.fixture(scope="session")
def set_stage(
    founded_on: Callable[[str], Path],
    installations: Installations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Set]:
    """The stage on either engine, made once for each."""

    @cache
    def set_on(engine_name: str) -> Set:
        folder = tmp_path_factory.mktemp("stage")
        with installations.copy(founded_on(engine_name), folder, lasting=True):
            made = _set(folder)
        installations.finish(folder)
        return folder, made

    return set_on


def _set(folder: Path) -> dict[str, Any]:
    settings = settings_in(folder)
    database = Database(settings.database_url)
    store = EvidenceStore(settings.evidence)
    with database.transaction() as session:
        for name, (full_name, roles) in EXTRA.items():
            people.add(session, f"{name}@example.org", full_name, PASSWORD, list(roles), TERM)
        cast = _cast(session)
        made = _plant(session, settings, store, cast)
        session.execute(update(Account).where(Account.id == cast["gone"].id).values(active=False))
    database.dispose()
    return made


@pytest.fixture
def stage(
    set_stage: Callable[[str], Set], engine_name: str, installations: Installations, tmp_path: Path
) -> Iterator[Stage]:
    """A stage of one's own for one test."""
    folder, made = set_stage(engine_name)
    with installations.copy(folder, tmp_path), _open_stage(tmp_path, made) as found:
        yield found


@pytest.fixture(scope="module")
def shared_on(
    set_stage: Callable[[str], Set],
    installations: Installations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], Stage]]:
    """By engine: one stage for all of a module's attacks that leave nothing behind."""
    with ExitStack() as standing:

        @cache
        def open_on(engine_name: str) -> Stage:
            folder, made = set_stage(engine_name)
            place = tmp_path_factory.mktemp("shared")
            standing.enter_context(installations.copy(folder, place))
            return standing.enter_context(_open_stage(place, made))

        yield open_on


@pytest.fixture
def shared(shared_on: Callable[[str], Stage], engine_name: str) -> Stage:
    """The stage that a module's harmless attacks share."""
    return shared_on(engine_name)


@contextmanager
def _open_stage(place: Path, made: dict[str, Any]) -> Iterator[Stage]:
    settings = replace(settings_in(place), evidence_max_bytes=3 * 1024 * 1024)
    database = Database(settings.database_url)
    app = create_app(settings, database)
    app.testing = False
    with database.read() as session:
        cast = _cast(session)
    library = Library(settings.documents, settings.workflows)
    yield Stage(settings, database, library, app, cast, **made)
    database.dispose()


def _cast(session: Session) -> dict[str, Actor]:
    return {
        row.email.partition("@")[0]: Actor(row.id, row.name, row.email, frozenset(row.roles))
        for row in session.scalars(select(Account))
    }


def _plant(session, settings, store, cast) -> dict:  # type: ignore[no-untyped-def]
    ana, ben, rosa, sam = (cast[name] for name in ("ana", "ben", "rosa", "sam"))
    coach, garden = catalogue.current(session, COACH), catalogue.current(session, GARDEN)
    draft = drafting.open_submission(session, coach, ana, TERM)
    subject = drafting.subject_of(session, draft.id)
    drafting.fill(session, subject, {"questionnaire": {"goal": MARK}}, ana, TERM)
    upload = uploading.begin(
        session,
        store,
        subject,
        "/artifacts/end_of_cycle/0/lesson_plans",
        f"{MARK}.pdf",
        5,
        uploading.Limits.of(settings),
        ana,
        datetime.now(UTC),
    )
    ids = {}
    for person, mark in ((ana, MARK), (ben, "Ben's own")):
        work = drafting.open_submission(session, garden, person, TERM)
        subject = drafting.subject_of(session, work.id)
        picture = io.BytesIO(PNG + mark.encode())
        photo = drafting.keep_file(
            store, subject, "/handover/photo", picture, f"{mark}.png", 10_000, person
        )
        drafting.attach(session, subject, photo, person, TERM)
        answers = {form: dict(said) for form, said in garden.examples.items()}
        answers["plot"]["garden_name"] = mark
        answers["handover"]["photo"] = photo.id
        drafting.fill(session, subject, answers, person, TERM)
        ids[person.email] = (work, photo.id)
    work, photo_id = ids[ana.email]
    for actor, step in ((ana, "hand_in"), (rosa, "take_up")):
        progress.advance(session, settings, actor, work.id, step, work.revision, TERM)
    subject = drafting.subject_of(session, work.id)
    note = noting.add(session, rosa, subject, "/plot/garden_name", f"{MARK}-note", TERM)
    review = reviewing.current_review(session, subject)
    scores = {("ground", "alive"): ("N", f"{MARK}-score")}
    reviewing.save_scores(session, rosa, subject, scores, review.revision, TERM)
    award = issuing.issue(
        session, draft, coach, session.get_one(Account, ana.id), settings, SYSTEM, TERM
    )
    kept = store.keep(io.BytesIO(f"{MARK}-proof".encode()), 1000)
    facts = EvidenceFacts(new_id(), f"{MARK}.txt", kept.media_type, kept.bytes, kept.sha256)
    session.add(
        Evidence(
            id=facts.id,
            submission_id=None,
            name=facts.name,
            media_type=facts.media_type,
            bytes=facts.bytes,
            sha256=facts.sha256,
            uploaded_by=sam.id,
            uploaded_at=TERM,
        )
    )
    letter = Letter(
        id=new_id(),
        to_address=ana.email,
        subject="News",
        text=f"{MARK}-letter",
        html=f"<!doctype html><html><head></head><body>{MARK}-letter</body></html>",
        written_at=TERM,
    )
    session.add(letter)
    webhook = Webhook(
        id=new_id(),
        url=f"https://records.example/{MARK}",
        secret=hooks.new_secret(),
        events=["award.revoked"],
        made_by=sam.id,
        made_at=TERM,
    )
    session.add(webhook)
    session.flush()
    delivery = hooks.ping(session, webhook, TERM)
    session.get_one(Delivery, delivery).done_at = TERM
    session.get_one(Account, ana.id).handle = HANDLE
    session.flush()
    issuing.recognise(
        session,
        session.get_one(Account, ana.id),
        "standards-ambassador",
        date(2025, 6, 1),
        f"{MARK}-source",
        facts.id,
        sam,
        TERM,
    )
    return {
        "draft": draft.id,
        "work": work.id,
        "ready": ids[ben.email][0].id,
        "photo": photo_id,
        "upload": upload.id,
        "proof": facts.id,
        "recognition": session.scalars(select(Recognition.id)).one(),
        "serial": award.serial,
        "letter": letter.id,
        "webhook": webhook.id,
        "delivery": delivery,
        "calendar": calendar_feed.make_key(session, ana, TERM),
        "note": note.id,
        **_surveys(session, settings, ana),
        **_consents(session, settings, ana),
        **_gallery(session, settings, store, ana),
        "studio": drafting.open_submission(
            session, catalogue.current(session, "open-studio"), ana, TERM
        ).id,
    }


def _gallery(session, settings, store, ana) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What she shares, with a question that waits for her and one that was not confirmed."""
    edition = catalogue.current(session, "seed-swap")
    work = drafting.open_submission(session, edition, ana, TERM)
    subject = drafting.subject_of(session, work.id)
    where = "/swap/steps/0/files/0"
    kept = drafting.keep_file(store, subject, where, io.BytesIO(b"Soak."), "soak.txt", 1000, ana)
    drafting.attach(session, subject, kept, ana, TERM)
    said = {"name": "Beans", "license": "CC-BY-4.0", "agree": True, "agree_to_answer": True}
    steps = [{"words": "Soak", "files": [kept.id]}]
    answers = {"swap": {**said, "steps": steps, "secret": f"{MARK}-seeds"}}
    session.add(Snapshot(submission_id=work.id, round=1, answers=answers, taken_at=TERM))
    work.round, work.state, work.state_kind = 1, "awarded", "outcome"
    account = session.get_one(Account, ana.id)
    issuing.issue(session, work, edition, account, settings, SYSTEM, TERM)
    item = gallery_publishing.settle(session, drafting.subject_of(session, work.id), TERM)
    typed = gallery_questions.Typed("Vic", "vic@home.example", "Which beans?")
    asked = [
        gallery_questions.ask(session, settings, item, typed, "", datetime.now(UTC))
        for _turn in range(2)
    ]
    link = gallery_questions.token_of(settings, asked[0])
    waiting = gallery_questions.by_token(session, gallery_questions.token_of(settings, asked[1]))
    gallery_questions.confirm(session, waiting, datetime.now(UTC))
    return {"item": item.id, "seeds": kept.id, "talk": link, "question": asked[1].id}


def _consents(session, settings, ana) -> dict[str, str]:  # type: ignore[no-untyped-def]
    kitchen = drafting.open_submission(
        session, catalogue.current(session, "kitchen-talk"), ana, TERM
    )
    subject = drafting.subject_of(session, kitchen.id)
    drafting.fill(
        session, subject, {"talk": {"cook": "Bo Finch", "taster": f"{MARK}-2"}}, ana, TERM
    )
    at = datetime.now(UTC)
    asked = askings.ask(
        session, settings, subject, "consent", "filmed", "Bo Finch", "bo@example.org", ana, at
    )
    link = link_tokens.token_of(settings, askings.LINK, asked.id)
    return {"kitchen": kitchen.id, "asking": asked.id, "link": link}


def _surveys(session, settings, ana) -> dict[str, str]:  # type: ignore[no-untyped-def]
    circle = drafting.open_submission(
        session, catalogue.current(session, "listening-circle"), ana, TERM
    )
    subject = drafting.subject_of(session, circle.id)
    asked = [{"name": f"{MARK}-{n}", "email": f"n{n}@example.org"} for n in range(4)]
    drafting.fill(session, subject, {"circle": {"people": asked}}, ana, TERM)
    at = datetime.now(UTC)
    runs = [
        surveys.open_wave(
            session,
            settings,
            subject,
            subject.edition.credential.surveys[survey],
            wave,
            (at + timedelta(days=10)).date(),
            ana,
            at,
            expected=20,
        )
        for survey, wave in (("trust", "first"), ("class", "once"))
    ]
    invited = session.scalars(
        select(SurveyInvitation).where(SurveyInvitation.run_id == runs[0].id)
    ).first()
    return {
        "circle": circle.id,
        "token": token_of(settings, invited),
        "code": runs[1].code,
    }
