"""The border of a certificate: a double rule, with a guilloche woven between its lines.

Guilloche is the engraver's guard against forgery: strands that swing around one another along
the whole edge, every crossing where the mathematics puts it. One quarter is computed, the other
three are its mirror images; a rosette in a square sits where two sides meet.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi

from engine.awards.typesetting.drawing import (
    Drawing,
    Mark,
    Matrix,
    Point,
    Step,
    circle,
    polar,
    polyline,
    smooth,
)
from engine.awards.typesetting.paper import PAPERS, Paper

LETTER = PAPERS["letter"]
_BAND = 38.0
"""From the page's edge to the middle of the woven band."""
_HALF = 10.0
"""From there to the rules on either side."""
_STRANDS = 6
_SWING = 6.6
_WAVE = 21.0
"""The wish for one wave's length; a whole number of waves is fitted to each side."""
_SAMPLES = 10
_PAPER = "#FFFFFF"


@lru_cache(maxsize=8)
def woven(colour: str, tint: str, paper: Paper = LETTER) -> Drawing:
    """Rules and rosettes in `colour`, woven strands in the lighter `tint`."""
    strands = [
        Mark(smooth(_strand(paper, side, 2 * pi * number / _STRANDS)), tint, 0.32)
        for number in range(_STRANDS)
        for side in (0, 1)
    ]
    rules = [_rule(paper, _BAND - _HALF, colour, 1.1), *_inner_rules(paper, colour)]
    return _mirrored(paper, *strands, *rules, *_rosette(colour, tint))


@lru_cache(maxsize=8)
def ruled(colour: str, tint: str, paper: Paper = LETTER) -> Drawing:
    """The plain double rule, a strong line and a fine one."""
    return _mirrored(paper, _rule(paper, _BAND - 5, colour, 1.3), _rule(paper, _BAND, tint, 0.5))


@lru_cache(maxsize=8)
def dash(colour: str) -> Drawing:
    """A swelled rule: the engraver's dash, fine at its ends and full in the middle."""
    width, thick = 84.0, 1.5
    upper = [(width * n / 24, thick / 2 * (1 - _swell(n / 24))) for n in range(25)]
    lower = [(x, thick - y) for x, y in reversed(upper[1:-1])]
    return Drawing(width, thick, (Mark(polyline([*upper, *lower], closed=True), colour),))


def _mirrored(paper: Paper, *quarter: Mark) -> Drawing:
    """The whole border from its upper left quarter."""
    mirrors: tuple[Matrix, ...] = (
        (1, 0, 0, 1, 0, 0),
        (-1, 0, 0, 1, paper.width, 0),
        (1, 0, 0, -1, 0, paper.height),
        (-1, 0, 0, -1, paper.width, paper.height),
    )
    return Drawing(paper.width, paper.height, quarter, mirrors)


def _swell(share: float) -> float:
    return (1 - cos(2 * pi * share)) / 2


def _strand(paper: Paper, side: int, phase: float) -> list[Point]:
    """One strand from the middle of the top (`side` 0) or of the left side (1) to the corner.

    Whole waves fit between, so that mirror images meet with their strands joined; the swing
    breathes once a wave, which makes the beads.
    """
    middle, end = (paper.width, paper.height)[side] / 2, _BAND + _HALF
    waves = round((middle - end) / _WAVE)
    points = []
    for index in range(waves * _SAMPLES + 1):
        turn = 2 * pi * index / _SAMPLES
        along = middle + (end - middle) * index / (waves * _SAMPLES)
        across = _BAND + _SWING * (0.8 + 0.2 * cos(turn)) * cos(turn + phase)
        points.append((across, along) if side else (along, across))
    return points


def _inner_rules(paper: Paper, colour: str) -> list[Mark]:
    """The fine inner rules, run on to the outer one so that they frame the corner's square."""
    near, far = _BAND - _HALF, _BAND + _HALF
    across = polyline([(near, far), (paper.width / 2, far)])
    down = polyline([(far, near), (far, paper.height / 2)])
    return [Mark(across, colour, 0.45), Mark(down, colour, 0.45)]


def _rosette(colour: str, tint: str) -> list[Mark]:
    centre = (_BAND, _BAND)
    petals = [_petals(centre, 5.2, 3.2, 2 * pi * turn / 4) for turn in range(4)]
    return [*(Mark(path, tint, 0.35) for path in petals), Mark(circle(centre, 1.3), colour)]


def _petals(centre: Point, radius: float, swing: float, phase: float) -> tuple[Step, ...]:
    return polar(centre, lambda angle: radius + swing * cos(8 * angle + phase), 128)


def _rule(paper: Paper, inset: float, colour: str, width: float) -> Mark:
    corner = [(paper.width / 2, inset), (inset, inset), (inset, paper.height / 2)]
    return Mark(polyline(corner), colour, width)
