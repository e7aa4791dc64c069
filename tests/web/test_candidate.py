"""A candidate's journey by hand: every page, every wrong turn, and nothing typed is lost."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.records.tables import Event, Evidence, Submission
from engine.submissions import drafting, noting, reviewing
from tests.conftest import TERM, Browser, School
from tests.web.conftest import GARDEN, PNG, picture

Fill = Callable[[str], str]


def place(submission_id: str) -> str:
    """The garden's first page: name, climate, area."""
    return f"/submissions/{submission_id}/plot/place"


def answers_of(school: School, submission_id: str, form: str = "plot") -> dict[str, object]:
    with school.database.read() as session:
        said = drafting.draft_of(session, submission_id).answers.get(form, {})
    assert isinstance(said, dict)
    return said


def submission_of(school: School, submission_id: str) -> Submission:
    with school.database.read() as session:
        return session.scalars(select(Submission).where(Submission.id == submission_id)).one()


def hand_in(school: School, submission_id: str, name: str = "ana") -> TestResponse:
    revision = submission_of(school, submission_id).revision
    return school.browser(name).post(
        f"/submissions/{submission_id}/advance/hand_in", {"revision": revision}
    )


class TestTheWayThrough:
    def test_opening_twice_goes_on_with_the_same_work(self, school: School) -> None:
        assert school.open("ana", GARDEN) == school.open("ana", GARDEN)

    def test_my_work_begins_with_what_waits_for_me(self, school: School, filled: Fill) -> None:
        assert "Nothing begun yet" in school.browser("ana").get("/my-work").text
        hand_in(school, filled("ana"))
        page = school.browser("ana").get("/my-work").text
        assert "Waiting for somebody else" in page
        assert "Waiting for you" not in page

    def test_every_page_of_the_work_renders(self, school: School, filled: Fill) -> None:
        browser, submission_id = school.browser("ana"), filled("ana")
        for tail in (
            "",
            "/plot/place",
            "/plot/seasons",
            "/handover/picture",
            "/plot/place?check=1",
            "/check",
            "/print",
            "/story",
            "/advance/hand_in",
            "/advance/set_aside",
        ):
            page = browser.get(f"/submissions/{submission_id}{tail}")
            assert page.status_code == 200, (tail, page.text)

    def test_the_task_list_says_how_far_each_page_has_come(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser = school.browser("ana")
        assert browser.get(f"/submissions/{submission_id}").text.count("Not started") == 3
        path = place(submission_id)
        browser.post(path, {"_seen": browser.seen(path), "/plot/garden_name": "Rosebed"})
        assert "1 of 4 answered" in browser.get(f"/submissions/{submission_id}").text

    def test_saving_goes_on_to_the_next_page(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        browser, path = school.browser("ana"), place(submission_id)
        answer = browser.post(path, {"_seen": browser.seen(path), "_go": "continue"})
        assert answer.location == f"/submissions/{submission_id}/plot/seasons"

    def test_the_last_page_goes_on_to_checking(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        browser, path = school.browser("ana"), f"/submissions/{submission_id}/handover/picture"
        answer = browser.post(path, {"_seen": browser.seen(path), "_go": "continue"})
        assert answer.location == f"/submissions/{submission_id}/check"

    def test_saving_for_later_goes_to_the_task_list(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), place(submission_id)
        answer = browser.post(path, {"_seen": browser.seen(path), "_go": "later"})
        assert answer.location == f"/submissions/{submission_id}"

    def test_going_on_with_gaps_shows_them_and_a_way_past(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), place(submission_id)
        data = {"_seen": browser.seen(path), "/plot/garden_name": "Rosebed", "_go": "continue"}
        answer = browser.post(path, data)
        assert answer.location == f"{path}?check=1"
        page = browser.get(answer.location).text
        assert 'class="error-summary"' in page
        assert "leave this for later and go on" in page
        assert answers_of(school, submission_id)["garden_name"] == "Rosebed"

    def test_handing_in_takes_a_snapshot_and_says_where_it_stands(
        self, school: School, filled: Fill
    ) -> None:
        submission_id = filled("ana")
        assert hand_in(school, submission_id).location == f"/submissions/{submission_id}"
        submission = submission_of(school, submission_id)
        assert (submission.state, submission.round) == ("handed_in", 1)
        page = school.browser("ana").get(f"/submissions/{submission_id}").text
        assert "<strong>With the society</strong>, by you" in page

    def test_handing_in_too_early_leads_to_each_gap(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        answer = hand_in(school, submission_id)
        assert answer.status_code == 422
        assert f"{place(submission_id)}?check=1#/plot/garden_name" in answer.text
        assert submission_of(school, submission_id).state == "sketching"

    def test_prerequisites_that_are_missing_are_named(self, school: School) -> None:
        submission_id = school.open("ana", "instructional-coach")
        page = school.browser("ana").get(f"/submissions/{submission_id}").text
        for title in ("Standards Ambassador", "Learning Facilitator", "Instructional Specialist"):
            assert title in page

    def test_a_transition_that_asks_first_changes_nothing_until_answered(
        self, school: School
    ) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), f"/submissions/{submission_id}/advance/set_aside"
        assert "Set this garden aside?" in browser.get(path).text
        assert submission_of(school, submission_id).state == "sketching"
        assert browser.post(path, {"revision": 0}).status_code == 303
        assert submission_of(school, submission_id).state == "set_aside"


class TestRowsAndFilesWithoutScripts:
    def test_a_row_is_added_and_removed_and_the_rest_is_saved(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), f"/submissions/{submission_id}/plot/seasons"
        rows = {
            "/plot/visits/0": "",
            "/plot/visits/0/what": "Sowed peas",
            "/plot/visits/1": "",
            "/plot/visits/1/what": "Weeded",
        }
        said = {"_seen": browser.seen(path), **rows, "_remove": "/plot/visits/0"}
        answer = browser.post(path, said)
        assert answer.location == f"{path}#/plot/visits"
        assert answers_of(school, submission_id)["visits"] == [{"what": "Weeded"}]
        more = {"_seen": browser.seen(path), "_add": "/plot/visits"}
        assert browser.post(path, more).status_code == 303
        visits = answers_of(school, submission_id)["visits"]
        assert isinstance(visits, list)
        assert visits[0] == {"what": "Weeded"}
        assert len(visits) > 1

    def test_a_file_travels_with_the_page(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), f"/submissions/{submission_id}/handover/picture"
        said = {
            "_seen": browser.seen(path),
            "/handover/photo": "",
            "/handover/photo#file": picture(),
            "/handover/successor": "Ida",
            "_go": "later",
        }
        answer = browser.post(path, said, content_type="multipart/form-data")
        assert answer.status_code == 303
        kept = answers_of(school, submission_id, "handover")
        assert kept["successor"] == "Ida"
        assert browser.get(f"/evidence/{kept['photo']}").data == PNG
        assert "garden.png" in browser.get(path).text

    def test_a_file_of_the_wrong_kind_is_refused_and_the_text_is_saved(
        self, school: School
    ) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), f"/submissions/{submission_id}/handover/picture"
        said = {
            "_seen": browser.seen(path),
            "/handover/photo#file": (io.BytesIO(b"%PDF-1.7\n%not a picture"), "garden.png"),
            "/handover/successor": "Ida",
        }
        page = browser.post(path, said, content_type="multipart/form-data")
        assert page.status_code == 422
        assert "garden.png:" in page.text
        assert answers_of(school, submission_id, "handover") == {"successor": "Ida"}

    def test_a_kept_file_is_removed_by_its_button(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        browser, path = school.browser("ana"), f"/submissions/{submission_id}/handover/picture"
        browser.post(path, {"_seen": browser.seen(path), "_remove": "/handover/photo"})
        assert "photo" not in answers_of(school, submission_id, "handover")


class TestSavingByItself:
    def test_a_page_saves_itself_and_gets_the_next_token(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), place(submission_id)
        first = browser.post(
            path, {"_seen": browser.seen(path), "/plot/garden_name": "Rose"}, json=True
        )
        said = first.get_json()
        assert said.keys() == {"saved_at", "seen", "progress", "shown", "requirements"}
        assert said["progress"] == {"answered": 1, "total": 4}
        again = browser.post(
            path, {"_seen": said["seen"], "/plot/garden_name": "Rosebed"}, json=True
        )
        assert again.status_code == 200
        assert answers_of(school, submission_id)["garden_name"] == "Rosebed"

    def test_what_is_no_number_is_kept_as_typed_and_flagged(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), place(submission_id)
        browser.post(path, {"_seen": browser.seen(path), "/plot/area": "a lot"}, json=True)
        page = browser.get(path).text
        assert 'value="a lot"' in page
        assert 'id="/plot/area#error"' in page

    def test_a_day_that_is_not_in_the_calendar_is_kept_and_flagged(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), f"/submissions/{submission_id}/plot/seasons"
        data = {"_seen": browser.seen(path), "/plot/first_sown_on": "31 February 2026"}
        browser.post(path, data, json=True)
        page = browser.get(path).text
        assert 'value="31 February 2026"' in page
        assert 'id="/plot/first_sown_on#error"' in page

    def test_forged_field_names_change_nothing(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, path = school.browser("ana"), place(submission_id)
        forged = {
            "_seen": browser.seen(path),
            "/plot/garden_name": "Rosebed",
            "/plot/owner": "me",
            "/plot/visits/0/what": "on another page",
            "/handover/successor": "another form",
            "/../etc": "x",
            "state": "conferred",
            "candidate_id": "me",
        }
        assert browser.post(path, forged, json=True).status_code == 200
        assert answers_of(school, submission_id) == {"garden_name": "Rosebed"}
        assert answers_of(school, submission_id, "handover") == {}

    def test_json_instead_of_a_form_is_refused_in_words(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser = school.browser("ana")
        answer = browser.client.post(
            place(submission_id),
            json=["not", "an", "object"],
            headers={"Accept": "application/json", "X-CSRFToken": browser.token()},
        )
        assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")
        assert "takes the fields of a form" in answer.get_json()["detail"]
        assert answers_of(school, submission_id) == {}


class TestTwoDevices:
    def changed_elsewhere(self, school: School, submission_id: str) -> tuple[Browser, str]:
        """A page that was opened before another device saved it; with its old token."""
        browser, path = school.browser("ana"), place(submission_id)
        seen = browser.seen(path)
        other = school.browser("ana")
        other.post(
            path,
            {"_seen": seen, "/plot/garden_name": "Tablet", "/plot/water_plan": "Barrels"},
            json=True,
        )
        return browser, seen

    def test_a_script_is_told_of_the_conflict(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, seen = self.changed_elsewhere(school, submission_id)
        answer = browser.post(
            place(submission_id), {"_seen": seen, "/plot/garden_name": "Laptop"}, json=True
        )
        assert answer.status_code == 409
        assert answers_of(school, submission_id)["garden_name"] == "Tablet"

    def test_both_versions_are_shown_where_they_differ(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, seen = self.changed_elsewhere(school, submission_id)
        page = browser.post(place(submission_id), {"_seen": seen, "/plot/garden_name": "Laptop"})
        assert page.status_code == 409
        assert "Laptop" in page.text
        assert "Tablet" in page.text
        assert "Which climate" not in page.text

    @pytest.mark.parametrize(
        ("take", "kept"), [("mine", "Laptop"), ("theirs", "Tablet"), ("both", "Tablet; Laptop")]
    )
    def test_what_is_chosen_is_saved(self, school: School, take: str, kept: str) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, _ = self.changed_elsewhere(school, submission_id)
        path = place(submission_id)
        choice = {
            "_seen": browser.seen(path),
            "_resolve": "1",
            "/plot/garden_name": "Laptop",
            "_take:/plot/garden_name": take,
        }
        assert browser.post(path, choice).status_code == 303
        assert answers_of(school, submission_id)["garden_name"] == kept

    def test_a_choice_between_older_versions_is_asked_again(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, seen = self.changed_elsewhere(school, submission_id)
        choice = {
            "_seen": seen,
            "_resolve": "1",
            "/plot/garden_name": "Laptop",
            "_take:/plot/garden_name": "mine",
        }
        assert browser.post(place(submission_id), choice).status_code == 409

    def test_saving_what_is_stored_already_is_no_conflict(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        browser, seen = self.changed_elsewhere(school, submission_id)
        same = {"_seen": seen, "/plot/garden_name": "Tablet", "/plot/water_plan": "Barrels"}
        assert browser.post(place(submission_id), same, json=True).status_code == 200

    def test_pressing_the_button_twice_is_told_apart_from_being_slow(
        self, school: School, filled: Fill
    ) -> None:
        submission_id = filled("ana")
        path = f"/submissions/{submission_id}/advance/hand_in"
        browser = school.browser("ana")
        assert browser.post(path, {"revision": 0}).status_code == 303
        page = browser.post(path, {"revision": 0})
        assert page.status_code == 409
        assert f'href="/submissions/{submission_id}"' in page.text

    def test_a_page_sent_after_handing_in_hands_the_words_back(
        self, school: School, filled: Fill
    ) -> None:
        submission_id = filled("ana")
        browser, path = school.browser("ana"), place(submission_id)
        seen = browser.seen(path)
        hand_in(school, submission_id)
        page = browser.post(path, {"_seen": seen, "/plot/garden_name": "A better name"})
        assert page.status_code == 403
        assert "A better name" in page.text
        assert answers_of(school, submission_id)["garden_name"] == "The plot behind the gym"


class TestNobodyElse:
    @pytest.mark.parametrize(
        "tail",
        ["", "/plot/place", "/check", "/print", "/story", "/advance/hand_in", "/nothing/here"],
    )
    def test_a_stranger_finds_nothing(self, school: School, filled: Fill, tail: str) -> None:
        path = f"/submissions/{filled('ana')}{tail}"
        assert school.browser("ben").get(path).status_code == 404

    def test_a_stranger_and_a_wrong_address_look_alike(self, school: School, filled: Fill) -> None:
        real = school.browser("ben").json(f"/submissions/{filled('ana')}").get_json()
        made_up = school.browser("ben").json("/submissions/made-up").get_json()
        assert (real["title"], real["detail"]) == (made_up["title"], made_up["detail"])

    def test_a_stranger_can_change_nothing(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        browser = school.browser("ben")
        for path, data in (
            (place(submission_id), {"/plot/garden_name": "Ben was here", "_seen": ""}),
            (f"/submissions/{submission_id}/advance/hand_in", {"revision": "0"}),
            (f"/submissions/{submission_id}/evidence", {"pointer": "/handover/photo"}),
        ):
            files = {"file": picture()} if path.endswith("evidence") else {}
            assert browser.post(path, {**data, **files}).status_code == 404, path
        assert answers_of(school, submission_id)["garden_name"] == "The plot behind the gym"
        assert submission_of(school, submission_id).state == "sketching"

    def test_a_strangers_file_is_not_found(self, school: School, filled: Fill) -> None:
        photo = answers_of(school, filled("ana"), "handover")["photo"]
        assert school.browser("ana").get(f"/evidence/{photo}").status_code == 200
        assert school.browser("ben").get(f"/evidence/{photo}").status_code == 404
        assert school.browser().get(f"/evidence/{photo}").status_code == 303

    def test_a_reviewer_sees_no_draft(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        assert school.browser("rosa").get(f"/submissions/{submission_id}").status_code == 404
        assert school.browser("rosa").get(place(submission_id)).status_code == 404

    def test_somebody_elses_file_does_not_answer_my_question(
        self, school: School, filled: Fill
    ) -> None:
        photo = answers_of(school, filled("ana"), "handover")["photo"]
        mine = school.open("ben", GARDEN)
        browser, path = school.browser("ben"), f"/submissions/{mine}/handover/picture"
        browser.post(path, {"_seen": browser.seen(path), "/handover/photo": str(photo)})
        page = browser.get(f"{path}?check=1")
        assert "garden.png" not in page.text
        assert 'id="/handover/photo#error"' in page.text

    def test_a_forged_transition_is_not_found(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        browser = school.browser("ana")
        path = f"/submissions/{submission_id}/advance/give_me_the_certificate"
        assert browser.post(path, {"revision": 0}).status_code == 404

    def test_a_transition_of_another_role_is_refused(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        hand_in(school, submission_id)
        browser = school.browser("ana")
        path = f"/submissions/{submission_id}/advance/confer"
        answer = browser.post(path, {"revision": 1, "comment": "please"})
        assert answer.status_code == 403
        assert submission_of(school, submission_id).state == "handed_in"

    def test_nothing_changes_without_the_pages_token(self, school: School, filled: Fill) -> None:
        submission_id = filled("ana")
        client = school.browser("ana").client
        for tail in ("/plot/place", "/advance/hand_in", "/evidence"):
            answer = client.post(f"/submissions/{submission_id}{tail}", data={"revision": "0"})
            assert answer.status_code == 400, tail
        with school.database.read() as session:
            kinds = select(Event.kind).where(Event.chain == f"submission:{submission_id}")
            assert session.scalars(kinds).all() == ["opened"]


class TestEvidence:
    def upload(self, school: School, submission_id: str, content: bytes, name: str) -> TestResponse:
        data = {"pointer": "/handover/photo", "file": (io.BytesIO(content), name)}
        return school.browser("ana").post(f"/submissions/{submission_id}/evidence", data, json=True)

    def test_an_upload_answers_with_the_files_facts(self, school: School) -> None:
        answer = self.upload(school, school.open("ana", GARDEN), PNG, "garden.png")
        assert answer.status_code == 201
        said = answer.get_json()
        assert (said["name"], said["bytes"], said["media_type"]) == (
            "garden.png",
            len(PNG),
            "image/png",
        )

    @pytest.mark.parametrize(
        ("content", "status"),
        [
            (b"", 422),
            (b"MZ\x90\x00 a program", 415),
            (b"<html><script>alert(1)</script></html>", 415),
            (PNG + b"x" * 3_000_000, 413),
        ],
    )
    def test_a_file_that_does_not_fit_is_refused_by_its_content(
        self, school: School, content: bytes, status: int
    ) -> None:
        answer = self.upload(school, school.open("ana", GARDEN), content, "garden.png")
        assert answer.status_code == status
        assert answer.get_json()["detail"]
        with school.database.read() as session:
            assert session.scalars(select(Evidence)).all() == []

    def test_a_file_for_a_field_that_takes_none_is_refused(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        for pointer in ("/plot/garden_name", "/nowhere/x", "", "photo", "/handover/photo/../x"):
            data = {"pointer": pointer, "file": picture()}
            answer = school.browser("ana").post(
                f"/submissions/{submission_id}/evidence", data, json=True
            )
            assert answer.status_code in (403, 422), pointer

    def test_a_file_name_can_not_leave_its_place(self, school: School) -> None:
        submission_id = school.open("ana", GARDEN)
        name = self.upload(school, submission_id, PNG, '../../etc/x"\r\n.png').get_json()["name"]
        assert "/" not in name
        assert "\n" not in name

    def test_a_file_is_served_where_it_can_do_no_harm(self, school: School, filled: Fill) -> None:
        photo = answers_of(school, filled("ana"), "handover")["photo"]
        browser = school.browser("ana")
        said = browser.get(f"/evidence/{photo}").headers
        assert "sandbox" in said["Content-Security-Policy"]
        assert said["X-Content-Type-Options"] == "nosniff"
        assert said["Content-Disposition"].startswith("inline")
        asked = browser.get(f"/evidence/{photo}?download=1").headers
        assert asked["Content-Disposition"].startswith("attachment")

    def test_part_of_a_file_can_be_asked_for(self, school: School, filled: Fill) -> None:
        photo = answers_of(school, filled("ana"), "handover")["photo"]
        answer = school.browser("ana").get(f"/evidence/{photo}", headers={"Range": "bytes=1-3"})
        assert (answer.status_code, answer.data) == (206, b"PNG")


def test_my_work_costs_the_same_queries_for_one_as_for_many(
    school: School, count_queries: list[str]
) -> None:
    browser = school.browser("ana")
    school.open("ana", GARDEN)
    browser.get("/my-work")
    count_queries.clear()
    browser.get("/my-work")
    few = len(count_queries)
    for _ in range(4):
        submission_id = school.open("ana", GARDEN)
        revision = submission_of(school, submission_id).revision
        browser.post(f"/submissions/{submission_id}/advance/set_aside", {"revision": revision})
    count_queries.clear()
    assert browser.get("/my-work").status_code == 200
    assert len(count_queries) == few <= 7


def test_notes_of_a_returned_submission_stand_where_the_change_is_needed(
    school: School, filled: Fill
) -> None:
    submission_id = filled("ana")
    hand_in(school, submission_id)
    rosa = school.browser("rosa")
    rosa.post(f"/submissions/{submission_id}/advance/take_up", {"revision": 1})
    with school.database.transaction() as session:
        subject = drafting.subject_of(session, submission_id)
        words = "How large, with the herb bed?"
        noting.add(session, school.cast["rosa"], subject, "/plot/area", words, TERM)
        review = reviewing.current_review(session, subject)
        assert review is not None
        scores = {
            (guide.id, look_for.id): ("Y", "")
            for guide in subject.edition.credential.scoring_guides.values()
            for look_for in guide.look_fors
        }
        scores["ground", "alive"] = ("N", "Only one season so far.")
        reviewing.save_scores(session, school.cast["rosa"], subject, scores, review.revision, TERM)
    hidden = school.browser("ana").get(place(submission_id)).text
    assert words not in hidden
    rosa.post(f"/submissions/{submission_id}/advance/ask_to_amend", {"revision": 2})
    task_list = school.browser("ana").get(f"/submissions/{submission_id}").text
    assert "Only one season so far." in task_list
    assert task_list.count("Needs a change") == 2  # in the notice, and beside its page
    page = school.browser("ana").get(place(submission_id)).text
    assert f"{words}</a>" in page
    assert 'id="/plot/area#note"' in page


def test_the_work_behind_an_award_leads_to_its_certificate(school: School) -> None:
    serial = school.award("ana", GARDEN)
    browser = school.browser("ana")
    assert f"/certificates/{serial}.pdf" in browser.get("/my-work").text
    with school.database.read() as session:
        submission_id = school.award_of(session, serial).submission_id
    page = browser.get(f"/submissions/{submission_id}").text
    assert f"/certificates/{serial}.pdf" in page
