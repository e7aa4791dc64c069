"""`check` finds every fault at its own line: the documents in `faulty/` say where and what."""

from __future__ import annotations

import copy
import random
import re
from collections import Counter
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from engine.credentials import lint
from engine.credentials.documents import Document, read, shown
from engine.credentials.holdings import Holdings, files_below, held
from engine.credentials.library import Library
from engine.errors import Finding

from .conftest import FAULTY, ROOT, Shelf

FAULTY_LIBRARY = Library((FAULTY / "schemas",), (FAULTY / "workflows",))


def announced(path: Path) -> Counter[tuple[int, str]]:
    """The findings that a faulty document announces: line and code, at the end of each line."""
    found: Counter[tuple[int, str]] = Counter()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        _, mark, codes = line.partition("#!")
        if mark and not line.startswith("#"):
            found.update((number, code) for code in codes.split())
    return found


@pytest.mark.parametrize("path", files_below(FAULTY), ids=lambda path: path.stem)
def test_every_announced_fault_is_found_at_its_line_and_nothing_else(path: Path) -> None:
    findings = lint.check(FAULTY_LIBRARY, [path])

    assert Counter((one.line, one.code) for one in findings) == announced(path)


def test_a_finding_says_file_line_column_code_message_and_a_suggestion() -> None:
    path = FAULTY / "schemas" / "names.yaml"
    findings = lint.check(FAULTY_LIBRARY, [path])

    assert str(findings[0]) == (
        f"{shown(path)}:3:1 unknown-key 'verison' is not a key here. Did you mean 'version'?"
    )


def test_columns_point_at_the_word_that_is_wrong(shelf: Shelf) -> None:
    shelf.credential("a", "prerequisites: {any: [a-b, a-c]}\n")

    assert [(one.line, one.column) for one in shelf.findings()] == [(12, 23), (12, 28)]


def test_a_missing_key_is_reported_where_it_would_stand(shelf: Shelf) -> None:
    shelf.write("schemas/a.yaml", "# note\ncredential: a\nversion: 1\nkind: goal\n")

    assert [(one.line, one.code, one.message) for one in shelf.findings()] == [
        (2, "missing-key", "'title' is missing here.")
    ]


def test_a_document_that_does_not_parse_is_found_beside_the_faults_of_others(shelf: Shelf) -> None:
    shelf.write("schemas/broken.yaml", "credential: broken\ntitle: [1, 2\nversion: 1\n")
    shelf.credential("a", "aligned_to: [nothing:1]\n")

    assert shelf.codes() == ["unknown-framework", "syntax"]


def test_prerequisites_that_need_each_other_are_found(shelf: Shelf) -> None:
    shelf.credential("a", "prerequisites: {all: [b]}\n")
    shelf.credential("b", "prerequisites: {all: [a]}\n")

    assert shelf.codes() == ["prerequisite-loop", "prerequisite-loop"]


def test_more_prerequisites_than_are_named_can_never_be_held(shelf: Shelf) -> None:
    shelf.credential("b")
    shelf.credential("a", "prerequisites: {at_least: {count: 2, of: [b]}}\n")

    assert shelf.codes() == ["bad-value"]


def test_only_one_kind_of_prerequisites_may_be_named(shelf: Shelf) -> None:
    shelf.credential("b")
    shelf.credential("a", "prerequisites: {all: [b], any: [b]}\n")

    assert shelf.codes() == ["bad-value"]


def test_a_workflow_that_names_forms_and_guides_is_checked_with_each_credential(
    shelf: Shelf,
) -> None:
    text = (shelf.folder / "workflows/simple.yaml").read_text("utf-8")
    text = text.replace("{kind: open}", "{kind: open, edits: [plam]}")
    text = text.replace("{kind: outcome}", "{kind: outcome, review: {by: coach, guides: [gide]}}")
    shelf.write("workflows/simple.yaml", text.replace("by: coach}", "by: coach, do: [assign]}"))
    guide = "{title: G, reviews: [plan], look_fors: [{id: a, text: A}]}"
    shelf.credential("a", f"scoring_guides: {{guide: {guide}}}\n")

    assert [(one.line, one.code, one.suggestion) for one in shelf.findings()] == [
        (5, "unknown-form", "Did you mean 'plan'?"),
        (5, "unknown-guide", "Did you mean 'guide'?"),
    ]


def test_a_review_without_anything_to_score_is_a_warning(shelf: Shelf) -> None:
    text = (shelf.folder / "workflows/simple.yaml").read_text("utf-8")
    text = text.replace("{kind: outcome}", "{kind: outcome, review: {by: coach, guides: all}}")
    shelf.write("workflows/simple.yaml", text.replace("by: coach}", "by: coach, do: [assign]}"))
    shelf.credential("a")

    assert [(one.code, one.severity) for one in shelf.findings()] == [("no-guides", "warning")]


def test_a_guard_that_asks_a_form_for_what_it_does_not_have_is_a_warning(shelf: Shelf) -> None:
    text = (shelf.folder / "workflows/simple.yaml").read_text("utf-8")
    guard = "when: [{rule: has(form.plan.gaol) && has(form.other.x), reason: No.}]"
    shelf.write("workflows/simple.yaml", text.replace("by: coach}", f"by: coach, {guard}}}"))
    shelf.credential("a")

    assert [(one.line, one.code, one.severity) for one in shelf.findings()] == [
        (5, "unknown-path", "warning")
    ]


def test_a_reference_that_leads_back_to_itself_is_found(shelf: Shelf) -> None:
    shelf.write("schemas/shared/loop.yaml", 'a: {$ref: "#/b"}\nb: {$ref: "#/a"}\n')
    shelf.write(
        "schemas/a.yaml",
        "credential: a\nversion: 1\nkind: milestone\ntitle: A\nworkflow: simple\n"
        "forms:\n  plan: {$ref: shared/loop.yaml#/a}\n",
    )

    assert "broken-ref" in shelf.codes()


def test_forms_of_an_older_draft_are_checked_as_that_draft(shelf: Shelf) -> None:
    shelf.write(
        "schemas/a.yaml",
        "credential: a\nversion: 1\nkind: milestone\ntitle: A\nworkflow: simple\n"
        "forms:\n  plan:\n    $schema: http://json-schema.org/draft-04/schema#\n"
        "    type: object\n    properties:\n"
        "      n: {type: number, minimum: 1, exclusiveMinimum: true}\n"
        "      m: {type: number, minimum: 1, exclusiveMinimum: 3}\n"
        "      w: {type: string, widget: longtext}\n",
    )

    assert [(one.line, one.code) for one in shelf.findings()] == [
        (12, "bad-schema"),
        (13, "bad-value"),
    ]


def test_with_paths_only_their_findings_are_told(shelf: Shelf) -> None:
    shelf.credential("a", "nonsense: 1\n")
    path = shelf.credential("b", "nonsense: 1\n")

    assert [one.path for one in lint.check(shelf.library, [path])] == [shown(path)]
    assert len(lint.check(shelf.library, [shelf.folder / "schemas"])) == 2


def test_a_file_outside_the_folders_is_checked_as_though_it_were_inside(shelf: Shelf) -> None:
    shelf.credential("a")
    path = shelf.write("elsewhere/b.yaml", "credential: b\nversion: 1\nkind: goal\ntitle: B\n")
    assert lint.check(shelf.library, [path]) == []

    shelf.write("elsewhere/b.yaml", path.read_text() + "builds_towards: [a, c]\n")

    assert [one.code for one in lint.check(shelf.library, [path])] == ["unknown-credential"]


def test_a_path_that_is_not_there_is_a_finding(shelf: Shelf) -> None:
    findings = lint.check(shelf.library, [shelf.folder / "gone.yaml"])

    assert [one.code for one in findings] == ["unreadable"]


def test_a_later_folder_replaces_a_document_of_the_same_id(shelf: Shelf) -> None:
    shelf.credential("a")
    shelf.write("own/a.yaml", "credential: a\nversion: 2\nkind: goal\ntitle: Ours\n")
    library = Library((shelf.folder / "schemas", shelf.folder / "own"), shelf.library.workflows)

    assert lint.check(library) == []
    assert library.credentials()["a"].data["title"] == "Ours"


def test_the_shipped_documents_have_no_findings(shipped: Library) -> None:
    assert lint.check(shipped) == []


def test_checking_again_after_one_save_is_fast_enough_for_every_save(shipped: Library) -> None:
    lint.check(shipped)
    begun = process_time()
    lint.check(shipped)

    assert process_time() - begun < 1.0


STRANGE: list[Any] = [
    None, 3, "x", "", [], {}, [1], {"a": 1}, True, 1.5, "#/x", {"$ref": "#/nope"}, [[]],
    {"type": 3}, ["a", "a"], {"rule": "self.x.y", "message": 1}, "self.", {"$ref": 3},
]  # fmt: skip


def everywhere(value: Any) -> list[tuple[Any, Any]]:
    """Every place in `value`, as a container and a key of it."""
    if not isinstance(value, dict | list):
        return []
    found: list[tuple[Any, Any]] = []
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        found += [(value, key), *everywhere(one)]
    return found


@pytest.mark.parametrize("seed", range(60))
def test_no_document_however_strange_makes_the_check_itself_fail(
    seed: int, shipped: Library
) -> None:
    choose = random.Random(seed)
    holdings = held(shipped.documents, shipped.workflows)

    def spoiled(name: str) -> Document:
        document = read(ROOT / name)[0]
        assert document is not None
        data = copy.deepcopy(dict(document.data))
        for container, key in choose.sample(everywhere(data), 4):
            container[key] = choose.choice(STRANGE)
        return Document(document.path, data, document.positions, document.keys)

    credential = spoiled("schemas/instructional-coach.yaml")
    workflow = spoiled("workflows/coach-review.yaml")
    framework = spoiled("schemas/frameworks/teacher-leader-model-standards.yaml")
    spoiled_holdings = Holdings(
        {**holdings.credentials, "instructional-coach": credential},
        {**holdings.frameworks, "tlms": framework},
        {**holdings.workflows, "coach-review": workflow},
        (),
        holdings.folders,
    )

    assert all(isinstance(one, Finding) for one in lint.findings_in(spoiled_holdings))


@pytest.mark.parametrize("seed", range(60))
def test_no_workflow_with_parameters_however_strange_makes_the_check_itself_fail(
    seed: int,
) -> None:
    choose = random.Random(seed)
    gardens = ROOT / "tests" / "documents" / "two-gardens"
    holdings = held((gardens,), (FAULTY / "workflows",))

    def spoiled(document: Document) -> Document:
        data = copy.deepcopy(dict(document.data))
        places = everywhere(data)
        for container, key in choose.sample(places, min(3, len(places))):
            container[key] = choose.choice([*STRANGE, "${readers}", "${x}", "reading", "P1D"])
        return Document(document.path, data, document.positions, document.keys)

    spoiled_holdings = Holdings(
        {id: spoiled(one) for id, one in holdings.credentials.items()},
        {},
        {id: spoiled(one) for id, one in holdings.workflows.items()},
        (),
        holdings.folders,
    )

    assert all(isinstance(one, Finding) for one in lint.findings_in(spoiled_holdings))


def test_faulty_documents_announce_only_codes_that_are_words() -> None:
    announced_codes = {code for path in files_below(FAULTY) for _, code in announced(path)}

    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in announced_codes)
