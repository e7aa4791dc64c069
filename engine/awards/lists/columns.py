"""Lists of people that staff bring as CSV files: their columns, and what every row must say.

Shared by whoever does something with such a list: what was earned elsewhere (`recognised_lists`)
and what is awarded here (`award_lists`). How a file is taken apart is in `forms.spreadsheet`; what
comes of a row is theirs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from engine.forms.compiling import Compiler
from engine.forms.groups import Group
from engine.forms.nodes import Leaf, Place
from engine.forms.resolving import Merged
from engine.forms.spreadsheet import BadSheet, Sheet, TooManyRows, in_figures, read, text_of
from engine.languages import LANGUAGES, N_, _, speaking
from engine.people import LONGEST_NAME, shown_name
from engine.phrases import listed

LONGEST_SOURCE = 500


class Column(NamedTuple):
    """One column of a list."""

    title: str
    """As it stands in the source, to be translated."""
    needed: bool = True
    is_day: bool = False
    also: tuple[str, ...] = ()
    """Other headings that spreadsheets have for it."""


EMAIL = Column(
    N_("E-mail address"), also=("E-mail", "Mail", "Email address", "Correo", "Correo electrónico")
)
"""Whose row it is: every list has it."""
Columns = Mapping[str, Column]
"""By the name that a row has them under, in the order that a list without headings has."""


def headings(columns: Columns) -> list[str]:
    """The columns' titles, in their order."""
    return [_(column.title) for column in columns.values()]


def rows_of(data: bytes, columns: Columns, most: int) -> Sheet:
    """The rows of a CSV file, each with a text for every column, at most `most` of them.

    Raises `BadSheet` for a file without rows that can be read, with too many, or without a column
    that is needed.
    """
    text = text_of(data)
    try:
        sheet = _read(text, columns)
    except TooManyRows as many:
        raise _too_many(many.count, most) from None
    if len(sheet.rows) > most:
        raise _too_many(len(sheet.rows), most)
    if any("@" in one for one in sheet.unknown):
        # A person, whom the others' dates make look like a heading: nobody is passed over.
        raise BadSheet(
            _(
                "The first row of this list names no columns. Name them there: %(wanted)s.",
                wanted=", ".join(headings(columns)),
            )
        )
    for one, other in sheet.repeated:
        raise BadSheet(
            _(
                "“%(one)s” and “%(other)s” are the same column here. Take the one that is not"
                " meant out of the list, and choose it again.",
                one=one[:60],
                other=other[:60],
            )
        )
    given = {name for row in sheet.rows for name in row}
    missing = [
        _(column.title) for name, column in columns.items() if column.needed and name not in given
    ]
    if missing:
        raise BadSheet(
            _(
                "There is no column called %(columns)s in this list. Name the columns in the first"
                " row: %(wanted)s.",
                columns=listed([f"“{one}”" for one in missing]),
                wanted=", ".join(headings(columns)),
            )
        )
    if not sheet.headed and not any("@" in row.get("email", "") for row in sheet.rows):
        raise BadSheet(
            _(
                "No e-mail address stands where it is looked for. Name the columns in the first"
                " row: %(wanted)s.",
                wanted=", ".join(headings(columns)),
            )
        )
    full = ({name: row.get(name, "").strip() for name in columns} for row in sheet.rows)
    return sheet._replace(rows=tuple(full))


def _read(text: str, columns: Columns) -> Sheet:
    try:
        return read(text, _leaves(columns), _in_every_language(columns))
    except TooManyRows:
        raise
    except BadSheet:
        plain = {
            name: one._replace(is_day=one.is_day and one.needed) for name, one in columns.items()
        }
        if plain == columns:
            raise
        # There is no day anywhere, which is as it should be where none is needed.
        return read(text, _leaves(plain), _in_every_language(columns))


def about_day(said: str, today: date) -> list[str]:
    """What is wrong with the text of a day that has been, in sentences."""
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return [_no_date(said)]
    return [_("This day is still to come.")] if day > today else []


def _no_date(said: str) -> str:
    if not in_figures(said):
        return _("This is no date. Write it like 2026-03-12.")
    return _("No day of the calendar can be told from this. Write it like 2026-03-12.")


def about_email(said: str) -> str:
    """That a row has no address that letters reach; `said` is what it has."""
    if not said:
        return _("There is no e-mail address in this row.")
    return _("“%(said)s” is no whole e-mail address.", said=said[:60])


def about_name(said: str) -> list[str]:
    """What is wrong with a name that an account is made with, in sentences."""
    shown = shown_name(said)
    if shown.startswith("="):
        return [_("There is a formula where the name should be.")]
    if not any(unicodedata.category(one)[0] == "L" for one in shown):
        return [_("There is no name in this row, so nobody can be added.")]
    if len(said) > LONGEST_NAME:
        return [
            _(
                "This name has %(count)s characters; at most %(most)s have room.",
                count=len(said),
                most=LONGEST_NAME,
            )
        ]
    return []


def about_source(said: str, asks: str = "") -> list[str]:
    """What is wrong with the words that say where something comes from, in sentences; `asks` is
    the one for those that say nothing, unless they are asked who awarded something."""
    if not said:
        return [asks or _("Say who awarded it, or how you know.")]
    return [too_long()] if len(said) > LONGEST_SOURCE else []


def too_long() -> str:
    """That a source has more than `LONGEST_SOURCE` characters."""
    return _("Keep the source within 500 characters.")


def _too_many(count: int, most: int) -> BadSheet:
    return BadSheet(
        _(
            "There are %(count)s rows in this; up to %(most)s can be recorded at once. Divide"
            " the list, and record one part after the other.",
            count=f"{count:,}",
            most=f"{most:,}",
        )
    )


def _in_every_language(columns: Columns) -> dict[str, list[str]]:
    """The columns' titles: a list stays the same when whoever brought it switches the language."""
    found: dict[str, list[str]] = {name: [] for name in columns}
    for language in LANGUAGES:
        with speaking(language):
            for name, column in columns.items():
                found[name] += [_(column.title), *column.also]
    return found


def _leaves(columns: Columns) -> Sequence[Leaf]:
    schema = {
        "type": "object",
        "properties": {
            name: {
                "type": "string",
                "title": _(column.title),
                **({"format": "date"} if column.is_day else {}),
            }
            for name, column in columns.items()
        },
    }
    root = Compiler(schema, {}).built(
        Merged(schema), Place(key="list", required=True, optional=False, unfolded=True)
    )
    assert isinstance(root, Group)
    return [part for part in root.parts if isinstance(part, Leaf)]
