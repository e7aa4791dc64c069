"""Points that come with a page as a file or as pasted text: read, and put among what was posted.

A file that can't be read becomes a problem of its series; everything else is saved.
"""

from __future__ import annotations

from flask import flash, request
from werkzeug.datastructures import MultiDict

from engine.errors import Problem
from engine.forms.pasting import Pasted, pasted, series_at
from engine.forms.schema import Page
from engine.forms.series import CSV, PASTE
from engine.forms.spreadsheet import MAX_BYTES, BadSheet, text_of
from engine.languages import _, ngettext


def take_points(page: Page, posted: MultiDict[str, str]) -> list[Problem]:
    """Add every imported or pasted point to `posted`; what can't be read is a problem."""
    refused: list[Problem] = []
    for name, text in [*_files(page, refused), *_pasted(page, posted)]:
        try:
            found = pasted(page, posted, name, text)
        except BadSheet as bad:
            refused.append(Problem(name, "import", str(bad)))
            continue
        for field, said in found.fields.items():
            posted.setlist(field, said)
        flash(_told(found), "good" if found.added else "info")
    return refused


def _files(page: Page, refused: list[Problem]) -> list[tuple[str, str]]:
    """The text of each file, by the name of its series."""
    found = []
    for name, files in request.files.lists():
        base = name.removesuffix(CSV)
        if base == name or series_at(page, base) is None:
            continue
        for file in files:
            if not file.filename:
                continue
            try:
                found.append((base, text_of(file.stream.read(MAX_BYTES + 1))))
            except BadSheet as bad:
                refused.append(Problem(base, "import", str(bad)))
    return found


def _pasted(page: Page, posted: MultiDict[str, str]) -> list[tuple[str, str]]:
    found = [
        (name.removesuffix(PASTE), text)
        for name, text in posted.items()
        if name.endswith(PASTE) and text.strip()
    ]
    return [(name, text) for name, text in found if series_at(page, name) is not None]


def _told(found: Pasted) -> str:
    said = [
        ngettext("One point was added.", "%(count)s points were added.", found.added)
        if found.added
        else _("No point was added.")
    ]
    if found.known:
        said.append(
            ngettext("One was there already.", "%(count)s were there already.", found.known)
        )
    if found.left_out:
        columns = ", ".join(f"“{one[:60]}”" for one in found.left_out[:10])
        said.append(_("Left out, since no column is called so: %(columns)s.", columns=columns))
    if found.unknown:
        columns = ", ".join(f"“{one[:60]}”" for one in found.unknown[:10])
        said.append(
            _("%(columns)s were read as headings, and the columns in their order.", columns=columns)
        )
    return " ".join(said)
