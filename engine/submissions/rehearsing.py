"""A workflow tried out with people made up for it, on a real database that is thrown away.

Nothing is imitated: states change by `progress`, reviewers take their places by `claiming`, time
passes by the timers. Only what conditions look at may be assumed (`facts.assuming`). `flow_tests`
follow what a document says; `simulating` walks every way.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.credentials.flows import Person
from engine.credentials.spans import span_of
from engine.credentials.workflow import Workflow
from engine.errors import AccoladeError, Refused
from engine.forms.drafts import Draft
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.database import Database
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Account, Award, Submission
from engine.settings import Settings
from engine.submissions import (
    assigning,
    claiming,
    drafting,
    finishing,
    progress,
    reviewing,
    steps,
    timers,
)
from engine.submissions.scores import Score

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday morning."""


class Surprise(AccoladeError):
    """Something is not as a flow test says."""


@dataclass
class Rehearsal:
    """One submission, its people, and the time. Make one with `rehearsal`."""

    context: JobContext
    edition: Edition
    cast: Mapping[str, Actor]
    id: str
    at: datetime = START

    @property
    def workflow(self) -> Workflow:
        assert self.edition.workflow is not None
        return self.edition.workflow

    def subject(self, session: Session) -> SubmissionSubject:
        return drafting.subject_of(session, self.id)

    def does(
        self, who: str, name: str, comment: str = "", answers: Mapping[str, Any] | None = None
    ) -> None:
        """Take a transition. Raises what `progress.advance` raises."""
        with self.context.database.transaction() as session:
            row = session.get_one(Submission, self.id)
            step = Draft({steps.STEP: dict(answers)}) if answers is not None else None
            progress.advance(
                session,
                self.context.settings,
                self.cast[who],
                self.id,
                name,
                row.revision,
                self.at,
                comment,
                step,
            )

    def offered(self, who: str) -> dict[str, str]:
        """The transitions that this person has here, with why not now, or an empty text."""
        with self.context.database.read() as session:
            found = progress.offers(session, self.cast[who], self.subject(session), self.at)
            return {
                offer.transition.name: str(Refused(offer.refusal)) if offer.refusal else ""
                for offer in found
            }

    def passes(self, span: str) -> None:
        """Let time go by; what happens by itself meanwhile happens at its own time."""
        calendar = self.workflow.calendar(self.context.settings.time_zone)
        until = span_of(span).after(self.at, calendar)
        while (due := timers.next_due(self.context, self.id, until)) is not None:
            self.at = max(self.at, due)
            timers.run_due(self.context, self.at)
        self.at = until

    def state(self) -> str:
        with self.context.database.read() as session:
            return session.get_one(Submission, self.id).state

    def scores(self, who: str, said: Mapping[str, Any]) -> None:
        """Keep scores: by `GUIDE/LOOK_FOR`, and `rest` for those that are not named."""
        with self.context.database.transaction() as session:
            subject, actor = self.subject(session), self.cast[who]
            review = reviewing.own_review(session, subject, actor)
            if review is None:
                raise Surprise(f"{who} has no review to score in.")
            stored = reviewing.scores_of(session, review)
            wanted = {
                key: _score(said.get("/".join(key), said.get("rest")), stored.get(key))
                for guide in reviewing.guides_of(subject, review)
                for key in [(guide.id, one.id) for one in guide.look_fors]
            }
            reviewing.save_scores(session, actor, subject, wanted, review.revision, self.at)

    def recommends(self, who: str, name: str) -> None:
        with self.context.database.transaction() as session:
            subject, actor = self.subject(session), self.cast[who]
            review = reviewing.own_review(session, subject, actor)
            if review is None:
                raise Surprise(f"{who} has no review to recommend anything in.")
            kept = reviewing.scores_of(session, review)
            reviewing.save_scores(
                session, actor, subject, kept, review.revision, self.at, recommendation=name
            )

    def finishes(self, who: str) -> None:
        with self.context.database.transaction() as session:
            finishing.finish_review(
                session, self.context.settings, self.cast[who], self.subject(session), self.at
            )

    def claims(self, who: str, block: str = "") -> None:
        with self.context.database.transaction() as session:
            claiming.claim(
                session,
                self.context.settings,
                self.cast[who],
                self.subject(session),
                block,
                self.at,
            )

    def names(self, who: str, reviewer: str, block: str = "") -> None:
        """Staff name a reviewer, for a free place or to take up what waits."""
        settings, staff, named = self.context.settings, self.cast[who], self.cast[reviewer].id
        with self.context.database.transaction() as session:
            subject = self.subject(session)
            if waits := assigning.waits(subject):
                step, seen = waits[0].transition.name, subject.submission.revision
                assigning.hand_to(session, settings, staff, subject, named, step, seen, self.at)
            else:
                assigning.assign(session, settings, staff, subject, named, block, self.at)

    def hands_back(self, who: str) -> None:
        with self.context.database.transaction() as session:
            claiming.hand_back(
                session, self.context.settings, self.cast[who], self.subject(session), self.at
            )

    def takes_back(self, who: str) -> None:
        with self.context.database.transaction() as session:
            progress.take_back(session, self.context.settings, self.cast[who], self.id, self.at)

    def fills(self, who: str, answers: Mapping[str, Any]) -> None:
        with self.context.database.transaction() as session:
            drafting.fill(session, self.subject(session), answers, self.cast[who], self.at)

    def reviewers(self) -> list[str]:
        """The names of everybody who is asked to review now."""
        with self.context.database.read() as session:
            ids = session.get_one(Submission, self.id).reviewer_ids
        return sorted(name for name, actor in self.cast.items() if actor.id in ids)

    def awarded(self) -> bool:
        with self.context.database.read() as session:
            asked = select(Award.serial).where(Award.submission_id == self.id)
            return session.scalar(asked.limit(1)) is not None


@contextmanager
def stage(settings: Settings) -> Iterator[JobContext]:
    """An empty installation in a temporary folder, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="accolade-rehearsal-") as folder:
        here = Settings(
            instance=Path(folder),
            database_url=f"sqlite:///{folder}/rehearsal.sqlite",
            secret_key="rehearsal",  # noqa: S106 - it signs nothing that leaves this folder
            templates=settings.templates,
            zone=settings.zone,
        )
        database = Database(here.database_url)
        database.migrate()
        try:
            yield JobContext(here, database, EvidenceStore.of(here))
        finally:
            database.dispose()


def rehearsal(context: JobContext, edition: Edition, people: Sequence[Person]) -> Rehearsal:
    """A new submission with a cast of its own, by the first of them who is its owner.

    Raises `Surprise` when nobody is.
    """
    assert edition.workflow is not None
    roles = edition.workflow.roles
    with context.database.transaction() as session:
        cast = {one.name: _account(session, one, edition.workflow) for one in people}
        owner = next(
            (
                cast[one.name]
                for one in people
                if any(roles[role].kind == "owner" for role in one.plays)
            ),
            None,
        )
        if owner is None:
            raise Surprise("Nobody here is the candidate.")
        submission = progress.begin(session, context.settings, edition, owner, START)
        return Rehearsal(context, edition, cast, submission.id)


def _account(session: Session, person: Person, workflow: Workflow) -> Actor:
    played = [workflow.roles[role] for role in person.plays]
    words = {"owner": "candidate", "reviewer": "reviewer", "staff": "staff"}
    held = sorted({words[role.kind] for role in played} | {"candidate"})
    groups = sorted({role.group for role in played if role.group})
    number = session.query(Account).count()
    row = Account(
        id=f"{person.name}-{number}",
        email=f"{person.name}-{number}@example.org".lower(),
        name=person.name.replace("_", " ").capitalize(),
        password_hash="",
        roles=held,
        groups=groups,
        school=person.school,
        active=True,
        created_at=START,
    )
    session.add(row)
    session.flush()
    return Actor(
        row.id,
        row.name,
        row.email,
        frozenset(held),
        groups=frozenset(groups),
        school=person.school,
    )


def retire(context: JobContext, cast: Mapping[str, Actor]) -> None:
    """Close the accounts of a cast, so that nobody of it is picked in the next rehearsal."""
    with context.database.transaction() as session:
        for actor in cast.values():
            session.get_one(Account, actor.id).active = False


def _score(said: Any, stored: Score | None) -> Score:
    if said is None:
        return stored or Score()
    if isinstance(said, int | float) and not isinstance(said, bool):
        return Score("R", "Because.", float(said))
    return Score(str(said), "Because.")
