"""What a score is, what scores add up to, and how several people's become one.

Arithmetic only: nothing here reads a row. `reviewing` keeps the scores of one review, and
`scoring` gathers the reviews of a submission for guards and pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from statistics import fmean
from typing import NamedTuple

from engine.credentials.credential import LookFor, ScoringGuide
from engine.credentials.workflow import Combine

NOTES_LIMIT = 10_000
"""Characters of notes on one look-for; more are cut, since the page says so beforehand."""

Key = tuple[str, str]
"""(guide id, look-for id)."""


class Score(NamedTuple):
    """What one person said of one look-for."""

    decision: str | None = None
    """`Y`, `N`, `NA` (not applicable), `R` (a rating, in `value`), or None: not decided."""
    notes: str = ""
    value: float | None = None
    origin: str = ""
    """`precheck` or `round:N` as long as it stands as the engine put it there, `rest` as long as
    it stands as “mark the rest” put it."""

    @property
    def answer(self) -> tuple[str | None, float | None]:
        """The score without its notes: two people agree when these are the same."""
        return self.decision, self.value


Scores = Mapping[Key, Score]


class Totals(NamedTuple):
    """What scores add up to, over one guide or over all of them; the guards' `scores`."""

    total: int
    """How many look-fors there are."""
    decided: int
    undecided: int
    yes: int
    no: int
    not_applicable: int
    rated: int
    points: float
    possible: float
    percent: float
    """Points of what is possible, 0 to 100. What is not decided yet has no points; what is not
    applicable is on neither side."""
    mean: float
    """Of the ratings, by weight; 0 while there is none."""
    lowest: float
    """Of the ratings; 0 while there is none."""
    all_yes: bool
    """Everything is decided, and everything that can be demonstrated is, or is not applicable."""
    all_decided: bool
    no_without_notes: int
    """How many look-fors say N, or a low rating, and want a word of explanation."""


def kept(look_for: LookFor, said: Score) -> Score:
    """`said` as it may be kept for this look-for: an answer that it does not offer is not decided.

    A rating must be one of the scale's own; `NaN`, 7 of 4, and a Y where ratings are asked for
    are all None. Notes stay whatever the answer.
    """
    notes = said.notes.strip()[:NOTES_LIMIT]
    undecided = Score(None, notes)
    if said.decision == "NA":
        return Score("NA", notes, None, said.origin) if look_for.not_applicable else undecided
    if look_for.scale is None:
        fits = said.decision in ("Y", "N")
        return Score(said.decision, notes, None, said.origin) if fits else undecided
    if said.decision != "R" or said.value is None or not isfinite(said.value):
        return undecided
    near = min(look_for.scale.values, key=lambda one: abs(one - float(said.value or 0)))
    if abs(near - said.value) > 1e-6:
        return undecided
    return Score("R", notes, near, said.origin)


def totals(guides: Iterable[ScoringGuide], scores: Scores) -> Totals:
    """What `scores` add up to over the look-fors of `guides`.

    A Y is worth the look-for's weight, an N nothing of it; a rating is worth itself times the
    weight, out of the scale's highest times the weight.
    """
    rows = [
        (look_for, scores.get((guide.id, look_for.id), Score()))
        for guide in guides
        for look_for in guide.look_fors
    ]
    counted = Counter(score.decision for _, score in rows)
    verdicts = [look_for.demonstrated(*score.answer) for look_for, score in rows]
    yes, no = verdicts.count(True), verdicts.count(False)
    decided = len(rows) - counted[None]
    only_rated = sum(
        score.decision == "R" and verdict is None
        for (_, score), verdict in zip(rows, verdicts, strict=True)
    )
    ratings = [
        (score.value, look_for.weight) for look_for, score in rows if score.value is not None
    ]
    points = sum(_points(look_for, score) for look_for, score in rows)
    possible = sum(_possible(look_for) for look_for, score in rows if score.decision != "NA")
    return Totals(
        total=len(rows),
        decided=decided,
        undecided=len(rows) - decided,
        yes=yes,
        no=no,
        not_applicable=counted["NA"],
        rated=counted["R"],
        points=_plain(points),
        possible=_plain(possible),
        percent=_plain(100 * points / possible) if possible else 0.0,
        mean=_plain(fmean(*zip(*ratings, strict=True))) if ratings else 0.0,
        lowest=min((value for value, _ in ratings), default=0.0),
        all_yes=yes > 0 and yes + counted["NA"] + only_rated == len(rows),
        all_decided=decided == len(rows),
        no_without_notes=sum(
            not score.notes and look_for.wants_notes(*score.answer) for look_for, score in rows
        ),
    )


def combined(look_for: LookFor, scores: Sequence[Score], rule: Combine) -> Score:
    """Several people's scores of one look-for as one, by a review block's `combine`.

    Who has not decided says nothing. Not applicable counts only where nobody thinks otherwise,
    or where it is what most say. Where as many say one thing as another there is no majority:
    then N stands, or the lower rating. The notes are those of whoever said what stands.
    """
    said = [score for score in scores if score.decision is not None]
    applies = [score for score in said if score.decision != "NA"]
    if not applies or (rule == "majority" and len(applies) * 2 < len(said)):
        answer: tuple[str | None, float | None] = ("NA" if said else None, None)
    elif look_for.scale is not None:
        answer = "R", _rating([float(score.value or 0) for score in applies], rule)
    else:
        yes = sum(score.decision == "Y" for score in applies)
        wanted = {"all": len(applies), "lowest": len(applies), "any": 1, "highest": 1}
        answer = "Y" if yes >= wanted.get(rule, len(applies) // 2 + 1) else "N", None
    notes = [score.notes for score in said if score.notes and _agrees(look_for, score, answer)]
    return Score(answer[0], "\n\n".join(notes), answer[1])


def differ(scores: Iterable[Score]) -> bool | None:
    """Whether people decided one look-for differently; None where fewer than two decided."""
    answers = [score.answer for score in scores if score.decision is not None]
    return len(set(answers)) > 1 if len(answers) > 1 else None


def _rating(values: Sequence[float], rule: Combine) -> float:
    if rule in ("lowest", "all"):
        return min(values)
    if rule in ("highest", "any"):
        return max(values)
    if rule == "mean":
        return _plain(fmean(values))
    often = Counter(values)
    return min(value for value, times in often.items() if times == max(often.values()))


def _agrees(look_for: LookFor, score: Score, answer: tuple[str | None, float | None]) -> bool:
    """Whether a score is on the side of what stands, so that its notes explain it."""
    if look_for.scale is None or answer[0] == "NA":
        return score.decision == answer[0]
    if answer[1] is not None and look_for.wants_notes(*answer):
        return look_for.wants_notes(*score.answer)
    return True


def _points(look_for: LookFor, score: Score) -> float:
    if score.decision == "R":
        return look_for.weight * (score.value or 0)
    return look_for.weight if score.decision == "Y" else 0.0


def _possible(look_for: LookFor) -> float:
    return look_for.weight * (look_for.scale.highest if look_for.scale else 1)


def _plain(number: float) -> float:
    """Without the dust of binary fractions, so that a rule `percent >= 70` means what it says."""
    return round(float(number), 6)
