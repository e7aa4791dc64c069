"""Lists as files: every row, nobody's formula, times in the reader's zone."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.submissions import exporting
from engine.submissions.exporting import Line

NEW_YORK = ZoneInfo("America/New_York")


def line(candidate: str = "Ana Ruiz", number: int = 0) -> Line:
    return Line(
        id=f"id{number}",
        candidate=candidate,
        school="Hillside",
        credential="Window Garden",
        stage="On show",
        since=datetime(2026, 3, 12, 1, 30, tzinfo=UTC),
        due=None,
        round=2,
        reviewer="",
        address="https://x.example/review/id",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("|calc", "'|calc"),
        ("Ana = Ruiz", "Ana = Ruiz"),
        ("", ""),
    ],
)
def test_no_cell_of_a_csv_file_is_a_formula(text: str, said: str) -> None:
    whole = "".join(exporting.csv_of([line(text)], UTC, "UTC"))
    rows = list(csv.reader(io.StringIO(whole.removeprefix("\ufeff"))))
    assert rows[1][1] == said


def test_times_are_said_in_the_readers_zone_and_the_heading_names_it() -> None:
    whole = "".join(exporting.csv_of([line()], NEW_YORK, "America/New_York"))
    heading, row = csv.reader(io.StringIO(whole.removeprefix("\ufeff")))
    assert heading[5] == "Waiting since (America/New_York)"
    assert (row[5], row[6], row[7]) == ("2026-03-11 21:30", "", "2")


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    exporting.write_xlsx(path, [line("=1+1"), line("http://a.b")], NEW_YORK, "America/New_York")
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert "=1+1" in sheet
    assert not any("externalLink" in name for name in names)


def test_a_long_list_is_written_as_it_is_read() -> None:
    given = 0

    def lines():  # type: ignore[no-untyped-def]
        nonlocal given
        for number in range(1000):
            given += 1
            yield line(number=number)

    pieces = exporting.csv_of(lines(), UTC, "UTC")
    next(pieces)
    next(pieces)
    assert given == 1
    assert sum(1 for _ in pieces) == 999
