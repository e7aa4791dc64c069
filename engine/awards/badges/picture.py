"""The picture of a badge, drawn from what the credential's document says: SVG and PNG.

A rim of paper, so that it stands out on a dark page as on a light one; within it the shape in one
color, a fine engraved ground, the glyph, and the words below. Letters are paths, so that the
picture needs no font and looks the same everywhere. The same credential gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import cos, pi
from typing import Final, NamedTuple

from engine.awards.badges.lines import TRACKING, Line, broken
from engine.awards.badges.shapes import CENTRE, SIDE, field, outline
from engine.awards.typesetting import raster
from engine.awards.typesetting.drawing import Drawing, Mark, Step, moved, polar, polyline
from engine.awards.typesetting.lettering import printable
from engine.awards.typesetting.seal import cut_glyph
from engine.awards.typesetting.typefaces import letters
from engine.credentials.badge_design import PAPER, BadgeDesign, Shape, mixed
from engine.credentials.credential import Credential

PIXELS: Final = 512
"""Width and height as PNG: Open Badges ask for a square, and wallets for 400 pixels or more."""

_RIM, _EDGE, _FIELD, _RULE = 99.0, 97.6, 92.0, 87.0
"""Radii, in points: of the paper, of the line on it, of the color, and of the line in that."""


class _Layout(NamedTuple):
    """Heights on a badge, in points from its top."""

    glyph: float
    tall: float
    """The size that the glyph is set in."""
    first: float
    last: float
    """Between these two the words stand, centered."""


_LAYOUTS: Mapping[Shape, _Layout] = {
    "circle": _Layout(68, 60, 108, 152),
    "hexagon": _Layout(68, 60, 108, 152),
    "shield": _Layout(62, 58, 101, 150),
    "rosette": _Layout(68, 56, 107, 150),
}


def svg(credential: Credential, issuer: str) -> bytes:
    """The badge as an SVG file of its own, which says in words what it is: the title, and who
    gives it."""
    said = " · ".join(filter(None, (printable(credential.title), printable(issuer))))
    return drawing(credential.badge).svg(said).encode()


def png(credential: Credential, issuer: str) -> bytes:
    """The badge as a PNG file, `PIXELS` wide and high, on a transparent ground."""
    return _png(credential.badge)


@lru_cache(maxsize=64)
def _png(design: BadgeDesign) -> bytes:
    return raster.png(drawing(design), PIXELS)


@lru_cache(maxsize=64)
def drawing(design: BadgeDesign) -> Drawing:
    """The marks of the badge."""
    shape, colour = design.shape, design.colour
    layout = _LAYOUTS[shape]
    words = broken(shape, printable(design.text).split(), layout.first, layout.last)
    # A glyph without words below it has the whole badge.
    middle, tall = (layout.glyph, layout.tall) if words else (CENTRE[1], 1.5 * layout.tall)
    marks = [
        Mark(outline(shape, _RIM), PAPER),
        Mark(outline(shape, _EDGE), colour, 1.0),
        Mark(field(shape, _FIELD), colour),
        *(Mark(petals, mixed(colour, PAPER, 0.1), 0.5) for petals in _engraved()),
        Mark(field(shape, _RULE), mixed(colour, PAPER, 0.75), 0.8),
        Mark(cut_glyph(design.glyph, (CENTRE[0], middle), tall, tall * 1.5), PAPER),
    ]
    if words:
        marks += [Mark(path, mixed(colour, PAPER, 0.75), width) for path, width in _divider(shape)]
    for line in words:
        marks.append(Mark(_lettered(line), PAPER))
    return Drawing(SIDE, SIDE, tuple(marks))


def _divider(shape: Shape) -> Iterator[tuple[tuple[Step, ...], float]]:
    """A lozenge between two short lines, below the glyph: paths and the widths of their lines."""
    x, y = CENTRE[0], _LAYOUTS[shape].first - 5.5
    yield polyline([(x, y - 2.4), (x + 2.4, y), (x, y + 2.4), (x - 2.4, y)], closed=True), 0
    for side in (-1, 1):
        yield polyline([(x + side * 7, y), (x + side * 27, y)]), 0.7


def _engraved() -> Iterator[tuple[Step, ...]]:
    """The ground: one rose curve turned by equal steps, hardly lighter than the color."""
    for turn in range(6):
        phase = 2 * pi * turn / 6

        def wave(angle: float, phase: float = phase) -> float:
            return 56 + 13 * cos(12 * angle + phase)

        yield polar(CENTRE, wave, 96)


def _lettered(line: Line) -> tuple[Step, ...]:
    """One line of words, centered."""
    at = CENTRE[0] - line.width * line.size / 2
    steps: list[Step] = []
    for shape, advance in letters(line.text, "semibold"):
        steps += moved(shape, (line.size, 0, 0, line.size, at, line.baseline))
        at += (advance + TRACKING) * line.size
    return tuple(steps)
