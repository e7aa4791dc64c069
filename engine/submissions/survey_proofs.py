"""Which results of surveys were counted here, so that an answer which says so can be believed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.forms.offers import digest_of
from engine.records.tables import SurveyRun


def proofs(session: Session, submission_id: str) -> dict[str, str]:
    """The digests of what was taken over, by the numbers of the runs: see `forms.offers.Offers`."""
    rows = session.execute(
        select(SurveyRun.id, SurveyRun.evidence).where(SurveyRun.submission_id == submission_id)
    )
    return {id: digest_of(said) for id, said in rows if said is not None}
