"""The DID that a person wants to be named by in badges: `did:key` or `did:web`, by its shape.

That it is theirs is their own word: nothing here asks for a proof, and the page says so. Badges
that were signed before keep naming them as they did.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from engine.awards.badges import issuer, multibase
from engine.errors import Problem
from engine.languages import _
from engine.people import Actor
from engine.records import audit
from engine.records.tables import Account
from engine.settings import Settings

LONGEST: Final = 500
_KEYS: Final = {
    b"\xed\x01": 32,  # Ed25519
    b"\x80\x24": 33,  # P-256
    b"\x81\x24": 49,  # P-384
    b"\xe7\x01": 33,  # secp256k1
}
"""Keys that people's wallets have, as Multikeys begin, each with its length in bytes."""
# A host with a dot in it, perhaps a port, perhaps a path (DID Web §3.1).
_WEB = re.compile(
    r"did:web:(?=[^:]*\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:%3A[0-9]{1,5})?"
    r"(?::[A-Za-z0-9._-]+(?:%[0-9A-F]{2}[A-Za-z0-9._-]*)*)*",
)


def choose(
    session: Session, person: Actor, typed: str, settings: Settings, at: datetime
) -> Problem | None:
    """Name the person by this DID in badges from now on, by none if it is empty; or say what is
    wrong with it. The DID of this site is nobody's."""
    did = typed.strip()
    if did and not is_one(did):
        return Problem(
            "did",
            "did",
            _(
                "This is not a DID that we can use. It begins with did:key:z or did:web:, as your"
                " wallet shows it. Copy all of it, without spaces."
            ),
        )
    ours = issuer.of(settings).did
    if did == ours or did.startswith(f"{ours}:"):
        return Problem(
            "did",
            "did",
            _("This DID is our own: it names who issues the badges. Give the one of your wallet."),
        )
    account = session.get_one(Account, person.id, with_for_update=True)
    if account.did != did:
        facts = {"did": did, "before": {"did": account.did}}
        account.did = did
        session.flush()
        audit.record(session, f"account:{account.id}", "did-named", facts, person, at)
    return None


def is_one(text: str) -> bool:
    """Whether it has the shape of a DID that badges may name somebody by: a `did:key` that holds a
    key, or a `did:web`. `did:web:localhost` and `did:example:ana` are none."""
    if len(text) > LONGEST:
        return False
    if text.startswith("did:key:"):
        return _is_key(text.removeprefix("did:key:"))
    return _WEB.fullmatch(text) is not None


def _is_key(said: str) -> bool:
    try:
        raw = multibase.decode(said) if said.startswith("z") else b""
    except ValueError:
        return False
    return len(raw) - 2 == _KEYS.get(raw[:2])
