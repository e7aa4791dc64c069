"""Consents that would ask nobody, or cover nothing, are found with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials.library import Library
from engine.errors import DocumentFaulty

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "tests" / "documents" / "kitchen-talk.yaml"


def found(folder: Path, before: str, after: str) -> list[tuple[int, str]]:
    """What the linter says of the document with `before` replaced."""
    text = DOCUMENT.read_text("utf-8")
    assert text.count(before) == 1
    (folder / "kitchen-talk.yaml").write_text(text.replace(before, after), "utf-8")
    try:
        Library((folder,), (ROOT / "workflows",)).edition("kitchen-talk")
    except DocumentFaulty as faulty:
        return [(one.line, one.code) for one in faulty.findings]
    return []


def test_the_document_itself_is_faultless(tmp_path: Path) -> None:
    assert found(tmp_path, "credential: kitchen-talk", "credential: kitchen-talk") == []


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("at: /talk/cook", "at: /walk/cook", "unknown-form"),
        ("at: /talk/cook", "at: /talk/cooks", "unknown-path"),
        ("covers: [/talk/film]", "covers: [/talk/films]", "unknown-path"),
        ("covers: [/talk/film]", "covers: [/talk/cook]", "no-files"),
        ("attested: paper", "attested: papers", "unknown-path"),
        ("covers: [photo]", "covers: [photos]", "unknown-path"),
        ("at: /talk/helpers,", "at: /talk/helpers, name: nmae,", "unknown-path"),
        ("people: [/talk/taster]", "people: [/talk/shows_helpers]", "bad-type"),
        ("needed: self.talk.shows_helpers", "needed: self.talk.shows_helper", "unknown-path"),
        ("needed: self.talk.shows_helpers", "needed: self.talk.", "bad-rule"),
        ("people: [/talk/taster]", "people: [/talk/tester]", "unknown-path"),
        ("people: [/talk/taster]", "people: [/talk]", "bad-value"),
        ("people: [/talk/taster]", "people: []", "bad-value"),
        ("purpose: publication", "purpose: publicity", "bad-value"),
        ("    wording: My words may be public.\n", "", "missing-key"),
        ("    needed: false\n", "    neded: false\n", "unknown-key"),
        ("scoring_guides:\n", "before_submitting: [/talk/cook]\nscoring_guides:\n", "no-checklist"),
        ("scoring_guides:\n", "before_submitting: [/talk/look]\nscoring_guides:\n", "unknown-path"),
        ("scoring_guides:\n", "before_submitting: [/walk/cook]\nscoring_guides:\n", "unknown-form"),
    ],
)
def test_what_leads_nowhere_is_found_on_its_line(
    tmp_path: Path, before: str, after: str, code: str
) -> None:
    line = DOCUMENT.read_text("utf-8").partition(before)[0].count("\n") + 1
    faults = found(tmp_path, before, after)
    assert [one for _, one in faults] == [code]
    assert abs(faults[0][0] - line) <= 3  # a block that lacks something is named where it begins
