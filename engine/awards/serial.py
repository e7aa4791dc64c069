"""Serial numbers: impossible to guess, short enough to type from a wall.

Sixteen letters of Crockford's base 32 in groups of four: 75 random bits and a check character.
The alphabet leaves out I, L, O and U; what people type for them is understood.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM = 15
_MISREAD = str.maketrans("ILO", "110")


def new_serial() -> str:
    """A new serial, such as `7K3M-Q2XH-9DTV-4WPC`."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    return _grouped(body + check_character(body))


def typed_serial(text: str) -> str | None:
    """The serial that somebody typed, in its one written form; None when it cannot be one.

    Case, spaces and hyphens do not matter, and O and I are read as 0 and 1. One wrong character,
    or two neighbours exchanged, is always noticed.
    """
    letters = re.sub(r"[\s\-\u2010-\u2015]", "", text).upper().translate(_MISREAD)
    if len(letters) != _RANDOM + 1 or not set(letters) <= set(ALPHABET):
        return None
    return _grouped(letters) if check_character(letters[:-1]) == letters[-1] else None


def check_character(body: str) -> str:
    """A weighted sum in the field of 32 elements (x⁵ + x² + 1), weights its distinct powers."""
    total = 0
    for letter in body:
        # Horner's rule: each step multiplies what is there by x, so each place has its own power.
        total = _times_x(total ^ ALPHABET.index(letter))
    return ALPHABET[total]


def _times_x(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
