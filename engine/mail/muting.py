"""What a person wants by mail: as it comes or together, and of what kind nothing at all.

A letter that may be muted carries a link that mutes its kind without signing in (RFC 8058). The
link is signed and names a person and a letter; it can do nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from engine import phrases
from engine.errors import NotFound, Refusal, Refused
from engine.languages import N_, _
from engine.people import Actor
from engine.records import audit
from engine.records.tables import Account
from engine.settings import Settings

RHYTHMS: Final[Mapping[str, str]] = {
    "each": N_("Each letter as it comes"),
    "daily": N_("Once a day, in the morning"),
    "weekly": N_("Once a week, on Monday morning"),
}
MORNING: Final = time(7)
"""When digests go out, by the clock of whoever gets them."""


class Choice(NamedTuple):
    """A person and a kind of letter, as a link names them."""

    account_id: str
    letter: str


def link(settings: Settings, account_id: str, letter: str) -> str:
    """The address that stops letters of this kind for this person."""
    return f"{settings.base_url}/letters/stop/{_signer(settings).dumps([account_id, letter])}"


def chosen_by(settings: Settings, token: str) -> Choice:
    """What a link means. Raises `NotFound` when it was not made here."""
    try:
        account_id, letter = _signer(settings).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound(_("This link is not whole. Copy all of it from the letter.")) from error
    return Choice(str(account_id), str(letter))


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt="letters")


def choose(
    session: Session, person: Actor, rhythm: str, muted: Collection[str], at: datetime
) -> None:
    """Keep how somebody wants their letters. Raises `Refused` for a rhythm that there is not."""
    if rhythm not in RHYTHMS:
        raise Refused(Refusal(_("Choose one of the ways that are offered.")))
    account = session.get_one(Account, person.id)
    wanted = sorted(set(muted))
    if (account.mail_rhythm, account.muted) == (rhythm, wanted):
        return
    before = {"rhythm": account.mail_rhythm, "muted": account.muted}
    facts = {"rhythm": rhythm, "muted": wanted, "before": before}
    account.mail_rhythm, account.muted = rhythm, wanted
    audit.record(session, f"account:{account.id}", "letters-chosen", facts, person, at)


def mute(session: Session, choice: Choice, at: datetime) -> None:
    """No more letters of this kind. Done twice, nothing more happens. Raises `NotFound`."""
    account = session.get(Account, choice.account_id)
    if account is None:
        raise NotFound(_("There is no such person here."))
    if choice.letter in account.muted:
        return
    before = {"rhythm": account.mail_rhythm, "muted": account.muted}
    account.muted = sorted({*account.muted, choice.letter})
    facts = {"rhythm": account.mail_rhythm, "muted": account.muted, "before": before}
    doer = Actor(account.id, account.name, account.email, frozenset())
    audit.record(session, f"account:{account.id}", "letters-chosen", facts, doer, at)


def next_digest(after: datetime, rhythm: str, zone: str, otherwise: str) -> datetime:
    """When what was written at `after` goes out: the next morning, or Monday's, by the clock of
    the person's zone, whatever summer time does to it."""
    place = phrases.zone_named(zone, otherwise)
    local = after.astimezone(place)
    day = local.date()
    if local.time() >= MORNING:
        day += timedelta(days=1)
    if rhythm == "weekly":
        day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, MORNING, place).astimezone(UTC)
