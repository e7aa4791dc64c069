"""Tables: flat rows as a grid, with the answers and the post of rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials import documents
from engine.forms import display
from engine.forms.answers import apply, validate
from engine.forms.schema import FormSet
from tests.forms.desk import asking, browse, form, html_of, only_page, post, said, saved

FIELDS = Path(__file__).parents[1] / "documents" / "fields"
VISIT = {"on": "2026-03-12", "peer": "Ana", "minutes": 20, "subject": "Math", "again": True}


SETS = {
    "type": "array",
    "widget": "table",
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "lessons": {"type": "array", "items": {"type": "string"}},
        },
    },
}
"""No table: a cell has no room for the lessons."""


def document(name: str) -> FormSet:
    """The one form of a tiny document, under the id `f`."""
    return form(documents.load(FIELDS / f"{name}.yaml").data["forms"]["answers"])


@pytest.fixture
def visits() -> FormSet:
    return document("table")


def test_a_table_has_a_head_for_each_column_and_a_head_for_each_row(visits: FormSet) -> None:
    html = html_of(only_page(visits))
    assert html.count('scope="col"') == 6
    assert html.count('<th class="grid__number" scope="row"') == 3  # two rows, and the template
    assert "Time (min)" in html


def test_each_cell_is_named_by_its_pointer_and_labelled_by_its_column(visits: FormSet) -> None:
    browser = browse(only_page(visits))
    assert [one.name for one in browser.controls if one.name.startswith("/f/visits/1/")] == [
        f"/f/visits/1/{key}" for key in ("on", "peer", "minutes", "subject", "again")
    ]
    assert browser.labels["/f/visits/1/peer"] == "Peer"


def test_what_is_typed_in_cells_comes_back_as_it_was(visits: FormSet) -> None:
    page = only_page(visits)
    draft = said({"visits": [VISIT, {"peer": "Ben"}]})
    assert saved(page, browse(page, draft), draft).answers == draft.answers


def test_help_hint_and_unit_stand_at_the_head_and_describe_every_cell(visits: FormSet) -> None:
    html = html_of(only_page(visits))
    assert html.count("Rounded") == 1
    assert 'id="/f/visits#about-minutes"' in html
    assert html.count('aria-describedby="/f/visits#about-minutes"') == 3


def test_a_problem_stands_in_its_cell(visits: FormSet) -> None:
    page = only_page(visits)
    draft = said({"visits": [VISIT, {"on": "2026-03-13", "peer": "Ben", "minutes": 3}]})
    problems = validate(visits, draft)
    assert [one.pointer for one in problems] == ["/f/visits/1/minutes"]
    cell = browse(page, draft, problems=problems).by_id("/f/visits/1/minutes")
    assert cell.attributes["aria-invalid"] == "true"
    assert cell.attributes["aria-describedby"] == (
        "/f/visits#about-minutes /f/visits/1/minutes#error"
    )


def test_text_that_is_no_number_stays_in_its_cell(visits: FormSet) -> None:
    page = only_page(visits)
    browser = browse(page).fill("/f/visits/0/minutes", "soon")
    draft = saved(page, browser)
    assert draft.typed == {"/f/visits/0/minutes": "soon"}
    assert browse(page, draft).by_id("/f/visits/0/minutes").value == "soon"


def test_rows_of_a_table_are_added_copied_and_removed_like_others(visits: FormSet) -> None:
    page = only_page(visits)
    draft = said({"visits": [VISIT, {"peer": "Ben"}]})
    assert len(apply(page, draft, "_add", "/f/visits").answers["f"]["visits"]) == 3
    assert apply(page, draft, "_copy", "/f/visits/0").answers["f"]["visits"][1] == VISIT
    removed = apply(page, draft, "_remove", "/f/visits/0")
    assert removed.answers["f"]["visits"] == [{"peer": "Ben"}]
    assert apply(page, removed, "_undo", "/f/visits").answers == draft.answers


def test_an_optional_table_shows_an_empty_row() -> None:
    items = {"type": "object", "properties": {"name": {"type": "string"}}}
    table = {"type": "array", "widget": "table", "items": items}
    page = only_page(form({"type": "object", "properties": {"rows": table}}))
    assert [one.name for one in browse(page).named("/f/rows/0/name")] == ["/f/rows/0/name"]
    assert post(page, {"/f/rows": "", "/f/rows/0/name": ""}).answers == {"f": {}}


def test_a_row_that_holds_rows_falls_back_to_rows() -> None:
    page = only_page(form({"type": "object", "properties": {"sets": SETS}}))
    html = html_of(page)
    assert "<table" not in html
    assert 'data-rows="/f/sets/__row__/lessons"' in html
    draft = said({"sets": [{"name": "One", "lessons": ["a"]}]})
    assert saved(page, browse(page, draft), draft).answers == draft.answers


def test_a_table_is_read_as_a_table(visits: FormSet) -> None:
    page = only_page(visits)
    html = html_of(page, said({"visits": [VISIT]}), read_only=True)
    assert '<td class="grid__cell grid__cell--date" id="/f/visits/0/on"' in html
    assert "12 March 2026" in html
    assert "<input" not in html


def test_two_versions_differ_cell_by_cell(visits: FormSet) -> None:
    before = {"f": {"visits": [VISIT, {"peer": "Ben"}]}}
    after = {"f": {"visits": [VISIT, {"peer": "Cora"}]}}
    (one,) = display.differences(visits, before, after)
    assert (one.pointer, one.label) == ("/f/visits/1/peer", "Visit 2: Peer")
    assert (one.before, one.after) == ("Ben", "Cora")


def test_words_of_people_are_escaped_in_cells_and_heads() -> None:
    evil = "<script>alert(1)</script>"
    items = {
        "type": "object",
        "properties": {"name": {"type": "string", "title": evil, "hint": evil}},
    }
    fs = asking(rows={"type": "array", "title": evil, "widget": "table", "items": items})
    page = only_page(fs)
    draft = said({"rows": [{"name": evil}]})
    assert "<script>" not in html_of(page, draft) + html_of(page, draft, read_only=True)
