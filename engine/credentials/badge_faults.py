"""What is wrong in a credential's `badge` beyond its meta-schema: colors too light to read on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.credentials.badge_design import LEGIBLE, PAPER, contrast, darkened
from engine.credentials.documents import Document, mapping
from engine.errors import Finding


def faults(document: Document) -> Iterator[Finding]:
    """Everything that is wrong in `badge`."""
    colour = mapping(document.data.get("badge")).get("color")
    if not isinstance(colour, str) or not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
        return  # the meta-schema has said so
    if (found := contrast(colour, PAPER)) < LEGIBLE:
        message = (
            f"White words on {colour} have a contrast of {found:.1f}; {LEGIBLE} is the least that"
            " everybody can read."
        )
        hint = f'Take a darker color, such as "{darkened(colour)}".'
        yield document.finding("/badge/color", "low-contrast", message, hint)
