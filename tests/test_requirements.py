"""Each row of what the program asks for has its documents and its tests; the page is current."""

from __future__ import annotations

import pytest

from tests.requirements import ROOT, WRITTEN, Row, checks, page, rows

ROWS = rows()


def test_the_page_is_as_the_command_writes_it() -> None:
    assert WRITTEN.read_text("utf-8") == page(), "Run `make requirements`."


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_a_row_has_documents_that_are_there_and_tests(row: Row) -> None:
    assert row.documents
    assert [one for one in row.documents if not (ROOT / one).is_file()] == []
    assert checks().get(row.id), f"No test has the marker row({row.id!r})."


def test_tests_name_rows_that_are_listed() -> None:
    assert sorted(checks().keys() - {row.id for row in ROWS}) == []


def test_every_row_of_the_first_four_parts_is_listed() -> None:
    wanted = {"A": 14, "B": 2, "C": 16, "D": 8}
    for letter, last in wanted.items():
        first = 1 if letter == "C" else 0
        listed = [row.id for row in ROWS if row.id.startswith(letter) and row.id[1:].isdigit()]
        assert listed == [f"{letter}{number}" for number in range(first, last + 1)]
