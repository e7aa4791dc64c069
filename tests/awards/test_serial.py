"""Serials: how they look, and what a slip of the keys does to them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.awards.serial import ALPHABET, new_serial, typed_serial

serials = st.builds(new_serial)


def test_serial_is_four_groups_of_four() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", new_serial())


def test_serials_differ() -> None:
    assert len({new_serial() for _ in range(1000)}) == 1000


@given(serials)
def test_serial_is_read_however_it_is_typed(serial: str) -> None:
    bare = serial.replace("-", "")
    assert typed_serial(serial) == serial
    assert typed_serial(f" {bare.lower()} ") == serial
    assert typed_serial(bare.replace("0", "o").replace("1", "l")) == serial
    assert typed_serial(serial.replace("-", "\u2013")) == serial


@given(serials, st.integers(0, 15), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(serial: str, place: int, letter: str) -> None:
    bare = serial.replace("-", "")
    wrong = bare[:place] + letter + bare[place + 1 :]
    assert typed_serial(wrong) == (serial if wrong == bare else None)


@given(serials, st.integers(0, 14))
def test_two_neighbours_exchanged_are_noticed(serial: str, place: int) -> None:
    bare = serial.replace("-", "")
    wrong = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
    assert typed_serial(wrong) == (serial if wrong == bare else None)


@pytest.mark.parametrize(
    "text", ["", "7K3M", "U" * 16, "7K3M-Q2XH-9DTV-4WPC-0000", "../../etc", "é"]
)
def test_what_cannot_be_a_serial_is_none(text: str) -> None:
    assert typed_serial(text) is None
