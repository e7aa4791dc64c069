"""Calibration: reviewers score prepared work and see how far they are from what was agreed on.

A review block may ask for it (`calibrated: 80`) before somebody is given real work: `refusal` is
what picking and claiming ask, `calibrated` the same for many people at once. Each reviewer scores
a calibration once; for another try there is another one. Preparing them is in `calibrations`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.credentials.credential import LookFor, ScoringGuide
from engine.credentials.workflow import ReviewBlock
from engine.errors import Conflict, NotFound, Refusal, Refused
from engine.languages import _
from engine.people import Actor
from engine.permissions import require
from engine.records import audit
from engine.records.tables import Calibration, Practice
from engine.submissions.calibrations import agreed_scores, guides, plain, rows_of, scores_of
from engine.submissions.scores import Key, Score, Scores, kept

CODE = "calibration"
"""The code of a refusal for want of calibration."""


class Standing(NamedTuple):
    """How far a reviewer is from the agreed scores of a credential."""

    agreement: float | None
    """0 to 1, of the last calibration they finished; None before the first."""
    done: int
    waiting: int
    """How many they could still practice on."""


class Compared(NamedTuple):
    """A look-for as a reviewer scored it, beside the agreed score and its reason."""

    look_for: LookFor
    said: Score
    agreed: Score
    """Its notes are the reason."""

    @property
    def same(self) -> bool:
        return self.said.answer == self.agreed.answer

    @property
    def apart(self) -> float | None:
        """How many points a rating is above or below the agreed one."""
        if self.said.value is None or self.agreed.value is None:
            return None
        return self.said.value - self.agreed.value


def standing(session: Session, reviewer: Actor | str, credential_id: str) -> Standing:
    """Where a reviewer stands with the calibrations of a credential, by the last one finished."""
    id = reviewer if isinstance(reviewer, str) else reviewer.id
    rows = session.execute(
        select(Calibration.retired_at, Practice.agreement, Practice.done_at)
        .outerjoin(
            Practice,
            (Practice.calibration_id == Calibration.id) & (Practice.reviewer_id == id),
        )
        .where(Calibration.credential_id == credential_id, Calibration.opened_at.is_not(None))
    ).all()
    done = sorted((row.done_at, row.agreement) for row in rows if row.done_at is not None)
    waiting = sum(row.done_at is None and row.retired_at is None for row in rows)
    return Standing(done[-1][1] if done else None, len(done), waiting)


def calibrated(session: Session, credential_id: str, least: float) -> set[str]:
    """The ids of everybody whose last calibration of a credential reached `least` (0 to 1): for
    picking among many people with one query."""
    last: dict[str, tuple[datetime, float]] = {}
    rows = session.execute(
        select(Practice.reviewer_id, Practice.done_at, Practice.agreement)
        .join(Calibration, Calibration.id == Practice.calibration_id)
        .where(Calibration.credential_id == credential_id, Practice.done_at.is_not(None))
    )
    for row in rows:
        last[row.reviewer_id] = max(
            last.get(row.reviewer_id, (row.done_at, row.agreement)), (row.done_at, row.agreement)
        )
    return {id for id, (_at, agreement) in last.items() if agreement >= least - 1e-9}


def refusal(
    session: Session, reviewer: Actor | str, credential_id: str, block: ReviewBlock
) -> Refusal | None:
    """None when a reviewer may be given real work of this block, otherwise what comes first."""
    if not block.calibrated:
        return None
    stands = standing(session, reviewer, credential_id)
    if stands.agreement is not None and stands.agreement >= block.calibrated - 1e-9:
        return None
    reason = _("This credential asks reviewers to practice first.")
    if not stands.waiting:
        return Refusal(
            reason,
            _("There is nothing to practice on for now. Ask program staff to prepare something."),
            CODE,
        )
    if stands.agreement is None:
        return Refusal(reason, _("Score a practice submission, then come back."), CODE)
    return Refusal(
        _(
            "You last agreed on %(reached)s %% of the look-fors; %(wanted)s %% is needed.",
            reached=f"{100 * stands.agreement:.0f}",
            wanted=f"{100 * block.calibrated:.0f}",
        ),
        _("Read the reasons, then practice on another one."),
        CODE,
    )


def offered(session: Session, actor: Actor) -> list[tuple[Calibration, Practice | None]]:
    """What this reviewer may practice on, or has practiced on, the latest first."""
    require(actor, "queue.see")
    rows = session.execute(
        select(Calibration, Practice)
        .outerjoin(
            Practice,
            (Practice.calibration_id == Calibration.id) & (Practice.reviewer_id == actor.id),
        )
        .where(Calibration.opened_at.is_not(None))
        .order_by(Calibration.opened_at.desc(), Calibration.id)
    )
    return [
        (row[0], row[1])
        for row in rows
        if row[0].retired_at is None or (row[1] is not None and row[1].done_at is not None)
    ]


def found(session: Session, actor: Actor, id: str) -> Calibration:
    """One calibration, for staff, or for reviewers once it is open. Raises `NotFound`."""
    require(actor, "queue.see")
    calibration = session.get(Calibration, id)
    if calibration is None or not _may_see(session, actor, calibration):
        raise NotFound(_("There is nothing of that name to practice on."))
    return calibration


def practice_of(session: Session, actor: Actor, calibration: Calibration) -> Practice | None:
    """This person's scoring of a calibration, if they have begun."""
    return session.get(Practice, (calibration.id, actor.id))


def save_practice(
    session: Session,
    actor: Actor,
    calibration: Calibration,
    scores: Scores,
    revision: int,
    at: datetime,
) -> Practice:
    """Keep a practice sheet as it stands.

    Raises `Refused` (not a reviewer, retired, or finished already) and `Conflict` when it was
    saved elsewhere meanwhile with other scores.
    """
    _require_practicing(actor, calibration)
    sheet: dict[str, dict[str, Any]] = {}
    for (guide, id), look_for in rows_of(session, calibration):
        score = kept(look_for, scores.get((guide, id), Score()))
        if score.decision or score.notes:
            sheet.setdefault(guide, {})[id] = plain(score, "notes")
    practice = practice_of(session, actor, calibration)
    if practice is None:
        practice = Practice(
            calibration_id=calibration.id,
            reviewer_id=actor.id,
            scores={},
            revision=0,
            saved_at=at,
        )
        session.add(practice)
        session.flush()
    if practice.done_at is not None:
        raise Refused(_over())
    if practice.scores == sheet:
        return practice
    changed = Conflict(_("These scores were changed in another window since you opened this one."))
    if practice.revision != revision:
        raise changed
    written = session.execute(
        update(Practice)
        .where(
            Practice.calibration_id == calibration.id,
            Practice.reviewer_id == actor.id,
            Practice.revision == revision,
            Practice.done_at.is_(None),
        )
        .values(scores=sheet, revision=revision + 1, saved_at=at),
        execution_options={"synchronize_session": False},
    )
    if written.rowcount == 0:  # type: ignore[attr-defined]
        raise changed
    session.refresh(practice)
    return practice


def finish_practice(
    session: Session, actor: Actor, calibration: Calibration, at: datetime
) -> Practice:
    """End a practice and work out on how many look-fors it agrees; it can't be changed after.

    Raises `Refused` while a look-for is not decided.
    """
    _require_practicing(actor, calibration)
    practice = practice_of(session, actor, calibration)
    if practice is not None and practice.done_at is not None:
        return practice
    rows = compared(session, calibration, practice)
    if practice is None or any(row.said.decision is None for _guide, row in rows):
        raise Refused(
            Refusal(
                _("Some look-fors are not decided yet."),
                _("Decide each one, then compare."),
                "undecided",
            )
        )
    practice.agreement = sum(row.same for _guide, row in rows) / len(rows)
    practice.done_at = at
    session.flush()
    facts = {"calibration": calibration.id, "agreement": round(practice.agreement, 4)}
    audit.record(session, f"account:{actor.id}", "calibrated", facts, actor, at)
    return practice


def compared(
    session: Session, calibration: Calibration, practice: Practice | None
) -> list[tuple[ScoringGuide, Compared]]:
    """Every look-for with what the reviewer said of it and what was agreed on."""
    agreed, said = agreed_scores(calibration), practiced_scores(practice)
    return [
        (guide, Compared(one, said.get(key, Score()), agreed.get(key, Score())))
        for guide in guides(session, calibration)
        for one in guide.look_fors
        for key in [(guide.id, one.id)]
    ]


def practiced_scores(practice: Practice | None) -> dict[Key, Score]:
    """A reviewer's scores of a calibration; none before they began."""
    return scores_of(practice.scores, "notes") if practice is not None else {}


def _may_see(session: Session, actor: Actor, calibration: Calibration) -> bool:
    if actor.roles & {"staff", "admin"}:
        return True
    if calibration.opened_at is None:
        return False
    if calibration.retired_at is None:
        return True
    practice = practice_of(session, actor, calibration)
    return practice is not None and practice.done_at is not None


def _require_practicing(actor: Actor, calibration: Calibration) -> None:
    require(actor, "queue.see")
    if calibration.opened_at is None or calibration.retired_at is not None:
        raise Refused(
            Refusal(_("Nobody practices on this now."), _("Choose another one."), "retired")
        )


def _over() -> Refusal:
    return Refusal(
        _("You have finished this practice."), _("Practice on another one if you like."), "finished"
    )
