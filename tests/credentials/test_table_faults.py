"""Findings on tables, data series and reused answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials.library import Library
from engine.credentials.lint import check

DOCUMENTS = Path(__file__).parents[1] / "documents"
HEAD = """\
credential: tried
version: 1
kind: micro-credential
title: Tried
summary: A tiny document.
workflow: straight-through
forms:
  answers:
    title: Answers
    type: object
    properties:
"""
SERIES = """\
      points:
        title: Points
        type: array
        widget: data-series
        items:
          type: object
          properties: {%s}
"""
TABLE = """\
      sets:
        title: Sets
        type: array
        widget: table
        items:
          type: object
          properties: {name: {title: Name, type: string}, %s}
"""
DAY = "on: {title: On, type: string, format: date}"
NUMBER = "rate: {title: Rate, type: number}"


def findings(folder: Path, body: str) -> list[tuple[str, str, str]]:
    """Severity, code and message of everything that is wrong in a form of these questions."""
    (folder / "tried.yaml").write_text(HEAD + body, "utf-8")
    library = Library((folder, DOCUMENTS), (DOCUMENTS / "workflows",))
    return [(one.severity, one.code, one.message) for one in check(library, [folder])]


@pytest.mark.parametrize("name", ["table", "data-series", "reuse"])
def test_the_tiny_documents_have_no_fault(name: str) -> None:
    library = Library((DOCUMENTS,), (DOCUMENTS / "workflows",))
    assert check(library, [DOCUMENTS / "fields" / f"{name}.yaml"]) == []


def test_a_column_that_no_cell_has_room_for_is_a_warning(tmp_path: Path) -> None:
    lessons = "lessons: {title: Lessons, type: array, items: {type: string}}"
    (one,) = findings(tmp_path, TABLE % lessons)
    assert one[:2] == ("warning", "not-flat")
    assert one[2] == "A cell has no room for 'lessons', which is a list. It is asked as rows."


def test_a_series_with_one_date_and_one_number_needs_no_more(tmp_path: Path) -> None:
    assert findings(tmp_path, SERIES % f"{DAY}, {NUMBER}") == []


def test_a_series_without_a_date_is_a_finding(tmp_path: Path) -> None:
    ((_, code, message),) = findings(tmp_path, SERIES % NUMBER)
    assert code == "bad-series"
    assert message == "The items have no date, so nobody can tell the series' at."


def test_a_series_with_two_numbers_asks_which_is_the_value(tmp_path: Path) -> None:
    two = f"{DAY}, {NUMBER}, other: {{title: Other, type: integer}}"
    assert [one[1] for one in findings(tmp_path, SERIES % two)] == ["bad-series"]
    named = SERIES % two + "        series: {value: other}\n"
    assert findings(tmp_path, named) == []


def test_a_part_of_a_series_that_is_of_the_wrong_kind_is_a_finding(tmp_path: Path) -> None:
    body = SERIES % f"{DAY}, {NUMBER}" + "        series: {at: rate, note: nothing}\n"
    assert [message for _, _, message in findings(tmp_path, body)] == [
        "'rate' is no date, so it can't be the series' at.",
        "There is no 'nothing', so it can't be the series' note.",
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{credential: nowhere, form: answers, at: /visits}", "There is no credential 'nowhere'."),
        ("{credential: field-table, form: none, at: /visits}", "'field-table' has no form 'none'."),
        (
            "{credential: field-table, form: answers, at: /vists}",
            "'/vists' leads nowhere: there is no 'vists'.",
        ),
    ],
)
def test_a_source_that_there_is_not_is_a_finding(tmp_path: Path, source: str, message: str) -> None:
    body = f"      pick: {{title: Pick, type: object, widget: reuse, from: {source}}}\n"
    assert [(code, said) for _, code, said in findings(tmp_path, body)] == [("bad-reuse", message)]


def test_reuse_without_a_source_is_a_finding(tmp_path: Path) -> None:
    body = "      pick: {title: Pick, type: object, widget: reuse}\n"
    assert [one[1] for one in findings(tmp_path, body)] == ["bad-reuse"]
