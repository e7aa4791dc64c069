"""Evidence bytes, stored under the SHA-256 of their content.

The same file kept twice is stored once; a file is never changed. A file is streamed to a temporary
place while its size is watched and its digest is taken, and moved into place when it is whole and
synced, so nothing half-written is ever found. What kind of file it is comes from its content:
names lie. Who may see it is not known here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import puremagic

from engine.errors import EvidenceRejected

_CHUNK = 256 * 1024
_HEAD = 64 * 1024
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xl/workbook.bin": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "ppt/presentation.xml": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ),
}
_LARGEST_DIRECTORY = 2 * 1024 * 1024
"""Bytes of a zip's list of its parts, some ten thousands of them. `zipfile` reads it whole into
objects ten times as large, so a file made for that purpose could take the memory of the process."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 150


@dataclass(frozen=True)
class Kept:
    """A file that is in the store. `media_type` is what its content says."""

    sha256: str
    bytes: int
    media_type: str


class EvidenceStore:
    """A folder of files by digest, two levels deep: `ab/cd/abcd…`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, stream: BinaryIO, limit: int, name: str = "") -> Kept:
        """Store what `stream` holds, at most `limit` bytes, without ever holding it in memory.

        `name` only tells one kind of text from another: CSV and prose look alike. Raises
        `EvidenceRejected` with words for the person: `empty`, `too-large`, or `unreadable` when
        it could not be read or there is no room. Nothing is left behind then.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, place_of_arrival = tempfile.mkstemp(prefix=".arriving-", dir=self.folder)
        except OSError as error:
            raise _unstorable(error) from error
        arriving = Path(place_of_arrival)
        try:
            with os.fdopen(handle, "w+b") as file:
                digest, size = _copy(stream, file, limit)
                media_type = _media_type(file, name)
            place = self.path(digest)
            if not place.exists():
                _move(arriving, place)
            return Kept(digest, size, media_type)
        except OSError as error:
            raise _unstorable(error) from error
        finally:
            arriving.unlink(missing_ok=True)

    def open(self, sha256: str) -> BinaryIO:
        """The file, for reading. Raises `EvidenceRejected` (`unreadable`) when it is gone."""
        try:
            return self.path(sha256).open("rb")
        except OSError as error:
            raise EvidenceRejected(
                "unreadable", "This file can't be read now. Tell program staff: it may be lost."
            ) from error

    def path(self, sha256: str) -> Path:
        """Where the file with this digest is, or would be."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("a SHA-256 digest is 64 hexadecimal digits")
        return self.folder / sha256[:2] / sha256[2:4] / sha256


def safe_name(name: str) -> str:
    """A file name fit to show and to save under: one part, no tricks, at most 150 characters.

    `..\\..\\plan.pdf` becomes `plan.pdf`. Control characters go, and so do those that turn the
    reading direction: with U+202E, `fdp.exe` reads as `exe.pdf`. The ending is kept when the rest
    is cut. A name of nothing becomes `file`.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    name = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", name)).strip(" .")
    if len(name) > _LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        if dot and len(ending) <= 10:
            name = f"{stem[: _LONGEST_NAME - len(ending) - 1].rstrip()}.{ending}"
        else:
            name = name[:_LONGEST_NAME].rstrip()
    return name or "file"


def readable_size(size: int) -> str:
    """`size` in bytes, as people say it: `512 bytes`, `3.4 MB`, `100 MB`."""
    for unit, worth in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if size >= worth:
            return f"{size / worth:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} byte" if size == 1 else f"{size} bytes"


def _copy(stream: BinaryIO, file: BinaryIO, limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise EvidenceRejected(
                "too-large", f"This file is too large. The limit is {readable_size(limit)}."
            )
        digest.update(chunk)
        file.write(chunk)
    if size == 0:
        raise EvidenceRejected("empty", "This file is empty. Check it and choose it again.")
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


def _move(arriving: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    arriving.chmod(0o640)
    os.replace(arriving, place)
    # The entry itself must survive a power cut too, or the database names a file that is not there.
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unstorable(error: OSError) -> EvidenceRejected:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        words = "There is no room left to store files. Tell program staff, and try again later."
    else:
        words = "This file could not be stored. Try again; if it happens again, tell staff."
    return EvidenceRejected("unreadable", words)


def _media_type(file: BinaryIO, name: str) -> str:
    """What the content is; a zip is looked into.

    A file of no known kind is `application/octet-stream`, which no document accepts by accident.
    """
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(b"PK") and zipfile.is_zipfile(file):
        return _inside_zip(file) if _can_look_inside(file) else "application/zip"
    if _is_text(head):
        return _text_type(head, name)
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        matches = []
    named = [match for match in matches if match.mime_type]
    if not named:
        return "application/octet-stream" if _has_controls(head) else _text_type(head, name)
    best = max(named, key=lambda match: (match.confidence, len(match.byte_match)))
    said = str(best.mime_type)
    return _SAME.get(said, said)


_SAME = {"image/jpg": "image/jpeg", "audio/x-wav": "audio/wav", "video/x-m4v": "video/mp4"}


def _can_look_inside(file: BinaryIO) -> bool:
    """Whether a zip says that its list of parts is of a size that an office file has.

    Whatever could be taken for the end of the list counts (APPNOTE 4.3.16), since readers differ
    in where they look. One that needs Zip64 is no office file.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 22 - 0xFFFF - 20))
    tail = file.read()
    ends = [match.start() for match in re.finditer(b"PK\x05\x06", tail)]
    sizes = [int.from_bytes(tail[at + 12 : at + 16], "little") for at in ends]
    return max(sizes, default=0) <= _LARGEST_DIRECTORY and b"PK\x06\x07" not in tail


def _inside_zip(file: BinaryIO) -> str:
    """Office formats are zips: their parts say which. Only names are read, nothing unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:  # OpenDocument and EPUB say it themselves
                info = archive.getinfo("mimetype")
                plain = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
                if info.file_size <= 100 and plain:
                    said = archive.read(info).decode("ascii", "replace").strip()
                    if re.fullmatch(r"application/[\w.+-]+", said):
                        return said
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
        return "application/zip"
    for part, media_type in _OFFICE.items():
        if part in names:
            return media_type
    return "application/zip"


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            head.decode("utf-16", "ignore" if len(head) == _HEAD else "strict")
            return True
        except UnicodeDecodeError:
            return False
    if _has_controls(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character may be cut at the end of what was read; anything else is not UTF-8.
        return len(head) == _HEAD and error.start >= len(head) - 4
    return True


def _has_controls(head: bytes) -> bool:
    return any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in set(head))


def _text_type(head: bytes, name: str) -> str:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = head.decode(encoding, "ignore").lstrip()
    start = text[:512].lower()
    if start.startswith("%pdf-"):
        return "application/pdf"
    if start.startswith(("<!doctype html", "<html")) or "<script" in start:
        return "text/html"
    if start.startswith(("<?xml", "<svg")):
        return "image/svg+xml" if "<svg" in text[:4096].lower() else "application/xml"
    if start.startswith("{\\rtf"):
        return "application/rtf"
    ending = name.rpartition(".")[2].lower()
    if ending in _TEXT_ENDINGS:
        return _TEXT_ENDINGS[ending]
    return "text/plain" if ending or not _has_columns(text) else "text/csv"


_TEXT_ENDINGS = {"csv": "text/csv", "tsv": "text/tab-separated-values", "md": "text/markdown"}


def _has_columns(text: str) -> bool:
    """Whether every line that was read has as many commas, or semicolons, as the first."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    return len(lines) > 1 and any(
        lines[0].count(mark) and len({line.count(mark) for line in lines}) == 1 for mark in ",;"
    )
