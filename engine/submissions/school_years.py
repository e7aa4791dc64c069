"""When each school's year ends: the window in which surveys at the end of the school year open.

Program staff set it for a school by name; every other school has the installation's own window
(the setting `end_of_school_year`). A school is where candidates say they work, so that its name is
compared as people compare names: without case, accents and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.errors import Conflict, NotFound, Problem
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records import audit
from engine.records.folding import words
from engine.records.tables import Account, SchoolYear
from engine.settings import Settings
from engine.submissions import pools, survey_windows
from engine.submissions.survey_windows import Window

_DAY = re.compile(r"(?:\d{4}-)?(\d\d-\d\d)")


class SchoolShown(NamedTuple):
    """A school with the window that is next, or that it is now."""

    key: str
    name: str
    window: Window
    own: bool
    """Staff set it for this school; others have the installation's."""


def key_of(school: str) -> str:
    """What a school's window is kept by; empty for no school."""
    return " ".join(words(school))[:200]


def window_text(session: Session, settings: Settings, school: str) -> str:
    """The window of a school as it is kept: `05-01/06-30`."""
    own = session.get(SchoolYear, key) if (key := key_of(school)) else None
    return own.end_of_year if own is not None else settings.end_of_school_year


def window_text_of(session: Session, settings: Settings, account_id: str) -> str:
    """The window of the school that somebody works at."""
    school = session.scalar(select(Account.school).where(Account.id == account_id))
    return window_text(session, settings, school or "")


def everything(session: Session, settings: Settings, at: datetime) -> Sequence[SchoolShown]:
    """Every school that somebody works at or that has a window of its own, by name."""
    today = survey_windows.local_day(settings, at)
    own = {one.school: one for one in session.scalars(select(SchoolYear))}
    names = {key_of(name): name for name in pools.schools_in_use(session) if key_of(name)}
    names |= {key: one.name for key, one in own.items()}
    return [
        SchoolShown(
            key,
            name,
            survey_windows.end_of_school_year(
                own[key].end_of_year if key in own else settings.end_of_school_year, today
            ),
            key in own,
        )
        for key, name in sorted(names.items())
    ]


def one_of(session: Session, settings: Settings, key: str, at: datetime) -> SchoolShown:
    """One of these schools. Raises `NotFound`."""
    found = next((one for one in everything(session, settings, at) if one.key == key), None)
    if found is None:
        raise NotFound(_("There is no such school here."))
    return found


def set_window(
    session: Session,
    settings: Settings,
    key: str,
    first: str,
    last: str,
    actor: Actor,
    at: datetime,
) -> dict[str, Problem]:
    """Keep the window of a school: its first and last day, of which the month and the day count.

    Returns the problems by field; nothing is kept where there are any. Raises `Refused`,
    `NotFound`, and `Conflict` when somebody else does the same at this moment.
    """
    require(actor, "people.manage")
    school = one_of(session, settings, key, at)
    days = {"first": _month_and_day(first), "last": _month_and_day(last)}
    problems = {
        name: Problem(name, "school-year", _("Give a day, such as 1 May 2026."))
        for name, said in days.items()
        if said is None
    }
    window = f"{days['first']}/{days['last']}"
    if not problems:
        before = window_text(session, settings, school.name)
        row = session.get(SchoolYear, key)
        if row is None:
            session.add(SchoolYear(school=key, name=school.name, end_of_year=window))
        else:
            row.end_of_year = window
        try:
            session.flush()
        except IntegrityError as error:  # somebody else set it for the first time just now
            raise Conflict from error
        facts = {"school": school.name, "from": before, "to": window}
        audit.record(session, f"school:{key}", "year-set", facts, actor, at)
    return problems


def forget_window(
    session: Session, settings: Settings, key: str, actor: Actor, at: datetime
) -> None:
    """The school has the installation's window again. Raises `Refused`."""
    require(actor, "people.manage")
    row = session.get(SchoolYear, key)
    if row is not None:
        facts = {"school": row.name, "from": row.end_of_year, "to": settings.end_of_school_year}
        session.delete(row)
        session.flush()
        audit.record(session, f"school:{key}", "year-forgotten", facts, actor, at)


def _month_and_day(text: str) -> str | None:
    found = _DAY.fullmatch(text.strip())
    return found[1] if found and survey_windows.is_day(found[1]) else None
