"""Whether a wave of a survey may be opened, whom it asks, and until when.

Whoever asks for it (`surveys.open_wave`) records and invites; here nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.surveys import Survey, Wave
from engine.errors import Refusal, Refused
from engine.forms.pointers import ABSENT, value_at
from engine.languages import _, ngettext
from engine.people import normal_email
from engine.permissions import SubmissionSubject
from engine.phrases import day
from engine.records.tables import Account, SurveyInvitation, SurveyRun
from engine.settings import Settings
from engine.submissions import drafting, survey_windows

MOST_INVITED: Final = 200
MOST_OPEN: Final = 2000
"""Answers to one open survey: more than the students of any teacher."""
LONGEST_OPEN: Final = timedelta(days=60)


class Person(NamedTuple):
    name: str
    email: str
    """In its normal spelling."""


def people_of(
    session: Session, subject: SubmissionSubject, survey: Survey
) -> tuple[list[Person], list[str]]:
    """Whom the candidate's answers name, each once, and what is in the place of an address and is
    none. The candidate is never among them: nobody asks themselves."""
    if survey.audience == "open":
        return [], []
    answers = drafting.draft_of(session, subject.submission.id).answers
    own = normal_email(session.get_one(Account, subject.submission.candidate_id).email)
    people: dict[str, Person] = {}
    strangers: list[str] = []
    for pointer in survey.people:
        value = value_at(answers, pointer)
        for one in _persons(None if value is ABSENT else value):
            email = normal_email(str(one["email"]))
            name = str(one.get("name") or "")[:200]
            if not email:
                strangers.append(name or str(one["email"])[:80])
            elif email != own:
                people.setdefault(email, Person(name, email))
    return list(people.values()), strangers


def may_open(
    settings: Settings,
    survey: Survey,
    wave: Wave,
    runs: Mapping[str, SurveyRun],
    at: datetime,
    school_year: str,
) -> Refusal | None:
    """Why a wave may not be opened now; None when it may. `runs` are the latest of each wave,
    `school_year` the window at its end where the candidate works (`school_years`)."""
    run = runs.get(wave.id)
    if run is not None and run.state == "open":
        return Refusal(_("This survey is open already."), code="open")
    if run is not None and run.results is not None and run.results["counts"]:
        # Its results were shown; asking once more would tell one answer from the others.
        return Refusal(_("This survey has been run, and its results are there."), code="done")
    today = survey_windows.local_day(settings, at)
    opens = wave.opens
    if opens.after:
        before = runs.get(opens.after)
        if before is None or before.closed_at is None:
            named = survey.wave(opens.after)
            return Refusal(
                _("“%(title)s” has to close first.", title=named.title if named else opens.after),
                code="before",
            )
        closed = survey_windows.local_day(settings, before.closed_at)
        first = survey_windows.months_after(closed, opens.months)
        if today < first:
            return Refusal(
                ngettext(
                    "This wave opens %(count)s month after the one before it closed.",
                    "This wave opens %(count)s months after the one before it closed.",
                    opens.months,
                ),
                _("You can open it from %(day)s.", day=day(first)),
                "too-early",
            )
    if opens.within == "end_of_school_year":
        window = survey_windows.end_of_school_year(school_year, today)
        if not window.first <= today <= window.last:
            return Refusal(
                _("This survey is for the end of the school year."),
                _(
                    "You can open it between %(first)s and %(last)s.",
                    first=day(window.first),
                    last=day(window.last),
                ),
                "outside-window",
            )
    return None


def before(survey: Survey, wave: Wave) -> str:
    """The wave whose people are asked again in this one; empty for the first."""
    ids = [one.id for one in survey.waves]
    number = ids.index(wave.id)
    return wave.opens.after or (ids[number - 1] if number else "")


def closing(settings: Settings, closes_on: date, at: datetime) -> datetime:
    """The end of that day, by the installation's clock."""
    end = datetime.combine(closes_on + timedelta(days=1), time(), settings.time_zone)
    if end <= at or end > at + LONGEST_OPEN + timedelta(days=1):
        raise Refused(
            Refusal(
                _("A survey is open for at least today, and for at most 60 days."),
                _("Choose another day for it to close."),
                "closing-day",
            )
        )
    return end.astimezone(UTC)


def whom(
    session: Session,
    subject: SubmissionSubject,
    survey: Survey,
    earlier: SurveyRun | None,
    left: Mapping[str, str],
) -> tuple[list[Person], list[tuple[Person, str]]]:
    """Who is invited, and who is not any more, with the reasons."""
    if survey.audience == "open":
        return [], []
    if earlier is not None:
        rows = session.scalars(
            select(SurveyInvitation)
            .where(SurveyInvitation.run_id == earlier.id, SurveyInvitation.left == "")
            .order_by(SurveyInvitation.email)
        )
        again = [Person(one.name, one.email) for one in rows]
        reasons = {normal_email(email): why.strip()[:500] for email, why in left.items()}
        away = [(one, reasons[one.email]) for one in again if reasons.get(one.email)]
        people = [one for one in again if not reasons.get(one.email)]
        if not people:
            raise Refused(Refusal(_("Nobody is left to invite."), code="nobody"))
        return people, away
    people, strangers = people_of(session, subject, survey)
    if strangers:
        raise Refused(
            Refusal(
                _("Somebody on your list has no e-mail address that works."),
                _("Give each person’s e-mail address, then open the survey."),
                "no-address",
                tuple(strangers),
            )
        )
    if len(people) < survey.minimum_invited:
        raise Refused(too_few(survey, len(people)))
    if len(people) > MOST_INVITED:
        message = _("At most %(most)s people can be invited.", most=MOST_INVITED)
        raise Refused(Refusal(message, code="too-many"))
    return people, []


def too_few(survey: Survey, named: int) -> Refusal:
    """Why a survey can't be opened for so few."""
    return Refusal(
        ngettext(
            "At least %(count)s person must be invited, and you have named %(named)s.",
            "At least %(count)s different people must be invited, and you have named %(named)s.",
            survey.minimum_invited,
            named=named,
        ),
        _("Add the others with their e-mail addresses. Your own does not count."),
        "too-few",
    )


def check_expected(expected: int) -> None:
    """Raises `Refused` unless an open survey can be for so many."""
    if not 1 <= expected <= MOST_OPEN:
        raise Refused(
            Refusal(
                _("Say how many people the survey is for: from 1 to %(most)s.", most=MOST_OPEN),
                _("So many answers are taken, and no more."),
                "expected",
            )
        )


def _persons(value: Any) -> Iterator[Mapping[str, Any]]:
    """Everything in an answer, however deep, that has an e-mail address."""
    if isinstance(value, Mapping):
        if isinstance(value.get("email"), str) and value["email"].strip():
            yield value
        else:
            for one in value.values():
                yield from _persons(one)
    elif isinstance(value, list):
        for one in value:
            yield from _persons(one)
