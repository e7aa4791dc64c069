"""Programs that register themselves (RFC 7591, as Open Badges 3.0 §7.1.1 has it).

Anybody may register one, so nothing that it says of itself is more than its own word: what is kept
is what a person is shown when it wants to be let in, and where they may be sent back to. That place
is the one thing about it that is known.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import people
from engine.connections import scopes
from engine.errors import AccoladeError
from engine.records.tables import OAuthClient, new_id

FROM_ONE_PLACE: Final = 10
"""Programs that may register from one network address in an hour."""
IN_ALL: Final = 200
"""Programs that may register in an hour."""
HOUR: Final = timedelta(hours=1)
METHODS: Final = ("client_secret_basic", "none")
"""How a program proves that it is itself; `none` is for those that can keep no secret."""
GRANTS: Final = ("authorization_code", "refresh_token")
MOST_ADDRESSES: Final = 10
_LONGEST: Final = 2000
_PAGES: Final = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
_NEEDED: Final = ("client_name", *_PAGES, "software_id", "software_version")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_QUOTES: Final = '"“”„‟«»＂'
"""A name that has none can't end where it says so, and go on as if it were our words."""
_HOSTNAME: Final = re.compile(r"[a-z0-9.-]{1,253}|[0-9a-f.]*:[0-9a-f:.]*")
"""A name, or an address of IPv6, in small letters: nothing that would say more in a policy."""


class MetadataFault(AccoladeError):
    """A registration that can't be accepted. `code` is one of RFC 7591 §3.2.2; the words are for
    whoever wrote the program, in ASCII."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class TooMany(AccoladeError):
    """Too many programs were registered in the last hour."""


class Registered(NamedTuple):
    client: OAuthClient
    secret: str
    """Shown once; empty for a program that can keep none."""


def register(session: Session, said: Mapping[str, Any], place: str, at: datetime) -> Registered:
    """Keep a program. `place` is a digest of where it came from.

    Raises `MetadataFault`, and `TooMany` when it has to wait.
    """
    metadata = checked(said)
    recent = OAuthClient.made_at > at - HOUR
    here = func.count().filter(OAuthClient.made_from == place)
    in_all, from_here = session.execute(select(func.count(), here).where(recent)).one()
    if in_all >= IN_ALL or from_here >= FROM_ONE_PLACE:
        raise TooMany
    public = metadata["token_endpoint_auth_method"] == METHODS[1]
    secret = "" if public else secrets.token_urlsafe(32)
    client = OAuthClient(
        id=new_id(),
        secret_digest=digest(secret) if secret else "",
        name=metadata["client_name"],
        said=metadata,
        made_at=at,
        made_from=place,
        used_at=None,
    )
    session.add(client)
    session.flush()
    return Registered(client, secret)


def checked(said: Mapping[str, Any]) -> dict[str, Any]:
    """What of a registration is kept, by the names of RFC 7591 §2. Raises `MetadataFault`."""
    made: dict[str, Any] = {name: _text(said, name) for name in _NEEDED}
    made["client_name"] = _legible(people.shown_name(made["client_name"]))[:100].strip()
    if not made["client_name"]:
        raise _wrong("client_name has no character that can be seen")
    made["redirect_uris"] = _redirects(said.get("redirect_uris"))
    hosts = {_https(made[name], name).hostname for name in _PAGES}
    hosts |= {one.hostname for one in map(urlsplit, made["redirect_uris"]) if one.scheme == "https"}
    if len(hosts) != 1:
        raise _wrong("all addresses must have the same hostname (Open Badges 3.0, section 7.1.1)")
    wanted = scopes.known(_text(said, "scope"))
    if not wanted:
        raise _wrong("scope names nothing that can be asked for here")
    made["scope"] = " ".join(wanted)
    made["token_endpoint_auth_method"] = said.get("token_endpoint_auth_method") or METHODS[0]
    if made["token_endpoint_auth_method"] not in METHODS:
        raise _wrong("token_endpoint_auth_method must be client_secret_basic or none")
    grants = _texts(said, "grant_types") or [GRANTS[0]]
    made["grant_types"] = [one for one in GRANTS if one in grants]
    if GRANTS[0] not in grants:
        raise _wrong("grant_types must have authorization_code in it")
    if (_texts(said, "response_types") or ["code"]) != ["code"]:
        raise _wrong("response_types must be code and nothing else")
    made["response_types"] = ["code"]
    if contacts := _texts(said, "contacts"):
        made["contacts"] = contacts
    return made


def find(session: Session, id: str) -> OAuthClient | None:
    """The program by this id."""
    return session.get(OAuthClient, id) if len(id) <= 200 and "\0" not in id else None


def may_lead_to(client: OAuthClient, address: str) -> bool:
    """Whether people may be sent to `address` with an answer: exactly one of those that it
    registered. On the person's own machine the port may be another (RFC 8252 §7.3)."""
    registered: list[str] = client.said["redirect_uris"]
    if address in registered:
        return True
    asked = _without_port(address)
    return bool(asked) and any(asked == _without_port(one) for one in registered)


def proves(client: OAuthClient, secret: str) -> bool:
    """Whether `secret` is the program's."""
    return bool(client.secret_digest) and hmac.compare_digest(client.secret_digest, digest(secret))


def digest(secret: str) -> str:
    """What is kept of a secret that was drawn at random: nobody can go through all of those."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _legible(name: str) -> str:
    """`name` without the marks that we put around it, and with two marks on a letter at most,
    beside those that are one with it: a pile of them covers the lines around."""
    kept, marks = [], 0
    for char in unicodedata.normalize("NFC", name):
        if char in _QUOTES:
            continue
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= 2:
            kept.append(char)
    return "".join(kept)


def _redirects(said: Any) -> list[str]:
    if not isinstance(said, list) or not 0 < len(said) <= MOST_ADDRESSES:
        raise _bad_redirect(f"redirect_uris must be a list of 1 to {MOST_ADDRESSES} addresses")
    for one in said:
        if not isinstance(one, str) or not _plain(one):
            raise _bad_redirect("each of redirect_uris must be an address in plain ASCII")
        parts = _parts(one)
        if parts is None or "#" in one or parts.username is not None:
            raise _bad_redirect(
                "each of redirect_uris must be an address of a host in ASCII, without # and without"
                " a user's name"
            )
        if parts.scheme != "https" and not _on_this_machine(parts):
            raise _bad_redirect("each of redirect_uris must begin with https, or be on a loopback")
    return list(dict.fromkeys(said))


def _https(address: str, name: str) -> SplitResult:
    parts = _parts(address) if _plain(address) else None
    if parts is None or parts.scheme != "https" or parts.username is not None:
        raise _wrong(f"{name} must be an address that begins with https")
    return parts


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return None
    return parts if _HOSTNAME.fullmatch(parts.hostname or "") else None


def _on_this_machine(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _without_port(address: str) -> tuple[str, ...]:
    """An address on a person's own machine but for its port; empty for any other."""
    parts = _parts(address) if _plain(address) else None
    if parts is None or not _on_this_machine(parts) or parts.username is not None or "#" in address:
        return ()
    return (str(parts.hostname), parts.path, parts.query, str("?" in address))


def _plain(address: str) -> bool:
    """Characters that an address may have, which leaves out those that a browser folds."""
    return len(address) <= _LONGEST and all(
        0x21 <= ord(char) <= 0x7E and char not in '"<>\\^`{|}' for char in address
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found.strip() or len(found) > _LONGEST or "\0" in found:
        raise _wrong(f"{name} is missing, or is no text of up to {_LONGEST} characters")
    return found.strip()


def _texts(said: Mapping[str, Any], name: str) -> list[str]:
    found = said.get(name)
    if found is None:
        return []
    fits = isinstance(found, list) and len(found) <= MOST_ADDRESSES
    if not fits or not all(isinstance(one, str) and len(one) <= 320 for one in found):
        raise _wrong(f"{name} must be a short list of texts")
    return [people.shown_name(one) for one in found]


def _wrong(words: str) -> MetadataFault:
    return MetadataFault("invalid_client_metadata", words)


def _bad_redirect(words: str) -> MetadataFault:
    return MetadataFault("invalid_redirect_uri", words)
