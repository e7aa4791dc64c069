"""Takes a PDF apart, in a process of its own: `python -m engine.awards.verification.pdf_reading`.

The file comes in on standard input and is a stranger's, so the process has little memory and little
time, and whoever started it (`brought_pdf`) survives its end. What it finds goes out as one JSON
object. It decides nothing: whose certificate signed the file, and what the badge in it is worth, is
asked where the answers are known.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import resource
import sys
from typing import Any, Final

MEMORY: Final = 1024 * 1024 * 1024
"""Bytes of address space; the libraries take a quarter of it."""
SECONDS: Final = 10
"""Of computing."""
UNPACKED: Final = 64 * 1024 * 1024
"""Bytes that one packed part of a PDF may unpack to."""
LARGEST_BADGE: Final = 512 * 1024
MOST_FILES: Final = 20
NAME: Final = "credential.json"


def main() -> None:
    """Read, look, answer."""
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        resource.setrlimit(what, (most, most))
    json.dump(found(sys.stdin.buffer.read()), sys.stdout)


def found(data: bytes) -> dict[str, Any]:
    """What there is in the PDF `data`: `problem` (`unreadable`, `locked`, `too-much` or empty),
    `badge` (the attached credential in base64, or null) and `signatures`."""
    answer: dict[str, Any] = {"problem": "", "badge": None, "signatures": []}
    try:
        badge = _attached(data)
        answer["badge"] = base64.b64encode(badge).decode() if badge is not None else None
        answer["signatures"] = _signatures(data)
    except _Locked:
        answer["problem"] = "locked"
    except (_TooMuch, MemoryError, RecursionError):
        answer["problem"] = "too-much"
    except Exception:  # a stranger's file goes wrong in every way that two libraries know
        answer["problem"] = "unreadable"
    return answer


class _Locked(Exception):
    """It opens with a password only."""


class _TooMuch(Exception):
    """It holds more than a certificate does."""


def _attached(data: bytes) -> bytes | None:
    """The credential that is attached, as its bytes."""
    import pikepdf

    pikepdf.settings.set_qpdf_limits(
        doc_max_warnings=100,
        parser_max_container_size=1_000_000,
        max_stream_filters=3,
        flate_max_memory=UNPACKED,
        run_length_max_memory=UNPACKED,
        dct_max_memory=UNPACKED,
        png_max_memory=UNPACKED,
        tiff_max_memory=UNPACKED,
    )
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.attachments) > MOST_FILES:
                raise _TooMuch
            named = pdf.attachments.get(NAME)
            if named is None:
                return None
            held = named.get_file().read_bytes()
    except pikepdf.PasswordError as error:
        raise _Locked from error
    if len(held) > LARGEST_BADGE:
        raise _TooMuch
    return held


def _signatures(data: bytes) -> list[dict[str, Any]]:
    """Every signature of the document, in order: whether its bytes are as they were signed, whether
    it covers the whole file, and the SHA-256 of the certificate that it names."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    reader = PdfFileReader(io.BytesIO(data))
    # Trusting nobody and fetching nothing: who may sign is not decided here.
    nobody = ValidationContext(trust_roots=[], allow_fetching=False)
    heard = []
    signatures = list(reader.embedded_regular_signatures)
    if len(signatures) > MOST_FILES:
        raise _TooMuch
    for one in signatures:
        status = validate_pdf_signature(one, signer_validation_context=nobody)
        certificate = status.signing_cert
        heard.append(
            {
                "intact": bool(status.intact and status.valid),
                "whole": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
                "certificate": hashlib.sha256(certificate.dump()).hexdigest(),
                "name": _name(certificate)[:300],
            }
        )
    return heard


def _name(certificate: Any) -> str:
    said = certificate.subject.native.get("common_name")
    return said if isinstance(said, str) else str(certificate.subject.human_friendly)


if __name__ == "__main__":
    main()
