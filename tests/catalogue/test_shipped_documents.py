"""Every shipped document, and every document that the tests use, is whole."""

from __future__ import annotations

import pytest

from engine.credentials import lint, rules
from engine.credentials.library import Library
from engine.forms.schema import form_set_of
from tests.catalogue.conftest import ROOT, problems_of

SHIPPED = Library((ROOT / "schemas",), (ROOT / "workflows",))
FOR_TESTS = Library(
    (ROOT / "schemas" / "frameworks", ROOT / "tests" / "documents"),
    (ROOT / "tests" / "documents" / "workflows",),
)

EVERY_CREDENTIAL = [
    pytest.param(library, id, id=id)
    for library in (SHIPPED, FOR_TESTS)
    for id in library.credentials()
]
WITH_EXAMPLES = [
    pytest.param(library, id, id=id)
    for library in (SHIPPED, FOR_TESTS)
    for id, document in library.credentials().items()
    if "examples" in document.data
]


@pytest.mark.parametrize("library", [SHIPPED, FOR_TESTS], ids=["shipped", "for-tests"])
def test_nothing_is_found_wrong_with_any_document(library: Library) -> None:
    assert [str(finding) for finding in lint.check(library)] == []


@pytest.mark.parametrize(("library", "id"), EVERY_CREDENTIAL)
def test_a_credential_becomes_an_edition_whose_forms_compile(library: Library, id: str) -> None:
    edition = library.edition(id)
    pages = form_set_of(edition).pages
    assert {page.form_id for page in pages} == set(edition.credential.forms)


@pytest.mark.parametrize(("library", "id"), EVERY_CREDENTIAL)
def test_every_question_stands_on_exactly_one_page(library: Library, id: str) -> None:
    for name, form in library.edition(id).credential.forms.items():
        if "pages" not in form:
            continue
        shown = [question for page in form["pages"] for question in page["properties"]]
        asked = {*form["properties"], *form.get("then", {}).get("properties", {})}
        assert (name, sorted(shown)) == (name, sorted(asked))


@pytest.mark.parametrize(("library", "id"), WITH_EXAMPLES)
def test_examples_answer_every_form_and_are_valid(library: Library, id: str) -> None:
    edition = library.edition(id)
    assert set(edition.examples) == set(edition.credential.forms)
    assert problems_of(form_set_of(edition), edition.examples) == []


@pytest.mark.parametrize(("library", "id"), WITH_EXAMPLES)
def test_the_first_look_for_asks_for_completeness(library: Library, id: str) -> None:
    first = next(iter(library.edition(id).credential.scoring_guides.values())).look_fors[0]
    assert first.precheck
    assert first.text.startswith("Basic: ")


def test_every_form_is_judged_by_some_guide() -> None:
    credential = SHIPPED.edition("instructional-coach").credential
    judged = {form for guide in credential.scoring_guides.values() for form in guide.reviews}
    assert judged == set(credential.forms)


def test_the_teacher_leader_model_standards_are_complete() -> None:
    framework = SHIPPED.frameworks()["tlms"]
    domains = [item.code for item in framework.items if not item.parent]
    functions = {
        domain: len([item for item in framework.items if item.parent == domain])
        for domain in domains
    }
    assert functions == {"1": 5, "2": 4, "3": 8, "4": 6, "5": 4, "6": 5, "7": 5}


def test_domain_six_has_its_missing_space() -> None:
    framework = SHIPPED.frameworks()["tlms"]
    (item,) = [item for item in framework.items if item.code == "6.a"]
    assert item.statement.endswith("among colleagues, families, and the larger community.")


# The workflow's decisions

SCORES = {
    "total": 7,
    "decided": 7,
    "yes": 7,
    "no": 0,
    "undecided": 0,
    "no_without_notes": 0,
    "all_yes": True,
    "all_decided": True,
}
ONE_NO = {**SCORES, "yes": 6, "no": 1, "all_yes": False}
ONE_OPEN = {
    **SCORES,
    "yes": 6,
    "decided": 6,
    "undecided": 1,
    "all_yes": False,
    "all_decided": False,
}


def allowed(transition: str, **facts: object) -> bool:
    workflow = SHIPPED.edition("instructional-coach").workflow
    assert workflow is not None
    return all(
        rules.compile(guard.rule, facts).holds(facts)
        for guard in workflow.transitions[transition].guards
    )


def test_only_seven_of_seven_awards() -> None:
    assert [allowed("award", scores=one) for one in (SCORES, ONE_NO, ONE_OPEN)] == [
        True,
        False,
        False,
    ]


def test_returning_needs_every_decision_an_n_and_its_notes() -> None:
    silent = {**ONE_NO, "no_without_notes": 1}
    open_too = {**ONE_OPEN, "yes": 5, "no": 1}
    assert [allowed("return", scores=one) for one in (ONE_NO, SCORES, open_too, silent)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("met", "problems", "may"), [(True, 0, True), (False, 0, False), (True, 1, False)]
)
def test_submitting_needs_the_prerequisites_and_whole_answers(
    met: bool, problems: int, may: bool
) -> None:
    prerequisites = {"met": met, "missing": [], "held": 3, "needed": 3}
    assert allowed("submit", prerequisites=prerequisites, answers={"problems": problems}) is may


@pytest.mark.parametrize(
    ("questionnaire", "may"),
    [
        ({}, False),
        ({"tool": "Danielson Framework for Teaching"}, False),
        ({"tool": "Danielson Framework for Teaching", "tool_selected_on": "2025-09-08"}, True),
    ],
)
def test_the_cycle_starts_once_the_tool_is_selected(
    questionnaire: dict[str, str], may: bool
) -> None:
    assert allowed("start_cycle", form={"questionnaire": questionnaire}) is may


def test_work_can_be_submitted_from_every_stage_where_it_can_be_edited() -> None:
    workflow = SHIPPED.edition("instructional-coach").workflow
    assert workflow is not None
    open_states = {name for name, state in workflow.states.items() if state.kind == "open"}
    assert set(workflow.transitions["submit"].sources) == open_states
