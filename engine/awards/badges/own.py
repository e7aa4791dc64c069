"""Is the signature of a badge good? Asked about our own badges, without asking the web.

Everything that our signatures need is known here: the contexts are pinned, and the keys, those that
were rotated out too, stand in our own DID document. So a badge that was signed twenty years ago is
checked like one of today, and a page that says so asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.awards.badges import contexts, keys, proofs, strict_json, verifiable
from engine.awards.badges.badge import moment, refused
from engine.awards.badges.canonical import COST
from engine.errors import Refused
from engine.languages import _


class Own:
    """Reads nothing but what this installation itself publishes. As `web.Reads`."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """`documents`: DID documents by their DIDs."""
        self._known = {
            keys.profile_address(did): strict_json.written(document)
            for did, document in documents.items()
        }

    def read(self, url: str, most: int = strict_json.MAX_BYTES) -> bytes:
        """What `url` holds, when it is ours. Raises `Refused` (`unreachable`)."""
        found = self._known.get(url)
        if found is None or len(found) > most:
            raise refused(
                "unreachable",
                _("That would have to be asked of another site: %(url)s", url=url[:200]),
                _("For a file that somebody brings, we ask no other site."),
            )
        return found

    def stands_at(self, url: str) -> str:
        """Nothing here leads elsewhere."""
        return url


@dataclass(frozen=True)
class Signature:
    """What the check of a signature found."""

    word: Literal["good", "wrong", "none", "away"]
    """`wrong`: the text is not what was signed, or the key is none that counts; `none`: there is no
    signed badge yet; `away`: our own keys can't be read now, so it can't be told."""
    key: str = ""
    """The address of the key that it names, with the key itself behind the `#`."""
    signed_at: datetime | None = None
    why: str = ""
    """Of a wrong one, in words."""


def check(
    signed: str,
    did: str,
    document: Mapping[str, Any] | None,
    at: datetime,
    most: int = COST,
) -> Signature:
    """Whether the issuer `did`, whose DID document is `document`, signed the badge `signed`, which
    may cost `most` to put in order. None stands for a document that can't be read now."""
    key, signed_at = "", None
    try:
        claims = strict_json.read_object(signed)
        proof = claims.get("proof")
        key = str(proof.get("verificationMethod", "")) if isinstance(proof, dict) else ""
        signed_at = moment(proof, "created")
        if document is None:
            return Signature("away", key, signed_at)
        if verifiable.issuer_of(claims) != did:
            raise keys.not_theirs()
        verifiable.signed(signed, Own({did: document}), at, {did}, most)
    except Refused as wrong:
        return Signature("wrong", key, signed_at, wrong.refusal.reason)
    return Signature("good", key, signed_at)


_NOBODY: Final = "did:web:nobody.invalid"


def check_nobodys(at: datetime) -> Signature:
    """The same work as `check` on a badge that nobody was given: a serial that nobody was given is
    answered by as much of it as one that somebody was, so that the time tells nothing."""
    signed, document = _nobodys()
    return check(signed, _NOBODY, document, at)


@cache
def _nobodys() -> tuple[str, dict[str, Any]]:
    """A badge of usual size, signed with a key that is thrown away, and its issuer's document."""
    key = Ed25519PrivateKey.generate()
    multikey = keys.multikey(key.public_key())
    method = f"{_NOBODY}#{multikey}"
    achievement = {
        "id": "https://nobody.invalid/badges/achievements/0",
        "type": ["Achievement"],
        "name": "Nothing",
        "description": "Nothing was shown, and nobody was given this badge.",
        "criteria": {"id": "https://nobody.invalid/criteria", "narrative": "There are none."},
        "alignment": [
            {
                "type": ["Alignment"],
                "targetCode": f"{number}.a",
                "targetName": "No standard",
                "targetFramework": "No framework",
                "targetUrl": f"https://nobody.invalid/frameworks/{number}",
            }
            for number in range(4)
        ],
    }
    badge = {
        "@context": [contexts.CREDENTIALS, contexts.BADGES],
        "id": "https://nobody.invalid/badges/0",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": _NOBODY, "type": ["Profile"], "name": "Nobody"},
        "validFrom": "2026-01-01T00:00:00Z",
        "name": "Nothing",
        "credentialSubject": {"type": ["AchievementSubject"], "achievement": achievement},
        "credentialStatus": {
            "id": "https://nobody.invalid/badges/status/0#0",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "0",
            "statusListCredential": "https://nobody.invalid/badges/status/0",
        },
    }
    signed = proofs.sign(badge, key, method, datetime(2026, 1, 1, tzinfo=UTC))
    document = {
        "id": _NOBODY,
        "verificationMethod": [
            {
                "id": method,
                "type": "Multikey",
                "controller": _NOBODY,
                "publicKeyMultibase": multikey,
            }
        ],
        "assertionMethod": [method],
    }
    return strict_json.written(signed).decode(), document
