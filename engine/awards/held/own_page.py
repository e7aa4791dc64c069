"""A person's own page of awards: the address that they choose for it, and what it shows.

There is no page until somebody chooses an address, and none from the moment at which they take it
back. An address that was chosen once stays its person's for ever, so that an old link never leads
to somebody else. Which awards are on it is `submissions.showing`'s business.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.awards import status
from engine.awards.serial import ALPHABET
from engine.awards.status import Standing
from engine.errors import Problem
from engine.languages import _
from engine.people import Actor
from engine.records import audit
from engine.records.tables import Account, Award, Handle
from engine.settings import Settings

SHORTEST: Final = 3
LONGEST: Final = 40
MOST_AWARDS: Final = 200
"""On one page: the latest."""
_SHAPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_GUESSES_TO_SPARE: Final = 12
"""Letters of a suggested address: 60 random bits."""
_MISLEADING: Final = frozenset(
    {
        "about", "accolade", "account", "admin", "administrator", "award", "awards", "badge",
        "badges", "board", "catalog", "catalogue", "certificate", "certificates", "certified",
        "contact", "credential", "credentials", "department", "district", "help", "issuer",
        "login", "moderator", "office", "official", "principal", "program", "public", "school",
        "security", "settings", "signin", "staff", "state", "superintendent", "support", "system",
        "team", "verified", "verify", "webmaster",
    }
)  # fmt: skip
"""Words that would make a page look like the program's own, by themselves or as a part."""
_MISLEADING_ALONE: Final = frozenset(
    {
        "api", "edit", "embed", "everybody", "everyone", "info", "me", "my", "new", "nobody",
        "null", "people", "person", "root", "sign-in", "sign-out", "test", "undefined", "us",
        "user",
    }
)  # fmt: skip
"""As a part they may be of somebody's name: `my-linh`, `mai-new`."""
_LOOKALIKES = (str.maketrans("013457", "oieast"), str.maketrans("013457", "oleast"))


class OnPage(NamedTuple):
    """One award as the page shows it."""

    award: Award
    standing: Standing


class Page(NamedTuple):
    """What anybody sees at the address."""

    name: str
    awards: list[OnPage]


def suggested() -> str:
    """An address that nobody can guess and that says nothing of its person: `k7m2-9hxd-4wpc`."""
    letters = "".join(secrets.choice(ALPHABET.lower()) for _ in range(_GUESSES_TO_SPARE))
    return "-".join(letters[at : at + 4] for at in range(0, _GUESSES_TO_SPARE, 4))


def choose(
    session: Session, person: Actor, typed: str, settings: Settings, at: datetime
) -> Problem | None:
    """Give the person's page the address that they typed, or say what is wrong with it.

    One that is somebody else's, or was, is refused in the same words as one that misleads.
    """
    handle = typed.strip().lower()
    if not SHORTEST <= len(handle) <= LONGEST or not _SHAPE.fullmatch(handle):
        return Problem(
            "handle",
            "handle",
            _(
                "Use %(least)s to %(most)s letters (a–z), digits and single hyphens, like"
                " ana-teaches.",
                least=SHORTEST,
                most=LONGEST,
            ),
        )
    account = session.get_one(Account, person.id, with_for_update=True)
    if account.handle == handle:
        return None
    kept = session.get(Handle, handle)
    if _misleads(handle, settings) or (kept is not None and kept.account_id != person.id):
        return _not_free()
    if kept is None:
        try:
            with session.begin_nested():
                session.add(Handle(handle=handle, account_id=person.id, chosen_at=at))
        except IntegrityError:  # somebody else, at the same moment
            return _not_free()
    _put(session, account, handle, person, at)
    return None


def take_back(session: Session, person: Actor, at: datetime) -> None:
    """There is no page any more, from this moment. Which awards were on it is kept."""
    account = session.get_one(Account, person.id, with_for_update=True)
    if account.handle is not None:
        _put(session, account, None, person, at)


def page(session: Session, handle: str, at: datetime) -> Page | None:
    """What is at the address now; None where there is no page. One query for an address that
    nobody has, and two for one that somebody has.

    Awards that were revoked, suspended or corrected are left out. Expired ones stay, and it is said
    that they are: they were earned.
    """
    account = session.scalar(select(Account).where(Account.handle == handle, Account.active))
    if account is None:
        return None
    shown = session.scalars(
        select(Award)
        .where(Award.recipient_id == account.id, Award.on_page, *status.in_force())
        .order_by(Award.issued_at.desc(), Award.serial)
        .limit(MOST_AWARDS)
    )
    return Page(account.name, [OnPage(one, status.standing(one, at)) for one in shown])


def address(handle: str, settings: Settings) -> str:
    """Where the page is."""
    return f"{settings.base_url}/people/{handle}"


def _put(
    session: Session, account: Account, handle: str | None, person: Actor, at: datetime
) -> None:
    facts = {"handle": handle or "", "before": {"handle": account.handle or ""}}
    account.handle = handle
    session.flush()
    kind = "page-opened" if handle else "page-closed"
    audit.record(session, f"account:{account.id}", kind, facts, person, at)


def _misleads(handle: str, settings: Settings) -> bool:
    own = re.sub(r"[^a-z0-9]+", "", settings.site_name.lower())
    for read in (handle, *map(handle.translate, _LOOKALIKES)):
        together = read.replace("-", "")
        if (_MISLEADING | _MISLEADING_ALONE) & {read, together} or _MISLEADING & {*read.split("-")}:
            return True
        if len(own) > 2 and own in together:
            return True
    return False


def _not_free() -> Problem:
    return Problem("handle", "handle", _("This address can’t be used. Choose another one."))
