"""Reading answers without inputs, and seeing what a revision changed."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.forms import display
from engine.forms.answers import Draft, EvidenceFacts
from engine.forms.entries import Entry
from tests.forms.desk import asking, form, html_of, only_page, said, templates
from tests.forms.generating import SCHEMAS, answers

NAME = {"type": "string", "title": "Name"}
FORM = asking(
    name=NAME,
    day={"type": "string", "format": "date", "title": "Day"},
    level={"oneOf": [{"const": "a", "title": "A great deal"}, {"const": "b", "title": "Some"}]},
    grades={"type": "array", "uniqueItems": True, "items": {"enum": ["K", "1"]}},
    rows={"type": "array", "item_title": "Teacher", "items": {"properties": {"name": NAME}}},
    files={"type": "array", "title": "Files", "items": {"type": "string", "widget": "evidence"}},
)
ANSWERS = {
    "name": "Ana",
    "day": "2026-03-12",
    "level": "a",
    "grades": ["K", "1"],
    "rows": [{"name": "Ben"}, {}],
    "files": ["e1"],
}


def shown(answers: dict[str, Any]) -> dict[str, Entry]:
    (only,) = display.read_only(FORM, {"f": answers})
    return {one.pointer: one for entry in only.entries for one in entry.all()}


def test_answers_read_as_words() -> None:
    entries = shown(ANSWERS)
    assert entries["/f/name"].text == "Ana"
    assert entries["/f/day"].text == "12 March 2026"
    assert entries["/f/level"].text == "A great deal"
    assert entries["/f/grades"].items == ("K", "1")
    assert entries["/f/files"].evidence == ("e1",)
    assert entries["/f/rows/0"].label == "Teacher 1"
    assert entries["/f/rows/0/name"].text == "Ben"
    assert not entries["/f/rows/1"].answered


def test_every_question_is_listed_though_nobody_answered() -> None:
    assert sorted(shown({})) == [f"/f/{key}" for key in sorted(ANSWERS)]
    assert not any(entry.answered for entry in shown({}).values())


def test_pointers_are_those_of_the_answers() -> None:
    assert display.pointers(display.read_only(FORM, {"f": ANSWERS})) == set(shown(ANSWERS))


def test_the_page_links_files_and_escapes_answers() -> None:
    template = templates().from_string(
        '{% from "web/answers.html" import shown %}{{ shown(form, evidence, url) }}'
    )
    (only,) = display.read_only(FORM, {"f": {**ANSWERS, "name": "<b>"}})
    facts = EvidenceFacts("e1", "notes & plans.pdf", "application/pdf", 1, "")
    html = template.render(form=only, evidence={"e1": facts}, url="/files/{}".format)
    assert '<a href="/files/e1"' in html
    assert "notes &amp; plans.pdf" in html
    assert "&lt;b&gt;" in html
    assert 'id="/f/rows/0/name"' in html


def test_a_page_can_be_read_only() -> None:
    html = html_of(only_page(FORM), said(ANSWERS), read_only=True)
    assert "<input" not in html
    assert "12 March 2026" in html


def test_text_that_did_not_parse_is_shown_as_typed() -> None:
    draft = Draft({"f": {}}, {"/f/day": "31 February"}, {})
    (only,) = display.read_only(FORM, draft.answers, draft)
    (entry,) = [one for one in only.entries if one.pointer == "/f/day"]
    assert (entry.text, entry.typed) == ("31 February", True)


def test_only_what_differs_is_listed_in_the_order_of_the_pages() -> None:
    new = {**ANSWERS, "name": "Ana Ruiz", "rows": [{"name": "Cora"}], "files": ["e1", "e2"]}
    del new["level"]
    found = display.differences(FORM, {"f": ANSWERS}, {"f": new})
    assert [(one.pointer, one.label, one.change) for one in found] == [
        ("/f/name", "Name", "changed"),
        ("/f/level", "Level", "removed"),
        ("/f/rows/0/name", "Teacher 1: Name", "changed"),
        ("/f/files", "Files", "changed"),
    ]
    assert found[-1].evidence_after == ("e1", "e2")


def test_nothing_differs_from_itself() -> None:
    assert display.differences(FORM, {"f": ANSWERS}, {"f": ANSWERS}) == []


def test_a_difference_is_shown_word_by_word() -> None:
    pieces = list(display.compared("We met on Monday, twice.", "We met on Tuesday, twice."))
    assert pieces == [
        ("We met on ", "same"),
        ("Monday", "removed"),
        ("Tuesday", "added"),
        (", twice.", "same"),
    ]


def test_very_long_texts_are_compared_as_a_whole() -> None:
    before, after = "a " * 5_000, "b " * 5_000
    assert list(display.compared(before, after)) == [(before, "removed"), (after, "added")]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(st.data())
def test_the_read_only_view_shows_every_answer(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    value = data.draw(answers(schema))
    (only,) = display.read_only(form(schema), {"f": value})
    questions = [one for entry in only.entries for one in entry.all() if not one.is_group]
    assert sum(1 for one in questions if one.answered and one.kind != "branches") == leaves(
        schema, value
    )


def leaves(schema: Any, value: Any) -> int:
    """How many questions `value` answers."""
    if value is None:
        return 0
    if "anyOf" in schema and isinstance(value, dict) and schema.get("type") is None:
        return leaves(schema["anyOf"][1], value)
    if isinstance(value, dict) and "additionalProperties" in schema:
        known = schema.get("properties", {})
        return sum(
            leaves(known.get(key, schema["additionalProperties"]), one)
            for key, one in value.items()
        )
    if isinstance(value, list) and "prefixItems" in schema:
        places = [*schema["prefixItems"], *[schema["items"]] * len(value)]
        return sum(leaves(one, said) for one, said in zip(places, value, strict=False))
    if isinstance(value, dict) and schema.get("type") == "object":
        properties = schema.get("properties") or next(
            one["properties"]
            for one in schema["oneOf"]
            if one["properties"]["way"]["const"] == value["way"]
        )
        return sum(leaves(properties[key], one) for key, one in value.items() if key != "way")
    if isinstance(value, list) and schema.get("item_title") is not None:
        return sum(leaves(schema["items"], one) for one in value)
    return 1
