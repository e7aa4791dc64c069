"""A run chart as a picture: SVG that stands in the page itself, drawn by matplotlib.

The library lays out the axes and writes the paths. What it writes is then tidied for a page of
ours: `style` attributes, which our content policy forbids, become attributes of their own; text
stays text in the page's fonts; colours are the light ones of `style.css`, which finds them by
their values and turns them dark with the rest. The same data give the same bytes.

There are two pictures of each chart, for a wide page and for a phone: one that is scaled down
could not be read. matplotlib is imported when the first chart is drawn, which takes a while.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from xml.etree import ElementTree

from markupsafe import Markup, escape

from engine.forms.chart_words import figure, sentences, short_day
from engine.forms.run_chart import Point, RunChart, run_chart
from engine.languages import _, current, speaking
from engine.phrases import day

INK, MUTED, LINE, CARD = "#1c1b19", "#5a5750", "#d9d5cb", "#ffffff"
ACCENT, SIGN, GOAL = "#1f6b4a", "#8a5a00", "#1d5c8f"
MOST_MARKED = 150
"""With more points than these, only the line is drawn: dots would run into one another."""
REMEMBERED = 128
STRIP = 24
"""Room at the foot of a picture for the bars of one kind of sign."""

_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_NOT_OURS = ("metadata", "style")
one_at_a_time = threading.Lock()
"""matplotlib's settings are the process's own, so one chart is drawn at a time."""


class Look(NamedTuple):
    """What is drawn beside the points."""

    unit: str = ""
    goal: float | None = None
    median: bool = True


class Size(NamedTuple):
    """Of a picture, in the page's pixels."""

    name: str
    width: int
    height: int
    right: int
    """Room for the words beside the lines."""
    ticks: int


WIDE = Size("wide", 720, 330, 92, 8)
NARROW = Size("narrow", 340, 300, 72, 4)


class Noted(NamedTuple):
    """An annotated point, in words."""

    day: str
    words: str


class Drawn(NamedTuple):
    """A chart, ready for a page."""

    pictures: Markup
    sentences: tuple[str, ...]
    notes: tuple[Noted, ...]
    """In the order of the numbers that stand for them in the picture, from 1."""
    digest: str
    """Of everything that shows."""


def drawn(points: Sequence[Point], look: Look, title: str) -> Drawn | None:
    """The chart of `points` in the language of this moment; None when there are none.

    Drawing takes a tenth of a second; the last charts are remembered.
    """
    return _drawn(tuple(points), look, title, current()) if points else None


@lru_cache(maxsize=REMEMBERED)
def _drawn(points: tuple[Point, ...], look: Look, title: str, language: str) -> Drawn | None:
    with speaking(language):
        chart = run_chart(points)
        if chart is None:
            return None
        said = tuple(sentences(chart, look.unit, look.goal))
        digest = hashlib.sha256(repr((points, look, title, language)).encode()).hexdigest()[:16]
        with one_at_a_time:
            pictures = [_picture(chart, look, title, said, size, digest) for size in (WIDE, NARROW)]
        noted = tuple(Noted(day(one.at), one.note) for one in chart.points if one.note)
    return Drawn(Markup("").join(pictures), said, noted, digest)


def _picture(
    chart: RunChart, look: Look, title: str, said: Sequence[str], size: Size, digest: str
) -> Markup:
    return as_picture(_written(chart, look, size, digest), size, title, said, digest)


def as_picture(svg: str, size: Size, title: str, said: Sequence[str], digest: str) -> Markup:
    """What the library wrote, fit to stand in a page, with its title and what it says in words."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    own = f"chart-{digest}-{size.name}"
    _tidy(root, own)
    body = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    body = body.replace(f' xmlns:ns0="{_SVG}"', "").replace("<ns0:", "<").replace("</ns0:", "</")
    return Markup(
        '<svg class="chart__picture chart__picture--{name}" viewBox="0 0 {width} {height}"'
        ' width="{width}" height="{height}" role="img" aria-labelledby="{own}-title {own}-desc">'
        '<title id="{own}-title">{title}</title><desc id="{own}-desc">{said}</desc>{body}</svg>'
    ).format(
        name=size.name,
        width=size.width,
        height=size.height,
        own=own,
        title=escape(title),
        said=" ".join(said),
        body=Markup(body),  # noqa: S704 - paths and text that were escaped as they were written
    )


def _written(chart: RunChart, look: Look, size: Size, digest: str) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    # One point is one pixel: the figure is measured in inches, of which each has 72.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": digest, "font.size": 14}
    with matplotlib.rc_context(settings):
        made = Figure(figsize=(size.width / 72, size.height / 72), dpi=72)
        made.patch.set_visible(False)
        axes = made.add_axes(_area(chart, look, size))
        _axes(axes, chart, look, size)
        _points(axes, chart)
        _signs(axes, chart)
        _lines(axes, chart, look)
        file = io.StringIO()
        made.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def _area(chart: RunChart, look: Look, size: Size) -> tuple[float, float, float, float]:
    """Where the axes stand, in parts of the picture: the figures at the left need more or less."""
    values = [abs(point.value) for point in chart.points]
    left = 16 + 8 * max(3, len(figure(max([*values, abs(look.goal or 0)]))))
    bottom, top = 34, 30
    width = size.width - left - size.right
    height = size.height - bottom - top
    return left / size.width, bottom / size.height, width / size.width, height / size.height


def _axes(axes: Any, chart: RunChart, look: Look, size: Size) -> None:
    from matplotlib import dates
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.patch.set_visible(False)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(MUTED)
    values = [point.value for point in chart.points]
    values += [look.goal] if look.goal is not None else []
    low, high = min(values), max(values)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    bottom, top = 0.0 if 0 <= low < high - low else low - room, high + room
    strips = STRIP * len(_kinds(chart)) / axes.get_window_extent().height
    axes.set_ylim(bottom - (top - bottom) * strips / (1 - strips), top)
    first, last = chart.points[0].at, chart.points[-1].at
    span = max((last - first).days, 1)
    axes.set_xlim(first.toordinal() - _EPOCH - span * 0.03, last.toordinal() - _EPOCH + span * 0.03)
    axes.xaxis_date()
    locator: Any = dates.AutoDateLocator  # the library leaves its own types out here
    axes.xaxis.set_major_locator(locator(minticks=2, maxticks=size.ticks))
    single = span <= 7 * 31
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda at, _place: short_day(date.fromordinal(int(at) + _EPOCH), single))
    )
    axes.set_yticks(
        [one for one in MaxNLocator(5).tick_values(bottom, top) if bottom <= one <= top]
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: figure(value)))
    axes.tick_params(length=0, pad=8, labelcolor=MUTED)
    axes.grid(axis="y", color=LINE, linewidth=1)
    axes.set_axisbelow(True)


_EPOCH = 719163
"""1 January 1970, from which matplotlib counts days, as Python counts them."""


def _points(axes: Any, chart: RunChart) -> None:
    days = [point.at.toordinal() - _EPOCH for point in chart.points]
    values = [point.value for point in chart.points]
    marked = len(days) <= MOST_MARKED
    axes.plot(
        days,
        values,
        color=ACCENT,
        linewidth=2,
        marker="o" if marked else None,
        markersize=7,
        markeredgewidth=0,
        clip_on=False,
    )
    # Around the point, so that it is told apart without its color too.
    unusual = list(chart.astronomical)
    axes.plot(
        [days[number] for number in unusual],
        [values[number] for number in unusual],
        color=SIGN,
        linestyle="none",
        marker="o",
        markersize=15,
        markerfacecolor="none",
        markeredgewidth=2,
        clip_on=False,
    )
    noted = [number for number, point in enumerate(chart.points) if point.note]
    for number, index in enumerate(noted if marked else (), start=1):
        axes.annotate(
            str(number),
            (days[index], values[index]),
            xytext=(0, 15),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=12,
            color=INK,
            bbox={"boxstyle": "circle,pad=0.3", "fc": CARD, "ec": INK, "lw": 1},
            annotation_clip=False,
        )


def _signs(axes: Any, chart: RunChart) -> None:
    """A bar under each shift and each trend, from its first point to its last, with its name."""
    from matplotlib.transforms import blended_transform_factory

    beneath = blended_transform_factory(axes.transData, axes.transAxes)
    height = axes.get_window_extent().height
    for place, kind in enumerate(_kinds(chart)):
        level = (6 + place * STRIP) / height
        for one in (one for one in chart.stretches if one.kind == kind):
            days = [chart.points[index].at.toordinal() - _EPOCH for index in (one.first, one.last)]
            axes.plot(
                days,
                [level, level],
                transform=beneath,
                color=SIGN,
                linewidth=4,
                solid_capstyle="round",
            )
            axes.annotate(
                _("Shift") if kind == "shift" else _("Trend"),
                (days[0], level),
                xycoords=beneath,
                xytext=(-1, 4),
                textcoords="offset points",
                va="bottom",
                fontsize=12,
                color=SIGN,
                annotation_clip=False,
            )


def _kinds(chart: RunChart) -> list[str]:
    return sorted({one.kind for one in chart.stretches})


def _lines(axes: Any, chart: RunChart, look: Look) -> None:
    """The median and the goal, each with its words at the right, apart from one another."""
    from matplotlib.transforms import blended_transform_factory

    lines: list[tuple[float, str, str, Any]] = []
    if look.median and len(chart.points) > 1:
        lines.append((chart.median, _("Median"), INK, (0, (6, 4))))
    if look.goal is not None:
        lines.append((look.goal, _("Goal"), GOAL, (0, (1.5, 3))))
    lines.sort(key=lambda one: one[0])
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    low, high = axes.get_ylim()
    height = axes.get_window_extent().height
    apart = 0.0
    if len(lines) == 2:
        apart = max(0.0, 40 - (lines[1][0] - lines[0][0]) / (high - low) * height) / 2
    for place, (value, words, colour, dashes) in enumerate(lines):
        axes.axhline(value, color=colour, linewidth=1.5, linestyle=dashes)
        axes.annotate(
            f"{words}\n{figure(value, look.unit)}",
            (1, value),
            xycoords=beside,
            xytext=(8, (-apart, apart)[place] if len(lines) == 2 else 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=13,
            color=colour,
            annotation_clip=False,
        )


def _tidy(root: ElementTree.Element, own: str) -> None:
    """Makes the library's SVG fit to stand in a page: see above."""
    for parent in root.iter():
        for child in [one for one in parent if one.tag.rpartition("}")[2] in _NOT_OURS]:
            parent.remove(child)
    referred = {link[1:] for one in root.iter() if (link := one.get(_LINK))}
    for one in root.iter():
        for name, said in _declared(one.attrib.pop("style", "")):
            one.set(name, said)
        id = one.attrib.pop("id", "")
        if id in referred or one.tag.endswith("clipPath"):
            one.set("id", f"{own}-{id}")
        if link := one.attrib.pop(_LINK, ""):
            one.set("href", f"#{own}-{link[1:]}")
        if clip := one.get("clip-path"):
            one.set("clip-path", clip.replace("url(#", f"url(#{own}-"))
        if (turned := one.get("transform", "")).startswith("rotate(-0 "):
            del one.attrib["transform"]
        for name in ("d", "x", "y", "transform"):
            if name in one.attrib and turned.startswith("rotate") * (name == "transform") == 0:
                one.set(name, _rounded(one.attrib[name]))
        one.text = (one.text or "").strip() or None
        one.tail = None


def _declared(style: str) -> list[tuple[str, str]]:
    """`fill: none; stroke: #000` as attributes, but for fonts, which the page has its own of."""
    pairs = (one.partition(":") for one in style.split(";") if one.strip())
    said = [(name.strip(), value.strip()) for name, _colon, value in pairs]
    return [(name, value) for name, value in said if name != "font-family"]


def _rounded(numbers: str) -> str:
    shorter = re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}", numbers)
    return re.sub(r"\.0\b", "", re.sub(r"\s+", " ", shorter)).strip()
