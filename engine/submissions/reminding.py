"""When reminders go out, and to whom, around the moment at which something is due."""

from __future__ import annotations

from datetime import datetime

from engine.credentials.spans import Calendar
from engine.credentials.workflow import Reminders


def times(due: datetime, reminders: Reminders, calendar: Calendar) -> list[datetime]:
    """The moments of all reminders, in order: before, after, then again and again, at most so
    many."""
    found = [span.before(due, calendar) for span in reminders.before]
    found += [span.after(due, calendar) for span in reminders.after]
    found.sort()
    if reminders.every is not None:
        last = max([due, *found])
        while len(found) < reminders.at_most:
            last = reminders.every.after(last, calendar)
            found.append(last)
    return found[: reminders.at_most]


def following(moments: list[datetime], at: datetime) -> tuple[int, datetime] | None:
    """The first of `moments` after `at`, with its number from 1; None when there is none left.

    What was missed while nothing ran is not made up for: three reminders at once help nobody.
    """
    for number, moment in enumerate(moments, 1):
        if moment > at:
            return number, moment
    return None
