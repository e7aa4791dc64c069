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
from typing import Any, ClassVar, NamedTuple, Protocol, cast

from markupsafe import Markup, escape

from engine.credentials.credential import AlignedItem
from engine.forms import markup
from engine.forms.drafts import Draft
from engine.forms.markup import attributes, spaced
from engine.forms.moulds import Cast, opened
from engine.forms.offers import Offers
from engine.forms.pointers import ABSENT, html_id
from engine.forms.pointers import escape as token_of
from engine.forms.resolving import Merged, pretty
from engine.languages import N_, _

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATE = re.compile("[\ud800-\udfff]")
_REMEMBERED = 600
"""How many places of one node keep their attributes ready; all its rows are one (`moulds`)."""


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
    """What a place holds after a post: its value, text kept by suffix, alternative chosen, and
    what was agreed to."""

    value: Any = ABSENT
    typed: Mapping[str, str] = {}
    chosen: int | None = None
    agreed: dict[str, str] | None = None


class Arrived(Protocol):
    """Posted names and texts, indexed once (`arrival.Arrival`)."""

    def __contains__(self, name: object) -> bool: ...

    def getlist(self, name: str, /) -> list[str]: ...

    def rows(self, name: str, /) -> Sequence[int]: ...

    @property
    def offers(self) -> Offers: ...


class Builder(Protocol):
    """Makes the nodes below a node (`compiling.Compiler`)."""

    frameworks: Mapping[str, Sequence[AlignedItem]]

    def node(self, schema: Any, above: Merged, place: Place) -> Node | None: ...

    def built(self, merged: Merged, place: Place) -> Node: ...

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
    lanes: int = 0
    """How many choices of a kind of answer stand at the same pointer."""
    unfolded: bool = False
    """It is shown as soon as it is reached, even where it holds parts like itself."""


class Placed:
    """A node at a pointer, with the strings that never change there."""

    options: Sequence[Any]
    other: Any
    other_attrs: Markup
    accept: Markup
    data: Markup
    inputs: Sequence[Any]

    def __init__(self, node: Node, name: str, pointer: str) -> None:
        self.node = node
        self.kind = node.macro or node.kind
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
        self.is_line = node.is_line and not node.macro
        self.before, self.after = markup.line(self.opened, self.attrs, self.aria)


class Node:
    """One place of a form: a question or a group of them. Immutable once built."""

    kind: ClassVar[str] = ""
    prunes: bool = False
    """Its answers are not submitted as they stand."""
    macro: ClassVar[str] = ""
    """What draws it, when that is not called as the kind is."""
    is_line: bool = False
    """It is asked in one line of text, with nothing below its input."""
    checks: bool = False
    """It, or something inside it, knows of faults that no schema can say (`Leaf.fault`)."""

    has_rules: bool = False
    has_evidence: bool = False

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
        self.hint = words_of(schema.get("hint")) or self.exampled(schema)
        self.optional = place.optional and not place.required
        self.read_only = schema.get("readOnly") is True
        """It is shown, and nothing that is posted for it counts."""
        self.write_only = schema.get("writeOnly") is True
        """It is asked, and shown to nobody afterwards."""
        messages = schema.get("messages")
        self.messages: Mapping[str, str] = messages if isinstance(messages, Mapping) else {}
        self._places: dict[tuple[str, str], Placed] = {}

    @classmethod
    def fits(cls, merged: Merged, widget: str) -> bool:
        """Whether this kind can ask what `merged` describes."""
        raise NotImplementedError

    def exampled(self, schema: Mapping[str, Any]) -> str:
        """A hint made of the schema's `examples`."""
        said = schema.get("examples")
        plain = [
            one if isinstance(one, str) else json.dumps(one)
            for one in (said if isinstance(said, list) else ())
            if isinstance(one, str | int | float) and not isinstance(one, bool) and str(one)
        ]
        return _("For example: %(examples)s", examples="; ".join(plain[:3])) if plain else ""

    def at(self, name: str, pointer: str) -> Placed:
        """This node under an HTML name and a pointer, remembered."""
        if self.place.row_depth:
            mould_name, numbers = opened(name)
            same = name == pointer
            mould_pointer, others = (mould_name, numbers) if same else opened(pointer)
            if numbers and numbers == others:
                mould = self._remembered(mould_name, mould_pointer)
                return cast(Placed, Cast(mould, numbers, lambda: Placed(self, name, pointer)))
        return self._remembered(name, pointer)

    def _remembered(self, name: str, pointer: str) -> Placed:
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

    lacking: ClassVar[str] = N_("Answer this question: %(title)s")
    """Said when it is required and unanswered."""
    composed: ClassVar[bool] = False
    """Its macro needs more than a text: what `drawn` gives."""

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

    def drawn(self, value: Any, at: str, draft: Draft) -> Any:
        """What its macro needs beside the text of `value`, the answer at the pointer `at`."""
        return None

    def fault(self, value: Any, at: str, draft: Draft) -> str:
        """What is wrong with a value that its schema allows; empty when nothing is."""
        return ""

    def refusal(self, text: str) -> str:
        """Why `text` is kept as typed and is no answer yet."""
        try:
            self.read(text)
        except Unparsed as reason:
            return str(reason)
        return _("Please answer this again.")

    def objection(self, at: str, draft: Draft) -> str:
        """Why what was typed at the pointer `at` is no answer yet."""
        return self.refusal(draft.typed[at])


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
