"""Statements: of somebody whom the candidate names, in one text or in a small form."""

from __future__ import annotations

from tests.statements.conftest import Studio

WORDS = "They let us in,\nand we stayed."


def test_neighbor_writes_and_it_arrives_with_its_date(studio: Studio) -> None:
    assert studio.asks("Nan Gull", concern="neighbor").status_code == 303
    page = studio.opens("Nan Gull")
    assert "What was it like?" in page
    answer = studio.answers("Nan Gull", **{"/neighbor/words": WORDS})
    assert answer.status_code == 303
    assert studio.states("neighbor") == [("Nan Gull", "given")]
    shown = studio.page()
    assert "Written on 15 January 2030" in shown
    assert "They let us in" in shown
    assert "They let us in" in studio.opens("Nan Gull")


def test_nobody_is_shown_any_of_the_answers(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    page = studio.opens("Nan Gull")
    for secret in ("Bo Finch", "7 January 2030", "Loud."):
        assert secret not in page


def test_statement_without_words_comes_back(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    answer = studio.answers("Nan Gull", **{"/neighbor/words": " "})
    assert answer.status_code == 422
    assert "Write a few words, or choose not to." in answer.text
    assert studio.states("neighbor") == [("Nan Gull", "asked")]


def test_tick_that_is_missing_loses_no_words(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    answer = studio.answers("Nan Gull", me="", **{"/neighbor/words": WORDS})
    assert answer.status_code == 422
    assert "They let us in" in answer.text


def test_neighbor_may_rather_write_nothing(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    assert studio.answers("Nan Gull", say="refused").status_code == 303
    assert studio.states("neighbor") == [("Nan Gull", "refused")]
    assert "Declined on 15 January 2030" in studio.page()
    assert studio.asks("Nan Gull", concern="neighbor").status_code == 422
    assert studio.asks("Al Rook", concern="neighbor").status_code == 303


def test_form_of_the_document_is_asked_and_checked(studio: Studio) -> None:
    studio.asks("Mo Stork", concern="mentor")
    assert "Did you see the studio?" in studio.opens("Mo Stork")
    wrong = {"/mentor/seen": "true", "/mentor/since": "last year"}
    answer = studio.answers("Mo Stork", **wrong)
    assert answer.status_code == 422
    assert "last year" in answer.text
    assert studio.answers("Mo Stork", **{**wrong, "/mentor/since": "2029-03-01"}).status_code == 303
    (row,) = studio.rows("Mo Stork")
    assert row.answer == {"form": {"seen": True, "since": "2029-03-01"}}
    assert "1 March 2029" in studio.page()


def test_words_are_kept_as_typed_whatever_they_look_like(studio: Studio) -> None:
    studio.asks("Nan Gull", concern="neighbor")
    studio.answers("Nan Gull", **{"/neighbor/words": "<script>alert(1)</script>"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in studio.page()
    assert "<script>alert" not in studio.page()


def test_one_without_a_name_comes_back(studio: Studio) -> None:
    said = {"concern": "neighbor", "anchor": "", "name": " ", "email": "nan@example.org"}
    answer = studio.school.browser("ana").post(studio.path, said)
    assert answer.status_code == 422
    assert 'value="nan@example.org"' in answer.text
