"""Border, seal and QR code: the same drawing every time, within its sheet."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from engine.awards.typesetting.border import LETTER, dash, ruled, woven
from engine.awards.typesetting.drawing import Drawing
from engine.awards.typesetting.qr import qr
from engine.awards.typesetting.seal import seal

GREEN, TINT = "#1F6B4A", "#79AB94"


def drawings() -> dict[str, Drawing]:
    return {
        "woven": woven(GREEN, TINT),
        "ruled": ruled(GREEN, TINT),
        "dash": dash(GREEN),
        "seal": seal("IC", "Garden School", "Window Garden", GREEN, TINT),
        "qr": qr("https://awards.example.org/verify/7K3M", "#000000"),
    }


@pytest.mark.parametrize("name", ["woven", "ruled", "dash", "seal", "qr"])
def test_drawing_stays_on_its_sheet(name: str) -> None:
    drawing = drawings()[name]
    for mark in drawing.marks:
        for _, at in mark.path:
            assert all(-0.1 <= x <= drawing.width + 0.1 for x in at[::2])
            assert all(-0.1 <= y <= drawing.height + 0.1 for y in at[1::2])


@pytest.mark.parametrize("name", ["woven", "ruled", "dash", "seal", "qr"])
def test_drawing_is_well_formed_svg(name: str) -> None:
    root = ElementTree.fromstring(drawings()[name].svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_border_is_as_large_as_the_page() -> None:
    assert (woven(GREEN, TINT).width, woven(GREEN, TINT).height) == (792, 612)


def test_strands_meet_their_mirror_images() -> None:
    # Each strand starts on the middle line with the height of its mirror image.
    starts = sorted(
        round(mark.path[0][1][1], 6)
        for mark in woven(GREEN, TINT).marks
        if mark.path[0][1][0] == LETTER.width / 2 and mark.path[-1][0] == "C"
    )
    assert len(starts) == 6


@pytest.mark.parametrize("glyph", ["", "★", "\x00", "WWWWWWWW", "é", "مح", "🌱"])
def test_any_glyph_makes_a_seal(glyph: str) -> None:
    drawing = seal(glyph, "Garden School", "Window Garden", GREEN, TINT)
    assert drawing.marks[-1].path


def test_words_that_the_typeface_lacks_become_an_ornament() -> None:
    drawing = seal("A", "園芸学校", "窓の庭", GREEN, TINT)
    assert len(drawing.marks) > 40


def test_rim_too_full_to_read_keeps_the_institution_alone() -> None:
    both = seal("A", "Garden School", "Window Garden " * 12, GREEN, TINT)
    alone = seal("A", "Garden School", "", GREEN, TINT)
    assert both.svg() == alone.svg()
