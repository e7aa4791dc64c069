"""The seal: drawn from a credential's own glyph, with its name around the rim.

From the outside in: a milled edge, the ring of words, a rosette of computed petals, and the
glyph cut out of a solid heart. Every line is a path, letters included, so that the seal prints
alike everywhere and scales to any size.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import cos, pi, sin

from engine.awards.typesetting.drawing import (
    Drawing,
    Mark,
    Point,
    Step,
    circle,
    moved,
    polar,
    polyline,
)
from engine.awards.typesetting.typefaces import covers, letters, text_width

_SIZE = 132.0
_CENTRE = (_SIZE / 2, _SIZE / 2)
_RIM = 64.0
_WORDS = 50.2
"""Radius of the words' baseline."""
_SMALLEST = 4.6
"""The smallest letters, in points, that are words and not a pattern."""
_ROSETTE = 44.0
_HEART = 23.0
_PAPER = "#FFFFFF"


@lru_cache(maxsize=256)
def seal(glyph: str, words: str, more_words: str, colour: str, tint: str) -> Drawing:
    """A round seal, 132 points wide.

    `words` run over the top of the ring and `more_words` along the bottom; words in letters that
    the typeface lacks give way to a ring of dots, such a glyph to a star.
    """
    marks = [*_edge(colour, tint), *_ring(words, more_words, colour), *_rosette(colour, tint)]
    marks.append(Mark(circle(_CENTRE, _HEART), colour))
    marks.append(Mark(circle(_CENTRE, _HEART - 1.9), _PAPER, 0.45))
    marks.append(Mark(cut_glyph(glyph, _CENTRE), _PAPER))
    return Drawing(_SIZE, _SIZE, tuple(marks))


def _edge(colour: str, tint: str) -> list[Mark]:
    """The milled edge: fine scallops in three phases, held by two rules."""
    scallops = [
        Mark(polar(_CENTRE, _wave(_RIM - 1.9, 1.7, 60, phase * pi / 3), 480), tint, 0.3)
        for phase in range(6)
    ]
    return [
        *scallops,
        Mark(circle(_CENTRE, _RIM - 4.6), colour, 0.8),
        Mark(circle(_CENTRE, _RIM - 6.2), colour, 0.3),
        Mark(circle(_CENTRE, _ROSETTE + 2.6), colour, 0.3),
        Mark(circle(_CENTRE, _ROSETTE + 1.2), colour, 0.8),
    ]


def _rosette(colour: str, tint: str) -> list[Mark]:
    """Petals: one rose curve turned by equal steps, strong where the turns cross."""
    middle, swing = (_ROSETTE + _HEART) / 2 - 0.2, (_ROSETTE - _HEART) / 2 - 0.6
    turns = 8
    return [
        Mark(polar(_CENTRE, _wave(middle, swing, 12, 2 * pi * turn / turns), 192), colour, 0.28)
        for turn in range(turns)
    ]


def _wave(radius: float, swing: float, petals: int, phase: float) -> Callable[[float], float]:
    return lambda angle: radius + swing * cos(petals * angle + phase)


def _ring(words: str, more_words: str, colour: str) -> list[Mark]:
    tracking = 0.14
    everything, institution = (words.upper(), more_words.upper()), (words.upper(), "")
    # Too long to be read together, the institution's name goes alone; then neither.
    for over, under in (everything, institution, ("", "")):
        used = text_width(over + under, "semibold", 1, tracking)
        size = min(7.4, 0.82 * 2 * pi * _WORDS / used) if used else 7.4
        if size >= _SMALLEST and covers(over + under, "semibold"):
            break
    marks: list[Mark] = []
    marks += [Mark(path, colour) for path in _arc(over, size, tracking, below=False)]
    marks += [Mark(path, colour) for path in _arc(under, size, tracking, below=True)]
    marks += [Mark(path, colour) for path in _stops(over, under, size, tracking)]
    return marks


def _stops(over: str, under: str, size: float, tracking: float) -> list[tuple[Step, ...]]:
    """Lozenges in the middle of each gap between the words; a ring of them for no words."""
    radius = _WORDS + 2.5
    if not over + under:
        angles = [2 * pi * number / 36 for number in range(36)]
    else:
        half_over = text_width(over, "semibold", size, tracking) / _WORDS / 2
        half_under = text_width(under, "semibold", size, tracking) / _WORDS / 2
        middle = (half_over + pi - half_under) / 2
        angles = [middle, -middle] if under else [pi]
    lozenge = polyline([(0, -1.7), (1.5, 0), (0, 1.7), (-1.5, 0)], closed=True)
    return [
        moved(
            lozenge,
            (cos(angle), sin(angle), -sin(angle), cos(angle),
             _CENTRE[0] + radius * sin(angle), _CENTRE[1] - radius * cos(angle)),
        )
        for angle in angles
    ]  # fmt: skip


def _arc(text: str, size: float, tracking: float, below: bool) -> list[tuple[Step, ...]]:
    """Each letter's outline, standing on the ring at the top or hanging in it at the bottom."""
    radius = _WORDS + (size * 0.66 if below else 0)
    length = text_width(text, "semibold", size, tracking) - tracking * size
    at = -length / 2
    paths = []
    for outline, advance in letters(text, "semibold"):
        middle = (at + advance * size / 2) / radius
        angle = middle if not below else pi - middle
        turn = angle if not below else angle + pi
        x, y = _CENTRE[0] + radius * sin(angle), _CENTRE[1] - radius * cos(angle)
        c, s = cos(turn) * size, sin(turn) * size
        half = -advance / 2
        paths.append(moved(outline, (c, s, -s, c, x + c * half, y + s * half)))
        at += (advance + tracking) * size
    return [path for path in paths if path]


def cut_glyph(
    glyph: str, centre: Point, tallest: float = 30.0, widest: float = 27.0
) -> tuple[Step, ...]:
    """One to three letters or a symbol around `centre`, set in at most `tallest` points; for one
    that the typeface lacks, a star."""
    if not glyph or not covers(glyph, "semibold"):
        return polar(centre, lambda angle: tallest * (8.5 + 4.5 * cos(5 * angle)) / 30, 100)
    size = min(tallest, widest / max(text_width(glyph, "semibold", 1), 0.1))
    outlines, at = [], 0.0
    for outline, advance in letters(glyph, "semibold"):
        outlines.append(moved(outline, (size, 0, 0, size, at * size, 0)))
        at += advance
    steps = tuple(step for outline in outlines for step in outline)
    xs = [n for _, values in steps for n in values[::2]]
    ys = [n for _, values in steps for n in values[1::2]]
    if not xs:
        return ()
    # Centred by its ink, not its metrics: a heart's weight is seen, not measured.
    dx = centre[0] - (min(xs) + max(xs)) / 2
    dy = centre[1] - (min(ys) + max(ys)) / 2
    return moved(steps, (1, 0, 0, 1, dx, dy))
