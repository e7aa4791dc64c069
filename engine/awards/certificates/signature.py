"""The signature on a PDF certificate: whose it is, and putting it there (PAdES B-B, by pyHanko).

An installation gives the file of its own certificate in its settings, or signs with one that it
makes for itself at first use: that shows that a page is as it was printed, though no reader knows
who it was printed by; the badge inside and the verification page tell that. Whoever only asks whose
signature it is does not import pyHanko, which takes half a second.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from engine.awards.certificates.archival import SIGNATURE
from engine.settings import Settings

OWN = "certificates.p12"
"""The self-made one, in the folder `keys`."""
KNOWN = "certificates.pub"
"""Fingerprints of all that ever signed, one a line, in the same folder."""
_LASTS = timedelta(days=30 * 365)
_RESERVED = 16_384
"""Bytes that a signature has room for; measuring it first would be signing twice. A chain of three
certificates takes 6,000."""


class CertificateUnreadable(Exception):
    """The file that signs cannot be opened: its words say which one, and what to do."""


@dataclass(frozen=True)
class Signatory:
    """Who signs the PDF certificates of this installation, as their certificate says."""

    name: str
    self_made: bool
    """Made by this installation itself, so that PDF readers cannot tell who signed."""
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""
    until: datetime
    """When the certificate ends, UTC. What was signed before stays as it is."""


def signatory(settings: Settings) -> Signatory:
    """Who signs now. The self-made certificate is made when there is none yet.

    Raises `CertificateUnreadable`.
    """
    certificate = _certificate(*_where(settings))
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Signatory(
        str(names[0].value) if names else certificate.subject.rfc4514_string(),
        not settings.signing_pfx,
        certificate.fingerprint(hashes.SHA256()).hex(),
        certificate.not_valid_after_utc,
    )


def sign(pdf: bytes, settings: Settings) -> bytes:
    """The file with its empty signature field filled; nothing before it is touched.

    Raises `CertificateUnreadable`.
    """
    signer = _signer(*_where(settings))
    signed = _outside_of_loops(
        lambda: signer.sign_pdf(
            _appending()(BytesIO(pdf)), existing_fields_only=True, bytes_reserved=_RESERVED
        )
    )
    _enlist(settings.keys, signatory(settings).fingerprint)
    whole: bytes = signed.getvalue()
    return whole


def _outside_of_loops(work: Callable[[], Any]) -> Any:
    """pyHanko runs an event loop of its own, which a thread that is inside of one can't do: whoever
    drives a browser is, and a server may be."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(work).result()


def known(settings: Settings) -> frozenset[str]:
    """The fingerprints of every certificate that signed here, the present one among them: a PDF
    that was signed with one stays ours when another one signs, or none can be read now."""
    listed = _listed(settings.keys)
    try:
        return listed | {signatory(settings).fingerprint}
    except CertificateUnreadable:
        return listed


def _listed(folder: Path) -> frozenset[str]:
    path = folder / KNOWN
    lines = path.read_text("ascii").split() if path.exists() else []
    return frozenset(lines)


def _enlist(folder: Path, fingerprint: str) -> None:
    if fingerprint in _listed(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    # One short write at the end of the file: two at once both land, and twice does no harm.
    with (folder / KNOWN).open("a", encoding="ascii") as file:
        file.write(f"{fingerprint}\n")


@cache
def _appending() -> Any:
    """pyHanko's writer, adding the signature and nothing else.

    It would also write the file's description anew, and say of a PDF/A-3, which is a PDF 1.7, that
    it was a PDF 2.0 with extensions (for elliptic curves and PAdES, which every reader knows).
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Appending(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            pass

        def ensure_output_version(self, version: tuple[int, int]) -> None:
            pass

        def register_extension(self, ext: object) -> None:
            pass

    return Appending


@lru_cache(maxsize=4)
def _signer(path: Path, passphrase: str, _changed: int) -> Any:
    from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, fields
    from pyhanko.sign.signers import PdfSigner

    try:
        loaded = SimpleSigner.load_pkcs12_data(
            path.read_bytes(), other_certs=[], passphrase=passphrase.encode() or None
        )
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if loaded is None:
        raise _unreadable(path)
    metadata = PdfSignatureMetadata(
        field_name=SIGNATURE, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    return PdfSigner(metadata, signer=loaded)


def _where(settings: Settings) -> tuple[Path, str, int]:
    """The file that signs, what opens it, and when it was changed last."""
    if settings.signing_pfx:
        path, passphrase = settings.instance / settings.signing_pfx, settings.signing_passphrase
    else:
        path, passphrase = _own(settings), ""
    try:
        return path, passphrase, path.stat().st_mtime_ns
    except OSError as error:
        raise _unreadable(path) from error


@lru_cache(maxsize=4)
def _certificate(path: Path, passphrase: str, _changed: int) -> x509.Certificate:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(
            path.read_bytes(), passphrase.encode() or None
        )
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if key is None or certificate is None:
        raise _unreadable(path)
    return certificate


def _unreadable(path: Path) -> CertificateUnreadable:
    return CertificateUnreadable(
        f"{path} cannot be opened, so no PDF can be signed. It must be a PKCS #12 file with a"
        " certificate and its key; see the settings signing_pfx and signing_passphrase."
    )


def _own(settings: Settings) -> Path:
    """The self-made certificate's file; made by one of those who ask at once."""
    path = settings.keys / OWN
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Such a file is the owner's alone from its first moment (0600).
        with NamedTemporaryFile(dir=path.parent, prefix=f".{OWN}-", delete=False) as file:
            file.write(_made(settings.site_name, datetime.now(UTC)))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:  # somebody else was a moment faster
            pass
        finally:
            os.unlink(file.name)
    return path


def _made(name: str, at: datetime) -> bytes:
    """A key and a certificate that vouches for itself, as PKCS #12 without a passphrase: the
    folder's permissions guard it, as they do the other keys."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "Accolade")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A clock that is a little behind must not find it not yet valid.
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + _LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(
        b"certificates", key, certificate, None, serialization.NoEncryption()
    )
