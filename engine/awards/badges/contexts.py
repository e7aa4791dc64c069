"""The JSON-LD contexts that badges are read with: pinned, and never fetched.

What a signature covers is what the contexts make of the words, so a context that changes, or that
somebody else serves, would change what was signed. They come with a package, and each counts only
while its SHA-256 is the one below. A context that is not here is refused.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from engine.awards.badges.badge import refused
from engine.languages import _

CREDENTIALS: Final = "https://www.w3.org/ns/credentials/v2"
BADGES: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
RECORDS: Final = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
"""Comprehensive Learner Records 2.0."""


class Pinned(NamedTuple):
    file: str
    sha256: str


_OB = "https://purl.imsglobal.org/spec/ob/v3p0/"
PINNED: Final[dict[str, Pinned]] = {
    CREDENTIALS: Pinned(
        "credentials-v2.json", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
    ),
    f"{_OB}context-3.0.1.json": Pinned(
        "ob-v3p0-context-3.0.1.json",
        "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
    ),
    f"{_OB}context-3.0.2.json": Pinned(
        "ob-v3p0-context-3.0.2.json",
        "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
    ),
    BADGES: Pinned(
        "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
    RECORDS: Pinned(
        "clr_context_2.0.1.json", "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6"
    ),
    f"{_OB}extensions.json": Pinned(
        "ob-v3p0-extensions.json",
        "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
    ),
    "https://w3id.org/security/data-integrity/v2": Pinned(
        "security-data-integrity-v2.json",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    ),
    "https://w3id.org/security/multikey/v1": Pinned(
        "security-multikey-v1.json",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    ),
}
"""By address."""


@cache
def context(address: str) -> dict[str, Any]:
    """The context at `address`. Raises `Refused` for one that is not pinned."""
    pinned = PINNED.get(address)
    if pinned is None:
        raise refused(
            "undefined",
            _(
                "This badge uses words that are not part of the standard: %(address)s",
                address=address[:200],
            ),
            _("It can't be checked here. Send it to program staff, who can look at it."),
        )
    data = (_folder() / pinned.file).read_bytes()
    if hashlib.sha256(data).hexdigest() != pinned.sha256:
        raise RuntimeError(f"{pinned.file} is not the context that was pinned for {address}")
    found: dict[str, Any] = json.loads(data)
    return found


def loader(address: str, _options: Any = None) -> dict[str, Any]:
    """A document loader for `pyld` that reaches nothing."""
    document = context(address)
    # A tag lets `pyld` keep what it made of the context: they never change.
    return {"contextUrl": None, "documentUrl": address, "document": document, "tag": "static"}


def _folder() -> Path:
    # Found without importing the package, which would load all of its parts.
    spec = find_spec("openbadgeslib")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "ob3" / "contexts"
