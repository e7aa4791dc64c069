"""What a badge that verified says, in the same words for every version; and the refusals.

A badge that does not verify is `Refused`, with the code of the first thing that was wrong.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from engine import phrases
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.people import normal_email

Code = Literal[
    "no-badge",
    "too-large",
    "unreadable",
    "unreachable",
    "unsigned",
    "tampered",
    "undefined",
    "not-yet",
    "expired",
    "revoked",
    "status-unknown",
    "no-recipient",
    "not-yours",
    "unknown-issuer",
    "other-achievement",
    "ended-here",
    "held",
    "throttled",
]


_CLOCKS = timedelta(minutes=5)
"""What was signed a moment ago by a clock that is ahead of ours is valid."""
_FIRST_YEAR: Final = 1900
_FOR_EVER: Final = datetime(9998, 12, 31, tzinfo=UTC)
"""What later times in badges are read as: the last days of the calendar have no date in every time
zone."""


class Recipient(NamedTuple):
    """Whom a badge is for: an e-mail address, or the SHA-256 of one with a salt behind it."""

    identity: str
    """`ana@example.org`, or `sha256$` and hexadecimal digits."""
    hashed: bool = False
    salt: str = ""

    def names(self, email: str) -> bool:
        """Whether it is this address (Open Badges 2.0 §IdentityObject, 3.0 §B.1.10).

        Two addresses are the same exactly when accounts are: `straße@` is not `strasse@`.
        """
        asked = normal_email(email)
        if not asked:
            return False
        if not self.hashed:
            return normal_email(self.identity) == asked
        kind, _dollar, said = self.identity.partition("$")
        # MD5, which 2.0 still allows, is no proof of anything any more.
        if kind.lower() != "sha256":
            return False
        found = hashlib.sha256((asked + self.salt).encode()).hexdigest()
        return hmac.compare_digest(found.encode(), said.strip().lower().encode())


@dataclass(frozen=True)
class Badge:
    """A badge whose issuer's word was checked, and that is neither revoked nor expired."""

    version: Literal["2.0", "3.0"]
    id: str
    issuer: str
    """Its issuer's id: a DID or an address."""
    issuer_name: str
    achievement: str
    """The id of what it is for: an address in most cases, empty where it has none."""
    achievement_name: str
    awarded_at: datetime
    expires_at: datetime | None
    recipients: tuple[Recipient, ...]


def refused(code: Code, reason: str, remedy: str = "") -> Refused:
    """A refusal with words for whoever shows the badge."""
    return Refused(Refusal(reason, remedy, code))


def unreadable(what: str = "") -> Refused:
    """It is no badge as the standard has them; `what` names the part that is wrong."""
    reason = _("This is not a badge that can be read here.")
    if what:
        reason += " " + _("Its part “%(what)s” is missing or is not as it should be.", what=what)
    return refused(
        "unreadable",
        reason,
        _("Download the badge again from whoever issued it, and give that very file."),
    )


def tampered() -> Refused:
    """Its signature is not one of what it says."""
    return refused(
        "tampered",
        _("This badge was changed after it was signed, or it was signed with another key."),
        _("Download it again from whoever issued it, and give that very file."),
    )


def text(holder: Any, name: str, needed: bool = True) -> str:
    """A text of a badge's object, at most 2,000 characters. Raises `Refused` for want of it."""
    found = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(found, dict):  # a language map: whichever comes first
        found = next(iter(found.values()), None)
    if isinstance(found, str) and 0 < len(found) <= 2_000 and "\0" not in found:
        return found
    if needed or (found is not None and found != ""):
        raise unreadable(name)
    return ""


def listed(value: Any) -> list[Any]:
    """What JSON-LD lets stand alone or in a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def moment(holder: Any, *names: str) -> datetime | None:
    """The first of these times that is given, in UTC. Raises `Refused` for one that is none."""
    for name in names:
        if said := text(holder, name, needed=False):
            try:
                found = datetime.fromisoformat(said)
                found = found if found.tzinfo else found.replace(tzinfo=UTC)
                found = found.astimezone(UTC)
            except (ValueError, OverflowError) as error:
                raise unreadable(name) from error
            if found.year < _FIRST_YEAR:
                raise unreadable(name)
            return min(found, _FOR_EVER)
    return None


def within(begins: datetime | None, ends: datetime | None, at: datetime) -> None:
    """Raises `Refused` before the one and after the other."""
    if begins is not None and begins > at + _CLOCKS:
        raise refused(
            "not-yet",
            _("This badge is not valid yet."),
            _("It begins to count on %(day)s; show it again then.", day=phrases.day(begins)),
        )
    if ends is not None and ends < at:
        raise refused(
            "expired",
            _("This badge expired on %(day)s.", day=phrases.day(ends)),
            _("Ask whoever issued it whether it can be renewed."),
        )


def revoked(why: str = "") -> Refused:
    """Its issuer took it back; `why` is what the issuer says."""
    reason = _("Whoever issued this badge has taken it back.")
    if why:
        reason += " " + _("They say: “%(why)s”", why=why[:300])
    return refused("revoked", reason, _("It does not count. Ask them if you think it should."))


def status_unknown() -> Refused:
    """Whether it was taken back can't be found out, so it does not count yet."""
    return refused(
        "status-unknown",
        _("Whether this badge was taken back can't be checked here."),
        _("Send it to program staff, who can look at it and record it by hand."),
    )


def known_issuer(issuer: str, known: Collection[str] | None) -> None:
    """Raises `Refused` for an issuer who is not among the `known`; None: whoever it is. Asked
    before anything of theirs on the web is, of what the badge says before that is checked."""
    if known is not None and issuer not in known:
        raise refused(
            "unknown-issuer",
            _("The issuer that this badge names is not known here: %(name)s.", name=issuer[:200]),
            _(
                "So it does not count by itself. Send it to program staff: they can look at it and"
                " record it by hand."
            ),
        )


def recipients(found: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """At most 20 of them: more is nobody's badge."""
    made = tuple(found)
    if len(made) > 20:
        raise unreadable("recipient")
    return made
