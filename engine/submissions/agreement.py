"""How well reviewers agree who scored the same submission without knowing of each other.

Percent agreement, Cohen's kappa (pairs of people), Fleiss' kappa (any number of them) and
Krippendorff's alpha (which bears with gaps and knows that 3 is nearer to 4 than 1 is), for a
credential, a guide and a look-for. The coefficients are the library's; what is compared with what
is decided here. An adjudicator's scores are left out: they looked at the others' first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition, LookFor, ScoringGuide
from engine.records.tables import Review, Score, Submission
from engine.submissions.scores import Key

FEW = 30
"""Fewer compared pairs of answers than this say little: chance moves the numbers a lot."""
LATEST = 2_000
"""How many submissions are looked at, the latest: a page about agreement is about now."""

Label = str | float


class Answer(NamedTuple):
    """What one person said of one thing."""

    unit: str
    """What was judged."""
    reviewer: str
    label: Label


class Agreement(NamedTuple):
    """How well answers agree; None where there is nothing to say."""

    units: int
    """How many things at least two people judged."""
    pairs: int
    """How many pairs of answers were compared."""
    percent: float | None
    """Of those pairs, how many were the same, 0 to 100."""
    cohen: float | None
    """The mean over pairs of people, by how much they judged together."""
    fleiss: float | None
    """Over the units that as many people judged as most were."""
    alpha: float | None

    @property
    def few(self) -> bool:
        return self.pairs < FEW


class Row(NamedTuple):
    """A look-for with how well its scores agree."""

    look_for: LookFor
    agreement: Agreement


class GuideRows(NamedTuple):
    guide: ScoringGuide
    agreement: Agreement
    rows: tuple[Row, ...]


class Report(NamedTuple):
    """The agreement on a credential, its guides and their look-fors."""

    submissions: int
    reviewers: int
    agreement: Agreement
    guides: tuple[GuideRows, ...]


def report(session: Session, edition: Edition) -> Report:
    """What the finished reviews of a credential say, all its versions together; look-fors are
    those of `edition`."""
    answers = _answers(session, edition.credential.id)
    return Report(
        submissions=len({one.unit for given in answers.values() for one in given}),
        reviewers=len({one.reviewer for given in answers.values() for one in given}),
        agreement=measured(_together(answers)),
        guides=tuple(
            GuideRows(
                guide,
                measured(_together(answers, guide.id)),
                tuple(
                    Row(one, measured(answers.get((guide.id, one.id), ()), _range(one)))
                    for one in guide.look_fors
                ),
            )
            for guide in edition.credential.scoring_guides.values()
        ),
    )


def measured(answers: Iterable[Answer], span: float = 0) -> Agreement:
    """The coefficients for `answers`. With a `span` (highest rating less lowest) labels are
    numbers, and alpha weighs how far apart two of them are; otherwise they are only names."""
    by_unit: dict[str, dict[str, Label]] = defaultdict(dict)
    for one in answers:
        by_unit[one.unit][one.reviewer] = one.label
    by_unit = {unit: said for unit, said in by_unit.items() if len(said) > 1}
    compared = [
        first == second
        for said in by_unit.values()
        for first, second in combinations(said.values(), 2)
    ]
    if not compared:
        return Agreement(0, 0, None, None, None, None)
    return Agreement(
        units=len(by_unit),
        pairs=len(compared),
        percent=100 * sum(compared) / len(compared),
        cohen=_cohen(by_unit),
        fleiss=_fleiss(by_unit),
        alpha=_alpha(by_unit, span),
    )


def _cohen(by_unit: Mapping[str, Mapping[str, Label]]) -> float | None:
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for unit, said in by_unit.items():
        for pair in combinations(sorted(said), 2):
            shared[pair].append(unit)
    weighed = []
    for (first, second), units in shared.items():
        rows = [(name, unit, by_unit[unit][name]) for unit in units for name in (first, second)]
        kappa = _coefficient("kappa", rows)
        if kappa is not None:
            weighed.append((kappa, len(units)))
    total = sum(times for _, times in weighed)
    return sum(kappa * times for kappa, times in weighed) / total if total else None


def _fleiss(by_unit: Mapping[str, Mapping[str, Label]]) -> float | None:
    often, _times = Counter(len(said) for said in by_unit.values()).most_common(1)[0]
    # Who they are does not matter to it: the first of a unit's people is "0", the next "1".
    return _coefficient(
        "pi",
        [
            (str(number), unit, label)
            for unit, said in by_unit.items()
            if len(said) == often
            for number, label in enumerate(said.values())
        ],
    )


def _alpha(by_unit: Mapping[str, Mapping[str, Label]], span: float) -> float | None:
    rows = [(who, unit, label) for unit, said in by_unit.items() for who, label in said.items()]
    return _coefficient("alpha", rows, span)


def _coefficient(
    name: str, rows: Sequence[tuple[str, str, Label]], span: float = 0
) -> float | None:
    """None where everybody always said the same one thing: then chance alone would agree as
    well, and the coefficient divides nothing by nothing."""
    if len({label for _, _, label in rows}) < 2:
        return None
    from nltk.metrics.agreement import AnnotationTask  # a second to import, and seldom asked for

    def apart(one: Label, other: Label) -> float:
        if isinstance(one, float) and isinstance(other, float) and span:
            return ((one - other) / span) ** 2
        return float(one != other)

    task = AnnotationTask(list(rows), distance=apart) if span else AnnotationTask(list(rows))
    try:
        return float(getattr(task, name)())
    except ZeroDivisionError:
        return None


def _range(look_for: LookFor) -> float:
    scale = look_for.scale
    return scale.highest - scale.values[0] if scale else 0


def _together(
    answers: Mapping[Key, Sequence[Answer]], guide: str | None = None
) -> Iterable[Answer]:
    """The answers to several look-fors as one pile: each look-for of a submission is a unit."""
    for (guide_id, look_for_id), given in answers.items():
        if guide in (None, guide_id):
            for one in given:
                yield one._replace(unit=f"{one.unit}/{guide_id}/{look_for_id}")


def _answers(session: Session, credential_id: str) -> dict[Key, list[Answer]]:
    """Every decided score of finished reviews where at least two people were asked at once."""
    at_once = (
        select(Review.submission_id, Review.round, Review.state)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Submission.credential_id == credential_id, Review.status == "closed")
        .group_by(Review.submission_id, Review.round, Review.state)
        .having(func.count(Review.reviewer_id.distinct()) > 1)
        .order_by(func.max(Review.closed_at).desc())
        .limit(LATEST)
        .subquery()
    )
    rows = session.execute(
        select(
            Review.submission_id,
            Review.round,
            Review.state,
            Review.reviewer_id,
            Score.guide_id,
            Score.look_for_id,
            Score.decision,
            Score.value,
        )
        .join(Score, Score.review_id == Review.id)
        .where(
            Review.status == "closed",
            Score.decision.is_not(None),
            tuple_(Review.submission_id, Review.round, Review.state).in_(
                select(at_once.c.submission_id, at_once.c.round, at_once.c.state)
            ),
        )
    )
    found: dict[Key, list[Answer]] = defaultdict(list)
    for row in rows:
        label: Label = float(row.value) if row.decision == "R" else row.decision
        unit = f"{row.submission_id}/{row.round}/{row.state}"
        found[row.guide_id, row.look_for_id].append(Answer(unit, row.reviewer_id, label))
    return found
