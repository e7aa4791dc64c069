"""Dates, durations, numbers and lists, as people write them in the language of the moment.

Here and nowhere else: `12 March 2026` and `12 de marzo de 2026`, `A, B or C` and `A, B o C`.
Moments are said in the time zone of the moment, as words are in its language: who knows whose it
is says `with in_zone(…)`. Until somebody does it is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from engine.languages import LANGUAGES, _, current, ngettext
from engine.time_zones import time_zones

LOCALES: Final = {"en": "en_GB", "es": "es_419"}
"""Where each language's dates and numbers come from: the day before its month, and for Spanish
the figures of Latin America (`1,500.5`), which are the English ones too."""

_PATTERNS: Final = {
    "en": {"day": "d MMMM", "month": "MMMM y"},
    "es": {"day": "d 'de' MMMM", "month": "MMMM 'de' y"},
}
_LITTLE_WORDS = re.compile(r"(?<=\d)(st|nd|rd|th|º|er)\b|\b(de|del|of|the|el)\b|[.,]+")


_zone: ContextVar[tzinfo] = ContextVar("zone", default=UTC)


@contextmanager
def in_zone(*names: str) -> Iterator[None]:
    """Every moment said inside is said in the first of these IANA time zones that is one; where
    none is, in UTC."""
    token = _zone.set(zone_named(*names))
    try:
        yield
    finally:
        _zone.reset(token)


def zone_named(*names: str) -> tzinfo:
    """The first of these IANA time zones that is one, such as a person's own and then the
    installation's; UTC where none is."""
    for name in names:
        if name in time_zones():
            return ZoneInfo(name)
    return UTC


def zone() -> tzinfo:
    """The time zone of this moment."""
    return _zone.get()


def locale() -> str:
    """The name by which Babel knows the language of the moment."""
    return LOCALES[current()]


def day(value: date | datetime | str | None, year: bool = True) -> str:
    """`12 March 2026`; an ISO date in text is read first; nothing gives an empty text.

    A moment is said by its day in the zone of the moment.
    """
    found = _as_date(value)
    if found is None:
        return str(value or "")
    pattern = "long" if year else _PATTERNS[current()]["day"]
    return format_date(found, pattern, locale=locale())


def record_day(value: datetime | date | str | None) -> str:
    """The day of something public, such as an award: UTC's, so that it is the same for whoever
    looks, and on the certificate."""
    return day(value.astimezone(UTC).date() if isinstance(value, datetime) else value)


def clock(value: datetime) -> str:
    """`14:02`, in the zone of the moment."""
    local = value.astimezone(zone())
    return f"{local.hour:02}:{local.minute:02}"


def zone_words(value: datetime) -> str:
    """What the zone of the moment is called at that time: `UTC`, `CST` in winter and `CDT` in
    summer, `UTC-3` where it has no short name."""
    name = value.astimezone(zone()).tzname() or "UTC"
    if not name.startswith(("+", "-")):
        return name
    hours, minutes = name[:3], name[3:]
    return f"UTC{hours[0]}{int(hours[1:])}" + (f":{minutes}" if minutes else "")


def moment(value: datetime | None) -> str:
    """`12 March 2026, 14:02 CST`; nothing gives an empty text."""
    return f"{day(value)}, {clock(value)} {zone_words(value)}" if value is not None else ""


def month(value: date) -> str:
    """`March 2026`."""
    return format_date(value, _PATTERNS[current()]["month"], locale=locale())


def figure(value: float) -> str:
    """A number: `1,500`, `0.5`, `71.25`."""
    return format_decimal(value, "#,##0.######", locale=locale())


def span(elapsed: timedelta) -> str:
    """A duration in its largest whole unit: `5 minutes`, `1 day`, `3 weeks`, `4 months`."""
    seconds = int(elapsed.total_seconds())
    if seconds < 60:
        return _("a moment")
    if seconds < 3600:
        return ngettext("%(count)s minute", "%(count)s minutes", seconds // 60)
    if seconds < 86400:
        return ngettext("%(count)s hour", "%(count)s hours", seconds // 3600)
    days = seconds // 86400
    if days < 21:
        return ngettext("%(count)s day", "%(count)s days", days)
    if days < 70:
        return ngettext("%(count)s week", "%(count)s weeks", days // 7)
    if days < 700:
        return ngettext("%(count)s month", "%(count)s months", days // 30)
    return ngettext("%(count)s year", "%(count)s years", days // 365)


def ago(value: datetime | None, at: datetime | None = None) -> str:
    """`just now`, `3 hours ago`, `yesterday`, `12 days ago`; `in 3 days` when it is to come."""
    if value is None:
        return ""
    elapsed = (at or datetime.now(UTC)) - value
    if elapsed < timedelta(0):
        return _("in %(span)s", span=span(-elapsed))
    if elapsed < timedelta(minutes=1):
        return _("just now")
    if timedelta(days=1) <= elapsed < timedelta(days=2):
        return _("yesterday")
    return _("%(span)s ago", span=span(elapsed))


def listed(things: Sequence[str], last: Literal["and", "or"] = "and") -> str:
    """`a`, `a and b`, `a, b and c`; with `or` where one of them is meant."""
    if len(things) < 2:
        return "".join(things)
    most, end = ", ".join(things[:-1]), things[-1]
    if current() == "es":
        return f"{most} {_spanish_joint(end, last)} {end}"
    return f"{most} {last} {end}"


def size(count: int) -> str:
    """Bytes in words a person uses: `840 bytes`, `12 KB`, `3.4 MB`."""
    if count < 1000:
        return ngettext("%(count)s byte", "%(count)s bytes", count)
    if count < 1_000_000:
        return f"{round(count / 1000)} KB"
    if count < 1_000_000_000:
        return f"{figure(round(count / 1_000_000, 1))} MB"
    return f"{figure(round(count / 1_000_000_000, 1))} GB"


def day_in(text: str) -> date | None:
    """The day that somebody wrote, in any shipped language; None when it is not one.

    Raises `ValueError` when it names a day that is in no calendar: `31 February 2026`.
    """
    plain = " ".join(_LITTLE_WORDS.sub(" ", text.lower()[:80]).split())
    if found := re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", plain):
        year, number, at = map(int, found.groups())
        return date(year, number, at)
    if found := re.fullmatch(r"(\d{1,2}) ?([^\W\d]+) (\d{4})", plain):
        at_, name, year_ = found.groups()
    elif found := re.fullmatch(r"([^\W\d]+) (\d{1,2}) (\d{4})", plain):
        name, at_, year_ = found.groups()
    else:
        return None
    named = _months().get(name)
    return None if named is None else date(int(year_), named, int(at_))


@cache
def _months() -> dict[str, int]:
    """Every month by its names and short names in every shipped language."""
    found = {"sept": 9}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            months = Locale.parse(LOCALES[language]).months["format"][width]
            for number, name in months.items():
                found[name.lower().strip(".")] = number
    return found


def _spanish_joint(after: str, joint: str) -> str:
    """`y` and `o`, which change before their own sound: `música e inglés`, `siete u ocho`."""
    start = re.sub(r"^\W+", "", after.lower())
    if joint == "and":
        return "e" if re.match(r"h?[ií](?!e)", start) else "y"
    return "u" if re.match(r"h?[oó]|8", start) else "o"


def _as_date(value: date | datetime | str | None) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(zone()).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def film_time(seconds: float) -> str:
    """`83.4` as `1:23`, and `3723` as `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
