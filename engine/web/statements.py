"""What others say: whom the candidate asks to confirm or to write something, and what has arrived.

The candidate's page, and the same without its buttons and addresses for whoever may read the work;
and how somebody without an account is shown and says it by their link (`asked` has the frame).
Reminding, correcting and taking back are the same for everything that people are asked
(`consents`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.credentials.statements import Statement
from engine.errors import Conflict, Refusal, Refused
from engine.forms import answers as forms_answers
from engine.forms import display
from engine.forms.answers import Draft
from engine.forms.pointers import html_id
from engine.forms.revealing import conditions_of
from engine.forms.schema import FormSet
from engine.languages import LANGUAGES, _, current, ngettext
from engine.permissions import SubmissionSubject, require
from engine.submissions import blinding, named_people
from engine.submissions import statements as saying
from engine.submissions.askings import Asked
from engine.submissions.statements import Received, Standing
from engine.web import tasks
from engine.web.asked import Asks, Read, show_with
from engine.web.asking import house, is_mine, me, now, read_session, subject_of, transaction

statements = Blueprint("statements", __name__)


class Group(NamedTuple):
    """A statement, with everybody who is named for it or was asked for it."""

    statement: Statement
    people: list[Standing]


class Summary(NamedTuple):
    """How the statements stand together, for the task list."""

    words: str
    done: bool


def summary(session: Session, subject: SubmissionSubject) -> Summary:
    """One line for all of them: what is needed comes first."""
    people = saying.standing(session, subject, now())
    there = sum(one.stands for one in people)
    if any(one.needed for one in subject.edition.credential.statements.values()):
        if not saying.lacking(session, subject, now()):
            return Summary(_("Complete"), True)
        return Summary(_("Needed before you submit"), False)
    if there:
        said = ngettext("%(count)s has arrived", "%(count)s have arrived", there)
        return Summary(said, False)
    return Summary(_("Optional"), False)


@statements.get("/submissions/<submission_id>/statements")
def show(submission_id: str) -> ResponseReturnValue:
    """Everybody who is asked, how it stands with each, and what has arrived."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if not is_mine(subject):
            require(me(), "submission.read", subject)
        return _page(session, subject)


@statements.post("/submissions/<submission_id>/statements")
def ask(submission_id: str) -> ResponseReturnValue:
    """Ask somebody; what was typed comes back where they can't be."""
    form = request.form
    try:
        with transaction() as session:
            asking = saying.ask(
                session,
                house().settings,
                subject_of(session, submission_id),
                form.get("concern", ""),
                form.get("name", ""),
                form.get("email", ""),
                me(),
                now(),
                anchor=form.get("anchor", ""),
                language=form.get("language", ""),
            )
            words = _("A letter with a link of their own goes to %(name)s.", name=asking.name)
    except Refused as refused:
        with read_session() as session:
            subject = subject_of(session, submission_id)
            if not is_mine(subject):
                raise
            return _page(session, subject, refused.refusal), 422
    except Conflict as conflict:
        flash(str(conflict) or _("Somebody else was a moment faster."), "bad")
    else:
        flash(words, "good")
    return redirect(url_for("candidate.statements.show", submission_id=submission_id), 303)


def received(session: Session, subject: SubmissionSubject) -> list[Received]:
    """What has arrived, as the reader may see it: words may tell whose work it is, so whoever must
    not know that sees only that they are there."""
    found = saying.received(session, subject, _handed_in(session, subject))
    if not blinding.hides_candidate(me(), subject):
        return found
    return [saying.without_words(one) for one in found]


def _handed_in(session: Session, subject: SubmissionSubject) -> Draft | None:
    """The answers that everybody but the candidate is shown; None for the candidate."""
    return None if is_mine(subject) else named_people.handed_in(session, subject)


def _page(session: Session, subject: SubmissionSubject, refusal: Refusal | None = None) -> str:
    mine = is_mine(subject)
    people = saying.standing(session, subject, now(), _handed_in(session, subject))
    return render_template(
        "web/candidate/statements.html",
        subject=subject,
        credential=subject.edition.credential,
        groups=[
            Group(one, [person for person in people if person.statement.id == one.id])
            for one in subject.edition.credential.statements.values()
        ],
        received=received(session, subject),
        mine=mine,
        refusal=refusal,
        typed=request.form,
        languages=list(LANGUAGES.items()),
        language=current(),
        closed=subject.state.kind in ("outcome", "closed"),
    )


def _shown(session: Session, asked: Asked) -> Mapping[str, Any]:
    """What the page of a confirmation prints besides what every asking has."""
    statement = saying.statement_in(session, asked)
    named = saying.shown(session, asked)
    said = saying.said_by(session, asked)
    remark = request.form.get("remark", "").strip()
    return {
        "statement": statement,
        "named": named,
        "moved_on": not statement.role and named is None and asked.asking.state == "asked",
        "said": said,
        "written": [(_("Anything to add?"), remark)] if remark else [],
    }


def _shown_form(session: Session, asked: Asked) -> Mapping[str, Any]:
    """The same for a statement, with its questions as they are filled so far."""
    shown = _shown(session, asked)
    form_set = saying.forms_of(asked.subject.edition, shown["statement"])
    typed = MultiDict(request.form) if request.method == "POST" else MultiDict()
    draft = _draft(form_set, typed) if typed else Draft.of({id: {} for id in form_set.forms})
    (form,) = display.read_only(form_set, draft.answers)
    problems = forms_answers.validate(form_set, draft) if typed.get("say") == "given" else []
    return {
        **shown,
        "written": [(one.label, one.text) for one in form.entries if one.text] if typed else [],
        "pages": form_set.pages,
        "draft": draft,
        "problems_by_pointer": tasks.by_pointer(problems),
        "conditions": [conditions_of(page) for page in form_set.pages],
    }


def _read_confirmation(form: MultiDict[str, str], asked: Asked) -> Read:
    said, remark = form.get("say", ""), form.get("remark", "").strip()
    problems = {}
    if said not in ("given", "refused"):
        problems["say"] = _("Choose yes or no.")
    elif said == "given" and form.get("me") != "yes":
        problems["me"] = _("Please tick that this is you.")
    if len(remark) > saying.LONGEST_REMARK:
        problems["remark"] = ngettext(
            "At most %(count)s character fits here.",
            "At most %(count)s characters fit here.",
            saying.LONGEST_REMARK,
        )
    answer = {"remark": remark, "seen": form.get("seen", "")}
    return Read(_said(said), answer, problems)


def _read_statement(form: MultiDict[str, str], asked: Asked) -> Read:
    said = form.get("say", "")
    if said == "refused":
        return Read("refused", {"seen": form.get("seen", "")}, {})
    edition = asked.subject.edition
    statement = edition.credential.statements.get(asked.asking.concern)
    if statement is None:
        return Read(None, None, {"say": _("This is not needed any more. Thank you for coming.")})
    form_set = saying.forms_of(edition, statement)
    draft = _draft(form_set, form)
    problems = {
        html_id(problem.pointer): problem.message
        for problem in forms_answers.validate(form_set, draft)
    }
    if said != "given":
        problems["say"] = _("Choose what to do.")
    if form.get("me") != "yes":
        problems["me"] = _("Please tick that this is you.")
    written = forms_answers.prune(form_set, draft)[statement.id]
    return Read(_said(said), {"form": written, "seen": form.get("seen", "")}, problems)


def _said(text: str) -> Any:
    return text if text in ("given", "refused") else None


def _draft(form_set: FormSet, form: MultiDict[str, str]) -> Draft:
    draft = Draft.of({id: {} for id in form_set.forms})
    for page in form_set.pages:
        draft = forms_answers.parse(page, form, draft)
    return draft


show_with("confirmation", Asks("web/public/confirmation.html", _read_confirmation, _shown))
show_with("statement", Asks("web/public/statement.html", _read_statement, _shown_form))
