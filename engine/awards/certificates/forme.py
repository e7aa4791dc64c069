"""A printed page that stays set: some of its words are taken out and others put in their places.

Laying a page out is most of the work of printing it, and comes out the same for every certificate
of a credential but for a few lines. Here a page's PDF objects are kept as they are; another one's
lines are set anew, the fonts are cut for them, and whatever repeats the words elsewhere (the
file's description, what is said of a picture) is written anew too. The tag tree has no words but
those. What comes out is to the byte what printing that page would have given; where that is not
sure, it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from typing import Any

from engine.awards.certificates.archival import number_of, object_of, spell_out
from engine.awards.certificates.file_facts import (
    Part,
    described,
    enclosure,
    facts_of,
    info,
    packet,
    settled,
)
from engine.awards.typesetting.drawing import Drawing
from engine.awards.typesetting.manuscript import Manuscript
from engine.awards.typesetting.pieces import (
    Line,
    Piece,
    Style,
    Unsettable,
    blank,
    lines,
    plain,
    set_piece,
)
from engine.awards.typesetting.press import compress_once

_OPTIONS = {"hinting": False, "pdf_version": "1.7"}
"""WeasyPrint's own, of what `press.OPTIONS` leaves open."""
_KEPT_PIECES = 64
"""Of each page: a day's certificates have the day in common."""


@dataclass(eq=False)
class _Kept:
    """An object of a PDF file, written already (the shape of pydyf's `Object`)."""

    number: int
    data: bytes
    compressible: bool
    """Whether it may go among those that are compressed together."""
    free: str = "n"
    generation: int = 0
    offset: int = 0

    @property
    def indirect(self) -> bytes:
        return b"%d %d obj\n%b\nendobj" % (self.number, self.generation, self.data)


@dataclass(frozen=True, eq=False)
class _Place:
    """Where one text stands on the page, and which one it is in the specimen."""

    style: Style
    text: str
    piece: Piece
    line: int
    y: float
    at: int
    """Where its operators are in the page's content: first the one that says where it stands."""


class Forme:
    """A page of one manuscript, to be set with the words of others of the same frame.

    It is made while its first page is written, out of WeasyPrint's document and pydyf's file.
    Raises `Unsettable` when anything on the page may depend on its words in another way than that
    a line of them stands in the middle of a room.
    """

    def __init__(
        self, manuscript: Manuscript, drawings: Mapping[str, Drawing], document: Any, pdf: Any
    ) -> None:
        self._fonts: dict[int, Any] = {}
        page = object_of(pdf, pdf.page_references[0])
        self._content = number_of(page["Contents"])
        self._operators: list[Any] = list(pdf.objects[self._content].stream)
        self._lines: list[Line] = []
        self._places = list(self._read(document.pages[0]._page_box))
        if [one.text.strip(" ") for one in self._places] != list(manuscript.lines):
            raise Unsettable("words that the source has not, or in another order")
        if len(document.pages) != 1 or document.pages[0].links:
            raise Unsettable("more than a page of words")
        # Headings' words are of the frame; an outline may name others by the style sheet.
        if len(document.pages[0].bookmarks) != manuscript.headings:
            raise Unsettable("an outline with more than headings")
        self._pieces: dict[tuple[int, str], Piece] = {}
        self._facts = facts_of(manuscript)
        self._info, self._catalog = pdf.info, pdf.catalog
        resources = object_of(pdf, page["Resources"])
        self._plates = {
            name: item
            for item in pdf.objects
            for name, drawing in drawings.items()
            if item.free == "n" and not isinstance(item, dict) and _is(item, drawing)
        }
        dictionaries = [item for item in pdf.objects if isinstance(item, dict)]
        self._figures = [item for item in dictionaries if item.get("S") == "/Figure"]
        if len(self._figures) != len(manuscript.descriptions):
            raise Unsettable("a picture without words")
        self._enclosed = [
            number_of(item["EF"]["F"]) for item in dictionaries if item.get("Type") == "/Filespec"
        ]
        compress_once(pdf)
        self._nothing, *others = pdf.objects  # a file's object 0 is none
        self._kept = [_kept(item) for item in others]
        # The objects of the fonts follow each other; the list of them is the last.
        own = self._cut([one.piece for one in self._places], 0)
        self._first_of_fonts = number_of(resources["Font"]) + 1 - len(own)

    def _read(self, page_box: Any) -> Iterator[_Place]:
        starts = (at for at, item in enumerate(self._operators) if item == b"BT")
        for number, (line, texts) in enumerate(lines(page_box)):
            self._lines.append(line)
            for box in texts:
                if (start := next(starts, None)) is None:
                    raise Unsettable("a text that is not drawn")
                at = start + 1
                style = Style(box.style)
                piece = set_piece(box.text, style, self._fonts)
                style.settle()
                found = tuple(self._operators[at + 1 : at + 1 + len(piece.operators)])
                if found != piece.operators or piece.width != box.width:
                    raise Unsettable("a text drawn in another way")
                yield _Place(style, box.text, piece, number, box.position_y + box.baseline, at)
        if next(starts, None) is not None:
            raise Unsettable("texts out of order")

    def set(
        self,
        manuscript: Manuscript,
        drawings: Mapping[str, Drawing],
        attachments: Sequence[Any],
    ) -> bytes:
        """The file of `manuscript`, whose frame is the same.

        Raises `Unsettable` when its words do not fit their lines or need another font.
        """
        facts = facts_of(manuscript)
        if settled(facts) != settled(self._facts):
            raise Unsettable("other facts about the page")
        pieces = [
            place.piece if words == place.text.strip(" ") else self._piece(number, words)
            for number, (place, words) in enumerate(
                zip(self._places, manuscript.lines, strict=True)
            )
        ]
        objects: list[Any] = [self._nothing, *self._kept]
        new = [self._content_of(pieces), *packet(facts, number_of(self._catalog["Metadata"]))]
        new += self._cut(pieces, self._first_of_fonts)
        for name, before in self._plates.items():
            if before.stream[0] is not drawings[name].plate:
                form = copy(before)
                form.stream = [drawings[name].plate]
                new.append(form)
        for figure, words in zip(self._figures, manuscript.descriptions, strict=True):
            new.append(described(figure, words))
        for number, attachment in zip(self._enclosed, attachments, strict=True):
            new.append(enclosure(attachment, number))
        compress_once(SimpleNamespace(objects=new))
        for item in new:
            objects[item.number] = _kept(item)
        return self._written(objects, facts)

    def _piece(self, number: int, words: str) -> Piece:
        if (number, words) not in self._pieces:
            if len(self._pieces) >= _KEPT_PIECES:
                self._pieces.clear()
            self._pieces[number, words] = self._set_anew(number, words)
        return self._pieces[number, words]

    def _set_anew(self, number: int, words: str) -> Piece:
        place = self._places[number]
        if not plain(words):
            raise Unsettable("letters that may need another font, or another direction")
        lead, trail = place.text[:1] == " ", place.text[-1:] == " "
        fonts = dict(self._fonts)
        piece = set_piece(lead * " " + words + trail * " ", place.style, fonts)
        if fonts.keys() != self._fonts.keys():
            raise Unsettable("another font")
        if (piece.height, piece.baseline) != (place.piece.height, place.piece.baseline):
            raise Unsettable("a line of another height")
        return piece

    def _content_of(self, pieces: Sequence[Piece]) -> Any:
        """The page's content with these pieces in their places."""
        import pydyf

        operators = list(self._operators)
        by_line: dict[int, list[tuple[_Place, Piece]]] = {}
        for place, piece in zip(self._places, pieces, strict=True):
            by_line.setdefault(place.line, []).append((place, piece))
        # From the end, so that what is still to be changed stays where it was.
        for number, parts in reversed(by_line.items()):
            if all(piece is place.piece for place, piece in parts):
                continue
            xs = self._lines[number].places([piece.width for _, piece in parts])
            for (place, piece), x in reversed(list(zip(parts, xs, strict=True))):
                here = pydyf.Stream()
                here.set_text_matrix(1, 0, 0, -1, x, place.y)
                end = place.at + 1 + len(place.piece.operators)
                operators[place.at : end] = [*here.stream, *piece.operators]
        content = pydyf.Stream(operators, {}, True)
        content.number = self._content
        return content

    def _cut(self, pieces: Sequence[Piece], first: int) -> list[Any]:
        """The objects of the fonts that these pieces take, numbered from `first`."""
        from weasyprint.pdf.fonts import build_fonts_dictionary

        fonts: dict[int, Any] = {}
        for piece in pieces:
            for key, (letters, widths) in piece.fonts.items():
                font = fonts.get(key)
                if font is None:
                    font = fonts[key] = blank(self._fonts[key])
                for sign, text in letters.items():
                    font.to_unicode.setdefault(sign, text)
                for sign, width in widths.items():
                    font.widths.setdefault(sign, width)
        if list(fonts) != list(self._fonts):
            raise Unsettable("fonts in another order")
        part = Part(first)
        part.add_object(build_fonts_dictionary(part, fonts, True, True, _OPTIONS))
        spell_out(part)
        return part.made

    def _written(self, objects: list[Any], facts: Mapping[str, Any]) -> bytes:
        import pydyf

        pdf = pydyf.PDF()
        pdf.objects, pdf.catalog = objects, self._catalog
        pdf.info = info(self._info, facts)
        file = BytesIO()
        pdf.write(file, "1.7", True, True)
        return file.getvalue()


def _is(item: Any, drawing: Drawing) -> bool:
    return len(getattr(item, "stream", ())) == 1 and item.stream[0] is drawing.plate


def _kept(item: Any) -> _Kept:
    return _Kept(item.number, item.data, item.compressible)
