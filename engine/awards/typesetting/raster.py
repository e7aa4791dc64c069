"""A drawing in pixels: PNG, for what shows no SVG.

Agg, which comes with matplotlib, fills and smooths the paths; nothing else of matplotlib has a
part in it, and none of its settings. The ground is transparent.
"""

from __future__ import annotations

import io
from typing import Any

from engine.awards.typesetting.drawing import Drawing

_FILE = {"M": 1, "L": 2, "C": 4, "Z": 79}
"""matplotlib's codes for the moves of the pen; a curve is three points of one code."""


def png(drawing: Drawing, pixels: int) -> bytes:
    """The drawing as a PNG file, `pixels` wide. The same drawing gives the same bytes."""
    # Imported when the first one is drawn: half a second that no other page should wait for.
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D
    from PIL import Image

    scale = pixels / drawing.width
    height = round(drawing.height * scale)
    # 72 to the inch: a point is a pixel.
    sheet: Any = RendererAgg(pixels, height, 72)  # type: ignore[no-untyped-call]
    for matrix in drawing.copies:
        a, b, c, d, e, f = matrix
        # Agg counts upwards.
        placed = Affine2D.from_values(a, b, c, d, e, f).scale(scale, -scale).translate(0, height)
        for mark in drawing.marks:
            points, codes = [], []
            for pen, at in mark.path:
                pairs = list(zip(at[::2], at[1::2], strict=True)) or [(0.0, 0.0)]
                points += pairs
                codes += [_FILE[pen]] * len(pairs)
            pencil = sheet.new_gc()
            pencil.set_foreground(mark.colour)
            pencil.set_linewidth(mark.width * scale)
            pencil.set_joinstyle("round")
            pencil.set_capstyle("round")
            pencil.set_snap(False)
            ink = None if mark.width else _channels(mark.colour)
            sheet.draw_path(pencil, Path(points, codes), placed, ink)
    made = io.BytesIO()
    image = Image.frombuffer("RGBA", (pixels, height), sheet.buffer_rgba(), "raw", "RGBA", 0, 1)
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
