"""What a validator finds, whichever validator it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

SEVERAL = "several"
"""The `limit` of a `oneOf` of which more than one alternative fits."""
NOTHING = "false"
"""The keyword of a fault where the schema allows nothing at all."""


class Fault(NamedTuple):
    """One failed keyword, at one place of an instance."""

    keyword: str
    """As written in the schema; `dependentRequired` is `required`, which it means."""
    path: list[str | int]
    """From the instance's root."""
    limit: Any = None
    """What the keyword asked for: the missing property, the least count, the format's name."""
    branches: list[list[Fault]] | None = None
    """For `oneOf` and `anyOf`: the faults of each alternative."""


def flattened(faults: Iterable[Fault]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Keyword and path of every fault, for comparing two validators."""
    for fault in faults:
        missing = (str(fault.limit),) if fault.keyword == "required" else ()
        yield fault.keyword, (*fault.path, *missing)


def agreed(faults: Iterable[Fault]) -> frozenset[tuple[str, tuple[str, ...]]]:
    """What two validators must say alike: what failed, and where."""
    return frozenset((keyword, tuple(map(str, path))) for keyword, path in flattened(faults))
