"""The QR code of an address, as a drawing: crisp at any size, and cheap to print."""

from __future__ import annotations

from engine.awards.drawing import Drawing, Mark, Step, rectangle

_MASK = 3
"""Fixed, because weighing all eight masks is most of the work; readers accept any."""


def qr(address: str, colour: str) -> Drawing:
    """A QR code with error correction level M, one point a module, four modules of quiet zone."""
    import segno

    code = segno.make(address, error="m", micro=False, mask=_MASK, boost_error=False)
    steps: list[Step] = []
    rows = [list(row) for row in code.matrix]
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                steps += rectangle(x + 4, y + 4, run - x, 1)
            x = run + 1
    side = len(rows) + 8
    return Drawing(side, side, (Mark(tuple(steps), colour),))
