"""An issuer of badges, on a site of this machine that speaks TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.awards.badges import verifying
from engine.awards.badges.badge import Badge
from engine.awards.badges.web import Web
from engine.errors import Refused
from tests.awards.badges.issuing_site import Issuer, Site, serving

TODAY = datetime.now(UTC).replace(microsecond=0)
"""When the tests began. The library that signs here dates status lists by the clock, so whatever
says no other time is checked by the clock as well."""
Verify = Callable[..., Badge]
Fault = Callable[..., str]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path) as made:
        # What the machine's own list of authorities is for everybody else.
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        yield made


@pytest.fixture
def issuer(site: Site) -> Issuer:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return Issuer(site, key, "https://state.example.org/achievements/facilitator")


@pytest.fixture
def verify() -> Verify:
    """Verifies a file today, or what stands at an address."""

    def verified(shown: bytes | str, at: datetime | None = None) -> Badge:
        web, at = Web(private=True), at or datetime.now(UTC)
        if isinstance(shown, bytes):
            return verifying.verify(shown, web, at)
        return verifying.verify_address(shown, web, at)[0]

    return verified


@pytest.fixture
def fault(verify: Verify) -> Fault:
    """The code of the first thing that is wrong with a badge."""

    def found(shown: bytes | str, at: datetime | None = None) -> str:
        with pytest.raises(Refused) as caught:
            verify(shown, at)
        assert caught.value.refusal.reason
        assert caught.value.refusal.remedy
        return caught.value.refusal.code

    return found
