"""Findings on the badges that a credential accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials.library import Library
from engine.credentials.lint import check
from engine.settings import SHIPPED

DOCUMENT = (Path(__file__).parents[1] / "documents" / "water-safety.yaml").read_text("utf-8")


def findings(folder: Path, old: str, new: str) -> list[tuple[str, int]]:
    """Code and line of what is wrong once `old` is `new`."""
    assert old in DOCUMENT
    (folder / "water.yaml").write_text(DOCUMENT.replace(old, new, 1), "utf-8")
    library = Library((folder,), (SHIPPED / "workflows",))
    return [(one.code, one.line) for one in check(library, [folder / "water.yaml"])]


def test_the_document_has_no_fault(tmp_path: Path) -> None:
    assert findings(tmp_path, "version: 1", "version: 1") == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("kind: recognised", "kind: goal", ("bad-place", 9)),
        ("issuer: did:key:", "issuer: mailto:", ("bad-value", 10)),
        ("issuer: did:key:", "isuer: did:key:", ("unknown-key", 10)),
        (
            "issuer: did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd\n"
            "    achievement: https://state.example.org/achievements/facilitator\n",
            "issuer: https://boats.example.org/issuer\n"
            "    achievement: https://boats.example.org/class\n",
            ("duplicate-id", 13),
        ),
    ],
)
def test_what_is_wrong_is_found_in_its_line(
    tmp_path: Path, old: str, new: str, found: tuple[str, int]
) -> None:
    assert found in findings(tmp_path, old, new)
