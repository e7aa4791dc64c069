"""Uploads in pieces: the tus protocol, and every way to get it wrong."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.records import jobs, partials
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Evidence, Submission, Upload
from engine.submissions import uploading
from tests.conftest import School
from tests.databases import ON_SQLITE
from tests.web.tus import PIECE, Tus, checksum, metadata

pytestmark = ON_SQLITE  # the pieces of a file never reach the database

DOCUMENT = "field-evidence"
TEXT = b"What we tried, and what came of it.\n"


@pytest.fixture
def tus(school: School) -> Tus:
    return Tus(school.browser("ana"), school.open("ana", DOCUMENT))


def kept(school: School) -> list[Evidence]:
    with school.database.read() as session:
        return list(session.scalars(select(Evidence)))


def begun(school: School) -> list[Upload]:
    with school.database.read() as session:
        return list(session.scalars(select(Upload)))


def store_of(school: School) -> EvidenceStore:
    store = school.app.extensions["accolade"].store
    assert isinstance(store, EvidenceStore)
    return store


def waiting(school: School) -> list[str]:
    folder = store_of(school).partials.folder
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


class TestDiscovery:
    @pytest.mark.parametrize("path", ["/submissions/x/uploads", "/uploads/x"])
    def test_options_say_what_this_server_can_do(self, school: School, path: str) -> None:
        answer = school.browser().client.options(path)
        assert answer.status_code == 204
        said = answer.headers
        assert said["Tus-Resumable"] == "1.0.0"
        assert said["Tus-Version"] == "1.0.0"
        assert said["Tus-Extension"].split(",") == [
            "creation",
            "creation-with-upload",
            "creation-defer-length",
            "checksum",
            "termination",
            "expiration",
        ]
        assert said["Tus-Max-Size"] == str(5 * 1024**3)
        assert said["Tus-Checksum-Algorithm"] == "sha1,sha256"

    def test_no_other_site_is_let_in_by_a_preflight(self, school: School) -> None:
        answer = school.browser().client.options(
            "/uploads/x",
            headers={
                "Origin": "https://evil.example",
                "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": "tus-resumable",
            },
        )
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


class TestPieces:
    def test_file_in_three_pieces_becomes_evidence(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        for start, end in ((0, 10), (10, 20), (20, len(TEXT))):
            assert tus.offset(url) == start
            answer = tus.patch(url, start, TEXT[start:end])
            assert (answer.status_code, answer.data) == (204, b"")
            assert answer.headers["Upload-Offset"] == str(end)
            assert answer.headers["Cache-Control"] == "no-store"
        [file] = kept(school)
        assert (file.name, file.media_type, file.bytes) == ("report.txt", "text/plain", len(TEXT))
        assert file.sha256 == hashlib.sha256(TEXT).hexdigest()
        assert waiting(school) == []
        said = tus.ask("GET", url).get_json()
        assert (said["offset"], said["evidence"]["id"]) == (len(TEXT), file.id)
        assert tus.browser.get(f"/evidence/{file.id}?download=1").data == TEXT

    def test_file_that_comes_with_its_creation_needs_no_second_request(
        self, school: School, tus: Tus
    ) -> None:
        answer = tus.create(len(TEXT), body=TEXT, Content_Type=PIECE)
        assert answer.status_code == 201
        assert answer.headers["Upload-Offset"] == str(len(TEXT))
        assert len(kept(school)) == 1

    def test_head_says_how_much_is_here_and_of_what(self, tus: Tus) -> None:
        url = tus.begun(len(TEXT), name="Bericht für Ana.txt")
        tus.patch(url, 0, TEXT[:7])
        answer = tus.ask("HEAD", url)
        assert answer.headers["Upload-Offset"] == "7"
        assert answer.headers["Upload-Length"] == str(len(TEXT))
        assert answer.headers["Upload-Metadata"] == metadata(
            pointer="/answers/report", filename="Bericht für Ana.txt"
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Upload-Expires" in answer.headers

    def test_last_piece_twice_makes_one_file(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        assert tus.patch(url, 0, TEXT).status_code == 204
        assert tus.patch(url, len(TEXT), b"").status_code == 204
        assert tus.patch(url, 0, TEXT).status_code == 409
        assert len(kept(school)) == 1

    def test_same_bytes_twice_are_two_pieces_of_evidence_and_one_file(
        self, school: School, tus: Tus
    ) -> None:
        for name in ("one.txt", "two.txt"):
            assert tus.patch(tus.begun(len(TEXT), name=name), 0, TEXT).status_code == 204
        assert sorted(file.name for file in kept(school)) == ["one.txt", "two.txt"]
        files = [one for one in store_of(school).folder.rglob("*") if one.is_file()]
        assert len(files) == 1

    def test_length_may_follow_later(self, school: School, tus: Tus) -> None:
        url = tus.begun(None, Upload_Defer_Length="1")
        assert tus.patch(url, 0, TEXT[:5]).status_code == 204
        assert tus.ask("HEAD", url).headers["Upload-Defer-Length"] == "1"
        answer = tus.patch(url, 5, TEXT[5:], Upload_Length=str(len(TEXT)))
        assert answer.status_code == 204
        assert len(kept(school)) == 1

    @pytest.mark.parametrize("method", ["PATCH", "DELETE", "HEAD"])
    def test_method_may_be_named_in_a_header(self, school: School, tus: Tus, method: str) -> None:
        url = tus.begun(len(TEXT))
        answer = tus.ask(
            "POST", url, TEXT if method == "PATCH" else b"",
            X_HTTP_Method_Override=method, Upload_Offset="0", Content_Type=PIECE,
        )  # fmt: skip
        assert answer.status_code == (200 if method == "HEAD" else 204)
        assert len(kept(school)) == (method == "PATCH")

    def test_name_of_ten_thousand_letters_is_cut(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT), name="x" * 10_000 + ".txt")
        tus.patch(url, 0, TEXT)
        assert kept(school)[0].name == "x" * 146 + ".txt"

    def test_name_can_not_leave_its_place(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT), name="../../a\u202e\x00b\r\n.txt")
        tus.patch(url, 0, TEXT)
        assert kept(school)[0].name == "ab.txt"


class TestChecksums:
    @pytest.mark.parametrize("name", ["sha1", "sha256"])
    def test_piece_with_its_checksum_is_kept(self, school: School, tus: Tus, name: str) -> None:
        url = tus.begun(len(TEXT))
        answer = tus.patch(url, 0, TEXT, Upload_Checksum=checksum(TEXT, name))
        assert answer.status_code == 204
        assert len(kept(school)) == 1

    def test_nothing_of_a_damaged_piece_is_kept(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        tus.patch(url, 0, TEXT[:8])
        answer = tus.patch(url, 8, b"damaged", Upload_Checksum=checksum(b"whole"))
        assert answer.status_code == 460
        assert tus.offset(url) == 8
        assert tus.patch(url, 8, TEXT[8:]).status_code == 204
        assert kept(school)[0].sha256 == hashlib.sha256(TEXT).hexdigest()

    @pytest.mark.parametrize(
        "said", ["md5 AAAA", "sha1", "sha1 ???", "sha256 AAAA", "", "sha1 A A"]
    )
    def test_checksum_that_says_nothing_is_refused(self, tus: Tus, said: str) -> None:
        url = tus.begun(len(TEXT))
        assert tus.patch(url, 0, TEXT, Upload_Checksum=said).status_code == 400
        assert tus.offset(url) == 0


class TestWrongRequests:
    @pytest.mark.parametrize("version", [None, "0.2.2", "2.0.0", ""])
    @pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST"])
    def test_other_versions_are_refused(self, tus: Tus, version: str | None, method: str) -> None:
        url = tus.begun(len(TEXT))
        answer = tus.ask(
            method, url, TEXT, Tus_Resumable=version, Upload_Offset="0", Content_Type=PIECE
        )
        assert answer.status_code == 412
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert tus.offset(url) == 0

    @pytest.mark.parametrize("offset", [1, 5, 35, 36, 10**17])
    def test_piece_for_another_place_is_refused(self, tus: Tus, offset: int) -> None:
        url = tus.begun(len(TEXT))
        answer = tus.patch(url, offset, b"" if offset >= 35 else b"x")
        assert answer.status_code == 409 or (offset > len(TEXT) and answer.status_code == 413)
        assert tus.offset(url) == 0

    @pytest.mark.parametrize("offset", ["-1", "", "x", "1.0", "٣", "9" * 40, "0 0"])
    def test_offset_that_is_no_number_is_refused(self, tus: Tus, offset: str) -> None:
        url = tus.begun(len(TEXT))
        assert tus.patch(url, offset, TEXT).status_code == 400

    def test_piece_without_an_offset_is_refused(self, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        assert tus.patch(url, 0, TEXT, Upload_Offset=None).status_code == 400

    @pytest.mark.parametrize("kind", [None, "application/octet-stream", "text/plain"])
    def test_piece_of_another_type_is_refused(self, tus: Tus, kind: str | None) -> None:
        url = tus.begun(len(TEXT))
        assert tus.patch(url, 0, TEXT, Content_Type=kind).status_code == 415
        assert tus.offset(url) == 0

    @pytest.mark.parametrize("length", ["-1", "x", "", "1e3", "9" * 40, "٣"])
    def test_length_that_is_no_number_is_refused(
        self, school: School, tus: Tus, length: str
    ) -> None:
        assert tus.create(length).status_code == 400
        assert begun(school) == []

    @pytest.mark.parametrize(
        ("length", "deferred"), [(None, None), ("5", "1"), (None, "0"), (None, "yes")]
    )
    def test_length_is_said_once_or_promised(
        self, tus: Tus, length: str | None, deferred: str | None
    ) -> None:
        assert tus.create(length, Upload_Defer_Length=deferred).status_code == 400

    @pytest.mark.parametrize(
        "said", ["filename ???", "filename /w==", "filename " + "A" * 20_000, "pointer A"]
    )
    def test_metadata_that_can_not_be_read_is_refused(
        self, school: School, tus: Tus, said: str
    ) -> None:
        assert tus.create(5, Upload_Metadata=said).status_code == 400
        assert begun(school) == []

    @pytest.mark.parametrize(
        "pointer", ["", "/", "/answers", "/answers/nothing", "report", "/x\0y"]
    )
    def test_upload_for_no_question_is_refused(
        self, school: School, tus: Tus, pointer: str
    ) -> None:
        answer = tus.create(5, pointer=pointer)
        assert answer.status_code in (403, 422)
        assert answer.get_json()["detail"]
        assert begun(school) == []

    def test_empty_file_is_refused(self, tus: Tus) -> None:
        answer = tus.create(0)
        assert answer.status_code == 422
        assert answer.get_json()["detail"].startswith("This file is empty.")

    @pytest.mark.parametrize("length", [65537, 10**17])
    def test_file_over_the_questions_limit_is_refused_before_it_comes(
        self, tus: Tus, length: int
    ) -> None:
        answer = tus.create(length)
        assert answer.status_code == 413
        assert answer.get_json()["detail"].startswith("This file is too large. The limit is 64 kB.")

    def test_more_than_was_said_is_refused(self, school: School, tus: Tus) -> None:
        url = tus.begun(10)
        assert tus.patch(url, 0, b"x" * 11).status_code == 413
        assert tus.offset(url) == 0
        assert tus.patch(url, 0, b"x" * 10).status_code == 204
        assert len(kept(school)) == 1

    def test_more_than_was_said_is_refused_when_it_comes_without_a_length(
        self, school: School, tus: Tus
    ) -> None:
        url = tus.begun(10)
        answer = tus.browser.client.open(
            url,
            method="PATCH",
            headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": PIECE},
            input_stream=io.BytesIO(b"x" * 50),
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )
        assert answer.status_code == 413
        assert tus.offset(url) == 0
        assert kept(school) == []

    def test_length_can_not_shrink_below_what_is_here(self, tus: Tus) -> None:
        url = tus.begun(None, Upload_Defer_Length="1")
        tus.patch(url, 0, TEXT)
        assert tus.patch(url, len(TEXT), b"", Upload_Length="5").status_code == 400

    def test_deferred_length_has_the_same_limit(self, tus: Tus) -> None:
        url = tus.begun(None, Upload_Defer_Length="1")
        assert tus.patch(url, 0, b"x" * 70_000).status_code == 413
        assert tus.patch(url, 0, b"x", Upload_Length="70000").status_code == 413
        assert tus.offset(url) == 0

    def test_plain_post_to_an_upload_does_nothing(self, tus: Tus) -> None:
        assert tus.ask("POST", tus.begun(5)).status_code == 405

    def test_file_of_a_kind_that_is_not_asked_for_is_refused_when_it_is_whole(
        self, school: School, tus: Tus
    ) -> None:
        program = b"MZ\x90\x00" + b"\x00" * 60
        url = tus.begun(len(program), name="report.pdf")
        answer = tus.patch(url, 0, program)
        assert answer.status_code == 415
        assert "report.pdf" in answer.get_json()["detail"]
        assert kept(school) == []
        assert waiting(school) == []
        assert tus.ask("HEAD", url).status_code == 404


class TestCutConnections:
    class Cut(io.BytesIO):
        """Gives some bytes, then breaks."""

        error = True

        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            if not piece and self.error:
                raise ConnectionResetError
            return piece

    def send(self, tus: Tus, url: str, content: bytes, error: bool, **headers: str) -> int:
        stream = self.Cut(content)
        stream.error = error
        said = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": PIECE, **headers}
        answer = tus.browser.client.open(
            url,
            method="PATCH",
            headers=said,
            input_stream=stream,
            environ_overrides={"CONTENT_LENGTH": str(len(TEXT))},
        )
        return answer.status_code

    @pytest.mark.parametrize("error", [True, False])
    def test_what_arrived_before_the_cut_is_kept(
        self, school: School, tus: Tus, error: bool
    ) -> None:
        url = tus.begun(len(TEXT))
        self.send(tus, url, TEXT[:12], error)
        assert tus.offset(url) == 12
        assert tus.patch(url, 12, TEXT[12:]).status_code == 204
        assert kept(school)[0].sha256 == hashlib.sha256(TEXT).hexdigest()

    def test_with_a_checksum_nothing_of_half_a_piece_is_kept(self, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        sent = {"Upload-Checksum": checksum(TEXT)}
        assert self.send(tus, url, TEXT[:12], True, **sent) == 460
        assert tus.offset(url) == 0

    def test_process_that_dies_amid_a_piece_with_a_checksum_leaves_nothing_of_it(
        self, school: School, tus: Tus
    ) -> None:
        url = tus.begun(len(TEXT))
        tus.patch(url, 0, TEXT[:4])
        turn = store_of(school).partials.take_turn(url.rsplit("/", 1)[1], 4, on_trial=True)
        turn.write(b"never proven")
        assert tus.offset(url) == 4
        assert tus.patch(url, 4, TEXT[4:]).status_code == 204
        assert kept(school)[0].sha256 == hashlib.sha256(TEXT).hexdigest()

    def test_sender_who_comes_back_has_the_turn_and_the_old_one_is_refused(
        self, school: School, tus: Tus
    ) -> None:
        url = tus.begun(len(TEXT))
        old = store_of(school).partials.take_turn(url.rsplit("/", 1)[1], 0, on_trial=False)
        old.write(TEXT[:6])
        assert tus.patch(url, 6, TEXT[6:9]).status_code == 204
        with pytest.raises(partials.TurnLost):
            old.write(b"late")
        assert tus.patch(url, 9, TEXT[9:]).status_code == 204
        assert kept(school)[0].sha256 == hashlib.sha256(TEXT).hexdigest()


class TestDisk:
    @pytest.fixture
    def full_after(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """A disk with so many bytes of room left."""
        room = [10]
        write = os.write

        def scarce(handle: int, content: bytes) -> int:
            if room[0] <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written = write(handle, bytes(content)[: room[0]])
            room[0] -= written
            return written

        monkeypatch.setattr(os, "write", scarce)
        return room

    def test_disk_that_fills_keeps_what_it_could_and_goes_on_later(
        self, school: School, tus: Tus, full_after: list[int]
    ) -> None:
        url = tus.begun(len(TEXT))
        answer = tus.patch(url, 0, TEXT)
        assert answer.status_code == 507
        assert answer.get_json()["detail"].startswith("There is no room left to store files.")
        assert tus.offset(url) == 10
        full_after[0] = 1000
        assert tus.patch(url, 10, TEXT[10:]).status_code == 204
        assert kept(school)[0].sha256 == hashlib.sha256(TEXT).hexdigest()

    def test_person_may_keep_so_much_and_no_more(self, school: School, tus: Tus) -> None:
        house = school.app.extensions["accolade"]
        small = replace(school.settings, evidence_quota_bytes=100)
        school.app.extensions["accolade"] = replace(house, settings=small)
        assert tus.patch(tus.begun(60), 0, b"x" * 60).status_code == 204
        assert tus.create(41).status_code == 413
        open_one = tus.begun(40)
        answer = tus.create(1)
        assert answer.status_code == 413
        assert answer.get_json()["detail"].startswith(
            "Your files here would come to more than 100 bytes"
        )
        tus.ask("DELETE", open_one)
        assert tus.create(40).status_code == 201


class TestEnds:
    def test_upload_may_be_taken_back(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        tus.patch(url, 0, TEXT[:9])
        assert tus.ask("DELETE", url).status_code == 204
        assert waiting(school) == []
        for method in ("HEAD", "PATCH", "DELETE", "GET"):
            assert tus.ask(method, url).status_code == 404

    def test_taking_back_a_finished_upload_leaves_the_evidence(
        self, school: School, tus: Tus
    ) -> None:
        url = tus.begun(len(TEXT))
        tus.patch(url, 0, TEXT)
        assert tus.ask("DELETE", url).status_code == 204
        assert len(kept(school)) == 1

    def test_half_a_file_waits_a_week_from_its_last_piece(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        self.age(school, timedelta(days=6))
        tus.patch(url, 0, TEXT[:3])
        self.age(school, timedelta(days=6))
        assert tus.offset(url) == 3
        self.age(school, timedelta(days=2))
        for method in ("HEAD", "PATCH"):
            assert tus.ask(method, url).status_code == 410

    def test_what_nobody_finished_is_cleared_away_by_a_job(self, school: School, tus: Tus) -> None:
        tus.patch(tus.begun(len(TEXT)), 0, TEXT[:3])
        context = JobContext(school.settings, school.database, store_of(school))
        assert waiting(school) != []
        later = datetime.now(UTC) + timedelta(days=8)
        self.age(school, timedelta(days=8))
        assert jobs.drain(context, later) == [uploading.CLEAR_AWAY]
        assert (begun(school), waiting(school)) == ([], [])

    def test_job_that_comes_early_looks_again_later(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        context = JobContext(school.settings, school.database, store_of(school))
        uploading.clear_away(context, {"id": url.rsplit("/", 1)[1]})
        assert tus.offset(url) == 0
        with school.database.read() as session:
            states = [job.state for job in jobs.listing(session)]
        assert states == ["delayed", "delayed"]

    @staticmethod
    def age(school: School, by: timedelta) -> None:
        with school.database.transaction() as session:
            for upload in session.scalars(select(Upload)):
                upload.expires_at -= by


class TestWhoMay:
    def test_nobody_sends_without_signing_in(self, school: School, tus: Tus) -> None:
        url = tus.begun(len(TEXT))
        stranger = Tus(school.browser(), tus.submission_id)
        assert stranger.create(5).status_code == 401
        assert stranger.patch(url, 0, TEXT).status_code == 401
        assert stranger.ask("DELETE", url).status_code == 401
        assert tus.offset(url) == 0

    @pytest.mark.parametrize("name", ["ben", "rosa", "sam", "ada"])
    def test_somebody_elses_upload_is_not_there(self, school: School, tus: Tus, name: str) -> None:
        url = tus.begun(len(TEXT))
        other = Tus(school.browser(name), tus.submission_id)
        assert other.create(5).status_code in (403, 404)
        for method in ("GET", "HEAD", "PATCH", "DELETE"):
            theirs, nobodys = other.ask(method, url), other.ask(method, "/uploads/" + "0" * 32)
            assert theirs.status_code == nobodys.status_code == 404
        assert tus.offset(url) == 0

    @pytest.mark.parametrize("id", ["x", "0" * 32, "..%2f..%2fsecret.key", "a" * 5000, "%00"])
    def test_made_up_addresses_lead_nowhere(self, tus: Tus, id: str) -> None:
        assert tus.patch(f"/uploads/{id}", 0, b"x").status_code == 404

    @pytest.mark.parametrize(
        "headers",
        [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "https://evil.example"}],
    )  # fmt: skip
    def test_another_site_changes_nothing(self, tus: Tus, headers: dict[str, Any]) -> None:
        url = tus.begun(len(TEXT))
        assert tus.create(5, **headers).status_code == 403
        assert tus.patch(url, 0, TEXT, **headers).status_code == 403
        assert tus.ask("DELETE", url, **headers).status_code == 403
        assert tus.offset(url) == 0

    def test_work_that_was_handed_in_meanwhile_takes_nothing_more(
        self, school: School, tus: Tus
    ) -> None:
        url = tus.begun(len(TEXT))
        tus.patch(url, 0, TEXT[:5])
        with school.database.transaction() as session:
            session.execute(
                update(Submission)
                .where(Submission.id == tus.submission_id)
                .values(state="done", state_kind="closed")
            )
        assert tus.patch(url, 5, TEXT[5:]).status_code == 403
        assert tus.create(5).status_code == 403
        assert kept(school) == []
        assert tus.offset(url) == 5
