"""Signed tokens (JWS, RFC 7515): what they say, once their signature holds.

The kind of signature is one of three, and must be the kind of the key: a token never chooses it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from engine.awards.badges import strict_json
from engine.awards.badges.badge import tampered, unreadable
from engine.awards.badges.keys import PublicKey

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KINDS: Final = ["EdDSA", "Ed25519", "ES256", "RS256"]
_REGISTRY = jws.JWSRegistry(algorithms=_KINDS)
_REGISTRY.max_payload_length = strict_json.MAX_BYTES
_REGISTRY.max_header_length = 16 * 1024
"""A header may bring its key along, and certificates with it."""
_REGISTRY.max_signature_length = 2 * 1024
_WRONG: Final = (JoseError, ValueError, TypeError, AttributeError, RecursionError)
"""What reading a token raises: joserfc takes a header's members to be of the kinds that they should
be, and its header to be no thousand lists in one another."""
# Badges name the kind so, and will for years, whatever newer tokens call it.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")


def is_token(text: str) -> bool:
    """Whether it is written as one."""
    return _TOKEN.fullmatch(text) is not None


def unchecked(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Its header and what it says, for finding out whose it is: nobody's word yet."""
    try:
        found = jws.extract_compact(token.encode(), registry=_REGISTRY)
        return dict(found.headers()), strict_json.read_object(found.payload or b"")
    except _WRONG as error:
        raise unreadable() from error


def read(token: str, key_of: Callable[[Mapping[str, Any]], PublicKey]) -> dict[str, Any]:
    """What `token` says, signed by the key that `key_of` finds for its header. Raises `Refused`."""
    header, _said = unchecked(token)
    key = key_of(header)
    try:
        found = jws.deserialize_compact(token, _usable(key), registry=_REGISTRY)
    except _WRONG as error:
        raise tampered() from error
    return strict_json.read_object(found.payload or b"")


def _usable(key: PublicKey) -> OKPKey | ECKey | RSAKey:
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if isinstance(key, Ed25519PublicKey):
        return OKPKey.import_key(pem)
    if isinstance(key, EllipticCurvePublicKey):
        return ECKey.import_key(pem)
    return RSAKey.import_key(pem)
