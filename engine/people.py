"""Accounts: who somebody is, how they prove it, and what they may be called upon to do.

What a role allows is `permissions`' business. Passwords are kept as argon2id hashes; failed
sign-ins are counted per address, whether it has an account or not, so that the answer and the
time that it takes tell nobody which addresses do.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Text, bindparam, cast, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.errors import NotFound, Problem, Refusal, Refused
from engine.languages import _, ngettext
from engine.records import audit
from engine.records.database import Database
from engine.records.prepared import PreparedRows
from engine.records.tables import Account, SignInFailure, new_id
from engine.time_zones import time_zones

ROLES: tuple[str, ...] = ("candidate", "reviewer", "staff", "admin")
SHORTEST_PASSWORD = 10
"""Characters. Length is what makes guessing hard; no rule about digits and signs helps as much."""
LONGEST_NAME = 200
LONGEST_PASSWORD = 1000

FREE_TRIES = 5
"""Failed sign-ins in a row before the next one has to wait."""
FIRST_WAIT = timedelta(seconds=30)
"""Doubled by every further failure."""
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)

# OWASP's first choice for argon2id: 19 MiB, two passes, about 15 ms. A hash made with other
# parameters still opens the door, and is made anew when it does.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_GROUP = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
MOST_GROUPS = 30
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Actor:
    """Whoever asks for something to be done. `id` is empty for a stranger."""

    id: str
    name: str
    email: str
    roles: frozenset[str]
    language: str = ""
    """A key of `languages.LANGUAGES`; empty while they have chosen none."""
    groups: frozenset[str] = frozenset()
    """The pools that they belong to, as workflows' roles name them."""
    school: str = ""
    zone: str = ""


ANONYMOUS = Actor("", "", "", frozenset())
SYSTEM = Actor("command line", "Command line", "", frozenset({"staff", "admin"}))
"""Somebody with a shell on the machine, who could change the database itself."""
ENGINE = Actor("engine", "Accolade", "", frozenset())
"""What happens by itself: automatic transitions, lapses, picks of reviewers."""


def normal_email(email: str) -> str:
    """The one spelling of an address: trimmed, in lower case. Empty when it is not an address."""
    address = unicodedata.normalize("NFC", email).strip().lower()
    return address if len(address) <= 320 and _ADDRESS.fullmatch(address) else ""


def problems_of(
    session: Session, email: str, name: str, password: str, roles: Collection[str]
) -> dict[str, Problem]:
    """Why an account cannot be made of these, by field: `email`, `name`, `password`, `roles`."""
    found: dict[str, Problem] = {}
    address = normal_email(email)
    if not address:
        found["email"] = Problem(
            "email", "email", _("Enter an e-mail address, like ana@school.org.")
        )
    elif session.scalar(select(Account.id).where(Account.email == address)):
        found["email"] = Problem(
            "email", "taken", _("There is an account with this address already.")
        )
    if not shown_name(name):
        found["name"] = Problem("name", "required", _("Enter the person's name."))
    if problem := password_problem(password):
        found["password"] = Problem("password", "password", problem)
    if not roles or not set(roles) <= set(ROLES):
        words = _("Choose from %(roles)s.", roles=", ".join(ROLES))
        found["roles"] = Problem("roles", "enum", words)
    return found


def password_problem(password: str) -> str:
    """What is wrong with a new password, in words; empty when it will do."""
    if len(password) < SHORTEST_PASSWORD:
        return _(
            "Use at least %(count)s characters. Three or four words in a row do well.",
            count=SHORTEST_PASSWORD,
        )
    if len(password) > LONGEST_PASSWORD:
        return _("Use at most %(count)s characters.", count=LONGEST_PASSWORD)
    if len(set(password)) < 4:
        return _("Use more than three different characters. Three or four words in a row do well.")
    return ""


def add(
    session: Session,
    email: str,
    name: str,
    password: str,
    roles: Sequence[str],
    at: datetime,
    by: audit.Doer = SYSTEM,
) -> Account:
    """Make an account. Raises `Refused` with everything that is wrong in its details."""
    if problems := problems_of(session, email, name, password, roles):
        words = tuple(problem.message for problem in problems.values())
        raise Refused(Refusal(" ".join(words), code="account", details=words))
    account = Account(
        id=new_id(),
        email=normal_email(email),
        name=shown_name(name),
        password_hash=_hasher.hash(password),
        roles=[role for role in ROLES if role in roles],
        created_at=at,
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:  # the same address, at the same moment
        raise Refused(Refusal(_("There is an account with this address already."))) from error
    facts = {"email": account.email, "roles": account.roles}
    audit.record(session, _chain(account.id), "added", facts, by, at)
    return account


def enroll(
    session: Session, email: str, name: str, language: str, at: datetime, by: audit.Doer
) -> Account:
    """Make a candidate's account for somebody who may never have asked for one: nobody can sign in
    to it before staff give it a password. Raises `Refused` for an address or a name that is none,
    and `IntegrityError` for an address that has an account.
    """
    address, shown = normal_email(email), shown_name(name)
    if not address or not shown:
        raise Refused(Refusal(_("A name and an e-mail address are needed."), code="account"))
    account = Account(
        id=new_id(),
        email=address,
        name=shown,
        # The hash of a password that nobody knows: signing in takes as long as anywhere.
        password_hash=_nobodys_hash(),
        roles=["candidate"],
        language=language,
        created_at=at,
    )
    session.add(account)
    session.flush()
    facts = {"email": account.email, "roles": account.roles}
    audit.record(session, _chain(account.id), "added", facts, by, at)
    return account


def authenticate(session: Session, email: str, password: str, at: datetime) -> Account | None:
    """The account that this address and password open, or None.

    Raises `Refused` (code `throttled`) while the address has to wait after too many failures.
    `session` must be a changing one: a failure is counted in it, so commit it either way. The
    slow part happens before its first statement, so that nobody waits for the database's lock
    while a password is checked.
    """
    address = normal_email(email)
    digest = hashlib.sha256(address.encode()).hexdigest()
    with Database.of(session).read() as looking:
        account = looking.scalar(select(Account).where(Account.email == address))
        failed = looking.get(SignInFailure, digest)
    if failed is not None and (wait := _wait(failed, at)) > timedelta():
        raise Refused(_too_often(wait))
    stored = account.password_hash if account is not None else _nobodys_hash()
    fits = _verify(stored, password) and account is not None and account.active
    if not fits or account is None:
        _count_failure(session, digest, at)
        return None
    if failed is not None:
        session.execute(delete(SignInFailure).where(SignInFailure.address_digest == digest))
    if _hasher.check_needs_rehash(stored):
        renewed = update(Account).where(Account.id == account.id, Account.password_hash == stored)
        session.execute(renewed.values(password_hash=_hasher.hash(password)))
    return account


_ACTOR = PreparedRows(  # every request asks
    select(
        Account.id,
        Account.name,
        Account.email,
        Account.roles,
        Account.language,
        Account.groups,
        Account.school,
        Account.zone,
    ).where(
        Account.id == bindparam("account"),
        Account.session_epoch == bindparam("epoch"),
        Account.active,
    )
)


def actor(session: Session, account_id: str, epoch: int) -> Actor | None:
    """Who a session belongs to; None when it was ended or the account was closed. One query."""
    for id, name, email, roles, language, groups, school, zone in _ACTOR.all(
        session, {"account": account_id, "epoch": epoch}
    ):
        return Actor(id, name, email, frozenset(roles), language, frozenset(groups), school, zone)
    return None


def speak(session: Session, account_id: str, language: str) -> None:
    """Speak `language` to this person from now on, on pages and in letters."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


def live_in(session: Session, person: Actor, zone: str, at: datetime) -> None:
    """Say times in `zone` (an IANA name) to this person from now on; empty: the installation's.

    Raises `Refused` when there is no such zone.
    """
    if zone and zone not in time_zones():
        raise Refused(Refusal(_("Choose a time zone from the list."), code="zone"))
    account = session.get_one(Account, person.id)
    if account.zone != zone:
        facts = {"from": account.zone, "to": zone}
        account.zone = zone
        audit.record(session, _chain(account.id), "zone", facts, person, at)


def change_password(
    session: Session, person: Actor, current: str, new: str, at: datetime
) -> dict[str, Problem]:
    """Change one's own password, or say why not, by field: `current_password`, `new_password`.

    Every session of the account ends with it; the caller begins this browser's anew.
    """
    account = session.get_one(Account, person.id)
    found: dict[str, Problem] = {}
    if not _verify(account.password_hash, current):
        words = _("This is not your password now. Check it and try again.")
        found["current_password"] = Problem("current_password", "password", words)
    if problem := password_problem(new):
        found["new_password"] = Problem("new_password", "password", problem)
    if not found:
        _put_password(session, account, new, person, at)
    return found


def set_password(session: Session, account_id: str, new: str, by: audit.Doer, at: datetime) -> None:
    """Give somebody a new password, who forgot theirs. Ends their sessions and any wait.

    Raises `Refused` when it will not do, `NotFound` when there is no such account.
    """
    account = get(session, account_id)
    if problem := password_problem(new):
        raise Refused(Refusal(problem, code="password"))
    _put_password(session, account, new, by, at)
    digest = hashlib.sha256(account.email.encode()).hexdigest()
    session.execute(delete(SignInFailure).where(SignInFailure.address_digest == digest))


def set_roles(
    session: Session, account_id: str, roles: Collection[str], by: audit.Doer, at: datetime
) -> Account:
    """Give and take roles; they count from the person's next click. Raises `Refused`."""
    account = get(session, account_id)
    if not roles or not set(roles) <= set(ROLES):
        raise Refused(Refusal(_("Choose at least one role."), code="roles"))
    if account.id == by.id and "admin" in account.roles and "admin" not in roles:
        reason = _("You can't take the administrator's role from yourself.")
        raise Refused(Refusal(reason, _("Ask another administrator."), "roles"))
    chosen = [role for role in ROLES if role in roles]
    if "admin" in account.roles and "admin" not in chosen:
        _leave_an_administrator(session, account, by)
    if chosen != account.roles:
        facts = {"from": account.roles, "to": chosen}
        account.roles = chosen
        audit.record(session, _chain(account.id), "roles", facts, by, at)
    return account


def rename(session: Session, account: Account, name: str, by: audit.Doer, at: datetime) -> None:
    """Call somebody `name` from now on. What was awarded keeps the name of its day.

    Raises `Refused` where nothing of it can be seen.
    """
    called = shown_name(name)
    if not called:
        raise Refused(
            Refusal(_("No name was given."), _("Enter the person's name."), "name-required")
        )
    if called == account.name:
        return
    facts = {"from": account.name, "to": called}
    account.name = called
    session.flush()
    audit.record(session, _chain(account.id), "renamed", facts, by, at)


def set_place(
    session: Session,
    account_id: str,
    groups: Collection[str],
    school: str,
    by: audit.Doer,
    at: datetime,
) -> Account:
    """Say which groups somebody belongs to, and where they work. Raises `Refused`.

    A group's name is one that documents can use: letters, digits, hyphens and underscores.
    """
    account = get(session, account_id)
    chosen = sorted({one.strip() for one in groups if one.strip()}, key=str.casefold)
    if bad := [one for one in chosen if not _GROUP.fullmatch(one)]:
        raise Refused(
            Refusal(
                _("“%(name)s” can’t be the name of a group.", name=bad[0]),
                _("Begin with a letter; use letters, digits, hyphens and underscores."),
                "groups",
            )
        )
    if len(chosen) > MOST_GROUPS:
        words = _("A person is in at most %(count)s groups.", count=MOST_GROUPS)
        raise Refused(Refusal(words, code="groups"))
    kept = shown_name(school)
    if chosen != account.groups or kept != account.school:
        facts = {
            "groups": {"from": account.groups, "to": chosen},
            "school": {"from": account.school, "to": kept},
        }
        account.groups, account.school = chosen, kept
        session.flush()
        audit.record(session, _chain(account.id), "placed", facts, by, at)
    return account


def set_active(
    session: Session, account_id: str, active: bool, by: audit.Doer, at: datetime
) -> Account:
    """Close an account, which ends its sessions, or open it again. What it did stays.

    Raises `Refused` when nobody but this person is an administrator.
    """
    account = get(session, account_id)
    if not active and account.active and "admin" in account.roles:
        _leave_an_administrator(session, account, by)
    if account.active != active:
        account.active = active
        account.session_epoch += 1
        audit.record(session, _chain(account.id), "opened" if active else "closed", {}, by, at)
    return account


def _leave_an_administrator(session: Session, account: Account, by: audit.Doer) -> None:
    """Hold every administrator's row: of two who take the role from one another at the same
    moment, the second waits for the first, and finds nobody else. Raises `Refused`."""
    if by.id == SYSTEM.id:
        return  # a shell can make an administrator as well
    held = (
        select(Account)
        .where(Account.active, cast(Account.roles, Text).contains('"admin"'))
        .order_by(Account.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if {one.id for one in session.scalars(held)} <= {account.id}:
        raise Refused(
            Refusal(
                _("There is no other administrator."),
                _("Make somebody else an administrator first."),
                "roles",
            )
        )


def get(session: Session, account_id: str) -> Account:
    """The account with this id. Raises `NotFound`."""
    if (account := session.get(Account, account_id)) is None:
        raise NotFound(_("There is no such person here."))
    return account


def _put_password(
    session: Session, account: Account, new: str, by: audit.Doer, at: datetime
) -> None:
    account.password_hash = _hasher.hash(new)
    account.session_epoch += 1
    session.flush()
    audit.record(session, _chain(account.id), "password-changed", {}, by, at)


def _chain(account_id: str) -> str:
    return f"account:{account_id}"


def shown_name(name: str) -> str:
    """One line, without characters that nobody sees."""
    kept = "".join(char for char in name if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", kept).split())[:LONGEST_NAME]


def _verify(stored: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        password = ""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """Checked for an address without an account, so that it takes as long as one with."""
    return _hasher.hash(new_id())


def _count_failure(session: Session, digest: str, at: datetime) -> None:
    session.execute(delete(SignInFailure).where(SignInFailure.last_at < at - FORGOTTEN_AFTER))
    again = (
        update(SignInFailure)
        .where(SignInFailure.address_digest == digest)
        .values(failures=SignInFailure.failures + 1, last_at=at)
        .returning(SignInFailure.failures)
    )
    if session.execute(again).first() is None:
        try:
            with session.begin_nested():
                session.add(SignInFailure(address_digest=digest, failures=1, last_at=at))
        except IntegrityError:  # somebody failed with it at the same moment
            session.execute(again)


def _wait(failed: SignInFailure, at: datetime) -> timedelta:
    """How long this address still has to wait."""
    over = failed.failures - FREE_TRIES
    if over < 0:
        return timedelta()
    whole: timedelta = min(FIRST_WAIT * (1 << min(over, 10)), LONGEST_WAIT)
    return whole - (at - failed.last_at)


def _too_often(wait: timedelta) -> Refusal:
    seconds = max(1, round(wait.total_seconds()))
    if seconds < 90:
        length = ngettext("%(count)s second", "%(count)s seconds", seconds)
    else:
        length = ngettext("%(count)s minute", "%(count)s minutes", round(seconds / 60))
    return Refusal(
        _("That was not the right password too many times in a row."),
        _(
            "Wait %(length)s, then try again. If you forgot it, ask program staff for a new one.",
            length=length,
        ),
        "throttled",
    )
