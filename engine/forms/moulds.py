"""A question's place in a thousand rows: worked out once, with the rows' numbers left open.

The strings of a place (`nodes.Placed`) differ from row to row in the numbers of the rows only. The
first row casts a mould, in which a word that nothing else holds stands for each number; every other
place is the mould with its numbers in, and only those strings of it that a page asks for.
"""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Callable
from typing import Any

_WORD = f"n{secrets.token_hex(6)}x"
_NUMBER = re.compile(r"(?<=/)(?:0|[1-9][0-9]*)(?=[/#]|$)")


def opened(name: str) -> tuple[str, tuple[str, ...]]:
    """`name` with its numbers left open, and the numbers."""
    numbers = tuple(_NUMBER.findall(name))
    words = (f"{_WORD}{place}z" for place in range(len(numbers)))
    return _NUMBER.sub(lambda _: next(words), name), numbers


class Cast:
    """A place made from a mould; what it cannot fill in by itself comes from `whole`."""

    def __init__(self, mould: Any, numbers: tuple[str, ...], whole: Callable[[], Any]) -> None:
        self.node = mould.node
        self._mould = mould
        self._numbers = numbers
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._mould, name)
        try:
            value = _filled(value, self._numbers)
        except TypeError:
            value = getattr(self._whole(), name)
        setattr(self, name, value)
        return value


def _filled(value: Any, numbers: tuple[str, ...]) -> Any:
    """`value` with the numbers in. Raises `TypeError` for what may hide strings."""
    if isinstance(value, str):
        if _WORD not in value:
            return value
        for place, number in enumerate(numbers):
            value = value.replace(f"{_WORD}{place}z", number)
        return value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_filled(one, numbers) for one in value))
    if isinstance(value, list | tuple):
        return type(value)(_filled(one, numbers) for one in value)
    if isinstance(value, dict):
        return {key: _filled(one, numbers) for key, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {
            one.name: _filled(getattr(value, one.name), numbers)
            for one in dataclasses.fields(value)
            if one.init
        }
        return dataclasses.replace(value, **named)
    raise TypeError(type(value).__name__)
