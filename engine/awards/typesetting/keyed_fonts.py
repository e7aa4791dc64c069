"""Chinese and Korean fonts made fit for a page: a glyph's number is its character id.

Such fonts (CFF, CID-keyed) name their glyphs by ids of a collection that a part of its glyphs was
taken from. A page written by WeasyPrint asks for glyphs by their plain number, and a reader that
follows the standard (ISO 32000-1 §9.7.4.2) takes it for the id and shows nothing. Here the list of
ids, which nothing else refers to, is written anew: glyph n has id n.
"""

from __future__ import annotations

from io import BytesIO

_COVERING_ALL = 2
"""The format of a list that is one long range (Adobe Technical Note #5176 §13)."""


def plainly_keyed(font: bytes) -> bytes:
    """The font with its ids in order; any other kind of font as it is."""
    if font[:4] != b"OTTO":
        return font
    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(font), lazy=True) as opened:
        top = opened["CFF "].cff.topDictIndex[0]
        if not hasattr(top, "ROS"):
            return font
        at = opened.reader.tables["CFF "].offset + top.rawDict["charset"]
        last = len(top.CharStrings) - 1
    # From glyph 1 (0 is never listed), and so many more. Shorter than what stood there.
    whole = bytes([_COVERING_ALL, *(1).to_bytes(2, "big"), *(last - 1).to_bytes(2, "big")])
    return font[:at] + whole + font[at + len(whole) :]
