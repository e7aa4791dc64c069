"""Setting one line anew, as the press would: the same typesetter, the same style, the same room.

Words are set by Pango through WeasyPrint's own classes, so kerning, small capitals and figures
come out as in a page laid out whole. Where a line stands in its room is reckoned here, in the
order in which WeasyPrint's layout reckons it, so that not even the last digit differs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from engine.awards.typesetting.typefaces import covers


class Unsettable(Exception):
    """These words, or this page, must be laid out whole."""


Taken = tuple[Mapping[int, str], Mapping[int, int]]
"""What a text takes of a font: the letters that each sign stands for, and its width."""


@dataclass(frozen=True)
class Piece:
    """A text set in one line; sizes in CSS pixels."""

    operators: tuple[bytes, ...]
    """As PDF, after the operator that says where it stands."""
    width: float
    height: float
    baseline: float
    fonts: Mapping[int, Taken]
    """By WeasyPrint's key of the font, in the order in which they are used."""


class Style(dict[str, Any]):
    """As much of a style of WeasyPrint's as setting its text has asked for: the whole of it would
    keep the page's other styles, and its source."""

    def __init__(self, style: Any) -> None:
        super().__init__()
        self.font_config = style.font_config
        self._rest: Any = style

    def __missing__(self, name: str) -> Any:
        if self._rest is None:
            raise Unsettable(f"a style that asks for {name}")
        value = self[name] = self._rest[name]
        return value

    def settle(self) -> None:
        """Let go of what nobody has asked for."""
        self._rest = None


def plain(words: str) -> bool:
    """Whether every letter is one of Source Serif's own that stands alone, from left to right."""
    return covers(words, "regular") and all(
        unicodedata.category(letter)[0] not in "CM"
        and unicodedata.category(letter) not in ("Zl", "Zp")
        and unicodedata.bidirectional(letter) not in ("R", "AL", "AN")
        for letter in words
    )


def set_piece(text: str, style: Any, fonts: dict[int, Any]) -> Piece:
    """`text` in a style of WeasyPrint's. Fonts that it takes are added to `fonts`."""
    from weasyprint.draw.text import draw_first_line
    from weasyprint.matrix import Matrix
    from weasyprint.pdf.stream import Stream
    from weasyprint.text.ffi import FROM_UNITS, pango
    from weasyprint.text.line_break import Layout, line_size

    layout = Layout(style)
    layout.set_text(text, justify=True)
    line, more = layout.get_first_line()
    if more is not None:
        raise Unsettable("more than one line")
    width, height = line_size(line, style)
    baseline = pango.pango_layout_get_baseline(layout.layout) * FROM_UNITS
    used = {key: blank(font) for key, font in fonts.items()}
    stream = Stream(used, (), {}, {}, None, {}, None)
    box = SimpleNamespace(text=text, style=style, pango_layout=layout)
    if draw_first_line(stream, box, "clip", "none", Matrix()):
        raise Unsettable("signs that are pictures")
    layout.deactivate()
    if any(font.missing or font.bitmap or "fvar" in font.tables for font in used.values()):
        raise Unsettable("signs that no font has")
    for key, font in used.items():
        if key not in fonts:
            fonts[key] = blank(font)
            fonts[key].file_content = _once(font.file_content)
    taken = {key: (font.to_unicode, font.widths) for key, font in used.items() if font.to_unicode}
    return Piece(tuple(stream.stream[1:]), width, height, baseline, taken)


def blank(font: Any) -> Any:
    """A font of WeasyPrint's of which nothing is taken yet."""
    fresh = copy(font)
    fresh.to_unicode, fresh.widths, fresh.missing = {}, {}, {}
    return fresh


@lru_cache(maxsize=16)
def _once(font_file: bytes) -> bytes:
    """The first of equal files: every page would keep a copy of its own."""
    return font_file


class Line:
    """A line on a page that WeasyPrint laid out, and where its texts stand."""

    def __init__(self, room: Any, box: Any) -> None:
        if box.text_overflow != "clip" or box.block_ellipsis != "none":
            raise Unsettable("a line that is cut")
        self._start, self._room = room.content_box_x(), room.width
        self._shape = _shape(box)
        texts = list(_texts(box))
        where = self.places([text.width for text in texts])
        if any(abs(x - text.position_x) > 1e-6 for x, text in zip(where, texts, strict=True)):
            raise Unsettable("a line that is not in the middle")

    def places(self, widths: Sequence[float]) -> list[float]:
        """Where texts of these widths begin, from the left edge of the page; CSS pixels."""
        following = iter(widths)
        found: list[float] = []

        def place(shape: _Shape, position: float) -> float:
            for part in shape:
                if part is None:
                    found.append(position)
                    position += next(following)
                    continue
                left, right, inner = part
                end = place(inner, position + left)
                position += end - (position + left) + left + right
            return position

        total = place(self._shape, self._start) - self._start
        if total >= self._room:
            raise Unsettable("a line that is too long")
        offset = (self._room - total) / 2
        return [x + offset for x in found]


_Shape = list[Any]
"""A line's parts: None for a text; white at the left, at the right, and what is between."""


def _shape(box: Any) -> _Shape:
    from weasyprint.formatting_structure import boxes

    shape: _Shape = []
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            style = child.style
            if style["text_transform"] != "none" or style["text_decoration_line"] != "none":
                raise Unsettable("letters that are changed or struck")
            if style["direction"] != "ltr" or style["visibility"] != "visible":
                raise Unsettable("words from right to left, or unseen")
            shape.append(None)
        elif type(child) is boxes.InlineBox:
            borders = child.border_left_width + child.border_right_width
            if child.background or borders or ":" in child.element_tag:
                raise Unsettable("words in a box of their own")
            left = child.padding_left + child.margin_left
            shape.append((left, child.padding_right + child.margin_right, _shape(child)))
        else:
            raise Unsettable("a line with more than words")
    return shape


def _texts(box: Any) -> Iterator[Any]:
    from weasyprint.formatting_structure import boxes

    for child in box.children:
        if isinstance(child, boxes.TextBox):
            yield child
        else:
            yield from _texts(child)


def lines(page_box: Any) -> Iterator[tuple[Line, list[Any]]]:
    """The lines of a page, each with its texts (WeasyPrint's boxes), in the order of its source.

    Raises `Unsettable` where the room that a line is in may depend on its words.
    """
    from weasyprint.formatting_structure import boxes
    from weasyprint.layout.absolute import AbsolutePlaceholder

    for child in page_box.children:
        if isinstance(child, AbsolutePlaceholder):
            child = child._box
        if child.is_floated():
            raise Unsettable("a line that makes way")
        if isinstance(child, boxes.LineBox):
            if any(isinstance(one, boxes.TextBox) for one in child.descendants()):
                yield Line(page_box, child), list(_texts(child))
        elif type(child) is boxes.BlockBox:
            apart = child.style["position"] in ("absolute", "fixed")
            if apart and child.style["width"] == "auto":
                raise Unsettable("a room that is as wide as its words")
            yield from lines(child)
        elif hasattr(child, "children") and any(
            isinstance(one, boxes.TextBox) for one in child.descendants()
        ):
            raise Unsettable("words in a table, or in columns")
