"""Open Badges 2.0: hosted ones count as their site has them, signed ones as they were signed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openbadgeslib.ob2 import models

from engine.awards.badges.badge import Recipient
from tests.awards.badges.conftest import TODAY, Fault, Verify
from tests.awards.badges.issuing_site import ANA, EARNED, Issuer, Site


def hosted(issuer: Issuer, **said: Any) -> bytes:
    """A hosted badge, with everything that it leads to in its place; gives the file."""
    issuer.profile()
    document = issuer.assertion().to_dict()
    issuer.site.put("/assertion", {**document, **said})
    return json.dumps({**document, **said}).encode()


def test_a_hosted_badge_is_what_its_site_says(issuer: Issuer, site: Site, verify: Verify) -> None:
    badge = verify(hosted(issuer))
    assert (badge.version, badge.issuer, badge.issuer_name) == (
        "2.0",
        f"{site.url}/issuer",
        "State University",
    )
    assert (badge.achievement, badge.achievement_name) == (f"{site.url}/class", "Facilitator")
    assert (badge.awarded_at, badge.expires_at) == (EARNED, None)
    assert badge.recipients[0].names(ANA)
    assert site.asked == ["/assertion", "/class", "/issuer"]
    assert verify(f"{site.url}/assertion") == badge


def test_a_copy_that_says_something_else_is_refused(issuer: Issuer, fault: Fault) -> None:
    text = hosted(issuer).decode()
    assert fault(text.replace("2025-06-01", "2025-06-02").encode()) == "tampered"
    stranger = models.IdentityObject.create("ben@example.org", "salt").to_dict()
    assert fault(json.dumps({**json.loads(text), "recipient": stranger}).encode()) == "tampered"


def test_a_badge_that_its_site_took_back_is_revoked(
    issuer: Issuer, site: Site, fault: Fault
) -> None:
    assert fault(hosted(issuer, revoked=True, revocationReason="A mix-up.")) == "revoked"
    shown = hosted(issuer)
    site.put("/assertion", b"", status=410)
    assert fault(shown) == "revoked"
    site.put("/assertion", b"", status=404)
    assert fault(shown) == "unreachable"


def test_an_expired_badge_is_refused(issuer: Issuer, fault: Fault) -> None:
    assert fault(hosted(issuer, expires="2026-01-01T00:00:00Z")) == "expired"


def test_a_badge_stands_only_where_its_issuer_lets_it(
    issuer: Issuer, site: Site, verify: Verify, fault: Fault
) -> None:
    """Anybody can host a badge in a university's name."""
    shown = hosted(issuer)
    issuer.profile(verification={"allowedOrigins": ["university.example.org"]})
    assert fault(shown) == "tampered"
    host = site.url.removeprefix("https://")
    issuer.profile(verification={"allowedOrigins": [host], "startsWith": [f"{site.url}/b/"]})
    assert fault(shown) == "tampered"
    issuer.profile(verification={"allowedOrigins": [host], "startsWith": [f"{site.url}/"]})
    assert verify(shown).achievement_name == "Facilitator"


def test_an_achievement_that_is_written_out_counts_as_it_stands_at_its_address(
    issuer: Issuer, site: Site, verify: Verify
) -> None:
    written = {"id": f"{site.url}/class", "name": "Head of everything", "issuer": "x"}
    assert verify(hosted(issuer, badge=written)).achievement_name == "Facilitator"


def test_a_signed_badge_is_what_its_issuer_signed(
    issuer: Issuer, verify: Verify, fault: Fault
) -> None:
    issuer.profile()
    token = issuer.signed()
    assert verify(token.encode()).achievement_name == "Facilitator"
    head, payload, signature = token.split(".")
    changed = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
    assert fault(f"{head}.{payload}.{changed}".encode()) == "tampered"


def test_a_key_that_the_profile_does_not_name_signs_nothing(
    issuer: Issuer, site: Site, fault: Fault
) -> None:
    issuer.profile()
    other = Issuer(site, Ed25519PrivateKey.generate(), "")
    assert fault(other.signed().encode()) == "tampered"
    issuer.profile(publicKey=[f"{site.url}/another"])
    assert fault(issuer.signed().encode()) == "tampered"


def test_a_signed_badge_is_revoked_by_its_issuers_list(
    issuer: Issuer, site: Site, verify: Verify, fault: Fault
) -> None:
    issuer.profile(revocationList=f"{site.url}/revoked")
    token = issuer.signed(id="urn:uuid:1").encode()
    assert fault(token) == "unreachable"
    listing: dict[str, Any] = {
        "issuer": f"{site.url}/issuer",
        "revokedAssertions": ["urn:uuid:2"],
    }
    site.put("/revoked", listing)
    assert verify(token).id == "urn:uuid:1"
    listing["revokedAssertions"] = [{"id": "urn:uuid:1", "revocationReason": "A mix-up."}]
    site.put("/revoked", listing)
    assert fault(token) == "revoked"


def test_a_signed_badge_expires_too(issuer: Issuer, fault: Fault) -> None:
    issuer.profile()
    assert fault(issuer.signed(expires=TODAY - timedelta(days=1)).encode()) == "expired"


def test_a_badge_without_an_address_is_nobodys(issuer: Issuer, fault: Fault) -> None:
    telephone = {"type": "telephone", "hashed": False, "identity": "5550100"}
    assert fault(hosted(issuer, recipient=telephone)) == "no-recipient"


def test_an_old_digest_proves_nothing() -> None:
    """MD5 of ana@example.org, which anybody could match with another text."""
    assert not Recipient("md5$a4f3b2d11a4de0b5e8d9e2d5a2b3cf41", True).names(ANA)
    assert Recipient("ana@EXAMPLE.org").names(ANA)
