"""Signing a badge, against the bare library: JSON-LD put in order and signed, without a question
whether the signature covers all of it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.timing import Figure, medians, milliseconds
from engine.awards.badges import achievement, awarded, issuer
from engine.awards.badges.contexts import loader
from engine.awards.badges.issuer import BadgeSigner
from engine.credentials.library import Library
from engine.settings import SHIPPED, Settings

CREDENTIAL = "instructional-coach"
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), "", "secret", base_url="https://awards.example.org")
        ours = issuer.of(settings)
        document = _badge(settings)
        took = medians(
            {"ours": lambda: ours.sign(document, AT), "bare": _bare(document, ours.signer)},
            rounds=60,
        )
    detail = f"{milliseconds(took['ours'])}, bare {milliseconds(took['bare'])}"
    yield Figure(
        "signing a badge / pyld and cryptography", took["ours"] / took["bare"], 1.2, detail
    )


def _badge(settings: Settings) -> dict[str, Any]:
    library = Library((SHIPPED / "schemas",), (SHIPPED / "workflows",)).still()
    kind = achievement.of(library.edition(CREDENTIAL), settings)
    return {
        "@context": list(awarded.CONTEXTS),
        "id": awarded.address("7K3M-Q2XH-9DTV-4WPC", settings),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": kind["name"],
        "issuer": issuer.of(settings).profile(),
        "validFrom": awarded.moment(AT),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [awarded.identity("ana@example.org", "7K3M", settings)],
            "achievement": kind,
        },
    }


def _bare(document: dict[str, Any], signer: BadgeSigner) -> Callable[[], bytes]:
    from pyld import jsonld

    said = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": loader,
        "processingMode": "json-ld-1.1",
    }
    options = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "created": awarded.moment(AT),
        "verificationMethod": signer.method,
        "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod",
    }

    def sign() -> bytes:
        parts = (jsonld.normalize(options, said), jsonld.normalize(document, said))
        covered = b"".join(hashlib.sha256(one.encode()).digest() for one in parts)
        return signer.key.sign(covered)

    return sign
