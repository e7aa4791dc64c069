"""Words that fit: whatever comes in, nothing stands wider than its measure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.awards.typesetting.lettering import fit, printable
from engine.awards.typesetting.typefaces import text_width

STEPS = ((40, 1), (30, 1), (30, 2), (20, 3), (10, 4))


def test_short_text_takes_the_largest_size() -> None:
    assert fit("Ana Ruiz", "regular", 500, STEPS).size == 40


def test_long_text_steps_down_and_breaks_evenly() -> None:
    name = "Maria Francisca Guadalupe de la Concepción Villanueva"
    setting = fit(name, "regular", 500, STEPS)
    assert " ".join(setting.lines) == name
    widths = [text_width(line, "regular", setting.size) for line in setting.lines]
    assert len(widths) == 2
    assert max(widths) - min(widths) < 0.25 * max(widths)


@given(st.text(max_size=600), st.floats(80, 600))
def test_nothing_is_set_wider_than_its_measure(text: str, measure: float) -> None:
    setting = fit(printable(text), "regular", measure, STEPS)
    assert len(setting.lines) <= 4
    for line in setting.lines:
        width = text_width(line.removesuffix("…"), "regular", setting.size)
        assert width <= measure + 0.01 or len(line) == 1


def test_too_much_text_ends_in_an_ellipsis() -> None:
    setting = fit("W" * 5000, "regular", 300, STEPS)
    assert setting.size == 10
    assert len(setting.lines) == 4
    assert setting.lines[-1].endswith("…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  Ana\n\tRuiz ", "Ana Ruiz"),
        ("Ana\x00\x07 Ruiz\x1b", "Ana Ruiz"),
        ("Ana \u202eziuR\u202c \u2066x\u2069", "Ana ziuR x"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("محمد علي", "محمد علي"),
        ("\ud800", ""),
    ],
)
def test_only_what_can_be_printed_is_printed(text: str, shown: str) -> None:
    assert printable(text) == shown
