"""How many rows of a repeating group are needed, and what its button says.

In English a group's `item_title` becomes part of the sentence: "Two teachers are needed here". No
other language can be built so; there it stands as the document has it.
"""

from __future__ import annotations

from engine.languages import SOURCE, _, current, ngettext
from engine.phrases import figure

_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def add_label(title: str) -> str:
    """What the button that adds a row says: `Add a teacher`, `Agregar: docente`."""
    if not title:
        return _("Add another")
    if current() == SOURCE:
        return f"Add {'an' if title[0] in 'AEIOaeiou' else 'a'} {lowered(title)}"
    return _("Add: %(title)s", title=lowered(title))


def needed(title: str, least: int, most: int | None, count: int) -> str:
    """Why `count` rows are not right; none of the bounds is met."""
    if current() == SOURCE:
        return _in_english(title, least, most, count)
    if count < least:
        return ngettext(
            "%(count)s is needed here (%(title)s); you have added %(added)s.",
            "%(count)s are needed here (%(title)s); you have added %(added)s.",
            least,
            title=lowered(title) or _("answer"),
            added=figure(count),
        )
    return ngettext(
        "There is room for %(count)s here (%(title)s); you have added %(added)s.",
        "There is room for %(count)s here (%(title)s); you have added %(added)s.",
        most or 0,
        title=lowered(title) or _("answer"),
        added=figure(count),
    )


def lowered(title: str) -> str:
    """A title inside a sentence: `Team member` as `team member`, `PDF` as it is."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _in_english(title: str, least: int, most: int | None, count: int) -> str:
    bound = least if count < least else most or 0
    what = _several(title) if bound != 1 else (title or "answer").lower()
    if count < least:
        added = "none" if count == 0 else _counted(count)
        are = "are" if least != 1 else "is"
        return f"{_counted(least).capitalize()} {what} {are} needed here; you have added {added}."
    return (
        f"There is room for {_counted(bound)} {what} here; you have added {_counted(count)}."
        f" Please remove {_counted(count - bound)}."
    )


def _counted(count: int) -> str:
    return _NUMBERS[count] if 0 < count < len(_NUMBERS) else str(count)


def _several(title: str) -> str:
    """A plain English plural."""
    word = lowered(title) if title else "answer"
    irregular = {"person": "people", "child": "children", "evidence": "pieces of evidence"}
    if word in irregular:
        return irregular[word]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
