"""Scores of an earlier round that still stand, since nothing that they judge has changed.

A look-for is carried over when the forms that its guide reviews, or the answers that it says it is
`about`, are the same in both rounds to the letter. Carried is what the same review block said
before: the last closed review where one reviewer is wanted, and a reviewer's own where several
judge for themselves. Another state, such as an appeal, starts from nothing.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import LookFor, ScoringGuide
from engine.credentials.workflow import ReviewBlock
from engine.forms.drafts import Draft
from engine.forms.pointers import ABSENT, escape, value_at, within
from engine.permissions import SubmissionSubject
from engine.records.tables import Review, Snapshot
from engine.submissions import history, scoring
from engine.submissions.scores import Score, Scores


def carried(
    session: Session, subject: SubmissionSubject, block: ReviewBlock, reviewer_id: str
) -> Scores:
    """What a review of this round by `reviewer_id` begins with, by guide and look-for.

    Each score's `origin` names the round that it comes from (`round:1`). Empty in a first round,
    and where another version of the documents stands between the two.
    """
    if subject.submission.round < 2:
        return {}
    review = _before(session, subject, block, reviewer_id)
    if review is None or history.migrated_since(session, subject.submission.id, review.started_at):
        return {}
    rounds = session.scalars(
        select(Snapshot)
        .where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round.in_((review.round, subject.submission.round)),
        )
        .order_by(Snapshot.round)
    ).all()
    if len(rounds) < 2:
        return {}
    was, now = (Draft.of(one.answers, one.marks) for one in rounds)
    (scored,) = scoring.with_scores(session, [review])
    origin = f"round:{review.round}"
    return {
        (guide.id, look_for.id): scored.scores[guide.id, look_for.id]._replace(origin=origin)
        for guide in scoring.guides_for(subject, [block])
        for look_for in guide.look_fors
        if _says_something(scored.scores.get((guide.id, look_for.id)))
        and all(_same(was, now, pointer) for pointer in judged(guide, look_for))
    }


def judged(guide: ScoringGuide, look_for: LookFor) -> tuple[str, ...]:
    """The pointers of what a look-for is about: its own, or the forms that its guide reviews."""
    return look_for.about or tuple(f"/{escape(form)}" for form in guide.reviews)


def _before(
    session: Session, subject: SubmissionSubject, block: ReviewBlock, reviewer_id: str
) -> Review | None:
    asked = select(Review).where(
        Review.submission_id == subject.submission.id,
        Review.round < subject.submission.round,
        Review.state.in_((subject.submission.state, "")),
        Review.block.in_((block.name, "")),
        Review.closed_at.is_not(None),
    )
    if block.count > 1:
        asked = asked.where(Review.reviewer_id == reviewer_id)
    return session.scalars(asked.order_by(Review.round.desc(), Review.closed_at.desc())).first()


def _same(was: Draft, now: Draft, pointer: str) -> bool:
    """Whether two rounds say the same at `pointer`, the order of rows included."""
    before, after = (value_at(one.answers, pointer) for one in (was, now))
    return (
        (before is ABSENT) == (after is ABSENT)
        and before == after
        and all(
            {at: said for at, said in getattr(was, name).items() if within(at, pointer)}
            == {at: said for at, said in getattr(now, name).items() if within(at, pointer)}
            for name in ("chosen", "agreed")
        )
    )


def _says_something(score: Score | None) -> bool:
    return score is not None and score.decision is not None
