"""Letting a program in: the code that it gets, the tokens that it changes it for, and their end.

Of codes and tokens only digests are kept. A code is good once and for ten minutes, a token for an
hour, what it is renewed with for ninety days and once. Whoever comes with something used a second
time has stolen it or was robbed, and nobody can tell which: that ends the connection (RFC 9700
§4.5, §4.14).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from engine.connections import scopes
from engine.connections.clients import digest
from engine.errors import NotFound
from engine.languages import _
from engine.people import ENGINE, Actor
from engine.records import audit
from engine.records.tables import (
    Account,
    OAuthClient,
    OAuthCode,
    OAuthConnection,
    OAuthToken,
    new_id,
)

CODE_LASTS: Final = timedelta(minutes=10)
ACCESS_LASTS: Final = timedelta(hours=1)
REFRESH_LASTS: Final = timedelta(days=90)
_SEEN_EVERY: Final = timedelta(hours=1)

Why = Literal["person", "program", "code used twice", "token used twice"]


@dataclass(frozen=True)
class Bearer:
    """Whom a program comes for, and what it may do."""

    person: Actor
    connection_id: str
    scope: str
    seen_at: datetime


class Renewable(NamedTuple):
    """A token that the next one is given for."""

    token: OAuthToken
    account_id: str
    scope: str
    """What the person allowed; a token may be for less of it."""


class Connected(NamedTuple):
    """A program that somebody let in, as the account page shows it."""

    client: OAuthClient
    scopes: tuple[str, ...]
    since: datetime
    seen_at: datetime


def allow(
    session: Session,
    person: Actor,
    client: OAuthClient,
    redirect_uri: str,
    scope: str,
    challenge: str,
    code: str,
    at: datetime,
) -> None:
    """The person lets `client` in: it gets `code`, which is kept as a digest."""
    session.add(
        OAuthCode(
            digest=digest(code),
            client_id=client.id,
            account_id=person.id,
            redirect_uri=redirect_uri,
            scope=scope,
            challenge=challenge,
            made_at=at,
            connection_id=None,
        )
    )
    session.execute(update(OAuthClient).where(OAuthClient.id == client.id).values(used_at=at))
    session.flush()
    facts = {"client": client.id, "name": client.name, "scope": scope.split()}
    audit.record(session, _chain(person.id), "program-let-in", facts, person, at)


def code_of(session: Session, code: str, client_id: str, at: datetime) -> OAuthCode | None:
    """The code, if it is this program's and still good. One that was used ends what came of it."""
    found = session.scalar(
        select(OAuthCode)
        .where(OAuthCode.digest == digest(code), OAuthCode.client_id == client_id)
        .with_for_update()
    )
    if found is None:
        return None
    if found.connection_id is not None:
        _end_by_id(session, found.connection_id, "code used twice", at)
        return None
    return found if _good(found, at) else None


def connect(
    session: Session, code: OAuthCode, scope: str, access: str, refresh: str, at: datetime
) -> None:
    """The first tokens, for a code, which is used up by it."""
    connection = OAuthConnection(
        id=new_id(),
        account_id=code.account_id,
        client_id=code.client_id,
        scope=scope,
        made_at=at,
        used_at=at,
        ended_at=None,
    )
    session.add(connection)
    session.flush()
    code.connection_id = connection.id
    _keep(session, connection.id, scope, access, refresh, at)


def renewable(session: Session, refresh: str, client_id: str, at: datetime) -> Renewable | None:
    """The token that is renewed with `refresh`, if it is this program's and still good. One that
    was renewed already ends the connection."""
    row = session.execute(
        select(OAuthToken, OAuthConnection)
        .join(OAuthConnection, OAuthConnection.id == OAuthToken.connection_id)
        .where(OAuthToken.refresh_digest == digest(refresh), OAuthConnection.client_id == client_id)
        .with_for_update()
    ).one_or_none()
    if row is None or row[1].ended_at is not None:
        return None
    if row[0].rotated_at is not None:
        _end(session, row[1], "token used twice", ENGINE, at)
        return None
    if at >= row[0].ends_at:
        return None
    return Renewable(row[0], row[1].account_id, row[1].scope)


def renew(
    session: Session, old: OAuthToken, scope: str, access: str, refresh: str, at: datetime
) -> None:
    """The next tokens, for those that `old` is of. What it opened stays open for its hour."""
    old.rotated_at = at
    _keep(session, old.connection_id, scope, access, refresh, at)
    _seen(session, old.connection_id, at)


def person_of(session: Session, account_id: str) -> Actor | None:
    """Whose it is, unless their account is closed."""
    account = session.get(Account, account_id)
    return _actor(account) if account is not None and account.active else None


def bearer(session: Session, access: str, at: datetime) -> Bearer | None:
    """Who comes with this token; None when it is none, or ended, or the account is closed."""
    row = session.execute(
        select(OAuthToken, OAuthConnection, Account)
        .join(OAuthConnection, OAuthConnection.id == OAuthToken.connection_id)
        .join(Account, Account.id == OAuthConnection.account_id)
        .where(
            OAuthToken.access_digest == digest(access),
            OAuthConnection.ended_at.is_(None),
            Account.active,
        )
    ).one_or_none()
    if row is None or row[0].access_ends_at <= at:
        return None
    token, connection, account = row
    return Bearer(_actor(account), connection.id, token.scope, connection.used_at)


def note(session: Session, who: Bearer, at: datetime) -> None:
    """That the program came, for the person to see."""
    _seen(session, who.connection_id, at)


def worth_noting(who: Bearer, at: datetime) -> bool:
    """Whether it is long since it was noted: looking should not write each time."""
    return at - who.seen_at >= _SEEN_EVERY


def give_back(session: Session, token: str, client_id: str, at: datetime) -> bool | None:
    """A program gives back a token of its own (RFC 7009): by what it is renewed with, the
    connection ends; an access token alone ends alone.

    True when there was one, False when there was none, None when it is another program's.
    """
    said = digest(token)
    row = session.execute(
        select(OAuthToken, OAuthConnection)
        .join(OAuthConnection, OAuthConnection.id == OAuthToken.connection_id)
        .where((OAuthToken.refresh_digest == said) | (OAuthToken.access_digest == said))
        .with_for_update()
    ).one_or_none()
    if row is None:
        return False
    if row[1].client_id != client_id:
        return None
    if row[0].access_digest == said:
        row[0].access_ends_at = min(row[0].access_ends_at, at)
    elif row[1].ended_at is None:
        person = person_of(session, row[1].account_id) or ENGINE
        _end(session, row[1], "program", person, at)
    return True


def own(session: Session, person: Actor, at: datetime) -> list[Connected]:
    """The programs that somebody let in and that can come, the one seen last first; also one that
    has not come for its tokens yet and still can."""
    rows = session.execute(
        select(
            OAuthClient,
            func.min(OAuthConnection.made_at).label("since"),
            func.max(OAuthConnection.used_at).label("seen_at"),
        )
        .join(OAuthConnection, OAuthConnection.client_id == OAuthClient.id)
        .where(*_alive(person.id, at))
        .group_by(OAuthClient.id)
    ).all()
    given: dict[str, list[str]] = {}
    for client_id, scope in session.execute(
        select(OAuthConnection.client_id, OAuthConnection.scope).where(*_alive(person.id, at))
    ):
        given.setdefault(client_id, []).extend(scope.split())
    found = [
        Connected(client, scopes.known(given.get(client.id, ())), since, seen)
        for client, since, seen in rows
    ]
    found += _waiting(session, person, at, {client.id for client, _since, _seen in rows})
    return sorted(found, key=lambda one: one.seen_at, reverse=True)


def _waiting(
    session: Session, person: Actor, at: datetime, known: Container[str]
) -> list[Connected]:
    """The programs that have but a code, apart from the `known`."""
    rows = session.execute(
        select(OAuthClient, OAuthCode)
        .join(OAuthCode, OAuthCode.client_id == OAuthClient.id)
        .where(
            OAuthCode.account_id == person.id,
            OAuthCode.connection_id.is_(None),
            OAuthCode.made_at > at - CODE_LASTS,
        )
        .order_by(OAuthCode.made_at)
    )
    latest = {
        client.id: Connected(client, scopes.known(code.scope), code.made_at, code.made_at)
        for client, code in rows
        if client.id not in known
    }
    return list(latest.values())


def disconnect(session: Session, person: Actor, client_id: str, at: datetime) -> OAuthClient:
    """The person lets a program in no longer, wherever they had; of one that is out already they
    are told the same. Raises `NotFound`."""
    client = session.get(OAuthClient, client_id)
    # First, so that a code that is being used at this moment is waited for and its tokens found;
    # whoever has one that was not used yet gets nothing for it.
    codes = session.scalars(
        select(OAuthCode)
        .where(
            OAuthCode.account_id == person.id,
            OAuthCode.client_id == client_id,
        )
        .with_for_update()
    ).all()
    waiting = [one for one in codes if one.connection_id is None]
    ever = session.scalars(
        select(OAuthConnection)
        .where(
            OAuthConnection.account_id == person.id,
            OAuthConnection.client_id == client_id,
        )
        .with_for_update()
    ).all()
    found = [one for one in ever if one.ended_at is None]
    is_in = found or any(_good(one, at) for one in waiting)
    if client is None or not (is_in or ever):
        raise NotFound(_("There is no such app among those that you let in."))
    for code in waiting:
        session.delete(code)
    if is_in:
        _finish(session, client, person.id, found, "person", person, at)
    return client


def _good(code: OAuthCode, at: datetime) -> bool:
    return at < code.made_at + CODE_LASTS


def _alive(account_id: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    tokens = select(OAuthToken.id).where(
        OAuthToken.connection_id == OAuthConnection.id, OAuthToken.ends_at > at
    )
    return (
        OAuthConnection.account_id == account_id,
        OAuthConnection.ended_at.is_(None),
        tokens.correlate(OAuthConnection).exists(),
    )


def _keep(
    session: Session, connection_id: str, scope: str, access: str, refresh: str, at: datetime
) -> None:
    session.add(
        OAuthToken(
            id=new_id(),
            connection_id=connection_id,
            access_digest=digest(access),
            refresh_digest=digest(refresh) if refresh else None,
            scope=scope,
            access_ends_at=at + ACCESS_LASTS,
            ends_at=at + (REFRESH_LASTS if refresh else ACCESS_LASTS),
            rotated_at=None,
        )
    )
    session.flush()


def _seen(session: Session, connection_id: str, at: datetime) -> None:
    session.execute(
        update(OAuthConnection).where(OAuthConnection.id == connection_id).values(used_at=at)
    )


def _end_by_id(session: Session, connection_id: str, why: Why, at: datetime) -> None:
    connection = session.get_one(OAuthConnection, connection_id, with_for_update=True)
    if connection.ended_at is None:
        _end(session, connection, why, ENGINE, at)


def _end(session: Session, connection: OAuthConnection, why: Why, by: Actor, at: datetime) -> None:
    client = session.get_one(OAuthClient, connection.client_id)
    _finish(session, client, connection.account_id, [connection], why, by, at)


def _finish(
    session: Session,
    client: OAuthClient,
    account_id: str,
    ended: Iterable[OAuthConnection],
    why: Why,
    by: Actor,
    at: datetime,
) -> None:
    """All of them of this person and this program; none, where there was but a code."""
    for connection in ended:
        connection.ended_at = at
    session.flush()
    facts = {"client": client.id, "name": client.name, "why": why}
    audit.record(session, _chain(account_id), "program-shut-out", facts, by, at)


def _actor(account: Account) -> Actor:
    return Actor(
        account.id,
        account.name,
        account.email,
        frozenset(account.roles),
        account.language,
        frozenset(account.groups),
        account.school,
        account.zone,
    )


def _chain(account_id: str) -> str:
    return f"account:{account_id}"
