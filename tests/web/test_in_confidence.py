"""What is kept in confidence: its owner reads it, and nobody else at any address."""

from __future__ import annotations

import copy
import io
from dataclasses import dataclass
from typing import Any

import pytest

from engine.forms.answers import Draft
from engine.records import jobs
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import AnswerText, Asking, Evidence, Letter
from engine.submissions import calibrations, drafting, statements
from engine.submissions.link_tokens import token_of
from tests.conftest import School

SAID = ("Maya Ferreira", "shared document", "same five students", "maya@example.org")
"""Words of the answers."""
ROWS = ["row-maya00", "row-henry0"]
READING = (
    "/submissions/{id}",
    "/submissions/{id}/check",
    "/submissions/{id}/print",
    "/submissions/{id}/story",
    "/submissions/{id}/log/cycles",
    "/submissions/{id}/statements",
    "/submissions/{id}/people",
    "/submissions/{id}/record",
    "/submissions/{id}/record.pdf",
    "/submissions/{id}/draft.json",
    "/submissions/{id}/copy",
    "/submissions/{id}/advance/go_on",
    "/review/{id}",
    "/evidence/{file}",
)
"""Every address that shows what is in a submission."""
LISTING = (
    "/staff/submissions/{id}",
    "/staff/submissions",
    "/staff/submissions?words=document",
    "/staff/submissions/list.csv",
    "/staff/submissions/list.csv?words=document",
    "/staff/people/{owner}",
    "/staff/mail",
    "/staff/reports/records",
    "/staff/jobs",
    "/queue",
)
"""And every one that tells of it."""
OTHERS = ("ben", "rosa", "sam", "ada")
"""A colleague, a reviewer, program staff and an administrator."""


@dataclass(frozen=True)
class Log:
    """Ana's coaching log: kept once, with a file, and one cycle sent to its teacher."""

    school: School
    id: str
    file: str
    letter: str
    link: str

    def address(self, path: str) -> str:
        return path.format(id=self.id, file=self.file, owner=self.school.cast["ana"].id)

    def get(self, name: str, path: str) -> Any:
        return self.school.browser(name).get(self.address(path))


@pytest.fixture
def log(school: School) -> Log:
    id = school.open("ana", "coaching-log")
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, id)
        said = copy.deepcopy(dict(subject.edition.examples["log"]))
        said["cycles"][0]["email"] = "maya@example.org"
        draft = Draft({"log": said}, rows={"/log/cycles": ROWS})
        drafting.put(session, subject, "log", draft, subject.submission.opened_at)
        kept = EvidenceStore.of(school.settings).keep(io.BytesIO(b"Maya Ferreira spoke."), 1000)
        file = Evidence(
            id="f" * 32,
            submission_id=id,
            name="notes.txt",
            media_type="text/plain",
            bytes=kept.bytes,
            sha256=kept.sha256,
            uploaded_by=school.cast["ana"].id,
            uploaded_at=subject.submission.opened_at,
        )
        session.add(file)
        session.flush()
        people = statements.standing(session, subject, subject.submission.opened_at)
        anchor = next(one.named.anchor for one in people if one.named)
    asked = school.browser("ana").post(
        f"/submissions/{id}/statements",
        {"concern": "cycle", "anchor": anchor, "name": "Maya Ferreira"}
        | {"email": "maya@example.org", "language": "en"},
    )
    assert asked.status_code == 303, asked.text
    jobs.drain(JobContext(school.settings, school.database, EvidenceStore.of(school.settings)))
    kept_now = school.browser("ana").post(f"/submissions/{id}/advance/keep", {"revision": 0})
    assert kept_now.status_code == 303
    with school.database.read() as session:
        assert drafting.subject_of(session, id).submission.state == "kept"
        asking = session.query(Asking).one()
        letter = session.query(Letter).where(Letter.to_address == "maya@example.org").one()
        token = token_of(school.settings, "asking", asking.id)
    return Log(school, id, "f" * 32, letter.id, f"/a/{token}")


def tells(answer: Any) -> list[str]:
    """The words of the answers that a page has, wherever it leads."""
    text = answer.get_data(as_text=False).decode("utf-8", "replace")
    return [one for one in SAID if one in text]


@pytest.mark.row("D0", "D6")
@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_reads_it_at_any_address(log: Log, name: str) -> None:
    for path in READING:
        answer = log.get(name, path)
        assert answer.status_code in (200, 302, 303, 403, 404), path
        assert tells(answer) == [], path
        if answer.status_code == 200:
            assert path == "/review/{id}", path
        if answer.status_code in (302, 303):
            assert answer.location == f"/review/{log.id}", path


@pytest.mark.row("D0", "D6")
@pytest.mark.parametrize("name", OTHERS)
def test_no_list_letter_or_search_tells_what_is_in_it(log: Log, name: str) -> None:
    for path in (*LISTING, f"/staff/mail/{log.letter}", f"/staff/mail/{log.letter}/html"):
        answer = log.get(name, path)
        assert answer.status_code in (200, 403, 404), path
        assert tells(answer) == [], path
        assert log.link.encode() not in answer.get_data(), path


@pytest.mark.row("D6")
def test_the_owner_reads_it(log: Log) -> None:
    for path in ("/submissions/{id}/print", "/submissions/{id}/log/cycles"):
        assert "Maya Ferreira" in log.get("ana", path).text, path
    assert log.get("ana", "/evidence/{file}").get_data() == b"Maya Ferreira spoke."


@pytest.mark.parametrize("name", ["sam", "ada"])
def test_staff_see_that_it_exists_and_are_told_kindly_why_no_more(log: Log, name: str) -> None:
    page = log.get(name, "/staff/submissions/{id}")
    assert page.status_code == 200
    assert "This is kept in confidence. Only Ana Ruiz reads it." in page.text
    assert "Read what was submitted" not in page.text
    assert "chose “Keep it as it stands”: now “Kept”" in page.text
    assert "Only Ana Ruiz reads it." in log.get(name, "/review/{id}").text
    refused = log.get(name, "/submissions/{id}/record.pdf")
    assert refused.status_code == 403
    guessed = log.get(name, "/staff/mail?to=maya@example.org").text
    assert "No letter fits all of that." in guessed
    desk = "/staff/letters/confirmation-asked/en/preview?about={id}"
    assert log.get(name, desk).status_code == 403
    assert "Only Ana Ruiz reads it." in refused.text


def test_what_the_teacher_said_by_their_link_is_not_told_to_staff(log: Log) -> None:
    visitor = log.school.browser()
    page = visitor.get(log.link).text
    assert "Maya Ferreira" in page
    hidden = {
        name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("wording", "seen")
    }
    said = {"say": "given", "me": "yes", **hidden}
    visitor.post(log.link, said)
    with log.school.database.read() as session:
        assert session.query(Asking).one().state == "given"
    for name in ("sam", "ada"):
        page = log.get(name, "/staff/submissions/{id}").text
        assert "somebody" in page
        assert "Maya" not in page


def test_its_words_are_in_no_index(log: Log) -> None:
    with log.school.database.read() as session:
        assert session.query(AnswerText).count() == 0


def test_it_is_no_practice_submission(log: Log) -> None:
    answer = log.school.browser("sam").post(
        "/staff/calibration", {"submission": log.id, "title": "Practice"}
    )
    assert answer.status_code == 403
    with log.school.database.read() as session:
        assert calibrations.every(session) == []
