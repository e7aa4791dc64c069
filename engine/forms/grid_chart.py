"""A grid of cells under headings, as a picture: the more a cell stands for, the fuller it is.

A cell says its name and a word, so nothing hangs on colour alone; one that stands for nothing has a
dashed edge. Drawn in the page's own colours as run charts are (`charts`), for a wide page and for a
phone; there is nothing to lay out that needs a library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from engine.forms.charts import ACCENT, INK, MUTED

MOST_CELLS = 240
"""More than these nobody reads as a picture."""
SHADES = (0.0, 0.12, 0.24, 0.4)
"""How full a cell of each level is; ink stays readable on the fullest, light and dark."""

_WIDTHS = (("wide", 720), ("narrow", 340))
_HIGH, _GAP, _HEADING, _AFTER = 52, 8, 30, 14
_A_LETTER = 8.2
_A_LETTER_OF_A_HEADING = 7.4
_NARROWEST, _WIDEST = 60, 150


class Cell(NamedTuple):
    """One cell."""

    name: str
    words: str
    """What stands in it, in a word; empty for nothing."""
    level: int
    """0 for nothing, up to 3 (`SHADES`)."""


class Group(NamedTuple):
    """Some cells under a heading, which may be empty."""

    heading: str
    cells: Sequence[Cell]


def drawn(groups: Sequence[Group], title: str, said: Sequence[str]) -> Markup:
    """The picture for a wide page and the one for a phone. `said` tells it in words."""
    digest = hashlib.sha256(repr((groups, title, said)).encode()).hexdigest()[:16]
    longest = max((len(cell.name) for group in groups for cell in group.cells), default=0)
    cell_width = int(min(max(_NARROWEST, longest * _A_LETTER + 14), _WIDEST))
    return Markup("").join(
        _picture(groups, title, said, f"grid-{digest}-{name}", name, width, cell_width)
        for name, width in _WIDTHS
    )


def _picture(
    groups: Sequence[Group],
    title: str,
    said: Sequence[str],
    own: str,
    name: str,
    width: int,
    cell_width: int,
) -> Markup:
    in_a_row = max(1, (width + _GAP) // (cell_width + _GAP))
    body: list[Markup] = []
    top = 0
    for group in groups:
        if group.heading:
            words = _shortened(group.heading, width, _A_LETTER_OF_A_HEADING)
            body.append(_text(0, top + 20, words, INK, 14, weight=600))
            top += _HEADING
        for number, cell in enumerate(group.cells):
            row, column = divmod(number, in_a_row)
            at = (column * (cell_width + _GAP) + 1, top + row * (_HIGH + _GAP) + 1)
            body += _cell(cell, *at, cell_width - 2)
        rows = -(-len(group.cells) // in_a_row)
        top += rows * (_HIGH + _GAP) + _AFTER
    return Markup(
        '<svg class="chart__picture chart__picture--{name}" viewBox="0 0 {width} {height}"'
        ' width="{width}" height="{height}" role="img" aria-labelledby="{own}-title {own}-desc">'
        '<title id="{own}-title">{title}</title><desc id="{own}-desc">{said}</desc>{body}</svg>'
    ).format(
        name=name,
        width=width,
        height=max(top - _AFTER, 1),
        own=own,
        title=title,
        said=" ".join(said),
        body=Markup("").join(body),
    )


def _cell(cell: Cell, left: int, top: int, width: int) -> list[Markup]:
    level = min(max(cell.level, 0), len(SHADES) - 1)
    edge = Markup('stroke="{}"').format(ACCENT)
    if level == 0:
        edge = Markup('stroke="{}" stroke-dasharray="3 3"').format(MUTED)
    box = Markup(
        '<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" fill="{fill}"'
        ' fill-opacity="{shade}" {edge}/>'
    ).format(x=left, y=top, w=width, h=_HIGH - 2, fill=ACCENT, shade=SHADES[level], edge=edge)
    found = [box, _text(left + 8, top + 21, _shortened(cell.name, width, _A_LETTER), INK, 14)]
    if cell.words:
        words = _shortened(cell.words, width, _A_LETTER)
        found.append(_text(left + 8, top + 40, words, INK, 14, weight=600))
    return found


def _text(x: int, y: int, words: str, colour: str, size: int, weight: int = 400) -> Markup:
    return Markup('<text x="{}" y="{}" fill="{}" font-size="{}" font-weight="{}">{}</text>').format(
        x, y, colour, size, weight, words
    )


def _shortened(words: str, width: int, a_letter: float) -> str:
    """Words that fit; the table beneath has all of them."""
    letters = max(int((width - 10) / a_letter), 2)
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"
