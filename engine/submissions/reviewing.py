"""A reviewer's work on one submission: the scoring sheet, and what the scores add up to.

Scores belong to a review: one reviewer, one round. A returned submission starts a new round, so
what was scored before stays as it was, in sight of whoever reviews next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from engine.credentials.credential import ScoringGuide
from engine.errors import Conflict, NotFound
from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.tables import Account, Review, Score, Snapshot, new_id
from engine.submissions import drafting, reused

NOTES_LIMIT = 10_000
"""Characters of notes on one look-for; more are cut, since the page says so beforehand."""


class EarlierScore(NamedTuple):
    round: int
    reviewer_name: str
    decision: str | None
    notes: str


class SheetRow(NamedTuple):
    """A look-for with this review's decision, and what earlier reviews said of it."""

    id: str
    text: str
    decision: str | None
    notes: str
    precheck: bool
    earlier: tuple[EarlierScore, ...]


class Sheet(NamedTuple):
    """One scoring guide of this review."""

    guide: ScoringGuide
    rows: tuple[SheetRow, ...]


class Tally(NamedTuple):
    """What the scores of this round's review add up to; the guards' `scores`."""

    total: int
    decided: int
    undecided: int
    yes: int
    no: int
    all_yes: bool
    all_decided: bool
    no_without_notes: int


Scores = Mapping[tuple[str, str], tuple[str | None, str]]
"""(guide id, look-for id) → (Y, N or None; notes)."""


def guides_of(subject: SubmissionSubject) -> tuple[ScoringGuide, ...]:
    """The scoring guides that the current state asks for; none where nothing is scored."""
    review = subject.state.review
    if review is None:
        return ()
    guides = subject.edition.credential.scoring_guides
    return tuple(g for g in guides.values() if review.guides == ("all",) or g.id in review.guides)


def begin(session: Session, subject: SubmissionSubject, reviewer: Actor, at: datetime) -> None:
    """Open this round's review for `reviewer`, the prechecked look-fors answered already.

    Coming back to a round that one has scored before finds the scores as they were.
    """
    submission = subject.submission
    again = session.scalars(
        select(Review).where(
            Review.submission_id == submission.id,
            Review.round == submission.round,
            Review.reviewer_id == reviewer.id,
        )
    ).first()
    if again is not None:
        again.closed_at = None
        session.flush()
        return
    review = Review(
        id=new_id(),
        submission_id=submission.id,
        round=submission.round,
        reviewer_id=reviewer.id,
        started_at=at,
        revision=0,
    )
    session.add(review)
    session.flush()
    answered = [
        _score(review.id, guide.id, look_for.id, decision, "", at)
        for guide in guides_of(subject)
        if any(look_for.precheck for look_for in guide.look_fors)
        for decision in [_prechecked(session, subject, guide)]
        for look_for in guide.look_fors
        if look_for.precheck
    ]
    if answered:
        session.execute(insert(Score), answered)


def close(session: Session, subject: SubmissionSubject, reviewer: Actor, at: datetime) -> None:
    """End this round's review by `reviewer`, who decided; the scores and notes stay."""
    session.execute(
        update(Review)
        .where(
            Review.submission_id == subject.submission.id,
            Review.round == subject.submission.round,
            Review.reviewer_id == reviewer.id,
        )
        .values(closed_at=at)
    )


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
            Review.reviewer_id != (subject.submission.reviewer_id or ""),
            Review.closed_at.is_(None),
            Review.closed_at.desc(),
        )
    ).first()


def save_scores(
    session: Session,
    actor: Actor,
    subject: SubmissionSubject,
    scores: Scores,
    revision: int,
    at: datetime,
) -> Review:
    """Keep a scoring sheet as it stands, finished or not. Unknown look-fors are ignored.

    `revision` is the one the sheet was shown with. Raises `Refused` unless the actor is the
    assigned reviewer, and `Conflict` when the sheet was saved elsewhere meanwhile with other
    decisions.
    """
    require(actor, "submission.score", subject)
    review = current_review(session, subject)
    if review is None or review.reviewer_id != actor.id:
        raise NotFound(_("There is no open review of yours here."))
    stored = scores_of(session, review)
    wanted = {
        (guide.id, look_for.id): _clean(scores.get((guide.id, look_for.id), (None, "")))
        for guide in guides_of(subject)
        for look_for in guide.look_fors
    }
    if all(stored.get(key, (None, "")) == value for key, value in wanted.items()):
        return review
    changed = Conflict(_("These scores were changed in another window since you opened this one."))
    if review.revision != revision:  # asked here too: no database holds every number that is posted
        raise changed
    written = session.execute(
        update(Review)
        .where(Review.id == review.id, Review.revision == revision)
        .values(revision=revision + 1),
        execution_options={"synchronize_session": False},
    )
    if written.rowcount == 0:  # type: ignore[attr-defined]
        raise changed
    session.execute(delete(Score).where(Score.review_id == review.id))
    session.execute(
        insert(Score),
        [_score(review.id, *key, decision, notes, at) for key, (decision, notes) in wanted.items()],
    )
    session.refresh(review)
    return review


def scores_of(session: Session, review: Review) -> dict[tuple[str, str], tuple[str | None, str]]:
    """The decisions and notes of one review."""
    rows = session.execute(
        select(Score.guide_id, Score.look_for_id, Score.decision, Score.notes).where(
            Score.review_id == review.id
        )
    )
    return {(row.guide_id, row.look_for_id): (row.decision, row.notes) for row in rows}


def sheets(session: Session, subject: SubmissionSubject) -> list[Sheet]:
    """Every guide of the credential with this round's scores and the earlier rounds' beside them.

    For the candidate only the closed reviews are fit to show: see `feedback`.
    """
    review = current_review(session, subject)
    scored = scores_of(session, review) if review else {}
    earlier = _earlier(session, subject, review.id if review else "")
    return [
        Sheet(
            guide,
            tuple(
                SheetRow(
                    look_for.id,
                    look_for.text,
                    *scored.get((guide.id, look_for.id), (None, "")),
                    look_for.precheck,
                    tuple(earlier[guide.id, look_for.id]),
                )
                for look_for in guide.look_fors
            ),
        )
        for guide in subject.edition.credential.scoring_guides.values()
    ]


def feedback(session: Session, subject: SubmissionSubject) -> list[Sheet]:
    """What the candidate reads after a decision: the sheets, once this round's review is closed."""
    review = current_review(session, subject)
    if review is None or review.closed_at is None:
        return []
    return sheets(session, subject)


def unmet(session: Session, subject: SubmissionSubject, round: int) -> list[dict[str, str]]:
    """The look-fors that the round's closed reviews answered N, with their notes, for a letter."""
    rows = session.execute(
        select(Score.guide_id, Score.look_for_id, Score.notes)
        .join(Review, Review.id == Score.review_id)
        .where(
            Review.submission_id == subject.submission.id,
            Review.round == round,
            Review.closed_at.is_not(None),
            Score.decision == "N",
        )
    )
    notes = {(row.guide_id, row.look_for_id): row.notes for row in rows}
    return [
        {"look_for": look_for.text, "notes": notes[guide.id, look_for.id]}
        for guide in subject.edition.credential.scoring_guides.values()
        for look_for in guide.look_fors
        if (guide.id, look_for.id) in notes
    ]


def tally(session: Session, subject: SubmissionSubject) -> Tally:
    """What this round's scores add up to, over the guides that the state asks for."""
    review = current_review(session, subject)
    scored = scores_of(session, review) if review else {}
    rows = [
        scored.get((guide.id, look_for.id), (None, ""))
        for guide in guides_of(subject)
        for look_for in guide.look_fors
    ]
    yes = sum(decision == "Y" for decision, _ in rows)
    no = sum(decision == "N" for decision, _ in rows)
    return Tally(
        total=len(rows),
        decided=yes + no,
        undecided=len(rows) - yes - no,
        yes=yes,
        no=no,
        all_yes=bool(rows) and yes == len(rows),
        all_decided=yes + no == len(rows),
        no_without_notes=sum(decision == "N" and not notes for decision, notes in rows),
    )


def snapshots(session: Session, subject: SubmissionSubject) -> dict[int, Draft]:
    """What was submitted in this round and the one before, by round: answers and their marks."""
    rows = session.execute(
        select(Snapshot.round, Snapshot.answers, Snapshot.marks).where(
            Snapshot.submission_id == subject.submission.id,
            Snapshot.round >= subject.submission.round - 1,
        )
    )
    return {row.round: Draft.of(row.answers, row.marks) for row in rows}


def _earlier(
    session: Session, subject: SubmissionSubject, but: str
) -> Mapping[tuple[str, str], list[EarlierScore]]:
    rows = session.execute(
        select(Score, Review.round, Account.name)
        .join(Review, Review.id == Score.review_id)
        .join(Account, Account.id == Review.reviewer_id)
        .where(Review.submission_id == subject.submission.id, Review.id != but)
        .order_by(Review.round, Review.started_at)
    )
    found: dict[tuple[str, str], list[EarlierScore]] = defaultdict(list)
    for score, round, name in rows:
        if score.decision or score.notes:
            found[score.guide_id, score.look_for_id].append(
                EarlierScore(round, name, score.decision, score.notes)
            )
    return found


def _prechecked(session: Session, subject: SubmissionSubject, guide: ScoringGuide) -> str:
    form_set = form_set_of(subject.edition)
    problems = forms_answers.validate(
        form_set,
        drafting.draft_of(session, subject.submission.id),
        drafting.evidence_of(session, subject.submission.id),
        offers=reused.offers_for(session, subject),
    )
    return "N" if any(_within(one.pointer, guide.reviews) for one in problems) else "Y"


def _within(pointer: str, forms: Iterable[str]) -> bool:
    return any(pointer == f"/{form}" or pointer.startswith(f"/{form}/") for form in forms)


def _clean(score: tuple[str | None, str]) -> tuple[str | None, str]:
    decision, notes = score
    return (decision if decision in ("Y", "N") else None, notes.strip()[:NOTES_LIMIT])


def _score(
    review: str, guide: str, look_for: str, decision: str | None, notes: str, at: datetime
) -> dict[str, object]:
    return {
        "review_id": review,
        "guide_id": guide,
        "look_for_id": look_for,
        "decision": decision,
        "notes": notes,
        "saved_at": at,
    }
