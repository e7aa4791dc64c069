"""Copies of files without what they say of whoever made them, for reviewers who may not know.

Taken out: the information and XMP of a PDF and the authors of its remarks; EXIF, XMP, IPTC and
comments of pictures, but for which way is up; the properties of Office and OpenDocument files and
the authors of their remarks and changes. Nothing is encoded again. What a page or a picture itself
shows stays; so do sound and film, whose kinds are many and cannot be cleaned here.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from engine.records.whole_files import whole

RECIPE: Final = "1"
"""Raised when more is taken out, so that copies are made anew."""
LARGEST: Final = 256 * 1024 * 1024
"""Bytes of one file, or of one part of it, that are read into memory."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
# Plain text has no place for anything but what it says.
_NOTHING_TO_CLEAN = frozenset({"text/plain", "text/csv", "text/markdown", "text/vtt"})


class Uncleanable(Exception):
    """A file is not what it says it is, so nobody knows what is in it."""


def can_clean(media_type: str) -> bool:
    """Whether a file of this kind can be shown without its author's marks."""
    return media_type in _NOTHING_TO_CLEAN or _way(media_type) is not None


def cleaned(source: BinaryIO, media_type: str, place: Path) -> Path:
    """The copy of `source` at `place` without its author's marks, made unless it is there.

    Raises `Uncleanable`. For kinds that `can_clean` does not know nothing is to be asked here.
    """
    if place.exists():
        return place
    way = _way(media_type)
    with whole(place) as part:
        try:
            with part.open("wb") as target:
                if way is None:
                    target.write(source.read())
                else:
                    way(source, target)
        except Uncleanable:
            raise
        except Exception as error:
            raise Uncleanable(str(error)) from error
    return place


def _way(media_type: str) -> Callable[[BinaryIO, BinaryIO], None] | None:
    if media_type.startswith(_OFFICE):
        return _clean_office
    if media_type.startswith(_OPEN):
        return _clean_opendocument
    return _WAYS.get(media_type)


# PDF.


def _clean_pdf(source: BinaryIO, target: BinaryIO) -> None:
    import pikepdf

    with pikepdf.open(source) as pdf:
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        for name in ("/Metadata", "/PieceInfo"):
            if name in pdf.Root:
                del pdf.Root[name]
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
                _clean_pdf_part(one)
        pdf.save(target, static_id=True)


def _clean_pdf_part(part: Any) -> None:
    for name in ("/Metadata", "/PieceInfo", "/LastModified"):
        if name in part:
            del part[name]
    # The /T of a remark is its author; of a form's field, its name.
    if part.get("/Subtype") is not None and "/T" in part and "/FT" not in part:
        del part["/T"]


# Pictures.


def _clean_jpeg(source: BinaryIO, target: BinaryIO) -> None:
    data = _whole(source)
    if data[:2] != b"\xff\xd8":
        raise Uncleanable("no JPEG")
    target.write(data[:2])
    at, turned = 2, 1
    kept: list[bytes] = []
    while True:
        if data[at : at + 1] != b"\xff" or at + 4 > len(data):
            raise Uncleanable("broken segments")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            break
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        segment = data[at : at + 2 + size]
        if size < 2:
            raise Uncleanable("broken segments")
        body = segment[4:]
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            turned = _orientation(body[6:])
        # JFIF, a color profile and Adobe's transform say how to draw it; the rest tells stories.
        color = marker == 0xE2 and body.startswith(b"ICC_PROFILE\0")
        if marker in (0xE0, 0xEE) or color or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(segment)
        at += 2 + size
    if turned != 1:
        exif = b"Exif\0\0" + _upright(turned)
        target.write(b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif)
    for segment in kept:
        target.write(segment)
    # A phone puts further pictures behind the first, with marks of their own.
    end = data.find(b"\xff\xd9", at)
    target.write(data[at : end + 2] if end >= 0 else data[at:])


def _upright(turned: int) -> bytes:
    """EXIF that says which way is up, and nothing else."""
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x112, 3, 1, turned, 0, 0)


def _orientation(exif: bytes) -> int:
    """Which way is up: the Orientation tag of the first directory, 1 to 8."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 14:
        return 1
    (start,) = struct.unpack_from(order + "I", exif, 4)
    if start + 2 > len(exif):
        return 1
    (count,) = struct.unpack_from(order + "H", exif, start)
    for number in range(min(count, 200)):
        entry = start + 2 + 12 * number
        if entry + 12 > len(exif):
            break
        tag, _kind, _many, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == 0x112 and 1 <= value <= 8:
            return int(value)
    return 1


def _clean_png(source: BinaryIO, target: BinaryIO) -> None:
    data = _whole(source)
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Uncleanable("no PNG")
    target.write(data[:8])
    for kind, chunk in _png_chunks(data):
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"tIME"):
            if kind == b"eXIf":
                body = _upright(_orientation(chunk[8:-4]))
                check = zlib.crc32(b"eXIf" + body)
                chunk = struct.pack(">I", len(body)) + b"eXIf" + body + struct.pack(">I", check)
            target.write(chunk)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if at + 12 + size > len(data):
            raise Uncleanable("broken chunks")
        yield kind, data[at : at + 12 + size]
        at += 12 + size
        if kind == b"IEND":
            return
    raise Uncleanable("broken chunks")


def _clean_webp(source: BinaryIO, target: BinaryIO) -> None:
    data = _whole(source)
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Uncleanable("no WebP")
    at, kept = 12, [b"WEBP"]
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        chunk = data[at : at + 8 + size + size % 2]
        if len(chunk) < 8 + size:
            raise Uncleanable("broken chunks")
        if kind == b"VP8X":  # its flags say what follows: no EXIF (0x08) and no XMP (0x04)
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if kind not in (b"EXIF", b"XMP "):
            kept.append(chunk)
        at += 8 + size + size % 2
    body = b"".join(kept)
    target.write(b"RIFF" + len(body).to_bytes(4, "little") + body)


def _clean_gif(source: BinaryIO, target: BinaryIO) -> None:
    data = _whole(source)
    if data[:4] != b"GIF8" or len(data) < 13:
        raise Uncleanable("no GIF")
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    target.write(data[:at])
    while at < len(data):
        mark = data[at]
        if mark == 0x3B:
            target.write(b"\x3b")
            return
        start = at
        if mark == 0x21:
            what = data[at + 1]
            at = _after_gif_blocks(data, at + 2)
            maker = data[start + 3 : start + 14]
            loops = what == 0xFF and maker in (b"NETSCAPE2.0", b"ANIMEXTS1.0")
            if what == 0xF9 or loops:
                target.write(data[start:at])
        elif mark == 0x2C:
            colors = data[at + 9]
            at += 10 + (3 << ((colors & 7) + 1) if colors & 0x80 else 0)
            at = _after_gif_blocks(data, at + 1)
            target.write(data[start:at])
        else:
            raise Uncleanable("broken blocks")
    raise Uncleanable("no end")


def _after_gif_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


# Office.

_AUTHORS = re.compile(rb"""(\s(?:\w+:)?(?:author|initials|userId|displayName))="[^"]*\"""")
_NAMES = re.compile(rb"""(<(?:\w+:)?(?:cmAuthor|author|person)\b[^>]*?\sname)="[^"]*\"""")
_ELEMENTS = re.compile(rb"<author>[^<]*</author>")
_PROPERTIES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    b'core-properties"/>'
)
_MORE_PROPERTIES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'extended-properties"/>'
)
_OWN_PROPERTIES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'custom-properties"/>'
)
_META = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    b'office:version="1.3"><office:meta/></office:document-meta>'
)
_CREATORS = re.compile(
    rb"<(dc:creator|meta:initial-creator|meta:creator-initials|text:sender-[a-z-]+)>[^<]*</\1>"
)
_DRAWN = re.compile(r"(^|/)(thumbnail\.\w+|thumbnails/.*)$", re.IGNORECASE)


def _clean_office(source: BinaryIO, target: BinaryIO) -> None:
    _again(source, target, _office_part)


def _office_part(name: str, data: bytes) -> bytes:
    if name == "docProps/core.xml":
        return _PROPERTIES
    if name == "docProps/app.xml":
        return _MORE_PROPERTIES
    if name == "docProps/custom.xml":
        return _OWN_PROPERTIES
    if name.endswith((".jpg", ".jpeg", ".png")):
        return _inner_picture(name, data)
    if name.endswith(".xml"):
        data = _ELEMENTS.sub(b"<author></author>", data)
        data = _NAMES.sub(rb'\1=""', data)
        return _AUTHORS.sub(rb'\1=""', data)
    return data


def _clean_opendocument(source: BinaryIO, target: BinaryIO) -> None:
    _again(source, target, _opendocument_part)


def _opendocument_part(name: str, data: bytes) -> bytes:
    if name == "meta.xml":
        return _META
    if name.endswith((".jpg", ".jpeg", ".png")):
        return _inner_picture(name, data)
    if name.endswith(".xml"):
        return _CREATORS.sub(rb"<\1></\1>", data)
    return data


def _inner_picture(name: str, data: bytes) -> bytes:
    """A picture inside a document; one that is not what its name says stays out."""
    import io

    kept = io.BytesIO()
    clean = _clean_png if name.endswith(".png") else _clean_jpeg
    try:
        clean(io.BytesIO(data), kept)
    except (Uncleanable, struct.error, IndexError):
        return b""
    return kept.getvalue()


def _again(source: BinaryIO, target: BinaryIO, part: Callable[[str, bytes], bytes]) -> None:
    """The same archive with every part as `part` gives it back; what shows the first page small
    is emptied."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        if sum(one.file_size for one in old.infolist()) > LARGEST:
            raise Uncleanable("too large")
        for one in old.infolist():
            # Times and the maker's system are left out with everything else an entry may tell.
            entry = zipfile.ZipInfo(one.filename)
            entry.compress_type = one.compress_type
            data = b"" if _DRAWN.search(one.filename) else part(one.filename, old.read(one))
            new.writestr(entry, data)


def _whole(source: BinaryIO) -> bytes:
    data = source.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Uncleanable("too large")
    return data


_WAYS: Final[dict[str, Callable[[BinaryIO, BinaryIO], None]]] = {
    "application/pdf": _clean_pdf,
    "image/jpeg": _clean_jpeg,
    "image/png": _clean_png,
    "image/webp": _clean_webp,
    "image/gif": _clean_gif,
}
