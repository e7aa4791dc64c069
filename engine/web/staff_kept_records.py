"""What the records that people keep for themselves come to together: a report for program staff.

Nobody's own figures are here: see `submissions.kept_records`.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.submissions import kept_records
from engine.web.asking import house, read_session

blueprint = Blueprint("kept_records", __name__, url_prefix="/reports/records")


@blueprint.get("")
def page() -> ResponseReturnValue:
    """Every record, with how many keep it and what its figures come to."""
    fewest = max(house().settings.survey_small_cell, 2)
    with read_session() as session:
        found = kept_records.together(session, fewest)
    return render_template("web/staff/reports-records.html", records=found, fewest=fewest)
