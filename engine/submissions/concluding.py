"""Reviews come to their end, by their reviewer's word or with a decision: what the trail keeps.

It keeps what each look-for is and, where somebody or the engine had said otherwise, what it was.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records.tables import Review
from engine.submissions import history, prechecks, reviewing
from engine.submissions.scores import Key, Score


def told(session: Session, subject: SubmissionSubject, reviewer: Actor) -> dict[str, Any]:
    """What the trail keeps of the reviews that a decision is about to end: by `GUIDE/LOOK_FOR`,
    what each look-for `is` and, where somebody or the engine had said otherwise, what it `was`."""
    scores: dict[str, Any] = {}
    for review in _ending(session, subject, reviewer):
        scores.update(_before_and_after(session, subject, review))
    return {"scores": scores} if scores else {}


def end(
    session: Session, subject: SubmissionSubject, review: Review, actor: Actor, at: datetime
) -> None:
    """Close one review by its reviewer's own word, and write into the trail what it says."""
    review.closed_at, review.status = at, "closed"
    session.flush()
    facts: dict[str, Any] = {
        "review": review.id,
        "round": review.round,
        "scores": _before_and_after(session, subject, review),
        **({"block": review.block} if review.block else {}),
        **({"recommendation": review.recommendation} if review.recommendation else {}),
    }
    history.record(session, subject.submission.id, "review-finished", facts, actor, at)


def _ending(session: Session, subject: SubmissionSubject, reviewer: Actor) -> list[Review]:
    """The open reviews of whoever decides or, when that is nobody's reviewer, everybody's."""
    reviews = session.scalars(
        select(Review).where(
            Review.submission_id == subject.submission.id,
            Review.round == subject.submission.round,
            Review.status == "open",
        )
    ).all()
    return [one for one in reviews if one.reviewer_id == reviewer.id] or list(reviews)


def _before_and_after(
    session: Session, subject: SubmissionSubject, review: Review
) -> dict[str, dict[str, Any]]:
    """By `GUIDE/LOOK_FOR`: `is`, and `was` where it was otherwise: the last closed review of an
    earlier round, or what the engine had filled in."""
    scores = reviewing.scores_of(session, review)
    before: dict[Key, Score] = {}
    if review.round > 1:
        last = session.scalars(
            select(Review)
            .where(
                Review.submission_id == review.submission_id,
                Review.round < review.round,
                Review.status == "closed",
            )
            .order_by(Review.closed_at.desc())
            .limit(1)
        ).first()
        before = reviewing.scores_of(session, last) if last else {}
    overruled = [
        guide
        for guide in reviewing.guides_of(subject, review)
        for one in guide.look_fors
        if one.precheck and scores.get((guide.id, one.id), Score()).origin != "precheck"
    ]
    before.update(prechecks.verdicts_on(session, subject, overruled))
    found: dict[str, dict[str, Any]] = {}
    for key, score in scores.items():
        was = before.get(key)
        found["/".join(key)] = {
            "is": _plain(score),
            **({"was": _plain(was)} if was and was.answer != score.answer else {}),
        }
    return found


def _plain(score: Score) -> str | float | None:
    return score.value if score.decision == "R" else score.decision
