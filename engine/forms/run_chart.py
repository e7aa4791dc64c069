"""What a run chart says: its median, and the patterns that chance alone would seldom make.

The four signs are those of Perla, Provost and Murray, “The run chart: a simple analytical tool for
learning from variation in healthcare processes”, BMJ Quality & Safety 20 (2011), 46-51. Three are
computed here: a shift, a trend, and too few or too many runs. The fourth, an astronomical point,
is for people to judge, as the paper says: they mark it, and are only told which points to look at.

Arithmetic only: how a chart looks is `charts`' business, and its words are `chart_words`'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby, pairwise
from math import comb
from statistics import median
from typing import Literal, NamedTuple

SHIFT = 6
"""So many points in a row on one side of the median are a shift."""
TREND = 5
"""So many points in a row that all rise, or all fall, are a trend."""
FEWEST = 10
"""With fewer points off the median, the number of runs says nothing."""
FAR = 6
"""So many times as far from the median as the middle one of the others: a point to look at."""


class Point(NamedTuple):
    """One measurement."""

    at: date
    value: float
    note: str = ""
    unusual: bool = False
    """Somebody marked it as obviously different from the others: an astronomical point."""


class Stretch(NamedTuple):
    """Neighbouring points that together are a sign; indexes into the chart's points."""

    kind: Literal["shift", "trend"]
    first: int
    last: int
    size: int
    """How many points make it: those on the median, or equal to the one before, do not count."""
    up: bool
    """Above the median, or rising."""


class Limits(NamedTuple):
    """The fewest and the most runs that chance explains."""

    least: int
    most: int


@dataclass(frozen=True)
class RunChart:
    """Points in the order of their dates, with what they say together."""

    points: tuple[Point, ...]
    median: float
    stretches: tuple[Stretch, ...]
    runs: int
    """How often the line is on one side of the median for a while."""
    useful: int
    """Points that are not on the median."""
    limits: Limits | None
    """None when there are too few points to judge the number of runs."""
    far: tuple[int, ...] = ()
    """Points that nobody marked and that lie far from all the others: somebody may look at them."""

    @property
    def astronomical(self) -> tuple[int, ...]:
        """The points that were marked as obviously different."""
        return tuple(number for number, point in enumerate(self.points) if point.unusual)

    @property
    def too_few(self) -> bool:
        return self.limits is not None and self.runs < self.limits.least

    @property
    def too_many(self) -> bool:
        return self.limits is not None and self.runs > self.limits.most


def run_chart(points: Sequence[Point]) -> RunChart | None:
    """What `points` say, in the order of their dates; None when there are none.

    Points of one day stay in the order in which they came.
    """
    if not points:
        return None
    ordered = tuple(sorted(points, key=lambda point: point.at))
    values = [point.value for point in ordered]
    middle = median(values)
    sides = [_sign(value - middle) for value in values]
    useful = [side for side in sides if side]
    above = useful.count(1)
    below = len(useful) - above
    return RunChart(
        ordered,
        middle,
        tuple(sorted((*_shifts(sides), *_trends(values)), key=lambda one: (one.first, one.kind))),
        sum(1 for _ in groupby(useful)),
        len(useful),
        limits(above, below) if len(useful) >= FEWEST and above and below else None,
        tuple(_far(ordered, middle)),
    )


@lru_cache(maxsize=256)
def limits(above: int, below: int) -> Limits:
    """The fewest and most runs that chance explains for so many points on each side.

    From the exact distribution of the number of runs (Swed and Eisenhart 1943), two-sided at 5 %:
    fewer than `least`, or more than `most`, come by chance in at most one case of forty each.

    >>> limits(10, 10)
    Limits(least=7, most=15)
    """
    everything = comb(above + below, above)
    weights = list(_weights(above, below))
    return Limits(
        2 + _within(weights, everything), above + below - _within(weights[::-1], everything)
    )


def _weights(above: int, below: int) -> Iterator[int]:
    """In how many orders there are 2 runs, 3, and so on up to one run for each point."""
    ups = _row(above - 1)
    downs = _row(below - 1)

    def of(row: Sequence[int], number: int) -> int:
        return row[number] if 0 <= number < len(row) else 0

    for runs in range(2, above + below + 1):
        half, odd = divmod(runs, 2)
        if odd:
            yield of(ups, half) * of(downs, half - 1) + of(ups, half - 1) * of(downs, half)
        else:
            yield 2 * of(ups, half - 1) * of(downs, half - 1)


def _row(number: int) -> list[int]:
    """A row of Pascal's triangle, each entry from the one before: large ones take a while else."""
    row = [1]
    for k in range(number):
        row.append(row[-1] * (number - k) // (k + 1))
    return row


def _within(weights: Sequence[int], everything: int) -> int:
    """How many of `weights` come together to no more than a tail."""
    gathered = 0
    # Whole numbers, since floats run out at a thousand points: a tail of 2.5 % is one in forty.
    for number, weight in enumerate(weights):
        gathered += weight
        if gathered * 40 > everything:
            return number
    return len(weights)


def _far(points: Sequence[Point], middle: float) -> Iterator[int]:
    """Points that are many times as far from the median as points usually are.

    No rule of the paper's, which leaves it to the eye: it keeps an eye from passing over one.
    """
    distances = [abs(point.value - middle) for point in points]
    usual = median(distances)
    if len(points) < FEWEST or not usual:
        return
    for number, distance in enumerate(distances):
        if distance > FAR * usual and not points[number].unusual:
            yield number


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _shifts(sides: Sequence[int]) -> Iterator[Stretch]:
    """Points on the median neither break a shift nor count towards it."""
    off = [(number, side) for number, side in enumerate(sides) if side]
    for side, found in groupby(off, key=lambda one: one[1]):
        numbers = [number for number, _ in found]
        if len(numbers) >= SHIFT:
            yield Stretch("shift", numbers[0], numbers[-1], len(numbers), side > 0)


def _trends(values: Sequence[float]) -> Iterator[Stretch]:
    """A point equal to the one before neither breaks a trend nor counts towards it."""
    changed = [
        number for number, value in enumerate(values) if number == 0 or value != values[number - 1]
    ]
    steps = [(one, two, values[two] > values[one]) for one, two in pairwise(changed)]
    for up, found in groupby(steps, key=lambda step: step[2]):
        taken = list(found)
        if len(taken) + 1 >= TREND:
            yield Stretch("trend", taken[0][0], taken[-1][1], len(taken) + 1, up)
