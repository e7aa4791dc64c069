"""A candidate's surveys: who is asked, opening a wave, reminding, closing, and using the results.

The answering itself is public and in `answering`. Reviewers and staff who may read the work see the
same page without its buttons, and without the names of those who were asked.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.credentials.surveys import Survey
from engine.errors import Refusal, Refused
from engine.forms.pointers import html_id
from engine.forms.schema import form_set_of
from engine.languages import _, ngettext
from engine.permissions import SubmissionSubject, require
from engine.submissions import survey_comparing, survey_opening, survey_windows
from engine.submissions import surveys as running
from engine.submissions.survey_comparing import Change
from engine.submissions.surveys import WaveStanding
from engine.web import tasks
from engine.web.asking import house, is_mine, me, now, read_session, subject_of, transaction

surveys = Blueprint("surveys", __name__)

USUAL_DAYS = 14
"""How long a survey is open unless its candidate says otherwise."""


class Compared(NamedTuple):
    """Two waves in a row."""

    before: str
    after: str
    changes: list[Change]


@surveys.get("/submissions/<submission_id>/surveys/<survey_id>")
def show(submission_id: str, survey_id: str) -> ResponseReturnValue:
    """Every wave: whether it may be opened, how many have answered, what was answered."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if not is_mine(subject):
            require(me(), "submission.read", subject)
        return _page(session, subject, running.survey_of(subject.edition, survey_id))


@surveys.post("/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/open")
def open_wave(submission_id: str, survey_id: str, wave_id: str) -> ResponseReturnValue:
    """Open a wave and invite people; what was typed comes back where it can't be."""
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            survey = running.survey_of(subject.edition, survey_id)
            run = running.open_wave(
                session,
                house().settings,
                subject,
                survey,
                wave_id,
                _typed_day(request.form.get("closes_on", "")),
                me(),
                now(),
                expected=_typed_number(request.form.get("expected", "")),
                left=_departures(),
            )
    except Refused as refused:
        return _again(submission_id, survey_id, wave_id, refused.refusal)
    if run.code is None:
        said = ngettext(
            "The survey is open. %(count)s person gets a link by e-mail.",
            "The survey is open. %(count)s people get a link of their own by e-mail.",
            run.invited,
        )
    else:
        said = _("The survey is open. Show your class the code, or share the link.")
    flash(said, "good")
    return _back(submission_id, survey_id, wave_id)


@surveys.post("/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/remind")
def remind(submission_id: str, survey_id: str, wave_id: str) -> ResponseReturnValue:
    """Write to those who have not answered."""
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            run = running.run_of(session, subject, survey_id, wave_id)
            running.remind(session, subject, run, me(), now())
    except Refused as refused:
        return _again(submission_id, survey_id, wave_id, refused.refusal)
    flash(_("A reminder goes to everybody who has not answered, and to nobody else."), "good")
    return _back(submission_id, survey_id, wave_id)


@surveys.post("/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/close")
def close(submission_id: str, survey_id: str, wave_id: str) -> ResponseReturnValue:
    """Close a wave before its time, once the candidate has said yes to what that means."""
    with read_session() as session:
        is_asked = is_mine(subject_of(session, submission_id))
    if is_asked and request.form.get("sure") != "yes":
        refusal = Refusal(
            _("A survey that is closed can’t be opened again."),
            _("Tick the box to say that you are sure."),
            "sure",
        )
        return _again(submission_id, survey_id, wave_id, refusal)
    with transaction() as session:
        subject = subject_of(session, submission_id)
        run = running.run_of(session, subject, survey_id, wave_id)
        running.close(session, house().settings, run.id, me(), now())
    flash(_("The survey has closed. Its results are below."), "good")
    return _back(submission_id, survey_id, wave_id)


@surveys.post("/submissions/<submission_id>/surveys/<survey_id>/<wave_id>/use")
def use(submission_id: str, survey_id: str, wave_id: str) -> ResponseReturnValue:
    """Put the results into the answers, and go there."""
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            survey = running.survey_of(subject.edition, survey_id)
            place = running.attach(session, house().settings, subject, survey, wave_id, me(), now())
    except Refused as refused:
        return _again(submission_id, survey_id, wave_id, refused.refusal)
    flash(_("The results are in your answers now."), "good")
    page = next(page for page in form_set_of(subject.edition).pages if page.covers(place))
    return redirect(f"{tasks.page_url(subject, page)}#{quote(html_id(place))}", 303)


def _again(
    submission_id: str, survey_id: str, wave_id: str, refusal: Refusal
) -> ResponseReturnValue:
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if not is_mine(subject):
            raise Refused(refusal)
        survey = running.survey_of(subject.edition, survey_id)
        page = _page(session, subject, survey, {wave_id: refusal})
    return page, 422


def _back(submission_id: str, survey_id: str, wave_id: str) -> ResponseReturnValue:
    address = url_for(
        "candidate.surveys.show",
        submission_id=submission_id,
        survey_id=survey_id,
        _anchor=f"wave-{wave_id}",
    )
    return redirect(address, 303)


def _page(
    session: Session,
    subject: SubmissionSubject,
    survey: Survey,
    refused: dict[str, Refusal] | None = None,
) -> str:
    settings = house().settings
    waves = running.standing(session, settings, subject, survey, now())
    today = survey_windows.local_day(settings, now())
    return render_template(
        "web/candidate/survey.html",
        subject=subject,
        credential=subject.edition.credential,
        survey=survey,
        waves=waves,
        refused=refused or {},
        mine=is_mine(subject),
        small_cell=settings.survey_small_cell,
        typed=request.form,
        closes_on=(today + timedelta(days=USUAL_DAYS)).isoformat(),
        earliest=today.isoformat(),
        latest=(today + survey_opening.LONGEST_OPEN).isoformat(),
        compared=_compared(waves),
        base_url=settings.base_url,
    )


def _compared(waves: list[WaveStanding]) -> list[Compared]:
    told = [
        (one.wave.title, one.results) for one in waves if one.results and not one.results.hidden
    ]
    return [
        Compared(before[0], after[0], survey_comparing.changes(before[1], after[1]))
        for before, after in pairwise(told)
    ]


def _departures() -> dict[str, str]:
    """Reasons by e-mail address. The page has a field `left-0`, `left-1` … for each person."""
    people: dict[str, str] = {}
    for name, value in request.form.items():
        if name.startswith("left-") and value.strip():
            email = request.form.get(f"who-{name.removeprefix('left-')}", "")
            people[email] = value
    return people


def _typed_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(
            Refusal(
                _("Say on which day the survey closes."),
                _("Choose a day, such as two weeks from today."),
                "closing-day",
            )
        ) from None


def _typed_number(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text) < 6 else 0
