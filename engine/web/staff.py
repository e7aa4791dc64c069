"""The program staff's desk: its front page, and the parts below it.

Each part is a blueprint of its own (`staff_people`, `staff_awards` …), registered below this one,
so that the one question asked here, before every request, holds for all of them. A part asks
again, more narrowly, where an action has its own name in `permissions`.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.permissions import require
from engine.web import (
    absences,
    alignment,
    letter_templates,
    presenting,
    staff_agreement,
    staff_award_deeds,
    staff_award_lists,
    staff_awards,
    staff_bundles,
    staff_calibration,
    staff_documents,
    staff_gallery,
    staff_jobs,
    staff_kept_records,
    staff_migrating,
    staff_names,
    staff_outgoing,
    staff_people,
    staff_recognition_lists,
    staff_recognitions,
    staff_reports,
    staff_reviewers,
    staff_schools,
    staff_submissions,
    webhooks,
)
from engine.web.asking import me, read_session

staff = Blueprint("staff", __name__, url_prefix="/staff")

for part in (
    absences,
    staff_submissions,
    staff_reviewers,
    staff_people,
    staff_names,
    staff_schools,
    staff_recognitions,
    staff_recognition_lists,
    presenting,
    staff_award_lists,
    staff_bundles,
    staff_awards,
    staff_award_deeds,
    staff_agreement,
    staff_calibration,
    staff_reports,
    staff_kept_records,
    alignment,
    staff_documents,
    staff_migrating,
    staff_gallery,
    staff_outgoing,
    staff_jobs,
    letter_templates,
    webhooks,
):
    staff.register_blueprint(part.blueprint)


@staff.before_request
def only_staff() -> None:
    """Every page under `/staff` is for program staff."""
    require(me(), "staff.see")


@staff.get("")
def home() -> ResponseReturnValue:
    """What waits where: submissions by credential and state, and letters that have not left."""
    with read_session() as session:
        counted = staff_submissions.counted(session)
        unsent = staff_outgoing.unsent(session)
    return render_template("web/staff/home.html", counted=counted, unsent=unsent)
