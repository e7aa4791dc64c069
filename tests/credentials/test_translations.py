"""Documents in two languages: what is a text, what is data, and what is missing."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from engine.credentials import documents, lint
from engine.credentials.credential import editions_from
from engine.credentials.texts import texts
from engine.errors import Finding
from engine.languages import speaking

from .conftest import Shelf

BESIDE = """\
title: Tema
forms:
  plan:
    title: El plan
    properties:
      goal: {title: Meta}
"""


def findings(shelf: Shelf, code: str, file: str = "topic") -> list[Finding]:
    return [one for one in shelf.findings() if one.code == code and f"/{file}." in one.path]


def spanish(shelf: Shelf, id: str = "topic") -> Any:
    return editions_from(*shelf.library.bundle(id)).said("es")


def test_a_text_may_be_a_map_of_languages(shelf: Shelf) -> None:
    shelf.credential("topic", "summary: {en: About it., es: De qué trata.}\n")
    digest, bundle = shelf.library.bundle("topic")
    editions = editions_from(digest, bundle)
    assert editions.said("en").credential.summary == "About it."
    assert editions.said("es").credential.summary == "De qué trata."
    assert editions.said("es").digest == digest


def test_a_file_beside_the_document_holds_the_other_languages_words(shelf: Shelf) -> None:
    shelf.credential("topic")
    shelf.write("schemas/topic.es.yaml", BESIDE)
    said = spanish(shelf).credential
    assert said.title == "Tema"
    assert said.forms["plan"]["properties"]["goal"]["title"] == "Meta"
    assert shelf.library.edition("topic").credential.title == "topic"
    assert findings(shelf, "unknown-document") == []


def test_an_edition_is_in_the_language_of_the_moment(shelf: Shelf) -> None:
    shelf.credential("topic")
    shelf.write("schemas/topic.es.yaml", BESIDE)
    with speaking("es"):
        assert shelf.library.edition("topic").credential.title == "Tema"


def test_a_document_without_translations_is_published_as_before(shelf: Shelf) -> None:
    shelf.credential("topic")
    assert "translations" not in shelf.library.bundle("topic")[1]


def test_what_has_no_translation_is_said_in_the_documents_own_language(shelf: Shelf) -> None:
    shelf.credential("topic", "summary: Only in English.\n")
    shelf.write("schemas/topic.es.yaml", "title: Tema\n")
    assert spanish(shelf).credential.summary == "Only in English."


def test_the_words_of_a_translated_workflow_come_along(shelf: Shelf) -> None:
    shelf.credential("topic")
    shelf.write("workflows/simple.es.yaml", "states:\n  draft: {label: Borrador}\n")
    assert spanish(shelf).workflow.states["draft"].label == "Borrador"


def test_definitions_from_another_file_bring_their_translations(shelf: Shelf) -> None:
    shelf.write("schemas/shared/people.yaml", "$defs:\n  name: {title: Name, type: string}\n")
    shelf.write("schemas/shared/people.es.yaml", "$defs:\n  name: {title: Nombre}\n")
    more = "      who: {$ref: shared/people.yaml#/$defs/name}\n"
    shelf.credential("topic", more)
    plan = spanish(shelf).credential.forms["plan"]
    assert "Nombre" in json.dumps(plan)
    assert "Name" not in json.dumps(plan)


def test_rows_find_each_other_by_their_id_whatever_their_order(shelf: Shelf) -> None:
    guide = """\
scoring_guides:
  plan:
    title: Guide
    reviews: [plan]
    look_fors:
      - {id: clear, text: It is clear.}
      - {id: kind, text: It is kind.}
"""
    shelf.credential("topic", guide)
    shelf.write(
        "schemas/topic.es.yaml",
        "scoring_guides:\n  plan:\n    look_fors:\n"
        "      - {id: kind, text: Es amable.}\n      - {id: clear, text: Es claro.}\n",
    )
    said = spanish(shelf).credential.scoring_guides["plan"]
    assert [one.text for one in said.look_fors] == ["Es claro.", "Es amable."]


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({"title": "A"}, ["/title"]),
        ({"properties": {"title": {"type": "string"}}}, []),
        ({"properties": {"title": {"title": "A"}}}, ["/properties/title/title"]),
        ({"properties": {"x": {"enum": ["title"], "default": {"title": "A"}}}}, []),
        ({"properties": {"x": {"examples": [{"title": "A"}], "const": {"title": "A"}}}}, []),
        ({"$defs": {"x": {"oneOf": [{"const": 1, "title": "A"}]}}}, ["/$defs/x/oneOf/0/title"]),
        ({"$defs": {"x": {"messages": {"required": "A"}}}}, ["/$defs/x/messages/required"]),
        ({"$defs": {"x": {"scale": {"labels": ["A"]}}}}, ["/$defs/x/scale/labels/0"]),
    ],
)
def test_only_words_for_people_are_texts(schema: dict[str, Any], found: list[str]) -> None:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    assert list(texts(schema)) == found


def test_a_question_named_title_keeps_its_schema(shelf: Shelf) -> None:
    shelf.credential("topic", "      title: {title: {en: Name, es: Nombre}, type: string}\n")
    form = shelf.library.bundle("topic")[1]["credential"]["forms"]["plan"]
    assert form["properties"]["title"] == {"title": "Name", "type": "string"}


def test_what_validates_is_the_same_in_every_language(shelf: Shelf) -> None:
    shelf.credential("topic", "      size: {title: {en: Size, es: Tamaño}, enum: [S, M]}\n")
    form = spanish(shelf).credential.forms["plan"]
    jsonschema.Draft202012Validator.check_schema(form)
    assert form["properties"]["size"] == {"title": "Tamaño", "enum": ["S", "M"]}


def test_each_missing_translation_is_a_warning_at_its_line(shelf: Shelf) -> None:
    shelf.credential("topic")
    shelf.write("schemas/topic.es.yaml", "title: Tema\n")
    found = findings(shelf, "missing-translation")
    assert [(one.line, one.column, one.severity) for one in found] == [
        (8, 12, "warning"),
        (11, 21, "warning"),
    ]
    assert found[0].message == "This has no words in Español yet."
    shelf.library.bundle("topic")


def test_a_document_says_which_languages_it_is_meant_to_be_in(shelf: Shelf) -> None:
    shelf.credential("topic", "languages: [en, es]\n")
    assert len(findings(shelf, "missing-translation")) == 3


def test_a_document_in_one_language_misses_nothing(shelf: Shelf) -> None:
    shelf.credential("topic")
    assert findings(shelf, "missing-translation") == []


def test_who_signs_may_be_an_office_in_spanish_or_a_person_whose_name_stays(shelf: Shelf) -> None:
    signed = "certificate: {signatory: Rosa Field}\n"
    shelf.credential("topic", signed)
    shelf.write("schemas/topic.es.yaml", BESIDE)
    assert findings(shelf, "missing-translation") == []
    assert spanish(shelf).credential.certificate.signatory == "Rosa Field"
    shelf.write("schemas/topic.es.yaml", BESIDE + "certificate: {signatory: La dirección}\n")
    assert findings(shelf, "stray-translation") == []
    assert spanish(shelf).credential.certificate.signatory == "La dirección"


def test_a_credential_in_two_languages_asks_the_same_of_what_it_is_made_of(shelf: Shelf) -> None:
    shelf.credential("topic")
    shelf.write("schemas/topic.es.yaml", BESIDE)
    assert findings(shelf, "missing-translation") == []
    (found,) = findings(shelf, "missing-translation", "simple")
    assert (found.line, found.column) == (3, 8)


def test_an_unknown_language_gets_a_suggestion(shelf: Shelf) -> None:
    shelf.credential("topic", "summary: {en: About it., se: De qué trata.}\n")
    (found,) = findings(shelf, "unknown-language")
    assert (found.line, found.message) == (12, "'se' is not a language that is spoken here.")
    assert "'es'" in found.suggestion or "es" in found.suggestion


def test_a_translation_of_nothing_is_told(shelf: Shelf) -> None:
    shelf.credential("topic")
    shelf.write("schemas/topic.es.yaml", "title: Tema\nversion: dos\nsumary: Eso\n")
    found = findings(shelf, "stray-translation")
    assert [(one.line, one.severity) for one in found] == [(2, "warning"), (3, "warning")]


def test_a_document_may_be_written_in_spanish(shelf: Shelf) -> None:
    shelf.credential("topic", "language: es\nsummary: {en: About it., es: De qué trata.}\n")
    editions = editions_from(*shelf.library.bundle("topic"))
    assert editions.as_written().credential.summary == "De qué trata."
    assert editions.said("en").credential.summary == "About it."


def test_a_faulty_translation_file_is_told_and_holds_nothing_up(shelf: Shelf) -> None:
    path = shelf.credential("topic")
    shelf.write("schemas/topic.es.yaml", "title: [\n")
    document, found = documents.read(path)
    assert document is not None
    assert [one.code for one in found] == ["syntax"]
    assert found[0].path.endswith("topic.es.yaml")
    assert "syntax" in [one.code for one in lint.check(shelf.library)]
