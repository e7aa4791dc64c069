"""Rows out of a spreadsheet: a CSV file or pasted cells, as texts under the columns of a table.

Whatever a spreadsheet writes is taken: tabs, commas or semicolons, quotation marks, a mark of the
byte order, the older encodings of Windows, a heading or none. Dates and figures are brought to our
own way of writing them where a whole column leaves no doubt; every other text goes on as it is, to
be kept as typed and flagged. Nothing here judges an answer.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from engine.forms.nodes import Leaf, Unparsed
from engine.languages import _
from engine.phrases import day_in, listed

MAX_BYTES = 1024 * 1024
MAX_ROWS = 5_000
_DELIMITERS = "\t;,"
_DAY = re.compile(r"(\d{1,4})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{1,4})")
_WITH_HYPHENS = re.compile(r"(\d{1,2})[ -]([^\W\d]+)\.?[ -]((?:\d{2})?\d{2})")
_FIGURE = re.compile(r"([+-]?)[$€£]?\s*([\d.,'\u00a0\u202f ]*\d)\s*[^\d.,]{0,12}")


class BadSheet(ValueError):
    """There are no rows in it that can be taken; its words say why, and what to do."""


class TooManyRows(BadSheet):
    """There are `count` rows, which is more than `MAX_ROWS`."""

    def __init__(self, count: int) -> None:
        super().__init__(
            _(
                "There are %(count)s rows in this; up to %(most)s can be read here. Leave out what"
                " is not needed, or sum it up by week.",
                count=f"{count:,}",
                most=f"{MAX_ROWS:,}",
            )
        )
        self.count = count


class Sheet(NamedTuple):
    """Texts by the names of the columns, a row each; nothing of a row is blank throughout."""

    rows: tuple[dict[str, str], ...]
    left_out: tuple[str, ...] = ()
    """Headings of the file that no column has, or that an earlier one has already."""
    unknown: tuple[str, ...] = ()
    """Headings of which no column has any, so that the columns were taken in their order."""
    numbers: tuple[int, ...] = ()
    """Which row of the spreadsheet each is, as its own program counts: headings and blank rows
    count too."""
    headed: bool = False
    """Whether its first row names the columns."""
    read_as: tuple[str, str] | None = None
    """A date that could be read in two ways, and the ISO 8601 date that it was taken for."""
    repeated: tuple[tuple[str, str], ...] = ()
    """Headings of the same column: the one that was read, and one that was left out."""


def in_figures(text: str) -> bool:
    """Whether a text is written as a date in figures, be there such a day or not."""
    return _DAY.fullmatch(text) is not None


def text_of(data: bytes) -> str:
    """The text of a CSV file. Raises `BadSheet` for one that is too large, or no text."""
    if len(data) > MAX_BYTES:
        raise BadSheet(_("This file is too large. A file of up to 1 MB can be read here."))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadSheet(
            _("This is a workbook. In your spreadsheet, choose “Save as” and CSV, and add that.")
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise BadSheet(_("This file is no text that can be read. Save it as CSV and try again."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read(
    text: str, columns: Sequence[Leaf], also: Mapping[str, Sequence[str]] | None = None
) -> Sheet:
    """The rows of `text` under `columns`: by their headings, or else in their order. `also` has
    further headings that a column may have, by its key.

    Raises `BadSheet` when there are none, too many, or nothing in them is what a column asks.
    """
    numbered = [(number, row) for number, row in enumerate(_cells(text), 1) if any(row)]
    numbers, rows = [number for number, _row in numbered], [row for _number, row in numbered]
    named = _named(rows[0], columns, also or {}) if rows else {}
    places = _first_of_each(named) or None
    headings: Sequence[str] = ()
    if places is None:
        places = dict(enumerate(columns))
    else:
        headings, rows, numbers = rows[0], rows[1:], numbers[1:]
    if headings and not rows:
        raise BadSheet(_("There are headings in this, and no rows below them."))
    if not rows:
        raise BadSheet(_("There are no rows in this. Copy some rows of a spreadsheet, or a file."))
    if len(rows) > MAX_ROWS:
        raise TooManyRows(len(rows))
    read_as = None
    for number, column in places.items():
        read_as = _normalise(rows, number, column) or read_as
    unknown: Sequence[str] = ()
    if not headings:
        told = [any(_tells(row, number, one) for number, one in places.items()) for row in rows]
        if not any(told) and any(_plain_figures(column) for column in columns):
            raise BadSheet(_wrong_columns(rows[0], columns))
        if len(rows) > 1 and not told[0] and all(told[1:]):
            unknown, rows, numbers = rows[0], rows[1:], numbers[1:]
    found = (
        {column.key: row[number] for number, column in places.items() if number < len(row)}
        for row in rows
    )
    said = [(number, row) for number, row in zip(numbers, found, strict=True) if any(row.values())]
    return Sheet(
        tuple(row for _number, row in said),
        tuple(one for number, one in enumerate(headings) if one and number not in places),
        tuple(one for one in unknown if one),
        tuple(number for number, _row in said),
        bool(headings),
        read_as,
        _repeated(headings, named, places),
    )


def _plain_figures(column: Leaf) -> bool:
    """Whether a text tells by itself that it belongs in this column."""
    return column.kind in ("date", "number")


def _tells(row: Sequence[str], number: int, column: Leaf) -> bool:
    """Whether a row has, at this place, what only this kind of column asks for."""
    if not _plain_figures(column) or number >= len(row) or not row[number]:
        return False
    try:
        column.read(row[number])
    except Unparsed:
        return False
    return True


def _wrong_columns(first: Sequence[str], columns: Sequence[Leaf]) -> str:
    wanted = [column.title for column in columns if _plain_figures(column)]
    return _(
        "No column of this is called %(columns)s: it has %(found)s. Name the columns in the first"
        " row, or leave that row out and put them in this order.",
        columns=listed(wanted, "or"),
        found=", ".join(f"“{one[:60]}”" for one in first[:6] if one),
    )


def _cells(text: str) -> list[list[str]]:
    text = text.lstrip("\ufeff").replace("\0", "")
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = {one: first.count(one) for one in _DELIMITERS}
    # A tab is never part of a figure or a sentence; a comma often is.
    delimiter = next((one for one in _DELIMITERS if counts[one]), ",")
    try:
        found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [[cell.strip() for cell in row] for row in found]
    except csv.Error:
        return [[cell.strip() for cell in line.split(delimiter)] for line in text.splitlines()]


def _named(
    first: Sequence[str], columns: Sequence[Leaf], also: Mapping[str, Sequence[str]]
) -> dict[int, Leaf]:
    """Which column the first row names at which place; one perhaps more than once."""
    names = {_plain(name): column for column in columns for name in also.get(column.key, ())}
    names |= {
        _plain(name): column
        for column in columns
        for name in (column.key, column.title, column.title.partition("(")[0])
    }
    found = (names.get(_plain(one)) or names.get(_plain(one.partition("(")[0])) for one in first)
    return {number: column for number, column in enumerate(found) if column is not None}


def _first_of_each(named: Mapping[int, Leaf]) -> dict[int, Leaf]:
    found: dict[int, Leaf] = {}
    for number, column in named.items():
        if column not in found.values():
            found[number] = column
    return found


def _repeated(
    headings: Sequence[str], named: Mapping[int, Leaf], places: Mapping[int, Leaf]
) -> tuple[tuple[str, str], ...]:
    read = {column.key: headings[number] for number, column in places.items() if headings}
    return tuple(
        (read[column.key], headings[number])
        for number, column in named.items()
        if headings and number not in places
    )


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", " ", heading).strip().casefold()


def _normalise(rows: Sequence[list[str]], number: int, column: Leaf) -> tuple[str, str] | None:
    """Bring one column to our own way of writing; returns a date that could be read in two ways,
    and how it was."""
    said = [row[number] if number < len(row) else "" for row in rows]
    read_as = None
    if column.kind == "date":
        made, read_as = _days(said)
    elif column.kind == "number":
        made = _figures(said)
    else:
        return None
    for row, text in zip(rows, made, strict=True):
        if number < len(row):
            row[number] = text
    return read_as


def _days(said: Sequence[str]) -> tuple[list[str], tuple[str, str] | None]:
    """Dates as ISO 8601 dates, and one of those that could be read in two ways, with what it was
    taken for. In figures the month comes first, as it is written in the United States, unless a
    day of the calendar says otherwise: `31.12.2026` does, `31.02.2026` is none. Where some say
    one and some the other, those that could be either stay as they are."""
    found = [_DAY.fullmatch(text.partition(" ")[0].partition("T")[0]) for text in said]
    ways = [(_iso(one, False), _iso(one, True)) if one else (None, None) for one in found]
    month_first = any(one and not other for one, other in ways)
    day_first = any(other and not one for one, other in ways)
    made: list[str] = []
    read_as = None
    for text, (american, other) in zip(said, ways, strict=True):
        if american and other and american != other:
            if month_first and day_first:
                made.append(text)
                continue
            taken = other if day_first else american
            read_as = read_as or (text, taken)
            made.append(taken)
        else:
            made.append(american or other or _in_words(text) or text)
    return made, read_as


def _in_words(text: str) -> str | None:
    """`12 March 2026`, `Mar 12, 2026` and `12-Mar-26` as an ISO 8601 date."""
    if found := _WITH_HYPHENS.fullmatch(text):
        year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
        text = f"{found[1]} {found[2]} {year}"
    try:
        day = day_in(text)
    except ValueError:
        return None
    return day.isoformat() if day else None


def _iso(found: re.Match[str], day_first: bool) -> str | None:
    one, two, three = (int(number) for number in found.groups())
    if len(found[1]) == 4:
        year, month, day = one, two, three
    else:
        year = three if len(found[3]) == 4 else 2000 + three
        month, day = (two, one) if day_first else (one, two)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _figures(said: Sequence[str]) -> list[str]:
    """Figures without units and thousands: `1,250.5`, `1.250,5` and `12 %` as 1250.5 and 12."""
    found = [_FIGURE.fullmatch(text) for text in said]
    digits = [re.sub(r"[ '\u00a0\u202f]", "", one[2]) if one else "" for one in found]
    # A comma is a point where one says so: `12,5` or `1.250,5`, but not `1,250`.
    comma = any(re.search(r"\.\d{3},|^\d*,(\d{1,2}|\d{4,})$", one) for one in digits)
    made = []
    for one, figures, text in zip(found, digits, said, strict=True):
        plain = figures.replace(".", "").replace(",", ".") if comma else figures.replace(",", "")
        if comma and "," not in figures:
            plain = figures
        fits = one is not None and re.fullmatch(r"\d+(\.\d+)?|\.\d+", plain)
        made.append(f"{one[1].replace('+', '')}{plain}" if one and fits else text)
    return made
