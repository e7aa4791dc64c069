"""How much: ratings, matrices of them, and people and boxes that are asked in a few inputs."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Problem
from engine.forms.answers import Draft, validate
from engine.forms.display import differences, read_only
from tests.forms.desk import asking, browse, form, html_of, only_page, post, said, saved

USEFUL = {
    "type": "integer",
    "minimum": 1,
    "maximum": 5,
    "widget": "rating",
    "title": "How useful?",
    "scale": {"low": "Not at all", "high": "Very"},
}
STEPS = {"oneOf": [{"const": "no", "title": "Disagree"}, {"const": "yes", "title": "Agree"}]}
CLIMATE: dict[str, Any] = {
    "type": "object",
    "widget": "matrix",
    "title": "How is it?",
    "required": ["safe"],
    "properties": {
        "safe": {"title": "Students feel safe", **STEPS},
        "heard": {"title": "Students are heard", **STEPS},
    },
}
PRINCIPAL: dict[str, Any] = {
    "type": "object",
    "widget": "person",
    "title": "Your principal",
    "required": ["name", "email"],
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "email": {"type": "string", "format": "email", "title": "E-mail"},
    },
}
OUTDOORS = {"type": "boolean", "widget": "checkbox", "title": "It was outdoors"}


def test_a_rating_is_radios_from_the_least_to_the_most() -> None:
    page = only_page(asking(q=USEFUL))
    browser = browse(page, said({"q": 4}))
    radios = browser.named("/f/q")
    assert [(one.type, one.value) for one in radios] == [("radio", str(n)) for n in range(1, 6)]
    assert [one.value for one in radios if one.checked] == ["4"]
    assert saved(page, browser.fill("/f/q", "5")).answers == {"f": {"q": 5}}


def test_the_ends_of_a_scale_are_said_to_those_who_cant_see_them() -> None:
    html = html_of(only_page(asking(q=USEFUL)))
    assert 'aria-describedby="/f/q#ends"' in html
    assert 'id="/f/q#ends">1 is “Not at all”, 5 is “Very”</span>' in html


def test_a_rating_reads_with_its_ends() -> None:
    (shown,) = read_only(asking(q=USEFUL), {"f": {"q": 4}})
    assert shown.entries[0].text == "4 (1 is “Not at all”, 5 is “Very”)"


def test_every_step_of_a_scale_may_have_words() -> None:
    often = {"enum": ["n", "w"], "widget": "rating", "scale": {"labels": ["Never", "Weekly"]}}
    page = only_page(asking(q=often))
    assert [one.label for one in browse(page).named("/f/q")] == ["Never", "Weekly"]


def test_a_step_that_is_not_on_the_scale_is_kept_as_typed() -> None:
    form_set = asking(q=USEFUL)
    draft = post(only_page(form_set), {"/f/q": "9"})
    assert draft == Draft({"f": {}}, {"/f/q": "9"})
    (found,) = validate(form_set, draft)
    assert found == Problem("/f/q", "typed", "Please choose one of the answers listed.")


def test_a_scale_without_an_end_is_a_number() -> None:
    (node,) = only_page(asking(q={**USEFUL, "maximum": 500})).fields
    assert node.kind == "number"


def test_a_matrix_is_a_table_with_a_row_for_each_question() -> None:
    html = html_of(only_page(asking(q=CLIMATE)))
    assert html.count('<th scope="col">') == 2
    assert '<th scope="row">Students feel safe' in html
    browser = browse(only_page(asking(q=CLIMATE)))
    assert browser.named("/f/q/safe")[1].label == "Students feel safe: Agree"


def test_a_matrix_is_answered_row_by_row() -> None:
    page = only_page(asking(q=CLIMATE))
    browser = browse(page).fill("/f/q/safe", "yes").fill("/f/q/heard", "no")
    draft = saved(page, browser)
    assert draft.answers == {"f": {"q": {"safe": "yes", "heard": "no"}}}
    assert saved(page, browse(page, draft), draft) == draft


def test_an_unanswered_row_is_flagged_at_the_row() -> None:
    form_set = asking(q=CLIMATE)
    problems = validate(form_set, said({"q": {"heard": "no"}}))
    assert problems == [Problem("/f/q/safe", "required", "Choose an answer: Students feel safe")]
    html = html_of(only_page(form_set), said({}), problems)
    assert '<tr class="matrix__row field--error">' in html
    assert 'id="/f/q/safe#error"' in html


def test_rows_may_take_their_scale_from_one_definition() -> None:
    row = {"title": "Students feel safe", "$ref": "#/$defs/steps"}
    asked = {**CLIMATE, "properties": {"safe": row, "heard": row}}
    form_set = form({"type": "object", "$defs": {"steps": STEPS}, "properties": {"q": asked}})
    assert '<table class="matrix">' in html_of(only_page(form_set))


def test_rows_whose_scales_differ_are_asked_one_by_one() -> None:
    other = {"title": "How often?", "enum": ["daily", "weekly"]}
    asked = {**CLIMATE, "properties": {**CLIMATE["properties"], "often": other}}
    html = html_of(only_page(asking(q=asked)))
    assert "<table" not in html
    assert 'name="/f/q/often"' in html


def test_what_differs_in_a_matrix_is_named_by_its_row() -> None:
    old, new = {"q": {"safe": "no"}}, {"q": {"safe": "yes"}}
    (found,) = differences(asking(q=CLIMATE), {"f": old}, {"f": new})
    assert (found.pointer, found.label) == ("/f/q/safe", "Students feel safe")
    assert (found.before, found.after) == ("Disagree", "Agree")


def test_a_person_is_a_name_and_an_address() -> None:
    page = only_page(asking(q=PRINCIPAL))
    browser = browse(page)
    assert [browser.by_id(id).type for id in ("/f/q/name", "/f/q/email")] == ["text", "email"]
    browser.fill("/f/q/name", "Ana Pérez").fill("/f/q/email", "ana@school.example")
    draft = saved(page, browser)
    assert draft.answers == {"f": {"q": {"name": "Ana Pérez", "email": "ana@school.example"}}}
    assert saved(page, browse(page, draft), draft) == draft


def test_a_person_reads_as_one_line_to_write_to() -> None:
    form_set = asking(q=PRINCIPAL)
    value = {"name": "Ana Pérez", "email": "ana@school.example"}
    html = html_of(only_page(form_set), said({"q": value}), read_only=True)
    assert '<a href="mailto:ana@school.example">Ana Pérez (ana@school.example)</a>' in html


@pytest.mark.parametrize(
    "email",
    ["ana@a.example?cc=x@y.example", "nobody", "a@b@c", 'x"@y.example', "a@b.example,c@d.example"],
)
def test_no_link_is_made_of_what_is_no_single_address(email: str) -> None:
    value = {"name": "Ana", "email": email}
    assert "mailto:" not in html_of(
        only_page(asking(q=PRINCIPAL)), said({"q": value}), read_only=True
    )


def test_the_address_of_a_person_is_checked_at_its_input() -> None:
    problems = validate(asking(q=PRINCIPAL), said({"q": {"name": "Ana", "email": "ana"}}))
    assert [one.pointer for one in problems] == ["/f/q/email"]


def test_what_differs_in_a_person_is_one_line() -> None:
    old = {"q": {"name": "Ana", "email": "ana@school.example"}}
    new = {"q": {"name": "Ana", "email": "ana@other.example"}}
    (found,) = differences(asking(q=PRINCIPAL), {"f": old}, {"f": new})
    assert (found.before, found.after) == ("Ana (ana@school.example)", "Ana (ana@other.example)")


def test_an_object_with_more_than_a_name_and_an_address_is_no_person() -> None:
    more = {**PRINCIPAL["properties"], "phone": {"type": "string"}}
    (node,) = only_page(asking(q={**PRINCIPAL, "properties": more})).fields
    assert node.kind == "group"


def test_an_unticked_box_is_false_once_the_page_was_saved_with_it() -> None:
    page = only_page(asking(q=OUTDOORS))
    assert saved(page, browse(page)).answers == {"f": {"q": False}}
    assert saved(page, browse(page).fill("/f/q", "true")).answers == {"f": {"q": True}}


def test_a_box_that_was_not_posted_stays_as_it_was() -> None:
    page = only_page(asking(q=OUTDOORS, r={"type": "string"}))
    assert post(page, {"/f/r": "x"}).answers == {"f": {"r": "x"}}
    assert post(page, {"/f/r": "x"}, said({"q": True})).answers == {"f": {"q": True, "r": "x"}}


def test_a_box_reads_as_yes_or_no() -> None:
    for value, words in ((True, "Yes"), (False, "No")):
        (shown,) = read_only(asking(q=OUTDOORS), {"f": {"q": value}})
        assert shown.entries[0].text == words
