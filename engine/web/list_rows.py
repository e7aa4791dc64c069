"""The rows of a list as pages and files write them: every word, address and button of a row.

A page of fifty is opened all day long, so what is the same for many rows is worked out once, and
the template only writes it down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from engine import phrases
from engine.credentials.credential import Edition
from engine.credentials.workflow import ReviewBlock, State, Transition
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, may_fire
from engine.records import catalogue
from engine.submissions import claiming
from engine.submissions.exporting import Line
from engine.submissions.listing import Row
from engine.submissions.narrowing import ListName
from engine.submissions.searching import Piece
from engine.web.asking import house, now


class Claim(NamedTuple):
    """The button by which a reviewer takes a submission over."""

    url: str
    fields: Mapping[str, str]
    label: str


class Shown(NamedTuple):
    """One row, every word of it."""

    id: str
    url: str
    candidate: str
    credential: str
    stage: str
    tone: str
    since: str
    waited: str
    due: str
    due_words: str
    overdue: bool
    round: int
    reviewer: str
    mine: bool
    claim: Claim | None
    snippet: Sequence[Piece]


class _Place(NamedTuple):
    """Where rows stand: one state of one edition."""

    edition: Edition
    title: str
    state: State


class Tellings:
    """How rows are told to one reader."""

    def __init__(self, session: Session, actor: Actor, name: ListName) -> None:
        self._session, self._actor, self._name, self._at = session, actor, name, now()
        self._zone = phrases.zone()
        where = "reviewer.workspace" if name == "queue" else "staff.submissions.one"
        # An address costs as much as the rest of a row: the ids are put behind one that is made.
        self._url = url_for(where, submission_id="-").removesuffix("-")
        self._places: dict[tuple[str, str], _Place] = {}
        self._days: dict[date, str] = {}
        self._spans: dict[datetime, tuple[str, str]] = {}
        self._claims: dict[tuple[object, ...], Transition | ReviewBlock | None] = {}

    def row(self, row: Row, snippet: Sequence[Piece]) -> Shown:
        """What a page says of a row."""
        place = self._place(row)
        since, waited = self._moment(row.state_since)
        due = row.due_at
        due_day, due_words = self._moment(due) if due is not None else ("", "")
        me, reviewers, reviewer = self._actor.id, row.reviewer_ids, row.reviewer_name
        if reviewer and len(reviewers) > 1:
            others = len(reviewers) - 1
            reviewer = _("%(name)s and %(count)s more", name=reviewer, count=others)
        return Shown(
            id=row.id,
            url=self._url + row.id,
            candidate=row.candidate_name,
            credential=place.title,
            stage=place.state.label,
            tone=place.state.tone,
            since=since,
            waited=waited,
            due=due_day,
            due_words=due_words,
            overdue=due is not None and due < self._at,
            round=row.round,
            reviewer=reviewer,
            mine=me in reviewers or me == row.reviewer_id,
            claim=self._claim(row, place) if self._name == "queue" else None,
            snippet=snippet,
        )

    def line(self, row: Row) -> Line:
        """What a file says of a row."""
        place = self._place(row)
        return Line(
            id=row.id,
            candidate=row.candidate_name,
            school=row.candidate_school,
            credential=place.title,
            stage=place.state.label,
            since=row.state_since,
            due=row.due_at,
            round=row.round,
            reviewer=row.reviewer_name,
            address=house().settings.base_url + self._url + row.id,
        )

    def _place(self, row: Row) -> _Place:
        key = (row.edition_digest, row.state)
        if (known := self._places.get(key)) is None:
            edition = catalogue.edition(self._session, row.edition_digest)
            assert edition.workflow is not None, "only what has a workflow has submissions"
            state = edition.workflow.states[row.state]
            known = self._places[key] = _Place(edition, edition.credential.title, state)
        return known

    def _moment(self, moment: datetime) -> tuple[str, str]:
        """The day, and how far away that is: rows that came together share both."""
        if (known := self._spans.get(moment)) is None:
            on = moment.astimezone(self._zone).date()
            if on not in self._days:
                self._days[on] = phrases.day(on)
            known = self._spans[moment] = (self._days[on], phrases.ago(moment, self._at))
        return known

    def _claim(self, row: Row, place: _Place) -> Claim | None:
        """What would give this row to the reader, asked of no database: whoever presses it is
        asked properly."""
        key = (
            row.edition_digest,
            row.state,
            row.round > 0,
            row.candidate_id == self._actor.id,
            self._actor.id in row.reviewer_ids,
            row.places_free > 0,
        )
        if key not in self._claims:  # nothing else of a row counts, so few rows are asked about
            self._claims[key] = self._claimed_by(row.subject(place.edition))
        by = self._claims[key]
        if by is None:
            return None
        if isinstance(by, ReviewBlock):
            where = f"{self._url}{row.id}/claim"
            return Claim(where, {"block": by.name}, _("Review this"))
        fields = {"revision": str(row.revision), "_go": by.name}
        return Claim(self._url + row.id, fields, by.label)  # where it is read it is decided, too

    def _claimed_by(self, subject: SubmissionSubject) -> Transition | ReviewBlock | None:
        for transition in subject.workflow.leaving(subject.state.name):
            takes_over = any(effect.name == "assign" for effect in transition.do)
            if takes_over and may_fire(self._actor, transition, subject) is None:
                return transition
        blocks = claiming.offered(self._actor, subject)
        # Of several places the reader chooses on the submission's own page.
        return blocks[0] if len(blocks) == 1 else None
