"""Why an award was revoked, suspended or corrected: asked for, and fit to be read.

What is said about a revocation or a suspension is public for as long as the award is checked.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from engine.errors import Refusal, Refused
from engine.languages import _

LONGEST: Final = 2_000
"""Characters."""


def said(reason: str) -> str:
    """`reason` as it is kept: without what nobody sees or what turns the reading direction, line
    breaks and tabs aside. Raises `Refused` where nothing is left, or too much."""
    kept = "".join(one for one in reason if one in "\n\t" or unicodedata.category(one)[0] != "C")
    kept = unicodedata.normalize("NFC", kept).strip()
    if not any(unicodedata.category(one)[0] in "LNPS" for one in kept):
        raise Refused(
            Refusal(_("No reason was given."), _("Say why, in a sentence."), "reason-required")
        )
    if len(kept) > LONGEST:
        words = _("Keep the reason within %(reason_limit)s characters.", reason_limit="2,000")
        raise Refused(Refusal(words, code="reason-long"))
    return kept
