"""Is this award good now? One answer, for the verification page, JSON and staff alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.languages import _
from engine.phrases import record_day
from engine.records.tables import Award

Word = Literal["valid", "expired", "revoked", "unknown"]


@dataclass(frozen=True)
class Standing:
    """How an award stands at one moment."""

    word: Word
    sentence: str
    """The same in words that anybody understands."""
    since: datetime | None = None
    """When it became so: issued, expired or revoked, in UTC."""
    reason: str = ""
    """Why it was revoked."""


def standing(award: Award | None, at: datetime) -> Standing:
    """How `award` stands at `at`; None stands for a serial that nobody was given.

    Revoked says more than expired, so an award that is both is revoked.
    """
    if award is None:
        return Standing("unknown", _("No award has this serial number."))
    if award.revoked_at is not None and award.revoked_at <= at:
        when = record_day(award.revoked_at)
        return Standing(
            "revoked",
            _("This award was revoked on %(when)s. It no longer counts.", when=when),
            award.revoked_at,
            award.revoked_reason,
        )
    given = _(
        "Awarded to %(name)s on %(day)s.",
        name=award.recipient_name,
        day=record_day(award.issued_at),
    )
    if award.expires_at is None:
        return Standing("valid", given, award.issued_at)
    until = record_day(award.expires_at)
    if award.expires_at < at:
        ended = _("It was valid until %(day)s.", day=until)
        return Standing("expired", f"{given} {ended}", award.expires_at)
    lasts = _("It is valid until %(day)s.", day=until)
    return Standing("valid", f"{given} {lasts}", award.issued_at)


def as_json(award: Award | None, standing: Standing, base_url: str) -> dict[str, Any]:
    """The answer as a JSON object; times in ISO 8601, UTC. An unknown serial tells nothing else.

    Who reads it holds the serial, and so has been shown the certificate: it says what that says.
    """
    answer: dict[str, Any] = {"status": standing.word, "message": standing.sentence}
    if award is None:
        return answer
    answer |= {
        "serial": award.serial,
        "credential": {"id": award.credential_id, "title": award.title},
        "statement": award.statement,
        "recipient": award.recipient_name,
        "issuer": award.issuer,
        "issued_at": award.issued_at.isoformat(),
        "expires_at": award.expires_at.isoformat() if award.expires_at else None,
        "revoked_at": award.revoked_at.isoformat() if award.revoked_at else None,
        "revoked_reason": award.revoked_reason or None,
        "address": f"{base_url}/verify/{award.serial}",
    }
    return answer
