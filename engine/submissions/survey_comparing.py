"""Two waves of a survey compared: how an average changed, and how far chance alone would go.

The answers are anonymous, so nobody's first answer can be set beside their second, and the two
waves are compared as two groups: Fisher's and Pitman's permutation test of the difference of two
means, which supposes nothing of how answers are distributed. For small groups the distribution is
exact, by the shift algorithm (Streitberg and Röhmel 1986, "Exact distributions for permutation and
rank tests"); for larger ones it is the normal one with the permutations' own variance. Where the
same people answered twice, chance is overstated rather than understated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.languages import _
from engine.phrases import figure
from engine.submissions.survey_results import Results, Told

EXACT_WORK = 2_000_000
"""Additions up to which the exact distribution is worth its time: tenths of a second."""
_SMALL = 1e-9


@dataclass(frozen=True)
class Change:
    """One average in two waves."""

    title: str
    before: Told
    after: Told
    difference: float
    chance: float
    """How likely a difference at least as large is by chance alone, from 0 to 1."""

    @property
    def words(self) -> str:
        """The change, and what to make of it, in a sentence or two."""
        figures = {"before": self.before.mean_words, "after": self.after.mean_words}
        step = figure(abs(round(self.difference, 2)))
        if abs(self.difference) < 0.005:
            return _("The average stayed at %(after)s.", **figures)
        if self.difference > 0:
            said = _("From %(before)s to %(after)s: %(step)s higher.", step=step, **figures)
        else:
            said = _("From %(before)s to %(after)s: %(step)s lower.", step=step, **figures)
        return f"{said} {self.certainty}"

    @property
    def certainty(self) -> str:
        if self.chance < 0.01:
            return _(
                "By chance alone, a difference this large would come up less than once in 100"
                " times: it is hardly chance."
            )
        if self.chance <= 0.05:
            return _(
                "By chance alone, a difference this large would come up about once in %(times)s"
                " times: it is probably not chance.",
                times=round(1 / self.chance),
            )
        if self.chance <= 0.4:
            return _(
                "By chance alone, a difference this large would come up about once in %(times)s"
                " times: it may well be chance.",
                times=round(1 / self.chance),
            )
        return _(
            "Chance alone makes a difference this large about half the time or more often: read"
            " it as no change."
        )


def changes(before: Results, after: Results) -> list[Change]:
    """Every average that both waves have, constructs first."""
    pairs = [
        *zip(before.constructs, after.constructs, strict=False),
        *zip(before.questions, after.questions, strict=False),
    ]
    found = []
    for one, other in pairs:
        if one.mean is not None and other.mean is not None and one.title == other.title:
            chance = chance_of(one.values, other.values)
            found.append(Change(one.title, one, other, other.mean - one.mean, chance))
    return found


def chance_of(one: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided probability, when everybody's answer might as well stand in either group, of a
    difference of means at least as large as there is."""
    values = [Fraction(value).limit_denominator(1000) for value in (*one, *other)]
    if len(set(values)) < 2:
        return 1.0
    scale = math.lcm(*(value.denominator for value in values))
    least = min(values)
    whole = [int((value - least) * scale) for value in values]
    size, total = len(one), sum(whole)
    if len(whole) * size * total <= EXACT_WORK:
        return _exact(whole, size)
    return _normal(whole, size)


def _exact(values: Sequence[int], size: int) -> float:
    """Of all ways to pick `size` of the values, the share whose sum is as far from the middle."""
    ways: list[dict[int, int]] = [{0: 1}] + [{} for _number in range(size)]
    for value in values:
        for picked in range(size - 1, -1, -1):
            above = ways[picked + 1]
            for reached, count in ways[picked].items():
                above[reached + value] = above.get(reached + value, 0) + count
    middle = Fraction(size * sum(values), len(values))
    distance = abs(sum(values[:size]) - middle)
    far = sum(count for reached, count in ways[size].items() if abs(reached - middle) >= distance)
    return far / math.comb(len(values), size)


def _normal(values: Sequence[int], size: int) -> float:
    count = len(values)
    mean = sum(values) / count
    squares = sum((value - mean) ** 2 for value in values)
    # The variance of the sum of `size` values drawn without putting back.
    variance = size * (count - size) / (count * (count - 1)) * squares
    distance = abs(sum(values[:size]) - size * mean)
    return math.erfc(max(distance - _SMALL, 0.0) / math.sqrt(2 * variance))
