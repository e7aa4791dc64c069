"""A list as a file: every row that matches, as a table for a spreadsheet.

CSV is written as it is read, XLSX row by row into a file, so that memory holds one page however
long the list is. What people typed is never a formula: in CSV, a cell that a spreadsheet would
take for one gets an apostrophe before it; in XLSX every text is a text by its type. Times are said
in the reader's own zone, which the heading of their column names.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import NamedTuple

from engine.languages import _

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""What a spreadsheet takes a cell for a formula by, or for an order to another program."""

Cell = str | int | datetime | None


class Line(NamedTuple):
    """One submission as a file says it."""

    id: str
    candidate: str
    school: str
    credential: str
    stage: str
    since: datetime
    due: datetime | None
    round: int
    reviewer: str
    address: str

    def cells(self) -> tuple[Cell, ...]:
        return tuple(self)


def heading(zone: str) -> list[str]:
    """The names of the columns."""
    return [
        _("Number"),
        _("Candidate"),
        _("School"),
        _("Credential"),
        _("Stage"),
        _("Waiting since (%(zone)s)", zone=zone),
        _("Due (%(zone)s)", zone=zone),
        _("Round"),
        _("With"),
        _("Address"),
    ]


def defused(text: str) -> str:
    """`text`, which no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text


def csv_of(lines: Iterable[Line], zone: tzinfo, zone_name: str) -> Iterator[str]:
    """The file, piece by piece: RFC 4180, UTF-8 with the mark by which spreadsheets know it."""
    yield "\ufeff" + _csv_row(heading(zone_name))
    for line in lines:
        yield _csv_row([_csv_cell(cell, zone) for cell in line.cells()])


def _csv_cell(cell: Cell, zone: tzinfo) -> str:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M}"
    return "" if cell is None else defused(str(cell)) if isinstance(cell, str) else str(cell)


def _csv_row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def write_xlsx(path: Path, lines: Iterable[Line], zone: tzinfo, zone_name: str) -> None:
    """The same as an Excel workbook (Office Open XML) at `path`."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 9, 22)
        for column, name in enumerate(heading(zone_name)):
            sheet.write_string(0, column, name, bold)
        for row, line in enumerate(lines, 1):
            for column, cell in enumerate(line.cells()):
                if isinstance(cell, datetime):
                    # A spreadsheet's times have no zone: the heading names it.
                    local = cell.astimezone(zone).replace(tzinfo=None)
                    sheet.write_datetime(row, column, local, moment)
                elif isinstance(cell, int):
                    sheet.write_number(row, column, cell)
                elif cell:
                    sheet.write_string(row, column, cell[:32_767])
