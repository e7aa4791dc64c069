"""The pages by which people answer, and what happens to a link that is used wrongly."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.errors import Refused
from engine.records.tables import SurveyAnswer
from tests.surveys.conftest import START, Circle

GOOD = {"/trust/helped": "4", "/trust/heard": "5", "/trust/words": "Tea."}


def answers_of(circle: Circle) -> int:
    with circle.database.read() as session:
        return session.scalar(select(func.count()).select_from(SurveyAnswer)) or 0


def token_of(circle: Circle) -> str:
    return circle.tokens(circle.opens())["bo@example.org"]


def test_link_shows_the_survey_and_takes_one_answer(circle: Circle) -> None:
    token = token_of(circle)
    visitor = circle.browser(signed_in=False)
    page = visitor.get(f"/s/{token}")
    assert page.status_code == 200
    assert "Trust among us" in page.text
    assert "Two minutes, <strong>no names</strong>." in page.text
    answer = visitor.post(f"/s/{token}", GOOD)
    assert (answer.status_code, answer.location) == (303, "/thanks")
    assert visitor.get("/thanks").status_code == 200
    assert answers_of(circle) == 1


def test_link_that_was_used_or_forwarded_and_used_works_no_more(circle: Circle) -> None:
    token = token_of(circle)
    circle.browser(signed_in=False).post(f"/s/{token}", GOOD)
    friend = circle.browser(signed_in=False)
    page = friend.get(f"/s/{token}")
    assert page.status_code == 410
    assert "This link has been used, and it works once." in page.text
    assert friend.post(f"/s/{token}", GOOD).status_code == 409
    assert answers_of(circle) == 1


def test_link_opened_after_the_window_says_that_it_closed(circle: Circle) -> None:
    token = token_of(circle)
    visitor = circle.browser(signed_in=False)
    assert visitor.get(f"/s/{token}").status_code == 200
    circle.at(START + timedelta(days=12))
    page = visitor.get(f"/s/{token}")
    assert (page.status_code, "This survey has closed." in page.text) == (410, True)
    assert visitor.post(f"/s/{token}", GOOD).status_code == 409
    assert answers_of(circle) == 0


def test_link_that_is_none_is_not_found(circle: Circle) -> None:
    token_of(circle)
    assert circle.browser(signed_in=False).get("/s/AAAAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_what_was_typed_comes_back_with_what_is_missing(circle: Circle) -> None:
    token = token_of(circle)
    visitor = circle.browser(signed_in=False)
    page = visitor.post(f"/s/{token}", {"/trust/words": "Everything I said."})
    assert page.status_code == 422
    assert "Everything I said." in page.text
    assert 'href="#/trust/helped"' in page.text
    assert answers_of(circle) == 0


def test_survey_is_there_in_spanish_and_the_switch_keeps_what_was_typed(circle: Circle) -> None:
    token = token_of(circle)
    visitor = circle.browser(signed_in=False)
    said = {"/trust/words": "Escrito.", "_language": "es"}
    page = visitor.post(f"/s/{token}", said)
    assert 'lang="es"' in page.text
    assert "Escrito." in page.text
    assert answers_of(circle) == 0


def test_page_says_nothing_of_who_is_signed_in(circle: Circle) -> None:
    token = token_of(circle)
    page = circle.browser().get(f"/s/{token}").text
    assert "Sign out" not in page
    assert "no-store" not in page


def test_two_who_use_one_link_at_the_same_moment_give_one_answer(circle: Circle) -> None:
    token = token_of(circle)
    refused: list[str] = []

    def use() -> None:
        try:
            circle.answers(token, helped=3)
        except Refused as caught:
            refused.append(caught.refusal.code)

    both = [threading.Thread(target=use) for _number in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert refused == ["used"]
    assert answers_of(circle) == 1


def opened_class(circle: Circle, expected: int) -> str:
    code = circle.row(circle.opens("class", "once", expected=expected)).code
    assert code
    return code


def test_class_code_is_found_however_it_is_typed(circle: Circle) -> None:
    code = opened_class(circle, 30)
    visitor = circle.browser(signed_in=False)
    answer = visitor.get("/c", query_string={"code": f" {code[:3].lower()}-{code[3:]} "})
    assert (answer.status_code, answer.location) == (303, f"/c/{code}")
    page = visitor.get(f"/c/{code}")
    assert "I feel safe" in page.text
    assert visitor.get("/c", query_string={"code": "NOTHERE"}).status_code == 404


def test_open_survey_takes_as_many_answers_as_it_is_for(circle: Circle) -> None:
    code = opened_class(circle, 2)
    visitor = circle.browser(signed_in=False)
    statuses = [visitor.post(f"/c/{code}", {"/class/safe": "Yes"}).status_code for _n in range(3)]
    assert statuses == [303, 303, 409]
    assert answers_of(circle) == 2


@pytest.mark.parametrize("expected", [0, 2001])
def test_open_survey_says_how_many_it_is_for(circle: Circle, expected: int) -> None:
    with pytest.raises(Refused) as caught:
        circle.opens("class", "once", expected=expected)
    assert caught.value.refusal.code == "expected"


def test_code_is_forgotten_when_its_survey_closes(circle: Circle) -> None:
    run = circle.opens("class", "once", expected=5)
    code = circle.row(run).code
    circle.closes(run)
    assert circle.row(run).code is None
    assert circle.browser(signed_in=False).get(f"/c/{code}").status_code == 404
