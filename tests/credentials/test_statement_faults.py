"""Findings on statements of other people."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials.library import Library
from engine.credentials.lint import check
from engine.settings import SHIPPED

STUDIO = (Path(__file__).parents[1] / "documents/open-studio.yaml").read_text("utf-8")


def findings(folder: Path, old: str, new: str) -> list[tuple[str, str]]:
    """Code and message of what is wrong once `old` is `new`."""
    assert old in STUDIO
    (folder / "studio.yaml").write_text(STUDIO.replace(old, new, 1), "utf-8")
    library = Library((folder,), (SHIPPED / "workflows",))
    return [(one.code, one.message) for one in check(library, [folder / "studio.yaml"])]


def test_the_studio_has_no_fault(tmp_path: Path) -> None:
    assert findings(tmp_path, "needed: true", "needed: true") == []


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("at: /studio/visits", "at: /studio/visists", "unknown-path", "visists"),
        ("at: /studio/visits", "at: /atelier/visits", "unknown-form", "atelier"),
        ("at: /studio/visits,", "at: /studio/visits, name: nmae,", "unknown-path", "nmae"),
        ("at: /studio/visits,", "at: /studio/visits, email: e-mail,", "unknown-path", "e-mail"),
        ("shows: [visited_on]", "shows: [visited]", "unknown-path", "visited"),
        ("shows: [visited_on]", "shwos: [visited_on]", "unknown-key", "shwos"),
        ("    needed: true\n", "    role: A guest\n", "whom", "in one way"),
        ("    role: A neighbor\n", "", "whom", "in one way"),
        ("    kind: statement\n", "", "missing-key", "kind"),
        ("kind: confirmation", "kind: conformation", "bad-value", "conformation"),
        ("minimum: 2", "minimum: none", "wrong-type", "none"),
        ("widget: yes-no", "widget: evidence", "needs-account", "a file"),
        ("required: [seen]", "required: [sene]", "unknown-property", "sene"),
        (
            "    kind: statement\n    role: A mentor",
            "    kind: confirmation\n    role: A mentor",
            "no-form",
            "has no form",
        ),
    ],
)
def test_a_fault_of_a_statement_is_found_in_its_place(
    tmp_path: Path, old: str, new: str, code: str, words: str
) -> None:
    found = findings(tmp_path, old, new)
    assert [one for one in found if one[0] == code and words in one[1]], found
