"""A candidate runs a survey: opens a wave, reminds people, closes it, uses its results.

What lives here: who may do what when, and what is recorded of it. What stays out: answering
(`survey_answering`), counting (`survey_results`), and letters (`survey_letters`). Events tell that
a wave was opened, that reminders went out and how many answered in the end; never who, and
nothing at the moment of an answer.

Closing is for good. Nothing is shown of an open wave but how many have answered, so that no two
looks at it differ by one person's answers.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.credentials.surveys import Survey, Wave
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import _, current
from engine.people import ENGINE, Actor
from engine.permissions import SubmissionSubject, require
from engine.records import catalogue, jobs
from engine.records.jobs import JobContext
from engine.records.tables import (
    Submission,
    SurveyAnswer,
    SurveyInvitation,
    SurveyRun,
    new_id,
)
from engine.settings import Settings
from engine.submissions import (
    drafting,
    history,
    school_years,
    survey_letters,
    survey_opening,
    survey_results,
    survey_windows,
)
from engine.submissions.survey_opening import Person
from engine.submissions.survey_questions import questions_of
from engine.submissions.survey_results import Results
from engine.submissions.survey_sealing import Sealer, digest_of, new_salt, token_of

JOB: Final = "close-survey"
BETWEEN_REMINDERS: Final = timedelta(days=1)
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Of class codes: none that a child takes for another."""
_CODE_LENGTH: Final = 7


@dataclass(frozen=True)
class WaveStanding:
    """One wave, as its candidate sees it."""

    wave: Wave
    run: SurveyRun | None
    """The latest one."""
    refusal: Refusal | None
    """Why it may not be opened now; None where it may."""
    people: tuple[Person, ...]
    """Who would be invited, or was."""
    left: tuple[tuple[Person, str], ...]
    """Who is not asked again, with the reasons."""
    results: Results | None
    last_day: date | None = None
    """Until the end of which the latest run is open, or was meant to be."""
    unreadable: tuple[str, ...] = ()
    """What the candidate's answers have in the place of an e-mail address."""

    @property
    def attached(self) -> bool:
        return self.run is not None and self.run.evidence is not None


def survey_of(edition: Edition, survey_id: str) -> Survey:
    """Raises `NotFound`."""
    survey = edition.credential.surveys.get(survey_id)
    if survey is None:
        raise NotFound(_("There is no such survey here."))
    return survey


def standing(
    session: Session, settings: Settings, subject: SubmissionSubject, survey: Survey, at: datetime
) -> list[WaveStanding]:
    """Every wave of a survey of this submission. The caller has asked who may see it."""
    runs = _runs(session, subject.submission.id, survey.id)
    found, strangers = survey_opening.people_of(session, subject, survey)
    lists: dict[str, list[SurveyInvitation]] = {}
    if runs:
        rows = select(SurveyInvitation).where(
            SurveyInvitation.run_id.in_([run.id for run in runs.values()])
        )
        for row in session.scalars(rows.order_by(SurveyInvitation.email)):
            lists.setdefault(row.run_id, []).append(row)
    year = school_years.window_text_of(session, settings, subject.submission.candidate_id)
    waves = []
    for wave in survey.waves:
        run = runs.get(wave.id)
        asked = lists.get(run.id, []) if run else []
        before = runs.get(survey_opening.before(survey, wave))
        if run is None and before is not None:
            asked = [one for one in lists.get(before.id, []) if not one.left]
        named = tuple(Person(one.name, one.email) for one in asked if not one.left)
        waves.append(
            WaveStanding(
                wave=wave,
                run=run,
                refusal=survey_opening.may_open(settings, survey, wave, runs, at, year),
                people=named or (() if run else tuple(found)),
                left=tuple((Person(one.name, one.email), one.left) for one in asked if one.left),
                results=results_of(session, run) if run and run.state == "closed" else None,
                last_day=survey_windows.last_day(settings, run.closes_at) if run else None,
                unreadable=() if asked else tuple(strangers),
            )
        )
    return waves


def run_of(session: Session, subject: SubmissionSubject, survey_id: str, wave_id: str) -> SurveyRun:
    """The latest run of a wave. Raises `NotFound`."""
    run = _runs(session, subject.submission.id, survey_id).get(wave_id)
    if run is None:
        raise NotFound(_("There is no such survey here."))
    return run


def open_wave(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    survey: Survey,
    wave_id: str,
    closes_on: date,
    actor: Actor,
    at: datetime,
    *,
    expected: int = 0,
    left: Mapping[str, str] | None = None,
) -> SurveyRun:
    """Open a wave until the end of `closes_on`, and queue the invitations.

    `expected` is how many people an open survey is for. In a later wave the people of the one
    before are invited, but for those in `left`: reasons by e-mail address. Raises `Refused`,
    `NotFound`, and `Conflict` when it was opened at the same moment.
    """
    _require_owner(actor, subject)
    require(actor, "submission.edit", subject)
    wave = survey.wave(wave_id)
    if wave is None:
        raise NotFound(_("There is no such survey here."))
    runs = _runs(session, subject.submission.id, survey.id)
    year = school_years.window_text_of(session, settings, subject.submission.candidate_id)
    if refusal := survey_opening.may_open(settings, survey, wave, runs, at, year):
        raise Refused(refusal)
    closes_at = survey_opening.closing(settings, closes_on, at)
    before = runs.get(survey_opening.before(survey, wave))
    people, away = survey_opening.whom(session, subject, survey, before, left or {})
    if survey.audience == "open":
        survey_opening.check_expected(expected)
    run = SurveyRun(
        id=new_id(),
        submission_id=subject.submission.id,
        edition_digest=subject.edition.digest,
        survey=survey.id,
        wave=wave.id,
        state="open",
        code=_new_code(session) if survey.audience == "open" else None,
        invited=len(people) if survey.audience == "invited" else expected,
        opened_at=at,
        closes_at=closes_at,
        salt=new_salt(),
    )
    session.add(run)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict from error
    invitations = [
        SurveyInvitation(id=new_id(), run_id=run.id, name=one.name, email=one.email, left=why)
        for one, why in [*((one, "") for one in people), *away]
    ]
    for one in invitations:
        one.token_digest = None if one.left else digest_of(token_of(settings, one))
    session.add_all(invitations)
    session.flush()
    survey_letters.invite(session, run, [one for one in invitations if not one.left], current())
    jobs.enqueue(session, JOB, {"run": run.id}, key=run.id, run_at=closes_at)
    facts = {"survey": survey.id, "wave": wave.id, "run": run.id, "invited": run.invited}
    if away:
        facts["left"] = [{"name": one.name, "reason": why} for one, why in away]
    history.record(session, subject.submission.id, "survey-opened", facts, actor, at)
    return run


def remind(
    session: Session, subject: SubmissionSubject, run: SurveyRun, actor: Actor, at: datetime
) -> int:
    """Write to those whose link was not used yet, at most once a day; returns to how many.

    Nobody is told who they are. Raises `Refused`.
    """
    _require_owner(actor, subject)
    if run.state != "open" or at >= run.closes_at:
        raise Refused(_closed_already())
    if run.code is not None:
        raise Refused(
            Refusal(
                _("Nobody was invited by name, so nobody can be reminded."),
                _("Show the link or the code again."),
                "open-survey",
            )
        )
    if run.reminded_at is not None and at < run.reminded_at + BETWEEN_REMINDERS:
        raise Refused(
            Refusal(
                _("A reminder went out less than a day ago."),
                _("Give people a day to answer, then remind them again."),
                "too-soon",
            )
        )
    late = list(
        session.scalars(
            select(SurveyInvitation).where(
                SurveyInvitation.run_id == run.id,
                SurveyInvitation.used.is_(False),
                SurveyInvitation.left == "",
            )
        )
    )
    run.reminded_at = at
    survey_letters.remind(session, run, late, current(), at)
    facts = {"survey": run.survey, "wave": run.wave, "run": run.id}
    # Not how many: two reminders would tell between them when somebody answered.
    history.record(session, subject.submission.id, "survey-reminded", facts, actor, at)
    return len(late)


def close(
    session: Session, settings: Settings, run_id: str, actor: Actor, at: datetime
) -> SurveyRun:
    """Close a run for good: open its answers, keep the columns, forget the rest.

    Closing twice changes nothing. Raises `Refused` unless the actor is the candidate or the engine.
    """
    run = session.get(SurveyRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound(_("There is no such survey here."))
    subject = _subject(session, run)
    if actor.id != ENGINE.id:
        _require_owner(actor, subject)
    if run.state == "closed":
        return run
    sealer = Sealer(settings, run)
    sealed = session.scalars(select(SurveyAnswer.sealed).where(SurveyAnswer.run_id == run.id))
    opened = [sealer.opened(one) for one in sealed]
    answers = [one for one in opened if one is not None]
    edition = catalogue.edition(session, run.edition_digest)
    survey = survey_of(edition, run.survey)
    questions = questions_of(edition, survey)
    kept = survey_results.columns(survey, questions, answers, settings.survey_small_cell)
    session.execute(delete(SurveyAnswer).where(SurveyAnswer.run_id == run.id))
    run.state, run.closed_at, run.salt = "closed", at, ""
    run.results, run.code = kept, None
    facts = {
        "survey": run.survey,
        "wave": run.wave,
        "run": run.id,
        "invited": run.invited,
        "answered": len(answers),
    }
    if lost := len(opened) - len(answers):
        facts["unreadable"] = lost
    history.record(session, subject.submission.id, "survey-closed", facts, actor, at)
    return run


def attach(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    survey: Survey,
    wave_id: str,
    actor: Actor,
    at: datetime,
) -> str:
    """Put a closed wave's results into the candidate's answers; returns their place.

    What stood there is replaced. Raises `Refused` and `NotFound`.
    """
    wave = survey.wave(wave_id)
    run = _runs(session, subject.submission.id, survey.id).get(wave_id)
    if wave is None or run is None or not wave.results:
        raise NotFound(_("There is no such survey here."))
    form_id = wave.results.split("/")[1]
    require(actor, "submission.edit", subject, form_id, wave.results)
    results = results_of(session, run) if run.state == "closed" else None
    if results is None or run.closed_at is None:
        raise Refused(
            Refusal(
                _("This survey is still open."),
                _("Its results can be used once it has closed."),
                "still-open",
            )
        )
    days = [survey_windows.local_day(settings, one) for one in (run.opened_at, run.closed_at)]
    said = survey_results.evidence(run, results, days[0].isoformat(), days[1].isoformat())
    run.evidence = said
    draft = drafting.draft_of(session, subject.submission.id)
    own = draft.of_form(form_id).saying(wave.results, dict(said))
    drafting.put(session, subject, form_id, own, at)
    facts = {"survey": survey.id, "wave": wave.id, "run": run.id, "at": wave.results}
    history.record(session, subject.submission.id, "survey-attached", facts, actor, at)
    return wave.results


def results_of(session: Session, run: SurveyRun) -> Results | None:
    """What a closed run says, in the language of the moment; None while it is open."""
    if run.state != "closed" or run.results is None:
        return None
    edition = catalogue.edition(session, run.edition_digest)
    survey = survey_of(edition, run.survey)
    return survey_results.told(survey, questions_of(edition, survey), run.results)


def close_due(context: JobContext, payload: Mapping[str, Any]) -> None:
    """The job: close a survey whose time has come. Done twice, it is closed once."""
    at = datetime.now(UTC)
    with context.database.transaction() as session:
        run = session.get(SurveyRun, payload["run"])
        if run is not None:
            close(session, context.settings, run.id, ENGINE, max(at, run.opened_at))


def _runs(session: Session, submission_id: str, survey_id: str) -> dict[str, SurveyRun]:
    """The latest run of each wave."""
    rows = session.scalars(
        select(SurveyRun)
        .where(SurveyRun.submission_id == submission_id, SurveyRun.survey == survey_id)
        .order_by(SurveyRun.opened_at, SurveyRun.id)
    )
    return {run.wave: run for run in rows}


def _new_code(session: Session) -> str:
    while True:
        code = "".join(secrets.choice(_LETTERS) for _number in range(_CODE_LENGTH))
        if session.scalar(select(SurveyRun.id).where(SurveyRun.code == code)) is None:
            return code


def _closed_already() -> Refusal:
    return Refusal(_("This survey has closed."), code="closed")


def _require_owner(actor: Actor, subject: SubmissionSubject) -> None:
    require(actor, "submission.see", subject)
    if actor.id != subject.submission.candidate_id:
        raise Refused(Refusal(_("Only the candidate runs their survey."), code="role"))


def _subject(session: Session, run: SurveyRun) -> SubmissionSubject:
    submission = session.get_one(Submission, run.submission_id)
    return SubmissionSubject(submission, catalogue.edition(session, submission.edition_digest))


jobs.register(JOB, close_due)
