"""Every credential of the catalogue lives its whole life with its own example: draft, submitted,
returned, submitted again, awarded, printed. None is named here, so a new document is walked too.

What a step is called is the workflow's business: steps are found by what they do. Answers that an
example reuses are first handed in for real, with the example of the credential that they are of.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.certificates import printing
from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.credentials.workflow import Transition
from engine.errors import Refused
from engine.forms.drafts import EvidenceFacts
from engine.forms.offers import key_of
from engine.forms.schema import form_set_of
from engine.people import SYSTEM, Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue
from engine.records.database import Database
from engine.records.tables import Account, Award, Submission, SurveyRun, new_id
from engine.settings import Settings, load_settings
from engine.submissions import askings, consents, drafting, progress, reused, reviewing, standing
from engine.submissions.link_tokens import token_of
from tests.catalogue.conftest import MEDIA_TYPES, ROOT
from tests.conftest import TERM

LIBRARY = Library((ROOT / "schemas",), (ROOT / "workflows",)).still()
WITH_FORMS = [id for id, document in LIBRARY.credentials().items() if "forms" in document.data]
KEPT_FOR_ONESELF = [
    id for id, document in LIBRARY.credentials().items() if document.data["kind"] == "programme"
]
"""Records that nobody reviews."""
EARNED = [id for id in WITH_FORMS if id not in KEPT_FOR_ONESELF]
REUSING = [id for id in EARNED if '"widget": "reuse"' in json.dumps(LIBRARY.credentials()[id].data)]
"""Those that ask for answers of other credentials."""


class House(NamedTuple):
    """An installation in which a credential is published when somebody first opens it."""

    database: Database
    settings: Settings


@dataclass
class Hall:
    """A candidate, a reviewer and somebody who keeps the records, new for each walk.

    On SQLite alone: what is walked here are documents, and every write on the way has its own
    tests on both engines.
    """

    database: Database
    settings: Settings
    candidate: Actor
    reviewer: Actor
    staff: Actor
    now: datetime = field(default=TERM, init=False)

    def later(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now

    def open(self, session: Session, credential_id: str) -> Submission:
        """A new draft of somebody who holds everything that is asked for first."""
        edition = catalogue.current(session, credential_id) or self.publish(session, credential_id)
        account = session.get_one(Account, self.candidate.id)
        for first in edition.credential.prerequisites.credentials:
            issuing.recognise(
                session, account, first, date(2025, 6, 1), "State", None, self.staff, self.later()
            )
        return progress.begin(session, self.settings, edition, self.candidate, self.later())

    def publish(self, session: Session, credential_id: str) -> Edition:
        catalogue.publish(session, LIBRARY, credential_id, SYSTEM, self.later())
        edition = catalogue.current(session, credential_id)
        assert edition is not None
        return edition

    def fill(self, session: Session, submission: Submission) -> None:
        """Answer everything as the example does."""
        subject = drafting.subject_of(session, submission.id)
        said = {
            form: self._as_ones_own(session, subject, dict(example))
            for form, example in subject.edition.examples.items()
        }
        drafting.fill(session, subject, said, self.candidate, self.later())

    def handed_in(self, session: Session, credential_id: str) -> Submission:
        submission = self.open(session, credential_id)
        self.fill(session, submission)
        subject = drafting.subject_of(session, submission.id)
        assert standing.overview(session, subject, self.now).problems == []
        self.consented(session, subject)
        self.step(session, submission, self.candidate, "snapshot")
        return submission

    def consented(self, session: Session, subject: SubmissionSubject) -> None:
        """Everybody whose consent is missing is asked by a link, and says yes by it."""
        for number, one in enumerate(consents.lacking(session, subject, self.now)):
            with pytest.raises(Refused):
                self.step(session, subject.submission, self.candidate, "snapshot")
            asking = askings.ask(
                session,
                self.settings,
                subject,
                "consent",
                one.consent.id,
                one.name,
                f"{number}@example.org",
                self.candidate,
                self.later(),
            )
            token = token_of(self.settings, askings.LINK, asking.id)
            words = one.consent.digest
            askings.take(session, self.settings, token, "given", words, self.later())

    def step(self, session: Session, submission: Submission, actor: Actor, effect: str) -> None:
        """Take the first way from here that this person has and that has this effect."""
        self.take(session, submission, actor, lambda way: effect in effects(way))

    def take(
        self,
        session: Session,
        submission: Submission,
        actor: Actor,
        wanted: Callable[[Transition], bool],
    ) -> None:
        subject = drafting.subject_of(session, submission.id)
        offered = progress.offers(session, actor, subject, self.later())
        way = next(one.transition for one in offered if wanted(one.transition))
        progress.advance(
            session,
            self.settings,
            actor,
            submission.id,
            way.name,
            submission.revision,
            self.now,
            "All of it is there." if "comment" in way.require else "",
        )

    def score(self, session: Session, submission: Submission, no: int) -> dict[Any, str | None]:
        """Decide every look-for: N for the last `no` of them. Returns what was decided before."""
        subject = drafting.subject_of(session, submission.id)
        review = reviewing.own_review(session, subject, self.reviewer)
        assert review is not None
        before = {key: one.decision for key, one in reviewing.scores_of(session, review).items()}
        keys = [
            (guide.id, look_for.id)
            for guide in reviewing.guides_of(subject, review)
            for look_for in guide.look_fors
        ]
        decided = {
            key: ("N", "Please say more.") if number >= len(keys) - no else ("Y", "")
            for number, key in enumerate(keys)
        }
        reviewing.save_scores(
            session, self.reviewer, subject, decided, review.revision, self.later()
        )
        return before

    def _as_ones_own(self, session: Session, subject: SubmissionSubject, said: Any) -> Any:
        """An example's answers with files that are attached and picks that can be proven."""
        if isinstance(said, dict):
            if key_of(said) is not None:
                return self._picked(session, subject, said)
            if said.get("source") == "here" and "invited" in said:
                return self._counted_here(session, subject, said)
            return {name: self._as_ones_own(session, subject, one) for name, one in said.items()}
        if isinstance(said, list):
            return [self._as_ones_own(session, subject, one) for one in said]
        if isinstance(said, str) and " " not in said and Path(said).suffix in MEDIA_TYPES:
            kind = MEDIA_TYPES[Path(said).suffix]
            file = EvidenceFacts(new_id(), said, kind, 40_000, "0" * 64)
            drafting.attach(session, subject, file, self.candidate, self.later())
            return file.id
        return said

    def _counted_here(
        self, session: Session, subject: SubmissionSubject, said: dict[str, Any]
    ) -> dict[str, Any]:
        """The results of a survey, as though it had been run here and taken over."""
        run = SurveyRun(
            id=new_id(),
            submission_id=subject.submission.id,
            edition_digest=subject.submission.edition_digest,
            survey=next(iter(subject.edition.credential.surveys)),
            wave="",
            state="closed",
            invited=said["invited"],
            opened_at=self.now,
            closes_at=self.now,
            closed_at=self.now,
            salt="",
        )
        run.evidence = {**said, "run": run.id}
        session.add(run)
        session.flush()
        return run.evidence

    def _picked(self, session: Session, subject: SubmissionSubject, pick: dict[str, Any]) -> Any:
        """The same answer, picked among what this candidate has handed in."""
        for again in (False, True):
            for offer in reused.offers_for(session, subject).found:
                if offer.current and offer.pointer == pick["pointer"]:
                    return offer.stored
            assert not again, f"nobody could pick {pick['pointer']}"
            for id in sorted(
                {source.credential for source in form_set_of(subject.edition).sources}
            ):
                self.handed_in(session, id)
        raise AssertionError("unreachable")


def effects(way: Transition) -> set[str]:
    return {effect.name for effect in way.do}


@pytest.fixture(scope="module")
def house(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("hall")
    shutil.copy(migrated_sqlite, folder / "accolade.sqlite")
    settings = load_settings(folder, {})
    database = Database(settings.database_url)
    yield House(database, settings)
    database.dispose()


@pytest.fixture
def hall(house: House) -> Hall:
    cast = {
        name: Actor(new_id(), name.title(), f"{new_id()}@example.org", frozenset({name}))
        for name in ("candidate", "reviewer", "staff")
    }
    with house.database.transaction() as session:
        for actor in cast.values():
            session.add(
                Account(
                    id=actor.id,
                    email=actor.email,
                    name=actor.name,
                    password_hash="",
                    roles=sorted(actor.roles),
                    active=True,
                    created_at=TERM,
                )
            )
    return Hall(house.database, house.settings, **cast)


@pytest.mark.parametrize("id", WITH_FORMS)
def test_an_empty_draft_is_not_submitted(hall: Hall, id: str) -> None:
    with hall.database.transaction() as session:
        submission = hall.open(session, id)
        with pytest.raises(Refused):
            hall.step(session, submission, hall.candidate, "snapshot")


@pytest.mark.parametrize("id", KEPT_FOR_ONESELF)
def test_it_is_kept_as_it_stands_and_gone_on_with(hall: Hall, id: str) -> None:
    with hall.database.transaction() as session:
        submission = hall.handed_in(session, id)
        assert (submission.state_kind, submission.round) == ("closed", 1)
        hall.take(session, submission, hall.candidate, lambda way: True)
        assert submission.state_kind == "open"
        hall.step(session, submission, hall.candidate, "snapshot")
        assert (submission.state_kind, submission.round) == ("closed", 2)


@pytest.mark.parametrize("id", EARNED)
def test_it_is_drafted_returned_and_awarded_with_its_example(hall: Hall, id: str) -> None:
    with hall.database.transaction() as session:
        submission = hall.handed_in(session, id)
        assert (submission.state_kind, submission.round) == ("review", 1)

        hall.step(session, submission, hall.reviewer, "assign")
        before = hall.score(session, submission, no=1)
        assert [one for one in before.values() if one] == ["Y"]  # “Basic:”, by the engine
        with pytest.raises(Refused):
            hall.step(session, submission, hall.reviewer, "issue")
        hall.take(session, submission, hall.reviewer, returning)
        assert submission.state_kind == "open"

        hall.step(session, submission, hall.candidate, "snapshot")
        assert (submission.state_kind, submission.round) == ("review", 2)
        hall.step(session, submission, hall.reviewer, "assign")
        hall.score(session, submission, no=0)
        hall.step(session, submission, hall.reviewer, "issue")
        assert submission.state_kind == "outcome"

        award = session.scalars(select(Award).where(Award.submission_id == submission.id)).one()
        edition = catalogue.as_written(session, award.edition_digest)
        assert (award.credential_id, award.recipient_id) == (id, hall.candidate.id)
        with pikepdf.open(printing.path_for(session, award, edition, hall.settings)) as pdf:
            assert len(pdf.pages) == 1


@pytest.mark.parametrize("id", REUSING)
def test_withdrawn_work_is_reused_only_once_it_is_taken_up_again(hall: Hall, id: str) -> None:
    with hall.database.transaction() as session:
        submission = hall.open(session, id)
        hall.fill(session, submission)
        subject = drafting.subject_of(session, submission.id)
        reused_here = next(iter(form_set_of(subject.edition).sources)).credential
        source = session.scalars(
            select(Submission).where(
                Submission.candidate_id == hall.candidate.id,
                Submission.credential_id == reused_here,
            )
        ).one()

        hall.take(session, source, hall.candidate, lambda way: effects(way) == set())
        assert source.state_kind == "closed"
        problems = standing.overview(session, subject, hall.now).problems
        assert problems
        assert all("was withdrawn" in one.message for one in problems)
        with pytest.raises(Refused):
            hall.step(session, submission, hall.candidate, "snapshot")

        hall.take(session, source, hall.candidate, lambda way: True)
        assert standing.overview(session, subject, hall.now).problems == []
        hall.consented(session, subject)
        hall.step(session, submission, hall.candidate, "snapshot")


def returning(way: Transition) -> bool:
    return "close_review" in effects(way) and "issue" not in effects(way)
