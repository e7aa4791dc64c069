"""What becomes of a submission's reviewers when it moves: the effects `assign`, `unassign` and
`close_review`, and coming to a state.

Whoever is still assigned when a submission comes back to a state reviews it again, with what they
scored before; the effect `unassign` on the way there frees the places for everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.people import ENGINE, Actor
from engine.permissions import SubmissionSubject, plays
from engine.records.prepared import Prepared
from engine.records.tables import Review
from engine.settings import Settings
from engine.submissions import assignments, deadlines, places, pools, review_letters, vacancies

_REVIEWS = Review.__table__
_STANDING = Prepared(
    select(
        _REVIEWS.c.reviewer_id,
        _REVIEWS.c.round,
        _REVIEWS.c.state,
        _REVIEWS.c.block,
        _REVIEWS.c.status,
    ).where(_REVIEWS.c.submission_id == bindparam("of"))
)


def assigned(actor: Actor) -> dict[str, object]:
    """The columns that the effect `assign` sets along with the state."""
    return {"reviewer_id": actor.id, "reviewer_ids": [actor.id], "places_free": 0}


def unassigned() -> dict[str, object]:
    """The columns that the effect `unassign` sets along with the state."""
    return {"reviewer_id": None, "reviewer_ids": [], "places_free": 0}


def take_up(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    actor: Actor,
    by: Collection[str],
    at: datetime,
    named_by: Actor | None = None,
) -> None:
    """The effect `assign`: whoever takes the transition reviews in the state that it leads to.

    `by` are the roles that may take it: where the state asks for several reviews, theirs is the
    one of such a role. Where program staff take it for them (`named_by`), the trail says so, and
    they are told.
    """
    blocks = subject.state.reviews.values()
    roles = subject.workflow.roles
    fit = [block for block in blocks if plays(actor, roles[block.by], subject.submission)]
    meant = [block for block in fit if block.by in by]
    block = next(iter(meant or fit or blocks), None)
    if block is not None:
        how: assignments.How = "manual" if named_by else "claim"
        assignments.give(session, settings, subject, [], block, actor.id, at, how, named_by)


def let_go(session: Session, subject: SubmissionSubject) -> None:
    """The effect `unassign`: nobody's open assignment goes on."""
    for review in places.every(session, subject):
        if review.status == "open":
            assignments.stop(session, review)
    session.flush()


def decided(session: Session, subject: SubmissionSubject, actor: Actor, at: datetime) -> None:
    """The effect `close_review`: the scores of whoever decides are final; when somebody decides
    who does not review, those of everybody who does."""
    rows = [one for one in places.every(session, subject) if one.status == "open"]
    for review in [one for one in rows if one.reviewer_id == actor.id] or rows:
        assignments.close(session, review, at)
    session.flush()


def on_entry(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    at: datetime,
    actor: Actor = ENGINE,
) -> None:
    """A submission came to its state: end what belonged to the one before, fill the places.

    Harmless where neither state has review blocks. Called after `assign`, `unassign` and
    `close_review`, and before letters; guards are settled by the caller.
    """
    state, submission = subject.state, subject.submission
    if _settled_already(session, subject, actor):
        return
    rows = places.every(session, subject)
    for review in rows:
        if review.status == "open" and not places.belongs(review, subject):
            assignments.stop(session, review)
            if review.reviewer_id != actor.id and review.reviewer_id in submission.reviewer_ids:
                letter, occasion = review_letters.TAKEN_BACK, assignments.occasion_of(review, at)
                review_letters.tell(session, subject, review.reviewer_id, letter, occasion)
    if state.reviews:
        _keep_on(session, settings, subject, rows, at, actor)
        vacancies.fill(session, settings, subject, rows, at)
    places.seat(session, subject, rows)


def _settled_already(session: Session, subject: SubmissionSubject, actor: Actor) -> bool:
    """Whether one cheap look shows that there is nothing to do: every decision passes here, and
    most go from a state with one reviewer to one with none, or to one that the actor took up."""
    submission, blocks = subject.submission, subject.state.reviews
    known = _STANDING.run(session, {"of": submission.id}).fetchall()
    here = [row for row in known if row[1:3] == (submission.round, submission.state)]
    if any(row[4] == "open" and row not in here for row in known):
        return False
    if not blocks:
        return submission.places_free == 0
    (block,) = blocks.values() if len(blocks) == 1 else (None,)
    if block is None or block.count != 1 or deadlines.timed(block):
        return False
    counting = [row for row in here if row[4] != "given_up"]
    mine = [row for row in counting if row == (actor.id, *row[1:3], block.name, "open")]
    return len(counting) == len(mine) == 1 and submission.reviewer_ids == [actor.id]


def rewind(session: Session, settings: Settings, subject: SubmissionSubject, at: datetime) -> None:
    """Set the timers of every open assignment anew, after all of the submission's were stopped."""
    for review in places.taken(places.every(session, subject), subject):
        if review.status == "open":
            deadlines.wind(session, settings, subject, review, at)


def _keep_on(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    rows: list[Review],
    at: datetime,
    actor: Actor,
) -> None:
    """Whoever is still assigned reviews again; what others had in this state counts no more."""
    stay = [id for id in subject.submission.reviewer_ids if id]
    now = {(one.block, one.reviewer_id): one for one in rows if places.belongs(one, subject)}
    earlier = {
        (one.block, one.reviewer_id) for one in rows if one.state in ("", subject.state.name)
    }
    kept: dict[str, str] = {}
    for name, block in subject.state.reviews.items() if stay else ():
        wanted = [id for id in stay if (name, id) in earlier and id not in kept]
        # Whoever has just taken it up was asked everything before.
        if any(not (id == actor.id and _is_open(now, name, id)) for id in wanted):
            pool = {one.id: one for one in pools.members(session, subject, block)}
            wanted = [id for id in wanted if id in pool and not pool[id].conflict]
        for id in wanted[: block.count]:
            kept[id] = name
            if _is_open(now, name, id):
                deadlines.wind(session, settings, subject, now[name, id], at)
            else:
                assignments.give(session, settings, subject, rows, block, id, at, "again", ENGINE)
    for (name, id), review in now.items():
        if review.status != "given_up" and kept.get(id) != name:
            assignments.stop(session, review)


def _is_open(rows: Mapping[tuple[str, str], Review], block: str, id: str) -> bool:
    found = rows.get((block, id))
    return found is not None and found.status == "open"
