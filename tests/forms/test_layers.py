"""Questions that depend on what is said: kinds of answers, parts that open, names of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Problem
from engine.forms import display
from engine.forms.answers import Draft, apply, fresh, parse, prune, validate
from engine.forms.schema import FormSet
from tests.forms.desk import asking, browse, form, html_of, only_page, post, said, saved

NAME = {"type": "string", "title": "Name"}
TREE: dict[str, Any] = {
    "type": "object",
    "properties": {"name": NAME, "children": {"type": "array", "items": {"$ref": "#"}}},
}
LINKED: dict[str, Any] = {"properties": {"name": NAME, "next": {"$ref": "#", "title": "Next"}}}


# -- kinds of answers


def test_several_types_are_a_choice_of_what_kind_of_answer_it_is() -> None:
    page = only_page(asking(q={"title": "How many?", "type": ["string", "number"]}))
    browser = browse(page)
    assert browser.labels["/f/q"] == "Text"
    assert browser.labels["/f/q#branch1"] == "A number"
    draft = post(page, {"/f/q#type": "1", "/f/q#type0": "", "/f/q#type1": "12"})
    assert draft.answers == {"f": {"q": 12}}
    assert draft.chosen == {"/f/q#type": 1}


def test_the_same_text_is_a_text_or_a_number_as_was_chosen() -> None:
    page = only_page(asking(q={"type": ["string", "number"]}))
    assert post(page, {"/f/q#type": "0", "/f/q#type0": "12"}).answers == {"f": {"q": "12"}}


def test_what_was_said_in_another_kind_is_kept_aside() -> None:
    form_set = asking(q={"type": ["string", "integer"]})
    page = only_page(form_set)
    first = post(page, {"/f/q#type": "0", "/f/q#type0": "a dozen"})

    second = saved(page, browse(page, first).fill("/f/q#type", "1").fill("/f/q#type1", "12"), first)
    back = saved(page, browse(page, second).fill("/f/q#type", "0"), second)

    assert prune(form_set, second) == {"f": {"q": 12}}
    assert prune(form_set, back) == {"f": {"q": "a dozen"}}


def test_text_that_does_not_parse_in_a_kind_that_is_not_chosen_is_no_problem() -> None:
    form_set = asking(q={"type": ["string", "integer"]})
    page = only_page(form_set)
    draft = post(page, {"/f/q#type": "0", "/f/q#type0": "x", "/f/q#type1": "many"})
    assert validate(form_set, draft) == []
    other = post(page, {"/f/q#type": "1", "/f/q#type1": "many"})
    assert [one.pointer for one in validate(form_set, other)] == ["/f/q"]


def test_nothing_is_an_answer_where_null_is() -> None:
    form_set = asking(q={"type": ["string", "integer", "null"]})
    draft = post(only_page(form_set), {"/f/q#type": "2"})
    assert draft.answers == {"f": {"q": None}}
    assert validate(form_set, draft) == []


def test_a_schema_that_says_nothing_takes_anything() -> None:
    page = only_page(form({"properties": {"q": True}}))
    assert post(page, {"/f/q#type": "2", "/f/q#type2": "true"}).answers == {"f": {"q": True}}
    assert post(page, {"/f/q#type": "3", "/f/q#type3": "[1]"}).answers == {"f": {"q": [1]}}


def test_an_object_or_a_text_asks_for_the_one_that_is_chosen() -> None:
    person = {
        "type": "object",
        "title": "A person",
        "properties": {"name": NAME},
        "required": ["name"],
    }
    form_set = asking(q={"oneOf": [{"type": "string", "title": "A name", "minLength": 3}, person]})
    page = only_page(form_set)
    draft = post(page, {"/f/q#type": "1", "/f/q#type1/name": ""})
    assert validate(form_set, draft) == [Problem("/f/q/name", "required", "Write an answer: Name")]
    short = post(page, {"/f/q#type": "0", "/f/q#type0": "x"})
    assert [(one.pointer, one.code) for one in validate(form_set, short)] == [("/f/q", "minLength")]


def test_rows_in_a_kind_of_answer_are_added_and_removed_without_scripts() -> None:
    page = only_page(asking(q={"anyOf": [NAME, {"type": "array", "items": NAME}]}))
    draft = said({"q": ["a", "b"]})
    assert apply(page, draft, "_remove", "/f/q#type1/0").answers == {"f": {"q": ["b"]}}
    assert apply(page, draft, "_add", "/f/q#type1").answers == {"f": {"q": ["a", "b", None]}}


# -- parts that open


def test_a_tree_is_shown_as_far_as_it_goes_and_one_level_more_can_be_added() -> None:
    page = only_page(form(TREE))
    value = {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}]}
    browser = browse(page, said(value))
    assert browser.named("/f/children/0/children/0/name")[0].value == "c"
    added = apply(page, said(value), "_add", "/f/children/0/children/0/children")
    assert added.answers["f"]["children"][0]["children"][0]["children"] == [{}]


def test_a_part_like_the_whole_is_closed_until_it_is_opened() -> None:
    form_set = form(LINKED)
    page = only_page(form_set)
    assert 'value="/f/next#open">Add “Next”</button>' in html_of(page)

    opened = post(page, {"/f/name": "a", "_add": "/f/next#open"})
    filled = saved(page, browse(page, opened).fill("/f/next/name", "b"), opened)
    closed = post(page, {"/f/name": "a", "_remove": "/f/next#open"}, filled)

    assert browse(page, opened).named("/f/next/name") != []
    assert prune(form_set, opened) == {"f": {"name": "a"}}
    assert filled.answers == {"f": {"name": "a", "next": {"name": "b"}}}
    assert closed.answers == {"f": {"name": "a"}}


def test_beyond_its_depth_a_tree_goes_on_as_json() -> None:
    value: dict[str, Any] = {"name": "deepest"}
    for _ in range(60):
        value = {"name": "x", "next": value}
    page = only_page(form(LINKED))
    browser = browse(page, said(value))
    assert saved(page, browser, said(value)).answers == {"f": value}


# -- names of one's own


@pytest.fixture
def scores() -> FormSet:
    numbers = {"type": "integer"}
    scores = {"type": "object", "properties": {"all": numbers}, "additionalProperties": numbers}
    return asking(scores=scores)


def test_names_and_answers_are_rows(scores: FormSet) -> None:
    page = only_page(scores)
    fields = {"/f/scores#more": "", "/f/scores#more/0#name": "a/b", "/f/scores#more/0": "3"}
    assert post(page, fields).answers == {"f": {"scores": {"a/b": 3}}}


def test_a_row_is_renamed_with_its_answer(scores: FormSet) -> None:
    page = only_page(scores)
    draft = said({"scores": {"Ana": 3, "Ben": 4}})
    browser = browse(page, draft).fill("/f/scores#more/0#name", "Cora")
    assert saved(page, browser, draft).answers == {"f": {"scores": {"Cora": 3, "Ben": 4}}}


def test_names_that_are_no_good_are_kept_as_typed_and_flagged(scores: FormSet) -> None:
    page = only_page(scores)
    fields = {"/f/scores#more": ""}
    for number, name in enumerate(["Ana", "Ana", "", "all"]):
        fields |= {
            f"/f/scores#more/{number}#name": name,
            f"/f/scores#more/{number}": str(number),
        }

    draft = post(page, fields)

    assert draft.answers == {"f": {"scores": {"Ana": 0}}}
    assert [one.pointer for one in validate(scores, draft)] == [
        f"/f/scores#more/{number}#name" for number in (1, 2, 3)
    ]
    assert saved(page, browse(page, draft), draft) == draft
    mended = browse(page, draft).fill("/f/scores#more/1#name", "Ben")
    mended.fill("/f/scores#more/2#name", "Cora").fill("/f/scores#more/3#name", "Dan")
    assert saved(page, mended, draft).answers == {
        "f": {"scores": {"Ana": 0, "Ben": 1, "Cora": 2, "Dan": 3}}
    }


def test_a_problem_with_an_answer_leads_to_its_row_by_its_name(scores: FormSet) -> None:
    draft = said({"scores": {"a/b": "x"}})
    (problem,) = validate(scores, draft)
    assert problem.pointer == "/f/scores/a~1b"
    browser = browse(only_page(scores), draft, problems=[problem])
    assert browser.by_id("/f/scores/a~1b").name == "/f/scores#more/0"


def test_rows_of_names_are_added_and_removed_without_scripts(scores: FormSet) -> None:
    page = only_page(scores)
    draft = said({"scores": {"Ana": 3, "Ben": 4}})
    posted = browse(page, draft).posted()
    posted.add("_add", "/f/scores#more")
    added = parse(page, posted, draft)
    assert len(browse(page, added).named("/f/scores#more/2#name")) == 1
    assert validate(scores, added) == []
    posted = browse(page, draft).posted()
    posted.add("_remove", "/f/scores#more/0")
    assert parse(page, posted, draft).answers == {"f": {"scores": {"Ben": 4}}}


def test_each_pattern_asks_for_its_own_kind_of_answer() -> None:
    by_name = {"^is_": {"type": "boolean"}, "^n_": {"type": "integer"}}
    page = only_page(asking(q={"type": "object", "patternProperties": by_name}))
    browser = browse(page, said({"q": {"is_done": True, "n_done": 3}}))
    assert {one.type for one in browser.named("/f/q#more/0")} == {"radio"}
    assert {one.type for one in browser.named("/f/q#more/1")} == {"text"}


OPEN: dict[str, Any] = {"type": "object", "properties": {"a": NAME}, "additionalProperties": True}


def test_names_of_ones_own_beside_questions_are_asked_where_a_schema_says_so() -> None:
    page = only_page(asking(q=OPEN))
    answers = said({"q": {"a": "x", "n": 3, "t": "y", "l": [1, {"z": None}], "no": None}})
    browser = browse(page, answers)
    assert [one.value for one in browser.named("/f/q#more/0#name")] == ["n"]
    assert saved(page, browser).answers == answers.answers


@pytest.mark.parametrize("rest", [None, False])
def test_no_other_object_asks_for_names_beside_its_questions(rest: bool | None) -> None:
    schema = {key: value for key, value in OPEN.items() if key != "additionalProperties"}
    if rest is not None:
        schema["additionalProperties"] = rest
    assert "#more" not in html_of(only_page(asking(q=schema)))


def test_a_name_that_the_schema_refuses_is_shown_at_its_row() -> None:
    names = {"pattern": "^[a-z]+$", "description": "Small letters only."}
    form_set = asking(q={"type": "object", "additionalProperties": NAME, "propertyNames": names})
    assert validate(form_set, said({"q": {"ok": "x", "No": "y"}})) == [
        Problem("/f/q/No", "propertyNames", "This name can't be used here. Small letters only.")
    ]


# -- places, then rows


def test_fixed_places_have_titles_and_stay() -> None:
    pair = {"type": "array", "prefixItems": [{**NAME, "title": "First"}, {"type": "integer"}]}
    page = only_page(asking(q={**pair, "items": NAME, "minItems": 2}))
    browser = browse(page, said({"q": ["a"]}))
    assert browser.labels["/f/q/0"].startswith("First")
    assert apply(page, said({"q": ["a", 1]}), "_remove", "/f/q/0").answers == {"f": {"q": ["a", 1]}}


def test_a_missing_place_is_asked_for_by_its_title() -> None:
    form_set = asking(
        q={"type": "array", "prefixItems": [NAME, {**NAME, "title": "Second"}], "minItems": 2}
    )
    assert validate(form_set, said({"q": ["a"]})) == [
        Problem("/f/q/1", "required", "Write an answer: Second")
    ]


# -- what may be changed, and what is shown


@pytest.mark.parametrize(
    ("schema", "value", "fields"),
    [
        ({**NAME, "readOnly": True}, "as it is", {"/f/q": "forged"}),
        (
            {"type": "array", "items": NAME, "readOnly": True},
            ["a"],
            {"/f/q": "", "/f/q/0": "forged", "_add": "/f/q"},
        ),
        (
            {"type": "array", "items": {"properties": {"a": {**NAME, "readOnly": True}}}},
            [{"a": "as it is"}],
            {"/f/q": "", "/f/q/0": "", "/f/q/0/a": "forged"},
        ),
        (
            {"oneOf": [{"type": "integer"}, {"properties": {"a": {**NAME, "readOnly": True}}}]},
            {"a": "as it is"},
            {"/f/q#type": "1", "/f/q#type1/a": "forged"},
        ),
    ],
)
def test_what_is_read_only_is_never_taken_from_a_post(
    schema: Any, value: Any, fields: dict[str, Any]
) -> None:
    page = only_page(asking(q=schema))
    assert post(page, fields, said({"q": value})).answers == {"f": {"q": value}}


def test_what_is_read_only_is_shown_without_an_input() -> None:
    page = only_page(asking(q={**NAME, "readOnly": True}))
    assert "as it is" in html_of(page, said({"q": "as it is"}))
    assert browse(page, said({"q": "as it is"})).named("/f/q") == []


def test_what_is_write_only_is_kept_and_never_shown_again() -> None:
    form_set = asking(q={**NAME, "writeOnly": True})
    page = only_page(form_set)
    draft = post(page, {"/f/q": "hush"})
    assert draft.answers == {"f": {"q": "hush"}}
    assert "hush" not in html_of(page, draft)
    assert "Something is stored here." in html_of(page, draft)
    assert saved(page, browse(page, draft), draft) == draft
    assert post(page, {"/f/q": "", "/f/q#forget": "1"}, draft).answers == {"f": {}}
    (shown,) = display.read_only(form_set, draft.answers)
    assert [one.text for one in shown.entries] == ["Stored, and not shown"]


def test_what_is_not_asked_any_more_is_shown_only_where_it_was_answered() -> None:
    page = only_page(form({"properties": {"old": {**NAME, "deprecated": True}}}))
    assert "This isn&#39;t asked any more." in html_of(page, said({"old": "x"}))
    (question,) = page.view(Draft()).fields
    assert question.hidden


def test_examples_are_a_hint() -> None:
    page = only_page(form({"properties": {"q": {**NAME, "examples": ["Ana", "Ben"]}}}))
    assert "For example: Ana; Ben" in html_of(page)


def test_defaults_are_given_once_to_new_rows_and_to_ways_not_chosen_yet() -> None:
    lang = {"type": "string", "default": "en"}
    rows = {"type": "array", "items": {"type": "object", "properties": {"lang": lang}}}
    form_set = form({"properties": {"lang": lang, "rows": rows}})
    page = only_page(form_set)
    assert fresh(form_set).answers == {"f": {"lang": "en"}}
    assert apply(page, said({}), "_add", "/f/rows").answers == {"f": {"rows": [{"lang": "en"}]}}

    ways = [{"title": "A", "properties": {"a": NAME}}, {"title": "B", "properties": {"b": lang}}]
    either = only_page(asking(q={"type": "object", "oneOf": ways}))
    assert browse(either).named("/f/q/b")[0].value == "en"


# -- conditions


def test_one_question_that_two_conditions_ask_is_asked_while_either_holds() -> None:
    zip_of = {"properties": {"zip": NAME}}
    conditions = [
        {"if": {"properties": {"in": {"const": land}}, "required": ["in"]}, "then": zip_of}
        for land in ("US", "CA")
    ]
    form_set = form({"properties": {"in": {"enum": ["US", "CA", "NL"]}}, "allOf": conditions})
    for land, pruned in (("US", True), ("CA", True), ("NL", False)):
        draft = said({"in": land, "zip": "1"})
        assert ("zip" in prune(form_set, draft)["f"]) is pruned


def test_what_depends_on_an_answer_is_asked_while_that_is_answered() -> None:
    schemas = {"card": {"properties": {"code": NAME}, "required": ["code"]}}
    form_set = form({"properties": {"card": NAME}, "dependentSchemas": schemas})
    assert validate(form_set, said({"card": "1"})) == [
        Problem("/f/code", "required", "Write an answer: Name")
    ]
    assert prune(form_set, said({"code": "left over"})) == {"f": {}}


def test_a_condition_within_a_condition_needs_both() -> None:
    inner = {"if": {"required": ["b"]}, "then": {"properties": {"c": NAME}}}
    form_set = form(
        {
            "properties": {"a": NAME},
            "if": {"required": ["a"]},
            "then": {"properties": {"b": NAME}, **inner},
        }
    )
    assert prune(form_set, said({"b": "x", "c": "y"})) == {"f": {}}
    assert prune(form_set, said({"a": "z", "b": "x", "c": "y"})) == {
        "f": {"a": "z", "b": "x", "c": "y"}
    }


@pytest.mark.parametrize(
    ("schema", "value", "pointer", "words"),
    [
        (
            {"properties": {"a": NAME, "b": NAME}, "not": {"required": ["a", "b"]}},
            {"a": "1", "b": "2"},
            "/f",
            "Please don't answer all of these together: Name, Name.",
        ),
        (
            {"properties": {"a": {"type": "string", "not": {"const": "x"}}}},
            {"a": "x"},
            "/f/a",
            "“x” can't be the answer here.",
        ),
        (
            {"properties": {"a": {"type": "array", "items": NAME, "contains": {"const": "x"}}}},
            {"a": ["y"]},
            "/f/a",
            "At least one of these must be: “x”.",
        ),
        (
            {"properties": {"a": NAME, "b": NAME}, "minProperties": 2},
            {"a": "y"},
            "/f",
            "Please answer at least one more question here.",
        ),
    ],
)
def test_what_is_wrong_with_a_whole_is_said_in_words(
    schema: Any, value: Any, pointer: str, words: str
) -> None:
    (problem,) = validate(form(schema), said(value))
    assert (problem.pointer, problem.message) == (pointer, words)
