"""What a run chart says, in words: dates, figures, and each sign as a sentence of its own.

Nobody has to see the picture to know what is in it, and nobody has to know the rules to read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from babel.dates import format_date

from engine import phrases
from engine.forms.run_chart import FEWEST, Point, RunChart, Stretch
from engine.languages import N_, _, ngettext
from engine.phrases import day, locale

MOST_FAR = 3
"""So many points are named to look at; where there are more, the eye needs no help."""
_SPELLED = (
    *(N_("five"), N_("six"), N_("seven"), N_("eight")),
    *(N_("nine"), N_("ten"), N_("eleven"), N_("twelve")),
)


def short_day(at: date, with_day: bool) -> str:
    """A day for the foot of a chart: `12 Mar`, or `Mar 2026` where single days would crowd."""
    return format_date(at, "d MMM" if with_day else "MMM y", locale=locale())


def figure(value: float, unit: str = "") -> str:
    """A number with its unit: `1,500`, `71.5 %`."""
    return f"{phrases.figure(round(value, 4))} {unit}".strip()


def sentences(chart: RunChart, unit: str = "", goal: float | None = None) -> list[str]:
    """The chart in sentences: how much there is, then each sign, or that there is none."""
    said = [_summary(chart, unit, goal)]
    signs = [_stretch(chart, one) for one in chart.stretches]
    signs += _runs(chart)
    signs += [_astronomical(chart.points[number], unit) for number in chart.astronomical]
    if not signs:
        signs = [_none(chart)]
    return said + signs + [_look(chart.points[number], unit) for number in chart.far[:MOST_FAR]]


def _none(chart: RunChart) -> str:
    if chart.limits is None:
        return _few(chart)
    return _(
        "No sign of more than chance: no shift, no trend, and %(runs)s runs, where chance"
        " gives %(least)s to %(most)s.",
        runs=chart.runs,
        least=chart.limits.least,
        most=chart.limits.most,
    )


def _astronomical(point: Point, unit: str) -> str:
    return _(
        "An astronomical point: %(value)s on %(day)s is obviously different from the others, by"
        " the judgment of whoever entered it.",
        value=figure(point.value, unit),
        day=day(point.at),
    )


def _look(point: Point, unit: str) -> str:
    return _(
        "Have a look at %(value)s on %(day)s: it lies far from the others. Whether it is an"
        " astronomical point is for people to judge.",
        value=figure(point.value, unit),
        day=day(point.at),
    )


def _summary(chart: RunChart, unit: str, goal: float | None) -> str:
    first, last = chart.points[0].at, chart.points[-1].at
    if len(chart.points) == 1:
        said = _("One point so far, on %(day)s.", day=day(first))
    else:
        said = _(
            "%(count)s points from %(first)s to %(last)s. The median is %(median)s.",
            count=len(chart.points),
            first=day(first, first.year != last.year),
            last=day(last),
            median=figure(chart.median, unit),
        )
    if goal is None:
        return said
    wanted = _("The goal is %(goal)s.", goal=figure(goal, unit))
    return f"{said} {wanted}"


def _stretch(chart: RunChart, one: Stretch) -> str:
    first, last = chart.points[one.first].at, chart.points[one.last].at
    values = {
        "count": _count(one.size),
        "first": day(first, first.year != last.year),
        "last": day(last, chart.points[0].at.year != chart.points[-1].at.year),
    }
    if one.kind == "shift" and one.up:
        return _(
            "A shift: the %(count)s points from %(first)s to %(last)s are all above the median.",
            **values,
        )
    if one.kind == "shift":
        return _(
            "A shift: the %(count)s points from %(first)s to %(last)s are all below the median.",
            **values,
        )
    if one.up:
        return _(
            "A trend: the %(count)s points from %(first)s to %(last)s go up every time.", **values
        )
    return _(
        "A trend: the %(count)s points from %(first)s to %(last)s go down every time.", **values
    )


def _runs(chart: RunChart) -> Iterator[str]:
    if chart.limits is None:
        return
    values = {"runs": chart.runs, "least": chart.limits.least, "most": chart.limits.most}
    if chart.too_few:
        yield _(
            "Too few runs: the line is on one side of the median only %(runs)s times, where chance"
            " gives %(least)s to %(most)s. Something changed and stayed changed.",
            **values,
        )
    if chart.too_many:
        yield _(
            "Too many runs: the line changes sides so often that there are %(runs)s runs, where"
            " chance gives %(least)s to %(most)s. Perhaps two different things are measured in"
            " turn.",
            **values,
        )


def _few(chart: RunChart) -> str:
    missing = FEWEST - chart.useful
    if missing > 0:
        return ngettext(
            "No shift and no trend so far. With one more point off the median, the number of runs"
            " can be judged too.",
            "No shift and no trend so far. With %(count)s more points off the median, the number"
            " of runs can be judged too.",
            missing,
        )
    return _("No shift and no trend so far.")


def _count(count: int) -> str:
    return _(_SPELLED[count - 5]) if count - 5 < len(_SPELLED) else str(count)
