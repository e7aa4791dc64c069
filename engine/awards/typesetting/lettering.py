"""Setting words so that they fit: sizes stepped down by measured width, lines broken evenly.

A name of four letters and a name of sixty both get the largest size at which they stand well.
Lines are broken here rather than by the page's layout, because a balanced break (no short last
line) needs to know the whole text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from engine.awards.typesetting.typefaces import Cut, text_width

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Setting:
    """Lines of text at one size, in points."""

    lines: tuple[str, ...]
    size: float


def printable(text: str) -> str:
    """`text` as it may be printed: one line, composed (NFC), without control characters.

    Overrides of the reading direction go, since they can make a page say what its text does not;
    right-to-left letters stay and are set as their script asks.
    """
    kept = (
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", text)
        if letter.isspace()
        or (unicodedata.category(letter) not in ("Cc", "Cs", "Cn") and letter not in _BIDI_CONTROLS)
    )
    return re.sub(" +", " ", "".join(kept)).strip()


def fit(
    text: str,
    cut: Cut,
    measure: float,
    steps: Sequence[tuple[float, int]],
    tracking: float = 0,
) -> Setting:
    """`text` at the first of `steps` (size in points, most lines) at which it fits `measure`.

    Words are cut only at the last step; what is too much even there ends in an ellipsis, so that
    nothing is ever printed over the edge.
    """
    words = _measured(text.split(" "), cut, tracking)
    widest = max(width for _, width in words)
    space = text_width(" ", cut, 1, tracking)
    for size, most in steps:
        room = measure / size
        if widest <= room and len(lines := _filled(words, space, room)) <= most:
            return Setting(_balanced(words, space, room, len(lines)), size)
    size, most = steps[-1]
    room = measure / size
    pieces = [piece for word, _ in words for piece in _pieces(word, cut, room, tracking)]
    words = _measured(pieces, cut, tracking)
    lines = _filled(words, space, room)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1].rstrip() + "…"]
    return Setting(tuple(lines), size)


_Words = Sequence[tuple[str, float]]
"""Each word with its width in ems."""


def _measured(words: Sequence[str], cut: Cut, tracking: float) -> _Words:
    return [(word, text_width(word, cut, 1, tracking)) for word in words]


def _balanced(words: _Words, space: float, room: float, count: int) -> tuple[str, ...]:
    """The same number of lines, in the narrowest room that still gives it."""
    low, high = min(room, max(room / count, *(width for _, width in words), 0)), room
    for _ in range(10 if count > 1 else 0):
        middle = (low + high) / 2
        if len(_filled(words, space, middle)) <= count:
            high = middle
        else:
            low = middle
    return tuple(_filled(words, space, high))


def _filled(words: _Words, space: float, room: float) -> list[str]:
    lines: list[str] = []
    line, used = words[0]
    for word, width in words[1:]:
        if used + space + width <= room:
            line, used = f"{line} {word}", used + space + width
        else:
            lines.append(line)
            line, used = word, width
    return [*lines, line]


def _pieces(word: str, cut: Cut, room: float, tracking: float) -> list[str]:
    """A word cut where it must be, never between a letter and its mark."""
    pieces, used = [""], 0.0
    for letter in word:
        width = text_width(letter, cut, 1, tracking)
        if used + width > room and not unicodedata.combining(letter):
            pieces.append("")
            used = 0
        pieces[-1] += letter
        used += width
    return pieces
