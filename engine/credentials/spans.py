"""Spans of time as documents write them: ISO 8601 durations, and business days.

`P14D` is fourteen days, `PT2H` two hours, `10 business days` ten days that are neither weekend nor
holiday. Days, weeks, months and years are counted by the calendar of a time zone: a day later is
the same time of day, whatever summer time does in between.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from isoduration import parse_duration  # type: ignore[import-untyped]
from isoduration.types import Duration, TimeDuration  # type: ignore[import-untyped]

from engine.languages import ngettext

_BUSINESS = re.compile(r"([0-9]{1,4}) business days?")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = timedelta(days=366 * 100)


@dataclass(frozen=True)
class Calendar:
    """Which days count as business days, and whose midnight is meant."""

    weekend: frozenset[int] = frozenset({5, 6})
    """Days of the week, Monday is 0."""
    holidays: frozenset[date] = field(default_factory=frozenset)
    zone: tzinfo = UTC

    def is_business_day(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays


class BadSpan(ValueError):
    """Text that is no span of time."""


@dataclass(frozen=True)
class Span:
    """A span of time. Make one with `span_of`."""

    text: str
    business_days: int = 0

    def after(self, moment: datetime, calendar: Calendar) -> datetime:
        """The moment this span after `moment`, in UTC."""
        return self._counted(moment, calendar, 1)

    def before(self, moment: datetime, calendar: Calendar) -> datetime:
        """The moment this span before `moment`, in UTC."""
        return self._counted(moment, calendar, -1)

    def _counted(self, moment: datetime, calendar: Calendar, sign: int) -> datetime:
        local = moment.astimezone(calendar.zone)
        if self.business_days:
            day, left = local.date(), self.business_days
            while left:
                day += timedelta(days=sign)
                left -= calendar.is_business_day(day)
            return local.replace(year=day.year, month=day.month, day=day.day).astimezone(UTC)
        duration = parse_duration(self.text)
        # Days by the clock on the wall, hours by the clock that never jumps.
        days, clock = Duration(duration.date, TimeDuration()), duration.time
        wall: datetime = local.replace(tzinfo=None) + (days if sign > 0 else -days)
        hours = timedelta(
            hours=float(clock.hours), minutes=float(clock.minutes), seconds=float(clock.seconds)
        )
        return wall.replace(tzinfo=calendar.zone).astimezone(UTC) + sign * hours


@lru_cache(maxsize=1024)
def span_of(text: str) -> Span:
    """The span that `text` writes. Raises `BadSpan`: unreadable, empty, or over a century."""
    if found := _BUSINESS.fullmatch(text.strip()):
        if not int(found[1]):
            raise BadSpan(f"{text!r} is no time at all")
        return Span(text, int(found[1]))
    try:
        duration = parse_duration(text)
        start = datetime(2000, 1, 1, tzinfo=UTC)
        end = start + duration
    except (ValueError, OverflowError) as error:
        raise BadSpan(
            f"{text!r} is no span of time such as P14D, PT2H or 10 business days"
        ) from error
    if not start < end <= start + LONGEST:
        raise BadSpan(f"{text!r} is no time at all, or more than a century")
    return Span(text)


def in_words(span: Span) -> str:
    """The span as people say it, in the language of the moment: "14 days"."""
    if days := span.business_days:
        return ngettext("%(count)s business day", "%(count)s business days", days)
    duration = parse_duration(span.text)
    weeks, days = int(duration.date.weeks), int(duration.date.days)
    hours, minutes = int(duration.time.hours), int(duration.time.minutes)
    years, months = int(duration.date.years), int(duration.date.months)
    parts = [
        ngettext("%(count)s year", "%(count)s years", years) if years else "",
        ngettext("%(count)s month", "%(count)s months", months) if months else "",
        ngettext("%(count)s week", "%(count)s weeks", weeks) if weeks else "",
        ngettext("%(count)s day", "%(count)s days", days) if days else "",
        ngettext("%(count)s hour", "%(count)s hours", hours) if hours else "",
        ngettext("%(count)s minute", "%(count)s minutes", minutes) if minutes else "",
    ]
    return ", ".join(part for part in parts if part) or span.text


def calendar_of(
    weekend: Collection[str] | None, holidays: Collection[str], zone: tzinfo
) -> Calendar:
    """A calendar from the words of a document: names of weekdays, and ISO dates."""
    days = frozenset({5, 6}) if weekend is None else {WEEKDAYS.index(one) for one in weekend}
    return Calendar(frozenset(days), frozenset(date.fromisoformat(one) for one in holidays), zone)
