"""A curious student, and a reviewer who wants more: copies and records of somebody else's work."""

from __future__ import annotations

import io
import json

import pytest

from engine.records import jobs
from engine.records.files import EvidenceStore
from engine.submissions import drafting, record
from tests.attacks.conftest import MARK, Stage, in_time, sane
from tests.conftest import TERM


def printed(stage: Stage, name: str) -> bytes:
    """The record of Ana's work as `name` gets it, after it was asked for and made."""
    browser = stage.browser(name)
    browser.post(f"/submissions/{stage.work}/record")
    jobs.drain(
        jobs.JobContext(stage.settings, stage.database, EvidenceStore(stage.settings.evidence))
    )
    answer = browser.get(f"/submissions/{stage.work}/record.pdf")
    assert answer.status_code == 200, answer.text
    return answer.data


@pytest.mark.parametrize(("name", "status"), [("ben", 404), ("otto", 403), ("", 303)])
def test_a_record_that_is_there_is_handed_to_nobody_else(
    stage: Stage, name: str, status: int
) -> None:
    printed(stage, "ana")
    for tail in ("record.pdf", "record.pdf?asked=1", "record", "draft.json", "copy"):
        answer = stage.browser(name).get(f"/submissions/{stage.work}/{tail}")
        assert answer.status_code in (status, 404), tail
        assert MARK.encode() not in answer.data
        assert not answer.data.startswith(b"%PDF")


def test_a_reviewers_record_says_what_was_handed_in_and_nothing_later(stage: Stage) -> None:
    with stage.database.transaction() as session:
        subject = stage.subject(session, stage.work)
        row = drafting.draft_of(session, stage.work).answers["plot"]
        later = {**row, "garden_name": "Written after handing in"}
        drafting.put(session, subject, "plot", drafting.Draft.of({"plot": later}), TERM)
    with stage.database.read() as session:
        subject = stage.subject(session, stage.work)
        found = record.for_reader(session, subject, stage.cast["rosa"])
        assert found is not None
        html, _ = record.composed(found, subject, stage.settings, TERM)
    assert "Written after handing in" not in html
    assert MARK in html


def test_a_reviewer_has_no_record_of_a_draft(stage: Stage) -> None:
    with stage.database.read() as session:
        subject = stage.subject(session, stage.draft)
        assert record.for_reader(session, subject, stage.cast["sam"]) is None


def test_somebody_elses_files_do_not_come_in_with_a_copy(stage: Stage) -> None:
    browser = stage.browser("ben")
    copy = json.loads(browser.get(f"/submissions/{stage.ready}/draft.json").data)
    copy["answers"]["handover"]["photo"] = stage.photo
    copy["evidence"] = [{"id": stage.photo, "name": "mine.png"}]
    data = {"copy": (io.BytesIO(json.dumps(copy).encode()), "draft.json")}
    page = browser.post(f"/submissions/{stage.ready}/copy", data).text
    assert "belongs to other work" in page
    assert MARK not in page


def test_a_copy_cannot_agree_for_anybody(stage: Stage) -> None:
    browser = stage.browser("ben")
    copy = json.loads(browser.get(f"/submissions/{stage.ready}/draft.json").data)
    copy["agreed"] = {"/handover/agreement": {"wording": "I promise nothing.", "version": "9"}}
    with stage.database.read() as session:
        before = drafting.draft_of(session, stage.ready)
    from engine.submissions import copies

    data = {
        "copy": (io.BytesIO(json.dumps(copy).encode()), "draft.json"),
        "_do": "replace",
        "seen": copies.seen_of(before),
    }
    browser.post(f"/submissions/{stage.ready}/copy", data)
    with stage.database.read() as session:
        assert drafting.draft_of(session, stage.ready).agreed == before.agreed


@pytest.mark.parametrize(
    "content",
    [
        b'{"format": "accolade draft", "version": 1, "answers": ' + b"[" * 50_000,
        b'{"format": "accolade draft", "version": 1, "answers": {"\\ud800": {"\\u0000": 1}}}',
        b'{"format": "accolade draft", "version": 1, "answers": {"plot": {"area": 1' + b"0" * 9_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"\x00" * 1_000_000,
        b'"' + b"\\u0000" * 300_000 + b'"',
    ],
)
def test_a_hostile_copy_is_refused_in_time_and_in_words(stage: Stage, content: bytes) -> None:
    browser = stage.browser("ben")
    before = stage.dump()
    with in_time():
        data = {"copy": (io.BytesIO(content), "draft.json")}
        answer = browser.post(f"/submissions/{stage.ready}/copy", data)
    sane(answer, 422)
    assert stage.dump() == before


def test_a_record_holds_whatever_was_typed(stage: Stage) -> None:
    hostile = "<img src=file:///etc/passwd> \u202egnp.exe {{ 7*7 }} " + "x" * 5_000
    with stage.database.transaction() as session:
        subject = stage.subject(session, stage.ready)
        said = drafting.draft_of(session, stage.ready).answers["plot"]
        drafting.fill(
            session, subject, {"plot": {**said, "garden_name": hostile}}, stage.cast["ben"], TERM
        )
        subject = stage.subject(session, stage.ready)
        found = record.for_reader(session, subject, stage.cast["ben"])
        assert found is not None
        pdf = record.render(found, subject, stage.settings, TERM)
    assert pdf.startswith(b"%PDF")
    assert b"root:" not in pdf
