"""Every badge issued here verifies: with our own verifier, and with one that is not ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openbadgeslib.ob2.verifier import OB2VerificationError, OB2Verifier
from openbadgeslib.ob3.credential import IdentityObject
from openbadgeslib.ob3.did import resolve_verification_method
from openbadgeslib.ob3.ldp import OB3LdpVerifier, verify_data_integrity_proof
from openbadgeslib.ob3.verifier import OB3VerificationError

from engine.awards.badges import hosted, verifying
from engine.awards.badges.badge import Badge
from engine.errors import Refused
from tests.awards.issued.installation import Issued, OnlyOurs, changed

pytestmark = pytest.mark.xdist_group("issued")  # the installation is slow to make


def _ours(issued: Issued, said: Any) -> Badge:
    data = said if isinstance(said, str) else json.dumps(said)
    return verifying.verify(data.encode(), OnlyOurs(issued), datetime.now(UTC))


def _theirs(issued: Issued, said: Any) -> Any:
    # That library takes only tokens for signed lists; the list's own proof has a test of its own.
    return OB3LdpVerifier().verify(
        said,
        check_status=True,
        verify_status_list=False,
        download=OnlyOurs(issued).download,
    )


def _fault(issued: Issued, said: Any) -> str:
    with pytest.raises(Refused) as caught:
        _ours(issued, said)
    return caught.value.refusal.code


def test_every_credential_of_the_catalogue_verifies_with_both(issued: Issued) -> None:
    assert len(issued.serials) > 20
    for credential, serial in issued.serials.items():
        signed = issued.signed(serial)
        email = f"{credential}@example.org"
        if issued.expectations[serial] == "valid":
            badge = _ours(issued, signed)
            assert badge.issuer == "did:web:awards.example.org"
            assert badge.recipients[0].names(email)
            theirs = _theirs(issued, signed)
            assert theirs.achievement.name == badge.achievement_name
            whose = theirs.identifiers[0]
            assert IdentityObject.create(email, whose.salt) == whose
        else:
            assert _fault(issued, signed) == "revoked"
            with pytest.raises(OB3VerificationError, match="'revocation' is set"):
                _theirs(issued, signed)


def test_one_changed_letter_fails_in_both(issued: Issued) -> None:
    serial = issued.serials["instructional-coach"]
    document = json.loads(issued.signed(serial))
    subject = ("credentialSubject", "achievement")
    places: list[tuple[str | int, ...]] = [
        ("name",),
        ("issuer", "name"),
        (*subject, "name"),
        (*subject, "criteria", "narrative"),
        (*subject, "alignment", 0, "targetCode"),
        (*subject, "resultDescription", 0, "name"),
        ("credentialSubject", "identifier", 0, "identityHash"),
        ("credentialSubject", "result", 0, "value"),
        ("credentialStatus", "statusListIndex"),
        ("evidence", 0, "name"),
        ("proof", "proofValue"),
    ]
    _theirs(issued, document)
    for place in places:
        forged = changed(document, *place)
        assert _fault(issued, forged) == "tampered", place
        with pytest.raises(OB3VerificationError):
            _theirs(issued, forged)


def test_another_issuers_list_says_nothing_about_ours(issued: Issued) -> None:
    serial = next(iter(issued.serials.values()))
    document = json.loads(issued.signed(serial))
    document["issuer"]["id"] = "did:web:elsewhere.example.org"
    assert _fault(issued, document) != "revoked"
    with pytest.raises(OB3VerificationError):
        _theirs(issued, document)


def test_the_status_list_itself_is_signed(issued: Issued) -> None:
    web = OnlyOurs(issued)
    said = json.loads(web.read("https://awards.example.org/badges/status/1"))
    key = resolve_verification_method(said["proof"]["verificationMethod"], web.download)
    verify_data_integrity_proof(said, key)
    with pytest.raises(OB3VerificationError):
        verify_data_integrity_proof(changed(said, "credentialSubject", "encodedList"), key)


def test_nothing_but_our_own_documents_is_asked_for(issued: Issued) -> None:
    web = OnlyOurs(issued)
    signed = issued.signed(next(iter(issued.serials.values())))
    verifying.verify(signed.encode(), web, datetime.now(UTC))
    assert web.asked == [
        "https://awards.example.org/.well-known/did.json",
        "https://awards.example.org/badges/status/1",
        "https://awards.example.org/.well-known/did.json",
    ]


def test_the_hosted_badge_of_every_award_verifies_with_both(issued: Issued) -> None:
    for credential, serial in issued.serials.items():
        address, email = hosted.address(serial, issued.settings), f"{credential}@example.org"
        web = OnlyOurs(issued)
        if issued.expectations[serial] == "revoked":
            with pytest.raises(Refused) as caught:
                verifying.verify_address(address, web, datetime.now(UTC))
            assert caught.value.refusal.code == "revoked"
            continue
        badge, data = verifying.verify_address(address, web, datetime.now(UTC))
        assert (badge.version, badge.issuer_name) == ("2.0", "Hill School")
        assert badge.recipients[0].names(email)
        theirs = OB2Verifier(download=web.download).verify_hosted(
            json.loads(data), expected_recipient=email, check_revocation=True
        )
        assert theirs.id == address
        with pytest.raises(OB2VerificationError):
            OB2Verifier(download=web.download).verify_hosted(
                json.loads(data), expected_recipient="somebody@example.org"
            )


def test_every_badge_is_there_as_a_file_with_all_that_it_leads_to(issued_folder: Path) -> None:
    index = json.loads((issued_folder / "index.json").read_text("utf-8"))
    assert [one["expect"] for one in index["credentials"]].count("revoked") == 3
    for one in index["credentials"]:
        said = json.loads((issued_folder / one["file"]).read_text("utf-8"))
        assert said["id"] == one["id"]
        named = [*said["@context"], said["credentialStatus"]["statusListCredential"]]
        named.append(said["proof"]["verificationMethod"].partition("#")[0])
        assert set(named) <= index["documents"].keys()
        assert all((issued_folder / index["documents"][name]).exists() for name in named)
