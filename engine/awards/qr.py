"""The QR code of an address, as a drawing: crisp at any size, and cheap to print."""

from __future__ import annotations

import re

from engine.awards.drawing import Drawing, Mark, Step

_MASK = 3
"""Fixed, because weighing all eight masks is most of the work; readers accept any."""


def qr(address: str, colour: str) -> Drawing:
    """A QR code with error correction level M, one point a module, four modules of quiet zone."""
    import segno

    code = segno.make(address, error="m", micro=False, mask=_MASK, boost_error=False)
    rows = [bytes(row) for row in code.matrix]
    runs: list[Step] = [
        ("R", (run.start() + 4, y, run.end() - run.start(), 1))
        for y, row in enumerate(rows, start=4)
        for run in re.finditer(rb"\x01+", row)
    ]
    side = len(rows) + 8
    return Drawing(side, side, (Mark(tuple(runs), colour),))
