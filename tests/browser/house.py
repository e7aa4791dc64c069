"""A school that is really served: its address, its people, and its work in any state.

What a test is not about is prepared here through the domain functions, which takes milliseconds
where clicking takes seconds. Nothing here names a credential, a state or a field: the way to a
state is found in the workflow, and the answers are the document's own examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import demo, people
from engine.awards import issuing
from engine.credentials.credential import Edition
from engine.credentials.workflow import Transition, Workflow
from engine.forms.pointers import escape, tokens
from engine.forms.schema import form_set_of
from engine.people import Actor
from engine.records import catalogue
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.tables import Account, Award, Submission
from engine.settings import Settings
from engine.submissions import drafting, progress, reviewing, snapshots
from engine.submissions.drafting import subject_of
from tests.conftest import PASSWORD

INSTRUCTIONAL_COACH = "instructional-coach"
GARDEN = "school-garden-steward"

_numbers = count(1)
GIVEN = ("Ines", "Kofi", "Yuna", "Omar", "Greta", "Paolo", "Amina", "Sven", "Leila", "Tomas")
FAMILY = ("Alvarez", "Boateng", "Choi", "Darwish", "Engel", "Ferri", "Gueye", "Holm", "Idris")


@dataclass(frozen=True)
class LiveHouse:
    """One served installation. Tests share it, so each makes its own people."""

    url: str
    settings: Settings
    database: Database

    @property
    def log(self) -> Path:
        return self.settings.instance / "server.log"

    # People

    def person(self, *roles: str) -> Actor:
        """Somebody new, with a name that nobody else has; the password is everybody's."""
        number = next(_numbers)
        name = f"{GIVEN[number % len(GIVEN)]} {FAMILY[number % len(FAMILY)]} {_roman(number)}"
        held = roles or ("candidate",)
        with self.database.transaction() as session:
            account = people.add(
                session, f"person{number}@example.org", name, PASSWORD, held, datetime.now(UTC)
            )
            return Actor(account.id, account.name, account.email, frozenset(held))

    def cookie(self, who: Actor) -> str:
        """A session of this person's, as signing in would begin it."""
        app = Flask("signer")
        app.secret_key = self.settings.secret_key
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        with self.database.read() as session:
            epoch = session.get_one(Account, who.id).session_epoch
        signed = signer.dumps({"account": who.id, "epoch": epoch, "_permanent": True})
        return signed if isinstance(signed, str) else signed.decode()

    def recognise_prerequisites(self, who: Actor, edition: Edition) -> None:
        """Let somebody hold everything that the credential asks for first."""
        with self.database.transaction() as session:
            stage = self._stage(session, datetime.now(UTC), {demo.STAFF[0]: self.person("staff")})
            demo.recognise(stage, edition, who, edition.credential.prerequisites.credentials)

    # Work

    def edition(self, credential_id: str) -> Edition:
        with self.database.read() as session:
            found = catalogue.current(session, credential_id)
            assert found is not None
            assert found.workflow is not None
            return found

    def prepared(
        self,
        edition: Edition,
        candidate: Actor,
        reviewer: Actor | None = None,
        kind: str = "open",
    ) -> str:
        """A filled submission in the first state of `kind`, handed in if need be; its id."""
        workflow = workflow_of(edition)
        goal = next(state.name for state in workflow.states.values() if state.kind == kind)
        cast = {
            demo.REVIEWER[0]: reviewer or self.person("reviewer"),
            demo.STAFF[0]: self.person("staff"),
            candidate.email: candidate,
        }
        with self.database.transaction() as session:
            stage = self._stage(session, datetime.now(UTC) - timedelta(days=4), cast)
            submission = demo.opened(stage, edition, candidate)
            for transition in demo.way_to(workflow, goal):
                demo.walk(stage, edition, submission, transition)
            return submission.id

    def scored(self, submission_id: str, reviewer: Actor) -> None:
        """Answer every look-for of the open review with yes."""
        with self.database.transaction() as session:
            subject = subject_of(session, submission_id)
            review = reviewing.current_review(session, subject)
            scores = {
                (guide.id, look_for.id): ("Y", "")
                for guide in reviewing.guides_of(subject)
                for look_for in guide.look_fors
            }
            assert review is not None
            reviewing.save_scores(
                session, reviewer, subject, scores, review.revision, datetime.now(UTC)
            )

    def hand_in_again(self, edition: Edition, submission_id: str, candidate: Actor) -> None:
        """Hand returned work in once more, as it is."""
        submit = transition_that(edition, "snapshot", leaving="open")
        with self.database.transaction() as session:
            submission = session.get_one(Submission, submission_id)
            progress.advance(
                session,
                self.settings,
                candidate,
                submission_id,
                submit.name,
                submission.revision,
                datetime.now(UTC),
            )

    def awarded(self, edition: Edition, candidate: Actor) -> str:
        """An award of somebody's, without the work; its serial."""
        submission_id = self.prepared(edition, candidate)
        with self.database.transaction() as session:
            award = issuing.issue(
                session,
                session.get_one(Submission, submission_id),
                edition,
                session.get_one(Account, candidate.id),
                self.settings,
                people.SYSTEM,
                datetime.now(UTC),
            )
            return award.serial

    def submission_of(self, who: Actor) -> Submission:
        with self.database.read() as session:
            return session.scalars(
                select(Submission).where(Submission.candidate_id == who.id)
            ).one()

    def stored(self, submission_id: str, pointer: str) -> Any:
        """What the draft holds at `pointer` now."""
        with self.database.read() as session:
            said: Any = drafting.draft_of(session, submission_id).answers
        for step in tokens(pointer):
            said = said[int(step)] if isinstance(said, list) else said.get(step)
        return said

    def drafted(self, submission_id: str) -> dict[str, Any]:
        """The answers of the draft, each file's id replaced by its name."""
        with self.database.read() as session:
            names = _names(session, submission_id)
            answers: dict[str, Any] = _with_names(
                drafting.draft_of(session, submission_id).answers, names
            )
            return answers

    def handed_in(self, submission_id: str) -> dict[str, Any]:
        """The answers of the last round, each file's id replaced by its name, as examples are."""
        with self.database.read() as session:
            subject = subject_of(session, submission_id)
            names = _names(session, submission_id)
            taken = snapshots.lately(session, subject)[subject.submission.round]
            answers: dict[str, Any] = _with_names(taken.answers, names)
            return answers

    def award_of(self, who: Actor) -> Award:
        with self.database.read() as session:
            return session.scalars(select(Award).where(Award.recipient_id == who.id)).one()

    def letters_to(self, who: Actor) -> list[bytes]:
        """The letters to this person that the worker has written to the mail folder so far."""
        written = (file.read_bytes() for file in self.settings.mail.glob("*.eml"))
        return [letter for letter in written if who.email.encode() in letter]

    def end_session(self, who: Actor) -> None:
        """Sign somebody out on every device, as a change of password elsewhere does."""
        with self.database.transaction() as session:
            session.get_one(Account, who.id).session_epoch += 1

    def _stage(self, session: Any, at: datetime, cast: Mapping[str, Actor]) -> demo.Stage:
        return demo.Stage(session, self.settings, EvidenceStore(self.settings.evidence), cast, at)


def workflow_of(edition: Edition) -> Workflow:
    assert edition.workflow is not None
    return edition.workflow


def transition_that(edition: Edition, does: str, leaving: str = "") -> Transition:
    """The first transition with this effect, of those that leave a state of kind `leaving`."""
    return _first(edition, leaving, lambda one: any(effect.name == does for effect in one.do))


def transition_to(edition: Edition, kind: str, leaving: str) -> Transition:
    """The first transition from a state of kind `leaving` to one of `kind`."""
    states = workflow_of(edition).states
    return _first(edition, leaving, lambda one: states[one.target].kind == kind)


def free_text(edition: Edition) -> tuple[str, str, str]:
    """A question of the first form that takes free text: its pointer, its page, an answer."""
    form_set = form_set_of(edition)
    for form_id, said in edition.examples.items():
        for key, value in said.items():
            pointer = f"/{escape(form_id)}/{escape(key)}"
            node = form_set.node(pointer)
            if node is not None and node.kind in ("text", "long_text"):
                page = next(one for one in form_set.pages if one.covers(pointer))
                return pointer, f"{page.form_id}/{page.id}", value.strip()
    raise LookupError("no question of this credential takes free text")


def page_urls(edition: Edition, submission_id: str) -> Sequence[str]:
    """The addresses of a submission's form pages, in order."""
    return [
        f"/submissions/{submission_id}/{page.form_id}/{page.id}"
        for page in form_set_of(edition).pages
    ]


def trimmed(said: Any) -> Any:
    """The same answers; YAML may end a text with a line break, which a form does not keep."""
    if isinstance(said, Mapping):
        return {key: trimmed(inner) for key, inner in said.items()}
    if isinstance(said, list):
        return [trimmed(inner) for inner in said]
    return said.strip() if isinstance(said, str) else said


def _names(session: Session, submission_id: str) -> dict[str, str]:
    """What each piece of evidence is called: a link by its address."""
    found = drafting.evidence_of(session, submission_id)
    return {id: facts.url or facts.name for id, facts in found.items()}


def _with_names(said: Any, names: Mapping[str, str]) -> Any:
    if isinstance(said, dict):
        return {key: _with_names(inner, names) for key, inner in said.items()}
    if isinstance(said, list):
        return [_with_names(inner, names) for inner in said]
    return names.get(said, said) if isinstance(said, str) else said


def _first(edition: Edition, leaving: str, fits: Callable[[Transition], bool]) -> Transition:
    workflow = workflow_of(edition)
    return next(
        one
        for one in workflow.transitions.values()
        if fits(one)
        and (not leaving or any(workflow.states[name].kind == leaving for name in one.sources))
    )


def _roman(number: int) -> str:
    """Names are only letters: somebody's own name must not look like a list's number."""
    signs = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"))
    text = ""
    for value, sign in (*signs, (4, "IV"), (1, "I")):
        text += sign * (number // value)
        number %= value
    return text
