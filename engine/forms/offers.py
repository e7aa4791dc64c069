"""Answers of one's own earlier submissions that a question of kind `reuse` may be answered with.

Nothing here knows a database: whoever has one hands in what there is (`Offers`), as with the facts
of files. What is picked is stored as a pin to its version together with a copy, so that it never
changes and can be read without looking anywhere; the copy is held to its digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

PINNED = ("submission", "round", "pointer", "digest", "value")
"""The members of a stored pick, all of them required."""


class Source(NamedTuple):
    """Where answers are offered from: `{credential: pdsa-basics, form: cycle, at: /tests}`."""

    credential: str
    form: str
    at: str
    whole: bool = False
    """A list is offered as one answer, not item by item."""


@dataclass(frozen=True)
class Offer:
    """One answer in the snapshot of one round of an earlier submission."""

    source: Source
    submission: str
    round: int
    pointer: str
    """In that submission: `/cycle/tests/0`."""
    value: Any
    title: str
    """Of the credential."""
    when: str
    """The day on which it was submitted, in words."""
    summary: str
    """The answer in a line."""
    current: bool = True
    """It may be picked now: it is in the latest round, and that was not withdrawn since."""
    link: str = ""
    """Where to read it, for a reader who may."""
    withdrawn: bool = False
    """The work that it is from was withdrawn since."""

    @property
    def key(self) -> str:
        """What its input posts."""
        return f"{self.submission}/{self.round}{self.pointer}"

    @cached_property
    def digest(self) -> str:
        return digest_of(self.value)

    @property
    def stored(self) -> dict[str, Any]:
        """The answer that picking it gives."""
        return {
            "submission": self.submission,
            "round": self.round,
            "pointer": self.pointer,
            "digest": self.digest,
            "value": self.value,
        }


@dataclass(frozen=True)
class Offers:
    """Everything that one person may pick, and has picked, in the forms at hand."""

    found: tuple[Offer, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of the credentials that answers are asked from, by their ids."""
    runs: Mapping[str, str] = field(default_factory=dict)
    """The digests of the results of the submission's own surveys, by the numbers of their runs."""
    looked: bool = False
    """Somebody looked for all that there is: what is not among these is nowhere any more."""

    @cached_property
    def by_key(self) -> Mapping[str, Offer]:
        return {offer.key: offer for offer in self.found}

    def of(self, sources: Iterable[Source]) -> list[Offer]:
        wanted = frozenset(sources)
        return [offer for offer in self.found if offer.source in wanted]

    def behind(self, value: Any) -> Offer | None:
        """The offer that a stored pick pins, if it is among these and says the same."""
        offer = self.by_key.get(key_of(value) or "")
        if offer is None or value["digest"] != offer.digest:
            return None
        return offer if digest_of(value["value"]) == offer.digest else None


NO_OFFERS = Offers()


def key_of(value: Any) -> str | None:
    """What the input of a stored pick posts; None for what is no pick."""
    if not isinstance(value, dict) or set(value) != set(PINNED):
        return None
    return f"{value['submission']}/{value['round']}{value['pointer']}"


def digest_of(value: Any) -> str:
    """The SHA-256 of a JSON value in its one canonical spelling, as hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def summary_of(value: Any) -> str:
    """A JSON value in a line, when nothing else is known of it: its first texts and numbers."""
    said = [one for one in _said(value, 0) if one.strip()]
    line = " · ".join(" ".join(one.split()) for one in said[:3])
    return line if len(line) <= 140 else line[:139].rstrip() + "…"


def _said(value: Any, depth: int) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool) or value is None or depth > 3:
        return []
    if isinstance(value, int | float):
        return [f"{value:g}"]
    inside = list(value.values()) if isinstance(value, dict) else list(value)
    found: list[str] = []
    for one in inside[:10]:
        found += _said(one, depth + 1)
    return found
