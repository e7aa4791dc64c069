"""The shapes of badges: their outlines at any size, and how much room words have in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import cos, hypot, pi, sin
from typing import Final

from engine.awards.typesetting.drawing import Point, Step, circle, moved, polar
from engine.credentials.badge_design import Shape

SIDE: Final = 200.0
"""A badge is a square of 200 × 200 points."""
CENTRE: Final = (SIDE / 2, SIDE / 2)

_SHIELD: Final[tuple[Step, ...]] = (
    # About the point that all its outlines shrink towards, as parts of its outermost radius.
    ("M", (0.0, -1.0)),
    ("C", (0.2, -0.9, 0.5, -0.82, 0.84, -0.84)),
    ("L", (0.84, 0.02)),
    ("C", (0.84, 0.5, 0.42, 0.84, 0.0, 1.02)),
    ("C", (-0.42, 0.84, -0.84, 0.5, -0.84, 0.02)),
    ("L", (-0.84, -0.84)),
    ("C", (-0.5, -0.82, -0.2, -0.9, 0.0, -1.0)),
    ("Z", ()),
)


def outline(shape: Shape, radius: float) -> tuple[Step, ...]:
    """The shape around the middle of the badge, `radius` points from there to its top."""
    match shape:
        case "hexagon":
            corners = [
                (CENTRE[0] + radius * sin(turn * pi / 3), CENTRE[1] - radius * cos(turn * pi / 3))
                for turn in range(6)
            ]
            return _rounded(corners, radius * 0.09)
        case "shield":
            return moved(_SHIELD, (radius, 0, 0, radius, *CENTRE))
        case "rosette":
            return polar(CENTRE, lambda angle: radius * (0.97 + 0.03 * cos(24 * angle)), 192)
        case "circle":
            return circle(CENTRE, radius)


def field(shape: Shape, radius: float) -> tuple[Step, ...]:
    """What the outline encloses: of a rosette the disk within its scallops."""
    return circle(CENTRE, radius * 0.95) if shape == "rosette" else outline(shape, radius)


def _rounded(corners: Sequence[Point], radius: float) -> tuple[Step, ...]:
    """A polygon whose corners are cut off `radius` points before them, and bent."""
    steps: list[Step] = []
    for index, corner in enumerate(corners):
        before, after = corners[index - 1], corners[(index + 1) % len(corners)]
        here, there = _towards(corner, before, radius), _towards(corner, after, radius)
        first, second = (
            _towards(corner, before, radius * 0.4),
            _towards(corner, after, radius * 0.4),
        )
        steps += [("L" if steps else "M", here), ("C", (*first, *second, *there))]
    return (*steps, ("Z", ()))


def _towards(one: Point, other: Point, far: float) -> Point:
    share = far / hypot(other[0] - one[0], other[1] - one[1])
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def room(shape: Shape, radius: float, y: float) -> float:
    """How far the shape reaches to either side of its middle at the height `y`; 0 outside it."""
    points = _points(shape, radius)
    found = [
        abs(x + (y - top) * (other - x) / (bottom - top) - CENTRE[0])
        for (x, top), (other, bottom) in zip(points, (*points[1:], points[0]), strict=True)
        if top != bottom and min(top, bottom) <= y <= max(top, bottom)
    ]
    return min(found, default=0.0)


@cache
def _points(shape: Shape, radius: float) -> tuple[Point, ...]:
    """The outline as a polygon; eight points for each of its curves."""
    points: list[Point] = []
    for pen, at in field(shape, radius):
        if pen == "C":
            start = points[-1]
            points += [_on_curve(start, at, part / 8) for part in range(1, 9)]
        elif at:
            points.append((at[0], at[1]))
    return tuple(points)


def _on_curve(start: Point, at: tuple[float, ...], part: float) -> Point:
    rest = 1 - part
    weights = (rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3)
    xs, ys = (start[0], *at[::2]), (start[1], *at[1::2])
    x = sum(weight * value for weight, value in zip(weights, xs, strict=True))
    y = sum(weight * value for weight, value in zip(weights, ys, strict=True))
    return x, y
