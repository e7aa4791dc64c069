"""Evidence bytes, stored under the SHA-256 of their content.

The same file kept twice is stored once; a file is never changed. A file arrives in a temporary
place, where its kind is told by its content (names lie), a scanner looks at it and the position
goes out of a photo; only then its digest is taken. It gets its place when it is whole and synced,
so nothing half-written is ever found. Who may see it is not known here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import puremagic

from engine.errors import EvidenceRejected
from engine.languages import _
from engine.records import photos
from engine.records.partials import Partials
from engine.records.scanning import Scanner, scanner_at
from engine.settings import Settings

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
    privacy: photos.Outcome = ""
    """What became of the place where a photo was taken."""


Check = Callable[[str, int], None]
"""Takes a file's media type and size; raises `EvidenceRejected` when it isn't wanted."""


class EvidenceStore:
    """A folder of files by digest, two levels deep: `ab/cd/abcd…`."""

    def __init__(self, folder: Path, scanner: Scanner | None = None) -> None:
        self.folder = folder
        self.scanner = scanner
        self.partials = Partials(folder / ".uploads")

    @classmethod
    def of(cls, settings: Settings) -> EvidenceStore:
        """The store that an installation's settings describe."""
        return cls(settings.evidence, scanner_at(settings.clamd_url))

    def keep(
        self, stream: BinaryIO, limit: int, name: str = "", check: Check | None = None
    ) -> Kept:
        """Store what `stream` holds, at most `limit` bytes, without ever holding it in memory.

        `name` only tells one kind of text from another: CSV and prose look alike. Raises
        `EvidenceRejected` with words for the person: `empty`, `too-large`, what `check` says,
        `infected` and `unscanned`, `full` when there is no room, or `unreadable` when it could not
        be read. Nothing is left behind then.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, place_of_arrival = tempfile.mkstemp(prefix=".arriving-", dir=self.folder)
        except OSError as error:
            raise unstorable(error) from error
        arriving = Path(place_of_arrival)
        try:
            with os.fdopen(handle, "wb") as file:
                _copy(stream, file, limit)
            return self.settle(arriving, name, check)
        except OSError as error:
            raise unstorable(error) from error
        finally:
            arriving.unlink(missing_ok=True)

    def settle(self, arrived: Path, name: str = "", check: Check | None = None) -> Kept:
        """Give a whole file on this disk its place. `arrived` stays, for the caller to remove
        once what follows is committed; a second call with it does no harm. Raises as `keep` does.
        """
        try:
            with arrived.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size == 0:
                    raise _empty()
                media_type = _media_type(file, name)
                if check is not None:
                    check(media_type, size)
                if self.scanner is not None:
                    self.scanner.check(file)
            privacy = photos.forget_place(arrived, media_type)
            with arrived.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
            place = self.path(digest)
            if not place.exists():
                _place(arrived, place)
        except OSError as error:
            raise unstorable(error) from error
        return Kept(digest, size, media_type, privacy)

    def open(self, sha256: str) -> BinaryIO:
        """The file, for reading. Raises `EvidenceRejected` (`unreadable`) when it is gone."""
        try:
            return self.path(sha256).open("rb")
        except OSError as error:
            raise EvidenceRejected(
                "unreadable", _("This file can't be read now. Tell program staff: it may be lost.")
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


def _copy(stream: BinaryIO, file: BinaryIO, limit: int) -> None:
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        file.write(chunk)


def _place(arrived: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    arrived.chmod(0o640)
    # The last piece of an upload may be sent twice at once: whoever comes second finds it there.
    with suppress(FileExistsError):
        try:
            os.link(arrived, place)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK):
                raise
            beside = place.with_name(f".arriving-{place.name}")
            shutil.copy2(arrived, beside)
            os.replace(beside, place)
    # The entry itself must survive a power cut too, or the database names a file that is not there.
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def too_large(limit: int) -> EvidenceRejected:
    """A file of more than `limit` bytes."""
    words = _("This file is too large. The limit is %(limit)s.", limit=readable_size(limit))
    return EvidenceRejected("too-large", words)


def _empty() -> EvidenceRejected:
    return EvidenceRejected("empty", _("This file is empty. Check it and choose it again."))


def unstorable(error: OSError) -> EvidenceRejected:
    """Why the disk did not take a file, in words for the person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        words = _("There is no room left to store files. Tell program staff, and try again later.")
        return EvidenceRejected("full", words)
    words = _("This file could not be stored. Try again; if it happens again, tell staff.")
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
    if head[4:8] == b"ftyp" and (brand := _BRANDS.get(head[8:12])):
        return brand
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


_BRANDS = {b"mif1": "image/heif", b"msf1": "image/heif", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4"}
"""ISO 14496-12 §4.3: major brands that others leave unnamed."""
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
    if re.match(r"WEBVTT(?:[ \t\n\r]|$)", text):
        return "text/vtt"
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
