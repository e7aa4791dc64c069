"""Scoring sheets as pages and letters show them: each look-for, its score, what was said before.

A sheet is of one review, of the review that counts or, where several are wanted, of all that are
finished together (`scoring`). What the candidate reads of it waits until it is announced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.credentials.credential import LookFor, ScoringGuide
from engine.languages import _
from engine.permissions import SubmissionSubject
from engine.records.tables import Account, Review
from engine.records.tables import Score as ScoreRow
from engine.submissions import blinding, reviewing, scoring
from engine.submissions.scores import Key, Score, Scores, Totals, totals


class EarlierScore(NamedTuple):
    round: int
    reviewer_name: str
    decision: str | None
    notes: str
    value: float | None = None


class SheetRow(NamedTuple):
    """A look-for with this review's decision, and what earlier reviews said of it."""

    look_for: LookFor
    score: Score
    earlier: tuple[EarlierScore, ...]

    @property
    def id(self) -> str:
        return self.look_for.id

    @property
    def text(self) -> str:
        return self.look_for.text

    @property
    def precheck(self) -> bool:
        return self.look_for.precheck

    @property
    def decision(self) -> str | None:
        return self.score.decision

    @property
    def value(self) -> float | None:
        return self.score.value

    @property
    def notes(self) -> str:
        return self.score.notes

    @property
    def origin(self) -> str:
        """`precheck` or `round:N` while the answer is the engine's: see `Score.origin`."""
        return self.score.origin


class Sheet(NamedTuple):
    """One scoring guide of this review."""

    guide: ScoringGuide
    rows: tuple[SheetRow, ...]
    totals: Totals


def sheets(
    session: Session, subject: SubmissionSubject, review: Review | None = None
) -> list[Sheet]:
    """The guides of `review` with its scores and the earlier rounds' beside them.

    Without one it is the review that counts, and every guide of the credential; where several are
    wanted, what the finished ones say together. For the candidate only the closed reviews are fit
    to show: see `feedback`.
    """
    if review is None and scoring.several(scoring.reviewed_in(session, subject)):
        found = scoring.combination(session, subject)
        return _sheets(found.guides, found.scores, _earlier(session, subject, None))
    guides: Iterable[ScoringGuide] = subject.edition.credential.scoring_guides.values()
    if review is not None:
        guides = reviewing.guides_of(subject, review)
    review = review or reviewing.current_review(session, subject)
    scored = reviewing.scores_of(session, review) if review else {}
    return _sheets(guides, scored, _earlier(session, subject, review))


def feedback(session: Session, subject: SubmissionSubject) -> list[Sheet]:
    """What the candidate reads after a decision: the scores as they stand, of all reviewers
    together, once this round's review is closed and the decision is announced."""
    if not subject.state.announced:
        return []
    state = scoring.reviewed_in(session, subject)
    if scoring.wants_finishing(state):
        if subject.state.reviews:
            return []
        found = scoring.combination(session, subject)
        return _sheets(found.guides, found.scores, {}) if found.totals.decided else []
    review = reviewing.current_review(session, subject)
    if review is None or review.closed_at is None:
        return []
    return sheets(session, subject)


def unmet(session: Session, subject: SubmissionSubject, round: int) -> list[dict[str, str]]:
    """The look-fors that the round's closed reviews found missing, with their notes, for a
    letter."""
    reviews = session.scalars(
        select(Review)
        .where(
            Review.submission_id == subject.submission.id,
            Review.round == round,
            Review.status == "closed",
        )
        .order_by(Review.started_at, Review.id)
    ).all()
    scored = scoring.with_scores(session, reviews)
    found = []
    for guide in subject.edition.credential.scoring_guides.values():
        for look_for in guide.look_fors:
            missing = [
                score
                for one in scored
                for score in [one.scores.get((guide.id, look_for.id), Score())]
                if look_for.demonstrated(*score.answer) is False
            ]
            if missing:
                notes = "\n\n".join(dict.fromkeys(one.notes for one in missing if one.notes))
                found.append({"look_for": look_for.text, "notes": notes})
    return found


def tally(session: Session, subject: SubmissionSubject, review: Review | None = None) -> Totals:
    """What one review's scores add up to: the one that counts, unless `review` is given."""
    of = review or reviewing.current_review(session, subject)
    scored = reviewing.scores_of(session, of) if of else {}
    return totals(reviewing.guides_of(subject, review), scored)


def _sheets(
    guides: Iterable[ScoringGuide],
    scored: Scores,
    earlier: Mapping[Key, Sequence[EarlierScore]],
) -> list[Sheet]:
    return [
        Sheet(
            guide,
            tuple(
                SheetRow(
                    look_for,
                    scored.get((guide.id, look_for.id), Score()),
                    tuple(earlier.get((guide.id, look_for.id), ())),
                )
                for look_for in guide.look_fors
            ),
            totals((guide,), scored),
        )
        for guide in guides
    ]


def _earlier(
    session: Session, subject: SubmissionSubject, but: Review | None
) -> Mapping[Key, list[EarlierScore]]:
    """What other reviews said: those of earlier rounds, and those that were handed back or came
    before in this one. Peers of the same state are `peers`' to show."""
    shown = select(ScoreRow, Review.round, Review.reviewer_id, Account.name).where(
        Review.submission_id == subject.submission.id, Review.id != (but.id if but else "")
    )
    if but is not None and scoring.several(subject.workflow.states.get(but.state)):
        shown = shown.where(or_(Review.round != but.round, Review.state != but.state))
    rows = session.execute(
        shown.join(Review, Review.id == ScoreRow.review_id)
        .join(Account, Account.id == Review.reviewer_id)
        .order_by(Review.round, Review.started_at)
    )
    found: dict[Key, list[EarlierScore]] = defaultdict(list)
    blind = blinding.is_blind(subject.workflow)
    known = blinding.numbers(session, subject.submission.id) if blind else {}
    for score, round, reviewer_id, name in rows:
        if blind:
            name = _("Reviewer %(number)s", number=known[reviewer_id])
        if score.decision or score.notes:
            found[score.guide_id, score.look_for_id].append(
                EarlierScore(round, name, score.decision, score.notes, score.value)
            )
    return found
