"""The library and its bundles: what is published stands alone, and its digest is its content's."""

from __future__ import annotations

import json
import os

import jsonschema
import pytest

from engine.credentials.library import Library
from engine.errors import DocumentFaulty, NotFound

from .conftest import Shelf

HEAD = "version: 1\nkind: milestone\ntitle: A\nworkflow: simple\n"


def test_a_bundle_stands_alone(shelf: Shelf) -> None:
    shelf.write(
        "schemas/shared/people.yaml",
        "teacher:\n  type: object\n  properties:\n    name: {$ref: '#/name'}\n"
        "    mentor: {$ref: '#/teacher'}\nname: {type: string, minLength: 2}\n",
    )
    shelf.write(
        "schemas/a.yaml",
        f"credential: a\n{HEAD}forms:\n  plan:\n    title: Plan\n    type: object\n"
        "    properties:\n      one: {$ref: shared/people.yaml#/teacher, title: One}\n"
        "      two: {$ref: '#/$defs/teacher'}\n"
        "      three: {$ref: '#/$defs/word'}\n"
        "    $defs: {teacher: {type: integer}}\n$defs: {word: {type: string}}\n",
    )

    form = shelf.library.bundle("a")[1]["credential"]["forms"]["plan"]

    assert form == {
        "title": "Plan",
        "type": "object",
        "properties": {
            "one": {"$ref": "#/$defs/teacher-2", "title": "One"},
            "two": {"$ref": "#/$defs/teacher"},
            "three": {"$ref": "#/$defs/word"},
        },
        "$defs": {
            "teacher": {"type": "integer"},
            "teacher-2": {
                "type": "object",
                "properties": {
                    "name": {"$ref": "#/$defs/name"},
                    "mentor": {"$ref": "#/$defs/teacher-2"},
                },
            },
            "name": {"type": "string", "minLength": 2},
            "word": {"type": "string"},
        },
    }
    validator = jsonschema.Draft202012Validator(form)
    assert validator.is_valid({"one": {"name": "Ana", "mentor": {"name": "Ben"}}, "two": 1})
    assert not validator.is_valid({"one": {"mentor": {"name": "B"}}})


def test_a_form_in_a_file_of_its_own_becomes_that_file(shelf: Shelf) -> None:
    shelf.write(
        "schemas/shared/plan.yaml",
        "title: Plan\ntype: object\nproperties:\n  one: {$ref: '#/$defs/word'}\n"
        "$defs: {word: {type: string}}\n",
    )
    shelf.write(
        "schemas/a.yaml",
        f"credential: a\n{HEAD}forms:\n  plan: {{$ref: shared/plan.yaml, title: Ours}}\n",
    )

    form = shelf.library.bundle("a")[1]["credential"]["forms"]["plan"]

    assert form["title"] == "Ours"
    assert form["type"] == "object"
    assert jsonschema.Draft202012Validator(form).is_valid({"one": "x"})
    assert not jsonschema.Draft202012Validator(form).is_valid({"one": 1})


def test_data_that_looks_like_a_reference_is_left_alone(shelf: Shelf) -> None:
    shelf.credential("a", "")
    shelf.write(
        "schemas/a.yaml",
        f"credential: a\n{HEAD}forms:\n  plan:\n    type: object\n    properties:\n"
        "      $ref: {type: string}\n      b: {const: {$ref: nowhere.yaml}}\n",
    )

    form = shelf.library.bundle("a")[1]["credential"]["forms"]["plan"]

    assert form["properties"] == {
        "$ref": {"type": "string"},
        "b": {"const": {"$ref": "nowhere.yaml"}},
    }


def test_names_that_need_escaping_can_be_referred_to(shelf: Shelf) -> None:
    shelf.write("schemas/shared/odd.yaml", '"a/b~c d": {type: string}\n')
    shelf.write(
        "schemas/a.yaml",
        f"credential: a\n{HEAD}forms:\n  plan:\n    type: object\n    properties:\n"
        '      x: {$ref: "shared/odd.yaml#/a~1b~0c%20d"}\n',
    )

    form = shelf.library.bundle("a")[1]["credential"]["forms"]["plan"]

    assert not jsonschema.Draft202012Validator(form).is_valid({"x": 1})


def test_the_digest_changes_with_the_order_of_questions_and_with_nothing_else(
    shelf: Shelf,
) -> None:
    path = shelf.credential("a", "effort: Short\n")
    digest = shelf.library.bundle("a")[0]
    path.write_text(f"# a note\n{path.read_text()}")
    assert shelf.library.bundle("a")[0] == digest

    text = path.read_text().replace(
        "goal: {title: Goal, type: string}", "b: {type: string}\n      c: {type: string}"
    )
    path.write_text(text)
    one = shelf.library.bundle("a")[0]
    path.write_text(
        text.replace("b: {type", "x: {type")
        .replace("c: {type", "b: {type")
        .replace("x: {type", "c: {type")
    )
    other = shelf.library.bundle("a")[0]

    assert len({digest, one, other}) == 3


def test_a_shared_definition_that_changes_changes_the_digest(shelf: Shelf) -> None:
    shelf.write("schemas/shared/word.yaml", "word: {type: string}\n")
    shelf.write(
        "schemas/a.yaml",
        f"credential: a\n{HEAD}forms:\n  plan:\n    type: object\n    properties:\n"
        "      x: {$ref: shared/word.yaml#/word}\n",
    )
    before = shelf.library.bundle("a")[0]

    shelf.write("schemas/shared/word.yaml", "word: {type: string, maxLength: 3}\n")

    assert shelf.library.bundle("a")[0] != before


def test_a_faulty_credential_is_not_bundled_and_every_error_is_told(shelf: Shelf) -> None:
    shelf.credential("a", "nonsense: 1\nalso_nonsense: 1\naligned_to: [x:1]\n")
    shelf.credential("b", "nonsense: 1\n")

    with pytest.raises(DocumentFaulty) as raised:
        shelf.library.bundle("a")

    assert [one.code for one in raised.value.findings] == [
        "unknown-key",
        "unknown-key",
        "unknown-framework",
    ]


def test_a_faulty_workflow_or_definition_keeps_a_credential_from_being_bundled(
    shelf: Shelf,
) -> None:
    shelf.credential("a")
    text = (shelf.folder / "workflows/simple.yaml").read_text("utf-8")
    shelf.write("workflows/simple.yaml", text + "transitions: {}\n")

    with pytest.raises(DocumentFaulty) as raised:
        shelf.library.bundle("a")

    assert "duplicate-key" in [one.code for one in raised.value.findings]


def test_a_faulty_framework_that_a_question_offers_keeps_it_from_being_bundled(
    shelf: Shelf,
) -> None:
    shelf.write("schemas/s.yaml", "framework: s\ntitle: S\nitems: [{code: a, statement: A}]\n")
    shelf.write(
        "schemas/a.yaml",
        f"credential: a\n{HEAD}forms:\n  plan:\n    type: object\n    properties:\n"
        "      goal: {type: string, widget: standard, frameworks: [s]}\n",
    )

    with pytest.raises(DocumentFaulty) as raised:
        shelf.library.bundle("a")

    assert [one.code for one in raised.value.findings] == ["missing-key"]


def test_the_faults_of_other_credentials_do_not_matter(shelf: Shelf) -> None:
    shelf.credential("a")
    shelf.credential("b", "nonsense: 1\n")
    shelf.write("schemas/c.yaml", "credential: [\n")

    assert shelf.library.edition("a").credential.title == "a"


def test_what_is_not_there_is_not_found_with_a_suggestion(shelf: Shelf) -> None:
    shelf.credential("my-topic")

    with pytest.raises(NotFound, match="Did you mean 'my-topic'"):
        shelf.library.bundle("my-topik")
    with pytest.raises(NotFound, match="'simple'"):
        shelf.library.workflow("simpel")


def test_an_edition_carries_wording_and_titles_as_they_are_now(shelf: Shelf) -> None:
    shelf.write(
        "schemas/standards.yaml",
        "framework: s\ntitle: Standards\nsource: Somebody\nitems:\n"
        "  - {code: '1', statement: First, items: [{code: 1.a, statement: Within}]}\n",
    )
    shelf.write("schemas/examples/plan.yaml", "goal: Read\n")
    shelf.credential("b")
    shelf.write(
        "schemas/a.yaml",
        f"credential: a\n{HEAD}prerequisites: {{all: [b]}}\naligned_to: [s:1.a]\n"
        "forms:\n  plan:\n    type: object\n    properties:\n"
        "      goal: {type: string, widget: standard, frameworks: [s]}\n"
        "examples: {plan: {title: Reading, file: examples/plan.yaml}}\n",
    )

    edition = shelf.library.edition("a")

    assert edition.titles == {"b": "b"}
    assert edition.examples == {"plan": {"goal": "Read"}}
    assert [(one.code, one.framework, one.statement) for one in edition.alignment] == [
        ("1.a", "Standards", "Within")
    ]
    assert [one.code for one in edition.frameworks["s"]] == ["1", "1.a"]


def test_every_shipped_credential_is_bundled_as_json(shipped: Library) -> None:
    for id in shipped.credentials():
        digest, bundle = shipped.bundle(id)

        assert json.loads(json.dumps(bundle)) == bundle
        assert len(digest) == 64
        assert shipped.edition(id).digest == digest


def test_shipped_frameworks_are_read_with_parents_before_their_items(shipped: Library) -> None:
    for framework in shipped.frameworks().values():
        seen = {""}
        for item in framework.items:
            assert item.parent in seen
            seen.add(item.code)


def test_a_library_goes_through_its_documents_again_only_when_a_file_changed(
    shelf: Shelf,
) -> None:
    shelf.write("schemas/a.yaml", f"credential: a\n{HEAD}")
    before = shelf.library.holdings()

    assert shelf.library.holdings() is before
    shelf.write("schemas/examples/unread.yaml", "word: 1\n")
    assert shelf.library.holdings() is not before


def test_a_document_that_was_exchanged_for_one_as_long_and_as_old_is_read(shelf: Shelf) -> None:
    """As a copy that keeps the files' times does it."""
    place = shelf.write("schemas/a.yaml", f"credential: a\n{HEAD}")
    before, stat = shelf.library.holdings(), place.stat()
    shelf.write("schemas/a.yaml", f"credential: b\n{HEAD}")
    os.utime(place, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert shelf.library.holdings() is not before


def test_a_library_sees_a_document_that_was_added(shelf: Shelf) -> None:
    library = shelf.library
    assert list(library.credentials()) == []

    shelf.credential("a")

    assert list(library.credentials()) == ["a"]
