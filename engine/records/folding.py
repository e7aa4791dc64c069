"""Words as they are looked for: without capitals and accents, letter for letter.

`Lucía Peña` is found by `lucia pena`. A folded text is exactly as long as the text, so that what
is found in one is found at the same place in the other.
"""

from __future__ import annotations

import unicodedata

MOST_WORDS = 20
"""Words of one name, or of what somebody looks for, that count."""
SCHOOL = "school:"
"""What the word begins with that a person is found by as one of their school."""


class _Letters(dict[int, str]):
    """What each character is folded to, worked out when it is first met."""

    def __init__(self, spaced: bool) -> None:
        super().__init__()
        self._spaced = spaced

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if self._spaced and not char.isalnum():
            found = " "
        else:
            base = unicodedata.normalize("NFD", char)[0].lower()
            # Whatever would not fit into one place (a capital İ) stays as it is.
            found = base if len(base) == 1 else char
        self[code] = found
        return found


_FOLDED = _Letters(spaced=False)
_SPACED = _Letters(spaced=True)


def folded(text: str) -> str:
    """`text` in lower case and without accents, of the same length."""
    return text.translate(_FOLDED)


def spaced(text: str) -> str:
    """`text` folded, with a space in place of whatever is no letter or digit; the same length."""
    return text.translate(_SPACED)


def composed(text: str) -> str:
    """`text` with each accent in one character with its letter (NFC), as the others expect it."""
    return unicodedata.normalize("NFC", text)


def words(text: str) -> list[str]:
    """The folded words of a text, each once, in their order."""
    return list(dict.fromkeys(spaced(composed(text)).split()))


def words_of_person(name: str, email: str, school: str = "") -> list[str]:
    """What a person is found by: the words of their name, their address, and their school."""
    found = [*words(name)[:MOST_WORDS], *words(email)[:4], folded(composed(email))]
    if school.strip():
        found.append(SCHOOL + " ".join(words(school)))
    return [word[:320] for word in dict.fromkeys(found)]
