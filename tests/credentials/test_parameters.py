"""Parameters: one workflow, used by credentials with their own words, counts and times."""

from __future__ import annotations

import pytest

from engine.credentials import lint
from engine.credentials.credential import Edition, editions_from
from engine.credentials.library import Library
from engine.credentials.spans import in_words, span_of
from engine.errors import Finding
from engine.languages import speaking

from .conftest import ROOT, Shelf

WORKFLOW = """\
workflow: fits
version: 1
title: Fits
parameters:
  reviewers: {type: integer, default: 1, minimum: 1, maximum: 5}
  reviewer: {type: text, default: {en: Coach, es: Coach}}
  wait: {type: span, default: P14D}
  mark: {type: number, default: 80}
  told: {type: yes_no, default: true}
  pool: {type: name, default: coaches}
roles:
  teacher: {kind: owner, label: {en: Teacher, es: Docente}}
  coach: {kind: reviewer, label: "${reviewer}", group: "${pool}"}
initial: draft
states:
  draft: {kind: open, label: {en: Draft, es: Borrador}}
  reading:
    kind: decide
    announced: ${told}
    label: {en: "Read by ${reviewers} people within ${wait}", es: "La leen ${reviewers} en ${wait}"}
    review: {by: coach, guides: all, count: "${reviewers}", due: "${wait}"}
  done: {kind: outcome, label: {en: Done, es: Hecho}}
  gone: {kind: closed, label: {en: "Costs $${mark}", es: "Cuesta $${mark}"}}
transitions:
  submit: {from: draft, to: reading, by: teacher, label: {en: Submit, es: Enviar}}
  award:
    from: reading
    to: done
    by: coach
    label: {en: Award, es: Otorgar}
    when:
      - rule: scores.percent >= ${mark}
        reason: {en: "${mark} points.", es: "${mark} puntos."}
  end: {from: reading, to: gone, after: "${wait}", label: {en: End, es: Fin}}
"""

GUIDES = """\
scoring_guides:
  plan: {title: Plan, reviews: [plan], look_fors: [{id: a, text: A}]}
"""


@pytest.fixture
def fitting(shelf: Shelf) -> Shelf:
    shelf.write("workflows/fits.yaml", WORKFLOW)
    return shelf


def uses(shelf: Shelf, said: str, id: str = "a", more: str = "") -> None:
    path = shelf.credential(id, GUIDES + more)
    path.write_text(path.read_text("utf-8").replace("workflow: simple", f"workflow: {said}"))


def edition(shelf: Shelf, id: str = "a", language: str = "en") -> Edition:
    return editions_from(*shelf.library.bundle(id)).said(language)


def test_a_workflow_without_values_of_a_credentials_own_has_its_defaults(fitting: Shelf) -> None:
    uses(fitting, "fits")

    workflow = edition(fitting).workflow

    assert workflow is not None
    reading = workflow.states["reading"]
    assert reading.review is not None
    assert (reading.review.count, reading.review.due) == (1, span_of("P14D"))
    assert workflow.roles["coach"].label == "Coach"
    assert workflow.roles["coach"].group == "coaches"
    assert reading.label == "Read by 1 people within 14 days"
    assert reading.announced is True
    assert workflow.transitions["award"].guards[0].rule == "scores.percent >= 80"
    assert workflow.transitions["award"].guards[0].reason == "80 points."
    assert workflow.transitions["end"].after == span_of("P14D")


def test_a_credential_sets_words_counts_and_times_of_its_own(fitting: Shelf) -> None:
    uses(
        fitting,
        "{use: fits, with: {reviewers: 3, reviewer: Mentor, wait: 10 business days, told: false,"
        " mark: 62.5, pool: mentors}}",
    )

    workflow = edition(fitting).workflow

    assert workflow is not None
    reading = workflow.states["reading"]
    assert reading.review is not None
    assert (reading.review.count, reading.review.due) == (3, span_of("10 business days"))
    assert workflow.roles["coach"].label == "Mentor"
    assert reading.label == "Read by 3 people within 10 business days"
    assert reading.announced is False
    assert workflow.transitions["award"].guards[0].rule == "scores.percent >= 62.5"


def test_the_published_workflow_holds_values_and_no_parameters(fitting: Shelf) -> None:
    uses(fitting, "{use: fits, with: {reviewers: 2}}")

    _, bundle = fitting.library.bundle("a")

    assert "parameters" not in bundle["workflow"]
    assert "${" not in str(bundle["workflow"]).replace("${mark}", "", 1)


def test_another_value_is_another_edition(fitting: Shelf) -> None:
    uses(fitting, "{use: fits, with: {reviewers: 2}}", "a")
    two, _ = fitting.library.bundle("a")
    uses(fitting, "{use: fits, with: {reviewers: 3}}", "a")
    three, _ = fitting.library.bundle("a")

    assert two != three


def test_two_dollars_mean_the_sign_itself(fitting: Shelf) -> None:
    uses(fitting, "fits")
    workflow = edition(fitting).workflow

    assert workflow is not None
    assert workflow.states["gone"].label == "Costs ${mark}"


def test_words_of_parameters_are_translated_by_default_and_by_the_credential(
    fitting: Shelf,
) -> None:
    uses(fitting, "{use: fits, with: {reviewer: {en: Mentor, es: Mentora}}}")

    workflow = edition(fitting, language="es").workflow

    assert workflow is not None
    assert workflow.roles["coach"].label == "Mentora"
    assert workflow.states["reading"].label == "La leen 1 en 14 días"
    assert workflow.transitions["award"].guards[0].reason == "80 puntos."


def test_a_file_beside_the_credential_may_translate_a_parameter(fitting: Shelf) -> None:
    uses(fitting, "{use: fits, with: {reviewer: Mentor}}")
    fitting.write(
        "schemas/a.es.yaml",
        "title: A\nworkflow: {with: {reviewer: Mentora}}\nforms:\n  plan:\n    title: El plan\n"
        "    properties: {goal: {title: Meta}}\nscoring_guides:\n  plan:\n    title: Guía\n"
        "    look_fors: [{id: a, text: Á}]\n",
    )

    workflow = edition(fitting, language="es").workflow

    assert workflow is not None
    assert workflow.roles["coach"].label == "Mentora"
    assert [one for one in fitting.findings() if "a.yaml" in one.path] == []


def test_a_text_for_a_parameter_without_words_in_the_other_language_is_a_warning(
    fitting: Shelf,
) -> None:
    uses(fitting, "{use: fits, with: {reviewer: Mentor, wait: P7D}}", more="languages: [en, es]\n")

    found = [one for one in fitting.findings() if one.code == "missing-translation"]

    assert [one.line for one in found if one.line == 5] == [5]


def test_a_workflow_with_parameters_is_sound_by_itself(fitting: Shelf) -> None:
    assert [one for one in fitting.findings() if one.severity == "error"] == []


def test_a_fault_that_a_value_brings_about_stands_at_the_credentials_line(fitting: Shelf) -> None:
    text = WORKFLOW.replace("by: coach, guides", 'by: "${pool}", guides')
    text = text.replace("coaches", "coach")
    fitting.write("workflows/fits.yaml", text.replace('group: "${pool}"', "group: all"))
    uses(fitting, "{use: fits, with: {pool: judge}}")

    found = [one for one in fitting.findings() if one.severity == "error"]

    assert [(one.line, one.code) for one in found] == [(5, "unknown-role")]
    assert "With these values" in found[0].message


def errors(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in findings if one.severity == "error"]


def test_a_value_outside_the_parameters_bounds_is_refused(fitting: Shelf) -> None:
    uses(fitting, "{use: fits, with: {reviewers: 6, wait: soon}}")

    assert errors(fitting.findings()) == [
        ("bad-value", "6 is more than 5, which is the most here."),
        ("wrong-type", "This must be a span of time such as P14D, PT2H or 10 business days."),
    ]


@pytest.mark.parametrize(
    ("span", "english", "spanish"),
    [
        ("P14D", "14 days", "14 días"),
        ("P2W", "2 weeks", "2 semanas"),
        ("P1Y6M", "1 year, 6 months", "1 año, 6 meses"),
        ("PT2H", "2 hours", "2 horas"),
        ("P1DT30M", "1 day, 30 minutes", "1 día, 30 minutos"),
    ],
)
def test_a_span_inside_a_text_is_said_in_words(span: str, english: str, spanish: str) -> None:
    assert in_words(span_of(span)) == english
    with speaking("es"):
        assert in_words(span_of(span)) == spanish


def test_business_days_are_said_as_such() -> None:
    assert in_words(span_of("1 business day")) == "1 business day"
    assert in_words(span_of("10 business days")) == "10 business days"


def test_two_credentials_use_one_workflow_with_their_own_people_counts_and_times() -> None:
    library = Library((ROOT / "tests" / "documents" / "two-gardens",), ())
    assert lint.check(library) == []

    quick = library.edition("two-gardens-quick").workflow
    thorough = library.edition("two-gardens-thorough").workflow

    assert quick is not None
    assert thorough is not None
    assert quick.states["reading"].review is not None
    assert thorough.states["reading"].review is not None
    assert quick.roles["reader"].label == "Neighbor"
    assert thorough.roles["reader"].label == "Botanist"
    assert quick.states["reading"].review.count == 1
    assert thorough.states["reading"].review.count == 2
    assert quick.transitions["lapse"].after == span_of("P30D")
    assert thorough.transitions["lapse"].after == span_of("90 business days")
