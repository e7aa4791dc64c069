"""The functions that rules may call: dates and spans, lists, numbers, texts.

Each gets what `cel` hands over (numbers are floats) and raises `ValueError` in words for the
document's author. `rules` counts what they are given, so none may do more than look at it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

import cel


class Function(NamedTuple):
    """A function that expressions may call: what it does, and how many arguments it takes."""

    call: Callable[..., Any]
    arguments: tuple[int, ...]


class NotADate(ValueError):
    """Text that `date` cannot read."""


def _as_day(text: Any) -> date:
    if isinstance(text, datetime):
        return text.date()
    try:
        return datetime.fromisoformat(str(text)).date()
    except ValueError:
        raise NotADate(f"{text!r} is not a date such as 2026-03-12") from None


def _moment(text: Any) -> datetime:
    return datetime.combine(_as_day(text), time(), UTC)


def _days_between(start: Any, end: Any) -> float:
    return float((_as_day(end) - _as_day(start)).days)


def _months_between(start: Any, end: Any) -> float:
    """Whole calendar months from `start` to `end`: 31 January to 28 February is one (the month
    has no later day), 15 January to 14 February none."""
    first, last = _as_day(start), _as_day(end)
    if last < first:
        return -_months_between(end, start)
    months = (last.year - first.year) * 12 + last.month - first.month
    ends_its_month = (last.toordinal() + 1 > date.max.toordinal()) or (
        date.fromordinal(last.toordinal() + 1).day == 1
    )
    return float(months if last.day >= first.day or ends_its_month else months - 1)


def _key(value: Any) -> Any:
    if isinstance(value, Mapping):
        return ("map", tuple(sorted((str(k), _key(v)) for k, v in value.items())))
    if isinstance(value, list):
        return ("list", tuple(_key(one) for one in value))
    return (isinstance(value, bool), value)


def _folded(value: Any) -> Any:
    """A name as a person compares it: `José  PÉREZ` and `jose perez` are the same."""
    if not isinstance(value, str):
        return value
    apart = unicodedata.normalize("NFKD", value.casefold())
    return " ".join("".join(one for one in apart if not unicodedata.combining(one)).split())


def _distinct(items: list[Any]) -> list[Any]:
    first_of: dict[Any, Any] = {}
    for one in _list(items):
        first_of.setdefault(_key(one), one)
    return list(first_of.values())


def _same_set(one: list[Any], other: list[Any]) -> bool:
    """Whether two lists hold the same things, order and repeats aside. Texts are compared as a
    person would: `Ana  Peña` and `ana pena` are the same."""
    first, second = ({_key(_folded(item)) for item in _list(side)} for side in (one, other))
    return first == second


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list is needed")
    return value


def numbers(*values: Any) -> list[float]:
    items = _list(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in items):
        raise ValueError("numbers are needed")
    return [float(one) for one in items]


def _size(value: Any) -> float:
    if not isinstance(value, str | list | Mapping):
        raise ValueError("size needs a list or text")
    return float(len(value))


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "true" if value is True else "false" if value is False else str(value)


def _matches(text: str, pattern: str) -> bool:
    # Linear in Rust; Python's `re` could take for ever on a hostile pattern.
    try:
        return bool(_MATCHES.execute({"text": text, "pattern": pattern}))
    except RuntimeError:
        raise ValueError(f"{pattern!r} is not a regular expression") from None


_MATCHES = cel.compile("text.matches(pattern)")

FUNCTIONS: Mapping[str, Function] = {
    "date": Function(_moment, (1,)),
    "days_between": Function(_days_between, (2,)),
    "months_between": Function(_months_between, (2,)),
    "distinct": Function(_distinct, (1,)),
    "same_set": Function(_same_set, (2,)),
    "size": Function(_size, (1,)),
    "sum": Function(lambda *them: float(sum(numbers(*them))), (1,)),
    "min": Function(lambda *them: min(numbers(*them)), (1, 2, 3, 4)),
    "max": Function(lambda *them: max(numbers(*them)), (1, 2, 3, 4)),
    "abs": Function(lambda number: abs(numbers(number)[0]), (1,)),
    "number": Function(float, (1,)),
    "string": Function(_text, (1,)),
    "contains": Function(lambda where, what: what in where, (2,)),
    "startsWith": Function(lambda text, start: str(text).startswith(start), (2,)),
    "endsWith": Function(lambda text, end: str(text).endswith(end), (2,)),
    "matches": Function(_matches, (2,)),
    "lower": Function(lambda text: str(text).lower(), (1,)),
    "folded": Function(_folded, (1,)),
    "trim": Function(lambda text: str(text).strip(), (1,)),
}
"""What expressions may call, besides `has` and the loops `all`, `exists`, `exists_one`, `map` and
`filter`. Every one may be written as a method: `self.rows.size()`."""
