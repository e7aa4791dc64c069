"""What somebody may have meant by a word that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A suggestion for a word that is not among the `known` ones; the choices if they are few."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if not close:
        folded = {one.casefold().replace("-", "_"): one for one in known}
        same = folded.get(word.casefold().replace("-", "_"))
        close = [same] if same else []
    if close:
        return f"Did you mean {close[0]!r}?"
    if 0 < len(known) <= 8:
        return f"Known here: {', '.join(sorted(known))}."
    return ""
