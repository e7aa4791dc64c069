"""A post as it arrived, and what is gathered from it beside the answers.

Posted names are read once, however many and however deep they are, so that a hostile post costs one
pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.forms.drafts import Posted
from engine.forms.offers import NO_OFFERS, Offers
from engine.forms.pointers import index
from engine.forms.rows import BUTTONS

MAX_ROWS = 5_000
"""Rows that one post may hold, in all repeating groups of the page together."""
MAX_LOOKS = 200_000
"""Row numbers that are looked for in one post. Names may be deep and have nothing in common, and
every step of every name would become a group of its own: most of a gigabyte for a full post."""
MAX_NAME = 2_000
MAX_PARTS = 80
"""Names that are longer, or have more parts, are nobody's."""


class Arrival:
    """A post, indexed: which names arrived, and which rows under which group."""

    def __init__(self, posted: Posted, at: str, offers: Offers = NO_OFFERS) -> None:
        self.offers = offers
        """What the person may pick of what they submitted before."""
        self._posted = posted
        self._names: set[str] = set()
        self._rows: dict[str, set[int]] = {}
        self._left = MAX_ROWS
        self._looks = MAX_LOOKS
        self.keeps_blanks = any(posted.getlist(name) for name in BUTTONS)
        """A button names a row by its number, so blank rows may not be dropped before it acts."""
        self._pressed = {name: frozenset(posted.getlist(name)) for name in BUTTONS}
        below, beside = f"{at}/", f"{at}#"
        for name in list(posted.keys()):
            if not isinstance(name, str) or len(name) > MAX_NAME:
                continue
            if name == at:
                self._names.add(name)
            elif name.startswith((below, beside)) and name.count("/") <= MAX_PARTS:
                self._names.add(name)
                self._note_rows(name)

    def _note_rows(self, name: str) -> None:
        at = name.find("/", 1)
        while at != -1 and self._looks > 0:
            self._looks -= 1
            end = name.find("/", at + 1)
            token = (name[at + 1 :] if end == -1 else name[at + 1 : end]).partition("#")[0]
            number = index(token)
            if number is not None:
                rows = self._rows.setdefault(name[:at], set())
                if len(rows) <= MAX_ROWS:
                    rows.add(number)
            at = end

    def pressed(self, button: str, value: str) -> bool:
        """Whether a button was pressed: `_add`, `_remove`, with its value."""
        return value in self._pressed.get(button, ())

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def getlist(self, name: str) -> list[str]:
        if name not in self._names:
            return []
        return [text for text in self._posted.getlist(name) if isinstance(text, str)]

    def rows(self, name: str) -> Sequence[int]:
        """The row numbers posted under a group, in order, as many as the page may still hold."""
        found = sorted(self._rows.get(name, ()))[: self._left]
        self._left -= len(found)
        return found


@dataclass
class Gathered:
    """What a post says beside the answers themselves."""

    typed: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    rows: dict[str, list[str]] = field(default_factory=dict)
    agreed: dict[str, dict[str, str]] = field(default_factory=dict)
    keeps_blanks: bool = False

    def add(self, other: Gathered) -> None:
        """Takes over what was gathered of something inside."""
        self.typed.update(other.typed)
        self.chosen.update(other.chosen)
        self.rows.update(other.rows)
        self.agreed.update(other.agreed)

    @property
    def empty(self) -> bool:
        return not self.typed and not self.chosen
