"""Findings on what a document says of its badge."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.credentials.badge_design import LEGIBLE, PAPER, contrast, darkened
from engine.credentials.library import Library
from engine.credentials.lint import check
from engine.settings import SHIPPED

GARDEN = """\
credential: window-garden
version: 1
kind: recognised
title: Window Garden
badge:
  {said}
"""


def findings(folder: Path, said: str) -> list[tuple[int, str, str]]:
    """Line, code and suggestion of each."""
    place = folder / "window-garden.yaml"
    place.write_text(GARDEN.format(said=said), "utf-8")
    library = Library((folder,), (SHIPPED / "workflows",))
    return [(one.line, one.code, one.suggestion) for one in check(library, [place])]


def test_a_badge_may_say_how_it_looks(tmp_path: Path) -> None:
    said = 'shape: shield\n  color: "#1d5c8f"\n  glyph: IC\n  text: Coach'
    assert findings(tmp_path, said) == []


def test_a_color_that_white_words_vanish_on_is_found_with_a_darker_one(tmp_path: Path) -> None:
    assert findings(tmp_path, 'color: "#7CCBA2"') == [
        (6, "low-contrast", f'Take a darker color, such as "{darkened("#7CCBA2")}".')
    ]
    assert contrast(darkened("#7CCBA2"), PAPER) >= LEGIBLE


@pytest.mark.parametrize("said", ["color: green", "color: '#12345'", "color: #1D5C8F", "color: 7"])
def test_what_is_no_color_is_found_at_its_line(tmp_path: Path, said: str) -> None:
    assert {line for line, _code, _hint in findings(tmp_path, said)} == {6}


def test_a_shape_that_nobody_draws_is_found_with_the_nearest(tmp_path: Path) -> None:
    [(line, _code, hint)] = findings(tmp_path, "shape: hexagone")
    assert (line, "hexagon" in hint) == (6, True)


def test_too_many_words_are_found(tmp_path: Path) -> None:
    assert findings(tmp_path, f"text: {'a' * 80}") == []
    assert [line for line, _code, _hint in findings(tmp_path, f"text: {'a' * 81}")] == [6]
    assert [one[0] for one in findings(tmp_path, f"text: {{en: {'a' * 81}}}")] == [6]


def test_contrast_is_what_the_guidelines_say() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == contrast("#FFFFFF", "#777777")
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert darkened("#1F6B4A") == "#1F6B4A"
