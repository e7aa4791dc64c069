"""Links, captions, ranges, and what a person is told of a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.errors import EvidenceRejected
from engine.forms.answers import EvidenceFacts
from engine.records import addresses, jobs
from engine.records.addresses import Answer
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import DraftRow, Evidence, Submission
from engine.submissions import links
from engine.web.words import evidence_note
from tests.conftest import TERM, School
from tests.records.test_photos import photo
from tests.web.tus import Tus

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(200))
VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nGood morning.\n"
PAGE = "/submissions/{}/answers/answers"


@pytest.fixture
def work(school: School) -> str:
    return school.open("ana", "field-video")


def post(school: School, work: str, name: str = "ana", **said: object) -> TestResponse:
    return school.browser(name).post(f"/submissions/{work}/evidence", said, json=True)


def save(school: School, work: str, **said: object) -> TestResponse:
    browser = school.browser("ana")
    path = PAGE.format(work)
    named = {"_seen": browser.seen(path), **said}
    return browser.post(path, {name.replace("__", "/"): value for name, value in named.items()})


def add_film(school: School, work: str) -> str:
    answer = post(school, work, pointer="/answers/lesson", file=(io.BytesIO(FILM), "lesson.mp4"))
    assert answer.status_code == 201, answer.text
    id: str = answer.get_json()["id"]
    return id


def row(school: School, id: str) -> Evidence:
    with school.database.read() as session:
        return session.get_one(Evidence, id)


def answers(school: School, work: str) -> dict[str, object]:
    with school.database.read() as session:
        found = session.get(DraftRow, (work, "answers"))
        return dict(found.answers) if found else {}


def run_jobs(school: School) -> list[str]:
    store = EvidenceStore.of(school.settings)
    return jobs.drain(JobContext(school.settings, school.database, store))


class TestLinks:
    @pytest.fixture
    def says(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[str]]:
        """What every address says, and which were asked."""

        def say(answer: Answer) -> list[str]:
            asked: list[str] = []

            def ask(url: str, *, private: bool = False) -> Answer:
                asked.append(url)
                return answer

            monkeypatch.setattr(addresses, "ask", ask)
            return asked

        return say

    def test_link_is_kept_like_a_file_and_asked_by_a_job(
        self, school: School, work: str, says: Callable[[Answer], list[str]]
    ) -> None:
        asked = says(Answer("answered", "Room 12"))
        said = post(school, work, pointer="/answers/page", url="example.org/room").get_json()
        link = row(school, said["id"])
        assert (link.url, link.name) == ("https://example.org/room", "example.org/room")
        assert (link.media_type, link.bytes, link.sha256) == ("text/uri-list", 0, "")
        assert said["note"] == "We are checking whether this address answers."
        assert run_jobs(school) == [links.CHECK]
        assert asked == ["https://example.org/room"]
        assert (row(school, link.id).link_state, row(school, link.id).name) == (
            "answered",
            "Room 12",
        )

    def test_title_that_was_typed_stays(
        self, school: School, work: str, says: Callable[[Answer], list[str]]
    ) -> None:
        says(Answer("answered", "Another"))
        said = post(
            school, work, pointer="/answers/page", url="https://example.org", title="Ours\u202e "
        ).get_json()
        run_jobs(school)
        assert row(school, said["id"]).name == "Ours"

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "", "x", "\0"])
    def test_what_is_no_address_of_a_page_is_refused(
        self, school: School, work: str, url: str
    ) -> None:
        answer = post(school, work, pointer="/answers/page", url=url)
        assert answer.status_code == 422
        assert "not the address of a web page" in answer.get_json()["detail"]

    def test_question_that_asks_for_a_file_takes_no_link(self, school: School, work: str) -> None:
        answer = post(school, work, pointer="/answers/lesson", url="https://example.org")
        assert answer.status_code == 422

    def test_question_that_asks_for_a_link_takes_no_file(self, school: School, work: str) -> None:
        assert Tus(school.browser("ana"), work).create(5, "/answers/page").status_code == 422
        answer = post(school, work, pointer="/answers/page", file=(io.BytesIO(b"x"), "x.txt"))
        assert answer.status_code == 415

    def test_link_travels_with_the_page_when_there_are_no_scripts(
        self, school: School, work: str
    ) -> None:
        answer = save(
            school, work, **{"/answers/page#url": "https://example.org", "_link": "/answers/page"}
        )
        assert answer.status_code == 303
        assert answer.location.endswith("#/answers/page")
        assert row(school, str(answers(school, work)["page"])).url == "https://example.org"

    def test_link_that_is_refused_stays_as_it_was_typed(self, school: School, work: str) -> None:
        answer = save(
            school, work, **{"/answers/page#url": "javascript:x", "/answers/page#title": "Ours"}
        )
        assert answer.status_code == 422
        for text in (answer.text, school.browser("ana").get(PAGE.format(work)).text):
            assert 'value="javascript:x"' in text
            assert 'value="Ours"' in text

    def test_link_may_be_checked_again(
        self, school: School, work: str, says: Callable[[Answer], list[str]]
    ) -> None:
        asked = says(Answer("silent"))
        save(school, work, **{"/answers/page#url": "https://example.org"})
        run_jobs(school)
        text = school.browser("ana").get(PAGE.format(work)).text
        assert "This address did not answer on " in text
        id = str(answers(school, work)["page"])
        save(school, work, **{"/answers/page": id, "_check": id})
        run_jobs(school)
        assert len(asked) == 2

    def test_somebody_elses_link_is_not_checked(
        self, school: School, work: str, says: Callable[[Answer], list[str]]
    ) -> None:
        asked = says(Answer("silent"))
        theirs = school.open("ben", "field-video")
        id = post(
            school, theirs, "ben", pointer="/answers/page", url="https://example.org"
        ).get_json()["id"]
        run_jobs(school)
        save(school, work, _check=id)
        assert run_jobs(school) == []
        assert len(asked) == 1

    def test_link_leads_to_its_page_only_for_whoever_may_see_it(
        self, school: School, work: str
    ) -> None:
        id = post(school, work, pointer="/answers/page", url="https://example.org").get_json()["id"]
        answer = school.browser("ana").get(f"/evidence/{id}")
        assert (answer.status_code, answer.location) == (303, "https://example.org")
        assert school.browser("ben").get(f"/evidence/{id}").status_code == 404


class TestCaptions:
    def test_film_plays_with_its_captions(self, school: School, work: str) -> None:
        film = add_film(school, work)
        said = post(school, work, captions_of=film, file=(io.BytesIO(VTT), "words.vtt")).get_json()
        assert row(school, film).captions_id == said["id"]
        answer = school.browser("ana").get(f"/evidence/{said['id']}")
        assert answer.mimetype == "text/vtt"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]

    def test_captions_travel_with_the_page_when_there_are_no_scripts(
        self, school: School, work: str
    ) -> None:
        film = add_film(school, work)
        save(
            school, work,
            **{"/answers/lesson": film, "/answers/lesson#captions": (io.BytesIO(VTT), "w.vtt")},
        )  # fmt: skip
        assert row(school, film).captions_id
        assert "This video has captions." in school.browser("ana").get(PAGE.format(work)).text

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"1\n00:00:00,000 --> 00:00:02,000\nGood morning.\n", "SubRip format (.srt)"),
            (b"<script>alert(1)</script>", "This is not a file of captions."),
            (b"WEBVTT", "This is not a file of captions."),
            (b"WEBVTT\n\n\xff\xfe", "This is not a file of captions."),
            (VTT + b" " * 2_100_000, "far too large"),
        ],
    )
    def test_what_is_no_file_of_captions_is_refused_in_words(
        self, school: School, work: str, content: bytes, words: str
    ) -> None:
        film = add_film(school, work)
        answer = post(school, work, captions_of=film, file=(io.BytesIO(content), "w.vtt"))
        assert answer.status_code in (413, 415)
        assert words in answer.get_json()["detail"]
        assert row(school, film).captions_id is None

    def test_captions_with_scripts_in_them_are_never_a_page(
        self, school: School, work: str
    ) -> None:
        film = add_film(school, work)
        cue = VTT + b"\n00:02.000 --> 00:03.000\n<script>alert(1)</script>\n"
        said = post(school, work, captions_of=film, file=(io.BytesIO(cue), "w.vtt")).get_json()
        answer = school.browser("ana").get(f"/evidence/{said['id']}")
        assert answer.headers["Content-Type"].startswith("text/vtt")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_somebody_elses_film_gets_no_captions(self, school: School, work: str) -> None:
        film = add_film(school, work)
        theirs = school.open("ben", "field-video")
        answer = post(school, theirs, "ben", captions_of=film, file=(io.BytesIO(VTT), "w.vtt"))
        assert answer.status_code == 404
        assert row(school, film).captions_id is None


class TestRanges:
    def ask(self, school: School, work: str, range: str) -> TestResponse:
        film = add_film(school, work)
        return school.browser("ana").get(f"/evidence/{film}", headers={"Range": range})

    @pytest.mark.parametrize(
        ("range", "start", "end"),
        [("bytes=0-3", 0, 4), ("bytes=10-", 10, None), ("bytes=-5", -5, None)],
    )
    def test_part_of_a_film_is_sent(
        self, school: School, work: str, range: str, start: int, end: int | None
    ) -> None:
        answer = self.ask(school, work, range)
        assert (answer.status_code, answer.data) == (206, FILM[start:end])
        assert answer.headers["Accept-Ranges"] == "bytes"

    @pytest.mark.parametrize("range", ["bytes=99999-", "bytes=9-3", "bytes=a-b", "bytes=0-1,5-6"])
    def test_range_that_can_not_be_sent_is_refused_or_the_whole_film_comes(
        self, school: School, work: str, range: str
    ) -> None:
        answer = self.ask(school, work, range)
        assert answer.status_code in (200, 416)
        if answer.status_code == 200:
            assert answer.data == FILM


class TestPhotos:
    def test_person_is_told_that_the_place_is_gone(self, school: School) -> None:
        work = school.open("ana", "field-evidence")
        said = post(
            school, work, pointer="/answers/photos", file=(io.BytesIO(photo()), "garden.jpg")
        ).get_json()
        assert said["note"] == "We removed the place where this photo was taken."
        save(school, work, **{"/answers/photos/0": said["id"]})
        page = school.browser("ana").get(PAGE.format(work)).text
        assert "We removed the place where this photo was taken." in page
        assert f'src="/evidence/{said["id"]}"' in page

    def test_bytes_that_are_served_hold_no_place(self, school: School) -> None:
        work = school.open("ana", "field-evidence")
        tus = Tus(school.browser("ana"), work)
        content = photo()
        url = tus.begun(len(content), pointer="/answers/photos", name="garden.jpg")
        assert tus.patch(url, 0, content).status_code == 204
        id = tus.ask("GET", url).get_json()["evidence"]["id"]
        served = school.browser("ana").get(f"/evidence/{id}").data
        assert len(served) == len(content)
        assert served != content


class TestScanning:
    class Away:
        def check(self, file: object) -> None:
            raise EvidenceRejected("unscanned", "Our virus scanner does not answer now.")

    def test_file_that_could_not_be_scanned_waits_and_is_finished_later(
        self, school: School, work: str
    ) -> None:
        store = school.app.extensions["accolade"].store
        store.scanner = self.Away()
        tus = Tus(school.browser("ana"), work)
        url = tus.begun(len(FILM), pointer="/answers/lesson", name="lesson.mp4")
        answer = tus.patch(url, 0, FILM)
        assert answer.status_code == 503
        assert tus.ask("GET", url).get_json()["evidence"] is None
        assert tus.offset(url) == len(FILM)
        store.scanner = None
        assert tus.patch(url, len(FILM), b"").status_code == 204
        assert tus.ask("GET", url).get_json()["evidence"]["name"] == "lesson.mp4"


def test_whole_file_counts_towards_what_one_person_may_keep(school: School, work: str) -> None:
    house = school.app.extensions["accolade"]
    small = replace(school.settings, evidence_quota_bytes=300)
    school.app.extensions["accolade"] = replace(house, settings=small)
    add_film(school, work)
    answer = post(school, work, pointer="/answers/lesson", file=(io.BytesIO(FILM), "two.mp4"))
    assert answer.status_code == 413
    with school.database.read() as session:
        assert len(session.scalars(select(Evidence)).all()) == 1


def test_reviewer_sees_links_films_notes_and_fingerprints(school: School, work: str) -> None:
    film = add_film(school, work)
    post(school, work, captions_of=film, file=(io.BytesIO(VTT), "words.vtt"))
    link = post(school, work, pointer="/answers/page", url="https://example.org", title="Ours")
    save(school, work, **{"/answers/lesson": film, "/answers/page": link.get_json()["id"]})
    with school.database.transaction() as session:
        session.get_one(Evidence, link.get_json()["id"]).link_state = "sign-in"
        session.get_one(Submission, work).round = 1
    page = school.browser("ana").get(f"/submissions/{work}/print").text
    assert "This page asks for a sign-in." in page
    assert row(school, film).sha256 in page
    assert 'href="https://example.org"' in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("answered", "This address answered on 2 March 2026."),
        ("silent", "This address did not answer on 2 March 2026. Check that it's right and that"),
        ("missing", "There was no page at this address on 2 March 2026."),
        ("sign-in", "This page asks for a sign-in. Reviewers may not be able to open it."),
        ("not-public", "This address is inside a private network."),
    ],
)
def test_what_a_link_said_is_told_in_words(state: str, words: str) -> None:
    facts = EvidenceFacts(
        "x", "x", "text/uri-list", 0, "", url="https://x.example", link_state=state, checked_at=TERM
    )
    assert evidence_note(facts).startswith(words)
