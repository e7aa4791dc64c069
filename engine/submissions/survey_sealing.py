"""Answers to a survey that is still open: sealed, so that nobody reads one before all are in.

The key comes from the installation's secret, which is not in the database, and from a salt that is
and that is forgotten when the survey closes. So whoever has the database (or two copies of it, from
before and after somebody's link was used) holds texts that say nothing; and once it is closed,
what is left of them in old copies says nothing even to whoever has the secret too.

What it does not promise: somebody who runs the server could read the answers as they come in.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.records.tables import SurveyInvitation, SurveyRun
from engine.settings import Settings
from engine.submissions import link_tokens
from engine.submissions.link_tokens import digest_of as digest_of

STEP: Final = 2048
"""Bytes to a multiple of which an answer is filled up: its length tells nothing of its words."""
_NONCE: Final = 12


def new_salt() -> str:
    return secrets.token_hex(32)


class Sealer:
    """Seals and opens the answers of one run, while it is open."""

    def __init__(self, settings: Settings, run: SurveyRun) -> None:
        made = HKDF(SHA256(), 32, bytes.fromhex(run.salt), f"survey {run.id}".encode())
        self._cipher = AESGCM(made.derive(settings.secret_key.encode()))

    def sealed(self, answer: dict[str, Any]) -> bytes:
        """AES-256-GCM of the answer's JSON, filled up with spaces; never the same twice."""
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.ljust(-(-len(text) // STEP) * STEP), None)

    def opened(self, sealed: bytes) -> dict[str, Any] | None:
        """The answer; None where the secret is not the one that it was sealed with."""
        try:
            text = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except InvalidTag:
            return None
        answer: dict[str, Any] = json.loads(text)
        return answer


def token_of(settings: Settings, invitation: SurveyInvitation) -> str:
    """What stands in somebody's link: the same in the invitation and in every reminder."""
    return link_tokens.token_of(settings, "survey", invitation.id)
