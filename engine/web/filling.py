"""A form page: shown, saved, saved by itself, and what happens when two devices disagree.

With scripts or without, the same post saves the same page; only the answer differs: JSON for the
page's own saving, otherwise the next page. Whatever is posted is kept, valid or not; problems are
shown when the person asks to go on, and never hold the text back.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from engine.errors import Conflict, Problem, Refused
from engine.forms import answers as forms_answers
from engine.forms.answers import Draft
from engine.forms.editing import holds_files, landing
from engine.forms.nodes import Leaf
from engine.forms.pointers import html_id
from engine.forms.revealing import conditions_of
from engine.forms.rows import BUTTONS
from engine.forms.schema import FormSet, Page, form_set_of
from engine.languages import _
from engine.permissions import SubmissionSubject, closed_now, may
from engine.submissions import drafting, prefilled, reused, standing
from engine.submissions.drafting import PageConflict, Saved
from engine.web import conflicts, notes, saving, taking, tasks
from engine.web.asking import (
    is_mine,
    me,
    now,
    read_session,
    subject_of,
    transaction,
    wants_json,
)
from engine.web.importing import take_points
from engine.web.language_choice import switching

filling = Blueprint("filling", __name__)


@filling.get("/submissions/<submission_id>/<form_id>/<page_id>")
def show_page(submission_id: str, form_id: str, page_id: str) -> ResponseReturnValue:
    """The page as it was last saved; with `?check=1` its problems too."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        form_set = form_set_of(subject.edition)
        page = form_set.page(form_id, page_id)
        if not is_mine(subject):
            return redirect(f"/review/{submission_id}", 303)
        draft = drafting.draft_of(session, submission_id)
        problems = _problems(session, subject, form_set, page, draft)
        if "check" not in request.args:
            problems = [one for one in problems if one.code == "typed"]
        return _render(session, subject, page, draft, problems)


@filling.post("/submissions/<submission_id>/<form_id>/<page_id>")
def save_page(submission_id: str, form_id: str, page_id: str) -> ResponseReturnValue:
    """Save what was posted, then do what the pressed button says."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
    page = form_set_of(subject.edition).page(form_id, page_id)
    posted = MultiDict(request.form)
    with transaction() as session:
        notes.keep_replies(session, subject_of(session, submission_id), request.form)
    if may(me(), "submission.edit", subject, form_id) is not None and not wants_json():
        return _too_late(subject, page)
    refused = (
        [] if wants_json() else [*take_points(page, posted), *taking.take(subject, page, posted)]
    )
    try:
        saved = _save(submission_id, page, posted, posted.get("_seen", ""))
    except PageConflict as conflict:
        answer = _two_versions(submission_id, page, posted, conflict)
        if answer is not None:
            return answer
        # What differs is nothing that the page shows: there is nothing to choose.
        saved = _save(submission_id, page, posted, conflict.seen)
    if wants_json():
        return _saved_as_json(subject, page, saved)
    if saved.closed:
        return _too_late(subject, page, saved)
    return _onward(submission_id, page, refused, saved)


def _save(submission_id: str, page: Page, posted: MultiDict[str, str], seen: str) -> Saved:
    for last in (False, True):
        try:
            with transaction() as session:
                subject = subject_of(session, submission_id)
                saved = conflicts.save(
                    session, subject, page, posted, seen, _button(posted), me(), now()
                )
                if saved.closed and wants_json():
                    # The page's script keeps what was typed, and says why it is not saved.
                    raise Refused(closed_now())
                return saved
        except PageConflict:
            raise
        except Conflict:
            # Another request wrote in the same instant; now there is something to compare with.
            if last:
                raise
    raise AssertionError("the loop above returns or raises")


def _too_late(
    subject: SubmissionSubject, page: Page, saved: Saved | None = None
) -> ResponseReturnValue:
    """The answers, or some of them, can't be changed any more: say so, and hand back what was
    typed."""
    refusal = closed_now() if saved else may(me(), "submission.edit", subject, page.form_id)
    form_set = form_set_of(subject.edition)
    words = []
    for name, value in conflicts.carried(request.form):
        node = form_set.node(name.partition("#")[0])
        if saved and name.partition("#")[0] not in saved.closed:
            continue
        if isinstance(node, Leaf) and value.strip() and not name.endswith("#id"):
            words.append((node.title, value))
    rendered = render_template(
        "web/candidate/too-late.html",
        subject=subject,
        credential=subject.edition.credential,
        page=page,
        refusal=refusal,
        words=words,
        in_part=saved is not None,
    )
    return rendered, 403


def _button(posted: MultiDict[str, str]) -> tuple[str, str]:
    for name in BUTTONS:
        if name in posted:
            return name, posted[name]
    return "", ""


def _onward(
    submission_id: str, page: Page, refused: list[Problem], saved: Saved
) -> ResponseReturnValue:
    """After a save: the same page for a row or a problem, else the next page or the task list."""
    button, pointer = _button(request.form)
    with read_session() as session:
        subject = subject_of(session, submission_id)
        form_set = form_set_of(subject.edition)
        draft = drafting.draft_of(session, submission_id)
        if refused:
            return _render(session, subject, page, draft, refused, status=422)
        if switching():
            return redirect(tasks.page_url(subject, page), 303)
        if (place_of_link := taking.stays_at(request.form)) is not None:
            return redirect(f"{tasks.page_url(subject, page)}#{place_of_link}", 303)
        if button:
            if button == "_copy" and holds_files(form_set, draft, pointer):
                flash(_("The files stay with the first one; the copy starts without any."), "info")
            place = landing(button, pointer)
            return redirect(f"{tasks.page_url(subject, page)}#{quote(place)}", 303)
        if preview := request.form.get("_preview"):
            place = quote(f"{html_id(preview)}#preview")
            return redirect(f"{tasks.page_url(subject, page)}#{place}", 303)
        if request.form.get("_go") == "later":
            flash(_("Saved. Come back whenever you like: everything will be here."), "good")
            return redirect(f"/submissions/{submission_id}", 303)
        new = saving.brought_up(page, saved, has_scripts="_live" in request.form)
        problems = _problems(session, subject, form_set, page, draft)
        is_asking = request.form.get("_go") == "show"
        if is_asking or (new and saving.all_new(problems, new)):
            # Whoever goes on must not pass by questions that they have never seen.
            flash(saving.words_for(new) if new else saving.nothing_new(), "info")
            place = f"#{quote(new[0].pointer)}" if new else ""
            return redirect(tasks.page_url(subject, page) + place, 303)
        if problems:
            return redirect(tasks.page_url(subject, page, check=True), 303)
        following = tasks.place_of(form_set.pages, page).after
        if following is None:
            return redirect(f"/submissions/{submission_id}/check", 303)
        return redirect(tasks.page_url(subject, following), 303)


def _saved_as_json(subject: SubmissionSubject, page: Page, saved: Saved) -> ResponseReturnValue:
    with read_session() as session:
        form_set = form_set_of(subject.edition)
        return jsonify(saving.told(session, subject.submission.id, form_set, page, saved))


def _two_versions(
    submission_id: str, page: Page, posted: MultiDict[str, str], conflict: PageConflict
) -> ResponseReturnValue | None:
    """The page that lets the person choose; None when the versions look the same."""
    with read_session() as session:
        subject = subject_of(session, submission_id)
        evidence = drafting.evidence_of(session, submission_id)
        differing = conflicts.differing(page, conflict.mine, conflict.theirs, evidence)
        if not differing:
            return None
        if wants_json():
            # The page's script shows a button that posts the page whole, to see both versions.
            raise conflict
        return render_template(
            "web/candidate/conflict.html",
            subject=subject,
            credential=subject.edition.credential,
            page=page,
            url=tasks.page_url(subject, page),
            differing=differing,
            carried=conflicts.carried(posted),
            seen=conflict.seen,
            saved_at=drafting.saved_at(session, submission_id),
        ), 409


def _problems(
    session: Session, subject: SubmissionSubject, form_set: FormSet, page: Page, draft: Draft
) -> list[Problem]:
    evidence = drafting.evidence_of(session, subject.submission.id)
    offers = reused.offers_for(session, subject)
    today = standing.day_that_has_begun(now())
    problems = forms_answers.validate(form_set, draft, evidence, offers=offers, today=today)
    return forms_answers.page_problems(page, problems)


def _render(
    session: Session,
    subject: SubmissionSubject,
    page: Page,
    draft: Draft,
    problems: list[Problem],
    status: int = 200,
) -> ResponseReturnValue:
    refusal = may(me(), "submission.edit", subject, page.form_id)
    if refusal is None and not tasks.is_open(subject, page):
        refusal = closed_now()
    place = tasks.place_of(form_set_of(subject.edition).pages, page)
    noted = notes.concerning(notes.to_answer(session, subject), page)
    form_set = form_set_of(subject.edition)
    taken = prefilled.filled_in(session, subject.submission.id, page.form_id, draft)
    rendered = render_template(
        "web/candidate/page.html",
        subject=subject,
        credential=subject.edition.credential,
        page=page,
        place=place,
        url=tasks.page_url(subject, page),
        next_url=tasks.page_url(subject, place.after) if place.after else "",
        example=subject.edition.credential.examples.get(page.form_id, ""),
        draft=draft,
        problems=problems,
        problems_by_pointer=tasks.by_pointer(problems),
        comments_by_pointer=tasks.by_pointer([*noted, *tasks.filled_in(taken)]),
        notes=noted,
        openings=subject.openings,
        evidence=drafting.evidence_of(session, subject.submission.id),
        seen=forms_answers.page_seen(page, draft),
        saved_at=drafting.saved_at(session, subject.submission.id),
        refusal=refusal,
        offers=reused.offers_for(session, subject, me()),
        conditions=conditions_of(page),
        requirements=saving.bars(session, subject.submission.id, form_set, page, draft),
    )
    return rendered, status
