"""Confirmations: asked of whom the answers name, shown only their row, kept with what was shown."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.records.tables import Account
from tests.conftest import School
from tests.statements.conftest import VISITS, Studio


def test_person_sees_their_own_row_and_nothing_else(studio: Studio) -> None:
    assert studio.asks().status_code == 303
    page = studio.school.browser().get(studio.link())
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Ana Ruiz asks you" in page.text
    assert "Did <strong>you</strong> visit on this day?" in page.text
    assert "7 January 2030" in page.text
    for secret in ("Loud.", "Cy Heron", "8 January 2030", "cy@example.org"):
        assert secret not in page.text


def test_asking_makes_no_account(studio: Studio) -> None:
    def accounts() -> int:
        with studio.school.database.read() as session:
            return session.scalar(select(func.count()).select_from(Account)) or 0

    before = accounts()
    studio.confirmed("Bo Finch")
    assert accounts() == before


def test_letter_goes_to_the_address_and_brings_the_link(studio: Studio) -> None:
    studio.asks("Cy Heron", "cy@example.org")
    (letter,) = [one for one in studio.letters() if one.name == "confirmation-asked"]
    assert letter.to_address == "cy@example.org"
    assert studio.link("Cy Heron") in letter.text
    assert "you need no account" in letter.text


def test_yes_arrives_with_its_date_and_what_was_shown(studio: Studio) -> None:
    studio.asks()
    studio.later(days=3)
    assert studio.answers(remark="It was a fine morning.").status_code == 303
    (row,) = studio.rows()
    assert (row.state, row.answered_at) == ("given", studio.now)
    assert row.answer is not None
    assert row.answer["facts"] == [["Date of the visit", "7 January 2030"]]
    assert row.answer["remark"] == "It was a fine morning."
    page = studio.page()
    assert "Confirmed on 18 January 2030" in page
    assert "It was a fine morning." in page


def test_no_arrives_as_well(studio: Studio) -> None:
    studio.asks()
    studio.answers(say="refused", remark="I was away.")
    assert studio.states()[0] == ("Bo Finch", "refused")
    assert "Not confirmed: said no on 15 January 2030" in studio.page()
    assert "I was away." in studio.page()


def test_candidate_and_person_are_told(studio: Studio) -> None:
    studio.confirmed("Bo Finch")
    told = {one.name: one for one in studio.letters()}
    assert told["statement-arrived"].to_address == studio.school.cast["ana"].email
    assert "Bo Finch confirms: A visit to the studio." in told["statement-arrived"].text
    assert told["confirmation-receipt"].to_address == "bo@example.org"


def test_link_shows_afterwards_what_was_said_and_takes_nothing_more(studio: Studio) -> None:
    studio.asks()
    page = studio.opens()
    assert studio.answers(page=page).status_code == 303
    assert "Confirmed on 15 January 2030" in studio.opens()
    again = studio.answers(say="refused", page=page)
    assert again.status_code == 409
    assert "You have answered already." in again.text
    assert studio.states()[0] == ("Bo Finch", "given")


def test_yes_needs_the_tick_and_keeps_what_was_typed(studio: Studio) -> None:
    studio.asks()
    answer = studio.answers(me="", remark="It was a fine morning.")
    assert answer.status_code == 422
    assert "Please tick that this is you." in answer.text
    assert "It was a fine morning." in answer.text
    assert studio.rows()[0].state == "asked"


def test_remark_that_is_too_long_comes_back(studio: Studio) -> None:
    studio.asks()
    answer = studio.answers(remark="x" * 1001)
    assert answer.status_code == 422
    assert "At most 1,000 characters fit here." in answer.text


def test_page_that_is_stale_confirms_nothing(studio: Studio) -> None:
    studio.asks()
    page = studio.opens()
    studio.says([{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]])
    answer = studio.answers(page=page, remark="Fine.")
    assert answer.status_code == 409
    assert "What you were shown has changed since you opened this page. Read it again." in (
        answer.text
    )
    assert "6 January 2030" in answer.text
    assert "Fine." in answer.text
    assert studio.rows()[0].state == "asked"


class TestAChangedRow:
    def test_what_was_confirmed_counts_no_longer(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch")
        studio.says([{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]])
        assert studio.states()[0] == ("Bo Finch", "outdated")
        page = studio.page()
        assert "Answered on 15 January 2030, before you changed what they were shown" in page
        assert "This was about an earlier version" in page
        assert "has changed this since" in studio.opens()

    def test_it_is_asked_anew_and_both_answers_stay(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch")
        studio.says([{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]])
        studio.later(days=1)
        studio.confirmed("Bo Finch")
        assert studio.states()[0] == ("Bo Finch", "given")
        dates = [row.answer["facts"][0][1] for row in studio.rows() if row.answer]
        assert dates == ["7 January 2030", "6 January 2030"]

    def test_a_no_can_be_put_right_and_asked_anew(self, studio: Studio) -> None:
        studio.asks()
        studio.answers(say="refused")
        assert studio.asks().status_code == 422
        studio.says([{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]])
        studio.confirmed("Bo Finch")
        assert studio.states()[0] == ("Bo Finch", "given")

    def test_changed_back_it_counts_again(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch")
        studio.says([{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]])
        studio.says(VISITS)
        assert studio.states()[0] == ("Bo Finch", "given")

    def test_what_nobody_was_shown_may_change(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch")
        studio.says([{**VISITS[0], "thoughts": "Quiet."}, *VISITS[1:]])
        assert studio.states()[0] == ("Bo Finch", "given")

    def test_a_row_that_moves_keeps_its_confirmation(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch")
        ids = ["row-of-cy0", "row-of-bo0", "row-of-di0"]
        studio.says([VISITS[1], VISITS[0], VISITS[2]], ids)
        assert studio.states() == [
            ("Cy Heron", "unasked"),
            ("Bo Finch", "given"),
            ("Di Swift", "unasked"),
        ]

    def test_a_row_of_somebody_else_is_not_shown_to_the_first(self, studio: Studio) -> None:
        studio.asks()
        page = studio.opens()
        studio.says([{**VISITS[0], "name": "Ed Crane"}, *VISITS[1:]])
        shown = studio.opens()
        assert "This is not needed any more. Thank you for coming." in shown
        assert "Ed Crane" not in shown
        answer = studio.answers(page=page)
        assert answer.status_code == 409
        assert studio.rows()[0].state == "asked"
        assert studio.states()[0] == ("Ed Crane", "unasked")

    def test_a_row_that_is_gone_is_asked_no_more(self, studio: Studio) -> None:
        studio.asks()
        studio.says(VISITS[1:], ["row-of-cy0", "row-of-di0"])
        assert "This is not needed any more. Thank you for coming." in studio.opens()


class TestBeforeSubmitting:
    def test_what_is_needed_is_missed_by_name(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch")
        answer = studio.fires("ana", "submit")
        assert answer.status_code == 422
        assert (
            "Still missing: A visit to the studio, from 1 of these people: Cy Heron and Di Swift."
            in answer.text
        )
        assert "Cy Heron: Not asked yet." in answer.text

    def test_as_many_as_are_needed_are_enough(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch", "Di Swift")
        assert studio.fires("ana", "submit").status_code == 303

    def test_a_no_is_none_of_them(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch")
        studio.asks("Cy Heron")
        studio.answers("Cy Heron", say="refused")
        assert studio.fires("ana", "submit").status_code == 422

    def test_one_person_who_is_named_twice_counts_once(self, studio: Studio) -> None:
        studio.says([VISITS[0], {**VISITS[0], "name": "bo  FINCH", "visited_on": "2030-01-11"}])
        studio.confirmed("Bo Finch")
        studio.confirmed("bo FINCH")
        assert studio.fires("ana", "submit").status_code == 422

    def test_an_outdated_one_is_none_of_them(self, studio: Studio) -> None:
        studio.confirmed("Bo Finch", "Cy Heron")
        studio.says([{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]])
        assert studio.fires("ana", "submit").status_code == 422


def test_late_link_says_so(studio: Studio) -> None:
    studio.asks()
    page = studio.opens()
    studio.later(days=61)
    assert "This link has waited for too long." in studio.opens()
    assert studio.answers(page=page).status_code == 409


def test_only_the_candidate_asks(studio: Studio) -> None:
    anchor = studio.standing()[0].named
    assert anchor is not None
    said = {"concern": "visit", "anchor": anchor.anchor, "email": "bo@example.org"}
    for who in ("ben", "rosa", "sam"):
        answer = studio.school.browser(who).post(studio.path, said)
        assert answer.status_code in (403, 404), who
    assert studio.rows() == []


@pytest.mark.parametrize("anchor", ["", "/studio/visits/@nobody", "/studio/visits/9"])
def test_nobody_is_asked_whom_the_answers_do_not_name(studio: Studio, anchor: str) -> None:
    said = {"concern": "visit", "anchor": anchor, "name": "Eve", "email": "eve@example.org"}
    assert studio.school.browser("ana").post(studio.path, said).status_code == 404


def test_address_that_is_none_comes_back_with_what_was_typed(studio: Studio) -> None:
    answer = studio.asks(email="bo at school")
    assert answer.status_code == 422
    assert "This does not look like an e-mail address." in answer.text
    assert 'value="bo at school"' in answer.text


def test_person_who_was_asked_in_spanish_reads_spanish(school: School, studio: Studio) -> None:
    named = studio.standing()[0].named
    assert named is not None
    said = {"concern": "visit", "anchor": named.anchor, "email": "bo@example.org"}
    school.browser("ana").post(studio.path, {**said, "language": "es"})
    page = studio.opens()
    assert '<html lang="es">' in page
    assert "¿Hiciste <strong>tú</strong> esta visita ese día?" in page
    assert studio.answers().status_code == 303
    assert studio.states()[0] == ("Bo Finch", "given")


def test_reminder_goes_once_a_day(studio: Studio) -> None:
    studio.asks()
    id = studio.rows()[0].id
    path = f"/submissions/{studio.submission}/people/{id}/remind"
    back = {"back": studio.path}
    studio.school.browser("ana").post(path, back)
    assert [one.name for one in studio.letters()] == ["confirmation-asked"]
    studio.later(days=1)
    assert studio.school.browser("ana").post(path, back).location == studio.path
    assert "confirmation-reminder" in [one.name for one in studio.letters()]
