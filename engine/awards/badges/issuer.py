"""Who issues badges here: this installation, as a DID with the keys that it signs them with.

The DID is `did:web` of the public address, and a key's address in it ends in the key itself
(`#z6Mk…`), so a badge says which key signed it even to somebody who finds no DID document any
more. The document lists every key that ever signed here; one that was stolen is marked as revoked,
and makes no claims from then on. What is signed is not known here.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.awards.badges import keys, multibase, proofs
from engine.errors import Refusal, Refused
from engine.languages import _
from engine.records import signing
from engine.records.tables import AwardCredential
from engine.settings import Settings

_DID_CONTEXTS: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
_PURPOSE: Final[signing.Purpose] = "issuer"


class BadgeSigner(NamedTuple):
    """The key that signs now."""

    key: Ed25519PrivateKey
    key_id: str
    """Its public half as a Multikey: `z6Mk…`."""
    method: str
    """Its address: the issuer's DID, a hash and `key_id`."""
    since: datetime


class KnownKey(NamedTuple):
    """A key that signed badges here."""

    key_id: str
    since: datetime
    stolen: datetime | None


@dataclass(frozen=True)
class Issuer:
    """This installation as others know it."""

    did: str
    name: str
    base_url: str
    folder: Path
    """Of its keys."""

    @property
    def signer(self) -> BadgeSigner:
        """Who signs now; the very first key is made here. Raises `Refused` (`issuer-key`) when the
        key is missing, though there was one, or can't be read."""
        try:
            listed = signing.listed(self.folder, _PURPOSE)
            if listed and not (self.folder / "issuer.pem").exists():
                raise _no_key(_("The file of the key that signs badges is missing."))
            found = signing.signer(self.folder, datetime.now(UTC), _PURPOSE)
            own = next(one for one in signing.listed(self.folder, _PURPOSE) if one.id == found.id)
        except (OSError, ValueError) as error:
            raise _no_key(_("The key that signs badges can’t be read.")) from error
        if own.stolen is not None:
            raise _no_key(_("The key that signs badges was declared stolen."))
        key_id = keys.multikey(found.key.public_key())
        return BadgeSigner(found.key, key_id, f"{self.did}#{key_id}", own.since)

    @property
    def known_keys(self) -> tuple[KnownKey, ...]:
        """Every key that signed here, the latest last. Raises `Refused` (`issuer-key`)."""
        try:
            return tuple(
                KnownKey(multikey_of(one.id), one.since, one.stolen)
                for one in signing.listed(self.folder, _PURPOSE)
            )
        except (OSError, ValueError) as error:
            raise _no_key(_("The list of the keys that sign badges can’t be read.")) from error

    def sign(self, document: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """`document` with a proof that it is this issuer's. Raises `Refused`: `issuer-key`, and
        `undefined` for words that no context defines."""
        signer = self.signer
        return proofs.sign(document, signer.key, signer.method, at)

    def profile(self) -> dict[str, Any]:
        """Who issues, as it stands in a credential (Open Badges 3.0 §B.1.14)."""
        return {"id": self.did, "type": ["Profile"], "name": self.name, "url": self.base_url}

    def did_document(self) -> dict[str, Any]:
        """What a DID resolver reads (DID Core 1.0, DID Web §3.2). Raises `Refused`."""
        listed = self.known_keys
        if not listed:
            _made = self.signer
            listed = self.known_keys
        methods = []
        for one in listed:
            method = {
                "id": f"{self.did}#{one.key_id}",
                "type": "Multikey",
                "controller": self.did,
                "publicKeyMultibase": one.key_id,
            }
            if one.stolen is not None:
                method["revoked"] = f"{one.stolen:%Y-%m-%dT%H:%M:%SZ}"
            methods.append(method)
        return {
            "@context": list(_DID_CONTEXTS),
            "id": self.did,
            "alsoKnownAs": [self.base_url],
            "verificationMethod": methods,
            "assertionMethod": [f"{self.did}#{one.key_id}" for one in listed if one.stolen is None],
        }


def of(settings: Settings) -> Issuer:
    """The issuer that this installation is."""
    return Issuer(did_web(settings.base_url), settings.site_name, settings.base_url, settings.keys)


def did_web(base_url: str) -> str:
    """The DID of an address (DID Web §3.1): `https://example.org:8443/awards` is
    `did:web:example.org%3A8443:awards`."""
    parts = urlsplit(base_url)
    path = [quote(part, safe="") for part in parts.path.split("/") if part]
    return ":".join(("did:web", parts.netloc.rpartition("@")[2].replace(":", "%3A"), *path))


def must_be_able_to_sign(session: Session, settings: Settings) -> None:
    """Asked before anything is granted: raises `Refused` (`issuer-key`) unless a badge of it could
    be signed now, by a key that those who hold the badges so far can find."""
    issuer = of(settings)
    # A folder of keys that is not here any more, or an empty one in its place, in which a first key
    # was made meanwhile: what was signed before would be left without anybody who stands for it.
    known = {None, *(one.key_id for one in issuer.known_keys)}
    ends = (func.min(AwardCredential.key_id), func.max(AwardCredential.key_id))
    first, last = session.execute(select(*(select(one).scalar_subquery() for one in ends))).one()
    if not {first, last} <= known:
        raise _no_key(_("The folder of the keys that sign badges is not the one that it was."))
    _found = issuer.signer


def multikey_of(id: str) -> str:
    """A key's Multikey (`z6Mk…`), from the id that its file has it by. Raises `ValueError`."""
    raw = base64.b64decode(id, validate=True)
    return keys.multikey(Ed25519PublicKey.from_public_bytes(raw))


def id_of(key_id: str) -> str:
    """The other way round."""
    return base64.b64encode(multibase.decode(key_id)[2:]).decode()


def _no_key(what: str) -> Refused:
    return Refused(
        Refusal(
            what,
            _(
                "Nothing was awarded, and nothing is lost. Ask whoever runs this site to put the"
                " folder of its keys back as it was, or to run “accolade key lost” if there is no"
                " copy of it. Then try again."
            ),
            "issuer-key",
        )
    )
