"""Reviewers take a place, hand it back, and say that they have a conflict of interest.

Who may, and what follows, is `submissions.claiming`'s business; staff's side of it is in
`staff_reviewers`.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import Problem, Refused
from engine.languages import _
from engine.permissions import may
from engine.records.tables import Account
from engine.submissions import blinding, claiming, declarations
from engine.web.asking import house, me, now, read_session, subject_of, transaction

assignments = Blueprint("assignments", __name__)


@assignments.post("/review/<submission_id>/claim")
def claim(submission_id: str) -> ResponseReturnValue:
    """Take a place of the block named `block`."""
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            block = request.form.get("block", "")
            claiming.claim(session, house().settings, me(), subject, block, now())
    except Refused as refused:
        # Somebody was faster, or there is a conflict: the page says what is so now.
        known = ("taken", "assigned", declarations.CODE)
        if refused.refusal.code not in known or "reviewer" not in me().roles:
            raise
        flash(str(refused), "warn")
        return redirect(_workspace(submission_id), 303)
    flash(_("It is with you now."), "good")
    return redirect(_workspace(submission_id), 303)


@assignments.post("/review/<submission_id>/hand-back")
def hand_back(submission_id: str) -> ResponseReturnValue:
    """Give up one's place without a decision."""
    reason = request.form.get("reason", "")
    with transaction() as session:
        subject = subject_of(session, submission_id)
        claiming.hand_back(session, house().settings, me(), subject, now(), reason)
    flash(_("You handed it back. Your scores are kept, in case you take it up again."), "good")
    return redirect(url_for("reviewer.queue"), 303)


@assignments.get("/review/<submission_id>/conflict")
def conflict(submission_id: str) -> ResponseReturnValue:
    """The page on which a reviewer says that they have a conflict of interest."""
    return _conflict_page(submission_id)


@assignments.post("/review/<submission_id>/conflict")
def declare(submission_id: str) -> ResponseReturnValue:
    """Record it; a place that they have here becomes free."""
    reason = request.form.get("reason", "")
    try:
        with transaction() as session:
            subject = subject_of(session, submission_id)
            claiming.step_aside(session, house().settings, me(), subject, me().id, reason, now())
    except Refused as refused:
        if refused.refusal.code != "reason":
            raise
        problem = Problem("reason", "reason", str(refused))
        return _conflict_page(submission_id, reason, problem)
    flash(_("Thank you for saying so. Somebody else reviews this work."), "good")
    return redirect(url_for("reviewer.queue"), 303)


def _conflict_page(
    submission_id: str, said: str = "", problem: Problem | None = None
) -> ResponseReturnValue:
    with read_session() as session:
        subject = subject_of(session, submission_id)
        if refusal := may(me(), "queue.see"):
            raise Refused(refusal)
        account = session.get_one(Account, subject.submission.candidate_id)
        seen = blinding.eyes(session, me(), subject)
        page = render_template(
            "web/reviewer/conflict-of-interest.html",
            subject=subject,
            candidate=seen.candidate(account.name),
            hidden=seen.hides_candidate,
            said=said,
            problem=problem,
            declared=any(
                one.reviewer_id == me().id for one in declarations.about(session, subject)
            ),
            longest=declarations.LONGEST,
        )
    return page, 422 if problem else 200


def _workspace(submission_id: str) -> str:
    return url_for("reviewer.workspace", submission_id=submission_id)
