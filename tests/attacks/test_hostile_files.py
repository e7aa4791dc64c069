"""Files that lie about what they are, and files that are made to hurt."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest
from sqlalchemy import select

from engine.errors import EvidenceRejected
from engine.records.files import EvidenceStore
from engine.records.tables import Evidence
from tests.attacks.conftest import Stage, in_time, sane
from tests.conftest import Browser
from tests.web.conftest import PNG

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(document.cookie)</script>"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 100
ELF = b"\x7fELF\x02\x01\x01" + b"\x00" * 60


def zipped(*parts: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return made.getvalue()


def many_parts(count: int) -> bytes:
    """A directory of a zip with `count` entries and nothing behind them."""
    entry = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    directory = (entry + b"x") * count
    first = b"PK\x03\x04" + b"\x00" * 26
    end = struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        0,
        0,
        min(count, 0xFFFF),
        min(count, 0xFFFF),
        len(directory),
        len(first),
        0,
    )
    return first + directory + end


def broken_mimetype() -> bytes:
    """A zip whose `mimetype` is compressed and damaged."""
    made = bytearray(zipped(("mimetype", b"application/epub+zip" * 4)))
    start = made.index(b"mimetype") + 8
    made[start : start + 12] = b"\xff" * 12
    return bytes(made)


LIARS = {
    "report.pdf": EXE,
    "photo.png": SVG,
    "photo.jpg": HTML,
    "holiday.jpeg": ELF,
    "photo.PNG": b"<?xml version='1.0'?>" + SVG,
    "a.png": b"\xff\xfe" + HTML.decode().encode("utf-16-le"),
    "b.png": b"\xef\xbb\xbf" + HTML,
    "c.png": zipped(("photo.png", PNG)),
    "d.png": b"%PDF-1.7\n" + HTML,
    "e.png": b"\x00" * 2000,
    "f.png": b"#!/bin/sh\nrm -rf /\n",
    "g.png": b"\x89PNG",
    "h.png": b"BM" + b"\x01" * 50,
    "i.png": b"GIF89a" + HTML,
    "j.png": b"\x1f\x8b\x08" + b"\x00" * 20,
    "k.png": b"RIFF\x00\x00\x00\x00WEBP",
    "l.png": broken_mimetype(),
}


def upload(browser: Browser, stage: Stage, name: str, content: bytes, **more: str):  # type: ignore[no-untyped-def]
    said = {"pointer": "/handover/photo", "file": (io.BytesIO(content), name), **more}
    return browser.post(f"/submissions/{stage.ready}/evidence", said, json=True)


@pytest.mark.parametrize("name", LIARS)
def test_a_file_is_taken_for_what_it_is(shared: Stage, name: str) -> None:
    answer = upload(shared.browser("ben"), shared, name, LIARS[name])
    sane(answer, 415, 422)
    assert answer.get_json()["detail"]
    with shared.database.read() as session:
        assert not session.scalars(select(Evidence).where(Evidence.name == name)).all()


@pytest.mark.parametrize("name", LIARS)
def test_without_scripts_a_wrong_file_costs_no_text(shared: Stage, name: str) -> None:
    ben = shared.browser("ben")
    path = f"/submissions/{shared.ready}/handover/picture"
    said = {
        "/handover/successor": "Ida Berg",
        "_seen": ben.seen(path),
        "_go": "continue",
        "/handover/photo#file": (io.BytesIO(LIARS[name]), name),
    }
    answer = ben.post(path, said)
    sane(answer, 422)
    assert shared.answers(shared.ready, "handover")["successor"] == "Ida Berg"


@pytest.mark.parametrize(
    ("size", "status"), [(0, 422), (2_097_153, 413), (3 * 1024 * 1024 + 1, 413), (30_000_000, 413)]
)
def test_a_file_over_either_limit_is_refused_in_words(
    shared: Stage, size: int, status: int
) -> None:
    with in_time():
        answer = upload(
            shared.browser("ben"),
            shared,
            "big.png",
            PNG[: size and None] + b"\x00" * size if size else b"",
        )
    sane(answer, status)
    assert not list(shared.settings.evidence.glob(".arriving-*"))


NAMES = [
    "../../../etc/passwd.png",
    "..\\..\\boot.ini.png",
    "/etc/cron.d/x.png",
    "C:\\x.png",
    "a\x00.exe.png",
    "photo\u202egnp.exe",
    "a\r\nSet-Cookie: x=y.png",
    'a"; filename="b.exe',
    "<script>alert(1)</script>.png",
    "'\"><img src=x onerror=alert(1)>.png",
    "." * 300,
    "x" * 5000 + ".png",
    " ",
    "con.png",
    "é" * 400,
    "\u2066\u200f\u2028.png",
    "💥.png",
    "a;b=c.png",
    "%0d%0aX: y.png",
    "=cmd|' /C calc'!A0.png",
    "-rf",
    "~",
    "utf-8''x.png",
    "a\ud800b.png",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_does_no_harm_wherever_it_is_shown(shared: Stage, name: str) -> None:
    ben = shared.browser("ben")
    body = io.BytesIO()
    token = ben.token()
    header = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    for field, head, content in (
        ("csrf_token", "", token.encode()),
        ("pointer", "", b"/handover/photo"),
        ("file", f'; filename="{header}"', PNG),
    ):
        body.write(
            f'--zz\r\nContent-Disposition: form-data; name="{field}"{head}\r\n\r\n'.encode(
                "utf-8", "surrogatepass"
            )
        )
        body.write(content + b"\r\n")
    body.write(b"--zz--\r\n")
    answer = ben.client.post(
        f"/submissions/{shared.ready}/evidence",
        data=body.getvalue(),
        content_type="multipart/form-data; boundary=zz",
        headers={"Accept": "application/json"},
    )
    sane(answer, 201, 400, 422)
    if answer.status_code != 201:
        return
    shown = answer.get_json()["name"]
    assert len(shown) <= 150
    assert not any(ord(char) < 32 or char in '/\\<>"\u202e\u2066\u200f' for char in shown)
    got = ben.get(f"/evidence/{answer.get_json()['id']}?download=1")
    assert got.status_code == 200
    said = got.headers["Content-Disposition"]
    assert said.startswith("attachment")
    assert "\r" not in said and "\n" not in said  # noqa: PT018
    assert "Set-Cookie" not in got.headers or "x=y" not in got.headers["Set-Cookie"]
    assert got.data == PNG
    for path in (shared.settings.evidence.parent, shared.settings.evidence):
        assert {one.name for one in path.iterdir()} & {
            "passwd.png",
            "boot.ini.png",
            "x.png",
        } == set()


def test_a_refused_file_is_named_without_its_tricks(stage: Stage) -> None:
    ben = stage.browser("ben")
    path = f"/submissions/{stage.ready}/handover/picture"
    file = (io.BytesIO(EXE), "../holiday\u202egnp.exe")
    answer = ben.post(path, {"_seen": ben.seen(path), "/handover/photo#file": file})
    sane(answer, 422)
    assert "holidaygnp.exe" in answer.text
    assert "\u202e" not in answer.text


@pytest.mark.parametrize(
    ("media_type", "in_place"),
    [
        ("image/png", True),
        ("application/pdf", True),
        ("text/html", False),
        ("image/svg+xml", False),
        ("text/plain", False),
        ("application/octet-stream", False),
        ("text/xml", False),
        ("application/xhtml+xml", False),
        ("video/mp4", False),
        ("image/svg", False),
        ("application/javascript", False),
    ],
)
def test_only_pictures_and_pdf_open_in_the_browser(
    stage: Stage, media_type: str, in_place: bool
) -> None:
    """Whatever comes to stand in the database, by import or an older release."""
    with stage.database.transaction() as session:
        session.get_one(Evidence, stage.photo).media_type = media_type
    for name in ("ana", "rosa", "sam"):
        said = stage.browser(name).get(f"/evidence/{stage.photo}").headers
        assert said["Content-Disposition"].startswith("inline" if in_place else "attachment")
        assert said["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in said["Content-Security-Policy"]
        assert "script-src" not in said["Content-Security-Policy"]
        if media_type != "application/pdf":
            assert "sandbox" in said["Content-Security-Policy"].split("; ")
            assert "allow-scripts" not in said["Content-Security-Policy"]
        assert said["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "private" in said["Cache-Control"]


def test_a_file_that_is_lost_is_told_in_words(stage: Stage) -> None:
    for file in stage.settings.evidence.rglob("*"):
        if file.is_file():
            file.unlink()
    ana = stage.browser("ana")
    sane(ana.get(f"/evidence/{stage.photo}"), 404, 410, 422)
    for path in (f"/submissions/{stage.work}/print", f"/submissions/{stage.work}/handover/picture"):
        sane(ana.get(path), 200)
    sane(stage.browser("rosa").get(f"/review/{stage.work}"), 200)


@pytest.mark.parametrize(
    "id",
    ["..", "../..", "%2e%2e%2f%2e%2e", "....//....//etc/passwd", "\x00", "a" * 100_000, "'", "*"],
)
@pytest.mark.parametrize(
    "root", ["/evidence/", "/fonts/", "/static/", "/certificates/", "/verify/"]
)
def test_no_address_leads_out_of_its_folder(shared: Stage, root: str, id: str) -> None:
    ada = shared.browser("ada")
    for tail in (
        id,
        f"{id}/secret.key",
        f"{id}/../secret.key",
        f"{id}.pdf",
        "../" * 8 + "etc/passwd",
    ):
        environ = {"PATH_INFO": root + tail}
        with in_time():
            answer = ada.get("/", environ_overrides=environ)
        sane(answer)
        assert answer.status_code in (303, 308, 400, 404, 414, 403)
        assert shared.settings.secret_key.encode() not in answer.data
        assert b"root:x:0" not in answer.data


def test_a_zip_of_a_million_names_costs_little(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The directory of a zip is read into memory whole by whoever opens it."""
    store = EvidenceStore(tmp_path)
    bomb = many_parts(400_000)
    tracemalloc.start()
    with in_time(), io.BytesIO(bomb) as stream:
        kept = store.keep(stream, 100_000_000, "sheet.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept.media_type == "application/zip"
    assert peak < len(bomb) + 20_000_000


@pytest.mark.parametrize(
    "content",
    [
        broken_mimetype(),
        b"PK\x05\x06" + b"\x00" * 18,
        b"PK\x03\x04" + b"\xff" * 100,
        b"PK",
        zipped(("mimetype", b"x" * 10), method=zipfile.ZIP_LZMA)[:-30] + b"\x00" * 30,
        zipped(("mimetype", b"text/html"), method=zipfile.ZIP_STORED),
        zipped(("mimetype", b"application/x"), method=zipfile.ZIP_BZIP2),
        b"PK\x06\x06" + b"\xff" * 200,
        zipped(("mimetype", b"")),
        zipped(("\ud7ff" * 9, b"x")),
    ],
    ids=range(10),
)
def test_a_damaged_zip_is_a_zip_or_nothing(tmp_path, content: bytes) -> None:  # type: ignore[no-untyped-def]
    try:
        kept = EvidenceStore(tmp_path).keep(io.BytesIO(content), 1000, "x.docx")
    except EvidenceRejected:
        return
    assert kept.media_type.startswith(("application/", "text/plain"))
    assert kept.media_type != "text/html"


def test_any_bytes_have_a_type(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Beginnings of known formats with noise behind them: the sniffer may not fall over."""
    import random

    dice = random.Random(7)
    store = EvidenceStore(tmp_path)
    heads = [
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%PDF-",
        b"\x00\x00\x00\x18ftyp",
        b"RIFF",
        b"ID3",
        b"OggS",
        b"\xff\xd8\xff",
        b"II*\x00",
        b"<?xml",
        b"{\\rtf",
        b"",
    ]
    for head in heads:
        for length in (0, 1, 7, 300, 70_000):
            content = head + dice.randbytes(length)
            if content:
                assert "/" in store.keep(io.BytesIO(content), 200_000, "x").media_type
