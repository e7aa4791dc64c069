"""The QR code of an address: as a drawing, crisp at any size and cheap to print, and as files."""

from __future__ import annotations

import io
import re
from typing import Any

from engine.awards.typesetting.drawing import Drawing, Mark, Step

_MASK = 3
"""Fixed, because weighing all eight masks is most of the work; readers accept any."""


def qr(address: str, colour: str) -> Drawing:
    """A QR code with error correction level M, one point a module, four modules of quiet zone."""
    rows = [bytes(row) for row in _code(address).matrix]
    runs: list[Step] = [
        ("R", (run.start() + 4, y, run.end() - run.start(), 1))
        for y, row in enumerate(rows, start=4)
        for run in re.finditer(rb"\x01+", row)
    ]
    side = len(rows) + 8
    return Drawing(side, side, (Mark(tuple(runs), colour),))


def as_svg(address: str) -> bytes:
    """The same as an SVG file, black on white: what is dark in a dark page is not read."""
    return _saved(address, kind="svg", xmldecl=True, nl=False)


def as_png(address: str) -> bytes:
    """The same as a PNG file, twelve pixels a module: enough for a hand of paper."""
    return _saved(address, kind="png")


def _saved(address: str, **how: Any) -> bytes:
    file = io.BytesIO()
    _code(address).save(file, scale=12, border=4, dark="#000000", light="#FFFFFF", **how)
    return file.getvalue()


def _code(address: str) -> Any:
    import segno

    return segno.make(address, error="m", micro=False, mask=_MASK, boost_error=False)
