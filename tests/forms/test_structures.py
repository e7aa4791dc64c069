"""Objects, repeating groups, alternatives, conditions, references: schemas within schemas."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import NotFound, Problem
from engine.forms.answers import (
    Draft,
    apply,
    page_problems,
    page_progress,
    page_seen,
    prune,
    validate,
)
from engine.forms.schema import FormSet, Page
from engine.languages import speaking
from tests.forms.desk import asking, browse, form, html_of, only_page, post, said, saved

NAME = {"type": "string", "title": "Name"}
TEACHERS: dict[str, Any] = {
    "type": "array",
    "title": "Teachers",
    "minItems": 2,
    "maxItems": 3,
    "item_title": "Teacher",
    "items": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": NAME, "lessons": {"type": "integer"}},
    },
}


@pytest.fixture
def teachers() -> FormSet:
    return asking(rows=TEACHERS)


def test_a_nested_object_is_a_fieldset_with_pointers_for_names() -> None:
    page = only_page(asking(who={"title": "Who", "type": "object", "properties": {"a/b": NAME}}))
    html = html_of(page)
    assert '<legend class="group__title">Who</legend>' in html
    assert post(page, {"/f/who/a~1b": "Ana"}).answers == {"f": {"who": {"a/b": "Ana"}}}


@pytest.mark.parametrize("key", ["a/b", "a~b", "a.b", "0", "__proto__", "data", "a b", "x[0]"])
def test_any_property_name_works(key: str) -> None:
    page = only_page(asking(**{key: NAME}))
    assert saved(page, browse(page, said({key: "Ana"}))).answers == {"f": {key: "Ana"}}


def test_rows_are_shown_from_the_least_number_on(teachers: FormSet) -> None:
    browser = browse(only_page(teachers))
    assert [one.value for one in browser.named("_remove")] == ["/f/rows/0", "/f/rows/1"]
    assert "Teacher 1" in browser.text


def test_a_row_is_headed_with_its_first_text(teachers: FormSet) -> None:
    browser = browse(only_page(teachers), said({"rows": [{"name": "Ana Ruiz"}]}))
    assert "Teacher 1 · Ana Ruiz" in browser.text


def test_rows_removed_in_the_page_move_up_with_what_was_typed(teachers: FormSet) -> None:
    page = only_page(teachers)
    draft = post(
        page,
        {
            "/f/rows": "",
            "/f/rows/1": "",
            "/f/rows/1/name": "Ben",
            "/f/rows/1/lessons": "many",
            "/f/rows/5": "",
            "/f/rows/5/name": "Cora",
        },
    )
    assert draft.answers == {"f": {"rows": [{"name": "Ben"}, {"name": "Cora"}]}}
    assert draft.typed == {"/f/rows/0/lessons": "many"}


def test_adding_and_removing_without_scripts(teachers: FormSet) -> None:
    page = only_page(teachers)
    draft = Draft(
        {"f": {"rows": [{"name": "Ana"}, {"name": "Ben"}]}},
        {"/f/rows/0/lessons": "a few", "/f/rows/1/lessons": "many"},
        {},
    )

    added = apply(page, draft, "_add", "/f/rows")
    removed = apply(page, draft, "_remove", "/f/rows/0")

    assert added.answers == {"f": {"rows": [{"name": "Ana"}, {"name": "Ben"}, {}]}}
    assert removed.answers == {"f": {"rows": [{"name": "Ben"}]}}
    assert removed.typed["/f/rows/0/lessons"] == "many"
    assert draft.answers == {"f": {"rows": [{"name": "Ana"}, {"name": "Ben"}]}}


def test_a_row_added_without_scripts_is_there_on_the_next_page(teachers: FormSet) -> None:
    page = only_page(teachers)
    draft = apply(page, post(page, {"/f/rows": ""}), "_add", "/f/rows")
    assert len(browse(page, draft).named("_remove")) == 3
    assert saved(page, browse(page, draft), draft) == draft
    assert len(set(draft.rows["/f/rows"])) == 3


@pytest.mark.parametrize(
    "pointer", ["/f/rows/9", "/f/rows/x", "/f/other", "/g/rows", "/f", "", "nonsense", "/f/rows/-1"]
)
def test_a_button_with_a_forged_pointer_changes_nothing(teachers: FormSet, pointer: str) -> None:
    page = only_page(teachers)
    draft = said({"rows": [{"name": "Ana"}]})
    assert apply(page, draft, "_remove", pointer) == draft
    assert apply(page, draft, "_add", pointer) == draft
    assert apply(page, draft, "drop table", "/f/rows") == draft


def test_too_few_rows_are_counted(teachers: FormSet) -> None:
    draft = said({"rows": [{"name": "Ana"}, {}]})
    assert validate(teachers, draft) == [
        Problem("/f/rows", "minItems", "Teacher: at least 2 are needed here. You have added 1.")
    ]
    assert validate(teachers, Draft()) == [
        Problem("/f/rows", "required", "Teacher: at least 2 are needed here.")
    ]


def test_too_many_rows_are_counted(teachers: FormSet) -> None:
    draft = said({"rows": [{"name": name} for name in "abcd"]})
    assert validate(teachers, draft) == [
        Problem(
            "/f/rows",
            "maxItems",
            "Teacher: there is room for 3 here. You have added 4; please take out 1.",
        )
    ]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "Niño o niña: aquí se necesitan al menos 2."),
        (1, "Niño o niña: aquí se necesitan al menos 2. Has agregado 1."),
        (4, "Niño o niña: aquí hay espacio para 3. Has agregado 4; quita 1."),
    ],
)
def test_rows_are_counted_in_spanish_with_the_documents_own_word(count: int, words: str) -> None:
    children = asking(rows={**TEACHERS, "item_title": "Niño o niña"})
    with speaking("es"):
        problems = validate(children, said({"rows": [{"name": name} for name in "abcd"[:count]]}))
    assert [one.message for one in problems] == [words]


def test_button_that_adds_a_row_bends_no_word() -> None:
    with speaking("es"):
        page = only_page(asking(rows={**TEACHERS, "item_title": "Niña"}))
        assert "Agregar “Niña”" in html_of(page)


def test_an_error_in_a_row_points_into_the_row(teachers: FormSet) -> None:
    draft = said({"rows": [{"name": "Ana"}, {"lessons": 3}]})
    assert [one.pointer for one in validate(teachers, draft)] == ["/f/rows/1/name"]


def test_rows_within_rows_have_templates_with_a_placeholder_for_each() -> None:
    inner = {"type": "array", "items": {"type": "object", "properties": {"name": NAME}}}
    outer = {"type": "array", "items": {"type": "object", "properties": {"inner": inner}}}
    html = html_of(only_page(asking(rows=outer)))
    assert 'name="/f/rows/__row__/inner/__row1__/name"' in html
    assert 'name="/f/rows/0/inner/__row1__/name"' in html


def test_a_list_of_texts_drops_blank_lines() -> None:
    page = only_page(asking(q={"type": "array", "items": {"type": "string"}}))
    draft = post(page, {"/f/q": "", "/f/q/0": "a", "/f/q/1": " ", "/f/q/2": "b"})
    assert draft.answers == {"f": {"q": ["a", "b"]}}


def test_a_line_is_removed_by_its_number_though_one_above_is_blank() -> None:
    page = only_page(asking(q={"type": "array", "items": {"type": "string"}}))
    fields = {"/f/q": "", "/f/q/0": "", "/f/q/1": "a", "/f/q/2": "b", "_remove": "/f/q/1"}
    draft = apply(page, post(page, fields), "_remove", "/f/q/1")
    assert prune(form({"properties": {"q": {"type": "array", "items": {"type": "string"}}}}), draft)
    assert draft.answers["f"]["q"] == [None, "b"]


EITHER: dict[str, Any] = {
    "type": "object",
    "title": "What can you show?",
    "oneOf": [
        {
            "title": "Observation notes",
            "type": "object",
            "additionalProperties": False,
            "required": ["indicators", "notes"],
            "properties": {"indicators": NAME, "notes": {**NAME, "title": "Notes"}},
        },
        {
            "title": "Self-assessment",
            "type": "object",
            "additionalProperties": False,
            "required": ["indicators", "justification"],
            "properties": {
                "indicators": {**NAME, "title": "Indicators"},
                "justification": {**NAME, "title": "Why"},
            },
        },
    ],
}


@pytest.fixture
def either() -> FormSet:
    return asking(data=EITHER)


def test_nothing_chosen_asks_to_choose(either: FormSet) -> None:
    assert validate(either, Draft()) == [
        Problem(
            "/f/data", "oneOf", "Choose one of these: “Observation notes” or “Self-assessment”."
        )
    ]
    assert browse(only_page(either)).by_id("/f/data").name == "/f/data#branch"


def test_only_the_chosen_alternative_has_problems(either: FormSet) -> None:
    draft = Draft({"f": {"data": {"indicators": "3b"}}}, {}, {"/f/data": 1})
    assert [one.pointer for one in validate(either, draft)] == ["/f/data/justification"]


def test_answers_to_the_other_alternative_stay_in_the_draft_and_out_of_the_submission(
    either: FormSet,
) -> None:
    page = only_page(either)
    browser = browse(page).fill("/f/data#branch", "0")
    browser.fill("/f/data/indicators#0", "3b").fill("/f/data/notes", "What I saw")
    first = saved(page, browser)
    assert validate(either, first) == []

    again = browse(page, first).fill("/f/data#branch", "1")
    second = saved(page, again.fill("/f/data/justification", "Because"), first)

    assert prune(either, second) == {"f": {"data": {"justification": "Because"}}}
    back = saved(page, browse(page, second).fill("/f/data#branch", "0"), second)
    assert prune(either, back) == {"f": {"data": {"indicators": "3b", "notes": "What I saw"}}}


def test_the_chosen_alternatives_question_has_the_pointer_as_id(either: FormSet) -> None:
    draft = Draft({"f": {"data": {}}}, {}, {"/f/data": 1})
    browser = browse(only_page(either), draft)
    assert browser.by_id("/f/data/indicators").name == "/f/data/indicators#1"
    assert browser.by_id("/f/data/indicators#0").name == "/f/data/indicators#0"


def test_text_that_does_not_parse_in_an_alternative_that_is_not_chosen_is_no_problem() -> None:
    number = {"type": "integer"}
    form_set = asking(
        data={
            "type": "object",
            "oneOf": [
                {
                    "type": "object",
                    "required": ["only"],
                    "properties": {"n": number, "only": number},
                },
                {"type": "object", "required": ["n"], "properties": {"n": number}},
            ],
        }
    )
    page = only_page(form_set)
    fields = {"/f/data#branch": "1", "/f/data/n#0": "one", "/f/data/only": "x", "/f/data/n#1": "2"}
    draft = post(page, fields)
    assert draft.typed == {"/f/data/n#0": "one", "/f/data/only": "x"}
    assert validate(form_set, draft) == []


def test_an_alternatives_const_is_answered_by_choosing_it() -> None:
    form_set = asking(
        data={
            "type": "object",
            "required": ["way"],
            "properties": {"way": {"enum": ["by mail", "in person"]}},
            "oneOf": [
                {"properties": {"way": {"const": "by mail"}, "to": NAME}, "required": ["to"]},
                {"properties": {"way": {"const": "in person"}, "room": NAME}},
            ],
        }
    )
    page = only_page(form_set)
    draft = post(page, {"/f/data#branch": "1", "/f/data/room": "12"})
    assert prune(form_set, draft) == {"f": {"data": {"way": "in person", "room": "12"}}}
    assert validate(form_set, draft) == []


def test_what_answers_itself_beside_alternatives_is_submitted_whichever_is_chosen() -> None:
    form_set = form(
        {
            "type": "object",
            "required": ["kind", "note"],
            "properties": {"kind": {"const": "visit"}, "note": {"type": ["string", "null"]}},
            "oneOf": [
                {"properties": {"room": NAME}, "required": ["room"]},
                {"properties": {"town": NAME}, "required": ["town"]},
            ],
        }
    )
    draft = said({"town": "Ovar"})
    assert prune(form_set, draft) == {"f": {"kind": "visit", "note": None, "town": "Ovar"}}
    assert validate(form_set, draft) == []


CONDITIONAL: dict[str, Any] = {
    "type": "object",
    "required": ["late"],
    "properties": {"late": {"type": "boolean"}},
    "if": {"properties": {"late": {"const": True}}, "required": ["late"]},
    "then": {"properties": {"why": {**NAME, "title": "Why"}}, "required": ["why"]},
    "else": {"properties": {"thanks": NAME}},
}


def test_a_conditional_question_is_asked_while_its_condition_holds() -> None:
    form_set = form(CONDITIONAL)
    page = only_page(form_set)
    late = said({"late": True})
    assert validate(form_set, late) == [Problem("/f/why", "required", "Write an answer: Why")]
    wrapper = """<div class="conditional" data-when="/f/late" data-is="[&#34;true&#34;]"{}>"""
    assert wrapper.format("") in html_of(page, late)
    assert wrapper.format(" hidden") in html_of(page, said({"late": False}))


def test_a_hidden_answer_stays_in_the_draft_and_out_of_the_submission() -> None:
    form_set = form(CONDITIONAL)
    draft = said({"late": False, "why": "The bus", "thanks": "yes"})
    assert prune(form_set, draft) == {"f": {"late": False, "thanks": "yes"}}
    page = only_page(form_set)
    assert saved(page, browse(page, draft), draft) == draft


def test_what_answers_itself_is_submitted_while_its_condition_holds() -> None:
    form_set = form(
        {
            **CONDITIONAL,
            "then": {
                "properties": {"fee": {"const": 5}, "excuse": {"type": ["string", "null"]}},
                "required": ["fee", "excuse"],
            },
        }
    )
    late, early = said({"late": True}), said({"late": False})
    assert prune(form_set, late) == {"f": {"late": True, "fee": 5, "excuse": None}}
    assert prune(form_set, early) == {"f": {"late": False}}
    assert validate(form_set, late) == []


def test_references_are_followed_and_keywords_beside_them_count() -> None:
    form_set = form(
        {
            "$defs": {"name": {"type": "string", "title": "Name", "maxLength": 3}},
            "properties": {
                "a": {"$ref": "#/$defs/name", "title": "First name"},
                "b": {"allOf": [{"$ref": "#/$defs/name"}, {"minLength": 2}]},
            },
        }
    )
    browser = browse(only_page(form_set))
    assert browser.labels == {"/f/a": "First name (optional)", "/f/b": "Name (optional)"}
    assert [one.pointer for one in validate(form_set, said({"a": "long", "b": "x"}))] == [
        "/f/a",
        "/f/b",
    ]


def test_references_to_bundled_resources_are_followed() -> None:
    form_set = form(
        {
            "$id": "https://school.example/form",
            "$defs": {
                "shared": {
                    "$id": "https://school.example/shared",
                    "$defs": {"n": {"type": "integer"}},
                    "properties": {"n": {"$ref": "#/$defs/n"}},
                }
            },
            "properties": {"q": {"$ref": "shared"}},
        }
    )
    assert post(only_page(form_set), {"/f/q/n": "3"}).answers == {"f": {"q": {"n": 3}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"properties": {"q": {"$ref": "#"}}},
        {"properties": {"q": {"allOf": [{"$ref": "#/properties/q"}]}}},
        {"properties": {"q": {"type": "array", "items": {"$ref": "#/properties/q"}}}},
        {"properties": {"q": {"$ref": "#/nowhere"}}},
        {"properties": {"q": {"$ref": "https://elsewhere.example/schema"}}},
        {"properties": {"q": False, "r": True}},
        {"properties": {"q": {"type": "object"}}},
        {"properties": {"q": {"type": "array", "prefixItems": [{"type": "string"}]}}},
        {"properties": {"q": {"not": {"type": "string"}}}},
        {},
    ],
)
def test_any_schema_renders(schema: dict[str, Any]) -> None:
    form_set = form(schema)
    html_of(only_page(form_set), Draft())
    post(only_page(form_set), {"/f/q": "{}", "/f/r": "x"})


def test_deep_nesting_ends_in_json() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(100):
        schema = {"type": "object", "properties": {"a": schema}}
    assert "Write this as JSON." in html_of(only_page(form(schema)))


def test_null_is_kept_where_it_is_an_answer_and_given_where_blank_means_it() -> None:
    form_set = asking(q={"type": ["string", "null"]})
    page = only_page(form_set)
    draft = said({"q": None})
    assert saved(page, browse(page, draft), draft) == draft
    assert validate(form_set, Draft()) == []
    assert prune(form_set, Draft()) == {"f": {"q": None}}


# -- pages


PAGED: dict[str, Any] = {
    "title": "Story",
    "type": "object",
    "required": ["a", "b", "c"],
    "pages": [
        {"id": "one", "title": "First", "why": "To begin.", "properties": ["a"]},
        {"id": "two", "title": "Second", "properties": ["b"]},
    ],
    "properties": {"a": NAME, "b": {"type": "integer"}, "c": NAME},
}


@pytest.fixture
def pages() -> tuple[Page, Page]:
    one, two = form(PAGED).pages
    return one, two


def test_pages_have_the_documents_questions_and_the_last_one_the_rest(
    pages: tuple[Page, Page],
) -> None:
    assert [[node.key for node in page.fields] for page in pages] == [["a"], ["b", "c"]]
    assert [page.title for page in pages] == ["First", "Second"]


def test_a_page_is_found_by_form_and_id() -> None:
    form_set = form(PAGED)
    assert form_set.page("f", "two").title == "Second"
    for where in (("f", "three"), ("g", "one")):
        with pytest.raises(NotFound):
            form_set.page(*where)


def test_a_form_without_pages_is_one_page() -> None:
    page = only_page(form({"title": "Story", "properties": {"a": NAME}}))
    assert (page.title, page.covers("/f/a"), page.covers("/f/ab")) == ("Story", True, False)


def test_a_post_changes_its_own_page_only(pages: tuple[Page, Page]) -> None:
    draft = Draft({"f": {"a": "old", "c": "kept"}, "g": {"x": 1}}, {"/f/b": "two"}, {})
    after = post(pages[0], {"/f/a": "new", "/f/c": "forged", "/f/b": "7", "/g/x": "2"}, draft)
    assert after == Draft({"f": {"a": "new", "c": "kept"}, "g": {"x": 1}}, {"/f/b": "two"}, {})


def test_the_token_of_a_page_changes_with_that_page_only(pages: tuple[Page, Page]) -> None:
    one, two = pages
    before = Draft({"f": {"a": "x"}}, {}, {})
    other = Draft({"f": {"a": "x", "c": "y"}}, {"/f/b": "two"}, {})
    assert page_seen(one, before) == page_seen(one, other)
    assert page_seen(two, before) != page_seen(two, other)


def test_progress_counts_required_questions(pages: tuple[Page, Page]) -> None:
    form_set = form(PAGED)
    one, two = form_set.pages
    draft = said({"b": 3})
    problems = validate(form_set, draft)
    assert page_progress(one, draft, problems) == (0, 1, "not-started")
    assert page_progress(two, draft, problems) == (1, 2, "started")
    done = said({"b": 3, "c": "y"})
    assert page_progress(two, done, validate(form_set, done)) == (2, 2, "complete")
    assert [one.pointer for one in page_problems(two, problems)] == ["/f/c"]


def test_text_that_did_not_parse_keeps_a_page_from_being_complete() -> None:
    form_set = form({"properties": {"n": {"type": "integer"}}})
    draft = Draft({"f": {}}, {"/f/n": "some"}, {})
    assert page_progress(only_page(form_set), draft, validate(form_set, draft))[2] == "started"


# -- buttons within alternatives


def test_buttons_work_in_the_alternative_that_is_chosen_and_in_the_others() -> None:
    files = {"type": "array", "items": {"type": "string", "widget": "evidence"}}
    one = {"type": "object", "properties": {"files": files, "a": NAME}, "required": ["a"]}
    two = {"type": "object", "properties": {"files": files, "b": NAME}, "required": ["b"]}
    form_set = asking(data={"type": "object", "oneOf": [one, two]})
    page = only_page(form_set)
    fields = {
        "/f/data#branch": "1",
        "/f/data/files#0/0": "e1",
        "/f/data/files#0/1": "e2",
        "/f/data/files#1/0": "e3",
    }

    draft = post(page, fields)
    chosen = apply(page, draft, "_remove", "/f/data/files#1/0")
    other = apply(page, draft, "_remove", "/f/data/files#0/0")

    assert draft.answers == {"f": {"data": {"files": ["e3"]}}}
    assert chosen.answers == {"f": {"data": {}}}
    assert chosen.typed == draft.typed == {"/f/data/files#0#kept": '["e1", "e2"]'}
    assert other.answers == draft.answers
    assert other.typed == {"/f/data/files#0#kept": '["e2"]'}
    assert form_set.evidence_field("/f/data/files#0/1") is not None
    assert form_set.evidence_field("/f/data/files#0#file") is not None
