"""Calibrations as staff prepare them: from finished work or from examples, with agreed scores.

Names are taken out when one is prepared; what is left that could tell on somebody is for staff to
put otherwise, which is why every text of it can be rewritten here before reviewers see it.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.credentials.credential import Edition
from engine.errors import NotFound, Refusal, Refused
from engine.forms import display
from engine.forms.schema import form_set_of
from engine.languages import _
from engine.permissions import require
from engine.records import catalogue
from engine.records.tables import Calibration
from engine.submissions import calibrating, calibrations, drafting
from engine.web import scoring
from engine.web.asking import me, now, read_session, transaction
from engine.web.practice import sheets_of

blueprint = Blueprint("calibration", __name__, url_prefix="/calibration")


@blueprint.get("")
def everything() -> ResponseReturnValue:
    """Every calibration, and where to begin another."""
    with read_session() as session:
        editions = catalogue.current_all(session)
        titles = {one.credential.id: one.credential.title for one in editions}
        return render_template(
            "web/staff/calibrations.html",
            calibrations=calibrations.every(session),
            titles=titles,
            examples=[
                (one.credential.id, one.credential.title)
                for one in editions
                if one.examples and one.credential.scoring_guides
            ],
        )


@blueprint.post("")
def prepare() -> ResponseReturnValue:
    """Begin one from a credential's example answers, or from a submission that has come to its
    end: that one asks first which of its files may be kept."""
    title = request.form.get("title", "")
    with transaction() as session:
        if id := request.form.get("submission", "").strip().rstrip("/").rpartition("/")[2]:
            subject = drafting.subject_of(session, id)
            require(me(), "submission.read", subject)
            files = calibrations.files_to_keep(session, subject)
            if files and "chosen" not in request.form:
                return render_template(
                    "web/staff/calibration-files.html",
                    submission_id=id,
                    title=title,
                    files=list(files.values()),
                )
            keep = request.form.getlist("keep")
            made = calibrations.prepare_from_submission(session, me(), subject, title, keep, now())
        else:
            edition = catalogue.current(session, request.form.get("credential", ""))
            if edition is None:
                raise NotFound(_("There is no such credential."))
            made = calibrations.prepare_from_examples(session, me(), edition, title, now())
        address = url_for("staff.calibration.one", calibration_id=made.id)
    return redirect(address, 303)


@blueprint.get("/<calibration_id>")
def one(calibration_id: str) -> ResponseReturnValue:
    """What reviewers will see, its texts to rewrite, and the agreed scores."""
    with read_session() as session:
        return _page(session, calibrating.found(session, me(), calibration_id))


@blueprint.post("/<calibration_id>")
def change(calibration_id: str) -> ResponseReturnValue:
    """Keep what was typed and, if asked, open it to reviewers or retire it."""
    go = request.form.get("_go", "save")
    try:
        with transaction() as session:
            calibration = calibrating.found(session, me(), calibration_id)
            if go == "retire":
                calibrations.retire(session, me(), calibration, now())
            else:
                _keep(session, calibration)
        if go == "open":
            with transaction() as session:
                calibration = calibrating.found(session, me(), calibration_id)
                calibrations.open_to_reviewers(session, me(), calibration, now())
    except Refused as refused:
        with read_session() as session:
            calibration = calibrating.found(session, me(), calibration_id)
            return _page(session, calibration, refused.refusal), 403
    said = {"open": _("Reviewers can practice on it now."), "retire": _("It is retired.")}
    flash(said.get(go, _("Everything is kept.")), "good")
    return redirect(url_for("staff.calibration.one", calibration_id=calibration_id), 303)


def _keep(session: Session, calibration: Calibration) -> None:
    words = {
        name.removeprefix("text"): said.replace("\r\n", "\n")
        for name, said in request.form.items()
        if name.startswith("text/")
    }
    title = request.form.get("title", calibration.title)
    calibrations.rewrite(session, me(), calibration, title, words, now())
    calibrations.agree(session, me(), calibration, scoring.posted_scores(request.form), now())


def _page(session: Session, calibration: Calibration, refusal: Refusal | None = None) -> str:
    edition = catalogue.edition(session, calibration.edition_digest)
    said = calibrations.answers_of(calibration)
    guides = calibrations.guides(session, calibration)
    return render_template(
        "web/staff/calibration.html",
        calibration=calibration,
        credential=edition.credential,
        forms=display.read_only(form_set_of(edition), said.answers, said),
        evidence=calibrations.evidence_of(session, calibration),
        texts=_labelled(edition, calibration),
        sheets=sheets_of(guides, calibrations.agreed_scores(calibration)),
        sheet=scoring,
        refusal=refusal,
    )


def _labelled(edition: Edition, calibration: Calibration) -> list[tuple[str, str, str]]:
    """The texts that can be put otherwise: pointer, the question's words, the text."""
    said = calibrations.answers_of(calibration)
    entries = [
        entry
        for form in display.read_only(form_set_of(edition), said.answers, said)
        for top in form.entries
        for entry in top.all()
    ]
    labels = {entry.pointer: entry.label for entry in entries if not entry.evidence}
    written = {entry.pointer for entry in entries if entry.text and not entry.is_group}
    return [
        (pointer, labels[pointer], text)
        for pointer, text in calibrations.texts_of(calibration)
        if pointer in written and pointer in labels and text not in calibration.files
    ]
