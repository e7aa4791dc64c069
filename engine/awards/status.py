"""Is this award good now? One answer, for the verification page, JSON, staff and queries alike.

An award counts while it is neither revoked, suspended, replaced by a corrected one, nor expired.
What changes that is in `issuing`, `suspending` and `correcting`; here it is only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import BindParameter, ColumnElement, Select, literal, or_, select
from sqlalchemy.orm import Session

from engine.languages import _
from engine.phrases import record_day
from engine.records.tables import Award

Word = Literal["valid", "expired", "suspended", "revoked", "replaced", "unknown"]

SOON: Final = timedelta(days=60)
"""An award that ends within this time is said to end soon; its holder gets the first reminder."""

MEMBERS: Final = (
    "status",
    "message",
    "serial",
    "credential",
    "statement",
    "recipient",
    "issuer",
    "issued_at",
    "expires_at",
    "since",
    "reason",
    "revoked_at",
    "revoked_reason",
    "suspended_at",
    "suspended_reason",
    "replaced_at",
    "replaced_by",
    "renewed_by",
    "address",
)
"""Of the JSON answer, whatever it says."""


@dataclass(frozen=True)
class Standing:
    """How an award stands at one moment."""

    word: Word
    sentence: str
    """The same in words that anybody understands."""
    since: datetime | None = None
    """When it became so: issued, expired, suspended, revoked or replaced, in UTC."""
    reason: str = ""
    """Why it was revoked or suspended; public. Why it was corrected is not: that is the holder's
    business."""


def standing(award: Award | None, at: datetime) -> Standing:
    """How `award` stands at `at`; None stands for a serial that nobody was given.

    What somebody decided says more than the calendar, and what is for good more than what may
    end: revoked, then replaced, then suspended, then expired.
    """
    if award is None:
        return Standing("unknown", _("No award has this serial number."))
    if award.revoked_at is not None and award.revoked_at <= at:
        when = record_day(award.revoked_at)
        told = _("This award was revoked on %(when)s. It no longer counts.", when=when)
        return Standing("revoked", told, award.revoked_at, award.revoked_reason)
    if award.replaced_at is not None and award.replaced_at <= at:
        when = record_day(award.replaced_at)
        told = _(
            "This certificate was corrected on %(when)s. A new one takes its place.", when=when
        )
        return Standing("replaced", told, award.replaced_at)
    if award.suspended_at is not None and award.suspended_at <= at:
        when = record_day(award.suspended_at)
        told = _("This award is suspended since %(when)s. It does not count for now.", when=when)
        return Standing("suspended", told, award.suspended_at, award.suspended_reason)
    given = _given(award)
    if award.expires_at is None:
        return Standing("valid", given, award.issued_at)
    until = record_day(award.expires_at)
    if award.expires_at < at:
        ended = _("It was valid until %(day)s.", day=until)
        return Standing("expired", f"{given} {ended}", award.expires_at)
    lasts = _("It is valid until %(day)s.", day=until)
    return Standing("valid", f"{given} {lasts}", award.issued_at)


def counts(award: Award, at: datetime) -> bool:
    """Whether the award is valid at `at`: held, a prerequisite met, shown as good."""
    return standing(award, at).word == "valid"


def ends_soon(award: Award, at: datetime) -> bool:
    """Whether it counts, and ends within `SOON`."""
    ends = award.expires_at
    return ends is not None and ends < at + SOON and counts(award, at)


def in_force(of: type[Award] = Award) -> tuple[ColumnElement[bool], ...]:
    """In a query of `Award`, or of an alias of it: nobody revoked, suspended or replaced it. It
    may have expired."""
    return (of.revoked_at.is_(None), of.replaced_by.is_(None), of.suspended_at.is_(None))


def resting(of: type[Award] = Award) -> tuple[ColumnElement[bool], ...]:
    """In a query of `Award`, or of an alias of it: it is suspended, and nothing more was decided.
    It may count again."""
    return (of.suspended_at.is_not(None), of.revoked_at.is_(None), of.replaced_by.is_(None))


def counting(at: datetime, of: type[Award] = Award) -> tuple[ColumnElement[bool], ...]:
    """In a query of `Award`, or of an alias of it: it counts at `at`. The same as `counts`, for
    now or later."""
    ends = of.expires_at
    return (*in_force(of), or_(ends.is_(None), ends >= literal(at, ends.type)))


def renewal(serial: str | BindParameter[str], of: type[Award] = Award) -> Select[Award]:
    """The query of the award, or of an alias of it, that renews the one of this serial: the latest
    that was not revoked."""
    return (
        select(of)
        .where(of.renews == serial, of.revoked_at.is_(None), of.replaced_by.is_(None))
        .order_by(of.issued_at.desc(), of.serial.desc())
        .limit(1)
    )


def renewal_of(session: Session, serial: str) -> Award | None:
    """The award that renews the one of this serial, if one does."""
    return session.scalars(renewal(serial)).first()


def as_json(
    award: Award | None, standing: Standing, base_url: str, renewed_by: str = ""
) -> dict[str, Any]:
    """The answer as a JSON object with every one of `MEMBERS`; times in ISO 8601, UTC. An unknown
    serial tells nothing else: the rest is null. `renewed_by` is a serial, or empty.

    Who reads it holds the serial, and so has been shown the certificate: it says what that says,
    and leads on to the one that replaces or renews it. The way back is not shown to anybody: a
    corrected certificate would tell a former name.
    """
    answer: dict[str, Any] = dict.fromkeys(MEMBERS)
    answer |= {"status": standing.word, "message": standing.sentence}
    if award is None:
        return answer
    suspended = standing.word == "suspended"
    return answer | {
        "serial": award.serial,
        "credential": {"id": award.credential_id, "title": award.title},
        "statement": award.statement,
        "recipient": award.recipient_name if award.names_holder else None,
        "issuer": award.issuer,
        "issued_at": award.issued_at.isoformat(),
        "expires_at": _moment(award.expires_at),
        "since": _moment(standing.since),
        "reason": standing.reason or None,
        "revoked_at": _moment(award.revoked_at),
        "revoked_reason": award.revoked_reason or None,
        "suspended_at": _moment(award.suspended_at) if suspended else None,
        "suspended_reason": (suspended and award.suspended_reason) or None,
        "replaced_at": _moment(award.replaced_at),
        "replaced_by": f"{base_url}/verify/{award.replaced_by}" if award.replaced_by else None,
        "renewed_by": f"{base_url}/verify/{renewed_by}" if renewed_by else None,
        "address": f"{base_url}/verify/{award.serial}",
    }


def _given(award: Award) -> str:
    day = record_day(award.issued_at)
    if not award.names_holder:
        return _("Awarded on %(day)s.", day=day)
    return _("Awarded to %(name)s on %(day)s.", name=award.recipient_name, day=day)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
