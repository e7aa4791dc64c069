"""How long everything takes together, worked out from what each page says in words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.languages import ngettext

_SAID = re.compile(
    r"(?P<least>\d+)(?:\s*(?:-|–|to|a|or|o)\s*(?P<most>\d+))?\s*(?P<unit>minut|min\b|hour|hora|h\b)",
    re.IGNORECASE,
)


def minutes(words: str) -> int | None:
    """`about 20 minutes` is 20, `1 to 2 hours` is 120; None when the words say no time."""
    found = _SAID.search(words)
    if found is None:
        return None
    number = int(found["most"] or found["least"])
    return number * 60 if found["unit"].lower().startswith("h") else number


def together(efforts: Iterable[str]) -> str:
    """The sum of what the pages take, in words; empty unless every page says it."""
    said = [minutes(one) for one in efforts]
    if not said or None in said:
        return ""
    total = sum(one or 0 for one in said)
    if total <= 90:
        return ngettext("about %(count)s minute", "about %(count)s minutes", total)
    return ngettext("about %(count)s hour", "about %(count)s hours", round(total / 60))
