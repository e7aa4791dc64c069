"""A reviewer's work on one submission: the scoring sheet, from its beginning to its end.

Scores belong to a review: one reviewer, one round, one review block of a state. A returned
submission starts a new round, so what was scored before stays as it was, in sight of whoever
reviews next. What several reviews say together is `scoring`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from engine.credentials.credential import LookFor, ScoringGuide
from engine.credentials.workflow import ReviewBlock
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records import audit
from engine.records.tables import Account, Review, Snapshot, new_id
from engine.records.tables import Score as ScoreRow
from engine.submissions import blinding, drafting, reused, scoring
from engine.submissions.scores import NOTES_LIMIT, Key, Score, Scores, Totals, kept, totals

__all__ = ["NOTES_LIMIT", "Score", "Scores"]  # where those who keep scores look for them


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
        for key, score in _given(session, subject, guides_of(subject, review), carried or {})
    ]
    if rows:
        session.execute(insert(ScoreRow), rows)
    return review


def _given(
    session: Session,
    subject: SubmissionSubject,
    guides: Sequence[ScoringGuide],
    carried: Scores,
) -> Iterable[tuple[Key, Score]]:
    """What a sheet says before its reviewer has said anything."""
    verdicts = prechecks(session, subject, guides)
    for guide in guides:
        for look_for in guide.look_fors:
            key = guide.id, look_for.id
            if key in verdicts:
                yield key, verdicts[key]
            elif key in carried:
                score = kept(look_for, carried[key])
                if score.decision is not None:
                    yield key, score


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
    chain = f"submission:{subject.submission.id}"
    audit.record(session, chain, "review-finished", facts, actor, at)


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
        guides = guides_of(subject, review)
    review = review or current_review(session, subject)
    scored = scores_of(session, review) if review else {}
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
    review = current_review(session, subject)
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
    of = review or current_review(session, subject)
    scored = scores_of(session, of) if of else {}
    return totals(guides_of(subject, review), scored)


def snapshots(session: Session, subject: SubmissionSubject) -> dict[int, Draft]:
    """What was submitted in this round and the one before, by round: answers and their marks."""
    rows = session.execute(
        select(Snapshot.round, Snapshot.answers, Snapshot.marks).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round >= subject.submission.round - 1,
        )
    )
    return {row.round: Draft.of(row.answers, row.marks) for row in rows}


def prechecks(
    session: Session, subject: SubmissionSubject, guides: Iterable[ScoringGuide]
) -> dict[Key, Score]:
    """What the engine answers for the reviewer: whether everything that a guide's forms require
    is answered."""
    asked = [guide for guide in guides if any(one.precheck for one in guide.look_fors)]
    if not asked:
        return {}
    problems = forms_answers.validate(
        form_set_of(subject.edition),
        drafting.draft_of(session, subject.submission.id),
        drafting.evidence_of(session, subject.submission.id),
        offers=reused.offers_for(session, subject),
    )
    return {
        (guide.id, look_for.id): Score(
            "N" if any(_within(one.pointer, guide.reviews) for one in problems) else "Y",
            origin="precheck",
        )
        for guide in asked
        for look_for in guide.look_fors
        if look_for.precheck
    }


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


def _before_and_after(
    session: Session, subject: SubmissionSubject, review: Review
) -> dict[str, dict[str, Any]]:
    """By `GUIDE/LOOK_FOR`: `is`, and `was` where it was otherwise: the last closed review of an
    earlier round, or what the engine had filled in."""
    scores = scores_of(session, review)
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
        before = scores_of(session, last) if last else {}
    overruled = [
        guide
        for guide in guides_of(subject, review)
        for one in guide.look_fors
        if one.precheck and scores.get((guide.id, one.id), Score()).origin != "precheck"
    ]
    before.update(prechecks(session, subject, overruled))
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


def _keeping(stored: Score, said: Score) -> Score:
    """What is kept of `said`: where the answer came from, as long as it is the same answer."""
    return said._replace(origin=stored.origin if said.answer == stored.answer else said.origin)


def _within(pointer: str, forms: Iterable[str]) -> bool:
    return any(pointer == f"/{form}" or pointer.startswith(f"/{form}/") for form in forms)


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
