"""Findings on documents that are kept in confidence and need other readers all the same."""

from __future__ import annotations

from pathlib import Path

from engine.credentials.library import Library
from engine.credentials.lint import check
from engine.settings import SHIPPED

LOG = """\
credential: private-log
version: 1
kind: programme
title: Private log
confidential: true
workflow: {workflow}
forms:
  log:
    type: object
    properties:
      words: {{title: What was it?, type: string}}
{more}"""
GUIDES = """\
scoring_guides:
  words:
    title: Words
    reviews: [log]
    look_fors:
      - {id: said, text: It is said.}
"""


def findings(folder: Path, workflow: str = "keeping", more: str = "") -> list[tuple[int, str]]:
    """Line and message of what contradicts the keyword."""
    place = folder / "private-log.yaml"
    place.write_text(LOG.format(workflow=workflow, more=more), "utf-8")
    library = Library((folder,), (SHIPPED / "workflows",))
    return [
        (one.line, one.message) for one in check(library, [place]) if one.code == "in-confidence"
    ]


def test_what_somebody_keeps_for_themselves_may_be_kept_in_confidence(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


def test_nobody_can_score_what_nobody_else_reads(tmp_path: Path) -> None:
    [(line, message)] = findings(tmp_path, more=GUIDES)
    assert (line, "nobody could score it" in message) == (12, True)


def test_nothing_of_it_can_become_public(tmp_path: Path) -> None:
    found = findings(tmp_path, more="gallery: {show: [/log/words]}\n")
    assert [line for line, _ in found] == [12]


def test_a_workflow_with_reviewers_and_an_award_is_found_at_its_line(tmp_path: Path) -> None:
    found = findings(tmp_path, workflow="review")
    assert [line for line, _ in found] == [6, 6]
    assert any("has reviewers: 'reviewer'" in message for _, message in found)
    assert any("awards something" in message for _, message in found)
