"""The typefaces of printed things: where their files are, how wide words set in them run, and
the outlines of their letters.

Source Serif comes as a package (OFL), so a certificate looks the same on every machine. Widths
are sums of advance widths: kerning, which mostly tightens, is left out, so that words measured
to fit do fit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from engine.awards.typesetting.drawing import Point, Step

Cut = Literal["regular", "semibold", "italic"]


@dataclass(frozen=True)
class _Face:
    cut: Cut
    file: str
    weight: int
    style: str


# TrueType rather than OpenType CFF: cutting out each file's letters takes a tenth of a page less.
_FACES = (
    _Face("regular", "SourceSerifPro-Regular.ttf", 400, "normal"),
    _Face("semibold", "SourceSerifPro-Semibold.ttf", 600, "normal"),
    # The italic has no Vietnamese, Greek or Cyrillic: it is for our own words, never for names.
    _Face("italic", "SourceSerifPro-It.ttf", 400, "italic"),
)
_WIDE = {"W": 1.05, "F": 1.05}
_ELSEWHERE = 0.66
"""Ems of a letter that the typeface lacks and another font lends: generous on purpose."""


def font_file(cut: Cut) -> Path:
    """The font's file inside its package."""
    face = next(face for face in _FACES if face.cut == cut)
    return Path(str(files("font_source_serif_pro"))) / "files" / face.file


def font_faces() -> str:
    """The `@font-face` rules for `Source Serif`, as CSS."""
    return "\n".join(
        "@font-face { font-family: 'Source Serif';"
        f" font-weight: {face.weight}; font-style: {face.style};"
        f" src: url('{font_file(face.cut).as_uri()}') }}"
        for face in _FACES
    )


def sans_faces() -> str:
    """The `@font-face` rules for `Source Sans`, for long texts."""
    folder = Path(str(files("font_source_sans_pro"))) / "files"
    return "\n".join(
        "@font-face { font-family: 'Source Sans';"
        f" font-weight: {weight}; font-style: {style};"
        f" src: url('{(folder / file).as_uri()}') }}"
        for file, weight, style in (
            ("SourceSansPro-Regular.ttf", 400, "normal"),
            ("SourceSansPro-Semibold.ttf", 600, "normal"),
            ("SourceSansPro-It.ttf", 400, "italic"),
        )
    )


def text_width(text: str, cut: Cut, size: float, tracking: float = 0) -> float:
    """Points that one line of `text` takes, with `tracking` ems added after each letter."""
    return (sum(map(_advances(cut).__getitem__, text)) + tracking * len(text)) * size


def covers(text: str, cut: Cut) -> bool:
    """Whether every letter of `text` is in the typeface itself."""
    return _advances(cut).own.issuperset(text)


def letters(text: str, cut: Cut) -> Iterator[tuple[tuple[Step, ...], float]]:
    """Each letter's outline and advance in ems, baseline at 0, y downwards.

    Letters are set one by one: for scripts that join letters, ask `covers` first.
    """
    for letter in text:
        yield _outline(letter, cut), _advances(cut)[letter]


@cache
def _font(cut: Cut) -> Any:
    from fontTools.ttLib import TTFont

    return TTFont(font_file(cut), lazy=True)


class _Advances(dict[str, float]):
    """Widths in ems by letter; letters that the typeface lacks are reckoned as they come."""

    def __init__(self, widths: dict[str, float]) -> None:
        super().__init__(widths)
        self.own = frozenset(widths)

    def __missing__(self, letter: str) -> float:
        return _lent_width(letter)


@cache
def _advances(cut: Cut) -> _Advances:
    font = _font(cut)
    widths, scale = font["hmtx"].metrics, font["head"].unitsPerEm
    return _Advances(
        {chr(code): widths[name][0] / scale for code, name in font.getBestCmap().items()}
    )


@cache
def _outline(letter: str, cut: Cut) -> tuple[Step, ...]:
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    font = _font(cut)
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[font.getBestCmap()[ord(letter)]].draw(pen)
    scale = font["head"].unitsPerEm
    steps: list[Step] = []
    for name, points in pen.value:
        flat = tuple(n for x, y in points for n in (x / scale, -y / scale))
        if name == "qCurveTo":
            steps += _cubics(steps[-1][1][-2:], list(zip(flat[::2], flat[1::2], strict=True)))
            continue
        steps.append(({"moveTo": "M", "lineTo": "L", "curveTo": "C"}.get(name, "Z"), flat))
    return tuple(steps)


def _cubics(start: tuple[float, ...], points: list[Point]) -> list[Step]:
    """TrueType's quadratic curves, with their implied points, as cubic ones."""
    *controls, end = points
    x, y = start
    steps: list[Step] = []
    for index, (cx, cy) in enumerate(controls):
        if index + 1 < len(controls):
            nx, ny = controls[index + 1]
            ex, ey = (cx + nx) / 2, (cy + ny) / 2
        else:
            ex, ey = end
        first = (x + 2 * (cx - x) / 3, y + 2 * (cy - y) / 3)
        second = (ex + 2 * (cx - ex) / 3, ey + 2 * (cy - ey) / 3)
        steps.append(("C", (*first, *second, ex, ey)))
        x, y = ex, ey
    return steps


def _lent_width(letter: str) -> float:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return _WIDE.get(unicodedata.east_asian_width(letter), _ELSEWHERE)
