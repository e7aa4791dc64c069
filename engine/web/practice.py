"""Where reviewers practice: prepared work on the same desk as real work, then the comparison.

What is practiced counts for nobody but the reviewer. Staff prepare the work (`calibration`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.credentials.credential import ScoringGuide
from engine.errors import Conflict, Refusal, Refused
from engine.forms import display
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.permissions import require
from engine.records import catalogue
from engine.records.tables import Calibration, Practice
from engine.submissions import calibrating, calibrations
from engine.submissions.calibrating import Standing
from engine.submissions.scores import Score, Scores, totals
from engine.submissions.scoring_sheets import Sheet, SheetRow
from engine.web import scoring
from engine.web.asking import me, now, read_session, transaction, wants_json

practice = Blueprint("practice", __name__, url_prefix="/practice")


class Offered(NamedTuple):
    """A calibration as the list shows it."""

    calibration: Calibration
    practice: Practice | None
    credential: str


@practice.get("")
def everything() -> ResponseReturnValue:
    """What one may practice on, and how one's own practice went."""
    require(me(), "queue.see")
    with read_session() as session:
        offered = calibrating.offered(session, me())
        titles = {
            one.credential_id: catalogue.edition(session, one.edition_digest).credential.title
            for one, _practice in offered
        }
        standings: dict[str, Standing] = {
            id: calibrating.standing(session, me(), id) for id in titles
        }
        return render_template(
            "web/reviewer/practices.html",
            offered=[Offered(one, mine, titles[one.credential_id]) for one, mine in offered],
            standings=[(titles[id], one) for id, one in standings.items()],
        )


@practice.get("/<calibration_id>")
def desk(calibration_id: str) -> ResponseReturnValue:
    """The work beside the scoring guides; once it is done, beside the agreed scores."""
    with read_session() as session:
        return _page(session, calibrating.found(session, me(), calibration_id))


@practice.post("/<calibration_id>")
def keep(calibration_id: str) -> ResponseReturnValue:
    """Save the sheet; and, if asked, end the practice and compare."""
    done = request.form.get("_go") == "done"
    scores = scoring.posted_scores(request.form)
    with transaction() as session:
        calibration = calibrating.found(session, me(), calibration_id)
        seen = request.form.get("_seen", -1, int)
        try:
            mine = calibrating.save_practice(session, me(), calibration, scores, seen, now())
        except Conflict as conflict:
            if wants_json():
                raise
            return _page(session, calibration, Refusal(str(conflict)), scores), 409
        revision = mine.revision
    if wants_json():
        return jsonify(saved_at=now().isoformat(), seen=str(revision), revision=revision)
    try:
        if done:
            with transaction() as session:
                calibration = calibrating.found(session, me(), calibration_id)
                calibrating.finish_practice(session, me(), calibration, now())
    except Refused as refused:
        with read_session() as session:
            calibration = calibrating.found(session, me(), calibration_id)
            return _page(session, calibration, refused.refusal), 403
    if not done:
        flash(_("Your practice scores are saved."), "good")
    return redirect(url_for("practice.desk", calibration_id=calibration_id), 303)


def _page(
    session: Session,
    calibration: Calibration,
    refusal: Refusal | None = None,
    typed: Scores | None = None,
) -> str:
    edition = catalogue.edition(session, calibration.edition_digest)
    mine = calibrating.practice_of(session, me(), calibration)
    said = calibrations.answers_of(calibration)
    scores = calibrating.practiced_scores(mine) if typed is None else typed
    return render_template(
        "web/reviewer/practice.html",
        calibration=calibration,
        credential=edition.credential,
        forms=display.read_only(form_set_of(edition), said.answers, said),
        evidence=calibrations.evidence_of(session, calibration),
        sheets=sheets_of(calibrations.guides(session, calibration), scores),
        compared=calibrating.compared(session, calibration, mine)
        if mine is not None and mine.done_at is not None
        else [],
        mine=mine,
        sheet=scoring,
        refusal=refusal,
    )


def sheets_of(guides: Sequence[ScoringGuide], scores: Scores) -> list[Sheet]:
    """Guides with scores that belong to no review, as pages show sheets."""
    return [
        Sheet(
            guide,
            tuple(
                SheetRow(one, scores.get((guide.id, one.id), Score()), ())
                for one in guide.look_fors
            ),
            totals((guide,), scores),
        )
        for guide in guides
    ]
