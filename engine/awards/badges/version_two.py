"""Open Badges 2.0: an assertion that its issuer's site holds, or that its issuer signed.

A hosted one is true because of where it stands: what counts is what the site says now, and the
site must be one that the issuer's profile allows. A signed one is a token by a key that the
issuer's profile names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.awards.badges import keys, strict_json, tokens
from engine.awards.badges.badge import (
    Badge,
    Recipient,
    known_issuer,
    listed,
    moment,
    refused,
    revoked,
    status_unknown,
    tampered,
    text,
    unreadable,
    within,
)
from engine.awards.badges.keys import PublicKey
from engine.awards.badges.web import Gone, Reads, json_at
from engine.languages import _

_SAID = ("recipient", "badge", "issuedOn", "expires")
"""What a copy of a hosted badge must say as its site says it."""


def verify_hosted(
    said: str, web: Reads, at: datetime, known: Collection[str] | None = None
) -> Badge:
    """The badge of which `said` is a copy, as its issuer's site has it now. Raises `Refused`."""
    copy = strict_json.read_object(said)
    address = text(copy, "id")
    hosted = _assertion_at(address, web)
    if differs(copy, hosted):
        raise tampered()
    return _hosted(hosted, address, web, at, known)


def differs(copy: Mapping[str, Any], hosted: Mapping[str, Any]) -> bool:
    """Whether the assertion `copy` says something else than `hosted`, which stands there."""
    return any(_reference(hosted.get(name)) != _reference(copy.get(name)) for name in _SAID)


def verify_at(
    address: str, web: Reads, at: datetime, known: Collection[str] | None = None
) -> Badge:
    """The badge that stands at `address`. Raises `Refused`."""
    return _hosted(_assertion_at(address, web), address, web, at, known)


def _assertion_at(address: str, web: Reads) -> dict[str, Any]:
    try:
        hosted = json_at(web, address)
    except Gone as gone:
        raise revoked() from gone
    if hosted.get("id") != address:
        raise unreadable("id")
    return hosted


def verify_signed(
    token: str, web: Reads, at: datetime, known: Collection[str] | None = None
) -> Badge:
    """The badge in `token`. Raises `Refused`."""
    _header, unchecked = tokens.unchecked(token)
    kind = unchecked.get("badge")
    # The achievement may be written out: it is signed like the rest.
    achievement = kind if isinstance(kind, dict) else json_at(web, text(unchecked, "badge"))
    profile = _profile(achievement, web, known)

    def key_of(_header: Mapping[str, Any]) -> PublicKey:
        return _key(unchecked, profile, web)

    assertion = tokens.read(token, key_of)
    if assertion != unchecked:
        raise tampered()
    _still_listed(assertion, profile, web)
    return _badge(assertion, achievement, profile, at)


def _hosted(
    hosted: dict[str, Any],
    address: str,
    web: Reads,
    at: datetime,
    known: Collection[str] | None,
) -> Badge:
    if hosted.get("revoked") is True:
        raise revoked(text(hosted, "revocationReason", needed=False))
    kind = hosted.get("badge")
    # Written out or not, it counts as it stands at its own address: anybody can write out anything.
    address_of_kind = text(kind, "id") if isinstance(kind, dict) else text(hosted, "badge")
    achievement = json_at(web, address_of_kind)
    if achievement.get("id") != address_of_kind:
        raise unreadable("badge")
    profile = _profile(achievement, web, known)
    for one in (address, address_of_kind):
        # Of an address that led on, both count: a site that sends people anywhere vouches for none.
        if not (_allowed(one, profile) and _allowed(web.stands_at(one), profile)):
            raise keys.not_theirs()
    return _badge(hosted, achievement, profile, at)


def _profile(
    achievement: dict[str, Any], web: Reads, known: Collection[str] | None
) -> dict[str, Any]:
    issuer = achievement.get("issuer")
    address = text(issuer, "id") if isinstance(issuer, dict) else text(achievement, "issuer")
    known_issuer(address, known)
    profile = json_at(web, address)
    if profile.get("id") != address:
        raise unreadable("issuer")
    return profile


def _allowed(address: str, profile: dict[str, Any]) -> bool:
    """Whether the issuer's badges may stand at `address` (Open Badges 2.0, VerificationObject)."""
    said = profile.get("verification")
    rules = said if isinstance(said, dict) else {}
    starts = [one for one in listed(rules.get("startsWith")) if isinstance(one, str)]
    origins = [str(one).lower() for one in listed(rules.get("allowedOrigins"))]
    parts = urlsplit(address)
    host = parts.netloc.lower()
    if _climbs(parts.path):
        return False
    if starts and not any(_begins(address, one) for one in starts):
        return False
    return host in (origins or [urlsplit(text(profile, "id")).netloc.lower()])


def _begins(address: str, start: str) -> bool:
    # `https://example.org` must not allow `https://example.org.evil.net`.
    try:
        return urlsplit(start).path != "" and address.startswith(start)
    except ValueError:  # `https://[`
        return False


def _climbs(path: str) -> bool:
    """Whether a site may take `path` for one above what it begins with: `/badges/../mine`, however
    it is written."""
    while (plain := unquote(path)) != path:
        path = plain
    steps = path.replace("\\", "/").split("/")
    return any(step.partition(";")[0] in (".", "..") for step in steps)


def _key(assertion: dict[str, Any], profile: dict[str, Any], web: Reads) -> PublicKey:
    said = assertion.get("verification")
    rules = said if isinstance(said, dict) else {}
    known = listed(profile.get("publicKey"))
    ids = [one.get("id") if isinstance(one, dict) else one for one in known]
    creator = rules.get("creator", ids[0] if len(ids) == 1 else None)
    if not isinstance(creator, str) or creator not in ids:
        raise keys.not_theirs()
    entry = known[ids.index(creator)]
    entry = entry if isinstance(entry, dict) else json_at(web, creator)
    if entry.get("owner") != profile["id"]:
        raise keys.not_theirs()
    try:
        return keys.from_pem(text(entry, "publicKeyPem"))
    except ValueError as error:
        raise keys.not_theirs() from error


def _still_listed(assertion: dict[str, Any], profile: dict[str, Any], web: Reads) -> None:
    """Raises `Refused` for what its issuer's list names, if there is one: at its address, written
    out in the profile, or both."""
    said = profile.get("revocationList")
    if said is None:
        return
    written = isinstance(said, dict) and "revokedAssertions" in said
    address = said.get("id") if isinstance(said, dict) else said
    if written:
        _not_in(said, assertion, profile)
    if isinstance(address, str):
        _not_in(json_at(web, address), assertion, profile)
    elif address is not None or not written:
        raise status_unknown()


def _not_in(found: dict[str, Any], assertion: dict[str, Any], profile: dict[str, Any]) -> None:
    if _reference(found.get("issuer", profile["id"])) != profile["id"]:
        raise unreadable("revocationList")
    own = _names(assertion)
    for one in listed(found.get("revokedAssertions")):
        if own & (
            _names(one) if isinstance(one, dict) else {one} if isinstance(one, str) else set()
        ):
            why = text(one, "revocationReason", needed=False) if isinstance(one, dict) else ""
            raise revoked(why)


def _names(assertion: dict[str, Any]) -> set[str]:
    return {one for one in (assertion.get("id"), assertion.get("uid")) if isinstance(one, str)}


def _badge(
    assertion: dict[str, Any],
    achievement: dict[str, Any],
    profile: dict[str, Any],
    at: datetime,
) -> Badge:
    issued, ends = moment(assertion, "issuedOn"), moment(assertion, "expires")
    if issued is None:
        raise unreadable("issuedOn")
    within(issued, ends, at)
    said = assertion.get("recipient")
    if not isinstance(said, dict) or "email" not in listed(said.get("type")):
        raise refused(
            "no-recipient",
            _("This badge does not say by an e-mail address whose it is."),
            _("Send it to program staff, who can look at it and record it by hand."),
        )
    recipient = Recipient(
        text(said, "identity"), bool(said.get("hashed")), text(said, "salt", needed=False)
    )
    return Badge(
        "2.0",
        text(assertion, "id"),
        text(profile, "id"),
        text(profile, "name", needed=False),
        text(achievement, "id", needed=False),
        text(achievement, "name"),
        issued,
        ends,
        (recipient,),
    )


def _reference(value: Any) -> Any:
    """The id of what is written out, so that both ways of saying it are the same."""
    return value["id"] if isinstance(value, dict) and "id" in value else value
