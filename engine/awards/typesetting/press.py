"""The printing press: HTML and drawings in, PDF out, by WeasyPrint kept warm.

Reading the style sheet and the fonts is half the cost of a page, so both stay for the life of
the process. Drawings are printed from plates: their PDF operators are made once, compressed,
and put into each file as they are; WeasyPrint would parse and write every line of an SVG anew,
half a second for a certificate. Importing WeasyPrint takes a second and happens at the first
page, never at start.
"""

from __future__ import annotations

import atexit
import gc
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache, lru_cache, partial
from threading import RLock
from typing import Any
from xml.etree import ElementTree

from engine.awards.typesetting.drawing import Drawing
from engine.awards.typesetting.keyed_fonts import plainly_keyed
from engine.awards.typesetting.typefaces import font_faces

SCHEME = "drawing:"
"""A page names its pictures `drawing:NAME`; nothing else is fetched while printing."""
OPTIONS = {"pdf_variant": "pdf/a-3a"}
"""Archival and tagged (ISO 19005-3, level A): the file outlives the program that made it."""
ACCESSIBLE = {"pdf_variant": "pdf/ua-1"}
"""Tagged for readers of every kind (ISO 14289-1): long texts that somebody listens to."""
# Pango's font maps are not safe to share between threads, and the pause of the garbage
# collector is the whole process's.
_one_at_a_time = RLock()


class Press:
    """A style sheet and its fonts, ready to print. Threads take turns."""

    def __init__(self, style_sheet: str) -> None:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher, URLFetcherResponse

        class FontFiles(URLFetcher):  # type: ignore[misc]
            def fetch(self, url: str, headers: object = None) -> object:
                with closing(super().fetch(url, headers)) as answer:
                    return URLFetcherResponse(url, plainly_keyed(answer.read()))

        # A style sheet given no font configuration loses its fonts without a word.
        self._fonts = FontConfiguration()
        self._fonts.font_features = NotShared()
        _let_go_of_features()
        _leave_dates_of_fonts()
        css = f"{font_faces()}\n{style_sheet}"
        files = FontFiles(allowed_protocols=["file"], fail_on_errors=True)
        self._style_sheet = CSS(string=css, font_config=self._fonts, url_fetcher=files)
        self._fetch_nothing = URLFetcher(allowed_protocols=[], fail_on_errors=True)

    def print(
        self,
        html: str,
        drawings: Mapping[str, Drawing],
        options: Mapping[str, Any] = OPTIONS,
        finish: Callable[[object, Any], None] | None = None,
        xml: bool = False,
    ) -> bytes:
        """`html` as a PDF file. The same page and drawings give the same bytes.

        `finish` gets the document and the file's objects before they are written. `xml` says that
        the page is meant to be XML too, and may be read as such.
        """
        from weasyprint import HTML

        read = _read_as_xml if xml else HTML
        pictures = plates(drawings)

        def finisher(document: object, pdf: Any) -> None:
            if finish is not None:
                finish(document, pdf)
            compress_once(pdf)

        with taking_turns():
            pdf: bytes = read(string=html, url_fetcher=self._fetch_nothing).write_pdf(
                stylesheets=[self._style_sheet],
                font_config=self._fonts,
                cache=pictures,
                finisher=finisher,
                **options,
            )
        return pdf


class NotShared(dict[bytes, Any]):
    """Gives each line of text an attribute of its own for its font's features. WeasyPrint shares
    them among lines, and can therefore never let go of any."""

    def setdefault(self, _features: bytes, made: Any = None) -> Any:
        return made


@cache
def _let_go_of_features() -> None:
    """Have each line's list of attributes end with the line. WeasyPrint 70 keeps them all, about
    6 KB a page; only lines of a press are changed, since those of others share what is in them."""
    from weasyprint.text.ffi import ffi, pango
    from weasyprint.text.line_break import Layout

    kept = Layout.setup

    def setup(layout: Any, style: Any) -> None:
        kept(layout, style)
        listed = pango.pango_layout_get_attributes(layout.layout)
        if listed == ffi.NULL or not isinstance(style.font_config.font_features, NotShared):
            return
        # The first word of the list counts who holds it: the line, and whoever forgot it.
        if ffi.cast("unsigned int *", listed)[0] == 2:
            pango.pango_attr_list_unref(listed)

    Layout.setup = setup


@cache
def _leave_dates_of_fonts() -> None:
    """Have a variable font keep its date when one weight of it is cut out. fontTools would write
    the time of the printing, and no two files with Hebrew or emoji would be alike."""
    from fontTools.ttLib import TTFont
    from weasyprint.pdf import fonts

    fonts.TTFont = partial(TTFont, recalcTimestamp=False)


@lru_cache(maxsize=8)
def press(style_sheet: str) -> Press:
    """The press of this process for a style sheet's text."""
    return Press(style_sheet)


# A press has unpacked its fonts into a folder, and removes it while Python still can.
atexit.register(press.cache_clear)


def plates(drawings: Mapping[str, Drawing]) -> dict[str, object]:
    """The drawings as pictures of a page, by address, for WeasyPrint's `cache`."""
    return {SCHEME + name: _Plate(name, drawing) for name, drawing in drawings.items()}


class _Plate:
    """A drawing as WeasyPrint takes pictures (the shape of its `RasterImage`)."""

    def __init__(self, name: str, drawing: Drawing) -> None:
        self.id = name
        self.drawing = drawing

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        wide, high = self.drawing.width / 0.75, self.drawing.height / 0.75
        return wide, high, wide / high

    def draw(self, stream: Any, width: float, height: float, style: object) -> None:
        name = stream.add_image(self, False, 1)
        stream.transform(a=width / self.drawing.width, d=height / self.drawing.height)
        for a, b, c, d, e, f in self.drawing.copies:
            with stream.stacked():
                stream.transform(a, b, c, d, e, f)
                stream.draw_x_object(name)

    def get_x_object(self, interpolate: bool, dpi_ratio: float) -> Any:
        import pydyf

        box = pydyf.Array((0, 0, self.drawing.width, self.drawing.height))
        facts = {"Type": "/XObject", "Subtype": "/Form", "BBox": box, "Filter": "/FlateDecode"}
        return pydyf.Stream([self.drawing.plate], pydyf.Dictionary(facts))


def _read_as_xml(string: str, url_fetcher: object) -> Any:
    """What `weasyprint.HTML` makes of a page, by the parser for XML: it takes a fiftieth of the
    time of the one for HTML, which is a twentieth of a certificate. Where a template is no XML,
    that one reads it after all."""
    from cssselect2 import ElementWrapper
    from weasyprint import HTML

    try:
        # Templates are this installation's own, and what they are filled with is escaped.
        root = ElementTree.fromstring(string)  # noqa: S314
    except ElementTree.ParseError:
        return HTML(string=string, url_fetcher=url_fetcher)
    page = HTML.__new__(HTML)
    page.base_url, page.url_fetcher, page.media_type = None, url_fetcher, "print"
    page.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
    page.etree_element = root
    return page


def compress_once(pdf: Any) -> None:
    """Compress the streams now: for a file with an identifier each would be compressed twice."""
    from pydyf import Stream

    for item in pdf.objects:
        if isinstance(item, Stream) and item.compress:
            plain = b"\n".join(map(_bytes, item.stream))
            item.stream, item.compress = [zlib.compress(plain, 6)], False
            item.extra["Filter"] = "/FlateDecode"


def _bytes(part: Any) -> bytes:
    if isinstance(part, bytes):
        return part
    written: bytes = part.encode("ascii") if isinstance(part, str) else part.data
    return written


@contextmanager
def taking_turns() -> Iterator[None]:
    """Nobody else of this process sets or prints meanwhile."""
    with _one_at_a_time, _no_collecting():
        yield


@contextmanager
def _no_collecting() -> Iterator[None]:
    # Laying out a page makes thousands of objects that live until it is done; looking for
    # garbage among them costs time and finds none.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
