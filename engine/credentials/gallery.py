"""What of a credential's evidence becomes public, and on whose word: the document's `gallery`.

What is here has passed the meta-schema and `gallery_faults`. Publishing is `submissions.gallery`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

AWARD: Final = "award"
"""What work becomes public after, unless the document names a state."""


class License(NamedTuple):
    """A license that work may be shared under; its name is the same in every language."""

    name: str
    url: str


_CC: Final = "https://creativecommons.org/"
LICENSES: Final[Mapping[str, License]] = {
    "CC0-1.0": License("CC0 1.0", f"{_CC}publicdomain/zero/1.0/"),
    "CC-BY-4.0": License("CC BY 4.0", f"{_CC}licenses/by/4.0/"),
    "CC-BY-SA-4.0": License("CC BY-SA 4.0", f"{_CC}licenses/by-sa/4.0/"),
    "CC-BY-NC-4.0": License("CC BY-NC 4.0", f"{_CC}licenses/by-nc/4.0/"),
    "CC-BY-ND-4.0": License("CC BY-ND 4.0", f"{_CC}licenses/by-nd/4.0/"),
    "CC-BY-NC-SA-4.0": License("CC BY-NC-SA 4.0", f"{_CC}licenses/by-nc-sa/4.0/"),
    "CC-BY-NC-ND-4.0": License("CC BY-NC-ND 4.0", f"{_CC}licenses/by-nc-nd/4.0/"),
}
"""By their identifiers in the SPDX list, which are the answers of the question that offers them."""


class Part(NamedTuple):
    """One answer that the page shows."""

    at: str
    title: str = ""
    """Its heading; empty: the question's own title."""


@dataclass(frozen=True)
class Gallery:
    """Every pointer is `/FORM/FIELD`; an empty one is a question that the document does not ask."""

    title: str
    summary: str
    license: str
    shows: tuple[Part, ...]
    """What the page shows, in this order: nothing else of the answers leaves the house."""
    agreements: tuple[str, ...]
    """Agreements without which nothing becomes public."""
    by: str = ""
    """How the teacher's name appears."""
    questions: str = ""
    """The agreement to answer visitors' questions; without it none can be asked."""
    subjects: str = ""
    grades: str = ""
    standards: str = ""
    after: str = AWARD
    """`award`, or the name of the state in which it becomes public."""

    @property
    def pointers(self) -> tuple[str, ...]:
        """Every answer that is named."""
        single = (self.title, self.summary, self.license, self.by, self.subjects, self.grades)
        named = (*single, self.standards, *(one.at for one in self.shows))
        return tuple(dict.fromkeys(one for one in named if one))


def gallery_from(data: Mapping[str, Any]) -> Gallery:
    """The model of a checked `gallery`."""
    shows = tuple(Part(**one) for one in data["shows"])
    return Gallery(**{**data, "shows": shows, "agreements": tuple(data["agreements"])})
