"""Bytes as texts that say how they are written: multibase, in the two ways that badges use.

`z` is base58 in Bitcoin's order, for keys and signatures; `u` is base64url, for status lists.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

_DIGITS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LONGEST: Final = 1_000
"""Letters in base58, whose cost grows with the square of the length: a signature has 89."""


def encode(data: bytes) -> str:
    """`data` in base58."""
    number = int.from_bytes(data, "big")
    said = ""
    while number:
        number, rest = divmod(number, 58)
        said = _DIGITS[rest] + said
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + said


def decode(text: Any) -> bytes:
    """The bytes of `text`. Raises `ValueError`."""
    if not isinstance(text, str) or not text:
        raise ValueError("no multibase text")
    kind, said = text[0], text[1:]
    if kind == "u":
        try:
            return base64.b64decode(said + "=" * (-len(said) % 4), altchars=b"-_", validate=True)
        except binascii.Error as error:
            raise ValueError("no base64url text") from error
    if kind != "z" or len(said) > _LONGEST:
        raise ValueError("neither base58 nor base64url")
    number = 0
    for letter in said:
        number = number * 58 + _DIGITS.index(letter)
    zeros = len(said) - len(said.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
