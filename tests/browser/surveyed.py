"""Pages of surveys: a candidate's, in every state of a wave, and those by which people answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms.answers import Draft
from engine.people import Actor
from engine.permissions import SubmissionSubject
from engine.records import catalogue
from engine.records.tables import SurveyInvitation, SurveyRun
from engine.settings import Settings
from engine.submissions import drafting, survey_answering, surveys
from engine.submissions.survey_sealing import token_of

CIRCLE = "listening-circle"
BEFORE = (3, 4, 3, 2, 4, 3, 3, 4, 2, 3, 3, 4)
AFTER = (4, 4, 5, 3, 4, 4, 3, 5, 4, 4, 3, 4)


def run_surveys(session: Session, settings: Settings, actor: Actor, now: datetime) -> None:
    """Two waves of one survey, closed, and another survey that is open."""
    edition = catalogue.current(session, CIRCLE)
    assert edition is not None
    submission = drafting.open_submission(session, edition, actor, now)
    subject = drafting.subject_of(session, submission.id)
    people = [{"name": f"Person {n}", "email": f"p{n}@example.org"} for n in range(12)]
    drafting.fill(session, subject, {"circle": {"people": people}}, actor, now)
    for wave, scores, days in (("first", BEFORE, 240), ("second", AFTER, 20)):
        at = now - timedelta(days=days)
        run = _opened(session, settings, subject, "trust", wave, actor, at)
        tokens = [token_of(settings, one) for one in _invitations(session, run)]
        for token, score in zip(tokens, scores, strict=True):
            asked = survey_answering.by_token(session, token, at)
            words = {"words": "We talk more."} if score > 3 else {}
            said = {"trust": {"helped": score, "heard": score, "kind": ["Tea"], **words}}
            survey_answering.take(session, settings, asked, Draft(said), at)
        surveys.close(session, settings, run.id, actor, at + timedelta(days=7))
    surveys.attach(
        session, settings, subject, edition.credential.surveys["trust"], "first", actor, now
    )
    _opened(session, settings, subject, "class", "once", actor, now)


def invite(session: Session, settings: Settings, actor: Actor, now: datetime) -> None:
    """A wave that is open and that nobody has answered yet."""
    edition = catalogue.current(session, CIRCLE)
    assert edition is not None
    submission = drafting.open_submission(session, edition, actor, now)
    subject = drafting.subject_of(session, submission.id)
    people = [{"name": f"Person {n}", "email": f"p{n}@example.org"} for n in range(4)]
    drafting.fill(session, subject, {"circle": {"people": people}}, actor, now)
    _opened(session, settings, subject, "trust", "first", actor, now)


class Addresses(NamedTuple):
    """Where everything is."""

    compared: str
    """The page of a survey that was run twice."""
    whole_class: str
    not_yet: str
    open: str
    """The page of a survey that people are answering."""
    link: str
    used: str
    code: str


def addresses(session: Session, settings: Settings) -> Addresses:
    runs = {(one.wave, one.state): one for one in session.scalars(select(SurveyRun))}
    done, opened = runs["second", "closed"], runs["first", "open"]
    whole_class = runs["once", "open"]
    own = f"/submissions/{done.submission_id}/surveys"
    links = [token_of(settings, next(_invitations(session, one))) for one in (opened, done)]
    return Addresses(
        f"{own}/trust",
        f"{own}/class",
        f"{own}/year",
        f"/submissions/{opened.submission_id}/surveys/trust",
        f"/s/{links[0]}",
        f"/s/{links[1]}",
        f"/c/{whole_class.code}",
    )


def send_nothing(page: Page) -> None:
    page.get_by_role("button", name="Send my answers").click()


def _opened(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    survey: str,
    wave: str,
    actor: Actor,
    at: datetime,
) -> SurveyRun:
    return surveys.open_wave(
        session,
        settings,
        subject,
        subject.edition.credential.surveys[survey],
        wave,
        (at + timedelta(days=10)).date(),
        actor,
        at,
        expected=28,
    )


def _invitations(session: Session, run: SurveyRun) -> Iterator[SurveyInvitation]:
    found = select(SurveyInvitation).where(SurveyInvitation.run_id == run.id)
    return iter(session.scalars(found.order_by(SurveyInvitation.email)).all())
