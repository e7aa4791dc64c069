"""Staff look at submissions: how many stand where, a list with filters, one submission's page.

Lists read small columns only, never answers, and a page of rows costs the same queries however
many submissions there are. What a submission's answers say is shown by the reviewer's pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from engine.credentials.credential import Edition
from engine.credentials.workflow import State
from engine.permissions import may, require
from engine.records import audit, catalogue, counting
from engine.records.tables import Account, Review, Submission
from engine.submissions import assigning, progress
from engine.submissions.drafting import subject_of
from engine.web import list_files, lists, staff_story
from engine.web.asking import me, now, read_session
from engine.web.diagram import picture

blueprint = Blueprint("submissions", __name__, url_prefix="/submissions")


class StateCount(NamedTuple):
    """How many submissions stand in one state."""

    state: State
    number: int


@dataclass(frozen=True)
class CredentialCount:
    """One credential's submissions by state, in the order of its workflow."""

    credential_id: str
    title: str
    states: tuple[StateCount, ...]

    @property
    def total(self) -> int:
        return sum(one.number for one in self.states)


@dataclass(frozen=True)
class SubmissionLine:
    """One row of the list."""

    id: str
    candidate_id: str
    candidate_name: str
    credential_title: str
    state: State
    since: datetime
    round: int
    reviewer_name: str


@blueprint.get("")
def everything() -> ResponseReturnValue:
    """Every submission, the latest change first unless staff ask otherwise."""
    with read_session() as session:
        page = lists.shown(session, "staff")
    return render_template("web/staff/submissions.html", page=page)


@blueprint.get("/list.<any(csv, xlsx):kind>")
def file(kind: str) -> ResponseReturnValue:
    """The list as a file: every row that matches."""
    return list_files.as_file("staff", kind)


@blueprint.get("/<submission_id>")
def one(submission_id: str) -> ResponseReturnValue:
    """Where a submission stands, how it came there, and what staff can do with it now."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        require(me(), "submission.see", subject)
        people = people_of(session, subject.submission)
        events = audit.story(session, f"submission:{submission_id}")
        return render_template(
            "web/staff/submission.html",
            subject=subject,
            candidate=people[subject.submission.candidate_id],
            reviewer=people.get(subject.submission.reviewer_id or ""),
            reviews=reviews_of(session, submission_id),
            in_confidence=may(me(), "submission.read", subject),
            story=staff_story.told(
                events, subject.workflow, in_confidence=subject.edition.credential.confidential
            ),
            diagram=picture(
                subject.workflow, subject.workflow.title, subject.submission.state, events
            ),
            offers=progress.offers(session, me(), subject, now()),
            may_name=bool(subject.state.reviews or assigning.waits(subject)),
        )


def counted(session: Session) -> list[CredentialCount]:
    """All submissions by credential and state, from the kept counters.

    Two editions of a credential count together; a state takes its words from the latest.
    """
    counts: dict[str, dict[str, int]] = {}
    latest: dict[str, Edition] = {}
    for stands in counting.standing(session):
        edition = catalogue.edition(session, stands.edition_digest)
        id = edition.credential.id
        if id not in latest or latest[id].credential.version < edition.credential.version:
            latest[id] = edition
        by_state = counts.setdefault(id, {})
        by_state[stands.state] = by_state.get(stands.state, 0) + stands.number
    return sorted(
        (_counted_one(latest[id], by_state) for id, by_state in counts.items()),
        key=lambda one: one.title,
    )


def of_candidate(session: Session, account_id: str) -> list[SubmissionLine]:
    """Everything that one person has begun, the latest change first."""
    query = _lines().where(Submission.candidate_id == account_id)
    found = session.execute(query.order_by(Submission.state_since.desc(), Submission.id.desc()))
    return [_line(session, *row) for row in found]


def people_of(session: Session, submission: Submission) -> dict[str, Account]:
    """The candidate, and the reviewer if there is one, by account id."""
    ids = [id for id in (submission.candidate_id, submission.reviewer_id) if id]
    return {one.id: one for one in session.scalars(select(Account).where(Account.id.in_(ids)))}


class ReviewLine(NamedTuple):
    """Who reviewed which round."""

    round: int
    reviewer_name: str
    started_at: datetime
    closed_at: datetime | None


def reviews_of(session: Session, submission_id: str) -> list[ReviewLine]:
    """Every review of the submission, the first round first."""
    found = session.execute(
        select(Review.round, Account.name, Review.started_at, Review.closed_at)
        .join(Account, Account.id == Review.reviewer_id)
        .where(Review.submission_id == submission_id)
        .order_by(Review.round, Review.started_at)
    )
    return [ReviewLine(*row) for row in found]


def _lines() -> Select[str, str, str, str, str, datetime, int, str]:
    reviewer = aliased(Account)
    return (
        select(
            Submission.id,
            Submission.candidate_id,
            Account.name,
            Submission.edition_digest,
            Submission.state,
            Submission.state_since,
            Submission.round,
            func.coalesce(reviewer.name, ""),
        )
        .join(Account, Account.id == Submission.candidate_id)
        .outerjoin(reviewer, reviewer.id == Submission.reviewer_id)
    )


def _line(
    session: Session,
    id: str,
    candidate_id: str,
    candidate_name: str,
    digest: str,
    state: str,
    since: datetime,
    round: int,
    reviewer_name: str,
) -> SubmissionLine:
    edition = catalogue.edition(session, digest)
    return SubmissionLine(
        id=id,
        candidate_id=candidate_id,
        candidate_name=candidate_name,
        credential_title=edition.credential.title,
        state=_state(edition, state),
        since=since,
        round=round,
        reviewer_name=reviewer_name,
    )


def _counted_one(edition: Edition, by_state: dict[str, int]) -> CredentialCount:
    known = edition.workflow.states if edition.workflow else {}
    # States of an older edition that the latest dropped still have submissions in them.
    names = [*known, *(name for name in by_state if name not in known)]
    return CredentialCount(
        credential_id=edition.credential.id,
        title=edition.credential.title,
        states=tuple(
            StateCount(_state(edition, name), by_state[name]) for name in names if name in by_state
        ),
    )


def _state(edition: Edition, name: str) -> State:
    assert edition.workflow is not None, "only credentials with a workflow have submissions"
    if (state := edition.workflow.states.get(name)) is not None:
        return state
    label = name.replace("_", " ").capitalize()
    return State(name, "open", label, label, "", (), {}, "neutral")
