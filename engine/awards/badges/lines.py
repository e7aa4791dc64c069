"""Words in lines on a badge: as large as its shape lets them be, and then as even as they go.

A line near the middle may be longer than one near the foot, so where the lines break depends on
their size and the other way round: sizes are tried from the largest down.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from engine.awards.badges.shapes import room
from engine.awards.typesetting.typefaces import covers, text_width
from engine.credentials.badge_design import Shape

TRACKING: Final = 0.02
"""Ems between letters."""
_INSIDE = 79.0
"""Radius of the outline that words keep within, in points."""
_LARGEST, _SMALLEST, _STEP = 14.0, 6.4, 0.2
"""Sizes, in points: at the smallest a badge must be 250 pixels wide for its words to be read."""
_LEADING = 1.2
_MOST_LINES = 4
_WORTH_A_LINE = 1.06
"""Words are broken once more only for letters so much larger."""


class Line(NamedTuple):
    text: str
    width: float
    """In ems."""
    size: float
    baseline: float
    """Points from the top of the badge."""


def broken(shape: Shape, words: Sequence[str], top: float, foot: float) -> tuple[Line, ...]:
    """The words in up to four lines between `top` and `foot`; none for words that would be too
    small to read, or whose letters the typeface lacks."""
    whole = " ".join(words)
    most = _MOST_LINES * 2 * _INSIDE
    if not covers(whole, "semibold") or text_width(whole, "semibold", _SMALLEST) > most:
        return ()
    best: tuple[Line, ...] = ()
    for count in range(1, min(_MOST_LINES, len(words)) + 1):
        found = _largest(shape, words, count, top, foot)
        if found and (not best or found[0].size > best[0].size * _WORTH_A_LINE):
            best = found
    return best


def _largest(
    shape: Shape, words: Sequence[str], count: int, top: float, foot: float
) -> tuple[Line, ...]:
    for step in range(round((_LARGEST - _SMALLEST) / _STEP) + 1):
        size = _LARGEST - step * _STEP
        if size * _LEADING * count > foot - top:
            continue
        # Letters reach two thirds of their size above the line they stand on.
        first = (top + foot) / 2 + size * 0.33 - (count - 1) * size * _LEADING / 2
        baselines = [first + number * size * _LEADING for number in range(count)]
        widths = [
            2 * min(room(shape, _INSIDE, y), room(shape, _INSIDE, y - size * 0.7)) / size
            for y in baselines
        ]
        if lines := _fitted(words, widths):
            return tuple(
                Line(line, _width(line), size, baseline)
                for line, baseline in zip(lines, baselines, strict=True)
            )
    return ()


def _fitted(words: Sequence[str], widths: Sequence[float]) -> tuple[str, ...]:
    """The words in as many lines as there are `widths` (in ems), each within its own, so that the
    longest is as short as can be; none if they do not fit."""

    @cache
    def best(start: int, line: int) -> tuple[float, tuple[str, ...]] | None:
        found: tuple[float, tuple[str, ...]] | None = None
        left = len(widths) - line - 1
        for end in range(start + 1, len(words) - left + 1):
            text = " ".join(words[start:end])
            width = _width(text)
            if width > widths[line]:
                break
            if left == 0:
                if end == len(words):
                    return width, (text,)
            elif (rest := best(end, line + 1)) is not None:
                longest = max(width, rest[0])
                if found is None or longest < found[0]:
                    found = longest, (text, *rest[1])
        return found

    whole = best(0, 0)
    return whole[1] if whole else ()


def _width(line: str) -> float:
    return text_width(line, "semibold", 1, TRACKING) - TRACKING
