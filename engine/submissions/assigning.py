"""Who reviews a submission: places taken, given, handed back, lapsed and finished.

An assignment is a row of `reviews`: one reviewer, one round, one state and one block of it. The
submission's row says in small what those rows say (`reviewer_ids`, `places_free`), for the queue
and for the permission function; `_seat` is the only place that writes it, in one UPDATE that
refuses when somebody else was faster. Who could be asked is in `pools`, who may not in
`conflicts_of_interest`; what a reviewer scores is in `reviewing`.

Whoever is still assigned when a submission comes back to a state reviews it again, with what they
scored before; the effect `unassign` on the way there frees the places for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from engine.credentials.workflow import ReviewBlock
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import _
from engine.people import ENGINE, Actor
from engine.permissions import SubmissionSubject, plays, require
from engine.records import audit
from engine.records.prepared import Prepared
from engine.records.tables import Account, Review, Submission
from engine.settings import Settings
from engine.submissions import (
    calibrating,
    carrying,
    conflicts_of_interest,
    deadlines,
    drafting,
    pools,
    review_letters,
    reviewing,
    timers,
)
from engine.submissions.timers import Ringing

How = Literal["claim", "manual", "turn", "load", "again", "delegated"]
"""How somebody came to an assignment: they took it, staff named them, it was their turn, they had
least to do, they had reviewed it before, or they stand in for somebody who is away."""

PICK = "review-pick"
"""The timer that looks for a reviewer again where there was none."""
AGAIN = timedelta(hours=1)
LONGEST_REASON = 2_000

_ROWS = Submission.__table__
_SEAT = Prepared(
    update(_ROWS).where(  # type: ignore[arg-type]
        _ROWS.c.id == bindparam("of"),
        _ROWS.c.state == bindparam("in_state"),
        _ROWS.c.revision == bindparam("seen"),
        _ROWS.c.places_free == bindparam("seen_free"),
    )
)


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


class Assignment(NamedTuple):
    """An assignment of the present state, as pages show it."""

    id: str
    reviewer_id: str
    name: str
    block: str
    status: str
    """`open` or `closed`."""
    since: datetime
    due_at: datetime | None
    lock_until: datetime | None
    by_hand: bool
    away: bool


Settle = Callable[[Session, Settings, str, datetime], Any]
_settle: list[Settle] = []


def settle_with(function: Settle) -> None:
    """Have `function` fire what happens by itself after an assignment changed.

    It is `progress.settle`, which stands above this module and says so when it is imported."""
    _settle[:] = [function]


# What pages and guards ask.


def assignments(session: Session, subject: SubmissionSubject, at: datetime) -> list[Assignment]:
    """Everybody who is asked to review in the present state, the first one first."""
    rows = session.execute(
        select(Review, Account)
        .join(Account, Account.id == Review.reviewer_id)
        .where(*_present(subject), Review.status != "given_up")
        .order_by(Review.started_at, Review.id)
    )
    return [
        Assignment(
            review.id,
            review.reviewer_id,
            account.name,
            review.block,
            review.status,
            review.started_at,
            review.due_at,
            review.lock_until,
            bool(review.assigned_by),
            pools.is_away(account.away_from, account.away_until, at),
        )
        for review, account in rows
    ]


def places_free(session: Session, subject: SubmissionSubject) -> Mapping[str, int]:
    """How many places of the present state are free, by block."""
    return _free(subject, _counting(_every(session, subject), subject))


def may_claim(
    session: Session, actor: Actor, subject: SubmissionSubject, block_name: str
) -> Refusal | None:
    """None when this person may take a place of this block now, otherwise why not."""
    block = _block(subject, block_name)
    role = subject.workflow.roles[block.by]
    if not plays(actor, role, subject.submission):
        if actor.id == subject.submission.candidate_id:
            return conflicts_of_interest.refusal(session, actor, subject, block)
        return Refusal(_("This is for the %(role)s to do.", role=role.label), code="role")
    if block.pick == "manual":
        return Refusal(
            _("Program staff choose who reviews this."), _("Ask them if it should be you."), "pick"
        )
    rows = _counting(_every(session, subject), subject)
    if any(one.reviewer_id == actor.id for one in rows):
        return Refusal(_("You have this submission already."), code="assigned")
    if not _free(subject, rows)[block_name]:
        return Refusal(
            _("Somebody else has taken it up; no place is free."),
            _("Choose another one from the queue."),
            "taken",
        )
    return conflicts_of_interest.refusal(session, actor, subject, block) or calibrating.refusal(
        session, actor, subject.submission.credential_id, block
    )


def claimable(session: Session, actor: Actor, subject: SubmissionSubject) -> list[ReviewBlock]:
    """The blocks of the present state in which this person may take a place now."""
    if not subject.submission.places_free:
        return []
    return [
        block
        for name, block in subject.state.reviews.items()
        if may_claim(session, actor, subject, name) is None
    ]


def offered(actor: Actor, subject: SubmissionSubject) -> list[ReviewBlock]:
    """The blocks in which a list may offer this person a place. Asks no database, so that a list
    costs the same however long it is: who has a conflict of interest is told when they take it."""
    submission, roles = subject.submission, subject.workflow.roles
    if not submission.places_free or actor.id in submission.reviewer_ids:
        return []
    return [
        block
        for block in subject.state.reviews.values()
        if block.pick != "manual" and plays(actor, roles[block.by], submission)
    ]


def turned_away(session: Session, actor: Actor, subject: SubmissionSubject) -> Refusal | None:
    """Why somebody who could review here may not take a place, where that is about them."""
    for name in subject.state.reviews:
        refusal = may_claim(session, actor, subject, name)
        if refusal is not None and refusal.code not in ("role", "taken", "assigned"):
            return refusal
    return None


class OwnPlace(NamedTuple):
    """A person's own open assignment, as their page shows it."""

    due_at: datetime | None
    lock_until: datetime | None
    gives_back: bool
    """Whether they hand it back here, and not by a transition of the workflow."""


def own_place(session: Session, actor: Actor, subject: SubmissionSubject) -> OwnPlace | None:
    """This person's open assignment in the present state, if they have one."""
    mine = [one for one in _counting(_every(session, subject), subject) if one.status == "open"]
    review = next((one for one in mine if one.reviewer_id == actor.id), None)
    if review is None:
        return None
    roles = subject.workflow.roles
    by_transition = any(
        any(effect.name == "unassign" for effect in one.do)
        and any(plays(actor, roles[name], subject.submission) for name in one.by)
        for one in subject.workflow.leaving(subject.state.name)
    )
    return OwnPlace(review.due_at, review.lock_until, not by_transition)


# What people do.


def claim(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    block_name: str,
    at: datetime,
) -> Review:
    """Take a place oneself. Raises `Refused` (role, conflict of interest, nothing free) and
    `Conflict` (somebody else was a moment faster)."""
    require(actor, "submission.see", subject)
    _hold(session, subject)
    if refusal := may_claim(session, actor, subject, block_name):
        raise Refused(refusal)
    block, rows = _block(subject, block_name), _every(session, subject)
    review = _give(session, settings, subject, rows, block, actor.id, at, "claim", actor)
    _seat(session, subject, rows)
    _follow(session, settings, subject, at)
    return review


def assign(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    block_name: str,
    at: datetime,
    *,
    instead_of: str = "",
    reason: str = "",
) -> Review:
    """Staff name a reviewer, for a free place or `instead_of` somebody, with a reason.

    Raises `Refused` when the person may not review it or no place is free.
    """
    require(actor, "submission.assign", subject)
    _hold(session, subject)
    block = _block(subject, block_name)
    fit = {one.id: one for one in pools.members(session, subject, block)}.get(reviewer_id)
    if fit is None:
        role = subject.workflow.roles[block.by]
        words = _("This person can’t be asked: they are not one of the %(role)s.", role=role.label)
        raise Refused(Refusal(words, _("Choose somebody from the list."), "role"))
    if fit.conflict:
        raise Refused(
            Refusal(
                _("%(name)s can’t review this.", name=fit.name),
                fit.conflict,
                conflicts_of_interest.CODE,
            )
        )
    rows = _every(session, subject)
    if instead_of:
        gone = _own(rows, subject, instead_of)
        _end(session, subject, gone, "reassigned", _reason(reason), actor, at)
        review_letters.tell(
            session,
            subject,
            gone.reviewer_id,
            review_letters.REASSIGNED,
            _occasion(gone, at),
            reason.strip(),
        )
    counting = _counting(rows, subject)
    if any(one.reviewer_id == reviewer_id for one in counting):
        raise Refused(Refusal(_("%(name)s reviews this already.", name=fit.name), code="assigned"))
    if not _free(subject, counting)[block_name]:
        raise Refused(
            Refusal(
                _("Every place is taken."),
                _("Choose whose place %(name)s takes.", name=fit.name),
                "taken",
            )
        )
    review = _give(session, settings, subject, rows, block, reviewer_id, at, "manual", actor)
    _seat(session, subject, rows)
    _follow(session, settings, subject, at)
    return review


def hand_back(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    at: datetime,
    reason: str = "",
) -> None:
    """Give up one's own place without a decision. The scores are kept, for when they come back."""
    require(actor, "submission.see", subject)
    _hold(session, subject)
    rows = _every(session, subject)
    mine = _own(rows, subject, actor.id)
    _end(session, subject, mine, "handed-back", reason.strip()[:LONGEST_REASON], actor, at)
    _refill(session, settings, subject, rows, at)


def take_away(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    reason: str,
    at: datetime,
) -> None:
    """Staff free somebody's place; the reviewer is told why. Raises `Refused` without a reason."""
    require(actor, "submission.assign", subject)
    _hold(session, subject)
    gone = _own(_every(session, subject), subject, reviewer_id)
    give_up(session, settings, subject, gone, "taken-away", at, _reason(reason), actor)


def step_aside(
    session: Session,
    settings: Settings,
    actor: Actor,
    subject: SubmissionSubject,
    reviewer_id: str,
    reason: str,
    at: datetime,
) -> None:
    """Record a conflict of interest, and free the place of whoever has it."""
    conflicts_of_interest.declare(session, actor, subject, reviewer_id, reason, at)
    _hold(session, subject)
    rows = _every(session, subject)
    mine = [
        one
        for one in _counting(rows, subject)
        if one.reviewer_id == reviewer_id and one.status == "open"
    ]
    for review in mine:
        _end(session, subject, review, "stepped-aside", "", actor, at)
        if reviewer_id != actor.id:
            letter, occasion = review_letters.TAKEN_BACK, _occasion(review, at)
            review_letters.tell(session, subject, reviewer_id, letter, occasion)
    if mine:
        _refill(session, settings, subject, rows, at)


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
    _hold(session, subject)
    if not _belongs(review, subject):
        _stop(session, review)
        session.flush()
        return
    _end(session, subject, review, kind, reason, by, at)
    letter = review_letters.TAKEN_BACK
    occasion = _occasion(review, at)
    review_letters.tell(session, subject, review.reviewer_id, letter, occasion, reason)
    rows = _every(session, subject)
    if to and (block := subject.state.reviews.get(review.block)) is not None:
        fit = {one.id: one for one in pools.members(session, subject, block)}.get(to)
        known = {one.reviewer_id for one in _counting(rows, subject)}
        if fit and not fit.conflict and not fit.away(at) and to not in known:
            _give(session, settings, subject, rows, block, to, at, "delegated", ENGINE)
    _refill(session, settings, subject, rows, at)


def close(session: Session, subject: SubmissionSubject, reviewer_id: str, at: datetime) -> None:
    """This reviewer has finished, and their review counts. The scores and notes stay."""
    for review in _every(session, subject):
        if review.reviewer_id == reviewer_id and review.status == "open":
            _close(session, review, at)
    session.flush()


def touched(
    session: Session, settings: Settings, subject: SubmissionSubject, review: Review, at: datetime
) -> None:
    """The reviewer saved something: what they claimed stays theirs for as long again."""
    block = subject.state.reviews.get(review.block)
    if block is None or block.lock is None or review.lock_until is None:
        return
    # The timer is left as it is: when it rings it finds that there is time left.
    review.lock_until = block.lock.after(at, deadlines.calendar_of(settings, subject))
    session.flush()


# What workflows do: the effects `assign`, `unassign` and `close_review`, and coming to a state.


def assigned(actor: Actor) -> dict[str, object]:
    """The columns that the effect `assign` sets along with the state."""
    return {"reviewer_id": actor.id, "reviewer_ids": [actor.id], "places_free": 0}


def unassigned() -> dict[str, object]:
    """The columns that the effect `unassign` sets along with the state."""
    return {"reviewer_id": None, "reviewer_ids": [], "places_free": 0}


def take_up(
    session: Session, settings: Settings, subject: SubmissionSubject, actor: Actor, at: datetime
) -> None:
    """The effect `assign`: whoever takes the transition reviews in the state that it leads to."""
    blocks = subject.state.reviews.values()
    roles = subject.workflow.roles
    fit = [block for block in blocks if plays(actor, roles[block.by], subject.submission)]
    block = next(iter(fit or blocks), None)
    if block is not None:
        _give(session, settings, subject, [], block, actor.id, at, "claim", None)


def let_go(session: Session, subject: SubmissionSubject) -> None:
    """The effect `unassign`: nobody's open assignment goes on."""
    for review in _every(session, subject):
        if review.status == "open":
            _stop(session, review)
    session.flush()


def decided(session: Session, subject: SubmissionSubject, actor: Actor, at: datetime) -> None:
    """The effect `close_review`: the scores of whoever decides are final; when somebody decides
    who does not review, those of everybody who does."""
    rows = [one for one in _every(session, subject) if one.status == "open"]
    for review in [one for one in rows if one.reviewer_id == actor.id] or rows:
        _close(session, review, at)
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
    rows = _every(session, subject)
    for review in rows:
        if review.status == "open" and not _belongs(review, subject):
            _stop(session, review)
            if review.reviewer_id != actor.id and review.reviewer_id in submission.reviewer_ids:
                letter, occasion = review_letters.TAKEN_BACK, _occasion(review, at)
                review_letters.tell(session, subject, review.reviewer_id, letter, occasion)
    if state.reviews:
        _keep_on(session, settings, subject, rows, at, actor)
        _fill(session, settings, subject, rows, at)
    _seat(session, subject, rows)


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
    for review in _counting(_every(session, subject), subject):
        if review.status == "open":
            deadlines.wind(session, settings, subject, review, at)


# How it is done.


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
    now = {(one.block, one.reviewer_id): one for one in rows if _belongs(one, subject)}
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
                _give(session, settings, subject, rows, block, id, at, "again", ENGINE)
    for (name, id), review in now.items():
        if review.status != "given_up" and kept.get(id) != name:
            _stop(session, review)


def _is_open(rows: Mapping[tuple[str, str], Review], block: str, id: str) -> bool:
    found = rows.get((block, id))
    return found is not None and found.status == "open"


def _fill(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    rows: list[Review],
    at: datetime,
) -> None:
    """Pick reviewers for free places where the document says that the engine does; tell staff of
    places for which there is nobody."""
    counting = _counting(rows, subject)
    free, taken = _free(subject, counting), {one.reviewer_id for one in counting}
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
        tried = {one.reviewer_id for one in rows if _belongs(one, subject)}
        order = [one for one in pools.in_turn(fit, block, at) if one.id not in tried]
        for one in order[: free[name]]:
            how: How = "turn" if block.pick == "round_robin" else "load"
            _give(session, settings, subject, rows, block, one.id, at, how, ENGINE)
            taken.add(one.id)
        if len(order) < free[name]:
            wanting = True
            _tell_staff(session, subject, name)
    if wanting:
        timers.stop(session, subject.submission.id, PICK)
        timers.wind(session, subject.submission.id, PICK, subject.state.name, at + AGAIN)


def _refill(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    rows: list[Review],
    at: datetime,
) -> None:
    if subject.state.reviews:
        _fill(session, settings, subject, rows, at)
        free = _free(subject, _counting(rows, subject))
        for name, block in subject.state.reviews.items():
            if block.pick == "manual" and free[name]:
                _tell_staff(session, subject, f"{name}.{at:%Y%m%d%H%M%S}")
    _seat(session, subject, rows)
    _follow(session, settings, subject, at)


def _give(
    session: Session,
    settings: Settings,
    subject: SubmissionSubject,
    rows: list[Review],
    block: ReviewBlock,
    reviewer_id: str,
    at: datetime,
    how: How,
    by: audit.Doer | None,
) -> Review:
    """Open an assignment, or open it again; a new one is added to `rows`.

    Without `by` the event of the transition tells it already."""
    submission, calendar = subject.submission, deadlines.calendar_of(settings, subject)
    claimed = how == "claim" and block.lock is not None
    review = reviewing.assign(
        session,
        subject,
        block.name,
        reviewer_id,
        at,
        due_at=block.due.after(at, calendar) if block.due else None,
        lock_until=block.lock.after(at, calendar) if claimed and block.lock else None,
        carried=carrying.carried(session, subject, block, reviewer_id),
    )
    review.assigned_by = by.id if by is not None and how == "manual" else ""
    session.flush()
    if review not in rows:
        rows.append(review)
    if how != "claim":
        pools.took_turn(session, submission.credential_id, block.by, reviewer_id, at)
    deadlines.wind(session, settings, subject, review, at)
    if by is not None:
        facts = {**_facts(session, review), "how": how}
        if review.due_at is not None:
            facts["due"] = review.due_at.isoformat()
        _record(session, subject, "assigned", facts, by, at)
        if by.id != reviewer_id:
            letter, due = review_letters.ASSIGNED, review.due_at
            occasion = _occasion(review, at)
            review_letters.tell(session, subject, reviewer_id, letter, occasion, due=due)
    return review


def _end(
    session: Session,
    subject: SubmissionSubject,
    review: Review,
    kind: str,
    reason: str,
    by: audit.Doer,
    at: datetime,
) -> None:
    """An open assignment is given up, and the trail says why."""
    _stop(session, review)
    session.flush()
    facts = {**_facts(session, review), **({"reason": reason} if reason else {})}
    _record(session, subject, kind, facts, by, at)


def _stop(session: Session, review: Review) -> None:
    timed = review.due_at is not None or review.lock_until is not None
    review.status, review.lock_until = "given_up", None
    if timed:
        deadlines.stop(session, review)


def _close(session: Session, review: Review, at: datetime) -> None:
    timed = review.due_at is not None or review.lock_until is not None
    review.status, review.closed_at, review.lock_until = "closed", at, None
    if timed:
        deadlines.stop(session, review)


def _seat(session: Session, subject: SubmissionSubject, rows: Iterable[Review]) -> None:
    """Make the submission's row say what the assignments say, unless it changed meanwhile."""
    submission = subject.submission
    session.flush()
    if subject.state.reviews:
        counting = _counting(rows, subject)
        ids = list(dict.fromkeys(one.reviewer_id for one in counting))
        free = sum(_free(subject, counting).values())
    else:
        ids, free = list(submission.reviewer_ids), 0
    columns: dict[str, Any] = {
        "reviewer_id": ids[0] if ids else None,
        "reviewer_ids": ids,
        "places_free": free,
    }
    if all(getattr(submission, name) == value for name, value in columns.items()):
        return
    seen = {
        "of": submission.id,
        "in_state": submission.state,
        "seen": submission.revision,
        "seen_free": submission.places_free,
    }
    if _SEAT.run(session, {**columns, **seen}).rowcount == 0:
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))
    for name, value in columns.items():
        set_committed_value(submission, name, value)


def _follow(session: Session, settings: Settings, subject: SubmissionSubject, at: datetime) -> None:
    for settle in _settle:
        settle(session, settings, subject.submission.id, at)


def _hold(session: Session, subject: SubmissionSubject) -> None:
    """Keep everybody else from this submission until the commit, and look at it afresh."""
    seen = subject.submission.state
    session.refresh(subject.submission, with_for_update=True)
    if subject.submission.state != seen:
        raise Conflict(_("Somebody else was a moment faster. Look at where it stands now."))


def _present(subject: SubmissionSubject) -> tuple[Any, ...]:
    submission = subject.submission
    return (
        Review.submission_id == submission.id,
        Review.round == submission.round,
        Review.state == submission.state,
    )


def _belongs(review: Review, subject: SubmissionSubject) -> bool:
    submission = subject.submission
    return (review.round, review.state) == (submission.round, submission.state)


def _every(session: Session, subject: SubmissionSubject) -> list[Review]:
    """All assignments of a submission, of every state and round, the oldest first."""
    return list(
        session.scalars(
            select(Review)
            .where(Review.submission_id == subject.submission.id)
            .order_by(Review.started_at, Review.id)
        )
    )


def _counting(rows: Iterable[Review], subject: SubmissionSubject) -> list[Review]:
    """Those assignments that fill a place of the present state."""
    return [
        one
        for one in rows
        if one.status != "given_up"
        and _belongs(one, subject)
        and one.block in subject.state.reviews
    ]


def _free(subject: SubmissionSubject, rows: Iterable[Review]) -> dict[str, int]:
    free = {name: block.count for name, block in subject.state.reviews.items()}
    for row in rows:
        free[row.block] = max(0, free[row.block] - 1)
    return free


def _own(rows: Iterable[Review], subject: SubmissionSubject, reviewer_id: str) -> Review:
    """Somebody's open assignment in the present state. Raises `Refused`."""
    for review in _counting(rows, subject):
        if review.reviewer_id == reviewer_id and review.status == "open":
            return review
    raise Refused(
        Refusal(
            _("There is no open review of theirs here any more."),
            _("Look at where it stands now."),
            "not-assigned",
        )
    )


def _block(subject: SubmissionSubject, name: str) -> ReviewBlock:
    block = subject.state.reviews.get(name)
    if block is None:
        raise NotFound(_("Nothing of that name is reviewed here now."))
    return block


def _reason(said: str) -> str:
    reason = said.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Refused(
            Refusal(
                _("Say in a few words why."),
                _("The reviewer reads it, in at most %(count)s characters.", count="2,000"),
                "reason",
            )
        )
    return reason


def _tell_staff(session: Session, subject: SubmissionSubject, what: str) -> None:
    """Once for each time that the submission came here, and for each of `what`."""
    submission = subject.submission
    occasion = f"{submission.revision}.{what}"
    for one in pools.staff(session):
        letter, path = review_letters.NOBODY, review_letters.STAFF
        review_letters.tell(session, subject, one, letter, occasion, path=path)


def _facts(session: Session, review: Review) -> dict[str, Any]:
    name = session.scalar(select(Account.name).where(Account.id == review.reviewer_id))
    return {
        "reviewer": review.reviewer_id,
        "name": name or review.reviewer_id,
        "round": review.round,
        **({"block": review.block} if review.block else {}),
    }


def _occasion(review: Review, at: datetime) -> str:
    return f"{review.id}.{at:%Y%m%d%H%M%S%f}"


def _record(
    session: Session,
    subject: SubmissionSubject,
    kind: str,
    facts: Mapping[str, Any],
    by: audit.Doer,
    at: datetime,
) -> None:
    audit.record(session, f"submission:{subject.submission.id}", kind, facts, by, at)


# What time does.


def _ringing_for(ringing: Ringing) -> tuple[SubmissionSubject, Review] | None:
    review = ringing.session.get(Review, ringing.name)
    if review is None or review.status != "open":
        return None
    subject = drafting.subject_of(ringing.session, ringing.submission_id)
    _hold(ringing.session, subject)
    ringing.session.refresh(review)
    if review.status != "open" or not _belongs(review, subject):
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
    _hold(ringing.session, subject)
    if subject.state.name == ringing.name and subject.submission.places_free:
        rows = _every(ringing.session, subject)
        _refill(ringing.session, ringing.settings, subject, rows, ringing.at)


timers.register(deadlines.LOCK, _lock_lapses)
timers.register(deadlines.REASSIGN, _somebody_else)
timers.register(PICK, _pick_again)
