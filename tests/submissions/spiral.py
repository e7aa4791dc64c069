"""The herb spiral of `tests/documents`: a submission that can take every path, and its cast.

Time goes on by a minute with everything that somebody does.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms import answers as forms_answers
from engine.forms.schema import form_set_of
from engine.people import SYSTEM, Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue
from engine.records.jobs import JobContext
from engine.records.tables import Comment, Evidence, Review, Submission
from engine.settings import SHIPPED
from engine.submissions import comments, drafting, noting, progress, replies, reviewing, timers
from engine.submissions.scores import Score

from .conftest import NOON, Garden

DOCUMENTS = Path(__file__).parents[1] / "documents"
LIBRARY = Library(
    (SHIPPED / "schemas", DOCUMENTS), (SHIPPED / "workflows", DOCUMENTS / "workflows")
)
PLAN: dict[str, Any] = {
    "goal": "Herbs for the kitchen",
    "why": "The corner has sun until six and nobody walks there.",
    "watered": False,
    "beds": [{"herb": "Basil", "size": 3}, {"herb": "Mint", "size": 4}],
}
PROOF = {"words": "It grows."}
ALL_YES = {("plan", "whole"), ("plan", "sunny"), ("plan", "aimed"), ("proof", "seen")}
MINUTE = timedelta(minutes=1)


@dataclass
class Spiral:
    """The garden's cast at work on herb spirals."""

    garden: Garden
    edition: Edition
    now: datetime = field(default=NOON)

    def tick(self, by: timedelta = MINUTE) -> datetime:
        self.now += by
        return self.now

    def subject(self, session: Session, submission: Submission) -> SubmissionSubject:
        return drafting.subject_of(session, submission.id)

    def go(
        self, session: Session, actor: Actor, submission: Submission, name: str, words: str = ""
    ) -> Submission:
        return self.garden.advance(session, actor, submission, name, words, self.tick())

    def opened(self, session: Session) -> Submission:
        submission = progress.begin(
            session, self.garden.settings, self.edition, self.garden.grower, self.tick()
        )
        self.put(session, submission, "plan", PLAN)
        self.put(session, submission, "proof", PROOF)
        return submission

    def put(
        self, session: Session, submission: Submission, form: str, said: dict[str, Any]
    ) -> None:
        """Write a whole form into the draft, as an import would."""
        subject = self.subject(session, submission)
        drafting.fill(session, subject, {form: said}, self.garden.grower, self.tick())

    def save(
        self, session: Session, submission: Submission, form: str, posted: dict[str, str]
    ) -> drafting.Saved:
        """Post a form page as a browser would that saw the stored answers."""
        from werkzeug.datastructures import MultiDict

        page = next(one for one in form_set_of(self.edition).pages if one.form_id == form)
        seen = forms_answers.page_seen(page, drafting.draft_of(session, submission.id))
        subject = self.subject(session, submission)
        return drafting.save_page(
            session, subject, page, MultiDict(posted), seen, self.garden.grower, self.tick()
        )

    def said(self, session: Session, submission: Submission, form: str = "plan") -> dict[str, Any]:
        found = drafting.draft_of(session, submission.id).answers[form]
        assert isinstance(found, dict)
        return found

    def handed_in(self, session: Session) -> Submission:
        return self.go(session, self.garden.grower, self.opened(session), "hand_in")

    def judged(self, session: Session) -> Submission:
        return self.go(session, self.garden.judge, self.handed_in(session), "take")

    def note(
        self,
        session: Session,
        submission: Submission,
        pointer: str,
        body: str = "More of this.",
        author: Actor | None = None,
        **named: Any,
    ) -> Comment:
        return noting.add(
            session,
            author or self.garden.judge,
            self.subject(session, submission),
            pointer,
            body,
            self.tick(),
            **named,
        )

    def returned(self, session: Session, *pointers: str) -> Submission:
        """Sent back with a shared note on each of `pointers`."""
        submission = self.judged(session)
        return self.sent_back(session, submission, *pointers)

    def sent_back(
        self, session: Session, submission: Submission, *pointers: str, judge: Actor | None = None
    ) -> Submission:
        for pointer in pointers or ("/plan/why",):
            self.note(session, submission, pointer, author=judge)
        return self.go(session, judge or self.garden.judge, submission, "ask_for_changes")

    def answer_all(self, session: Session, submission: Submission) -> None:
        subject = self.subject(session, submission)
        for note in comments.for_candidate(session, subject):
            replies.answer(session, self.garden.grower, subject, note.id, "Done.", self.tick())

    def back_again(
        self, session: Session, submission: Submission, judge: Actor | None = None
    ) -> Submission:
        """Every note answered, handed in and taken again."""
        self.answer_all(session, submission)
        self.go(session, self.garden.grower, submission, "hand_in")
        return self.go(session, judge or self.garden.judge, submission, "take")

    def score(
        self,
        session: Session,
        submission: Submission,
        yes: Iterable[tuple[str, str]] = (),
        no: Iterable[tuple[str, str]] = (),
        judge: Actor | None = None,
    ) -> None:
        judge = judge or self.garden.judge
        subject = self.subject(session, submission)
        review = reviewing.own_review(session, subject, judge)
        assert review is not None
        scores = {key: Score("Y") for key in yes} | {key: Score("N", "Too dark") for key in no}
        reviewing.save_scores(
            session, judge, subject, scores, review.revision, self.tick(), block=None
        )

    def scores(self, session: Session, submission: Submission) -> dict[str, tuple[Any, str]]:
        """By look-for: the decision in this round's review, and where it comes from."""
        subject = self.subject(session, submission)
        review = reviewing.current_review(session, subject)
        assert isinstance(review, Review)
        return {
            look_for: (score.decision, score.origin)
            for (_, look_for), score in reviewing.scores_of(session, review).items()
        }

    def passed(self, session: Session) -> Submission:
        submission = self.judged(session)
        self.score(session, submission, ALL_YES)
        return self.go(session, self.garden.judge, submission, "pass")

    def awarded(self, session: Session) -> Submission:
        return self.go(session, self.garden.office, self.passed(session), "announce_award")

    def failed(self, session: Session) -> Submission:
        submission = self.judged(session)
        self.note(session, submission, "/plan/why", "A shared word of the judge.")
        self.score(session, submission, {("plan", "sunny")}, {("proof", "seen")})
        return self.go(session, self.garden.judge, submission, "fail", "It is only a heap.")

    def denied(self, session: Session) -> Submission:
        return self.go(session, self.garden.office, self.failed(session), "announce_denial")

    def film(self, session: Session, submission: Submission, media_type: str = "video/mp4") -> str:
        """A film among the submission's files; its id."""
        kept = self.garden.store.keep(io.BytesIO(b"no film, really"), 1000, "film.mp4")
        id = f"{'f' * 31}{len(session.new)}"
        session.add(
            Evidence(
                id=id,
                submission_id=submission.id,
                name="film.mp4",
                media_type=media_type,
                bytes=kept.bytes,
                sha256=kept.sha256,
                uploaded_by=self.garden.grower.id,
                uploaded_at=self.now,
            )
        )
        session.flush()
        return id

    def ring(self, at: datetime) -> int:
        """Let everything happen that is due by `at`."""
        context = JobContext(self.garden.settings, self.garden.database, self.garden.store)
        return timers.run_due(context, at)


@pytest.fixture
def spiral(garden: Garden) -> Spiral:
    with garden.database.transaction() as session:
        row = catalogue.publish(session, LIBRARY, "herb-spiral", SYSTEM, NOON)
        return Spiral(garden, catalogue.edition(session, row.digest))
