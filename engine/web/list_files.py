"""A list of submissions as a file: every row that matches, as CSV or as an Excel workbook.

Rows go out as they are read, a few hundred at a time, so that a file of a hundred thousand takes
no more memory than one of ten. What stands in a row is `exporting`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from engine import phrases
from engine.permissions import require
from engine.submissions import exporting, listing
from engine.submissions.exporting import Line
from engine.submissions.narrowing import Asked, ListName
from engine.web.asking import house, me, now, read_session
from engine.web.list_rows import Tellings

MOST_EXPORTED = 100_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("csv", "xlsx")


def url(name: ListName, asked: Asked, kind: str) -> str:
    """The address of the list as a file."""
    where = "reviewer.queue_file" if name == "queue" else "staff.submissions.file"
    arguments: dict[str, Any] = dict(asked.arguments)
    return url_for(where, kind=kind, **arguments)


def as_file(name: ListName, kind: str) -> ResponseReturnValue:
    """Every row that matches, as a file, up to `MOST_EXPORTED`."""
    # Asked before the answer begins, so that a refusal is a page.
    require(me(), "staff.see" if name == "staff" else "queue.see")
    asked, zone = Asked.of(request.args), phrases.zone_named(me().zone, house().settings.zone)
    zone_name = str(zone)
    stem = "queue" if name == "queue" else "submissions"
    headers = {
        "Content-Disposition": f'attachment; filename="{stem}-{now():%Y-%m-%d}.{kind}"',
        "Cache-Control": "private, no-store",
    }
    if kind == "csv":
        pieces = exporting.csv_of(_lines(name, asked), zone, zone_name)
        first = next(pieces)
        return Response(
            stream_with_context(_after(first, pieces)), headers=headers, mimetype="text/csv"
        )
    folder = TemporaryDirectory(prefix="accolade-")
    try:
        path = Path(folder.name) / "list.xlsx"
        exporting.write_xlsx(path, _lines(name, asked), zone, zone_name)
    except BaseException:
        folder.cleanup()
        raise
    return Response(_pieces(path, folder), headers=headers, mimetype=XLSX)


def _lines(name: ListName, asked: Asked) -> Iterator[Line]:
    with read_session() as session:
        tellings = Tellings(session, me(), name)
        for row in listing.everything(session, me(), name, asked, now(), MOST_EXPORTED):
            yield tellings.line(row)


def _after(first: str, pieces: Iterator[str]) -> Iterator[str]:
    yield first
    yield from pieces


def _pieces(path: Path, folder: TemporaryDirectory[str]) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(64 * 1024):
                yield piece
    finally:
        folder.cleanup()
