"""Open Badges 2.0: hosted ones count as their site has them, signed ones as they were signed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey
from openbadgeslib.ob2 import models

from engine.awards.badges import verifying
from engine.awards.badges.badge import Recipient
from engine.awards.badges.web import Web
from engine.errors import Refused
from tests.awards.badges.conftest import TODAY, Fault, Verify
from tests.awards.badges.issuing_site import ANA, EARNED, Issuer, Site, pem_of, serving


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


def test_an_address_that_leads_elsewhere_vouches_for_nothing(
    issuer: Issuer, site: Site, fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The university's own host sends whoever asks to wherever the address says."""
    document = json.loads(hosted(issuer))
    (tmp_path / "other").mkdir()
    with serving(tmp_path / "other") as other:
        both = tmp_path / "both.crt"
        both.write_bytes(site.certificate.read_bytes() + other.certificate.read_bytes())
        monkeypatch.setenv("SSL_CERT_FILE", str(both))
        for at, where in (("/assertion", other), ("/class", other), ("/assertion", site)):
            starts = [f"{site.url}/assertion", f"{site.url}/class"]
            issuer.profile(verification={"startsWith": starts} if where is site else {})
            site.put("/assertion", document)
            there = where.put("/uploads/1", site.pages[at][1])
            site.put(at, b"", status=302, Location=there)
            assert fault(json.dumps(document).encode()) == "tampered", (at, there)
            assert fault(f"{site.url}/assertion") == "tampered", (at, there)
            assert where.asked


@pytest.mark.parametrize(
    "path",
    ["/b/../mine", "/b/%2e%2e/mine", "/b/..%2fmine", "/b/.%252e/mine", "/b/..;a/mine", "/b/./mine"],
)
def test_what_a_site_hosts_under_a_beginning_does_not_climb_out_of_it(
    issuer: Issuer, site: Site, fault: Fault, path: str
) -> None:
    issuer.profile(verification={"startsWith": [f"{site.url}/b/", f"{site.url}/class"]})
    document = {**issuer.assertion().to_dict(), "id": site.url + path}
    site.put(path, document)
    assert fault(json.dumps(document).encode()) == "tampered"


def test_a_beginning_that_is_no_address_allows_nothing(issuer: Issuer, fault: Fault) -> None:
    shown = hosted(issuer)
    issuer.profile(verification={"startsWith": ["https://["]})
    assert fault(shown) == "tampered"


def test_only_a_badge_that_is_gone_itself_was_taken_back(
    issuer: Issuer, site: Site, fault: Fault
) -> None:
    shown = hosted(issuer)
    site.put("/class", b"", status=410)
    assert fault(shown) == "unreachable"
    issuer.profile()
    site.put("/assertion", b"", status=410)
    assert fault(f"{site.url}/assertion") == "revoked"


def test_nothing_is_asked_of_an_issuer_whom_nobody_knows(issuer: Issuer, site: Site) -> None:
    issuer.profile()
    achievement = {"name": "Facilitator", "issuer": f"{site.url}/issuer"}
    payload = {**issuer.assertion("SignedBadge").to_dict(), "badge": achievement}
    key = OKPKey.import_key(pem_of(issuer.key))
    token = jws.serialize_compact({"alg": "EdDSA"}, json.dumps(payload), key, ["EdDSA"])
    web = Web(private=True)
    with pytest.raises(Refused) as caught:
        verifying.verify(token.encode(), web, TODAY, {"https://state.example.org/issuer"})
    assert caught.value.refusal.code == "unknown-issuer"
    assert site.asked == []
    assert verifying.verify(token.encode(), web, TODAY, {f"{site.url}/issuer"})


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


def test_a_list_of_the_revoked_may_be_written_out(
    issuer: Issuer, site: Site, verify: Verify, fault: Fault
) -> None:
    token = issuer.signed(id="urn:uuid:1").encode()
    address = site.put("/revoked", {"revokedAssertions": ["urn:uuid:1"]})
    for said, code in (
        ({"revokedAssertions": ["urn:uuid:1"]}, "revoked"),
        ({"id": address}, "revoked"),
        ({"id": address, "revokedAssertions": []}, "revoked"),
        ({}, "status-unknown"),
        ([address], "status-unknown"),
        (7, "status-unknown"),
    ):
        issuer.profile(revocationList=said)
        assert fault(token) == code, said
    issuer.profile(revocationList={"revokedAssertions": ["urn:uuid:2"]})
    assert verify(token).id == "urn:uuid:1"


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


def test_two_addresses_are_the_same_when_accounts_are() -> None:
    assert not Recipient("straße@example.org").names("strasse@example.org")
    assert Recipient("Stra\u00dfe@example.org ").names("straße@example.org")
    assert not Recipient("").names("")
