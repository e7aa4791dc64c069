"""Typefaces lent to letters that Source Serif lacks: Arabic, Chinese, Korean, Hebrew, emoji ….

Each comes as a package (OFL), so a name looks the same on every machine, and is read only when a
page has letters of it: the Chinese one alone weighs eleven megabytes. Letters that none of them
has are shown as an empty box rather than left to whatever font the machine may have, since a file
that points at a missing glyph is no archive (ISO 19005-3 §6.2.11.8).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from engine.awards.typesetting.typefaces import covers

MISSING = "\N{BALLOT BOX}"
"""In place of a letter that no typeface here has: an empty box that Source Serif itself has."""
_NOTO = "manimgx_fonts"


@dataclass(frozen=True)
class LentFace:
    """A typeface for the letters of some scripts."""

    family: str
    package: str
    file: str
    ranges: tuple[tuple[int, int], ...]
    """Code points that it is asked for, first and last: what else it may have is not wanted."""

    @property
    def path(self) -> Path:
        return Path(str(files(self.package))) / self.file

    @property
    def rule(self) -> str:
        """Its `@font-face` rule, as CSS."""
        return f"@font-face {{ font-family: '{self.family}'; src: url('{self.path.as_uri()}') }}"

    def has(self, letter: str) -> bool:
        code = ord(letter)
        return any(first <= code <= last for first, last in self.ranges) and code in _codes(self)


@cache
def _codes(face: LentFace) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(face.path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _noto(script: str, *ranges: tuple[int, int]) -> LentFace:
    name = f"Noto Sans {script}"
    return LentFace(name, _NOTO, f"{name.replace(' ', '')}[wght].ttf", ranges)


FACES = (
    LentFace(
        "Amiri",
        "fontpkg_amiri",
        "files/Amiri-Regular.ttf",
        ((0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    ),
    # Simplified and traditional letters alike, and the Japanese syllables.
    LentFace(
        "Noto Serif SC",
        "pylopdf_fonts_zh_cn",
        "NotoSerifSC-Regular.otf",
        ((0x2E80, 0x312F), (0x3190, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F),
         (0xFF00, 0xFFEF), (0x20000, 0x3134F)),
    ),
    LentFace(
        "Noto Serif KR",
        "pylopdf_fonts_ko",
        "NotoSerifKR-Regular.otf",
        ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)),
    ),
    _noto("Armenian", (0x0530, 0x058F)),
    _noto("Hebrew", (0x0590, 0x05FF), (0xFB1D, 0xFB4F)),
    _noto("Devanagari", (0x0900, 0x097F), (0xA8E0, 0xA8FF)),
    _noto("Bengali", (0x0980, 0x09FF)),
    _noto("Gurmukhi", (0x0A00, 0x0A7F)),
    _noto("Gujarati", (0x0A80, 0x0AFF)),
    _noto("Oriya", (0x0B00, 0x0B7F)),
    _noto("Tamil", (0x0B80, 0x0BFF)),
    _noto("Telugu", (0x0C00, 0x0C7F)),
    _noto("Kannada", (0x0C80, 0x0CFF)),
    _noto("Malayalam", (0x0D00, 0x0D7F)),
    _noto("Sinhala", (0x0D80, 0x0DFF)),
    _noto("Thai", (0x0E00, 0x0E7F)),
    _noto("Lao", (0x0E80, 0x0EFF)),
    _noto("Myanmar", (0x1000, 0x109F)),
    _noto("Georgian", (0x10A0, 0x10FF), (0x1C90, 0x1CBF)),
    _noto("Ethiopic", (0x1200, 0x139F)),
    _noto("Khmer", (0x1780, 0x17FF)),
    # Under the name by which layout asks for emoji, so that no other font of the machine is taken.
    LentFace("emoji", _NOTO, "NotoEmoji[wght].ttf", ((0x2000, 0x2BFF), (0x1F000, 0x1FAFF))),
    # What is left: rare Latin, Greek and Cyrillic letters, and symbols.
    LentFace("Noto Sans", _NOTO, "NotoSans[wght].ttf", ((0x0080, 0x2BFF), (0xA640, 0xABFF))),
    LentFace("Noto Sans Symbols", _NOTO, "NotoSansSymbols[wght].ttf", ((0x2000, 0x2BFF),)),
)  # fmt: skip


def faces_for(words: Iterable[str]) -> tuple[LentFace, ...]:
    """The typefaces that these words need besides Source Serif, in the order of `FACES`."""
    letters = {letter for text in words for letter in text if not covers(letter, "regular")}
    found = {face for letter in letters if (face := _lender(letter))}
    return tuple(face for face in FACES if face in found)


def settable(text: str) -> str:
    """`text` with what no typeface has as an empty box: once for any number of them in a row.

    Signs that only steer how others join or look have no shape of their own, and stay.
    """
    if covers(text, "regular"):
        return text
    shown: list[str] = []
    for letter in text:
        known = covers(letter, "regular") or _steers(letter) or _lender(letter)
        if known or not shown or shown[-1] != MISSING:
            shown.append(letter if known else MISSING)
    return "".join(shown)


def _lender(letter: str) -> LentFace | None:
    return next((face for face in FACES if face.has(letter)), None)


def _steers(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or 0xFE00 <= ord(letter) <= 0xFE0F
