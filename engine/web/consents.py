"""People's consent: who is asked for what, how it stands, and asking, reminding, correcting.

The candidate's page, and the same without its buttons and addresses for whoever may read the work.
Reminding, correcting and taking back are the same for everything that people are asked by a link,
so pages of other kinds post here too, with `back` for the way back. Answering is `asked`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.credentials.consents import Consent
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import LANGUAGES, _, current, ngettext
from engine.permissions import SubmissionSubject, require
from engine.records.tables import Asking
from engine.submissions import askings, named_people
from engine.submissions import consents as asked
from engine.submissions.askings import person_key
from engine.submissions.consents import PersonStanding
from engine.web.asking import (
    house,
    is_mine,
    local_path,
    me,
    now,
    read_session,
    subject_of,
    transaction,
)

consents = Blueprint("consents", __name__)


class Group(NamedTuple):
    """A consent, with everybody whom the answers name for it."""

    consent: Consent
    people: list[PersonStanding]


class Summary(NamedTuple):
    """How the consents stand together, for the task list. `tone` is a tag's, or empty."""

    words: str
    tone: str
    done: bool


def summary(session: Session, subject: SubmissionSubject) -> Summary:
    """One line for all of them."""
    known = asked.standing(session, subject, now())
    denied = [one for one in known if one.denied]
    waiting = [one for one in known if one.needed and not one.stands]
    if denied:
        words = ngettext("%(count)s said no", "%(count)s said no", len(denied))
        return Summary(words, "attention", False)
    if not known:
        return Summary(_("Nobody is named yet"), "", False)
    if waiting:
        words = _("%(given)s of %(all)s given", given=len(known) - len(waiting), all=len(known))
        return Summary(words, "", False)
    return Summary(_("Complete"), "", True)


@consents.get("/submissions/<submission_id>/people")
def show(submission_id: str) -> ResponseReturnValue:
    """Every consent of every person."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if not is_mine(subject):
            require(me(), "submission.read", subject)
        return _page(session, subject)


@consents.post("/submissions/<submission_id>/people/ask")
def ask(submission_id: str) -> ResponseReturnValue:
    """Ask somebody whom the answers name; what was typed comes back where it can't be."""
    form = request.form
    concern, name = form.get("concern", ""), form.get("name", "")

    def asking(session: Session, subject: SubmissionSubject) -> Asking:
        asked.consent_of(subject, concern)
        one = _named(asked.standing(session, subject, now()), concern, name)
        return askings.ask(
            session,
            house().settings,
            subject,
            "consent",
            concern,
            one.name,
            form.get("email", ""),
            me(),
            now(),
            language=form.get("language", ""),
        )

    words = _("A letter with a link of their own goes to them now.")
    return _deed(submission_id, asking, words, f"{concern} {person_key(name)}")


@consents.post("/submissions/<submission_id>/people/<asking_id>/remind")
def remind(submission_id: str, asking_id: str) -> ResponseReturnValue:
    """Write to them once more."""

    def reminding(session: Session, subject: SubmissionSubject) -> Asking:
        one = askings.one_of(session, subject, asking_id)
        anew = any(
            known.asking is not None and known.asking.id == one.id and known.state == "reworded"
            for known in asked.standing(session, subject, now())
        )
        askings.ask_again(session, subject, one, me(), now(), reworded=anew)
        return one

    return _deed(submission_id, reminding, _("A reminder goes to them now."), asking_id)


@consents.post("/submissions/<submission_id>/people/<asking_id>/correct")
def correct(submission_id: str, asking_id: str) -> ResponseReturnValue:
    """Write to another address; the link in the first letter leads nowhere from now on."""

    def correcting(session: Session, subject: SubmissionSubject) -> Asking:
        one = askings.one_of(session, subject, asking_id)
        email = request.form.get("email", "")
        return askings.correct(session, house().settings, subject, one, email, me(), now())

    words = _("A letter goes to the new address. The link that went to the old one has ended.")
    return _deed(submission_id, correcting, words, asking_id)


@consents.post("/submissions/<submission_id>/people/<asking_id>/take-back")
def take_back(submission_id: str, asking_id: str) -> ResponseReturnValue:
    """Ask no longer."""

    def taking(session: Session, subject: SubmissionSubject) -> Asking:
        one = askings.one_of(session, subject, asking_id)
        askings.take_back(session, subject, one, me(), now())
        return one

    return _deed(submission_id, taking, _("They are not asked any more."), asking_id)


def _deed(
    submission_id: str,
    deed: Callable[[Session, SubmissionSubject], Asking],
    words: str,
    whose: str,
) -> ResponseReturnValue:
    """Do it, or show the page with the reason beside whom it is about."""
    back = local_path(request.form.get("back", ""), "")
    try:
        with transaction() as session:
            deed(session, subject_of(session, submission_id))
    except Refused as refused:
        with read_session() as session:
            subject = subject_of(session, submission_id)
            if not is_mine(subject):
                raise
            if back:
                flash(f"{refused.refusal.reason} {refused.refusal.remedy}", "bad")
                return redirect(back, 303)
            return _page(session, subject, {whose: refused.refusal}), 422
    except Conflict as conflict:
        flash(str(conflict) or _("Somebody else was a moment faster."), "bad")
    else:
        flash(words, "good")
    return redirect(back or url_for("candidate.consents.show", submission_id=submission_id), 303)


def _named(people: list[PersonStanding], concern: str, name: str) -> PersonStanding:
    for one in people:
        if one.consent.id == concern and person_key(one.name) == person_key(name):
            return one
    raise NotFound(_("Your answers name nobody like this. Look at the names there."))


def _page(
    session: Session, subject: SubmissionSubject, refused: dict[str, Refusal] | None = None
) -> str:
    mine = is_mine(subject)
    answers = None if mine else named_people.handed_in(session, subject).answers
    people = asked.standing(session, subject, now(), answers)
    groups = {id: list(some) for id, some in groupby(people, key=lambda one: one.consent.id)}
    return render_template(
        "web/candidate/people.html",
        subject=subject,
        credential=subject.edition.credential,
        groups=[
            Group(consent, groups.get(consent.id, []))
            for consent in subject.edition.credential.consents.values()
        ],
        mine=mine,
        refused=refused or {},
        typed=request.form,
        key=lambda one: one.asking.id if one.asking else f"{one.consent.id} {person_key(one.name)}",
        languages=list(LANGUAGES.items()),
        language=current(),
        closed=subject.state.kind in ("outcome", "closed"),
    )
