"""Each kind of question: how it is drawn, and what becomes of what is typed into it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.credentials.credential import AlignedItem
from engine.errors import Problem
from engine.forms.answers import Draft, EvidenceFacts, fresh, validate
from engine.forms.schema import form_set
from tests.forms.desk import asking, browse, form, html_of, only_page, post, said, saved


def answer(schema: dict[str, Any], *texts: str) -> Draft:
    """The draft after `texts` are posted for the one question `q`."""
    return post(only_page(asking(q=schema)), {"/f/q": list(texts)})


def problem(schema: dict[str, Any], value: Any) -> str:
    """What is said of `value` as the answer to the one question `q`."""
    form_set = asking(q=schema)
    (found,) = validate(form_set, said({} if value is None else {"q": value}))
    assert found.pointer == "/f/q"
    return found.message


TEXT = {"type": "string", "title": "Your name"}


def test_a_text_is_trimmed_and_a_blank_one_is_no_answer() -> None:
    assert answer(TEXT, "  Ana Ruiz ").answers == {"f": {"q": "Ana Ruiz"}}
    assert answer(TEXT, "   ").answers == {"f": {}}


def test_line_ends_are_the_same_wherever_a_text_comes_from() -> None:
    long = {"type": "string", "widget": "long-text"}
    assert answer(long, "one\r\ntwo\rthree\n").answers == {"f": {"q": "one\ntwo\nthree\n"}}


def test_nul_bytes_control_characters_and_half_surrogates_are_cleaned() -> None:
    assert answer(TEXT, "a\x00b\x07c").answers == {"f": {"q": "abc"}}
    assert answer(TEXT, "a\ud800b").answers == {"f": {"q": "a\ufffdb"}}


def test_a_single_line_that_has_line_breaks_is_shown_whole() -> None:
    page = only_page(asking(q=TEXT))
    draft = said({"q": "one\ntwo"})
    assert browse(page, draft).by_id("/f/q").tag == "textarea"
    assert saved(page, browse(page, draft), draft) == draft


def test_a_long_text_counts_and_never_cuts() -> None:
    page = only_page(asking(q={"type": "string", "widget": "long-text", "maxLength": 10}))
    control = browse(page).by_id("/f/q")
    assert control.attributes["data-counter"] == "10"
    assert "maxlength" not in control.attributes
    assert problem({"type": "string", "maxLength": 10}, "twelve chars") == (
        "This is 2 characters too long: there is room for 10."
    )


def test_an_email_and_a_web_address_have_inputs_of_their_own() -> None:
    page = only_page(
        asking(mail={"type": "string", "format": "email"}, site={"type": "string", "format": "uri"})
    )
    browser = browse(page)
    assert browser.by_id("/f/mail").type == "email"
    assert browser.by_id("/f/site").type == "url"


def test_what_is_not_an_email_is_said_with_an_example() -> None:
    assert problem({"type": "string", "format": "email"}, "ana at school") == (
        "This does not look like an e-mail address. One looks like ana@school.example."
    )


@pytest.mark.parametrize(
    "text", ["2026-03-12", "12 March 2026", "March 12, 2026", "12 Mar 2026", "2026/3/12"]
)
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert answer({"type": "string", "format": "date"}, text).answers == {"f": {"q": "2026-03-12"}}


@pytest.mark.parametrize("text", ["2026-02-31", "31 February 2026", "next week", "3/4/2026"])
def test_a_date_that_is_none_is_kept_as_typed_and_flagged(text: str) -> None:
    form_set = asking(q={"type": "string", "format": "date"})
    page = only_page(form_set)

    draft = post(page, {"/f/q": text})

    assert draft == Draft({"f": {}}, {"/f/q": text}, {})
    (found,) = validate(form_set, draft)
    assert (found.pointer, found.code) == ("/f/q", "typed")
    control = browse(page, draft).by_id("/f/q")
    assert (control.type, control.value) == ("text", text)
    assert saved(page, browse(page, draft), draft) == draft


def test_the_31_of_february_is_named_for_what_it_is() -> None:
    form_set = asking(q={"type": "string", "format": "date"})
    (found,) = validate(form_set, post(only_page(form_set), {"/f/q": "2026-02-31"}))
    assert found.message == (
        "There is no such day in the calendar. Please check the day and the month."
    )


def test_twelve_apples_are_kept_as_typed_and_flagged() -> None:
    form_set = asking(q={"type": "integer", "title": "How many?", "unit": "lessons"})
    page = only_page(form_set)

    draft = post(page, {"/f/q": "12 apples"})

    assert draft == Draft({"f": {}}, {"/f/q": "12 apples"}, {})
    assert validate(form_set, draft) == [
        Problem("/f/q", "typed", "This needs to be a whole number, in figures: for example 12.")
    ]
    assert browse(page, draft).by_id("/f/q").value == "12 apples"


def test_text_that_parses_again_is_no_longer_flagged() -> None:
    page = only_page(asking(q={"type": "integer"}))
    draft = post(page, {"/f/q": "12 apples"})
    assert post(page, {"/f/q": "12"}, draft) == Draft({"f": {"q": 12}}, {}, {})


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), (" -3 ", -3), ("2.50", 2.5), (".5", 0.5), ("1e3", 1000.0)]
)
def test_a_number_is_read(text: str, value: float) -> None:
    assert answer({"type": "number"}, text).answers == {"f": {"q": value}}


@pytest.mark.parametrize("text", ["1e999", "nan", "1_000", "9" * 5000, "١٢", "0x10"])
def test_what_is_no_plain_number_is_kept_as_typed(text: str) -> None:
    draft = answer({"type": "number"}, text)
    assert (draft.answers, draft.typed) == ({"f": {}}, {"/f/q": text})


def test_few_choices_are_radios_with_the_exact_labels() -> None:
    labels = ["A great deal of progress", "Good progress", "Some progress", "Little or none"]
    options = [{"const": key, "title": label} for key, label in zip("abcd", labels, strict=True)]
    page = only_page(asking(q={"type": "string", "oneOf": options}))

    browser = browse(page, said({"q": "b"}))

    radios = browser.named("/f/q")
    assert [radio.type for radio in radios] == ["radio"] * 4
    assert [radio.value for radio in radios if radio.checked] == ["b"]
    assert [radio.label for radio in radios] == labels


def test_many_choices_are_a_select() -> None:
    page = only_page(asking(q={"enum": [f"Grade {number}" for number in range(1, 13)]}))
    browser = browse(page, said({"q": "Grade 3"}))
    assert browser.by_id("/f/q").tag == "select"
    assert browser.posted()["/f/q"] == "Grade 3"


def test_an_answer_that_is_not_listed_is_kept_and_flagged() -> None:
    form_set = asking(q={"enum": ["a", "b"]})
    draft = post(only_page(form_set), {"/f/q": "c"})
    assert draft.typed == {"/f/q": "c"}
    assert [one.message for one in validate(form_set, draft)] == [
        "Please choose one of the answers listed."
    ]


def test_values_that_print_alike_are_told_apart() -> None:
    page = only_page(asking(q={"enum": [1, "1", True, "true"]}))
    for value in (1, "1", True, "true"):
        after = saved(page, browse(page, said({"q": value})))
        assert after.answers["f"]["q"] == value
        assert type(after.answers["f"]["q"]) is type(value)


def test_checkboxes_post_what_is_ticked_and_nothing_when_none_is() -> None:
    page = only_page(
        asking(q={"type": "array", "uniqueItems": True, "items": {"enum": ["a", "b"]}})
    )
    draft = saved(page, browse(page).fill("/f/q", "a", "b"))
    assert draft.answers == {"f": {"q": ["a", "b"]}}
    assert saved(page, browse(page, draft).fill("/f/q"), draft).answers == {"f": {}}


OTHER = {
    "type": "string",
    "widget": "choice-or-other",
    "anyOf": [
        {"enum": ["Danielson", "Marzano"]},
        {"title": "Another tool", "type": "string", "minLength": 1},
    ],
}


def test_other_is_said_in_ones_own_words() -> None:
    page = only_page(asking(q=OTHER))
    browser = browse(page).fill("/f/q", "__other__").fill("/f/q#other", "Our own rubric")
    draft = saved(page, browser)
    assert draft == Draft({"f": {"q": "Our own rubric"}}, {}, {"/f/q": 1})
    again = browse(page, draft)
    assert again.posted().getlist("/f/q") == ["__other__"]
    assert again.posted()["/f/q#other"] == "Our own rubric"


def test_other_typed_without_choosing_it_counts() -> None:
    page = only_page(asking(q=OTHER))
    assert saved(page, browse(page).fill("/f/q#other", "Ours")).answers == {"f": {"q": "Ours"}}


def test_words_of_an_other_that_is_not_chosen_are_kept_aside() -> None:
    form_set = asking(q=OTHER)
    page = only_page(form_set)
    draft = saved(page, browse(page).fill("/f/q", "Marzano").fill("/f/q#other", "Ours"))
    assert draft == Draft({"f": {"q": "Marzano"}}, {"/f/q#other": "Ours"}, {})
    assert validate(form_set, draft) == []
    back = saved(page, browse(page, draft).fill("/f/q", "__other__"), draft)
    assert back.answers == {"f": {"q": "Ours"}}


def test_several_choices_and_one_other() -> None:
    page = only_page(asking(q={"type": "array", "uniqueItems": True, "items": OTHER}))
    browser = browse(page).fill("/f/q", "Marzano", "__other__").fill("/f/q#other", "Ours")
    assert saved(page, browser).answers == {"f": {"q": ["Marzano", "Ours"]}}


def test_yes_and_no_are_both_said() -> None:
    page = only_page(asking(q={"type": "boolean"}))
    assert saved(page, browse(page).fill("/f/q", "false")).answers == {"f": {"q": False}}
    assert saved(page, browse(page)).answers == {"f": {}}


def test_an_agreement_is_true_or_nothing() -> None:
    form_set = asking(q={"type": "boolean", "const": True, "widget": "agreement", "title": "I do"})
    page = only_page(form_set)
    assert saved(page, browse(page).fill("/f/q", "true")).answers == {"f": {"q": True}}
    draft = saved(page, browse(page))
    assert validate(form_set, draft) == [
        Problem("/f/q", "required", "Please tick this box to agree: I do")
    ]


def test_a_standard_is_free_text_with_a_frameworks_items_suggested() -> None:
    schema = {"properties": {"q": {"type": "string", "widget": "standard", "frameworks": ["t"]}}}
    page = only_page(form_set({"f": schema}, frameworks={"t": (AlignedItem("4.b", "t", "Leads"),)}))
    html = html_of(page, said({"q": "My own"}))
    assert '<datalist id="standards-t"><option value="4.b Leads"></option></datalist>' in html
    assert 'list="standards-t"' in html
    assert saved(page, browse(page, said({"q": "My own"}))).answers == {"f": {"q": "My own"}}


FILE = {"type": "string", "widget": "evidence", "accept": ["application/pdf"], "max_bytes": 1024}
PDF = EvidenceFacts("e1", "plan.pdf", "application/pdf", 1000, "0" * 64)


def test_a_kept_file_stays_until_it_is_removed() -> None:
    page = only_page(asking(q=FILE))
    draft = said({"q": "e1"})
    browser = browse(page, draft, evidence={"e1": PDF})
    assert "plan.pdf" in browser.text
    assert saved(page, browser, draft) == draft
    assert post(page, {"/f/q": ""}, draft).answers == {"f": {}}


def test_several_files_are_an_array() -> None:
    page = only_page(asking(q={"type": "array", "items": FILE}))
    draft = post(page, {"/f/q": "", "/f/q/0": "e1", "/f/q/7": "e2"})
    assert draft.answers == {"f": {"q": ["e1", "e2"]}}
    assert saved(page, browse(page, draft), draft) == draft
    assert post(page, {"/f/q": ""}, draft).answers == {"f": {}}


def test_a_file_is_judged_by_what_it_is() -> None:
    form_set = asking(q=FILE)
    page_like = EvidenceFacts("e1", "plan.pdf", "text/html", 10, "")
    large = EvidenceFacts("e1", "plan.pdf", "application/pdf", 5000, "")

    def said_of(facts: EvidenceFacts | None) -> list[str]:
        known = {} if facts is None else {"e1": facts}
        return [one.message for one in validate(form_set, said({"q": "e1"}), known)]

    assert said_of(PDF) == []
    assert said_of(page_like) == ["“plan.pdf” is a web page. What we can take here: PDF."]
    assert said_of(large) == ["“plan.pdf” is 4.9 KB; the most we can take here is 1 KB."]
    assert said_of(None) == ["This file is not here any more. Please attach it again."]


def test_an_evidence_field_is_found_by_its_pointer() -> None:
    form_set = asking(q={"type": "array", "items": FILE}, name=TEXT)
    field = form_set.evidence_field("/f/q/3")
    assert field is form_set.evidence_field("/f/q")
    assert field is not None
    assert field.accept == ("application/pdf",)
    assert form_set.evidence_field("/f/name") is None
    assert form_set.evidence_field("/g") is None


def test_anything_can_be_asked_as_json() -> None:
    form_set = form({"properties": {"q": {"widget": "json"}}})
    page = only_page(form_set)
    assert post(page, {"/f/q": '{"a": [1, 2.5]}'}).answers == {"f": {"q": {"a": [1, 2.5]}}}
    draft = post(page, {"/f/q": '{"a": '})
    assert draft.typed == {"/f/q": '{"a": '}
    assert [one.code for one in validate(form_set, draft)] == ["typed"]


@pytest.mark.parametrize("text", ["NaN", '"\\ud800"', '"\\u0000"', "[" * 100_000])
def test_json_that_could_not_be_kept_is_kept_as_typed(text: str) -> None:
    draft = post(only_page(form({"properties": {"q": {"widget": "json"}}})), {"/f/q": text})
    assert draft == Draft({"f": {}}, {"/f/q": text}, {})


def test_optional_is_said_in_the_label_and_required_is_not_enforced_by_the_browser() -> None:
    schema = {"properties": {"a": TEXT, "b": TEXT}, "required": ["a"]}
    browser = browse(only_page(form(schema)))
    assert browser.labels == {"/f/a": "Your name", "/f/b": "Your name (optional)"}
    assert all("required" not in control.attributes for control in browser.controls)
    assert browser.by_id("/f/a").attributes["aria-required"] == "true"


def test_help_hint_note_and_error_describe_the_input() -> None:
    form_set = asking(q={**TEXT, "description": "As on your badge.", "hint": "For example, Ana"})
    page = only_page(form_set)
    note = {"author_label": "TMI Coach", "body": "Which Ana?"}

    html = html_of(
        page, problems=[Problem("/f/q", "required", "Say it.")], comments={"/f/q": [note]}
    )

    control = browse(page, problems=validate(form_set, Draft()), comments={"/f/q": [note]})
    assert control.by_id("/f/q").attributes["aria-describedby"] == (
        "/f/q#help /f/q#hint /f/q#note /f/q#error"
    )
    assert control.by_id("/f/q").attributes["aria-invalid"] == "true"
    order = ["As on your badge.", "For example, Ana", "TMI Coach:", "Say it.", "<input"]
    assert [html.index(part) for part in order] == sorted(html.index(part) for part in order)


def test_what_is_typed_is_escaped() -> None:
    page = only_page(asking(q=TEXT, long={"type": "string", "widget": "long-text"}))
    evil = '"><script>alert(1)</script></textarea>'
    html = html_of(page, said({"q": evil, "long": evil}))
    assert "<script>" not in html
    assert saved(page, browse(page, said({"q": evil, "long": evil}))).answers["f"]["q"] == evil


def test_a_new_draft_has_defaults_and_the_profile() -> None:
    form_set = form(
        {
            "properties": {
                "name": {**TEXT, "prefill": "profile.name"},
                "about": {"properties": {"mail": {**TEXT, "prefill": "profile.email"}}},
                "cycles": {"type": "integer", "default": 1},
            }
        }
    )
    profile = {"profile.name": "Ana", "profile.email": "ana@school.example"}
    assert fresh(form_set, profile).answers == {
        "f": {"name": "Ana", "about": {"mail": "ana@school.example"}, "cycles": 1}
    }
