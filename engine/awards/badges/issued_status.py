"""The status lists that our badges name: signed when something changed, and only then.

A bit is set while its award does not count by somebody's decision: revoked, suspended, or replaced
by a corrected one; which of these it is, the award's own page says. The rows are the truth and are
asked each time (few are set, and indexes find them), so a revocation shows at once; packing and
signing is done once for each change, however many ask.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from engine.awards.badges import contexts, issuer
from engine.awards.badges.awarded import status_list_address
from engine.awards.places import ENTRIES
from engine.records.tables import Award
from engine.settings import Settings


@dataclass(frozen=True)
class Listing:
    """A status list as it is given out."""

    signed: str
    """A BitstringStatusListCredential, as JSON."""
    etag: str
    """Another one as soon as a bit, or the key, is another one."""


class StatusLists:
    """The lists that one process gives out; safe to ask from many threads."""

    def __init__(self) -> None:
        self._built: dict[int, Listing] = {}
        self._lock = threading.Lock()
        self.builds = 0
        """How many were packed and signed so far."""

    def listing(
        self, session: Session, number: int, settings: Settings, at: datetime
    ) -> Listing | None:
        """List `number` as it is now; None where there is no such list. Raises `Refused`
        (`issuer-key`)."""
        last = session.scalar(select(func.max(Award.status_list))) or 1
        if not 1 <= number <= last:
            return None
        places = stopped(session, number)
        ours = issuer.of(settings)
        etag = _etag(number, places, ours.signer.method)
        found = self._built.get(number)
        if found is not None and found.etag == etag:
            return found
        # Whoever comes meanwhile waits for the one that builds it, and then finds it.
        with self._lock:
            found = self._built.get(number)
            if found is None or found.etag != etag:
                signed = ours.sign(document(number, places, settings), at)
                text = json.dumps(signed, ensure_ascii=False, separators=(",", ":"))
                found = self._built[number] = Listing(text, etag)
                self.builds += 1
            return found


def stopped(session: Session, number: int) -> list[int]:
    """The places in list `number` of the awards that somebody revoked, suspended or replaced, in
    order."""
    own = select(Award.status_index).where(Award.status_list == number)
    # Three queries in one, since each has an index of its own.
    return sorted(
        session.scalars(
            union(
                own.where(Award.revoked_at.is_not(None)),
                own.where(Award.suspended_at.is_not(None)),
                own.where(Award.replaced_by.is_not(None)),
            )
        )
    )


def document(number: int, places: list[int], settings: Settings) -> dict[str, Any]:
    """What the list says, without its proof (Bitstring Status List 1.0 §2.2). It does not say from
    when on: a verifier whose clock is a moment behind ours would not believe it."""
    id = status_list_address(number, settings)
    return {
        "@context": [contexts.CREDENTIALS],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.of(settings).did,
        "credentialSubject": {
            "id": f"{id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": packed(places),
        },
    }


def packed(places: list[int]) -> str:
    """The bits as an `encodedList`: the first entry is the highest bit of the first byte, packed
    with GZIP, in base64url behind its multibase `u` (§3.3). The same bits give the same text."""
    bits = bytearray(ENTRIES // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    said = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode()
    return "u" + said.rstrip("=")


def _etag(number: int, places: list[int], method: str) -> str:
    words = json.dumps([number, places, method]).encode()
    return hashlib.sha256(words).hexdigest()[:32]
