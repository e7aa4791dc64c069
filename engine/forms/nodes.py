"""What every place of a form has: a question, or a group of questions.

A `Node` is compiled once from a schema and knows its words; a `Placed` is a node at a pointer, with
the strings that never change there; a `Leaf` is a question, which turns posted text into JSON and
JSON into text again.

A leaf's promise: `read(text(value))` is `value`, for every value that its schema allows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from markupsafe import Markup, escape

from engine.credentials.credential import AlignedItem
from engine.forms import markup
from engine.forms.drafts import Draft
from engine.forms.markup import attributes, spaced
from engine.forms.pointers import ABSENT, html_id
from engine.forms.pointers import escape as token_of
from engine.forms.resolving import Merged, pretty

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATE = re.compile("[\ud800-\udfff]")
_REMEMBERED = 600
"""How many places of one node (rows, mostly) keep their attributes ready."""


class Unparsed(ValueError):
    """Posted text that cannot become this kind of value; its words say what would."""


class Kept(NamedTuple):
    """What the draft said at a place before this post."""

    value: Any
    at: str
    draft: Draft

    @property
    def typed(self) -> str | None:
        return self.draft.typed.get(self.at)


class Outcome(NamedTuple):
    """What a place holds after a post: its value, text kept by suffix, alternative chosen."""

    value: Any = ABSENT
    typed: Mapping[str, str] = {}
    chosen: int | None = None


class Arrived(Protocol):
    """Posted names and texts, indexed once (`posting.Arrival`)."""

    def __contains__(self, name: object) -> bool: ...

    def getlist(self, name: str, /) -> list[str]: ...

    def rows(self, name: str, /) -> Sequence[int]: ...


class Builder(Protocol):
    """Makes the nodes below a node (`schema.Compiler`)."""

    frameworks: Mapping[str, Sequence[AlignedItem]]

    def node(self, schema: Any, above: Merged, place: Place) -> Node | None: ...

    def merged(self, schema: Any, above: Merged) -> Merged | None: ...

    def condition(self, schema: Any) -> Any: ...

    def rules(self, schema: Mapping[str, Any]) -> tuple[Any, ...]: ...


@dataclass(frozen=True)
class Place:
    """Where a node stands in its parent."""

    key: str = ""
    required: bool = False
    """The parent's schema requires it whenever it is shown."""
    optional: bool = True
    """It may be left out, and its label says so."""
    depth: int = 0
    row_depth: int = 0
    """How many repeating groups it is inside."""
    lane: str = ""
    """`#1` for a question of alternative 1 that shares its name with another alternative's."""


class Placed:
    """A node at a pointer, with the strings that never change there."""

    options: Sequence[Any]
    other: Any
    other_attrs: Markup
    accept: Markup
    data: Markup

    def __init__(self, node: Node, name: str, pointer: str) -> None:
        self.node = node
        self.kind = node.kind
        self.has_choice = False
        self.about = bool(node.help or node.hint)
        self.name = escape(name)
        self.id = escape(html_id(pointer))
        self.described = spaced(
            self.id + "#help" if node.help else "", self.id + "#hint" if node.hint else ""
        )
        self.attrs = attributes({"id": self.id, "name": self.name, **node.attributes()})
        node.furnish(self)
        self.aria = markup.described_by(self.described)
        above = markup.about(self.id, node.help, node.hint)
        self.opened = markup.opened(self.id, node.label, node.optional) + above
        self.opened_set = markup.opened_set(node.label, node.optional, self.described) + above


class Node:
    """One place of a form: a question or a group of them. Immutable once built."""

    kind: ClassVar[str] = ""
    prunes: bool = False
    """Its answers are not submitted as they stand."""

    def __init__(self, builder: Builder, merged: Merged, place: Place) -> None:
        schema = merged.schema
        self.schema = schema
        self.place = place
        self.key = place.key
        self.token = token_of(place.key)
        self.name_token = self.token + place.lane
        self.required = place.required
        self.nullable = merged.nullable
        self.title = words_of(schema.get("title")) or pretty(place.key)
        self.label = escape(self.title)
        self.help = words_of(schema.get("description"))
        self.hint = words_of(schema.get("hint"))
        self.optional = place.optional and not place.required
        messages = schema.get("messages")
        self.messages: Mapping[str, str] = messages if isinstance(messages, Mapping) else {}
        self._places: dict[tuple[str, str], Placed] = {}

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        """Whether this kind can ask what `merged` describes."""
        raise NotImplementedError

    def at(self, name: str, pointer: str) -> Placed:
        """This node under an HTML name and a pointer, remembered."""
        placed = self._places.get((name, pointer))
        if placed is None:
            placed = Placed(self, name, pointer)
            if len(self._places) < _REMEMBERED:
                self._places[name, pointer] = placed
        return placed

    def attributes(self) -> dict[str, object]:
        """The attributes of its input that never change, beside id and name."""
        return {}

    def furnish(self, placed: Placed) -> None:
        """Adds what this kind's macro needs to a place of it."""

    def nodes(self) -> Iterator[Node]:
        """The nodes inside it, alternatives included."""
        return iter(())


class Leaf(Node):
    """A question with an answer of its own."""

    lacking: ClassVar[str] = "Answer this question: {title}"
    """Said when it is required and unanswered."""

    def process(self, arrived: Arrived, name: str, kept: Kept) -> Outcome:
        """The answer after a post; what is not posted stays as it was."""
        if name not in arrived:
            typed = kept.typed
            return Outcome(kept.value, {} if typed is None else {"": typed})
        text = self.tidy(arrived.getlist(name)[-1])
        if not text.strip():
            return Outcome(blank(kept))
        try:
            return Outcome(self.read(text))
        except Unparsed:
            return Outcome(ABSENT, {"": text})

    def tidy(self, text: str) -> str:
        return clean(text).strip()

    def read(self, text: str) -> Any:
        """Text that is not blank as a value. Raises `Unparsed` with words for the person."""
        return text

    def text(self, value: Any) -> str:
        """A value as it stands in the input."""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def shown(self, value: Any) -> str:
        """A value as a reader sees it."""
        return self.text(value)

    def refusal(self, text: str) -> str:
        """Why `text` is kept as typed and is no answer yet."""
        try:
            self.read(text)
        except Unparsed as reason:
            return str(reason)
        return "Please answer this again."


def blank(kept: Kept) -> Any:
    """What leaving a question blank means: no answer, or null where that was the answer."""
    return None if kept.value is None else ABSENT


def clean(text: str) -> str:
    """Posted text without what no answer may hold: NUL and other control characters go, line
    ends are `\\n`, and half a surrogate pair becomes U+FFFD."""
    if _CONTROL.search(text) or "\r" in text:
        text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return SURROGATE.sub("\ufffd", text)


def words_of(value: Any) -> str:
    return value if isinstance(value, str) else ""
