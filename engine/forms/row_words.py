"""How many rows of a repeating group are needed, and what its button says.

A document says what one row is called (`item_title`), in whatever language it is written. No
sentence here bends that word: it stands by itself, as the document has it, since nobody can know
the plural, the gender or the article of a word from another language.
"""

from __future__ import annotations

from engine.languages import _, ngettext
from engine.phrases import figure


def add_label(title: str) -> str:
    """What the button that adds a row says, unless the document does: `Add “Teacher”`."""
    return _("Add “%(what)s”", what=title) if title else _("Add another")


def needed(title: str, least: int, most: int | None, count: int) -> str:
    """Why `count` rows are not right: fewer than `least`, or more than `most`."""
    called = title or _("Answer")
    if count >= least:
        return _(
            "%(title)s: there is room for %(most)s here. You have added %(added)s; please take out"
            " %(extra)s.",
            title=called,
            most=figure(most or 0),
            added=figure(count),
            extra=figure(count - (most or 0)),
        )
    missing = ngettext(
        "%(title)s: at least %(count)s is needed here.",
        "%(title)s: at least %(count)s are needed here.",
        least,
        title=called,
    )
    if not count:
        return missing
    added = _("You have added %(added)s.", added=figure(count))
    return f"{missing} {added}"
