"""“I have finished my review”: the end of one of several reviews, and its being opened again.

Where one reviewer scores and decides, the decision ends the review (`close_review`). Where several
are wanted, or a recommendation, each finishes their own, and what follows from all of them is for
the workflow's document to say: `progress.settle` looks at once whether anything does.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import _, ngettext
from engine.people import Actor
from engine.permissions import SubmissionSubject, require
from engine.records.tables import Review
from engine.settings import Settings
from engine.submissions import (
    concluding,
    deadlines,
    history,
    progress,
    reviewing,
    scoring,
    scoring_sheets,
)
from engine.submissions.reviewing import block_of, own_review
from engine.submissions.scores import Totals


def unfinished(subject: SubmissionSubject, review: Review, totals: Totals) -> Refusal | None:
    """None when everything that this review is asked for has been said, otherwise what has not."""
    block = block_of(subject, review)
    if totals.undecided:
        return Refusal(
            ngettext(
                "%(count)s look-for is not decided yet.",
                "%(count)s look-fors are not decided yet.",
                totals.undecided,
            ),
            _("Decide each one, then finish."),
            "undecided",
        )
    if totals.no_without_notes:
        return Refusal(
            ngettext(
                "%(count)s look-for still needs a word of explanation.",
                "%(count)s look-fors still need a word of explanation.",
                totals.no_without_notes,
            ),
            _("Say what is missing and what would help."),
            "no-notes",
        )
    if block is not None and block.recommend and not review.recommendation:
        return Refusal(
            _("Your recommendation is missing."), _("Choose one, then finish."), "recommendation"
        )
    return None


def finish_review(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    at: datetime,
    block: str | None = None,
) -> Review:
    """Close the actor's own review, and let happen by itself what the document makes of it.

    Finishing what is finished changes nothing. Raises `Refused` (not assigned, or something is
    not decided, with what) and `NotFound` (no review of theirs).
    """
    require(actor, "submission.score", subject)
    _hold(session, subject)
    review = own_review(session, subject, actor, block)
    if review is None:
        raise NotFound(_("There is no open review of yours here."))
    if review.status == "closed":
        return review
    if not scoring.wants_finishing(subject.state):
        raise Refused(
            Refusal(_("Here the decision ends the review."), _("Choose one of them."), "decision")
        )
    if refusal := unfinished(subject, review, scoring_sheets.tally(session, subject, review)):
        raise Refused(refusal)
    concluding.end(session, subject, review, actor, at)
    review.lock_until = None
    deadlines.stop(session, review)
    progress.settle(session, settings, subject.submission.id, at)
    return review


def reopen_review(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    at: datetime,
    block: str | None = None,
) -> Review:
    """Take up one's own finished review once more, as long as the submission waits for others.

    Raises `Refused` once it has moved on, and `Conflict` when there is nothing to open.
    """
    require(actor, "submission.score", subject)
    _hold(session, subject)
    own = [one for one in reviewing.own_reviews(session, subject, actor) if one.status == "closed"]
    review = next((one for one in own if block in (None, one.block)), None)
    if review is None or not scoring.wants_finishing(subject.state):
        raise Conflict(_("There is no finished review of yours here to open again."))
    review.status, review.closed_at = "open", None
    session.flush()
    deadlines.wind(session, settings, subject, review, at)
    facts = {"review": review.id, "round": review.round}
    history.record(session, subject.submission.id, "review-reopened", facts, actor, at)
    return review


def _hold(session: Session, subject: SubmissionSubject) -> None:
    """Keep everybody else from this submission until the commit: two reviewers who finish at the
    same moment must see each other's reviews, or nothing would follow from both."""
    seen = subject.submission.state
    session.refresh(subject.submission, with_for_update=True)
    if subject.submission.state != seen:
        raise Conflict(_("This has moved on meanwhile. Look at where it stands now."))
