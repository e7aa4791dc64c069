"""Letters follow from the committed change, and a job that runs twice writes one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import DocumentFaulty
from engine.records.jobs import JobContext, drain, listing
from engine.records.tables import Letter
from engine.submissions import letters

from .conftest import Garden


def context(garden: Garden) -> JobContext:
    return JobContext(garden.settings, garden.database, garden.store)


def written(garden: Garden) -> list[tuple[str, str]]:
    with garden.database.read() as session:
        return [(one.to_address, one.subject) for one in session.scalars(select(Letter))]


def test_a_letter_is_written_after_the_commit(garden: Garden) -> None:
    with garden.database.transaction() as session:
        garden.entered(session)
    assert written(garden) == []
    met = ["send-letter", "tell-prerequisites-met"]  # by what entering begins with
    assert sorted(drain(context(garden))) == ["compose-letter", "send-letter", *met]
    assert sorted(written(garden)) == [
        ("grower@example.org", "The way to Window Garden is open"),
        ("grower@example.org", "We have your work for Window Garden"),
    ]


def test_a_returned_letter_lists_what_is_still_missing(garden: Garden) -> None:
    with garden.database.transaction() as session:
        submission = garden.taken(session)
        garden.score(session, submission, "N", "Brown at the edges")
        garden.advance(session, garden.judge, submission, "send_back")
    drain(context(garden))
    with garden.database.read() as session:
        text = session.scalars(select(Letter.text).where(Letter.subject.contains("notes"))).one()
    assert "- It is green.\n  Note: Brown at the edges" in text


def test_one_letter_goes_to_each_role_that_it_is_for(garden: Garden) -> None:
    with garden.database.transaction() as session:
        subject = garden.subject(session, garden.taken(session))
        for role in ("grower", "judge"):
            letters.queue(session, subject, role, "awarded", "")
    drain(context(garden))
    awarded = [to for to, subject_line in written(garden) if "earned" in subject_line]
    assert sorted(awarded) == ["grower@example.org", "judge@example.org"]


def test_a_job_that_runs_twice_writes_one_letter(garden: Garden) -> None:
    with garden.database.transaction() as session:
        submission = garden.entered(session)
    payload = {
        "id": "one",
        "submission": submission.id,
        "to": "grower",
        "letter": "submitted",
        "comment": "",
        "round": 1,
    }
    letters.compose(context(garden), payload)
    letters.compose(context(garden), payload)
    assert len(written(garden)) == 1


def test_a_template_with_a_fault_holds_up_no_transition(garden: Garden) -> None:
    faulty = garden.settings.instance / "templates" / "mail"
    faulty.mkdir(parents=True)
    (faulty / "submitted.txt").write_text("Subject: {{ nothing.like.this }}\n\nHello", "utf-8")
    own = (faulty.parent, *garden.settings.templates)
    object.__setattr__(garden.settings, "templates", own)
    with garden.database.transaction() as session:
        assert garden.entered(session).state == "on_show"
    with pytest.raises(DocumentFaulty):
        drain(context(garden))
    with garden.database.read() as session:
        assert sorted(job.name for job in listing(session)) == [
            "compose-letter",
            "tell-prerequisites-met",
        ]
