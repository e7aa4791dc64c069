"""The file of a certificate, brought to be checked: PDF, PNG, SVG or JSON, ours and others'."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from engine.awards import issuing
from engine.awards.badges import awarded, baking, contexts, keys, picture, proofs
from engine.awards.certificates import printing, signature
from engine.awards.held import learner_record
from engine.awards.verification import brought_pdf, file_checks, verified
from engine.people import SYSTEM
from engine.records import catalogue
from engine.records.tables import Account, FileCheck
from engine.web import file_verification
from tests.conftest import TERM, School
from tests.web.conftest import PNG
from tests.web.test_verification import at, signed


def bring(school: School, data: bytes, name: str = "file", json: bool = False) -> TestResponse:
    """Post a file as a visitor's browser does."""
    return school.app.test_client().post(
        "/verify/file",
        data={"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        headers={"Accept": "application/json"} if json else {},
    )


def told(school: School, data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = bring(school, data, json=True).get_json()
    assert tuple(found) == file_verification.MEMBERS or set(found) == set(file_verification.MEMBERS)
    return found


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def badge(school: School, serial: str) -> bytes:
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        return awarded.credential_of(session, award, school.settings).encode()


def certificate(school: School, serial: str) -> bytes:
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        edition = catalogue.as_written(session, award.edition_digest)
        return printing.path_for(session, award, edition, school.settings).read_bytes()


def standing_here(school: School, serial: str) -> dict[str, Any]:
    """The award as a badge of 2.0."""
    found: dict[str, Any] = school.browser().json(f"/badges/2.0/{serial}").get_json()
    return found


def of_others(**more: Any) -> bytes:
    """A badge that somebody signed who is their own key."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    did = keys.did_key(key.public_key())
    said = {
        "@context": [contexts.CREDENTIALS, contexts.BADGES],
        "id": "urn:uuid:2f5f6c0a-35c3-4f0e-8d5c-7f8d0f6f1c11",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": did, "type": ["Profile"], "name": "Valley School"},
        "validFrom": "2025-01-01T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:2f5f6c0a-35c3-4f0e-8d5c-7f8d0f6f1c12",
                "type": ["Achievement"],
                "name": "Bee keeping",
                "description": "Keeps bees.",
                "criteria": {"narrative": "Kept bees."},
            },
        },
        **more,
    }
    signed = proofs.sign(said, key, f"{did}#{did.removeprefix('did:key:')}", TERM)
    return json.dumps(signed).encode()


def test_our_badge_as_it_was_signed_is_good(school: School) -> None:
    serial = signed(school)
    answer = bring(school, badge(school, serial), "badge.json")
    assert answer.status_code == 200
    assert "Valid. Awarded to Ana Ruiz on 2 March 2026." in words(answer)
    assert "Signature in the file checked just now: it is good." in words(answer)
    assert f"/verify/{serial}" in answer.text


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_picture_with_the_badge_in_it_is_good(school: School, kind: str) -> None:
    serial = signed(school)
    said = badge(school, serial)
    with school.database.read() as session:
        award = school.award_of(session, serial)
        credential = catalogue.as_written(session, award.edition_digest).credential
    drawn = picture.svg if kind == "svg" else picture.png
    found = told(school, baking.bake(drawn(credential, "Hill School"), said.decode()))
    assert (found["result"], found["kind"]) == ("good", "picture")
    assert found["awards"][0]["serial"] == serial


def test_one_changed_letter_is_told(school: School) -> None:
    said = badge(school, signed(school)).replace(b"Ana Ruiz", b"Ann Ruiz")
    answer = bring(school, said)
    assert "Changed. This file is not what was signed." in words(answer)
    assert "Ann" not in words(answer)


def test_a_badge_in_our_name_with_another_key_is_told(school: School) -> None:
    said = json.loads(badge(school, signed(school)))
    key = Ed25519PrivateKey.generate()
    method = f"{said['issuer']['id']}#{keys.multikey(key.public_key())}"
    forged = proofs.sign(said, key, method, TERM)
    assert told(school, json.dumps(forged).encode())["result"] == "changed"


def test_a_good_file_of_a_revoked_award_says_revoked_first(school: School) -> None:
    serial = signed(school)
    said = badge(school, serial)
    with school.database.transaction() as session:
        issuing.revoke(session, school.award_of(session, serial), "A mix-up.", SYSTEM, TERM)
    found = words(bring(school, said))
    assert "Revoked. Awarded to Ana Ruiz" in found
    assert "A mix-up." in found


def test_who_has_only_the_badge_is_not_told_a_hidden_name(school: School) -> None:
    serial = signed(school)
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        award.names_holder = False
        awarded.renew(session, award, school.settings, TERM)
    answer = bring(school, badge(school, serial))
    assert "Valid. Awarded on 2 March 2026." in words(answer)
    assert re.search(r"\bAna\b", answer.text) is None


def test_a_certificate_is_trusted_as_far_as_our_signature_covers_it(school: School) -> None:
    serial = signed(school)
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        award.names_holder = False
        awarded.renew(session, award, school.settings, TERM)
    whole = certificate(school, serial)

    answer = bring(school, whole, "certificate.pdf")
    assert "The PDF is exactly as we signed it" in words(answer)
    # Whoever has the file has the name in print: here it may be said.
    assert "Awarded to Ana Ruiz on 2 March 2026." in words(answer)

    # Printed anew by somebody: the badge is good, the paper around it is anybody's.
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        again = io.BytesIO()
        pdf.save(again)
    other = words(bring(school, again.getvalue(), "certificate.pdf"))
    assert "Do not trust what is printed on it." in other
    assert "Ana" not in other

    bare = pikepdf.new()
    bare.add_blank_page()
    bare.attachments["credential.json"] = badge(school, serial)
    forged = io.BytesIO()
    bare.save(forged)
    found = told(school, forged.getvalue())
    assert (found["result"], found["paper"]) == ("good", "none")
    said = bring(school, forged.getvalue())
    assert "The badge inside is good; this paper is not from us." in words(said)
    assert "This PDF is not signed by us" in words(said)
    assert 'class="verify verify--paper"' in said.text
    assert "Valid." not in words(said)


def test_a_certificate_of_twenty_years_ago_is_still_good(school: School) -> None:
    said = badge(school, signed(school))
    at(school, TERM + timedelta(days=20 * 365))
    found = told(school, said)
    assert found["result"] == "good"
    assert found["awards"][0]["status"] in ("valid", "expired")


def test_a_badge_of_others_that_brings_its_own_key_is_checked(school: School) -> None:
    answer = bring(school, of_others())
    assert answer.status_code == 200
    assert "Not from here. The signature fits the key in the badge." in words(answer)
    assert "Valley School" in words(answer)
    assert told(school, of_others().replace(b"Kept bees", b"Sold bees"))["result"] == "changed"


def test_a_badge_of_others_that_may_be_taken_back_is_not_called_good(school: School) -> None:
    status = {
        "id": "https://valley.example/status/1#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://valley.example/status/1",
    }
    found = told(school, of_others(credentialStatus=status, validUntil="2025-02-01T00:00:00Z"))
    assert found["result"] == "foreign"
    assert len(found["notes"]) == 2


def test_no_other_site_is_asked_for_a_file(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_given: object, **_named: object) -> None:
        raise AssertionError("another site was asked")

    monkeypatch.setattr("engine.records.addresses.read", asked)
    said = json.loads(of_others())
    said["issuer"]["id"] = "did:web:valley.example"
    said["proof"]["verificationMethod"] = "did:web:valley.example#key"
    assert told(school, json.dumps(said).encode())["result"] == "unasked"
    hosted = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": "https://valley.example/assertions/1",
        "badge": "https://valley.example/badges/1",
        "recipient": {"type": "email", "hashed": False, "identity": "ana@example.org"},
    }
    assert told(school, json.dumps(hosted).encode())["result"] == "unasked"


def test_a_badge_of_two_that_names_our_award_leads_to_it(school: School) -> None:
    serial = signed(school)
    hosted = standing_here(school, serial)
    found = told(school, json.dumps(hosted).encode())
    assert (found["result"], found["awards"][0]["status"]) == ("hosted", "valid")
    hosted["id"] = f"{school.settings.base_url}/badges/2.0/0000-0000-0000-0000"
    answer = bring(school, json.dumps(hosted).encode())
    assert "Unknown. We have no award with the number in this file." in words(answer)


@pytest.mark.parametrize(
    "other",
    [
        {"recipient": {"type": "email", "hashed": False, "identity": "mallory@example.org"}},
        {"badge": "https://valley.example/badges/1"},
        {"issuedOn": "2020-01-01T00:00:00Z"},
        {"expires": "2099-01-01T00:00:00Z"},
    ],
)
def test_a_badge_of_two_that_says_something_else_than_ours_is_told(
    school: School, other: dict[str, Any]
) -> None:
    serial = signed(school)
    answer = bring(school, json.dumps(standing_here(school, serial) | other).encode())
    assert "Changed. This file is not what was signed." in words(answer)
    assert "Valid." not in words(answer)
    assert f"/verify/{serial}" in answer.text


def test_only_a_record_that_is_ours_leads_to_the_awards_that_it_names(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    serial = signed(school)
    asked: list[str] = []
    row_of = verified.row_of

    def noted(engine: Engine, one: str) -> verified.Row | None:
        asked.append(one)
        return row_of(engine, one)

    monkeypatch.setattr(verified, "row_of", noted)
    said = json.loads(badge(school, serial))
    forged = {
        "@context": said["@context"],
        "type": ["VerifiableCredential", "ClrCredential"],
        "issuer": said["issuer"],
        "verifiableCredential": [{"id": said["id"]}] * 200,
        "credentialSubject": {"verifiableCredential": [{"id": said["id"]}] * 200},
    }
    assert told(school, json.dumps(forged).encode())["result"] == "changed"
    assert asked == []
    with school.database.transaction() as session:
        award = school.award_of(session, serial)
        account = session.get_one(Account, award.recipient_id)
        members = learner_record.members(session, account.id)
        unsigned = learner_record.unsigned(session, account, members, 1, school.settings, TERM)
        record = learner_record.signed(unsigned, school.settings, TERM)
    assert told(school, record.encode())["result"] == "good"
    assert asked == [serial]


def test_our_pdf_stays_ours_while_what_signs_cannot_be_read(school: School) -> None:
    whole = certificate(school, signed(school))
    (school.settings.keys / signature.OWN).write_bytes(b"no certificate at all")
    assert told(school, whole)["paper"] == "whole"


def bomb() -> bytes:
    """A PDF whose one attachment unpacks to far more than a certificate is."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments["credential.json"] = b"{}"
    packed = zlib.compress(b" " * (200 * 1024 * 1024), 9)
    file = pdf.attachments["credential.json"].obj.EF.F
    file.write(packed, filter=pikepdf.Name.FlateDecode)
    made = io.BytesIO()
    pdf.save(made)
    return made.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:ob="https://purl.imsglobal.org/ob/v3p0">'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"hello",
        b"[]",
        b"{}",
        b'{"type": "VerifiableCredential"}',
        b'{"type": ["VerifiableCredential"], "issuer": {"id": 7}}',
        b"[" * 100_000,
        b'{"a": 1, "a": 2}',
        b"a.b.c",
        PNG,
        PNG[:40],
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 100,
        b"<svg",
        SVG + b"</svg>",
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG + b"&a;</svg>",
        b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + SVG + b"&b;</svg>",
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + b"1 0 obj <<" * 10_000,
        gzip.compress(b"{}" * 1000, mtime=0),
    ],
)
def test_a_file_that_is_nothing_is_refused_in_words(school: School, data: bytes) -> None:
    answer = bring(school, data)
    assert answer.status_code == 422
    assert "Not checked." in words(answer)
    assert "root:" not in answer.text


def test_an_empty_file_is_said_to_be_empty(school: School) -> None:
    for data in (b"", b" \r\n"):
        assert told(school, data)["message"].startswith("This file is empty.")


def test_a_pdf_that_unpacks_to_too_much_is_refused_in_words(school: School) -> None:
    answer = bring(school, bomb())
    assert answer.status_code == 422
    assert "Not checked. This PDF" in words(answer)


def test_a_pdf_with_a_password_is_refused_in_words(school: School) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    made = io.BytesIO()
    pdf.save(made, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert "opens only with a password" in words(bring(school, made.getvalue()))


def test_a_pdf_that_takes_too_long_is_given_up(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought_pdf, "PATIENCE", 0.001)
    assert "we stopped reading it" in words(bring(school, b"%PDF-1.7\n"))


def test_a_pdf_waits_for_its_turn_and_is_told_when_none_comes(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought_pdf, "TURN", 0.01)
    for _turn in range(brought_pdf.AT_ONCE):
        brought_pdf.turns.acquire()
    try:
        assert "Many files are being checked at this moment" in words(bring(school, b"%PDF-1.7\n"))
    finally:
        for _turn in range(brought_pdf.AT_ONCE):
            brought_pdf.turns.release()


def test_a_file_that_is_too_large_is_refused_in_words(school: School) -> None:
    assert "larger than any certificate" in words(bring(school, b"{" * (10 * 1024 * 1024 + 1)))


def test_no_file_is_asked_for_again(school: School) -> None:
    answer = school.app.test_client().post("/verify/file", data={})
    assert answer.status_code == 422
    assert "No file was chosen." in words(answer)


def test_files_are_counted_by_where_they_come_from(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_checks, "FROM_ONE_PLACE", 2)
    start = TERM + timedelta(days=1)
    at(school, start)
    assert [bring(school, b"{}").status_code for _ in range(3)] == [422, 422, 429]
    elsewhere = school.app.test_client().post(
        "/verify/file",
        data={"file": (io.BytesIO(b"{}"), "x")},
        environ_base={"REMOTE_ADDR": "198.51.100.7"},
    )
    assert elsewhere.status_code == 422
    at(school, start + timedelta(hours=1, seconds=1))
    assert bring(school, b"{}").status_code == 422
    with school.database.read() as session:
        assert session.query(FileCheck).count() == 1


def test_a_visitor_needs_no_cookie_and_gets_none(school: School) -> None:
    assert "Set-Cookie" not in school.app.test_client().get("/verify").headers
    assert "Set-Cookie" not in bring(school, b"{}").headers


def test_another_site_cannot_send_a_visitor_here_with_a_file(school: School) -> None:
    answer = school.app.test_client().post(
        "/verify/file",
        data={"file": (io.BytesIO(b"{}"), "x")},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


def test_looking_at_the_answer_again_leads_to_the_form(school: School) -> None:
    answer = school.browser().get("/verify/file")
    assert (answer.status_code, answer.location) == (303, "/verify")
