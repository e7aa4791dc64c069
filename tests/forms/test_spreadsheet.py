"""What spreadsheets write, as texts under the columns of a table."""

from __future__ import annotations

import pytest

from engine.forms.nodes import Leaf
from engine.forms.series import Series
from engine.forms.spreadsheet import MAX_BYTES, BadSheet, read, text_of
from tests.forms.test_tables import document


@pytest.fixture
def columns() -> list[Leaf]:
    """`day` (Day, a date), `share` (Mastery, a number) and `what` (What changed, a text)."""
    node = document("data-series").node("/f/tickets")
    assert isinstance(node, Series)
    return [column.leaf for column in node.columns or ()]


def rows(text: str, columns: list[Leaf]) -> list[tuple[str, ...]]:
    return [tuple(row.values()) for row in read(text, columns).rows]


@pytest.mark.parametrize("sign", ["\t", ";", ","])
def test_cells_are_divided_by_tabs_semicolons_or_commas(sign: str, columns: list[Leaf]) -> None:
    assert rows(sign.join(["2026-03-02", "55", "x"]), columns) == [("2026-03-02", "55", "x")]


def test_quotation_marks_hold_dividers_and_line_ends_together(columns: list[Leaf]) -> None:
    text = '2026-03-02,55,"One, and\ntwo ""three"""'
    assert rows(text, columns) == [("2026-03-02", "55", 'One, and\ntwo "three"')]


def test_headings_may_carry_a_unit_and_other_case(columns: list[Leaf]) -> None:
    assert read("MASTERY (%),day\n5,2026-03-02", columns).rows == (
        {"share": "5", "day": "2026-03-02"},
    )


def test_headings_that_no_column_has_are_named(columns: list[Leaf]) -> None:
    sheet = read("Day,Mastery,Teacher\n2026-03-02,5,Ana", columns)
    assert sheet.left_out == ("Teacher",)
    assert sheet.rows == ({"day": "2026-03-02", "share": "5"},)


def test_the_month_comes_first_unless_a_date_says_otherwise(columns: list[Leaf]) -> None:
    assert rows("3/4/2026,1\n3/14/26,2", columns) == [("2026-03-04", "1"), ("2026-03-14", "2")]
    assert rows("3/4/2026,1\n14/3/2026,2", columns) == [("2026-04-03", "1"), ("2026-03-14", "2")]


def test_a_day_that_is_in_no_calendar_decides_nothing(columns: list[Leaf]) -> None:
    said = "3/4/2026,1\n31/2/2026,2"
    assert rows(said, columns) == [("2026-03-04", "1"), ("31/2/2026", "2")]
    assert read(said, columns).read_as == ("3/4/2026", "2026-03-04")


def test_dates_that_contradict_each_other_leave_the_doubtful_ones_as_they_are(
    columns: list[Leaf],
) -> None:
    said = "3/4/2026,1\n14/3/2026,2\n3/15/2026,3\n5/5/2026,4"
    assert [day for day, _share in rows(said, columns)] == [
        "3/4/2026",
        "2026-03-14",
        "2026-03-15",
        "2026-05-05",
    ]
    assert read(said, columns).read_as is None


@pytest.mark.parametrize(
    "written", ["12 March 2026", "Mar 12, 2026", "12-Mar-26", "12 de marzo de 2026", "12-mar-2026"]
)
def test_a_month_may_be_written_as_a_word(written: str, columns: list[Leaf]) -> None:
    assert rows(f"{written}\t5", columns) == [("2026-03-12", "5")]


def test_rows_keep_the_numbers_that_their_spreadsheet_gives_them(columns: list[Leaf]) -> None:
    assert read("\n2026-03-02,5\n\n2026-03-03,6\n", columns).numbers == (2, 4)
    assert read("Day,Mastery\n,\n2026-03-02,5\n", columns).numbers == (3,)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("12 %", "12"),
        ("$1,250.50", "1250.50"),
        ("-3.5", "-3.5"),
        ("12,5", "12.5"),
        ("1.250,5", "1250.5"),
        ("1,250", "1250"),
        ("lots", "lots"),
        ("1.2.3", "1.2.3"),
        ("1e5", "1e5"),
    ],
)
def test_figures_lose_units_and_thousands_and_all_else_stays(
    written: str, read_as: str, columns: list[Leaf]
) -> None:
    assert rows(f"2026-03-02\t{written}", columns) == [("2026-03-02", read_as)]


def test_blank_lines_and_cells_too_many_are_left_out(columns: list[Leaf]) -> None:
    assert rows("\n\n2026-03-02,5,,,,\n,,\n", columns) == [("2026-03-02", "5", "")]


def test_headings_alone_are_told_from_nothing(columns: list[Leaf]) -> None:
    with pytest.raises(BadSheet, match="There are headings in this, and no rows below them"):
        read("Day,Mastery", columns)


@pytest.mark.parametrize("text", ["", "\n\n", ",,,"])
def test_without_rows_it_says_what_to_do(text: str, columns: list[Leaf]) -> None:
    with pytest.raises(BadSheet, match="There are no rows in this"):
        read(text, columns)


@pytest.mark.parametrize(
    "data",
    [
        "é;1".encode(),
        b"\xef\xbb\xbf" + "é;1".encode(),
        "é;1".encode("cp1252"),
        "é;1".encode("utf-16"),
    ],
)
def test_any_usual_encoding_is_read(data: bytes) -> None:
    assert text_of(data) == "é;1"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x" * (MAX_BYTES + 1), "too large"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "workbook"),
        (b"a\x00b", "no text"),
    ],
)
def test_what_is_no_csv_file_is_refused_with_a_way_on(data: bytes, words: str) -> None:
    with pytest.raises(BadSheet, match=words):
        text_of(data)


def test_a_quotation_mark_that_never_ends_hides_no_rows(columns: list[Leaf]) -> None:
    with pytest.raises(BadSheet, match="100,000 rows"):
        read('2026-03-02,5,"' + "x\n" * 100_000, columns)
