"""What a submission's reviews say together: the guards' `scores` and `reviews`.

A state may want several reviews, of several kinds. What counts is decided here: the reviews of
this round that the present state asked for or, in a state that asks for none, those of the state
where the last of them was finished. An appeal or an adjudication thus looks at its own reviews,
and whoever decides after a review state looks at what was found there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.credential import ScoringGuide
from engine.credentials.workflow import ReviewBlock, State
from engine.languages import _
from engine.permissions import SubmissionSubject
from engine.records.tables import Account, Review
from engine.records.tables import Score as ScoreRow
from engine.submissions import blinding
from engine.submissions.scores import Key, Score, Scores, Totals, combined, differ, totals


class Scored(NamedTuple):
    """A review with its scores."""

    review: Review
    scores: Scores


class Combination(NamedTuple):
    """The scores that stand, and on how many look-fors the finished reviews agreed."""

    guides: tuple[ScoringGuide, ...]
    scores: Scores
    totals: Totals
    by_guide: Mapping[str, Totals]
    differing: frozenset[Key]
    agreed: int


def guides_for(
    subject: SubmissionSubject, blocks: Iterable[ReviewBlock]
) -> tuple[ScoringGuide, ...]:
    """The scoring guides that review blocks ask for, in the document's order."""
    asked = {guide for block in blocks for guide in block.guides}
    guides = subject.edition.credential.scoring_guides.values()
    return tuple(guide for guide in guides if "all" in asked or guide.id in asked)


def several(state: State | None) -> bool:
    """Whether a state wants more than one review of a submission."""
    blocks = state.reviews.values() if state else ()
    return len(blocks) > 1 or any(block.count > 1 for block in blocks)


def wants_finishing(state: State) -> bool:
    """Whether a review ends by its reviewer's own word, and not with the decision: where several
    are wanted, or a recommendation."""
    return several(state) or any(block.recommend for block in state.reviews.values())


def reviewed_in(session: Session, subject: SubmissionSubject) -> State:
    """The state whose reviews count now."""
    if subject.state.reviews:
        return subject.state
    last = session.scalars(
        select(Review.state)
        .where(
            Review.submission_id == subject.submission.id,
            Review.round == subject.submission.round,
            Review.status == "closed",
        )
        .order_by(Review.closed_at.desc())
        .limit(1)
    ).first()
    return subject.workflow.states.get(last or "", subject.state)


def reviews_in(session: Session, subject: SubmissionSubject, state: State) -> list[Review]:
    """This round's reviews that `state` asked for and that were not given up, the first first.

    A review without a state is one from before states were kept, or of a state that may ask for
    only one.
    """
    return list(
        session.scalars(
            select(Review)
            .where(
                Review.submission_id == subject.submission.id,
                Review.round == subject.submission.round,
                Review.state.in_((state.name, "")),
                Review.status != "given_up",
            )
            .order_by(Review.started_at, Review.id)
        )
    )


def with_scores(session: Session, reviews: Sequence[Review]) -> list[Scored]:
    """The scores of each of `reviews`, by one query."""
    found: dict[str, dict[Key, Score]] = {review.id: {} for review in reviews}
    rows = session.scalars(select(ScoreRow).where(ScoreRow.review_id.in_(found)))
    for row in rows if found else ():
        key = row.guide_id, row.look_for_id
        found[row.review_id][key] = Score(row.decision, row.notes, row.value, row.origin)
    return [Scored(review, found[review.id]) for review in reviews]


def counting(
    session: Session, subject: SubmissionSubject
) -> list[tuple[ReviewBlock, list[Scored]]]:
    """The review blocks that count now, each with the reviews that count for it.

    Where one reviewer is wanted it is theirs, finished or not; where several are, the finished
    ones.
    """
    state = reviewed_in(session, subject)
    reviews = with_scores(session, reviews_in(session, subject, state))
    found = []
    for block in state.reviews.values():
        own = [one for one in reviews if one.review.block in (block.name, "")]
        if several(state):
            own = [one for one in own if one.review.status == "closed"]
        else:
            own = own and [min(own, key=lambda one: _standing(one.review, subject))]
        found.append((block, own))
    return found


def combination(session: Session, subject: SubmissionSubject) -> Combination:
    """The scores of this round as they stand, all reviewers together."""
    blocks = counting(session, subject)
    guides = guides_for(subject, (block for block, _ in blocks))
    standing: dict[Key, Score] = {}
    apart: dict[Key, bool | None] = {}
    for guide in guides:
        asking = [
            (block, reviews)
            for block, reviews in blocks
            if block.guides == ("all",) or guide.id in block.guides
        ]
        for look_for in guide.look_fors:
            key = guide.id, look_for.id
            # Somebody who reviews in two blocks speaks in both.
            said = [one.scores.get(key, Score()) for _, reviews in asking for one in reviews]
            standing[key] = (
                said[0] if len(said) == 1 else combined(look_for, said, asking[0][0].combine)
            )
            finished = (
                one.scores.get(key, Score())
                for _, reviews in asking
                for one in reviews
                if one.review.status == "closed"
            )
            apart[key] = differ(finished)
    return Combination(
        guides,
        standing,
        totals(guides, standing),
        {guide.id: totals((guide,), standing) for guide in guides},
        frozenset(key for key, differs in apart.items() if differs),
        sum(differs is False for differs in apart.values()),
    )


def scores_facts(session: Session, subject: SubmissionSubject) -> Mapping[str, Any]:
    """What guards may ask of `scores`: the totals, all reviewers together, and on how many
    look-fors the finished reviews differ; `guides` has the totals guide by guide."""
    found = combination(session, subject)
    return {
        **found.totals._asdict(),
        "disagreements": len(found.differing),
        "agreed": not found.differing and found.totals.decided > 0,
        "guides": {id: one._asdict() for id, one in found.by_guide.items()},
    }


def reviews_facts(session: Session, subject: SubmissionSubject) -> Mapping[str, Any]:
    """What guards may ask of `reviews`: how many are wanted, under way and finished, and what
    the finished ones recommend. `missing` counts those wanted that are not finished."""
    state = reviewed_in(session, subject)
    reviews = reviews_in(session, subject, state)
    blocks = {
        name: _counts(
            block.count, [one for one in reviews if one.block == name or len(state.reviews) == 1]
        )
        for name, block in state.reviews.items()
    }
    said = Counter(one.recommendation for one in reviews if one.status == "closed")
    return {
        **{
            what: sum(counts[what] for counts in blocks.values())
            for what in ("required", "assigned", "open", "closed", "missing")
        },
        "recommend": {
            name: said[name] for block in state.reviews.values() for name in block.recommend
        },
        "blocks": {name: counts for name, counts in blocks.items() if name},
    }


class Peer(NamedTuple):
    """Another reviewer's sheet, as one reviewer or whoever judges may see it."""

    label: str
    """A name, or `Reviewer 2` where names are hidden."""
    block: str
    """What their review is called, or empty."""
    finished: bool
    recommendation: str
    scores: Scores


def peers(session: Session, subject: SubmissionSubject, own: Review | None) -> list[Peer]:
    """What other reviewers said in this round, as far as whoever has `own` may see it.

    Of the same state by the block's `peers`: never, once their own is finished, or always (of
    reviews under way then, too). Of the states before, what was finished: that is what somebody
    who judges between two looks at. Without `own` (program staff, or whoever decides) it is all
    that is finished.
    """
    found = with_scores(
        session,
        session.scalars(
            select(Review)
            .where(
                Review.submission_id == subject.submission.id,
                Review.round == subject.submission.round,
                Review.status != "given_up",
            )
            .order_by(Review.started_at, Review.id)
        ).all(),
    )
    names = _names(session, subject, [one.review for one in found])
    seen = [one for one in found if _may_see(subject, own, one.review)]
    return [
        Peer(
            names[one.review.id],
            _words(subject, one.review),
            one.review.status == "closed",
            _recommended(subject, one.review),
            one.scores,
        )
        for one in seen
    ]


def _may_see(subject: SubmissionSubject, own: Review | None, other: Review) -> bool:
    if own is None:
        return other.status == "closed"
    if other.reviewer_id == own.reviewer_id:
        return False
    if other.state != own.state:
        return other.status == "closed"
    block = _block(subject, own)
    if block is None or not several(subject.workflow.states.get(own.state)):
        return False
    if block.peers == "shown":
        return True
    return block.peers == "after" and own.status == "closed" and other.status == "closed"


def _names(
    session: Session, subject: SubmissionSubject, reviews: Sequence[Review]
) -> dict[str, str]:
    asked = select(Account.id, Account.name).where(
        Account.id.in_([one.reviewer_id for one in reviews])
    )
    known = {row.id: row.name for row in session.execute(asked)}
    names = {}
    numbers = blinding.numbers(session, subject.submission.id)
    for review in reviews:
        block = _block(subject, review)
        open_names = block is None or block.blind == "none"
        names[review.id] = (
            known.get(review.reviewer_id, "")
            if open_names
            else _("Reviewer %(number)s", number=numbers[review.reviewer_id])
        )
    return names


def _block(subject: SubmissionSubject, review: Review) -> ReviewBlock | None:
    state = subject.workflow.states.get(review.state)
    return state.reviews.get(review.block, state.review) if state else None


def _words(subject: SubmissionSubject, review: Review) -> str:
    block = _block(subject, review)
    return block.label if block is not None and block.name else ""


def _recommended(subject: SubmissionSubject, review: Review) -> str:
    block = _block(subject, review)
    return block.recommend.get(review.recommendation, "") if block else ""


def _counts(required: int, reviews: Sequence[Review]) -> dict[str, int]:
    closed = sum(one.status == "closed" for one in reviews)
    return {
        "required": required,
        "assigned": len(reviews),
        "open": len(reviews) - closed,
        "closed": closed,
        "missing": max(0, required - closed),
    }


def _standing(review: Review, subject: SubmissionSubject) -> tuple[bool, bool, float]:
    """The assigned reviewer's first, then the one that decided last.

    Somebody who scored and then handed the submission back may have left a review open behind
    them.
    """
    closed = review.closed_at.timestamp() if review.closed_at else 0.0
    return review.reviewer_id != (subject.submission.reviewer_id or ""), not closed, -closed
