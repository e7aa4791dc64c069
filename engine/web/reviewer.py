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

from engine import phrases
from engine.errors import Conflict, Refusal, Refused
from engine.languages import _
from engine.permissions import SubmissionSubject, may
from engine.records.tables import Account
from engine.submissions import (
    blinding,
    claiming,
    finishing,
    progress,
    reviewing,
    scoring_sheets,
    undoing,
)
from engine.web import bulk, list_files, lists, notes, review_desk, saved_views, scoring
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
from engine.web.assignments import assignments
from engine.web.statements import received

reviewer = Blueprint("reviewer", __name__)
reviewer.register_blueprint(assignments)
reviewer.register_blueprint(bulk.blueprint)
reviewer.register_blueprint(saved_views.blueprint)


class Named(NamedTuple):
    """A person by the name under which the reader may know them."""

    name: str


@reviewer.get("/queue")
def queue() -> ResponseReturnValue:
    """What waits for reviewers, the longest first unless they ask otherwise."""
    with read_session() as session:
        page = lists.shown(session, "queue")
    return render_template("web/reviewer/queue.html", page=page)


@reviewer.get("/queue.<any(csv, xlsx):kind>")
def queue_file(kind: str) -> ResponseReturnValue:
    """The queue as a file: every row that matches."""
    return list_files.as_file("queue", kind)


@reviewer.get("/review/<submission_id>")
def workspace(submission_id: str) -> ResponseReturnValue:
    """The answers beside the scoring guides; or, for who may not read them yet, why not."""
    with read_session() as session:
        return _page(session, subject_of(session, submission_id))


@reviewer.post("/review/<submission_id>")
def decide(submission_id: str) -> ResponseReturnValue:
    """Save the scores; then, if a decision was asked for, make it or say why it can't be made.

    What begins with a dash is about the reviewer's own sheet: no transition is called so.
    """
    chosen = request.form.get("_go", "save")
    with transaction() as session:
        subject = subject_of(session, submission_id)
        leaving = {one.name for one in subject.workflow.leaving(subject.submission.state)}
        refusal = may(me(), "submission.score", subject)
        if refusal is None or chosen not in leaving:
            page = _keep_sheet(session, subject, refusal, chosen)
            if page is not None:
                return page
    if chosen in ("-finish", "-reopen"):
        return _end(submission_id, chosen)
    if chosen.startswith("-") or chosen == "save":
        return _saved(submission_id, chosen)
    return _fire(submission_id, chosen)


@reviewer.post("/review/<submission_id>/comments")
def comment(submission_id: str) -> ResponseReturnValue:
    """Keep the notes that were written on answers, or do what a note's own button says.

    The buttons beside the answers post the scoring sheet along, so that no score is lost.
    """
    pointer = request.form.get("_note", request.form.get("pointer", ""))
    with transaction() as session:
        subject = subject_of(session, submission_id)
        page = _keep_sheet(session, subject, may(me(), "submission.comment", subject))
        if page is not None:
            return page
        done = notes.press(session, subject, request.form)
        if own := reviewing.own_review(session, subject, me(), _block()):
            claiming.touched(session, house().settings, subject, own, now())
    if done or notes.posted(request.form):
        flash(done or _("Your note is kept."), "good")
    return redirect(_here(submission_id) + review_desk.fragment(pointer), 303)


def _page(
    session: Session,
    subject: SubmissionSubject,
    refusal: Refusal | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The workspace, or the page that stands in its place before the submission is claimed."""
    offers = progress.offers(session, me(), subject, now())
    seen = blinding.eyes(session, me(), subject)
    account = session.get_one(Account, subject.submission.candidate_id)
    candidate = Named(seen.candidate(account.name))
    unread = may(me(), "submission.read", subject)
    if is_mine(subject) or unread:
        page = render_template(
            "web/reviewer/closed.html",
            subject=subject,
            candidate=candidate,
            holder=_holder(session, subject),
            offers=offers,
            refusal=refusal,
            in_confidence=unread if unread and unread.code == "in-confidence" else None,
            claimable=claiming.claimable(session, me(), subject),
            turned_away=claiming.turned_away(session, me(), subject),
        )
        return page, status
    shows_all = request.args.get("show") == "all"
    desk = review_desk.lay_out(session, house().store, me(), subject, now(), _block(), shows_all)
    page = render_template(
        "web/reviewer/review.html",
        desk=desk,
        received=received(session, subject),
        sheet=scoring,
        address=_address(subject.submission.id, desk.part),
        subject=subject,
        candidate=candidate,
        holder=_holder(session, subject),
        offers=offers,
        refusal=refusal,
        claimable=claiming.claimable(session, me(), subject),
        own_place=claiming.own_place(session, me(), subject),
    )
    return page, status


def _keep_sheet(
    session: Session, subject: SubmissionSubject, refusal: Refusal | None, chosen: str = "save"
) -> ResponseReturnValue | None:
    """Keep the scores that were posted and, unless the page saves itself, the notes on answers.

    None when all is kept; otherwise the page that says why not and hands back what was typed.
    """
    if refusal is not None:
        return _taken(session, subject, refusal)
    if not wants_json() and (unfit := notes.unfit(request.form)):
        return _taken(session, subject, unfit, 422)
    if "_seen" in request.form:
        try:
            _save_sheet(session, subject, chosen)
        except Refused as refused:
            return _taken(session, subject, refused.refusal)
        except Conflict as conflict:
            if wants_json():
                raise
            return _changed_elsewhere(session, subject, conflict)
    if not wants_json():
        notes.keep(session, subject, request.form)
    return None


def _save_sheet(session: Session, subject: SubmissionSubject, chosen: str) -> None:
    scores = scoring.posted_scores(request.form)
    way, _colon, guide = chosen.partition(":")
    if way in ("-rest", "-unrest"):
        review = reviewing.own_review(session, subject, me(), _block())
        sheets = scoring_sheets.sheets(session, subject, review)
        mark = scoring.with_the_rest if way == "-rest" else scoring.without_the_rest
        scores = mark(sheets, guide, scores)
    review = reviewing.save_scores(
        session,
        me(),
        subject,
        scores,
        request.form.get("_seen", -1, int),
        now(),
        block=_block(),
        recommendation=request.form.get("recommend", "") if "_recommends" in request.form else None,
    )
    claiming.touched(session, house().settings, subject, review, now())


def _saved(submission_id: str, chosen: str = "save") -> ResponseReturnValue:
    if not wants_json():
        way, _colon, guide = chosen.partition(":")
        if way == "-rest":
            flash(_("What was not decided yet is marked Yes. You can take that back."), "good")
        elif way == "-unrest":
            flash(_("Those are not decided again."), "good")
        else:
            flash(_("Your scores are saved. Nobody else sees them yet."), "good")
        return redirect(_here(submission_id) + (f"#guide-{guide}" if guide else ""), 303)
    with read_session() as session:
        subject = subject_of(session, submission_id)
        part = review_desk.part_of(session, me(), subject, _block())
        tally = scoring_sheets.tally(session, subject, part.review)
        offers = progress.offers(session, me(), subject, now())
    return jsonify(
        saved_at=now().isoformat(),
        seen=str(part.review.revision if part.review else 0),
        revision=part.review.revision if part.review else 0,
        decided=tally.decided,
        total=tally.total,
        points=scoring.points_in_words(tally) if scoring.has_points(tally) else "",
        finish=str(Refused(part.missing)) if part.ends_by_word and part.missing else "",
        offers={
            one.transition.name: str(Refused(one.refusal)) if one.refusal else "" for one in offers
        },
    )


def _end(submission_id: str, chosen: str) -> ResponseReturnValue:
    """“I have finished my review”, or “change my review”."""
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            if chosen == "-reopen":
                finishing.reopen_review(session, house().settings, me(), subject, now(), _block())
            else:
                settings = house().settings
                finishing.finish_review(session, settings, me(), subject, now(), _block())
    except (Refused, Conflict) as error:
        if wants_json():
            raise
        refusal = error.refusal if isinstance(error, Refused) else Refusal(str(error))
        with read_session() as session:
            return _page(session, subject_of(session, submission_id), refusal, 409)
    flash(
        _("Your review is open again.")
        if chosen == "-reopen"
        else _("Your review is finished. Thank you."),
        "good",
    )
    return redirect(_here(submission_id), 303)


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
            label = subject.state.public_label if is_mine(subject) else subject.state.label
            mine = may(me(), "submission.score", subject) is None
            undoable = undoing.refusal(me(), subject.submission, now()) is None
    except (Refused, Conflict) as error:
        if wants_json():
            raise
        refusal = error.refusal if isinstance(error, Refused) else Refusal(str(error))
        status = 403 if isinstance(error, Refused) else 409
        with read_session() as session:
            return _page(session, subject_of(session, submission_id), refusal, status)
    flash(_("It is with you now.") if mine else _("Done: %(label)s.", label=label), "good")
    stays = mine or undoable  # the button that takes it back is on its page
    return redirect(_address(submission_id) if stays else url_for("reviewer.queue"), 303)


def _asks_first(session: Session, subject: SubmissionSubject, chosen: str) -> bool:
    """Whether the transition has a page of its own before it fires: a question, or a comment.

    Raises `Refused` when it can't fire now, so that nobody writes a comment in vain.
    """
    for transition, refusal in progress.offers(session, me(), subject, now()):
        if transition.name == chosen and (
            transition.confirm or transition.require or transition.form
        ):
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
        kept=scoring.worded(
            list(subject.edition.credential.scoring_guides.values()),
            scoring.posted_scores(request.form),
        ),
        notes=notes.words(request.form),
    )
    return page, status


def _changed_elsewhere(
    session: Session, subject: SubmissionSubject, conflict: Conflict
) -> ResponseReturnValue:
    """The same scoring sheet was saved in another window: both versions, side by side."""
    review = reviewing.own_review(session, subject, me(), _block())
    mine = scoring.posted_scores(request.form)
    recommend = request.form.get("recommend", "")
    block = reviewing.block_of(subject, review) if review else None
    page = render_template(
        "web/reviewer/conflict.html",
        subject=subject,
        conflict=conflict,
        review=review,
        mine={key: scoring.field_of(*score.answer) for key, score in mine.items()},
        words={key: score.notes for key, score in mine.items()},
        recommend=recommend,
        recommended=block.recommend if block else {},
        notes=notes.carried(request.form),
        differing=scoring.differing(scoring_sheets.sheets(session, subject, review), mine),
    )
    return page, 409


def _holder(session: Session, subject: SubmissionSubject) -> str:
    """Who has it, besides the person who looks, as they may know them."""
    ids = [id for id in subject.submission.reviewer_ids if id != me().id]
    if not ids:
        return ""
    seen = blinding.eyes(session, me(), subject)
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    known = {row.id: row.name for row in rows}
    return phrases.listed([seen.name_of(id, known.get(id, "")) for id in ids])


def _block() -> str | None:
    """Which of several reviews of theirs the person is at, by the name of its block."""
    return request.values.get("block") or None


def _here(submission_id: str) -> str:
    """The workspace, at the review that the post came from."""
    return url_for("reviewer.workspace", submission_id=submission_id, block=_block())


def _address(submission_id: str, part: review_desk.ReviewPart | None = None) -> str:
    """The workspace, at that part of the person's reviews if they have several there."""
    block = part.block.name if part is not None and part.others and part.block else None
    return url_for("reviewer.workspace", submission_id=submission_id, block=block)
