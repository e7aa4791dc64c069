"""Taking a submission along a transition: the page that asks first, the step, and taking it back.

Some transitions ask something before they happen: a question, a few words, a form of their own.
Whatever was written is handed back with the reason when it can't be done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.credentials.workflow import Transition
from engine.errors import Conflict, NotFound, Problem, Refusal, Refused
from engine.forms import answers as forms_answers
from engine.forms.drafts import Draft
from engine.forms.schema import FormSet
from engine.languages import _
from engine.permissions import SubmissionSubject
from engine.records.tables import Submission
from engine.submissions import progress, steps, undoing
from engine.web import candidate, tasks
from engine.web.asking import house, is_mine, me, now, read_session, subject_of, transaction
from engine.web.failures import from_words, show
from engine.web.language_choice import switching

advancing = Blueprint("advancing", __name__)


@advancing.get("/submissions/<submission_id>/advance/<transition_name>")
def confirm(submission_id: str, transition_name: str) -> ResponseReturnValue:
    """Ask once more, or for a few words, before something happens."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        return _confirm_page(session, subject, _transition(subject, transition_name))


@advancing.post("/submissions/<submission_id>/advance/<transition_name>")
def advance(submission_id: str, transition_name: str) -> ResponseReturnValue:
    """Make it happen, or say why it can't and keep what was written."""
    revision = request.form.get("revision", -1, int)
    comment = request.form.get("comment", "").replace("\r\n", "\n")
    with read_session() as session:
        subject = subject_of(session, submission_id)
        transition = subject.workflow.transitions.get(transition_name)
        step = _posted_step(subject, transition)
        if switching():
            transition = _transition(subject, transition_name)
            return _confirm_page(session, subject, transition, comment=comment, step=step)
    try:
        with transaction() as session:
            progress.advance(
                session,
                house().settings,
                me(),
                submission_id,
                transition_name,
                revision,
                now(),
                comment,
                step,
            )
            subject = subject_of(session, submission_id)
    except Refused as refused:
        return _refused(submission_id, transition_name, refused.refusal, comment, step)
    except Conflict as conflict:
        way_on = (_("See where it stands"), f"/submissions/{submission_id}")
        return show(from_words(409, str(conflict), code="conflict", way_on=way_on))
    state = subject.state
    flash(
        _(
            "Done. It is now: %(state)s.",
            state=state.public_label if is_mine(subject) else state.label,
        ),
        "good",
    )
    return redirect(_own_page(subject), 303)


@advancing.post("/submissions/<submission_id>/take-back")
def take_back(submission_id: str) -> ResponseReturnValue:
    """Undo the last step while its window is open."""
    with transaction() as session:
        progress.take_back(session, house().settings, me(), submission_id, now())
        subject = subject_of(session, submission_id)
    flash(_("Taken back. Everything is as it was before."), "good")
    return redirect(_own_page(subject), 303)


@advancing.app_context_processor
def _windows() -> dict[str, Callable[[Submission], datetime | None]]:
    """For templates: until when this person may take a submission's last step back, or None."""

    def take_back_until(submission: Submission) -> datetime | None:
        if undoing.refusal(me(), submission, now()) is not None:
            return None
        return undoing.window(submission, now())

    return {"take_back_until": take_back_until}


def _own_page(subject: SubmissionSubject) -> str:
    where = "candidate.task_list" if is_mine(subject) else "reviewer.workspace"
    return url_for(where, submission_id=subject.submission.id)


def _posted_step(subject: SubmissionSubject, transition: Transition | None) -> Draft | None:
    """What was posted to the transition's own form; None when it has none."""
    form = steps.form_of(subject.edition, transition) if transition else None
    if form is None:
        return None
    draft = Draft()
    for page in form.pages:
        draft = forms_answers.parse(page, MultiDict(request.form), draft)
    return draft


def _confirm_page(
    session: Session,
    subject: SubmissionSubject,
    transition: Transition,
    refusal: Refusal | None = None,
    comment: str = "",
    step: Draft | None = None,
) -> ResponseReturnValue:
    offers = {
        offer.transition.name: offer for offer in progress.offers(session, me(), subject, now())
    }
    offered = offers.get(transition.name)
    form = steps.form_of(subject.edition, transition)
    if refusal is None and offered is not None:
        # Guards may look at what the form is about to say: then only the post can tell.
        refusal = None if form is not None and _is_guard(offered.refusal) else offered.refusal
    elif refusal is None:
        refusal = Refusal(
            _(
                "“%(label)s” is not open to you here: %(state)s.",
                label=transition.label,
                state=subject.state.public_label,
            )
        )
    question, mark, rest = transition.confirm.partition("? ")
    problems = _problems(form, step) if refusal and refusal.code == "step" else []
    page = render_template(
        "web/candidate/advance.html",
        subject=subject,
        credential=subject.edition.credential,
        transition=transition,
        question=(question + mark).strip() or transition.label,
        explained=[one for one in (rest, transition.description) if one],
        targets=[subject.workflow.states[name] for name in transition.targets],
        refusal=refusal,
        possible=refusal is None or refusal.code in ("comment", "step") or form is not None,
        comment=comment,
        form=form,
        draft=step or Draft(),
        problems=problems,
        problems_by_pointer=tasks.by_pointer(problems),
        back=_own_page(subject),
    )
    fit = ("guard", "comment", "step")
    return page, 200 if refusal is None else 422 if refusal.code in fit else 403


def _is_guard(refusal: Refusal | None) -> bool:
    return refusal is not None and refusal.code == "guard"


def _problems(form: FormSet | None, step: Draft | None) -> list[Problem]:
    return steps.problems(form, step or Draft()) if form is not None else []


def _refused(
    submission_id: str, transition_name: str, refusal: Refusal, comment: str, step: Draft | None
) -> ResponseReturnValue:
    """The page that the button was on, with the reason and everything that was written."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        transition = _transition(subject, transition_name)
        if refusal.code == "guard" and tasks.hands_in(transition) and is_mine(subject):
            return candidate.check_page(session, subject, refusal)
        return _confirm_page(session, subject, transition, refusal, comment, step)


def _transition(subject: SubmissionSubject, name: str) -> Transition:
    if (found := subject.workflow.transitions.get(name)) is None or found.by_itself:
        raise NotFound(_("Nothing of that name can be done with this submission."))
    return found
