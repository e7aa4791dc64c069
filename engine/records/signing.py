"""The key that signs checkpoints: Ed25519, made at first use in the instance's folder `keys`.

`audit.pem` is the private key, for this installation's eyes alone. `audit.pub` lists the public
half of every key that ever signed here, one a line, the latest last: what an old key signed stays
good, and what another key signed is nobody's word. A public key in base64 is also its name.
"""

from __future__ import annotations

import base64
import os
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE, PUBLIC = "audit.pem", "audit.pub"


class Signer:
    """Signs as this installation."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.id = _id(key.public_key())

    def sign(self, words: bytes) -> str:
        """The signature of `words`, in base64."""
        return base64.b64encode(self._key.sign(words)).decode()


def signer(folder: Path, at: datetime) -> Signer:
    """Who signs now; the key is made when there is none yet, by one of those who ask at once."""
    path = folder / PRIVATE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = _written(folder, Ed25519PrivateKey.generate())
        try:
            os.link(fresh, path)
        except FileExistsError:  # somebody else was a moment faster
            pass
        finally:
            fresh.unlink()
    found = Signer(_read(path))
    _enlist(folder, found.id, at)
    return found


def rotate(folder: Path, at: datetime) -> Signer:
    """Sign with a new key from now on. The old one is destroyed; what it signed stays good."""
    signer(folder, at)  # the old one is in the list before it goes
    key = Ed25519PrivateKey.generate()
    fresh = _written(folder, key)
    _enlist(folder, Signer(key).id, at)
    os.replace(fresh, folder / PRIVATE)
    return Signer(key)


def known(folder: Path) -> tuple[str, ...]:
    """The ids of every key that signed here, the latest last."""
    path = folder / PUBLIC
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    return tuple(line.split()[0] for line in lines if line.strip())


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


def _written(folder: Path, key: Ed25519PrivateKey) -> Path:
    """The key in a file beside its place, which nobody but the owner may read."""
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with NamedTemporaryFile(dir=folder, prefix=f".{PRIVATE}-", delete=False) as file:
        file.write(text)  # such a file is the owner's alone from its first moment (0600)
        file.flush()
        os.fsync(file.fileno())
    return Path(file.name)


def _enlist(folder: Path, id: str, at: datetime) -> None:
    if id in known(folder):
        return
    # One short write at the end of the file: two at once both land, and twice does no harm.
    with (folder / PUBLIC).open("a", encoding="ascii") as file:
        file.write(f"{id}  since {at:%Y-%m-%d %H:%M} UTC\n")


def _id(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()
