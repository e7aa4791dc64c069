"""What others have said, wherever the work is read: on the desk, on paper, in copies and files."""

from __future__ import annotations

import json

from engine.submissions import record
from tests.statements.conftest import START, Studio


def submitted(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    studio.answers("Nan Gull", **{"/neighbor/words": "They let us in."})
    studio.later(minutes=1)
    studio.asks("Bo Finch")
    studio.answers("Bo Finch", remark="A fine morning.")
    studio.confirmed("Cy Heron")
    assert studio.fires("ana", "submit").status_code == 303
    assert studio.fires("rosa", "claim").status_code == 303


def test_reviewer_reads_it_beside_the_answers(studio: Studio) -> None:
    submitted(studio)
    desk = studio.school.browser("rosa").get(f"/review/{studio.submission}").text
    for said in ("Confirmed on 15 January 2030", "A fine morning.", "They let us in."):
        assert said in desk


def test_reviewer_sees_who_was_asked_without_addresses_and_buttons(studio: Studio) -> None:
    submitted(studio)
    page = studio.page("rosa")
    assert "Bo Finch" in page
    assert "Di Swift" in page
    assert "bo@example.org" not in page
    assert 'name="anchor"' not in page


def test_strangers_see_nothing(studio: Studio) -> None:
    submitted(studio)
    for who in ("ben", ""):
        answer = studio.school.browser(who).get(studio.path)
        assert answer.status_code in (303, 404)
        assert "Bo Finch" not in answer.text


def test_candidate_reads_it_before_submitting_and_on_paper(studio: Studio) -> None:
    studio.asks("Bo Finch")
    studio.answers("Bo Finch", remark="A fine morning.")
    browser = studio.school.browser("ana")
    for page in ("check", "print"):
        text = browser.get(f"/submissions/{studio.submission}/{page}").text
        assert "Confirmed on 15 January 2030" in text, page
        assert "A fine morning." in text, page


def test_copy_and_file_hold_it(studio: Studio) -> None:
    submitted(studio)
    school = studio.school
    with school.database.read() as session:
        subject = studio.subject(session)
        made = record.for_reader(session, subject, school.cast["ana"])
        assert made is not None
        paper, _style = record.composed(made, subject, school.settings, START)
    assert "Confirmed on 15 January 2030" in paper
    assert "A fine morning." in paper
    assert "They let us in." in paper
    answer = school.browser("ana").get(f"/submissions/{studio.submission}/draft.json")
    said = json.loads(answer.text)["statements"]
    assert [(one["name"], one["said"], one["remark"]) for one in said] == [
        ("Nan Gull", "given", ""),
        ("Bo Finch", "given", "A fine morning."),
        ("Cy Heron", "given", ""),
    ]
    assert said[1]["shown"] == [["Date of the visit", "7 January 2030"]]


def test_what_was_confirmed_is_not_the_candidates_to_change(studio: Studio) -> None:
    studio.confirmed("Bo Finch")
    (row,) = studio.rows()
    browser = studio.school.browser("ana")
    for deed in ("remind", "correct", "take-back"):
        path = f"/submissions/{studio.submission}/people/{row.id}/{deed}"
        browser.post(path, {"email": "other@example.org", "back": studio.path})
    assert studio.rows()[0].answer == row.answer
    assert studio.states()[0] == ("Bo Finch", "given")
