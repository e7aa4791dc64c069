"""An award that could not be signed is not half made: the step is refused, nothing is written."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.errors import Refused
from engine.records import audit, jobs
from engine.records.jobs import JobContext
from engine.records.tables import Award, Submission
from tests.submissions.conftest import Garden


def test_a_step_that_awards_waits_for_the_key(garden: Garden) -> None:
    with garden.database.transaction() as session:
        work = garden.taken(session)
        garden.score(session, work, "Y")
        id, state, revision = work.id, work.state, work.revision
        before = [one.kind for one in audit.story(session, f"submission:{id}")]
    jobs.drain(JobContext(garden.settings, garden.database, garden.store))
    garden.settings.keys.mkdir(exist_ok=True)
    (garden.settings.keys / "issuer.pem").write_text("no key at all", "utf-8")
    with pytest.raises(Refused) as caught, garden.database.transaction() as session:
        garden.advance(session, garden.judge, session.get_one(Submission, id), "give_ribbon")
    assert caught.value.refusal.code == "issuer-key"
    with garden.database.read() as session:
        still = session.get_one(Submission, id)
        assert (still.state, still.revision) == (state, revision)
        assert session.scalar(select(func.count()).select_from(Award)) == 0
        assert [one.kind for one in audit.story(session, f"submission:{id}")] == before
        assert jobs.numbers(session) == {}
    (garden.settings.keys / "issuer.pem").unlink()
    with garden.database.transaction() as session:
        garden.advance(session, garden.judge, session.get_one(Submission, id), "give_ribbon")
    with garden.database.read() as session:
        (award,) = session.scalars(select(Award))
        assert award.results == {"growth": {"percent": 100.0}}
