"""The press leaves nothing behind: what it changes in WeasyPrint 70 still fits, and helps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib.tables import _h_e_a_d

from engine.awards.typesetting.lent import faces_for
from engine.awards.typesetting.press import Press

FEATURES = "p { font: 12pt 'Source Serif'; font-variant-numeric: oldstyle-nums }"
PAGE = "<p>" + "</p><p>".join(f"Line {number} of 1234567890." for number in range(40)) + "</p>"
WARM_UP = 10
PAGES = 30
MOST_GROWTH = 100 * 1024
"""Bytes: kept attributes would be about 6 KB a page."""


@pytest.fixture(scope="module")
def press() -> Press:
    return Press(FEATURES)


def lines(fonts: object, style_sheet: object) -> Iterator[Any]:
    """A WeasyPrint layout for each text on a page with font features."""
    from weasyprint import HTML
    from weasyprint.formatting_structure.boxes import TextBox
    from weasyprint.text.line_break import Layout

    document = HTML(string="<p>One 12</p><p>Two 34</p>").render(
        stylesheets=[style_sheet], font_config=fonts
    )
    for box in document.pages[0]._page_box.descendants():
        if isinstance(box, TextBox):
            yield Layout(box.style)


def holders(layout: Any) -> int:
    """Who holds the layout's list of attributes: the first word of the list counts them."""
    from weasyprint.text.ffi import ffi, pango

    listed = pango.pango_layout_get_attributes(layout.layout)
    assert listed != ffi.NULL, "a style with font features has attributes"
    return int(ffi.cast("unsigned int *", listed)[0])


def test_only_the_line_itself_holds_its_attributes(press: Press) -> None:
    counted = [holders(one) for one in lines(press._fonts, press._style_sheet)]
    assert counted == [1, 1]


def test_lines_of_nobodys_press_are_left_as_they_were(press: Press) -> None:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    assert isinstance(press, Press)  # WeasyPrint is changed by the first one
    fonts = FontConfiguration()
    style_sheet = CSS(string=FEATURES, font_config=fonts)
    # When this becomes 1, WeasyPrint lets go of them itself: the press need not any more.
    assert [holders(one) for one in lines(fonts, style_sheet)] == [2, 2]


def memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_printing_does_not_make_the_process_grow(press: Press) -> None:
    for _ in range(WARM_UP):
        press.print(PAGE, {})
    before = memory()
    for _ in range(PAGES):
        press.print(PAGE, {})
    assert memory() - before < MOST_GROWTH


def test_variable_font_is_printed_with_the_same_bytes_at_another_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (hebrew,) = faces_for(["שלום"])
    press = Press(f"{hebrew.rule} p {{ font: 12pt '{hebrew.family}' }}")
    first = press.print("<p>שלום</p>", {})
    monkeypatch.setattr(_h_e_a_d, "timestampNow", lambda: 1)
    assert press.print("<p>שלום</p>", {}) == first
