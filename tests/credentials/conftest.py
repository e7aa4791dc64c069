"""Shelves: folders of documents written for one test, and what `check` finds in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.credentials import lint
from engine.credentials.library import Library
from engine.errors import Finding

ROOT = Path(__file__).parents[2]
FAULTY = Path(__file__).parent / "faulty"

WORKFLOW = """\
workflow: simple
version: 1
title: Simple
roles:
  teacher: {kind: owner}
  coach: {kind: reviewer}
initial: draft
states:
  draft: {kind: open}
  done: {kind: outcome}
transitions:
  finish: {from: draft, to: done, by: coach}
"""

CREDENTIAL = """\
credential: {id}
version: 1
kind: micro-credential
title: {id}
workflow: simple
forms:
  plan:
    title: Plan
    type: object
    properties:
      goal: {{title: Goal, type: string}}
"""


@dataclass(frozen=True)
class Shelf:
    """A folder for one test; `schemas/` and `workflows/` below it are a library."""

    folder: Path

    @property
    def library(self) -> Library:
        return Library((self.folder / "schemas",), (self.folder / "workflows",))

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def credential(self, id: str, more: str = "") -> Path:
        """A sound credential with one form `plan`, and `more` lines after it."""
        return self.write(f"schemas/{id}.yaml", CREDENTIAL.format(id=id) + more)

    def findings(self) -> list[Finding]:
        return lint.check(self.library)

    def codes(self) -> list[str]:
        return [one.code for one in self.findings()]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.write("workflows/simple.yaml", WORKFLOW)
    (tmp_path / "schemas").mkdir()
    return shelf


@pytest.fixture(scope="session")
def shipped() -> Library:
    return Library((ROOT / "schemas",), (ROOT / "workflows",))
