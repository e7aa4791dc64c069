"""What stands in a one-time link: made from a row's id and the installation's secret.

So the link is the same in a letter and in every reminder of it, and stands in no table but in the
letters themselves; what is kept of it is a digest, by which it is found.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Final

from engine.settings import Settings

_KEPT: Final = 18
"""Bytes of a token: more than anybody can guess, and no longer than a line of a letter."""


def token_of(settings: Settings, what: str, id: str) -> str:
    """The token for the row `id`; `what` keeps the links of one kind from opening another's."""
    said = f"{what} link {id}".encode()
    made = hmac.new(settings.secret_key.encode(), said, hashlib.sha256).digest()
    return urlsafe_b64encode(made[:_KEPT]).decode()


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
