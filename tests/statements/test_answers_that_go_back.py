"""Answers that change and change back, who may see the draft, and what is not lost."""

from __future__ import annotations

from dataclasses import replace

from engine.credentials.credential import Edition
from engine.submissions import statements
from tests.statements.conftest import VISITS, Studio

CHANGED = [{**VISITS[0], "visited_on": "2030-01-06"}, *VISITS[1:]]


def test_answer_about_what_was_changed_leaves_the_first_version_to_be_asked(
    studio: Studio,
) -> None:
    studio.asks()
    studio.says(CHANGED)
    assert studio.answers().status_code == 303  # about the sixth, by the link of the seventh
    studio.says(VISITS)
    assert studio.states()[0] == ("Bo Finch", "outdated")
    studio.confirmed("Bo Finch")
    assert studio.states()[0] == ("Bo Finch", "given")
    studio.says(CHANGED)
    assert studio.states()[0] == ("Bo Finch", "given")


def test_second_answer_to_the_same_stays_beside_the_first(studio: Studio) -> None:
    studio.confirmed("Bo Finch")
    studio.says(CHANGED)
    studio.later(days=1)
    assert studio.asks().status_code == 303
    studio.says(VISITS)
    assert studio.answers(say="refused").status_code == 303
    studio.says(CHANGED)
    studio.confirmed("Bo Finch")
    assert studio.states()[0] == ("Bo Finch", "given")


def test_no_is_answered_with_what_can_be_done(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    studio.answers("Nan Gull", say="refused")
    page = studio.asks("Nan Gull", concern="neighbor").text
    assert "Change what is not right, then ask anew, or ask somebody else." in page
    assert "change their answer by their link" not in page


def test_draft_is_nobody_elses_business(studio: Studio) -> None:
    studio.confirmed("Bo Finch")
    for who in ("rosa", "sam"):
        assert "Bo Finch" not in studio.page(who), who


def test_what_was_confirmed_of_a_draft_is_read_once_it_is_handed_in(studio: Studio) -> None:
    studio.confirmed("Bo Finch", "Cy Heron")
    assert studio.fires("ana", "submit").status_code == 303
    assert "7 January 2030" in studio.page("sam")


def test_everybody_is_needed_for_each_row_where_no_number_is_enough(
    studio: Studio,
) -> None:
    studio.says([VISITS[0], {**VISITS[0], "visited_on": "2030-01-11"}])
    first = studio.standing()[0].named
    assert first is not None
    said = {"concern": "visit", "anchor": first.anchor, "email": "bo@example.org"}
    assert studio.school.browser("ana").post(studio.path, said).status_code == 303
    assert studio.answers().status_code == 303
    with studio.school.database.read() as session:
        subject = studio.subject(session)
        known = subject.edition.credential.statements
        everybody = {**known, "visit": replace(known["visit"], minimum=0)}
        edition: Edition = replace(
            subject.edition, credential=replace(subject.edition.credential, statements=everybody)
        )
        asked = subject._replace(edition=edition)
        (missing,) = statements.lacking(session, asked, studio.now)
    assert "Bo Finch" in missing.reason


def test_remark_that_comes_too_late_can_be_copied(studio: Studio) -> None:
    studio.asks()
    page = studio.opens()
    studio.says(VISITS[1:], ["row-of-cy0", "row-of-di0"])
    answer = studio.answers(page=page, remark="It was a fine morning.")
    assert answer.status_code == 409
    assert "What you wrote, to copy" in answer.text
    assert "It was a fine morning." in answer.text


def test_words_that_come_too_late_can_be_copied(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    page = studio.opens("Nan Gull")
    studio.later(days=61)
    late = studio.answers("Nan Gull", page=page, **{"/neighbor/words": "They let us in."})
    assert late.status_code == 409
    assert "What you wrote, to copy" in late.text
    assert "They let us in." in late.text
