"""The time zones that there are, by their IANA names.

Read once for each process: looking through the time zone database takes milliseconds, and forms,
pages and documents ask for every time that they tell.
"""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
