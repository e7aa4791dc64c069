"""Every shipped document, and every document that the tests use, is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials import lint, parameters, rules
from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.credentials.workflow import Workflow
from engine.forms.schema import form_set_of
from tests.catalogue.conftest import ROOT, problems_of

SHIPPED = Library((ROOT / "schemas",), (ROOT / "workflows",)).still()
FOR_TESTS = Library(
    # Beside the shipped ones, as in the school of `tests.conftest`: they share definitions.
    (ROOT / "schemas", ROOT / "tests" / "documents"),
    (ROOT / "workflows", ROOT / "tests" / "documents" / "workflows"),
).still()

DOCUMENTS = {
    **{id: (FOR_TESTS, document) for id, document in FOR_TESTS.credentials().items()},
    **{id: (SHIPPED, document) for id, document in SHIPPED.credentials().items()},
}
EVERY_CREDENTIAL = [pytest.param(library, id, id=id) for id, (library, _) in DOCUMENTS.items()]
WITH_EXAMPLES = [
    pytest.param(library, id, id=id)
    for id, (library, document) in DOCUMENTS.items()
    if "examples" in document.data
]
EARNED_HERE = [
    id
    for id, document in SHIPPED.credentials().items()
    if "forms" in document.data and document.data["kind"] != "programme"
]


KEPT_FOR_ONESELF = {
    id for id, document in SHIPPED.credentials().items() if document.data["kind"] == "programme"
}
"""Records that nobody reviews."""

# By the name of each workflow, a credential that goes through it.
WORKFLOWS = {parameters.used_workflow(SHIPPED.credentials()[id].data): id for id in EARNED_HERE}


def edition_of(library: Library, id: str) -> Edition:
    """Made once, for all the tests that look at it."""
    key = (library.documents, id)
    if key not in _editions:
        _editions[key] = library.edition(id)
    return _editions[key]


_editions: dict[tuple[tuple[Path, ...], str], Edition] = {}


@pytest.fixture(params=sorted(WORKFLOWS))
def workflow(request: pytest.FixtureRequest) -> Workflow:
    found = edition_of(SHIPPED, WORKFLOWS[request.param]).workflow
    assert found is not None
    return found


@pytest.mark.parametrize("library", [SHIPPED, FOR_TESTS], ids=["shipped", "for-tests"])
def test_nothing_is_found_wrong_with_any_document(library: Library) -> None:
    assert [str(finding) for finding in lint.check(library)] == []


@pytest.mark.parametrize(("library", "id"), EVERY_CREDENTIAL)
def test_a_credential_becomes_an_edition_whose_forms_compile(library: Library, id: str) -> None:
    edition = edition_of(library, id)
    pages = form_set_of(edition).pages
    assert {page.form_id for page in pages} == set(edition.credential.forms)


@pytest.mark.parametrize(("library", "id"), EVERY_CREDENTIAL)
def test_every_question_stands_on_exactly_one_page(library: Library, id: str) -> None:
    for name, form in edition_of(library, id).credential.forms.items():
        if "pages" not in form:
            continue
        shown = [question for page in form["pages"] for question in page["properties"]]
        asked = {*form["properties"], *form.get("then", {}).get("properties", {})}
        assert (name, sorted(shown)) == (name, sorted(asked))


@pytest.mark.parametrize(("library", "id"), WITH_EXAMPLES)
def test_examples_answer_every_form_and_are_valid(library: Library, id: str) -> None:
    edition = edition_of(library, id)
    assert set(edition.examples) == set(edition.credential.forms)
    assert problems_of(form_set_of(edition), edition.examples) == []


@pytest.mark.parametrize(
    ("library", "id"), [one for one in WITH_EXAMPLES if one.values[1] not in KEPT_FOR_ONESELF]
)
def test_the_first_look_for_asks_for_completeness(library: Library, id: str) -> None:
    first = next(iter(edition_of(library, id).credential.scoring_guides.values())).look_fors[0]
    assert first.precheck
    assert first.text.startswith("Basic: ")


@pytest.mark.parametrize("id", EARNED_HERE)
def test_every_form_is_judged_by_some_guide(id: str) -> None:
    credential = edition_of(SHIPPED, id).credential
    judged = {form for guide in credential.scoring_guides.values() for form in guide.reviews}
    assert judged == set(credential.forms)


@pytest.mark.row("C16")
@pytest.mark.parametrize("id", EARNED_HERE)
def test_a_candidate_is_told_what_it_is_how_to_earn_it_and_shown_an_example(id: str) -> None:
    credential = edition_of(SHIPPED, id).credential
    told = (credential.summary, credential.instructions, credential.effort)
    assert all(one.strip() for one in told)
    assert set(credential.examples) == set(credential.forms)
    assert credential.certificate.statement


@pytest.mark.parametrize("id", EARNED_HERE)
def test_it_is_aligned_to_the_teacher_leader_model_standards(id: str) -> None:
    standards = SHIPPED.frameworks()["tlms"].title
    assert standards in {item.framework for item in edition_of(SHIPPED, id).alignment}


@pytest.mark.parametrize("id", EARNED_HERE)
def test_each_look_for_but_the_first_is_the_reviewers_own(id: str) -> None:
    guides = edition_of(SHIPPED, id).credential.scoring_guides.values()
    look_fors = [look_for for guide in guides for look_for in guide.look_fors]
    assert [one.precheck for one in look_fors] == [True] + [False] * (len(look_fors) - 1)
    assert all(one.scale is None for one in look_fors)


@pytest.mark.parametrize("id", list(SHIPPED.credentials()))
def test_it_is_there_in_spanish_too(id: str) -> None:
    file = SHIPPED.credentials()[id].path
    assert file.with_suffix(f".es{file.suffix}").exists()


@pytest.mark.row("B2")
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


def allowed(workflow: Workflow, transition: str, **facts: object) -> bool:
    return all(
        rules.compile(guard.rule, facts).holds(facts)
        for guard in workflow.transitions[transition].guards
    )


def test_only_every_look_for_awards(workflow: Workflow) -> None:
    assert [allowed(workflow, "award", scores=one) for one in (SCORES, ONE_NO, ONE_OPEN)] == [
        True,
        False,
        False,
    ]


def test_returning_needs_every_decision_an_n_and_its_notes(workflow: Workflow) -> None:
    silent = {**ONE_NO, "no_without_notes": 1}
    open_too = {**ONE_OPEN, "yes": 5, "no": 1}
    cases = (ONE_NO, SCORES, open_too, silent)
    assert [allowed(workflow, "return", scores=one) for one in cases] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("met", "problems", "may"), [(True, 0, True), (False, 0, False), (True, 1, False)]
)
def test_submitting_needs_the_prerequisites_and_whole_answers(
    workflow: Workflow, met: bool, problems: int, may: bool
) -> None:
    prerequisites = {"met": met, "missing": [], "held": 3, "needed": 3}
    answers = {"problems": problems}
    assert allowed(workflow, "submit", prerequisites=prerequisites, answers=answers) is may


def test_work_can_be_submitted_from_every_stage_where_it_can_be_edited(workflow: Workflow) -> None:
    open_states = {name for name, state in workflow.states.items() if state.kind == "open"}
    assert set(workflow.transitions["submit"].sources) == open_states
