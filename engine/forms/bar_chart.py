"""Bars beneath their labels, as a picture: the same way as run charts are drawn (`charts`).

Labels stand above the bars and not beside them, so that a phone shows long ones too. A whisker may
go on from the end of a bar: how far most of what the bar stands for reaches.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup

from engine.forms.charts import ACCENT, INK, LINE, MUTED, Size, as_picture, one_at_a_time

ROW, BAR = 52, 14
"""Pixels from one bar to the next, and of a bar."""
_A_LETTER = 7.2
"""Pixels that a letter takes, roughly: the page's own fonts draw the text."""
_WIDTHS = (("wide", 720), ("narrow", 340))
REMEMBERED = 128


class Bar(NamedTuple):
    """One bar: 0 and more."""

    label: str
    value: float
    words: str
    """What stands at its end."""
    reach: float | None = None
    """Where its whisker ends."""


def drawn(bars: Sequence[Bar], title: str, said: Sequence[str]) -> Markup:
    """The picture for a wide page and the one for a phone. `said` tells it in words."""
    return _drawn(tuple(bars), title, tuple(said))


@lru_cache(maxsize=REMEMBERED)
def _drawn(bars: tuple[Bar, ...], title: str, said: tuple[str, ...]) -> Markup:
    digest = hashlib.sha256(repr((bars, title, said)).encode()).hexdigest()[:16]
    sizes = [Size(name, width, ROW * len(bars) + 8, 0, 0) for name, width in _WIDTHS]
    with one_at_a_time:
        return Markup("").join(
            as_picture(_written(bars, size, digest), size, title, said, digest) for size in sizes
        )


def _written(bars: Sequence[Bar], size: Size, digest: str) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": digest, "font.size": 14}
    with matplotlib.rc_context(settings):
        made = Figure(figsize=(size.width / 72, size.height / 72), dpi=72)
        made.patch.set_visible(False)
        axes: Any = made.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, size.width)
        axes.set_ylim(size.height, 0)  # downwards, a unit a pixel
        _draw(axes, bars, size)
        file = io.StringIO()
        made.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def _draw(axes: Any, bars: Sequence[Bar], size: Size) -> None:
    from matplotlib.patches import Rectangle

    room = 12 + _A_LETTER * max(len(bar.words) for bar in bars)
    most = max(max(bar.value, bar.reach or 0) for bar in bars) or 1
    scale = max(size.width - room, size.width / 3) / most
    for number, bar in enumerate(bars):
        top = number * ROW + 26
        middle = top + BAR / 2
        axes.text(0, top - 8, _shortened(bar.label, size), color=INK, va="baseline")
        axes.plot([0, 0], [top - 2, top + BAR + 2], color=LINE, linewidth=1)
        width = bar.value * scale
        axes.add_patch(Rectangle((0, top), max(width, 1), BAR, color=ACCENT, linewidth=0))
        end = width
        if bar.reach is not None and bar.reach > bar.value:
            end = bar.reach * scale
            axes.plot([width, end], [middle, middle], color=MUTED, linewidth=1.5)
            axes.plot([end, end], [top + 2, top + BAR - 2], color=MUTED, linewidth=1.5)
        axes.text(end + 8, middle + 5, bar.words, color=MUTED, va="baseline", fontsize=13)


def _shortened(label: str, size: Size) -> str:
    """A label that fits; the table beneath has all of it."""
    letters = int(size.width / _A_LETTER)
    return label if len(label) <= letters else f"{label[: letters - 1].rstrip()}…"
