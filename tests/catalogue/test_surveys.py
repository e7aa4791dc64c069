"""The surveys of the catalogue, run for real: who is invited, and when a wave may open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine import people
from engine.credentials.surveys import Survey
from engine.errors import Refused
from engine.people import SYSTEM
from engine.permissions import SubmissionSubject
from engine.submissions import drafting, school_years, surveys
from tests.conftest import TERM, School


def noon(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


class Running:
    """Ana's submission for a credential whose survey she runs."""

    def __init__(self, school: School, credential_id: str, answers: dict[str, Any]) -> None:
        self.school = school
        self.id = school.open("ana", credential_id)
        with school.database.transaction() as session:
            subject = drafting.subject_of(session, self.id)
            drafting.fill(session, subject, answers, school.cast["ana"], noon("2025-08-20"))

    def survey(self, subject: SubmissionSubject) -> Survey:
        (survey,) = subject.edition.credential.surveys.values()
        return survey

    def open(self, wave: str, on: str, left: dict[str, str] | None = None) -> int:
        """Opens a wave for ten days; returns how many are invited. Raises `Refused`."""
        with self.school.database.transaction() as session:
            subject = drafting.subject_of(session, self.id)
            run = surveys.open_wave(
                session,
                self.school.settings,
                subject,
                self.survey(subject),
                wave,
                date.fromisoformat(on) + timedelta(days=10),
                self.school.cast["ana"],
                noon(on),
                left=left,
            )
            return run.invited

    def close(self, wave: str, on: str) -> None:
        with self.school.database.transaction() as session:
            subject = drafting.subject_of(session, self.id)
            run = surveys.run_of(session, subject, self.survey(subject).id, wave)
            surveys.close(session, self.school.settings, run.id, self.school.cast["ana"], noon(on))


def example_of(school: School, credential_id: str, form: str) -> dict[str, Any]:
    return dict(school.library.edition(credential_id).examples[form])


# Soliciting Feedback from Peers


@pytest.mark.row("C10")
def test_a_survey_of_three_people_is_refused_and_of_four_is_sent(school: School) -> None:
    names = ("maya", "henry", "lucia", "tom")
    people = [{"name": name.title(), "email": f"{name}@cedarhollow.example"} for name in names]
    running = Running(
        school, "soliciting-feedback-from-peers", {"feedback": {"people": people[:3]}}
    )
    with pytest.raises(Refused):
        running.open("feedback", "2026-02-17")

    with school.database.transaction() as session:
        subject = drafting.subject_of(session, running.id)
        four = {"feedback": {"people": people}}
        drafting.fill(session, subject, four, school.cast["ana"], noon("2026-02-17"))

    assert running.open("feedback", "2026-02-17") == 4


# Considering Impact on Culture


@pytest.mark.row("C13")
def test_the_same_twelve_are_asked_again_after_six_months_and_not_a_day_before(
    school: School,
) -> None:
    group = example_of(school, "considering-impact-on-culture", "group")
    running = Running(school, "considering-impact-on-culture", {"group": group})
    with pytest.raises(Refused):
        running.open("second", "2025-08-25")
    assert running.open("first", "2025-08-25") == 12
    running.close("first", "2025-09-04")

    with pytest.raises(Refused):
        running.open("second", "2026-03-03")

    left = {"ravi.menon@cedarhollow.example": "Moved to a school in another district"}
    assert running.open("second", "2026-03-04", left) == 11


def test_a_learning_group_of_eleven_is_not_surveyed(school: School) -> None:
    group = example_of(school, "considering-impact-on-culture", "group")
    group["yellow_dots"] = group["yellow_dots"][:7]
    running = Running(school, "considering-impact-on-culture", {"group": group})
    with pytest.raises(Refused):
        running.open("first", "2025-08-25")


# Building Skills in Others


@pytest.mark.row("C14")
@pytest.mark.parametrize("on", ["2026-04-30", "2026-07-01"])
def test_outside_the_window_the_survey_of_the_school_year_stays_closed(
    school: School, on: str
) -> None:
    assert school.settings.end_of_school_year == "05-01/06-30"
    group = example_of(school, "building-skills-in-others", "group")
    running = Running(school, "building-skills-in-others", {"group": group})
    with pytest.raises(Refused):
        running.open("end-of-year", on)


@pytest.mark.row("C14")
@pytest.mark.parametrize(
    ("on", "opens"),
    [("2026-05-17", False), ("2026-05-18", True), ("2026-06-12", True), ("2026-06-13", False)],
)
def test_the_school_of_the_candidate_may_have_a_window_of_its_own(
    school: School, on: str, opens: bool
) -> None:
    with school.database.transaction() as session:
        people.set_place(session, school.cast["ana"].id, [], "Oak Hill", SYSTEM, TERM)
        session.flush()
        said = ("oak hill", "2026-05-18", "2026-06-12", school.cast["sam"], TERM)
        assert school_years.set_window(session, school.settings, *said) == {}
    group = example_of(school, "building-skills-in-others", "group")
    running = Running(school, "building-skills-in-others", {"group": group})
    if opens:
        assert running.open("end-of-year", on) == 11
    else:
        with pytest.raises(Refused, match="end of the school year"):
            running.open("end-of-year", on)


@pytest.mark.row("C14")
@pytest.mark.parametrize("on", ["2026-05-01", "2026-06-30"])
def test_inside_the_window_everybody_who_is_still_there_is_asked(school: School, on: str) -> None:
    group = example_of(school, "building-skills-in-others", "group")
    running = Running(school, "building-skills-in-others", {"group": group})
    assert running.open("end-of-year", on) == 11
