"""Keyset pages: the rows that follow the last one seen.

An offset reads everything that it skips, and shows a row twice when one is added meanwhile; a
cursor does neither. A cursor is `SORT~ID`, the sort value and id of the last row shown, and
travels in the address. One that was tampered with starts again at the first page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

PAGE_ROWS = 50

Row = TypeVar("Row")
Moments = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows in order, and the cursor of those after them; empty when these are the last."""

    rows: tuple[Row, ...]
    following: str


def cut(
    found: Sequence[Row], key: Callable[[Row], tuple[str | datetime, str]], limit: int = PAGE_ROWS
) -> Page[Row]:
    """A page of at most `limit` of `found`, which was asked for with one row more than that."""
    rows = tuple(found[:limit])
    return Page(rows, _cursor(*key(rows[-1])) if len(found) > limit else "")


def older(at: Moments, id: InstrumentedAttribute[str], cursor: str) -> list[ColumnElement[bool]]:
    """The condition of a list with the newest first; empty for its first page."""
    if (last := _last(at, id, cursor)) is None:
        return []
    return [tuple_(at, id) < last]


def newer(at: Moments, id: InstrumentedAttribute[str], cursor: str) -> list[ColumnElement[bool]]:
    """The condition of a list with the oldest first; empty for its first page."""
    if (last := _last(at, id, cursor)) is None:
        return []
    return [tuple_(at, id) > last]


def later_name(
    name: ColumnElement[str], id: InstrumentedAttribute[str], cursor: str
) -> list[ColumnElement[bool]]:
    """The condition of a list in the order of names; empty for its first page."""
    sort, found, last = cursor.rpartition("~")
    if not found:
        return []
    return [tuple_(name, id) > tuple_(_literal(name, sort), _literal(id, last))]


def _last(at: Moments, id: InstrumentedAttribute[str], cursor: str) -> Any:
    """The moment and id that a cursor holds; None where it holds none."""
    sort, found, last = cursor.rpartition("~")
    try:
        moment = datetime.fromisoformat(sort)
        if not found or moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and last days of the calendar have no UTC
        return None
    return tuple_(_literal(at, moment), _literal(id, last))


def _literal(like: ColumnElement[Any] | InstrumentedAttribute[Any], value: object) -> Any:
    # A bare value inside a tuple would lose the column's type, and with it the UTC conversion.
    return literal(value, like.type)


def _cursor(sort: str | datetime, id: str) -> str:
    text = sort.astimezone(UTC).isoformat() if isinstance(sort, datetime) else sort
    return f"{text}~{id}"
