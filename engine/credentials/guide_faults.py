"""What is wrong in a scoring guide beyond its meta-schema: forms, names, scales and notes."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from math import isclose
from typing import Any, TypeGuard

from engine.credentials.credential import steps
from engine.credentials.documents import Document, joined, listing, mapping
from engine.credentials.suggestions import did_you_mean
from engine.errors import Finding

MOST_POINTS = 101
"""Ratings that a scale of steps may offer: more than that nobody tells apart."""


def faults(document: Document, forms: Collection[str]) -> Iterator[Finding]:
    """Everything that is wrong in a credential's scoring guides, given the forms it has."""
    for id, guide in mapping(document.data.get("scoring_guides")).items():
        here = joined("/scoring_guides", id)
        for number, form in enumerate(listing(mapping(guide).get("reviews"))):
            if isinstance(form, str) and form not in forms:
                hint = did_you_mean(form, [one for one in forms if not one.startswith("?")])
                place = joined(here, "reviews", number)
                yield document.finding(place, "unknown-form", f"There is no form {form!r}.", hint)
        yield from _twice(document, here, listing(mapping(guide).get("look_fors")))
        for number, row in enumerate(listing(mapping(guide).get("look_fors"))):
            yield from _look_for(document, joined(here, "look_fors", number), mapping(row))


def _twice(document: Document, here: str, rows: Collection[Any]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        id = mapping(row).get("id")
        if not isinstance(id, str):
            continue
        if id in seen:
            line = document.at(joined(here, "look_fors", seen[id], "id"))[0]
            message = f"The look-for {id!r} is already there in line {line}."
            yield document.finding(joined(here, "look_fors", number, "id"), "duplicate-id", message)
        seen.setdefault(id, number)


def _look_for(document: Document, here: str, row: Mapping[str, Any]) -> Iterator[Finding]:
    notes = mapping(row.get("required_notes"))
    if "scale" not in row:
        if "below" in notes:
            message = "There is no scale here, so no rating can be below anything."
            hint = "Say required_notes: true, or add a scale."
            yield document.finding(
                joined(here, "required_notes", "below"), "bad-scale", message, hint
            )
        return
    if row.get("precheck") is True:
        message = "Whether everything is answered is a Y or an N; it can't be given as a rating."
        hint = "Leave out precheck, or the scale."
        yield document.finding(joined(here, "precheck"), "bad-scale", message, hint)
    ratings = yield from _scale(document, joined(here, "scale"), mapping(row["scale"]))
    for place, what, value in (
        (joined(here, "scale", "met"), "met", mapping(row["scale"]).get("met")),
        (joined(here, "required_notes", "below"), "below", notes.get("below")),
    ):
        if ratings and _number(value) and not ratings[0] < value <= ratings[-1]:
            message = f"With {what}: {value:g} every rating is on the same side."
            hint = f"Choose one above {ratings[0]:g} and up to {ratings[-1]:g}."
            yield document.finding(place, "bad-scale", message, hint)


def _scale(
    document: Document, here: str, scale: Mapping[str, Any]
) -> Generator[Finding, None, list[float]]:
    """Yields findings; returns the ratings, or an empty list where they can't be told."""
    if "points" in scale:
        others = [key for key in ("min", "max", "step") if key in scale]
        if others:
            message = f"A scale has named points, or {', '.join(others)}; not both."
            yield document.finding(joined(here, others[0]), "bad-scale", message, key=True)
        return (yield from _points(document, joined(here, "points"), listing(scale["points"])))
    missing = [key for key in ("min", "max", "step") if key not in scale]
    if missing:
        message = f"A scale needs points, or min, max and step: {', '.join(missing)} is missing."
        yield document.finding(here, "bad-scale", message, key=True)
        return []
    least, most, step = scale["min"], scale["max"], scale["step"]
    if not all(_number(one) for one in (least, most, step)) or step <= 0:
        return []  # the meta-schema says so
    if least >= most:
        message = f"The highest rating, {most:g}, is not above the lowest, {least:g}."
        yield document.finding(joined(here, "max"), "bad-scale", message)
        return []
    if (most - least) / step > MOST_POINTS - 1:
        message = f"That is more than {MOST_POINTS} ratings."
        yield document.finding(joined(here, "step"), "bad-scale", message, "Use larger steps.")
        return []
    ratings = list(steps(least, most, step))
    if not isclose(ratings[-1], most, abs_tol=1e-6):
        message = f"From {least:g} in steps of {step:g} one does not come to {most:g}."
        yield document.finding(joined(here, "step"), "bad-scale", message)
        return []
    return ratings


def _points(
    document: Document, here: str, points: Collection[Any]
) -> Generator[Finding, None, list[float]]:
    values: list[float] = []
    for number, point in enumerate(points):
        value = mapping(point).get("value")
        if not _number(value):
            return []
        if values and value <= values[-1]:
            message = f"{value:g} does not come after {values[-1]:g}: the lowest rating is first."
            yield document.finding(joined(here, number, "value"), "bad-scale", message)
            return []
        values.append(value)
    return values


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
