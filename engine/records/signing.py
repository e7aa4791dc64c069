"""The keys that sign here: Ed25519, made at first use in the instance's folder `keys`.

`audit` signs checkpoints, `issuer` badges. `audit.pem` is the private key, for this installation's
eyes alone. `audit.pub` lists the public half of every key that ever signed here, one a line, the
latest last: what an old key signed stays good, unless the list says that it was stolen, and what
another key signed is nobody's word. A public key in base64 is also its name.
"""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE, PUBLIC = "audit.pem", "audit.pub"

Purpose = Literal["audit", "issuer"]


class Signer:
    """Signs as this installation."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key = key
        self.id = name_of(key.public_key())

    def sign(self, words: bytes) -> str:
        """The signature of `words`, in base64."""
        return base64.b64encode(self.key.sign(words)).decode()


class Listed(NamedTuple):
    """A key that signed here."""

    id: str
    since: datetime
    """To the minute, UTC."""
    stolen: datetime | None = None
    """When it was said to be in strange hands."""


def signer(folder: Path, at: datetime, purpose: Purpose = "audit") -> Signer:
    """Who signs now; the key is made when there is none yet, by one of those who ask at once.

    Raises `ValueError` for a file that is no key, and `OSError`.
    """
    path = folder / f"{purpose}.pem"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = _written(folder, Ed25519PrivateKey.generate(), purpose)
        try:
            os.link(fresh, path)
        except FileExistsError:  # somebody else was a moment faster
            pass
        finally:
            fresh.unlink()
    found = Signer(_read(path))
    enlist(folder, found.id, at, purpose)
    return found


def rotate(folder: Path, at: datetime, purpose: Purpose = "audit") -> Signer:
    """Sign with a new key from now on. The old one is destroyed; what it signed stays good."""
    if (folder / f"{purpose}.pem").exists():
        signer(folder, at, purpose)  # the old one is in the list before it goes
    return replace(folder, at, purpose)


def replace(folder: Path, at: datetime, purpose: Purpose = "audit") -> Signer:
    """The same, where the old one can't be read any more."""
    folder.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    fresh = _written(folder, key, purpose)
    enlist(folder, Signer(key).id, at, purpose)
    os.replace(fresh, folder / f"{purpose}.pem")
    return Signer(key)


def listed(folder: Path, purpose: Purpose = "audit") -> tuple[Listed, ...]:
    """Every key that signed here, the latest last. Raises `ValueError` for a list that is none."""
    path = folder / f"{purpose}.pub"
    found: dict[str, Listed] = {}
    for line in path.read_text("ascii").splitlines() if path.exists() else ():
        if not line.strip():
            continue
        try:
            id, word, *when = line.split()
            at = datetime.strptime(" ".join(when[:2]), "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        except ValueError as error:
            raise ValueError(f"{path} is no list of keys; put the right file back.") from error
        if word == "stolen" and id in found:
            found[id] = found[id]._replace(stolen=at)
        else:
            found.setdefault(id, Listed(id, at))
    return tuple(found.values())


def known(folder: Path, purpose: Purpose = "audit") -> tuple[str, ...]:
    """The ids of every key that signed here, the latest last."""
    return tuple(one.id for one in listed(folder, purpose))


def enlist(folder: Path, id: str, at: datetime, purpose: Purpose = "audit") -> None:
    """Have a public key stand in the list, once."""
    if id not in known(folder, purpose):
        _note(folder, purpose, f"{id}  since {at:%Y-%m-%d %H:%M} UTC\n")


def declare_stolen(folder: Path, id: str, at: datetime, purpose: Purpose = "audit") -> None:
    """Say of a key in the list that somebody else may sign with it, once."""
    if any(one.id == id and one.stolen is None for one in listed(folder, purpose)):
        _note(folder, purpose, f"{id}  stolen {at:%Y-%m-%d %H:%M} UTC\n")


def holds(key_id: str, words: bytes, signature: str) -> bool:
    """Whether the key of this id signed `words`."""
    try:
        raw = base64.b64decode(key_id, validate=True)
        said = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(said, words)
    except (ValueError, InvalidSignature):
        return False
    return True


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise ValueError(f"{path} is no private key; put the right file back.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is a key of another kind; an Ed25519 key belongs there.")
    return key


def _written(folder: Path, key: Ed25519PrivateKey, purpose: Purpose) -> Path:
    """The key in a file beside its place, which nobody but the owner may read."""
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with NamedTemporaryFile(dir=folder, prefix=f".{purpose}.pem-", delete=False) as file:
        file.write(text)  # such a file is the owner's alone from its first moment (0600)
        file.flush()
        os.fsync(file.fileno())
    return Path(file.name)


def _note(folder: Path, purpose: Purpose, line: str) -> None:
    # One short write at the end of the file: two at once both land, and twice does no harm.
    with (folder / f"{purpose}.pub").open("a", encoding="ascii") as file:
        file.write(line)


def name_of(key: Ed25519PublicKey) -> str:
    """The id of a public key."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()
