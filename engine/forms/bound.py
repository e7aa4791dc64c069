"""A question in one place of a page, with what one draft says there, for its macro.

Nothing is worked out here that could have been worked out when the form was compiled
(`nodes.Placed`); who fills these in is `drawing.View`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from engine.forms.attachments import size_words
from engine.forms.cards import Card
from engine.forms.choices import drawn
from engine.forms.drafts import EvidenceFacts
from engine.forms.groups import ChoiceOption, Group
from engine.forms.markup import spaced
from engine.forms.nodes import Node, Placed


class File(NamedTuple):
    """An attached file in its list; `facts` is None when nothing is known of the id."""

    id: str
    name: str
    """Of the hidden input that keeps it; also the value of its remove button."""
    facts: EvidenceFacts | None

    @property
    def size(self) -> str:
        return size_words(self.facts.bytes) if self.facts else ""


class Row(NamedTuple):
    """One card of a repeating group."""

    name: str
    id: str
    id_name: str
    """Of the hidden input with the row's own id, which says that it is there though all of it may
    be blank."""
    title: str
    summary: str
    children: list[Bound]
    removable: bool
    copyable: bool
    foldable: bool
    card: Card
    error: str
    """What is wrong with the row as a whole."""
    notes: Sequence[Any] = ()
    """What reviewers have noted on it as a whole."""


class Branch(NamedTuple):
    """One alternative, laid out under its radio."""

    number: int
    group: Group
    chosen: bool
    children: list[Bound]


class Bound:
    """A node at a place with what is said there. Attributes are what its macro needs."""

    branch_name: str
    branches: list[Branch]
    children: list[Bound]
    choice: tuple[ChoiceOption, ...]
    choice_label: str
    chosen: int | None
    files: list[File]
    other: bool
    other_text: str
    removed: str
    rows: list[Row]
    said: Any
    template: Row | None

    __slots__ = (
        "at", "branch_name", "branches", "children", "choice", "choice_label", "chosen", "error",
        "files", "hidden", "kind", "node", "notes", "other", "other_text", "place", "quiet",
        "removed", "rows", "said", "template", "text", "typed", "when",
    )  # fmt: skip

    def __init__(self, node: Node, place: Placed, at: str) -> None:
        self.node = node
        self.place = place
        self.at = at
        self.kind = place.kind
        self.text: Any = ""
        self.typed = False
        self.error = ""
        self.notes: Sequence[Any] = ()
        self.when = ""
        self.hidden = self.quiet = False

    @property
    def plain(self) -> bool:
        """It looks as it always does here: no problem, no notes, its label in sight."""
        return not (self.error or self.notes or self.quiet)

    @property
    def is_line(self) -> bool:
        """All of it is worked out but its text, in an input of its own type."""
        return (
            self.place.is_line
            and self.kind == self.place.kind
            and not (self.error or self.notes or self.quiet or self.typed or "\n" in self.text)
        )

    @property
    def extra(self) -> bool:
        """Something stands between its label and its input."""
        return bool(self.error or self.notes or self.place.about)

    @property
    def choices(self) -> Markup:
        """Its radios or boxes, those chosen that are its answer."""
        said = self.text
        return drawn(self.place.options, (said,) if isinstance(said, str) else said)

    @property
    def described(self) -> str:
        """Ids of everything that describes the input, for `aria-describedby`."""
        id = self.place.id
        return spaced(
            self.place.described,
            id + "#note" if self.notes else "",
            id + "#error" if self.error else "",
        )
