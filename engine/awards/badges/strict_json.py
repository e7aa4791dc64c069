"""JSON from strangers: bounded, and read in one way only.

A name that stands twice in an object is read by one program as the first and by another as the
last, so that a signature would hold for something else than what is read. It is refused.
"""

from __future__ import annotations

import json
import math
from typing import Any

from engine.awards.badges.badge import refused, unreadable
from engine.languages import _

MAX_BYTES = 512 * 1024
_DEEPEST = 24
_MOST = 20_000
_LARGEST = 2**53
"""Beyond it, programs read one whole number as different ones (RFC 8259 §6)."""


def read(data: bytes | str) -> Any:
    """The value that `data` writes. Raises `Refused`."""
    if len(data) > MAX_BYTES:
        raise too_large()
    try:
        said = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        found = json.loads(
            said,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_whole,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        raise unreadable() from error
    if _size(found, _DEEPEST) > _MOST:
        raise too_large()
    try:
        # Half a surrogate pair is no text: it can be neither kept, asked for nor shown.
        json.dumps(found, ensure_ascii=False).encode()
    except ValueError as error:
        raise unreadable() from error
    return found


def read_object(data: bytes | str) -> dict[str, Any]:
    """The same, of an object."""
    found = read(data)
    if not isinstance(found, dict):
        raise unreadable()
    return found


def written(value: Any) -> bytes:
    """`value` as JSON in UTF-8, in the order that it has."""
    return json.dumps(value, ensure_ascii=False).encode()


def too_large() -> Exception:
    """It holds more than any badge does."""
    return refused(
        "too-large",
        _("This is larger than a badge ever is."),
        _("Give the badge itself: a picture of up to 5 MB, or its file."),
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _whole(digits: str) -> int:
    found = int(digits)
    if abs(found) > _LARGEST:
        raise ValueError("no number that is read alike everywhere")
    return found


def _number(digits: str) -> float:
    found = float(digits)
    if math.isinf(found):
        raise ValueError("a number without end")
    return found


def _size(value: Any, depth: int) -> int:
    if depth < 0:
        raise unreadable()
    if isinstance(value, dict):
        return 1 + sum(_size(one, depth - 1) for one in value.values())
    if isinstance(value, list):
        return 1 + sum(_size(one, depth - 1) for one in value)
    return 1
