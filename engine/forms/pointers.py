"""JSON Pointers (RFC 6901), which name every place in a submission's answers.

A pointer is also the HTML name and id of the input that answers it. Where a name needs more than
a place, a suffix follows a `#`: `#branch`, `#other`, `#file`, or the number of an alternative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

ABSENT: Final[Any] = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""What a question that nobody answered holds. `None` is an answer: JSON's null."""

_INDEX = re.compile("0|[1-9][0-9]{0,8}")
_SPACE = re.compile(r"\s")


def escape(key: str) -> str:
    """A property name as a pointer's token: `~` is `~0` and `/` is `~1` (RFC 6901 §3)."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def unescape(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def tokens(pointer: str) -> list[str]:
    """The unescaped property names and indexes of `pointer`, outermost first."""
    return [unescape(token) for token in pointer.split("/")[1:]]


def join(base: str, path: list[Any] | tuple[Any, ...]) -> str:
    """`base` followed by property names and indexes."""
    for step in path:
        token = str(step)
        base += "/" + (escape(token) if "~" in token or "/" in token else token)
    return base


def value_at(answers: Any, pointer: str) -> Any:
    """What `pointer` leads to in `answers` (RFC 6901 §4); ABSENT when there is nothing."""
    value = answers
    for step in tokens(pointer):
        if isinstance(value, dict):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and (number := index(step)) is not None:
            value = value[number] if number < len(value) else ABSENT
        else:
            return ABSENT
    return value


def places_of(answers: Any, text: str, at: str = "") -> Iterator[str]:
    """The pointers at which `answers` say exactly `text`: where an attached file is named, say."""
    if isinstance(answers, dict):
        for key, said in answers.items():
            yield from places_of(said, text, f"{at}/{escape(key)}")
    elif isinstance(answers, list):
        for number, said in enumerate(answers):
            yield from places_of(said, text, f"{at}/{number}")
    elif answers == text:
        yield at


def within(pointer: str, base: str) -> bool:
    """Whether `pointer` is `base` or lies below it, suffixes included.

    >>> within("/f/a/0", "/f/a"), within("/f/a#other", "/f/a"), within("/f/ab", "/f/a")
    (True, True, False)
    """
    return pointer.startswith(base) and pointer[len(base) : len(base) + 1] in ("", "/", "#")


def index(token: str) -> int | None:
    """The array index that a token spells, or None; no sign, no leading zeros, nine digits."""
    return int(token) if _INDEX.fullmatch(token) else None


def html_id(pointer: str) -> str:
    """`pointer` as an HTML id, which may hold anything but white space."""
    return _SPACE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), pointer)
