"""The pages' fonts: made once, whole, small, and with the letters that names need."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from engine.web import fonts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("instance") / "fonts"
    fonts.ensure_fonts(made)
    return made


def test_every_face_becomes_one_small_woff2_file(folder: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}

    assert sorted(sizes) == sorted(face.file for face in fonts.faces())
    assert all((folder / name).read_bytes()[:4] == b"wOF2" for name in sizes)
    assert max(sizes.values()) < 60_000


@pytest.mark.parametrize("face", fonts.faces(), ids=lambda face: face.file.split(".")[0])
def test_a_face_keeps_accents_and_punctuation_and_leaves_the_rest(
    folder: Path, face: fonts.Face
) -> None:
    letters = TTFont(folder / face.file).getBestCmap()

    assert {chr(code) for code in letters} >= set(
        "Zoë Ñandú Łukasz Đorđe Šárka “—” ‘…’ 0123456789€"
    )
    assert ord("Ж") not in letters


def test_figures_stand_in_columns(folder: Path) -> None:
    regular = TTFont(folder / fonts.faces()[0].file)
    named = regular.getBestCmap()

    assert len({regular["hmtx"][named[ord(figure)]][0] for figure in "0123456789"}) == 1


@pytest.mark.parametrize("face", fonts.faces(), ids=lambda face: face.file.split(".")[0])
def test_a_glyph_is_as_wide_as_itself_and_not_as_a_part_of_it(
    folder: Path, face: fonts.Face
) -> None:
    """FreeType believes such a part where text is set on whole pixels: “ was half as wide."""
    font = TTFont(folder / face.file)
    glyphs, widths = font["glyf"], font["hmtx"]
    assert widths["quotedblleft"][0] > 1.5 * widths["quoteleft"][0]
    believed = [
        name
        for name in font.getGlyphOrder()
        for part in (glyphs[name].components if glyphs[name].isComposite() else ())
        if part.flags & 0x0200
    ]
    assert believed == []


def test_a_second_start_makes_nothing(folder: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    took = []
    for _ in range(3):  # one of them may have to tidy up after other tests
        began = time.process_time()
        fonts.ensure_fonts(folder)
        took.append(time.process_time() - began)

    assert min(took) < 0.1
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_file_that_went_missing_is_made_again(folder: Path) -> None:
    face = fonts.faces()[0]
    content = (folder / face.file).read_bytes()
    (folder / face.file).unlink()

    fonts.ensure_fonts(folder)

    assert (folder / face.file).read_bytes() == content


def test_the_style_sheet_names_every_file_once() -> None:
    sheet = fonts.style_sheet(fonts.faces())

    assert re.findall(r'url\("/fonts/([^"]+)"\)', sheet) == [face.file for face in fonts.faces()]
    assert sheet.count("font-display: swap") == len(fonts.faces())
