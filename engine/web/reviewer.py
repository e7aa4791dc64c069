"""The reviewers' pages: the queue, and the workspace where a submission is scored and decided.

A reviewer reads what was submitted, the snapshot of the round, and never the draft behind it.
Scores save themselves while the reviewer works; a decision first saves them and then asks
`submissions.progress`, so that a refusal never costs a note that was just written.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.credentials.workflow import Transition
from engine.errors import Conflict, Refusal, Refused
from engine.languages import _
from engine.permissions import SubmissionSubject, may, may_fire
from engine.records import catalogue
from engine.records.tables import Account
from engine.submissions import comments, progress, reviewers_queue, reviewing
from engine.submissions.reviewers_queue import QueueRow
from engine.web import review_desk
from engine.web.asking import (
    house,
    is_mine,
    me,
    now,
    read_session,
    subject_of,
    transaction,
    wants_json,
)
from engine.web.paging import PAGE_ROWS

reviewer = Blueprint("reviewer", __name__)


class Waiting(NamedTuple):
    """A row of the queue, with the transition that takes it over, if this person may."""

    row: QueueRow
    claim: Transition | None


@reviewer.get("/queue")
def queue() -> ResponseReturnValue:
    """What waits for reviewers, the longest first."""
    asked = {name: request.args.get(name, "") for name in ("state", "whose", "credential")}
    with read_session() as session:
        found = reviewers_queue.queue(
            session, me(), **asked, after=request.args.get("after", ""), limit=PAGE_ROWS + 1
        )
        waiting = [Waiting(row, _claim_of(session, row)) for row in found[:PAGE_ROWS]]
        filters = review_desk.filters(session, reviewers_queue.counts(session, me()), asked)
        following = found[PAGE_ROWS - 1].cursor if len(found) > PAGE_ROWS else ""
        return render_template(
            "web/reviewer/queue.html",
            waiting=waiting,
            filters=filters,
            asked=asked,
            following=following,
        )


@reviewer.get("/review/<submission_id>")
def workspace(submission_id: str) -> ResponseReturnValue:
    """The answers beside the scoring guides; or, for who may not read them yet, why not."""
    with read_session() as session:
        return _page(session, subject_of(session, submission_id))


@reviewer.post("/review/<submission_id>")
def decide(submission_id: str) -> ResponseReturnValue:
    """Save the scores; then, if a decision was asked for, make it or say why it can't be made."""
    chosen = request.form.get("_go", "save")
    with transaction() as session:
        subject = subject_of(session, submission_id)
        leaving = {one.name for one in subject.workflow.leaving(subject.submission.state)}
        refusal = may(me(), "submission.score", subject)
        if refusal is None or chosen not in leaving:
            page = _keep_sheet(session, subject, refusal)
            if page is not None:
                return page
    return _saved(submission_id) if chosen == "save" else _fire(submission_id, chosen)


@reviewer.post("/review/<submission_id>/comments")
def comment(submission_id: str) -> ResponseReturnValue:
    """Keep the notes that were written on single answers, or take one back with `_remove`.

    The buttons beside the answers post the scoring sheet along, so that no score is lost.
    """
    pointer = request.form.get("_note", request.form.get("pointer", ""))
    with transaction() as session:
        subject = subject_of(session, submission_id)
        page = _keep_sheet(session, subject, may(me(), "submission.comment", subject))
        if page is not None:
            return page
        if gone := request.form.get("_remove", ""):
            comments.remove(session, me(), subject, gone, now())
    written = bool(review_desk.posted_notes(request.form))
    if gone or written:
        flash(_("The note is gone.") if gone else _("Your note is kept."), "good")
    return redirect(_address(submission_id) + review_desk.fragment(pointer), 303)


def _page(
    session: Session,
    subject: SubmissionSubject,
    refusal: Refusal | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The workspace, or the page that stands in its place before the submission is claimed."""
    offers = progress.offers(session, me(), subject, now())
    candidate = session.get_one(Account, subject.submission.candidate_id)
    if is_mine(subject) or may(me(), "submission.read", subject):
        page = render_template(
            "web/reviewer/closed.html",
            subject=subject,
            candidate=candidate,
            holder=_holder(session, subject),
            offers=offers,
            refusal=refusal,
        )
        return page, status
    page = render_template(
        "web/reviewer/review.html",
        desk=review_desk.lay_out(session, house().store, me(), subject),
        subject=subject,
        candidate=candidate,
        holder=_holder(session, subject),
        offers=offers,
        refusal=refusal,
    )
    return page, status


def _keep_sheet(
    session: Session, subject: SubmissionSubject, refusal: Refusal | None
) -> ResponseReturnValue | None:
    """Keep the scores that were posted and, unless the page saves itself, the notes on answers.

    None when all is kept; otherwise the page that says why not and hands back what was typed.
    """
    if refusal is not None:
        return _taken(session, subject, refusal)
    notes = {} if wants_json() else review_desk.posted_notes(request.form)
    if any(len(body) > comments.LONGEST for body in notes.values()):
        # Asked before anything is kept: the page hands everything back.
        return _taken(session, subject, comments.too_long(), 422)
    if "_seen" in request.form:
        scores = review_desk.posted_scores(request.form)
        revision = request.form.get("_seen", -1, int)
        try:
            reviewing.save_scores(session, me(), subject, scores, revision, now())
        except Conflict as conflict:
            if wants_json():
                raise
            return _changed_elsewhere(session, subject, conflict)
    for pointer, body in notes.items():
        review_desk.require_answer(session, subject, pointer)
        comments.add(session, me(), subject, pointer, body, now())
    return None


def _saved(submission_id: str) -> ResponseReturnValue:
    if not wants_json():
        flash(_("Your scores are saved. Nobody else sees them yet."), "good")
        return redirect(_address(submission_id), 303)
    with read_session() as session:
        subject = subject_of(session, submission_id)
        review = reviewing.current_review(session, subject)
        tally = reviewing.tally(session, subject)
        offers = progress.offers(session, me(), subject, now())
    return jsonify(
        saved_at=now().isoformat(),
        seen=str(review.revision if review else 0),
        revision=review.revision if review else 0,
        decided=tally.decided,
        total=tally.total,
        offers={
            one.transition.name: str(Refused(one.refusal)) if one.refusal else "" for one in offers
        },
    )


def _fire(submission_id: str, chosen: str) -> ResponseReturnValue:
    revision = request.form.get("revision", -1, int)
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            if _asks_first(session, subject, chosen):
                return redirect(f"/submissions/{submission_id}/advance/{chosen}", 303)
            progress.advance(
                session, house().settings, me(), submission_id, chosen, revision, now()
            )
            label = subject.state.label
            mine = may(me(), "submission.score", subject) is None
    except (Refused, Conflict) as error:
        if wants_json():
            raise
        refusal = error.refusal if isinstance(error, Refused) else Refusal(str(error))
        status = 403 if isinstance(error, Refused) else 409
        with read_session() as session:
            return _page(session, subject_of(session, submission_id), refusal, status)
    flash(_("It is with you now.") if mine else _("Done: %(label)s.", label=label), "good")
    return redirect(_address(submission_id) if mine else url_for("reviewer.queue"), 303)


def _asks_first(session: Session, subject: SubmissionSubject, chosen: str) -> bool:
    """Whether the transition has a page of its own before it fires: a question, or a comment.

    Raises `Refused` when it can't fire now, so that nobody writes a comment in vain.
    """
    for transition, refusal in progress.offers(session, me(), subject, now()):
        if transition.name == chosen and (transition.confirm or transition.require):
            if refusal is not None:
                raise Refused(refusal)
            return True
    return False


def _taken(
    session: Session, subject: SubmissionSubject, refusal: Refusal, status: int = 409
) -> ResponseReturnValue:
    """Somebody else has it now, or it has moved on: say so, and hand back what was typed."""
    if wants_json():
        raise Refused(refusal)
    page = render_template(
        "web/reviewer/taken.html",
        subject=subject,
        refusal=refusal,
        holder=_holder(session, subject),
        kept=review_desk.worded(subject, review_desk.posted_scores(request.form)),
        notes=list(review_desk.posted_notes(request.form).values()),
    )
    return page, status


def _changed_elsewhere(
    session: Session, subject: SubmissionSubject, conflict: Conflict
) -> ResponseReturnValue:
    """The same scoring sheet was saved in another window: both versions, side by side."""
    review = reviewing.current_review(session, subject)
    mine = review_desk.posted_scores(request.form)
    page = render_template(
        "web/reviewer/conflict.html",
        subject=subject,
        conflict=conflict,
        revision=review.revision if review else 0,
        mine=mine,
        notes=review_desk.posted_notes(request.form),
        differing=review_desk.differing(session, subject, mine),
    )
    return page, 409


def _claim_of(session: Session, row: QueueRow) -> Transition | None:
    """The transition that would give this row to the person who looks at it."""
    edition = catalogue.edition(session, row.submission.edition_digest)
    subject = SubmissionSubject(row.submission, edition)
    for transition in subject.workflow.leaving(row.submission.state):
        takes_over = any(effect.name == "assign" for effect in transition.do)
        if takes_over and may_fire(me(), transition, subject) is None:
            return transition
    return None


def _holder(session: Session, subject: SubmissionSubject) -> str:
    if subject.submission.reviewer_id is None:
        return ""
    return (
        session.scalar(select(Account.name).where(Account.id == subject.submission.reviewer_id))
        or ""
    )


def _address(submission_id: str) -> str:
    return url_for("reviewer.workspace", submission_id=submission_id)
