"""Drafts without scripts: what comes up, goals in numbers, earlier work, copies, records."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.awards.typesetting.template_faults import TemplateFault
from engine.records import jobs
from engine.records.files import EvidenceStore
from engine.records.tables import DraftRow, Submission
from engine.submissions import copies, drafting, record
from tests.conftest import Browser, School
from tests.web.conftest import GARDEN
from tests.web.garden_house import words

Fill = Callable[[str], str]


def page_of(submission_id: str, form: str = "answers", page: str = "answers") -> str:
    return f"/submissions/{submission_id}/{form}/{page}"


def press(browser: Browser, path: str, go: str = "continue", **answers: str) -> TestResponse:
    named = {name.replace("__", "/"): text for name, text in answers.items()}
    return browser.post(path, {"_seen": browser.seen(path), "_go": go, **named})


def draft_of(school: School, submission_id: str) -> dict[str, Any]:
    with school.database.read() as session:
        return drafting.draft_of(session, submission_id).answers


class TestQuestionsThatComeUp:
    @pytest.fixture
    def browser(self, school: School) -> Browser:
        return school.browser("ana")

    @pytest.fixture
    def path(self, school: School) -> str:
        return page_of(school.open("ana", "field-if-judged"))

    def test_going_on_does_not_pass_by_a_question_that_just_came_up(
        self, browser: Browser, path: str
    ) -> None:
        answer = press(browser, path, __answers__children="25")

        assert answer.location == f"{path}#/answers/room"
        page = browser.get(path)
        assert "Your answers brought up 2 more questions: “Which room was large enough?”" in words(
            page
        )
        assert 'class="error-summary"' not in page.text

    def test_going_on_again_says_what_is_missing(self, browser: Browser, path: str) -> None:
        press(browser, path, __answers__children="25")
        answer = press(browser, path, __answers__children="25", __answers__room="")

        assert answer.location == f"{path}?check=1"

    def test_what_was_answered_at_once_holds_nobody_up(self, browser: Browser, path: str) -> None:
        press(browser, path, "show", __answers__children="25")
        answer = press(browser, path, __answers__children="25", __answers__room="The hall")

        assert answer.location.endswith("/check")

    def test_a_button_shows_what_applies(self, browser: Browser, path: str) -> None:
        assert "Show what applies" in browser.get(path).text
        answer = press(browser, path, "show", __answers__children="25")
        assert answer.location == f"{path}#/answers/room"

    def test_the_button_says_when_nothing_is_new(self, browser: Browser, path: str) -> None:
        press(browser, path, "show", __answers__children="3")
        assert "Every question that applies is on this page." in browser.get(path).text

    def test_a_page_without_conditions_has_no_such_button(self, school: School) -> None:
        submission_id = school.open("ana", "field-text")
        assert "Show what applies" not in school.browser("ana").get(page_of(submission_id)).text

    def test_a_save_by_itself_is_told_what_is_asked_now(self, browser: Browser, path: str) -> None:
        data = {"_seen": browser.seen(path), "/answers/children": "25"}
        assert browser.post(path, data, json=True).get_json()["shown"] == {
            "/answers/room": True,
            "/answers/help": True,
            "/answers/help/consent": False,
        }


class TestGoalsInNumbers:
    def test_the_bars_stand_on_the_page_and_come_with_each_save(self, school: School) -> None:
        browser = school.browser("ana")
        path = page_of(school.open("ana", "field-requirements"), "visits", "visits")
        assert "0 of 3 peers" in browser.get(path).text

        data = {"_seen": browser.seen(path), "/visits/visited": "", "/visits/visited/0": "Ben"}
        told = browser.post(path, data, json=True).get_json()["requirements"]

        assert [(one["id"], one["words"]) for one in told] == [
            ("/visits#0", "1 of 3 peers"),
            ("/visits#1", "1 of 2"),
            ("#0", "0 of 12"),
        ]

    def test_a_page_that_does_not_count_shows_none(self, school: School) -> None:
        path = page_of(school.open("ana", "field-requirements"), "visits", "notes")
        assert "<progress" not in school.browser("ana").get(path).text

    def test_the_task_list_sums_up_what_the_pages_take(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        page = words(school.browser("ana").get(f"/submissions/{submission_id}"))
        assert "What is left takes about 30 minutes." in page


class TestEarlierWork:
    def finish(self, school: School, answers: dict[str, Any]) -> None:
        submission_id = school.open("ana", "field-prefill")
        with school.database.transaction() as session:
            subject = drafting.subject_of(session, submission_id)
            at = datetime(2026, 3, 12, 12, tzinfo=UTC)
            drafting.fill(session, subject, {"answers": answers}, school.cast["ana"], at)
        answer = school.browser("ana").post(
            f"/submissions/{submission_id}/advance/finish", {"revision": "0"}
        )
        assert answer.status_code == 303, answer.text

    def test_a_new_draft_is_filled_in_from_what_was_handed_in_before(self, school: School) -> None:
        said = {"school": "Hill", "pupils": [{"name": "Bo"}], "about": {"subject": "Maths"}}
        self.finish(school, {**said, "fresh": "x"})

        answers = draft_of(school, school.open("ana", "field-prefill"))

        assert answers == {"answers": {**said, "before": "Hill"}}

    def test_the_page_says_where_it_came_from_until_it_is_changed(self, school: School) -> None:
        self.finish(school, {"school": "Hill"})
        path, browser = page_of(school.open("ana", "field-prefill")), school.browser("ana")
        assert words(browser.get(path)).count("From your “Prefill” of") == 2

        press(browser, path, "later", __answers__school="Vale")

        assert words(browser.get(path)).count("From your “Prefill” of") == 1

    def test_nobody_elses_work_fills_anything_in(self, school: School) -> None:
        self.finish(school, {"school": "Hill"})
        assert draft_of(school, school.open("ben", "field-prefill")) == {}

    def test_a_draft_that_was_never_handed_in_fills_nothing_in(self, school: School) -> None:
        submission_id = school.open("ana", "field-prefill")
        press(school.browser("ana"), page_of(submission_id), "later", __answers__school="Hill")
        with school.database.transaction() as session:
            session.get_one(Submission, submission_id).state_kind = "closed"
        assert draft_of(school, school.open("ana", "field-prefill")) == {}


class TestCopies:
    @pytest.fixture
    def browser(self, school: School) -> Browser:
        return school.browser("ana")

    def bring(
        self, browser: Browser, id: str, content: bytes | dict[str, Any], **more: str
    ) -> TestResponse:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        file = (io.BytesIO(data), "draft.json")
        return browser.post(f"/submissions/{id}/copy", {**more, "copy": file})

    def copy_of(self, browser: Browser, id: str) -> dict[str, Any]:
        answer = browser.get(f"/submissions/{id}/draft.json")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        said: dict[str, Any] = json.loads(answer.data)
        return said

    def seen(self, school: School, id: str) -> str:
        with school.database.read() as session:
            return copies.seen_of(drafting.draft_of(session, id))

    def test_a_copy_says_what_it_is_and_everything_that_was_typed(
        self, school: School, browser: Browser, filled: Fill
    ) -> None:
        id = filled("ana")
        copy = self.copy_of(browser, id)
        assert (copy["format"], copy["version"], copy["credential"]) == (
            "accolade draft",
            1,
            GARDEN,
        )
        assert copy["answers"] == draft_of(school, id)
        assert [one["name"] for one in copy["evidence"]] == ["garden.png"]

    def test_the_same_copy_changes_nothing(self, browser: Browser, filled: Fill) -> None:
        id = filled("ana")
        assert "Nothing would change" in self.bring(browser, id, self.copy_of(browser, id)).text

    def test_what_would_change_is_shown_before_it_does(
        self, school: School, browser: Browser, filled: Fill
    ) -> None:
        id = filled("ana")
        copy, before = self.copy_of(browser, id), draft_of(school, id)
        copy["answers"]["plot"]["garden_name"] = "Nettle bed"

        page = self.bring(browser, id, copy)

        assert "One answer is different in the file." in words(page)
        assert "Nettle" in words(page)
        assert draft_of(school, id) == before

    def test_a_draft_is_replaced_and_put_back(
        self, school: School, browser: Browser, filled: Fill
    ) -> None:
        id = filled("ana")
        copy, before = self.copy_of(browser, id), draft_of(school, id)
        copy["answers"]["plot"]["garden_name"] = "Nettle bed"
        copy["typed"] = {"/plot/area": "about ten"}
        del copy["answers"]["plot"]["area"]

        done = self.bring(browser, id, copy, _do="replace", seen=self.seen(school, id))
        assert done.location == f"/submissions/{id}/copy"
        assert draft_of(school, id)["plot"]["garden_name"] == "Nettle bed"
        assert "about ten" in browser.get(f"/submissions/{id}/plot/place").text
        old = json.loads(browser.get(f"/submissions/{id}/draft.json?replaced=1").data)
        assert old["answers"] == before

        browser.post(f"/submissions/{id}/copy", {"_do": "back"})
        assert draft_of(school, id) == before

    def test_a_draft_that_changed_meanwhile_is_looked_at_again(
        self, school: School, browser: Browser, filled: Fill
    ) -> None:
        id = filled("ana")
        copy = self.copy_of(browser, id)
        copy["answers"]["plot"]["garden_name"] = "Nettle bed"
        before = draft_of(school, id)

        page = self.bring(browser, id, copy, _do="replace", seen="of an hour ago")

        assert "has changed since you looked at it" in words(page)
        assert draft_of(school, id) == before

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "Choose the file first."),
            (b"%PDF-1.7", "not a copy of a draft, or it is damaged"),
            (b"\xff\xfe\x00", "not a copy of a draft, or it is damaged"),
            (b"[" * 100_000, "not a copy of a draft, or it is damaged"),
            (b'{"a": ' * 90 + b"1" + b"}" * 90, "not a copy of a draft, or it is damaged"),
            (b'{"format": "accolade draft", "x": NaN}', "damaged"),
            (b'{"format": "accolade draft", "x": 1e999}', "damaged"),
            (b'{"answers": {}}', "not a copy of a draft that was downloaded here"),
            (b'{"format": "accolade draft", "version": 2}', "newer version of this site"),
            (b'{"format": "accolade draft", "version": 1}', "has no answers in it"),
            (b'"' + b"x" * 2_000_001 + b'"', "too large"),
            (
                b'{"format": "accolade draft", "version": 1, "answers": {}, "title": "Bees",'
                b' "credential": "bees"}',
                "This is a copy of a draft for “Bees”. This draft is for “School Garden Steward”.",
            ),
        ],
    )
    def test_what_is_no_copy_of_this_draft_is_refused_in_words(
        self, browser: Browser, filled: Fill, content: bytes, said: str
    ) -> None:
        answer = self.bring(browser, filled("ana"), content)
        assert answer.status_code == 422
        assert said in words(answer)

    def test_files_of_other_work_and_agreements_do_not_come_along(
        self, school: School, browser: Browser, filled: Fill
    ) -> None:
        theirs = self.copy_of(school.browser("ben"), filled("ben"))
        id = school.open("ana", GARDEN)

        page = words(self.bring(browser, id, theirs))
        assert "garden.png belongs to other work. Attach it again." in page
        assert "you are asked to agree to it here" in page
        self.bring(browser, id, theirs, _do="replace", seen=self.seen(school, id))

        handover = draft_of(school, id)["handover"]
        assert "photo" not in handover
        assert "agreement" not in handover

    @pytest.mark.parametrize("value", [[], {}, 7, True, None, "x", [[{}]], {"a": {"b": [1]}}])
    def test_answers_of_any_shape_are_kept_and_every_page_shows_them(
        self, school: School, browser: Browser, filled: Fill, value: Any
    ) -> None:
        id = filled("ana")
        copy = self.copy_of(browser, id)
        for form, said in copy["answers"].items():
            copy["answers"][form] = dict.fromkeys(said, value)
        copy |= {"typed": value, "chosen": value, "rows": {"/plot/visits": value}, "agreed": value}

        answer = self.bring(browser, id, copy, _do="replace", seen=self.seen(school, id))

        assert answer.status_code == 303, answer.text
        for tail in ("", "/plot/place", "/plot/seasons", "/handover/picture", "/check", "/print"):
            assert browser.get(f"/submissions/{id}{tail}").status_code == 200, tail

    def test_unknown_forms_are_named_and_left_out(
        self, school: School, browser: Browser, filled: Fill
    ) -> None:
        id = filled("ana")
        copy = self.copy_of(browser, id)
        copy["answers"] |= {"__proto__": {"x": 1}, "plot": {"garden_name": "Rose"}}
        assert "“__proto__”: this credential has no such form." in words(
            self.bring(browser, id, copy)
        )
        self.bring(browser, id, copy, _do="replace", seen=self.seen(school, id))
        assert "__proto__" not in draft_of(school, id)

    def test_closed_answers_are_not_replaced(
        self, school: School, browser: Browser, filled: Fill
    ) -> None:
        id = filled("ana")
        copy = self.copy_of(browser, id)
        browser.post(f"/submissions/{id}/advance/hand_in", {"revision": "0"})
        before = draft_of(school, id)
        copy["answers"]["plot"]["garden_name"] = "Nettle bed"

        answer = self.bring(browser, id, copy, _do="replace", seen=self.seen(school, id))

        assert answer.status_code == 403
        assert draft_of(school, id) == before


class TestRecords:
    def drain(self, school: School, paper: str = "letter") -> None:
        store = EvidenceStore(school.settings.evidence)
        settings = replace(school.settings, paper=paper)
        jobs.drain(jobs.JobContext(settings, school.database, store))

    def pdf(self, school: School, name: str, id: str) -> TestResponse:
        browser = school.browser(name)
        browser.post(f"/submissions/{id}/record")
        self.drain(school)
        return browser.get(f"/submissions/{id}/record.pdf")

    def text(self, answer: TestResponse) -> str:
        with pikepdf.open(io.BytesIO(answer.data)) as pdf:
            assert "/StructTreeRoot" in pdf.Root
            assert str(pdf.Root.Lang) == "en"
            return str(pdf.docinfo["/Title"])

    def test_a_copy_is_on_the_paper_of_the_settings(self, school: School, filled: Fill) -> None:
        id, browser = filled("ana"), school.browser("ana")
        browser.post(f"/submissions/{id}/record")
        self.drain(school, paper="a4")
        with pikepdf.open(io.BytesIO(browser.get(f"/submissions/{id}/record.pdf").data)) as pdf:
            assert [round(float(one)) for one in pdf.pages[0].mediabox[2:]] == [595, 842]

    def test_a_copy_is_asked_for_waited_for_and_fetched(self, school: School, filled: Fill) -> None:
        id, browser = filled("ana"), school.browser("ana")
        assert "Make a PDF copy" in browser.get(f"/submissions/{id}/record").text
        asked = browser.post(f"/submissions/{id}/record")
        waiting = browser.get(asked.location).text
        assert "Your copy is being made" in waiting
        assert '<noscript><meta http-equiv="refresh"' in waiting
        assert browser.json(f"/submissions/{id}/record").get_json() == {"ready": False}

        self.drain(school)

        assert browser.json(f"/submissions/{id}/record").get_json() == {"ready": True}
        assert "Your copy is ready" in browser.get(asked.location).text
        answer = browser.get(f"/submissions/{id}/record.pdf")
        assert answer.mimetype == "application/pdf"
        assert self.text(answer) == "School Garden Steward: Ana Ruiz"

    def test_a_changed_draft_has_no_copy_yet(self, school: School, filled: Fill) -> None:
        id, browser = filled("ana"), school.browser("ana")
        assert self.pdf(school, "ana", id).status_code == 200
        path = f"/submissions/{id}/plot/place"
        browser.post(path, {"_seen": browser.seen(path), "/plot/garden_name": "Rose"})
        assert browser.get(f"/submissions/{id}/record.pdf").status_code == 404

    def test_reviewers_get_what_was_handed_in(self, school: School, filled: Fill) -> None:
        id = filled("ana")
        assert school.browser("sam").get(f"/submissions/{id}/record.pdf").status_code == 404
        school.browser("ana").post(f"/submissions/{id}/advance/hand_in", {"revision": "0"})
        assert self.pdf(school, "sam", id).status_code == 200
        (file,) = (school.settings.records / id).glob("*.pdf")
        assert file.name.startswith("round-1-")

    def test_a_draft_says_that_it_is_one_and_lists_files_with_their_digests(
        self, school: School, filled: Fill
    ) -> None:
        id = filled("ana")
        with school.database.read() as session:
            subject = drafting.subject_of(session, id)
            found = record.for_reader(session, subject, school.cast["ana"])
            assert found is not None
            html, _ = record.composed(
                found, subject, school.settings, datetime(2026, 3, 12, 9, 5, tzinfo=UTC)
            )
            (facts,) = drafting.evidence_of(session, id).values()
        assert '<p class="mark">Draft</p>' in html
        assert "12 March 2026, 09:05 UTC" in html
        assert f"SHA-256 {facts.sha256}" in html
        assert "File 1: garden.png" in html
        assert subject.edition.digest in html

    def test_every_answer_is_in_it(self, school: School, filled: Fill) -> None:
        id = filled("ana")
        with school.database.read() as session:
            subject = drafting.subject_of(session, id)
            found = record.record_of(session, subject, record.DRAFT)
            assert found is not None
            html, _ = record.composed(found, subject, school.settings, datetime.now(UTC))
        for visit in subject.edition.examples["plot"]["visits"]:
            assert visit["what"] in html.replace("&#39;", "'")

    @pytest.mark.parametrize(
        ("design", "fault"),
        [
            ("<p>\n{{ 1 // 0 }}", "(records/record.html, line 2): "),
            ("<img src='file:///etc/hostname' alt=''>", 'Error fetching "file:///etc/hostname"'),
        ],
    )
    def test_a_fault_of_its_template_is_told_with_its_place(
        self, school: School, filled: Fill, tmp_path: Path, design: str, fault: str
    ) -> None:
        own = tmp_path / "records" / "record.html"
        own.parent.mkdir()
        own.write_text(design, "utf-8")
        settings = replace(school.settings, templates=(tmp_path, *school.settings.templates))
        id = filled("ana")
        with school.database.read() as session:
            subject = drafting.subject_of(session, id)
            found = record.record_of(session, subject, record.DRAFT)
            assert found is not None
            with pytest.raises(TemplateFault, match=re.escape(fault)):
                record.render(found, subject, settings, datetime.now(UTC))

    def test_asking_twice_prints_once(self, school: School, filled: Fill) -> None:
        id = filled("ana")
        self.pdf(school, "ana", id)
        (file,) = (school.settings.records / id).glob("*.pdf")
        printed = file.stat().st_mtime_ns
        self.pdf(school, "ana", id)
        assert file.stat().st_mtime_ns == printed


def test_my_work_says_how_far_a_draft_is_and_what_comes_next(school: School, filled: Fill) -> None:
    id = filled("ana")
    with school.database.transaction() as session:
        row = session.get_one(DraftRow, (id, "handover"))
        row.answers = {}
    page = school.browser("ana").get("/my-work")
    assert "2 of 3 pages complete" in words(page)
    assert "last saved 2 March 2026" in words(page)
    assert f'<a href="/submissions/{id}/handover/picture">A picture and a promise</a>' in page.text


def test_a_save_by_itself_reads_no_other_form(
    school: School, filled: Fill, count_queries: list[str]
) -> None:
    id, browser = filled("ana"), school.browser("ana")
    path = f"/submissions/{id}/plot/place"
    data = {"_seen": browser.seen(path), "/plot/garden_name": "Rose", "csrf_token": browser.token()}
    count_queries.clear()
    browser.client.post(path, data=data, headers={"Accept": "application/json"})
    drafts = [one for one in count_queries if "drafts" in one and one.startswith("SELECT")]
    assert len(drafts) == 1
    assert re.search(r"drafts\.form_id = (\?|%\(\w+\)s)", drafts[0])
    with school.database.read() as session:
        assert session.scalars(select(DraftRow.form_id).where(DraftRow.submission_id == id)).all()
