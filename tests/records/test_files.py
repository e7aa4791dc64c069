"""Evidence bytes: whole or not at all, once, and named by what they are."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from engine.errors import EvidenceRejected
from engine.records.files import EvidenceStore, Kept, readable_size, safe_name


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


def keep(store: EvidenceStore, content: bytes, limit: int = 10**6, name: str = "") -> Kept:
    return store.keep(io.BytesIO(content), limit, name)


def stored(store: EvidenceStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind)
    return out.getvalue()


def archive(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        if mimetype:
            made.writestr("mimetype", mimetype)
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def test_kept_file_is_found_by_its_digest(store: EvidenceStore) -> None:
    kept = keep(store, b"Lesson plan\n")
    digest = hashlib.sha256(b"Lesson plan\n").hexdigest()
    assert kept == Kept(digest, 12, "text/plain")
    with store.open(digest) as file:
        assert file.read() == b"Lesson plan\n"
    assert stored(store) == [store.folder / digest[:2] / digest[2:4] / digest]


def test_same_file_is_stored_once(store: EvidenceStore) -> None:
    assert keep(store, b"same") == keep(store, b"same")
    assert len(stored(store)) == 1


def test_file_at_the_limit_is_kept_and_one_byte_more_is_not(store: EvidenceStore) -> None:
    assert keep(store, b"x" * 1024, limit=1024).bytes == 1024
    with pytest.raises(EvidenceRejected) as refused:
        keep(store, b"y" * 1025, limit=1024)
    assert refused.value.code == "too-large"
    assert str(refused.value) == "This file is too large. The limit is 1 kB."
    assert len(stored(store)) == 1


def test_endless_stream_is_not_read_to_its_end(store: EvidenceStore) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(EvidenceRejected):
        store.keep(endless, 1024**2)  # type: ignore[arg-type]
    assert endless.given <= 2 * 1024**2
    assert stored(store) == []


def test_empty_file_is_refused(store: EvidenceStore) -> None:
    with pytest.raises(EvidenceRejected) as refused:
        keep(store, b"")
    assert refused.value.code == "empty"
    assert stored(store) == []


def test_full_disk_is_said_in_words_and_leaves_nothing(
    store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EvidenceRejected) as refused:
        keep(store, b"content")
    assert refused.value.code == "full"
    assert "no room left" in str(refused.value)
    assert stored(store) == []


def test_upload_that_breaks_off_leaves_nothing(store: EvidenceStore) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    broken: BinaryIO = Broken()
    with pytest.raises(EvidenceRejected, match="Try again"):
        store.keep(broken, 100)
    assert stored(store) == []


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/quicktime"),
        (
            archive("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            archive("xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            archive("ppt/presentation.xml"),
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
        (
            archive("content.xml", mimetype="application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
        ),
        (archive("anything.txt"), "application/zip"),
        ("Señora Ruiz, grade 5\n".encode(), "text/plain"),
        ("Pr\xe9cis of the lesson".encode("latin-1"), "text/plain"),
        ("Plan".encode("utf-16"), "text/plain"),
        (b"name,score\nAna,3\nBen,4\n", "text/csv"),
        (b"<!DOCTYPE html><p>Hello", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff", "application/vnd.microsoft.portable-executable"),
        (bytes(range(256)), "application/octet-stream"),
    ],
)
def test_kind_of_file_is_told_by_its_content(
    store: EvidenceStore, content: bytes, media_type: str
) -> None:
    assert keep(store, content).media_type == media_type


def test_name_tells_one_text_from_another_and_nothing_else(store: EvidenceStore) -> None:
    prose = b"Dear Ana, thank you\nSee you soon, Ben\n"
    assert keep(store, prose, name="letter.txt").media_type == "text/plain"
    assert keep(store, prose, name="table.csv").media_type == "text/csv"
    assert keep(store, prose, name="photo.png").media_type == "text/plain"
    assert keep(store, picture("PNG"), name="table.csv").media_type == "image/png"


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("Lesson plan.pdf", "Lesson plan.pdf"),
        ("..\\..\\plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("plan\r\nSet-Cookie: x.pdf", "planSet-Cookie_ x.pdf"),
        ("pla\0n.pdf", "plan.pdf"),
        ("évaluation.pdf", "évaluation.pdf"),
        (" .hidden. ", "hidden"),
        ("..", "file"),
        ("", "file"),
        ("\udcff.pdf", "_.pdf"),
        ("x" * 300 + ".docx", "x" * 145 + ".docx"),
    ],
)
def test_names_are_made_harmless(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_only_a_digest_leads_to_a_place(store: EvidenceStore) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal"):
        store.path("../../etc/passwd")


def test_lost_file_is_said_in_words(store: EvidenceStore) -> None:
    with pytest.raises(EvidenceRejected, match="may be lost"):
        store.open("0" * 64)


def test_sizes_are_said_as_people_say_them() -> None:
    sizes = [1, 512, 1536, 104857600, 3 * 1024**3]
    said = ["1 byte", "512 bytes", "1.5 kB", "100 MB", "3 GB"]
    assert [readable_size(size) for size in sizes] == said
