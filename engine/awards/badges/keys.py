"""Whose key it is: public keys from `did:key`, `did:jwk`, `did:web` and issuers' profiles.

A signature proves only that somebody had a key. That the key is the issuer's is settled here: the
key's address must be the issuer's own id and a part of it, and what is found there must name it as
one that the issuer makes claims with.
"""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from engine.awards.badges import multibase, strict_json
from engine.awards.badges.badge import listed, moment, refused, text
from engine.awards.badges.web import Reads, json_at
from engine.errors import Refused
from engine.languages import _

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

_ED25519 = b"\xed\x01"
_P256 = b"\x80\x24"


def multikey(key: Ed25519PublicKey) -> str:
    """An Ed25519 key as a Multikey writes it: `z6Mk…`."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return multibase.encode(_ED25519 + raw)


def did_key(key: Ed25519PublicKey) -> str:
    """The DID that is the key itself."""
    return f"did:key:{multikey(key)}"


def of_issuer(issuer: str, method: str, web: Reads, at: datetime) -> PublicKey:
    """The key of `issuer` at the address `method`. Raises `Refused` when it is not theirs."""
    owner, _hash, fragment = method.partition("#")
    if owner != issuer:
        raise not_theirs()
    try:
        own = _itself(issuer)
        if own is not None:
            if fragment not in ("", "0", issuer.removeprefix("did:key:")):
                raise not_theirs()
            return own
        for id, key in _published(issuer, json_at(web, profile_address(issuer)), at):
            if id == method:
                return key
    except (ValueError, binascii.Error, JoseError) as error:
        raise not_theirs() from error
    raise not_theirs()


def same_of_issuer(issuer: str, brought: Any, web: Reads, at: datetime) -> PublicKey:
    """The key that a token brings along (a JSON Web Key), when it is one of the issuer's. Raises
    `Refused` otherwise: whoever signs can bring a key."""
    try:
        key = from_jwk(brought) if isinstance(brought, dict) else None
        own = _itself(issuer)
        if own is not None:
            published = [own]
        else:
            profile = json_at(web, profile_address(issuer))
            published = [one for _id, one in _published(issuer, profile, at)]
    except (ValueError, binascii.Error, JoseError) as error:
        raise not_theirs() from error
    if key is None and own is not None:
        return own
    if key is None or key not in published:
        raise not_theirs()
    return key


def _itself(issuer: str) -> PublicKey | None:
    """The key of an issuer that is one, and None for the others. Raises `ValueError` and such."""
    if issuer.startswith("did:key:"):
        return _from_multikey(issuer.removeprefix("did:key:"))
    if issuer.startswith("did:jwk:"):
        coded = issuer.removeprefix("did:jwk:")
        said = base64.b64decode(coded + "=" * (-len(coded) % 4), b"-_", validate=True)
        return from_jwk(strict_json.read_object(said))
    return None


def not_theirs() -> Refused:
    """The key is nobody's, or somebody else's."""
    return refused(
        "tampered",
        _("This badge is not signed with a key of the issuer that it names."),
        _("Ask whoever issued it for a new copy, and give that very file."),
    )


def from_jwk(said: dict[str, Any]) -> PublicKey:
    """A JSON Web Key. Raises `ValueError` and `JoseError`."""
    public = {name: value for name, value in said.items() if name in _PUBLIC}
    found: object
    match said.get("kty"):
        case "OKP":
            found = OKPKey.import_key(public).public_key
        case "EC":
            found = ECKey.import_key(public).public_key
        case "RSA":
            found = RSAKey.import_key(public).public_key
        case _:
            raise ValueError("a key of no kind that is used here")
    return strong(found)


_PUBLIC = ("kty", "crv", "x", "y", "n", "e")


def from_pem(said: str) -> PublicKey:
    """A key as Open Badges 2.0 publishes it. Raises `ValueError`."""
    try:
        return strong(serialization.load_pem_public_key(said.encode()))
    except UnsupportedAlgorithm as error:
        raise ValueError("a key of no kind that is used here") from error


def strong(key: object) -> PublicKey:
    """`key`, if it is of a kind that signs badges. Raises `ValueError` for a weak one."""
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    if isinstance(key, RSAPublicKey) and 2048 <= key.key_size <= 8192:
        return key
    raise ValueError("a key of no kind that is used here")


def profile_address(issuer: str) -> str:
    """Where an issuer says which keys are theirs (DID Web §3.2)."""
    if not issuer.startswith("did:web:"):
        return issuer
    host, *path = (unquote(part) for part in issuer.removeprefix("did:web:").split(":"))
    if not host or any(sign in host for sign in "/?#@\\") or any("/" in part for part in path):
        raise ValueError("no did:web")
    return f"https://{host}/" + "/".join(path or [".well-known"]) + "/did.json"


def _published(issuer: str, profile: dict[str, Any], at: datetime) -> list[tuple[str, PublicKey]]:
    """The keys that an issuer makes claims with now, with their ids, as their profile lists them;
    without those of kinds that are not used here.

    A DID's keys make no claims unless they are named for it (DID Core §5.3.2); of a plain profile
    all do, unless it names some.
    """
    if profile.get("id") != issuer:
        raise not_theirs()
    chosen = issuer.startswith("did:") or "assertionMethod" in profile
    claims = listed(profile.get("assertionMethod"))
    named = {_whole(one, issuer) for one in claims if isinstance(one, str)}
    entries = [one for one in claims if isinstance(one, dict)]
    entries += listed(profile.get("verificationMethod")) + listed(profile.get("publicKey"))
    found: list[tuple[str, PublicKey]] = []
    for one in entries:
        if not isinstance(one, dict) or one.get("controller", one.get("owner", issuer)) != issuer:
            continue
        if chosen and one not in claims and _whole(one.get("id"), issuer) not in named:
            continue  # a key for something else, such as signing in
        with suppress(ValueError, JoseError, Refused):  # one that can't be read is none
            endings = (moment(one, "revoked"), moment(one, "expires"))
            key = _of(one)
            if not any(ending is not None and ending <= at for ending in endings):
                found.append((_whole(one.get("id"), issuer), key))
    return found


def _whole(id: Any, issuer: str) -> str:
    return f"{issuer}{id}" if isinstance(id, str) and id.startswith("#") else str(id)


def _of(entry: dict[str, Any]) -> PublicKey:
    if "publicKeyMultibase" in entry:
        return _from_multikey(text(entry, "publicKeyMultibase"))
    if isinstance(entry.get("publicKeyJwk"), dict):
        return from_jwk(entry["publicKeyJwk"])
    return from_pem(text(entry, "publicKeyPem"))


def _from_multikey(said: str) -> PublicKey:
    raw = multibase.decode(said)
    if raw.startswith(_ED25519) and len(raw) == 34:
        return Ed25519PublicKey.from_public_bytes(raw[2:])
    if raw.startswith(_P256) and len(raw) == 35:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw[2:])
    raise ValueError("a key of no kind that is used here")
