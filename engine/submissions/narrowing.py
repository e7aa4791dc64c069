"""What a list of submissions is narrowed to and how it is sorted, as it stands in an address.

The same words are kept in a saved view, carried along by a bulk action and written into the links
of a list's page. What they find is `listing`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

ListName = Literal["queue", "staff"]
ROUNDS = ("1", "2", "3", "4", "5")

_KNOWN = {
    "whose": ("mine", "free"),
    "due": ("overdue", "soon"),
    "round": ROUNDS,
    "sort": ("waiting", "due", "newest"),
}
"""The filters that take a few values and no others."""


@dataclass(frozen=True)
class Asked:
    """What a list is narrowed to and how it is sorted, as it stands in an address."""

    credential: str = ""
    state: str = ""
    whose: str = ""
    """`mine`, `free`, or empty for everybody's."""
    due: str = ""
    """`overdue`, `soon` (within three days), or empty."""
    round: str = ""
    longer: str = ""
    """Waiting for longer than so many days."""
    name: str = ""
    """Beginnings of the candidate's names or e-mail address."""
    school: str = ""
    """The beginning of the candidate's school."""
    reviewer: str = ""
    """Beginnings of the reviewer's names."""
    words: str = ""
    """Words in the answers that were handed in."""
    sort: str = ""
    """`waiting`, `due` or `newest`; empty for the list's own order."""

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Asked:
        """As the arguments of an address say it; what makes no sense counts as not said."""
        found = {name: said.get(name, "").strip()[:200] for name in _NAMES}
        for name, values in _KNOWN.items():
            if found[name] not in values:
                found[name] = ""
        if not (found["longer"].isdecimal() and 0 < int(found["longer"]) < 10_000):
            found["longer"] = ""
        return cls(**found)

    @property
    def arguments(self) -> dict[str, str]:
        """What is said, by name; empty for the whole list."""
        return {name: value for name in _NAMES if (value := getattr(self, name))}

    @property
    def typed(self) -> bool:
        """Whether anything was typed that words or people are looked for by."""
        return bool(self.words or self.name or self.school or self.reviewer)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.arguments.keys() - {"sort"})

    def but(self, **other: str) -> Asked:
        """The same with something else in it."""
        return replace(self, **other)


_NAMES = tuple(field.name for field in fields(Asked))
