"""A reviewer's work on one submission: their review, and the scores that they keep in it.

Scores belong to a review: one reviewer, one round, one review block of a state. A returned
submission starts a new round, so what was scored before stays as it was, in sight of whoever
reviews next. What several reviews say together is `scoring`'s; what pages show is `scoring_sheets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine.credentials.credential import ScoringGuide
from engine.credentials.workflow import ReviewBlock
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.tables import Review, new_id
from engine.records.tables import Score as ScoreRow
from engine.submissions import prechecks, scoring
from engine.submissions.scores import Key, Score, Scores, kept


def guides_of(subject: SubmissionSubject, review: Review | None = None) -> tuple[ScoringGuide, ...]:
    """The scoring guides that `review` is asked for or, without one, the current state; none
    where nothing is scored."""
    if review is None:
        return scoring.guides_for(subject, subject.state.reviews.values())
    block = block_of(subject, review)
    return scoring.guides_for(subject, [block] if block else [])


def block_of(subject: SubmissionSubject, review: Review) -> ReviewBlock | None:
    """The review block that asked for a review; None where the workflow has none such."""
    state = subject.workflow.states.get(review.state, subject.state)
    return state.reviews.get(review.block, state.review)


def assign(
    session: Session,
    subject: SubmissionSubject,
    block: str,
    reviewer_id: str,
    at: datetime,
    *,
    assigned_by: str = "",
    due_at: datetime | None = None,
    lock_until: datetime | None = None,
    carried: Scores | None = None,
) -> Review:
    """Open this round's review of the state's `block` for one reviewer.

    The prechecked look-fors are answered already (`precheck`), and so is what `carried` brings
    from an earlier round, where nothing changed; its scores say so in their `origin` (`round:1`).
    A precheck is always made anew. Coming back to a review that one has had before finds the
    scores as they were.
    """
    submission, state = subject.submission, subject.submission.state
    again = session.scalars(
        select(Review)
        .where(
            Review.submission_id == submission.id,
            Review.round == submission.round,
            Review.state.in_((state, "")),
            Review.block.in_((block, "")),
            Review.reviewer_id == reviewer_id,
        )
        .order_by(Review.state.desc())
    ).first()
    if again is not None:
        again.closed_at, again.status = None, "open"
        again.due_at, again.lock_until = due_at, lock_until
        session.flush()
        return again
    review = Review(
        id=new_id(),
        submission_id=submission.id,
        round=submission.round,
        reviewer_id=reviewer_id,
        started_at=at,
        revision=0,
        state=state,
        block=block,
        status="open",
        assigned_by=assigned_by,
        due_at=due_at,
        lock_until=lock_until,
    )
    session.add(review)
    session.flush()
    rows = [
        _row(review.id, key, score, at)
        for key, score in prechecks.given(
            session, subject, guides_of(subject, review), carried or {}
        )
    ]
    if rows:
        session.execute(insert(ScoreRow), rows)
    return review


def current_review(session: Session, subject: SubmissionSubject) -> Review | None:
    """This round's review that counts: the assigned reviewer's, or else the one that decided.

    Somebody who scored and then handed the submission back has left a review open behind them.
    """
    return session.scalars(
        select(Review)
        .where(
            Review.submission_id == subject.submission.id,
            Review.round == subject.submission.round,
        )
        .order_by(
            Review.status == "given_up",
            Review.reviewer_id != (subject.submission.reviewer_id or ""),
            Review.closed_at.is_(None),
            Review.closed_at.desc(),
        )
    ).first()


def own_reviews(session: Session, subject: SubmissionSubject, actor: Actor) -> list[Review]:
    """The reviews that the present state asked of this person, in the order of its blocks."""
    own = [
        review
        for review in scoring.reviews_in(session, subject, subject.state)
        if review.reviewer_id == actor.id
    ]
    order = list(subject.state.reviews)
    return sorted(own, key=lambda one: order.index(one.block) if one.block in order else 0)


def own_review(
    session: Session, subject: SubmissionSubject, actor: Actor, block: str | None = None
) -> Review | None:
    """This person's review in the present state: that of `block`, or the first that is not
    finished, or the last."""
    own = own_reviews(session, subject, actor)
    if block is not None:
        return next((one for one in own if one.block == block), None)
    return next((one for one in own if one.status == "open"), own[-1] if own else None)


def save_scores(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    scores: Mapping[Key, Score | tuple[str | None, str]],
    revision: int,
    at: datetime,
    block: str | None = None,
    recommendation: str | None = None,
) -> Review:
    """Keep a scoring sheet as it stands, finished or not.

    Look-fors of other guides are ignored, and an answer that a look-for does not offer (a rating
    off its scale, NA where that is not allowed) is not decided. `revision` is the one the sheet
    was shown with. An answer that was filled in by the engine keeps its origin until it is
    changed. `recommendation` None leaves it as it is.

    Raises `Refused` unless the actor is an assigned reviewer whose review is not finished, and
    `Conflict` when the sheet was saved elsewhere meanwhile with other decisions.
    """
    require(actor, "submission.score", subject)
    review = own_review(session, subject, actor, block)
    if review is None:
        raise NotFound(_("There is no open review of yours here."))
    if review.status != "open":
        raise Refused(finished())
    stored = scores_of(session, review)
    wanted = {
        (guide.id, look_for.id): _keeping(
            stored.get((guide.id, look_for.id), Score()),
            kept(look_for, Score(*scores.get((guide.id, look_for.id), ()))),
        )
        for guide in guides_of(subject, review)
        for look_for in guide.look_fors
    }
    asked = block_of(subject, review)
    said = review.recommendation if recommendation is None else recommendation
    said = said if asked is not None and said in asked.recommend else ""
    if said == review.recommendation and all(
        stored.get(key, Score()) == score for key, score in wanted.items()
    ):
        return review
    changed = Conflict(_("These scores were changed in another window since you opened this one."))
    if review.revision != revision:  # asked here too: no database holds every number that is posted
        raise changed
    written = session.execute(
        update(Review)
        .where(Review.id == review.id, Review.revision == revision, Review.status == "open")
        .values(revision=revision + 1, recommendation=said),
        execution_options={"synchronize_session": False},
    )
    if written.rowcount == 0:  # type: ignore[attr-defined]
        raise changed
    session.execute(delete(ScoreRow).where(ScoreRow.review_id == review.id))
    session.execute(
        insert(ScoreRow), [_row(review.id, key, score, at) for key, score in wanted.items()]
    )
    session.refresh(review)
    return review


def finished() -> Refusal:
    """Why scores are not kept any more."""
    return Refusal(
        _("You have finished this review."),
        _("Open it again if you want to change something."),
        "finished",
    )


def scores_of(session: Session, review: Review) -> dict[Key, Score]:
    """The decisions and notes of one review."""
    (found,) = scoring.with_scores(session, [review])
    return dict(found.scores)


def _keeping(stored: Score, said: Score) -> Score:
    """What is kept of `said`: where the answer came from, as long as it is the same answer."""
    return said._replace(origin=stored.origin if said.answer == stored.answer else said.origin)


def _row(review: str, key: Key, score: Score, at: datetime) -> dict[str, object]:
    return {
        "review_id": review,
        "guide_id": key[0],
        "look_for_id": key[1],
        "decision": score.decision,
        "notes": score.notes,
        "value": score.value,
        "origin": score.origin,
        "saved_at": at,
    }
