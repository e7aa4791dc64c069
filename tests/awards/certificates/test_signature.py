"""Whose signature a certificate carries, and that readers find it good."""

from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from engine.awards.certificates import signature
from engine.awards.certificates.certificate import CertificateFacts, render
from engine.awards.certificates.signature import CertificateUnreadable, signatory
from engine.settings import Settings


def test_signature_validates_and_covers_the_whole_file(
    facts: CertificateFacts, desk: Settings
) -> None:
    plain = render(facts, desk)
    signed = signature.sign(plain, desk)
    assert signed[: len(plain)] == plain
    status = checked(signed)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    embedded = PdfFileReader(BytesIO(signed)).embedded_signatures[0]
    assert embedded.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert embedded.signer_cert.sha256.hex() == signatory(desk).fingerprint


def test_one_changed_letter_is_noticed(facts: CertificateFacts, desk: Settings) -> None:
    signed = signature.sign(render(facts, desk), desk)
    assert not checked(signed.replace(b"of Garden School", b"of Warden School")).intact


def test_self_made_certificate_is_made_once_for_its_owners_eyes(desk: Settings) -> None:
    named = replace(desk, site_name="Garden School")
    first = signatory(named)
    assert (first.name, first.self_made) == ("Garden School", True)
    assert first.until > datetime.now(UTC) + timedelta(days=29 * 365)
    assert signatory(named) == first
    (file,) = desk.keys.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_installation_signs_with_its_own_certificate(
    facts: CertificateFacts, desk: Settings
) -> None:
    (desk.instance / "district.p12").write_bytes(own_certificate("secret"))
    own = replace(desk, signing_pfx="district.p12", signing_passphrase="secret")
    assert (signatory(own).name, signatory(own).self_made) == ("Garden District", False)
    assert checked(signature.sign(render(facts, own), own)).bottom_line
    assert not (desk.keys / signature.OWN).exists()


def test_changed_file_is_read_anew(desk: Settings) -> None:
    own = replace(desk, signing_pfx="district.p12", signing_passphrase="secret")
    path = desk.instance / "district.p12"
    path.write_bytes(own_certificate("secret"))
    first = signatory(own)
    path.write_bytes(own_certificate("secret", "Garden County"))
    assert (first.name, signatory(own).name) == ("Garden District", "Garden County")


@pytest.mark.parametrize("content", [None, b"nothing", b""])
def test_unreadable_certificate_says_which_file_and_what_to_do(
    content: bytes | None, facts: CertificateFacts, desk: Settings
) -> None:
    if content is not None:
        (desk.instance / "district.p12").write_bytes(content)
    own = replace(desk, signing_pfx="district.p12")
    for ask in (lambda: signatory(own), lambda: signature.sign(render(facts, own), own)):
        with pytest.raises(CertificateUnreadable, match=r"district\.p12 .* signing_passphrase"):
            ask()


def test_wrong_passphrase_is_unreadable(desk: Settings) -> None:
    (desk.instance / "district.p12").write_bytes(own_certificate("secret"))
    with pytest.raises(CertificateUnreadable):
        signatory(replace(desk, signing_pfx="district.p12", signing_passphrase="guessed"))


def test_asking_whose_signature_it_is_imports_no_pdf_library() -> None:
    program = (
        "import sys, engine.awards.certificates.printing, engine.awards.certificates.signature\n"
        "print([name for name in ('pyhanko', 'pikepdf', 'weasyprint') if name in sys.modules])\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_writer_of_the_library_has_what_is_left_out() -> None:
    """What `signature` keeps pyHanko from writing, by the names it has there."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    for name in ("_update_meta", "ensure_output_version", "register_extension"):
        assert callable(getattr(IncrementalPdfFileWriter, name))


def checked(pdf: bytes) -> PdfSignatureStatus:
    """What pyHanko thinks of the one signature, its own certificate trusted."""
    (embedded,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    trust = ValidationContext(trust_roots=[embedded.signer_cert], allow_fetching=False)
    return validate_pdf_signature(embedded, trust)


def own_certificate(passphrase: str, name: str = "Garden District") -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False), True
        )
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"", key, certificate, None, BestAvailableEncryption(passphrase.encode())
    )
