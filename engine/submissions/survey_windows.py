"""When a wave of a survey may open: so many calendar months after another, or within a window of
the school year. Days are those of the installation's time zone."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from typing import NamedTuple

from engine.settings import Settings


class Window(NamedTuple):
    """The first and the last day, both of them within."""

    first: date
    last: date


def local_day(settings: Settings, at: datetime) -> date:
    return at.astimezone(settings.time_zone).date()


def last_day(settings: Settings, closes_at: datetime) -> date:
    """The last day on which something is open that closes at midnight."""
    return local_day(settings, closes_at - timedelta(seconds=1))


def months_after(day: date, months: int) -> date:
    """So many calendar months later: 31 August and six is 28 February, or 29."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def end_of_school_year(window: str, day: date) -> Window:
    """The window that `day` is in, or else the next one. A `window` is its first and last day,
    `05-01/06-30`, and may go over New Year."""
    first, _, last = window.partition("/")
    found = [_in_year(first, last, day.year + years) for years in (-1, 0, 1)]
    return next(one for one in found if day <= one.last)


def is_day(text: str) -> bool:
    """Whether `text` is a day of some year: `02-29` is, `06-31` is not."""
    try:
        month, day = (int(part) for part in text.split("-"))
        return bool(date(2000, month, day))
    except ValueError:
        return False


def _in_year(first: str, last: str, year: int) -> Window:
    begins = _day(first, year)
    ends = _day(last, year)
    return Window(begins, ends if ends >= begins else _day(last, year + 1))


def _day(text: str, year: int) -> date:
    month, day = (int(part) for part in text.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
