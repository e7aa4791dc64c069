"""Findings on surveys."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials.library import Library
from engine.credentials.lint import check
from engine.settings import SHIPPED

DOCUMENTS = Path(__file__).parents[1] / "documents"
CIRCLE = (DOCUMENTS / "listening-circle.yaml").read_text("utf-8")


def findings(folder: Path, old: str, new: str) -> list[tuple[str, str]]:
    """Code and message of what is wrong once `old` is `new`."""
    assert old in CIRCLE
    text = CIRCLE.replace(old, new, 1).replace("../../schemas/", "")
    shared = folder / "shared"
    shared.mkdir()
    (shared / "surveys.yaml").write_bytes((SHIPPED / "schemas/shared/surveys.yaml").read_bytes())
    (folder / "circle.yaml").write_text(text, "utf-8")
    library = Library((folder,), (DOCUMENTS / "workflows",))
    return [(one.code, one.message) for one in check(library, [folder / "circle.yaml"])]


def test_the_circle_has_no_fault(tmp_path: Path) -> None:
    assert findings(tmp_path, "minimum_invited: 4", "minimum_invited: 4") == []


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("people: /circle/people\n    minimum", "minimum", "missing-key", "people"),
        ("people: /circle/people", "people: /circle/poeple", "unknown-path", "poeple"),
        ("people: /circle/people", "people: /ring/people", "unknown-form", "ring"),
        ("results: /circle/first", "results: /circle/note", "no-results", "/circle/note"),
        ("results: /circle/second", "results: /circle/first", "duplicate-id", "another wave"),
        ("after: first", "after: frist", "unknown-wave", "frist"),
        ("{id: second", "{id: first", "duplicate-id", "two waves"),
        ("items: [helped, heard]", "items: [helped, hard]", "unknown-property", "hard"),
        ("items: [helped, heard]", "items: [helped, words]", "bad-construct", "words"),
        ("widget: long-text, maxLength", "widget: evidence, maxLength", "names-somebody", "a file"),
        ("items: {enum: [Time, Tea, Talk]}", "items: {type: string}", "not-counted", "rows"),
        ("audience: open", "audience: opne", "bad-value", "opne"),
        ("within: end_of_school_year", "within: summer", "bad-value", "summer"),
        ("minimum_invited: 4", "minimum_inivted: 4", "unknown-key", "minimum_inivted"),
    ],
)
def test_a_fault_of_a_survey_is_found_in_its_place(
    tmp_path: Path, old: str, new: str, code: str, words: str
) -> None:
    found = findings(tmp_path, old, new)
    assert [one for one in found if one[0] == code and words in one[1]], found
