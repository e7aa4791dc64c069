"""Findings on what becomes public."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials.library import Library
from engine.credentials.lint import check
from engine.settings import SHIPPED

DOCUMENTS = Path(__file__).parents[1] / "documents"
SWAP = (DOCUMENTS / "seed-swap.yaml").read_text("utf-8")


def findings(folder: Path, old: str, new: str) -> list[tuple[str, str]]:
    """Code and message of what is wrong once `old` is `new`, translations aside."""
    assert old in SWAP
    (folder / "swap.yaml").write_text(SWAP.replace(old, new, 1), "utf-8")
    folders = (SHIPPED / "schemas" / "frameworks", folder)
    library = Library(folders, (SHIPPED / "workflows", DOCUMENTS / "workflows"))
    found = check(library, [folder / "swap.yaml"])
    return [(one.code, one.message) for one in found if one.code != "missing-translation"]


def test_the_swap_has_no_fault(tmp_path: Path) -> None:
    assert findings(tmp_path, "workflow: review", "workflow: review") == []


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("title: /swap/name", "title: /swap/nmae", "unknown-path", "nmae"),
        ("title: /swap/name", "title: /shop/name", "unknown-form", "shop"),
        ("title: /swap/name", "title: name", "bad-value", "name"),
        ("  title: /swap/name\n", "", "missing-key", "title"),
        ("- {at: /swap/growth}", "- {at: /swap/grwth}", "unknown-path", "grwth"),
        ("- {at: /swap/growth}", "- {at: /swap/agree}", "not-public", "an agreement"),
        ("by: /swap/shown_as", "by: /swap/agree", "not-public", "an agreement"),
        ("agreements: [/swap/agree]", "agreements: [/swap/about]", "no-agreement", "/swap/about"),
        ("agreements: [/swap/agree]", "agreements: []", "bad-value", ""),
        ("questions: /swap/agree_to_answer", "questions: /swap/about", "no-agreement", "about"),
        ("const: CC-BY-4.0", "const: CC-BY-4", "unknown-license", "CC-BY-4"),
        ("license: /swap/license", "license: /swap/about", "unknown-license", "offer"),
        ("subjects: /swap/subjects", "subject: /swap/subjects", "unknown-key", "subject"),
        (
            "questions: /swap/agree_to_answer",
            "after: shelved",
            "unknown-state",
            "shelved",
        ),
        ("questions: /swap/agree_to_answer", "after: draft", "before-review", "draft"),
        ("workflow: review", "workflow: straight-through", "never-public", "awards nothing"),
    ],
)
def test_a_fault_of_a_gallery_is_found(
    tmp_path: Path, old: str, new: str, code: str, words: str
) -> None:
    found = findings(tmp_path, old, new)
    assert [one for one in found if one[0] == code and words in one[1]], found


def test_work_may_become_public_in_a_state_that_a_review_leads_to(tmp_path: Path) -> None:
    old = "questions: /swap/agree_to_answer"
    assert findings(tmp_path, old, f"{old}\n  after: awarded") == []


@pytest.mark.parametrize("kind", ["widget: person", "writeOnly: true"])
def test_what_is_nobody_elses_is_never_shown(tmp_path: Path, kind: str) -> None:
    inside = "properties: {name: {type: string}, email: {type: string}}"
    secret = "secret: {title: For the reviewer alone, type: string}"
    said = f"type: object, {inside}, {kind}" if "person" in kind else f"type: string, {kind}"
    text = SWAP.replace(secret, f"secret: {{title: Secret, {said}}}")
    text = text.replace("- {at: /swap/growth}", "- {at: /swap/secret}")
    (tmp_path / "swap.yaml").write_text(text, "utf-8")
    folders = (SHIPPED / "schemas" / "frameworks", tmp_path)
    library = Library(folders, (SHIPPED / "workflows",))
    found = check(library, [tmp_path / "swap.yaml"])
    assert "not-public" in [one.code for one in found]
