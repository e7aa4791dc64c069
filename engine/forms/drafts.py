"""What a candidate has said so far, valid or not, and what is known of the files they attached."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from engine.forms.pointers import ABSENT, escape, tokens, within

MARKS = ("typed", "chosen", "rows", "agreed")
"""What a draft says beside its answers, each by pointers."""


@dataclass(frozen=True)
class Draft:
    """Answers as they stand. Values are JSON; an unanswered question is absent, never blank."""

    answers: dict[str, Any] = field(default_factory=dict)
    """JSON objects keyed by form id. Alternatives that are not chosen are kept too."""
    typed: dict[str, str] = field(default_factory=dict)
    """What JSON cannot hold, by name: text that did not parse under its pointer; the text of an
    “other” that is not chosen under `pointer#other`; and, under `pointer#1#kept`, the answer (as
    JSON text) of an alternative's question that shares its name with the chosen one's."""
    chosen: dict[str, int] = field(default_factory=dict)
    """The index of the chosen alternative by the pointer of its value."""
    rows: dict[str, list[str]] = field(default_factory=dict)
    """The ids of a repeating group's rows, in their order, by the pointer of the group. A group
    that was never saved has none, and a row's position stands in for its id."""
    agreed: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was agreed to (`{"wording": …, "version": …}`) by the pointer of the agreement."""

    @classmethod
    def of(cls, answers: Mapping[str, Any], marks: Mapping[str, Any] | None = None) -> Draft:
        """A draft that says `answers`, an object keyed by form id, and what `marks` add to them."""
        known = {name: dict(said) for name, said in (marks or {}).items() if name in MARKS}
        return cls(dict(answers), **known)

    @property
    def marks(self) -> dict[str, Any]:
        """Everything beside the answers, as it is stored with them."""
        return {name: getattr(self, name) for name in MARKS}

    def of_form(self, form_id: str) -> Draft:
        """What this draft says of one form, the marks included."""
        own = f"/{escape(form_id)}"
        marks = {
            name: {at: mark for at, mark in marks.items() if within(at, own)}
            for name, marks in self.marks.items()
        }
        return Draft.of({form_id: self.answers.get(form_id, {})}, marks)

    def saying(self, pointer: str, value: Any) -> Draft:
        """This draft with `value` at `pointer`, and without the marks of what was there; objects
        on the way are made where there are none."""
        marks = {
            name: {at: mark for at, mark in marks.items() if not within(at, pointer)}
            for name, marks in self.marks.items()
        }
        return Draft.of(_saying(self.answers, tokens(pointer), value), marks)


@dataclass(frozen=True)
class EvidenceFacts:
    """One attached file: `media_type` is what its bytes say, `bytes` its size. A link has a `url`
    instead, and its title for a name."""

    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    privacy: str = ""
    """What became of the place where a photo was taken: `place-removed`, `details-removed` (all
    that the photo told of itself), `place-may-stay`, or nothing to say."""
    captions: str = ""
    """The id of a video's captions."""
    url: str = ""
    link_state: str = ""
    """What the address said when it was asked: `answered`, `silent`, `missing`, `sign-in`,
    `not-public`, or empty while nobody has."""
    checked_at: datetime | None = None
    """When it was asked, UTC."""


class Progress(NamedTuple):
    """How far a page has come; `total` counts the required questions it shows now."""

    answered: int
    total: int
    state: Literal["not-started", "started", "complete"]


class Posted(Protocol):
    """A posted form: Werkzeug's MultiDict, or anything with these two."""

    def keys(self) -> Any: ...

    def getlist(self, key: str, /) -> list[str]: ...


def set_aside(draft: Draft, lane: str) -> Any:
    """The answer kept for a question of an alternative that is not chosen."""
    text = draft.typed.get(f"{lane}#kept")
    if text is None:
        return ABSENT
    try:
        return json.loads(text)
    except ValueError:
        return ABSENT


def _saying(said: Any, way: Sequence[str], value: Any) -> dict[str, Any]:
    whole = dict(said) if isinstance(said, Mapping) else {}
    first, *rest = way
    whole[first] = _saying(whole.get(first), rest, value) if rest else value
    return whole
