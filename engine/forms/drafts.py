"""What a candidate has said so far, valid or not, and what is known of the files they attached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from engine.forms.pointers import ABSENT


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

    @classmethod
    def of(cls, answers: Mapping[str, Any]) -> Draft:
        """A draft that says `answers`, an object keyed by form id, and nothing else."""
        return cls(dict(answers), {}, {})


@dataclass(frozen=True)
class EvidenceFacts:
    """One attached file: `media_type` is what its bytes say, `bytes` its size."""

    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str


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
