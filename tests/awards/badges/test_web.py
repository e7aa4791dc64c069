"""What a badge leads to on the web is asked with bounds, and nobody's doors are knocked at."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.awards.badges.web import MOST, Web
from engine.errors import Refused
from engine.records import addresses
from tests.awards.badges.conftest import Verify
from tests.awards.badges.issuing_site import Issuer, Site


def fault(read: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as caught:
        read()
    assert caught.value.refusal.code == "unreachable"
    return caught.value.refusal.reason


def test_a_private_address_is_not_asked(issuer: Issuer, site: Site) -> None:
    issuer.profile()
    said = fault(lambda: Web().read(f"{site.url}/issuer"))
    assert said.endswith("It is inside a private network, and is not asked.")
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/badge",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "javascript:alert(1)",
        "badge",
        "https://example.org/\ud800",
        "https://example.org/?\ud800",
    ],
)
def test_only_https_is_asked(address: str) -> None:
    assert "https://" in fault(lambda: Web(private=True).read(address))


def test_a_redirect_is_followed_to_https_and_nowhere_else(site: Site) -> None:
    site.put("/there", b"{}")
    site.put("/moved", b"", status=302, Location="/there")
    assert Web(private=True).read(f"{site.url}/moved") == b"{}"
    site.put("/out", b"", status=302, Location="http://127.0.0.1:1/")
    assert "does not begin with https://" in fault(
        lambda: Web(private=True).read(site.url + "/out")
    )
    site.put("/round", b"", status=302, Location="/round")
    fault(lambda: Web(private=True).read(site.url + "/round"))


def test_a_redirect_to_a_private_address_is_not_followed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address is as public as can be; where it sends us is not."""
    site.put("/moved", b"", status=302, Location="https://10.0.0.1/latest/meta-data")
    here = site.url.removeprefix("https://").partition(":")[0]
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda one: one == here or real(one))
    said = fault(lambda: Web().read(f"{site.url}/moved"))
    assert said.endswith("It is inside a private network, and is not asked.")


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("/x", b"{}")
    monkeypatch.delenv("SSL_CERT_FILE")
    fault(lambda: Web(private=True).read(f"{site.url}/x"))
    assert site.asked == []


def test_no_more_is_read_than_a_badge_needs(site: Site) -> None:
    site.put("/large", b"x" * 600_000)
    assert "more than is read here" in fault(lambda: Web(private=True).read(f"{site.url}/large"))
    site.put("/packed", b"x", Content_Encoding="gzip")
    fault(lambda: Web(private=True).read(f"{site.url}/packed"))


def test_one_badge_leads_to_few_addresses(site: Site) -> None:
    web = Web(private=True)
    for number in range(MOST):
        web.read(site.put(f"/{number}", b"{}"))
        web.read(f"{site.url}/{number}")  # known by now
    assert len(site.asked) == MOST
    assert "more addresses" in fault(lambda: web.read(site.put("/more", b"{}")))


def test_a_site_that_says_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}/badge"
        started = datetime.now(UTC)
        fault(lambda: Web(private=True, patience=0.5).read(address))
        assert (datetime.now(UTC) - started).total_seconds() < 3


def test_a_badge_at_an_address_is_read_whatever_it_is(issuer: Issuer, verify: Verify) -> None:
    site = issuer.site
    issuer.profile()
    for content in (json.dumps(issuer.document()), issuer.token()):
        assert verify(site.put("/badge", content)).version == "3.0"
    assert verify(site.put("/assertion", issuer.assertion().to_dict())).version == "2.0"
    copied = site.put("/elsewhere", issuer.assertion().to_dict())
    with pytest.raises(Refused):
        verify(copied)
