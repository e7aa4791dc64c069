"""The typed model of a credential's consents: for what, in which words, and of whom.

What is here has passed the meta-schema and `consent_faults`. Asking people is
`submissions.askings`; what their answers mean for a submission, `submissions.consents`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Purpose = Literal["filmed", "student-work", "publication"]


@dataclass(frozen=True)
class Named:
    """Where the candidate's answers name people, and what of theirs a consent is about."""

    at: str
    """`/FORM/FIELD…`: somebody's name, one person or row, or a list of them."""
    name: str
    """Within that person or row: where the name is, as `host` or `peer/name`."""
    email: str
    """Likewise of the e-mail address, which need not be there."""
    attested: str
    """Likewise of the record of a consent that was given on paper; empty: paper won't do."""
    covers: tuple[str, ...]
    """Answers whose files are shown only while the consent stands: `/FORM/FIELD…`, or within the
    row."""


@dataclass(frozen=True)
class Consent:
    id: str
    title: str
    """What people are asked for: “Being filmed”."""
    wording: str
    """Markdown: what they say yes to."""
    purpose: Purpose
    people: tuple[Named, ...]
    needed: str
    """CEL over the answers by form: whether nothing can be submitted without it."""

    @property
    def digest(self) -> str:
        """The version of the wording: SHA-256 of its title and words."""
        return digest_of(self.title, self.wording)


def digest_of(title: str, wording: str) -> str:
    return hashlib.sha256(f"{title}\n\n{wording}".encode()).hexdigest()


def consent_from(id: str, data: Mapping[str, Any]) -> Consent:
    """The model of one checked entry of a document's `consents`."""
    needed = data.get("needed", True)
    return Consent(
        id=id,
        title=data["title"],
        wording=data["wording"],
        purpose=data["purpose"],
        people=tuple(map(_named, data["people"])),
        needed=needed if isinstance(needed, str) else str(needed).lower(),
    )


def _named(said: Any) -> Named:
    one: Mapping[str, Any] = {"at": said} if isinstance(said, str) else said
    return Named(
        at=one["at"],
        name=one.get("name", "name"),
        email=one.get("email", "email"),
        attested=one.get("attested", ""),
        covers=tuple(one.get("covers", ())),
    )
