"""The typed model of a credential's statements: what other people are asked to confirm or to write.

What is here has passed the meta-schema and `statement_faults`. Asking people is
`submissions.askings`; what arrives of them, `submissions.statements`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["confirmation", "statement"]


@dataclass(frozen=True)
class Witness:
    """Where the candidate's answers name somebody who is asked, and what that person is shown."""

    at: str
    """`/FORM/FIELD…`: one person or row, or a list of them."""
    name: str
    """Within that person or row: where the name is, as `host` or `peer/name`."""
    email: str
    """Likewise of the e-mail address, which need not be there."""
    shows: tuple[str, ...]
    """Likewise of the other answers that the person sees. They see nothing else."""


@dataclass(frozen=True)
class Statement:
    id: str
    title: str
    """What people are asked for: “A classroom visit”."""
    wording: str
    """Markdown: what they are asked."""
    kind: Kind
    """A yes or a no with optional words, or a text of their own."""
    witnesses: tuple[Witness, ...]
    role: str
    """Whom the candidate names: “Your principal”. Empty where the answers name them."""
    form: Mapping[str, Any] | None
    """What a statement is written in: a JSON Schema object schema; None: one long text."""
    needed: bool
    """Whether nothing can be submitted without it."""
    minimum: int
    """How many different people are enough; 0: everybody whom the answers name."""

    @property
    def digest(self) -> str:
        """The version of the wording: SHA-256 of its title and words."""
        return hashlib.sha256(f"{self.title}\n\n{self.wording}".encode()).hexdigest()


def statement_from(id: str, data: Mapping[str, Any]) -> Statement:
    """The model of one checked entry of a document's `statements`."""
    role = data.get("role", "")
    return Statement(
        id=id,
        title=data["title"],
        wording=data["wording"],
        kind=data["kind"],
        witnesses=tuple(map(_witness, data.get("people", ()))),
        role=role,
        form=data.get("form"),
        needed=data.get("needed", False),
        minimum=data.get("minimum", 1 if role else 0),
    )


def _witness(said: Any) -> Witness:
    one: Mapping[str, Any] = {"at": said} if isinstance(said, str) else said
    return Witness(
        at=one["at"],
        name=one.get("name", "name"),
        email=one.get("email", "email"),
        shows=tuple(one.get("shows", ())),
    )
