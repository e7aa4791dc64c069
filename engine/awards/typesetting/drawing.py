"""Lines on paper: a drawing as plain values, told as SVG or as PDF operators.

The border, the seal and the QR code are computed once and drawn often. As values they can be
cached, compared in tests, shown on a web page (SVG) and printed without being parsed again
(operators). Coordinates are points, y downwards; colours are `#RRGGBB`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import cos, pi, sin

Point = tuple[float, float]
Step = tuple[str, tuple[float, ...]]
"""One move of the pen: `M`, `L`, `C` or `Z` as in SVG, absolute, with its coordinates; or a whole
rectangle, `R`: left, top, width, height."""
Matrix = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_WHOLE = {int}
_OPERATORS = {"M": "m", "L": "l", "C": "c", "Z": "h", "R": "re"}


@dataclass(frozen=True)
class Mark:
    """One path in one colour: a line of the given width, or an area when the width is 0."""

    path: tuple[Step, ...]
    colour: str
    width: float = 0


@dataclass(frozen=True, eq=False)
class Drawing:
    """Marks on a sheet of `width` × `height` points, printed once per matrix in `copies`.

    Equal only to itself: comparing thousands of steps is never what one wants; compare `svg()`.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    copies: tuple[Matrix, ...] = (IDENTITY,)

    def svg(self, title: str = "") -> str:
        """A standalone SVG document: a picture named `title`; without one it is decorative, so
        hidden from screen readers."""
        body = "".join(_svg_mark(mark) for mark in self.marks)
        groups = "".join(
            f'<g transform="matrix({_numbers(matrix)})">{body}</g>' for matrix in self.copies
        )
        size = f"{_number(self.width)} {_number(self.height)}"
        role, words = (
            ('role="img"', f"<title>{escape(title)}</title>")
            if title
            else ('aria-hidden="true"', "")
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" {role}'
            f' width="{_number(self.width)}pt" height="{_number(self.height)}pt">'
            f"{words}{groups}</svg>"
        )

    @cached_property
    def operators(self) -> bytes:
        """The marks of one copy as a PDF content stream (ISO 32000-1 §8.5), y downwards."""
        lines = ["1 J 1 j"]
        for mark in self.marks:
            channels = (int(mark.colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
            colour = " ".join(f"{channel:.4g}" for channel in channels)
            lines.append(f"{colour} RG {mark.width:g} w" if mark.width else f"{colour} rg")
            lines += [f"{_numbers(at)} {_OPERATORS[pen]}".lstrip() for pen, at in mark.path]
            lines.append("S" if mark.width else "f")
        return "\n".join(lines).encode("ascii")

    @cached_property
    def plate(self) -> bytes:
        """The operators, compressed (zlib), as a PDF file holds them."""
        return zlib.compress(self.operators, 9)


def polyline(points: Sequence[Point], closed: bool = False) -> tuple[Step, ...]:
    """Straight lines from point to point."""
    steps: list[Step] = [("M", points[0]), *(("L", point) for point in points[1:])]
    return (*steps, ("Z", ())) if closed else tuple(steps)


def smooth(points: Sequence[Point], closed: bool = False) -> tuple[Step, ...]:
    """A curve through every point (Catmull-Rom, written as cubic Béziers)."""
    count = len(points)

    def near(index: int) -> Point:
        return points[index % count] if closed else points[min(max(index, 0), count - 1)]

    steps: list[Step] = [("M", points[0])]
    for index in range(count if closed else count - 1):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = (near(index + by) for by in (-1, 0, 1, 2))
        first = (bx + (cx - ax) / 6, by + (cy - ay) / 6)
        second = (cx - (dx - bx) / 6, cy - (dy - by) / 6)
        steps.append(("C", (*first, *second, cx, cy)))
    return (*steps, ("Z", ())) if closed else tuple(steps)


def circle(centre: Point, radius: float) -> tuple[Step, ...]:
    return polar(centre, lambda _angle: radius, 16)


def polar(centre: Point, radius: Callable[[float], float], samples: int) -> tuple[Step, ...]:
    """The closed curve `radius(angle)` around `centre`, angle in radians from the top."""
    points = []
    for index in range(samples):
        angle = 2 * pi * index / samples
        far = radius(angle)
        points.append((centre[0] + far * sin(angle), centre[1] - far * cos(angle)))
    return smooth(points, closed=True)


def moved(path: Iterable[Step], matrix: Matrix) -> tuple[Step, ...]:
    """The path, without rectangles, under an affine map as in SVG's `matrix()`."""
    a, b, c, d, e, f = matrix

    def at(values: tuple[float, ...]) -> tuple[float, ...]:
        pairs = zip(values[::2], values[1::2], strict=True)
        return tuple(n for x, y in pairs for n in (a * x + c * y + e, b * x + d * y + f))

    return tuple((pen, at(values)) for pen, values in path)


def _svg_mark(mark: Mark) -> str:
    path = "".join(
        f"M{_numbers(values[:2])}h{_number(values[2])}v{_number(values[3])}h{_number(-values[2])}Z"
        if pen == "R"
        else f"{pen}{_numbers(values)}"
        for pen, values in mark.path
    )
    if mark.width:
        ink = f'fill="none" stroke="{mark.colour}" stroke-width="{mark.width:g}"'
        return f'<path {ink} stroke-linecap="round" stroke-linejoin="round" d="{path}"/>'
    return f'<path fill="{mark.colour}" d="{path}"/>'


def _numbers(values: Sequence[float]) -> str:
    if set(map(type, values)) == _WHOLE:  # all of a QR code is
        return " ".join(map(str, values))
    return " ".join(map(_number, values))


def _number(value: float) -> str:
    # A hundredth of a point is finer than any press; rounding keeps files small and equal.
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
