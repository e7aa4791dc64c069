"""Places that are free or fall free, and who is asked to take them.

The engine picks where the document says so; staff are told of places for which there is nobody, and
the engine looks again every hour. Whatever frees a place ends in `refill`, so that the submission's
row and what happens by itself follow in the same transaction. Who could be asked is in `pools`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine.people import ENGINE
from engine.permissions import SubmissionSubject
from engine.records import audit
from engine.records.tables import Review
from engine.settings import Settings
from engine.submissions import (
    assignments,
    deadlines,
    drafting,
    places,
    pools,
    review_letters,
    timers,
)
from engine.submissions.timers import Ringing

PICK = "review-pick"
"""The timer that looks for a reviewer again where there was none."""
AGAIN = timedelta(hours=1)
Settle = Callable[[Session, Settings, str, datetime], Any]
_settle: list[Settle] = []


def settle_with(function: Settle) -> None:
    """Have `function` fire what happens by itself after an assignment changed.

    It is `progress.settle`, which stands above this module and says so when it is imported."""
    _settle[:] = [function]


def follow(session: Session, settings: Settings, subject: SubmissionSubject, at: datetime) -> None:
    """What happens by itself now that an assignment changed."""
    for settle in _settle:
        settle(session, settings, subject.submission.id, at)


def fill(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    rows: list[Review],
    at: datetime,
) -> None:
    """Pick reviewers for free places where the document says that the engine does; tell staff of
    places for which there is nobody."""
    counting = places.taken(rows, subject)
    free, taken = places.free_in(subject, counting), {one.reviewer_id for one in counting}
    wanting = False
    for name, block in subject.state.reviews.items():
        if not free[name] or block.pick == "manual":
            continue
        picking = block.pick != "claim"
        pool = pools.members(session, subject, block, picking=picking)
        fit = [one for one in pool if one.id not in taken]
        if not picking:
            if all(one.conflict for one in fit):
                _tell_staff(session, subject, name)
            continue
        # Whoever gave it up is asked again only by hand.
        tried = {one.reviewer_id for one in rows if places.belongs(one, subject)}
        order = [one for one in pools.in_turn(fit, block, at) if one.id not in tried]
        for one in order[: free[name]]:
            how: assignments.How = "turn" if block.pick == "round_robin" else "load"
            assignments.give(session, settings, subject, rows, block, one.id, at, how, ENGINE)
            taken.add(one.id)
        if len(order) < free[name]:
            wanting = True
            _tell_staff(session, subject, name)
    if wanting:
        timers.stop(session, subject.submission.id, PICK)
        timers.wind(session, subject.submission.id, PICK, subject.state.name, at + AGAIN)


def give_up(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    review: Review,
    kind: str,
    at: datetime,
    reason: str = "",
    by: audit.Doer = ENGINE,
    to: str = "",
) -> None:
    """End an open assignment for a reason that is not the reviewer's own choice, tell them, and
    look for somebody else: `to`, if that is possible, or whoever the block's rule says.

    One that does not belong to the present state any more just ends."""
    places.hold(session, subject)
    if not places.belongs(review, subject):
        assignments.stop(session, review)
        session.flush()
        return
    assignments.end(session, subject, review, kind, reason, by, at)
    letter = review_letters.TAKEN_BACK
    occasion = assignments.occasion_of(review, at)
    review_letters.tell(session, subject, review.reviewer_id, letter, occasion, reason)
    rows = places.every(session, subject)
    if to and (block := subject.state.reviews.get(review.block)) is not None:
        fit = {one.id: one for one in pools.members(session, subject, block)}.get(to)
        known = {one.reviewer_id for one in places.taken(rows, subject)}
        if fit and not fit.conflict and not fit.away(at) and to not in known:
            assignments.give(session, settings, subject, rows, block, to, at, "delegated", ENGINE)
    refill(session, settings, subject, rows, at)


def refill(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    rows: list[Review],
    at: datetime,
) -> None:
    """A place fell free: ask somebody else or tell staff, and keep the submission's row true."""
    if subject.state.reviews:
        fill(session, settings, subject, rows, at)
        free = places.free_in(subject, places.taken(rows, subject))
        for name, block in subject.state.reviews.items():
            if block.pick == "manual" and free[name]:
                _tell_staff(session, subject, f"{name}.{at:%Y%m%d%H%M%S}")
    places.seat(session, subject, rows)
    follow(session, settings, subject, at)


def _tell_staff(session: Session, subject: SubmissionSubject, what: str) -> None:
    """Once for each time that the submission came here, and for each of `what`."""
    submission = subject.submission
    occasion = f"{submission.revision}.{what}"
    for one in pools.staff(session):
        letter, path = review_letters.NOBODY, review_letters.STAFF
        review_letters.tell(session, subject, one, letter, occasion, path=path)


def _ringing_for(ringing: Ringing) -> tuple[SubmissionSubject, Review] | None:
    review = ringing.session.get(Review, ringing.name)
    if review is None or review.status != "open":
        return None
    subject = drafting.subject_of(ringing.session, ringing.submission_id)
    places.hold(ringing.session, subject)
    ringing.session.refresh(review)
    if review.status != "open" or not places.belongs(review, subject):
        return None
    return subject, review


def _lock_lapses(ringing: Ringing) -> None:
    found = _ringing_for(ringing)
    if found is None:
        return
    subject, review = found
    if review.lock_until is None:
        return
    if review.lock_until > ringing.at:
        until = review.lock_until
        timers.wind(ringing.session, ringing.submission_id, deadlines.LOCK, review.id, until)
        return
    give_up(ringing.session, ringing.settings, subject, review, "claim-lapsed", ringing.at)


def _somebody_else(ringing: Ringing) -> None:
    found = _ringing_for(ringing)
    if found is not None:
        subject, review = found
        give_up(ringing.session, ringing.settings, subject, review, "overdue", ringing.at)


def _pick_again(ringing: Ringing) -> None:
    subject = drafting.subject_of(ringing.session, ringing.submission_id)
    places.hold(ringing.session, subject)
    if subject.state.name == ringing.name and subject.submission.places_free:
        rows = places.every(ringing.session, subject)
        refill(ringing.session, ringing.settings, subject, rows, ringing.at)


timers.register(deadlines.LOCK, _lock_lapses)
timers.register(deadlines.REASSIGN, _somebody_else)
timers.register(PICK, _pick_again)
