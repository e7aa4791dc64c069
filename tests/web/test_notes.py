"""Notes on the pages: written and changed on the desk, read and answered beside the fields, and
what changed when the work comes back."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from engine.forms.schema import form_set_of
from engine.records.tables import Comment, Submission
from engine.web.notes import moment_of
from engine.web.words import film_time
from tests.submissions.conftest import garden
from tests.submissions.spiral import PLAN, spiral
from tests.web.garden_house import hidden, words
from tests.web.spiral_house import SpiralHouse, house

__all__ = ["garden", "house", "spiral"]


def judged(house: SpiralHouse) -> str:
    with house.garden.database.transaction() as session:
        return house.spiral.judged(session).id


def returned(house: SpiralHouse, *pointers: str) -> str:
    with house.garden.database.transaction() as session:
        return house.spiral.returned(session, *pointers).id


def row(house: SpiralHouse, id: str) -> Submission:
    return house.find(id)


def write(house: SpiralHouse, id: str, **fields: str) -> TestResponse:
    """Post notes from the desk, under the names that the page gives its fields."""
    page = house.browser("judge").get(f"/review/{id}")
    data = {"_seen": hidden(page, "_seen"), "revision": str(row(house, id).revision), **fields}
    return house.browser("judge").post(f"/review/{id}/comments", data=data)


def noted(house: SpiralHouse) -> list[tuple[str, str, str, float | None]]:
    with house.garden.database.read() as session:
        return [
            (one.pointer, one.body, one.visibility, one.moment)
            for one in session.query(Comment).order_by(Comment.written_at, Comment.pointer)
        ]


def page_of(house: SpiralHouse, id: str, form: str) -> str:
    pages = form_set_of(house.spiral.edition).pages
    page = next(one.id for one in pages if one.form_id == form)
    return f"/submissions/{id}/{form}/{page}"


class TestOnTheDesk:
    def test_a_note_is_for_the_candidate_too_unless_it_is_said(self, house: SpiralHouse) -> None:
        id = judged(house)
        page = house.browser("judge").get(f"/review/{id}").text
        assert 'id="for/plan/why#shared" name="for/plan/why" value="shared" checked' in page
        write(house, id, **{"note/plan/why": "Say more.", "_note": "/plan/why"})
        write(house, id, **{"note/plan/goal": "A cousin.", "for/plan/goal": "staff", "_note": "x"})
        assert noted(house) == [
            ("/plan/why", "Say more.", "shared", None),
            ("/plan/goal", "A cousin.", "staff", None),
        ]

    @pytest.mark.parametrize(
        "pointer", ["/plan", "/plan/beds", "/plan/beds/1", "/plan/beds/0/size"]
    )
    def test_forms_groups_rows_and_fields_of_rows_have_notes(
        self, house: SpiralHouse, pointer: str
    ) -> None:
        id = judged(house)
        assert f'name="note{pointer}"' in house.browser("judge").get(f"/review/{id}").text
        assert write(house, id, **{f"note{pointer}": "Hm.", "_note": pointer}).status_code == 303
        assert "Hm." in house.browser("judge").get(f"/review/{id}").text

    @pytest.mark.parametrize("pointer", ["/nothing", "/plan/beds/9", "/plan/goal\x00", ""])
    def test_what_was_not_submitted_has_none(self, house: SpiralHouse, pointer: str) -> None:
        id = judged(house)
        assert write(house, id, **{f"note/{pointer}": "Hm.", "_note": pointer}).status_code == 404
        assert noted(house) == []

    def test_nul_in_a_note_is_left_out(self, house: SpiralHouse) -> None:
        id = judged(house)
        write(house, id, **{"note/plan/why": "Say\x00 more.", "_note": "/plan/why"})
        assert noted(house)[0][1] == "Say more."

    def test_a_moment_of_a_film_is_typed_as_minutes_and_seconds(self, house: SpiralHouse) -> None:
        id, film = self.filmed(house)
        page = house.browser("judge").get(f"/review/{id}").text
        assert 'name="moment/proof/film"' in page
        fields = {"note/proof/film": "Here.", "film/proof/film": film, "_note": "/proof/film"}
        write(house, id, **fields, **{"moment/proof/film": "1:23"})
        assert noted(house) == [("/proof/film", "Here.", "shared", 83.0)]
        page = house.browser("judge").get(f"/review/{id}").text
        assert f'href="#film-{film}" data-seek="83.0">At 1:23</a>' in page
        assert f'id="film-{film}"' in page

    def test_a_moment_that_is_none_hands_the_note_back(self, house: SpiralHouse) -> None:
        id, film = self.filmed(house)
        fields = {"note/proof/film": "Here.", "film/proof/film": film, "_note": "/proof/film"}
        answer = write(house, id, **fields, **{"moment/proof/film": "half past"})
        assert answer.status_code == 422
        assert "“half past” is no moment of a film." in words(answer)
        assert "Here." in words(answer)
        assert noted(house) == []

    def test_the_candidate_keeps_the_moment_on_paper_and_in_the_copy(
        self, house: SpiralHouse
    ) -> None:
        id, film = self.filmed(house)
        fields = {"note/proof/film": "Here.", "film/proof/film": film, "_note": "/proof/film"}
        write(house, id, **fields, **{"moment/proof/film": "1:23"})
        with house.garden.database.transaction() as session:
            assert "Here." not in house.record_text(session, id, "judge")
            spiral = house.spiral
            spiral.go(
                session, spiral.garden.judge, session.get_one(Submission, id), "ask_for_changes"
            )
            copies = [house.record_text(session, id, name) for name in ("grower", "office")]
        for copy in copies:
            assert "At 1:23 of “film.mp4”" in copy
            assert "Here." in copy
        paper = house.browser("grower").get(f"/submissions/{id}/print").text
        assert '<p class="print-only small">At 1:23 of the film</p>' in paper

    def filmed(self, house: SpiralHouse) -> tuple[str, str]:
        spiral = house.spiral
        with house.garden.database.transaction() as session:
            submission = spiral.opened(session)
            film = spiral.film(session, submission)
            spiral.put(session, submission, "proof", {"film": film})
            spiral.go(session, spiral.garden.grower, submission, "hand_in")
            spiral.go(session, spiral.garden.judge, submission, "take")
            return submission.id, film

    def test_ones_own_note_is_changed_and_taken_back(self, house: SpiralHouse) -> None:
        id = judged(house)
        write(house, id, **{"note/plan/why": "Hm.", "_note": "/plan/why"})
        page = house.browser("judge").get(f"/review/{id}").text
        found = re.search(r'name="edit/(\w+)"', page)
        assert found
        note = found[1]
        write(house, id, **{f"edit/{note}": "Say more.", f"for/{note}": "staff", "_edit": note})
        assert noted(house) == [("/plan/why", "Say more.", "staff", None)]
        write(house, id, _remove=note)
        assert noted(house) == []


class TestBesideTheField:
    def test_the_candidate_reads_a_note_and_answers_it_there(self, house: SpiralHouse) -> None:
        id = returned(house, "/plan/why")
        path = page_of(house, id, "plan")
        page = house.browser("grower").get(path)
        found = re.search(r'name="reply/(\w+)"', page.text)
        assert found
        assert "More of this." in words(page)
        posted = {
            "_seen": hidden(page, "_seen"),
            "/plan/why": "Five hours in March.",
            f"reply/{found[1]}": "I counted.",
            "_go": "later",
        }
        assert house.browser("grower").post(path, data=posted).status_code == 303
        again = house.browser("grower").get(path)
        assert "I counted." in again.text
        assert "Five hours in March." in again.text

    def test_the_list_of_pages_says_how_many_are_answered(self, house: SpiralHouse) -> None:
        id = returned(house, "/plan/why", "/plan/beds/1", "/plan")
        grower = house.browser("grower")
        page = grower.get(f"/submissions/{id}")
        assert "0 of 3 answered" in words(page)
        assert "Bed 2" in words(page)
        replies = re.findall(r'name="reply/(\w+)"', page.text)
        data = {f"reply/{replies[0]}": "Done.", f"reply/{replies[1]}": " "}
        assert grower.post(f"/submissions/{id}/notes", data=data).status_code == 303
        assert "1 of 3 answered" in words(grower.get(f"/submissions/{id}"))

    def test_somebody_else_answers_nothing(self, house: SpiralHouse) -> None:
        id = returned(house)
        for name, status in (("judge", 403), ("office", 403), ("stranger", 404), ("", 303)):
            answer = house.browser(name).post(f"/submissions/{id}/notes", data={"reply/x": "So."})
            assert answer.status_code in (status, 401), name
        assert len(noted(house)) == 1

    def test_only_noted_answers_are_asked_and_the_rest_is_shown(self, house: SpiralHouse) -> None:
        id = returned(house, "/plan/beds/1/herb")
        page = house.browser("grower").get(page_of(house, id, "plan"))
        names = set(re.findall(r'name="(/plan[^"#]*)"', page.text))
        assert names == {"/plan/beds/0", "/plan/beds/1", "/plan/beds/1/herb"}
        assert PLAN["goal"] in words(page)
        assert "You can change what the notes are about" in words(page)
        proof = house.browser("grower").get(page_of(house, id, "proof"))
        assert 'name="/proof' not in proof.text
        assert "Only what your reviewer’s notes are about can be changed now." in words(proof)

    def test_what_was_typed_into_a_closed_answer_is_handed_back(self, house: SpiralHouse) -> None:
        id = returned(house, "/plan/why")
        path = page_of(house, id, "plan")
        seen = hidden(house.browser("grower").get(path), "_seen")
        posted = {"_seen": seen, "/plan/why": "Because.", "/plan/goal": "Other", "_go": "later"}
        answer = house.browser("grower").post(path, data=posted)
        assert answer.status_code == 403
        assert "Not all of “" in words(answer)
        assert "Other" in words(answer)
        with house.garden.database.read() as session:
            assert house.spiral.said(session, house.find(id)) == {**PLAN, "why": "Because."}

    def test_a_script_that_saves_a_closed_answer_is_told_and_nothing_is_saved(
        self, house: SpiralHouse
    ) -> None:
        id = returned(house, "/plan/why")
        path = page_of(house, id, "plan")
        seen = hidden(house.browser("grower").get(path), "_seen")
        posted = {"_seen": seen, "/plan/why": "Because.", "/plan/goal": "Other"}
        answer = house.browser("grower").post(
            path, data=posted, headers={"Accept": "application/json"}
        )
        assert answer.status_code == 403
        with house.garden.database.read() as session:
            assert house.spiral.said(session, house.find(id)) == PLAN

    def test_closed_answers_are_not_offered_for_change_on_the_check_page(
        self, house: SpiralHouse
    ) -> None:
        id = returned(house, "/plan/why")
        page = house.browser("grower").get(f"/submissions/{id}/check").text
        assert re.findall(r"Change<span class=\"visually-hidden\"> ([^<]+)<", page) == [
            "Why there?"
        ]


class TestWhatChanged:
    def again(self, house: SpiralHouse) -> str:
        spiral = house.spiral
        with house.garden.database.transaction() as session:
            submission = spiral.returned(session, "/plan/why", "/plan/beds/1")
            posted = {
                "/plan/why": "The corner has sun until seven and nobody walks there.",
                "/plan/beds/1/herb": "Mint in a pot",
            }
            spiral.save(session, submission, "plan", posted)
            spiral.back_again(session, submission)
            return submission.id

    def test_it_is_shown_word_by_word_and_the_rest_is_folded(self, house: SpiralHouse) -> None:
        page = house.browser("judge").get(f"/review/{self.again(house)}")
        assert '<del><span class="visually-hidden">Removed: </span>six</del>' in page.text
        assert '<ins><span class="visually-hidden">Added: </span>seven</ins>' in page.text
        assert "1 row not changed since round 1" in words(page)
        assert "2 answers not changed since round 1" in words(page)
        assert "Done." in words(page)  # the candidate's answers, at their fields

    def test_one_switch_shows_everything(self, house: SpiralHouse) -> None:
        id = self.again(house)
        page = house.browser("judge").get(f"/review/{id}")
        assert f'href="/review/{id}?show=all"' in page.text
        everything = house.browser("judge").get(f"/review/{id}?show=all")
        assert "not changed since" not in words(everything)
        assert PLAN["goal"] in words(everything)

    def test_a_note_of_the_round_before_can_be_settled(self, house: SpiralHouse) -> None:
        id = self.again(house)
        page = house.browser("judge").get(f"/review/{id}").text
        note = re.findall(r'name="_resolve" value="(\w+)"', page)[0]
        assert write(house, id, _resolve=note).status_code == 303
        page = house.browser("judge").get(f"/review/{id}").text
        assert f'name="_unresolve" value="{note}"' in page
        write(house, id, _unresolve=note)
        assert f'name="_resolve" value="{note}"' in house.browser("judge").get(f"/review/{id}").text

    def test_a_first_round_folds_nothing(self, house: SpiralHouse) -> None:
        page = house.browser("judge").get(f"/review/{judged(house)}")
        assert "not changed since" not in words(page)
        assert "Show everything" not in words(page)


class TestRenewing:
    def test_the_candidate_is_led_from_the_old_work_to_the_new(self, house: SpiralHouse) -> None:
        with house.garden.database.transaction() as session:
            id = house.spiral.awarded(session).id
        grower = house.browser("grower")
        data = {"revision": str(house.find(id).revision)}
        grower.post(f"/submissions/{id}/advance/renew", data=data)
        page = grower.get(f"/submissions/{id}")
        assert "You are renewing this credential" in words(page)
        found = re.search(r'href="/submissions/(\w+)">Go on with the renewal', page.text)
        assert found
        assert grower.get(f"/submissions/{found[1]}").status_code == 200


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1:23", 83), ("0:05", 5), ("83", 83), ("1:02:03", 3723), ("1:23.5", 83.5), ("", None)],
)
def test_moments_are_read(text: str, seconds: float | None) -> None:
    assert moment_of(text) == seconds


@pytest.mark.parametrize(("seconds", "text"), [(83.4, "1:23"), (5, "0:05"), (3723, "1:02:03")])
def test_moments_are_written(seconds: float, text: str) -> None:
    assert film_time(seconds) == text
