"""Files that were made to hurt whoever checks certificates: bombs, traps, and false names."""

from __future__ import annotations

import io
import json
import struct
import zlib
from base64 import urlsafe_b64encode

import pikepdf
import pytest
from werkzeug.test import TestResponse

from engine.awards.verification import brought_pdf
from tests.attacks.conftest import Stage, in_time, sane
from tests.attacks.test_markup import living
from tests.databases import ON_SQLITE
from tests.web.test_file_verification import of_others

pytestmark = ON_SQLITE  # what a file holds is looked at above the database

NASTY = "<script>alert(1)</script>\u202egpj.exe\x07"
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:ob="https://purl.imsglobal.org/ob/v3p0">'


def bring(stage: Stage, data: bytes, name: str = "file") -> TestResponse:
    with in_time():
        answer = stage.app.test_client().post(
            "/verify/file",
            data={"file": (io.BytesIO(data), name)},
            content_type="multipart/form-data",
        )
    assert living(answer.get_data(as_text=True)) == []
    return answer


def saved(pdf: pikepdf.Pdf, packed: bool = False) -> bytes:
    made = io.BytesIO()
    mode = pikepdf.ObjectStreamMode
    pdf.save(made, object_stream_mode=mode.generate if packed else mode.disable)
    return made.getvalue()


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    said = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        said += struct.pack(">I", len(data)) + kind + data + crc
    return said


def objects() -> bytes:
    """Whose compressed objects unpack to more than a process may hold."""
    packed = zlib.compress(b"1 0 " + b" " * (300 * 1024 * 1024) + b"<<>>", 9)
    head = b"%%PDF-1.7\n5 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n"
    body = head % len(packed) + packed + b"\nendstream\nendobj\n"
    table = b"".join(
        struct.pack(">BIB", *one) for one in ((0, 0, 255), (2, 5, 0), (0, 0, 0), (0, 0, 0))
    )
    table += struct.pack(">BIB", 0, 0, 0) + struct.pack(">BIB", 1, 9, 0)
    at = len(body)
    tail = b"6 0 obj\n<</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    return body + tail + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def many_files() -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    for number in range(200):
        pdf.attachments[f"{number}.json"] = b"{}"
    return saved(pdf, packed=True)


def circle() -> bytes:
    """Whose tree of attachments leads back to itself."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    node = pdf.make_indirect(pikepdf.Dictionary())
    node.Kids = pikepdf.Array([node])
    pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=node)
    return saved(pdf)


def fields_in_a_circle() -> bytes:
    """Whose form fields are their own children, with a signature that is none."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments["credential.json"] = of_others()
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            FT=pikepdf.Name.Sig,
            T="Signature",
            V=pikepdf.Dictionary(
                Type=pikepdf.Name.Sig,
                Filter=pikepdf.Name("/Adobe.PPKLite"),
                SubFilter=pikepdf.Name("/ETSI.CAdES.detached"),
                Contents=b"0" * 100,
                ByteRange=pikepdf.Array([0, 2**40, 2**41, 2**40]),
            ),
        )
    )
    field.Kids = pikepdf.Array([field])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]), SigFlags=3)
    return saved(pdf)


def token(header: bytes) -> bytes:
    """A badge of others as a token with this header, which nobody signed."""
    parts = (header, of_others(), b"x" * 64)
    return b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)


@pytest.mark.parametrize("made", [objects, many_files, circle, fields_in_a_circle])
def test_a_hostile_pdf_is_answered_in_words(stage: Stage, made: object) -> None:
    assert callable(made)
    answer = bring(stage, made())
    sane(answer, 422)
    assert "Not checked." in answer.text


def test_a_pdf_process_that_dies_takes_nobody_along(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    sane(bring(stage, b"%PDF-1.7\n"), 422)
    assert brought_pdf.turns.acquire(blocking=False), "its turn is given back"
    brought_pdf.turns.release()


@pytest.mark.parametrize(
    "data",
    [
        png((b"iTXt", b"openbadgecredential\0\1\0\0\0" + zlib.compress(b"{" * 50_000_000, 9))),
        png((b"tEXt", b"openbadgecredential\0" + b"\xff" * 100)),
        png(*[(b"tEXt", b"Comment\0x")] * 30_000),
        png((b"iTXt", b"openbadges\0\0\0\0\0https://127.0.0.1/../../etc/passwd")),
        (_SVG + "<g>" * 200_000).encode(),
        (_SVG + "<ob:credential>" + "[" * 400_000 + "</ob:credential></svg>").encode(),
        (_SVG + '<ob:credential verify="file:///etc/passwd"/></svg>').encode(),
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>',
        json.dumps({"type": ["VerifiableCredential"], "issuer": "did:web:" + "a" * 5_000}).encode(),
        json.dumps({"type": ["VerifiableCredential"], "issuer": {"id": NASTY}}).encode(),
        b'{"type": ["VerifiableCredential"], "issuer": "\\ud800"}',
        *(
            f'<?xml version="1.0" encoding="{name}"?><svg/>'.encode()
            for name in ("foo", "hex", "rot13", "zlib", "utf-32")
        ),
        of_others().replace(b'"Kept bees."', b"1" + b"0" * 400),
        of_others().replace(b'"Kept bees."', b"1e999"),
        of_others(validUntil="0001-01-01T00:00:00Z"),
        of_others(validFrom="9999-12-31T23:59:59Z"),
        token(b'{"alg": "EdDSA", "crit": 5}'),
        token(b'{"alg": "EdDSA", "kid": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
    ],
)
def test_a_hostile_picture_or_text_is_answered_in_words(stage: Stage, data: bytes) -> None:
    answer = bring(stage, data)
    sane(answer, 200, 422)
    assert "root:" not in answer.text
    assert "Valid." not in answer.text


def test_a_name_in_a_strangers_badge_stays_a_name(stage: Stage) -> None:
    said = json.loads(of_others())
    said["issuer"]["name"] = NASTY
    answer = bring(stage, json.dumps(said).encode(), f"{NASTY}.json")
    sane(answer, 200)
    said["issuer"]["id"] = "did:web:valley.example"
    answer = bring(stage, json.dumps(said).encode())
    sane(answer, 200)
    assert "Others issued this badge." in answer.text


def test_a_badge_cannot_name_the_address_of_an_award_into_being(stage: Stage) -> None:
    """A stranger's badge with our award's address as its id is a stranger's badge."""
    said = json.loads(of_others())
    said["id"] = f"{stage.settings.base_url}/badges/{stage.serial}"
    answer = bring(stage, json.dumps(said).encode())
    assert "Changed." in answer.text  # it was not signed with this id
    assert "Valid." not in answer.text


def test_files_checked_leave_nothing_but_their_count(stage: Stage) -> None:
    before = stage.dump()
    bring(stage, of_others())
    bring(stage, b"{}")
    assert stage.dump() == before
