"""The place where a photo was taken is taken out of it, before anything else is done with it.

Only the position goes (the GPS directory of EXIF, Exif 2.32 §4.6.6, and the GPS properties of
XMP); which way is up, the time and the camera stay. It is done in place and keeps every length,
so that no picture is encoded again and nothing that counts bytes from the start is led astray.
Metadata that cannot be understood could say anything, so all of it goes.

HEIC and AVIF scatter their metadata; what is found of it there is cleaned, and `place-may-stay`
tells when there is some that was not.
"""

from __future__ import annotations

import mmap
import re
import struct
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final, Literal

Outcome = Literal["", "place-removed", "details-removed", "place-may-stay"]
OUTCOMES: Final = ("", "place-removed", "details-removed", "place-may-stay")
"""Nothing to say; the position is gone; all metadata is gone; a position may still be in it."""
_TOLD: Final[tuple[Outcome, ...]] = ("place-may-stay", "details-removed", "place-removed")
"""Of several outcomes in one picture, the first of these is told."""

_GPS = 0x8825
_SUB_DIRECTORIES = (0x8769, 0x014A)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_DIRECTORIES = 64
_MOST_CHUNKS = 20_000
_LARGEST_BLOCK = 4 * 1024 * 1024
_XMP_VALUE = re.compile(rb"""[\w.-]*:?GPS[A-Za-z]+\s*=\s*("[^"]*"|'[^']*')""")
_XMP_ELEMENT = re.compile(
    rb"<((?:[\w.-]+:)?GPS[A-Za-z]+)(?:\s[^>]*)?(?:/>|>.*?</\1\s*>)", re.DOTALL
)
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\0"


class _Unreadable(Exception):
    """A piece of metadata is not what it says it is."""


def forget_place(path: Path, media_type: str) -> Outcome:
    """Take the position out of the picture at `path`, which is changed in place.

    Never raises for what is in the file; other kinds of files are left as they are.
    """
    walk = _WALKS.get(media_type)
    if walk is None or path.stat().st_size == 0:
        return ""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as held:
        found: set[Outcome] = set(walk(held))
        held.flush()
    return next((one for one in _TOLD if one in found), "")


# JPEG: segments up to the picture's data, and again for each picture that follows the first.


def _jpeg(held: mmap.mmap) -> Iterator[Outcome]:
    at = 0
    for _ in range(_MOST_DIRECTORIES):
        at, sound = yield from _jpeg_segments(held, at)
        if not sound:
            yield from _scattered(held, at, blank=True)
            return
        # Phones put a second picture behind the first, with a position of its own.
        at = held.find(b"\xff\xd8\xff", at)
        if at < 0:
            return


def _jpeg_segments(held: mmap.mmap, at: int) -> Generator[Outcome, None, tuple[int, bool]]:
    """Cleans the segments of the picture at `at`; returns where its data begins, and True, or
    where its segments stop making sense, and False."""
    at += 2
    for _ in range(_MOST_CHUNKS):
        if held[at : at + 1] != b"\xff" or at + 4 > len(held):
            return at, False
        marker = held[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            return at, True
        size = int.from_bytes(held[at + 2 : at + 4], "big")
        start, end = at + 4, min(at + 2 + size, len(held))
        if size < 2:
            return at, False
        if marker == 0xE1:
            yield _block(held, start, end)
        at = end
    return at, False


def _block(held: mmap.mmap, start: int, end: int) -> Outcome:
    """Cleans a segment that holds EXIF or XMP."""
    head = held[start : start + 40]
    if head.startswith(b"Exif\0"):
        return _exif(held, start + 6, end, start)
    for name in (_XMP, _XMP_MORE):
        if head.startswith(name):
            return _xmp(held, start + len(name), end, start)
    return ""


# PNG and WebP: chunks.


def _png(held: mmap.mmap) -> Iterator[Outcome]:
    at = 8
    for _ in range(_MOST_CHUNKS):
        if at + 12 > len(held):
            return
        size, kind = int.from_bytes(held[at : at + 4], "big"), held[at + 4 : at + 8]
        start, end = at + 8, at + 8 + size
        if end + 4 > len(held):
            return
        outcome: Outcome = ""
        if kind == b"eXIf":
            outcome = _exif(held, start, end, start)
        elif kind in (b"iTXt", b"tEXt", b"zTXt"):
            outcome = _png_text(held, start, end)
        if outcome == "details-removed":
            held[at + 4 : at + 8] = b"acRm"  # a private kind, which readers pass over
        if outcome:
            checksum = zlib.crc32(memoryview(held)[at + 4 : end])
            held[end : end + 4] = checksum.to_bytes(4, "big")
            yield outcome
        at = end + 4


def _png_text(held: mmap.mmap, start: int, end: int) -> Outcome:
    head = held[start : min(end, start + 100)]
    keyword, _, rest = head.partition(b"\0")
    if keyword.lower().startswith(b"raw profile type"):
        return _blanked(held, start, end)  # EXIF or XMP again, as hexadecimal digits
    if keyword != b"XML:com.adobe.xmp":
        return ""
    if rest[:1] != b"\0":  # compressed
        return _blanked(held, start, end)
    return _xmp(held, start + len(keyword), end, start)


def _webp(held: mmap.mmap) -> Iterator[Outcome]:
    at, flags = 12, 0
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(held):
            return
        kind, size = held[at : at + 4], int.from_bytes(held[at + 4 : at + 8], "little")
        start, end = at + 8, min(at + 8 + size, len(held))
        outcome: Outcome = ""
        if kind == b"VP8X" and size >= 10:
            flags = start
        elif kind == b"EXIF":
            lead = 6 if held[start : start + 6] == b"Exif\0\0" else 0
            outcome = _exif(held, start + lead, end, start)
        elif kind == b"XMP ":
            outcome = _xmp(held, start, end, start)
        if outcome == "details-removed":
            held[at : at + 4] = b"GONE"
            if flags:
                held[flags] &= ~(0x08 if kind == b"EXIF" else 0x04) & 0xFF
        if outcome:
            yield outcome
        at += 8 + size + size % 2


def _tiff(held: mmap.mmap) -> Iterator[Outcome]:
    try:
        yield _without_gps(held, 0, len(held))
    except _Unreadable:
        # Its directories are the picture itself: what can't be read can't be blanked either.
        yield "place-may-stay"


def _container(held: mmap.mmap) -> Iterator[Outcome]:
    """HEIC and AVIF: boxes that say where in the file the metadata is (ISO 14496-12 §8.11)."""
    if held.find(b"Exif") < 0 and held.find(b"xmpmeta") < 0:
        return
    found = list(_scattered(held, 0, blank=False))
    yield from found or ["place-may-stay"]


def _scattered(held: mmap.mmap, at: int, *, blank: bool) -> Iterator[Outcome]:
    """Cleans whatever from `at` on begins as EXIF or XMP does. With `blank`, what can't be read
    is blanked; without, it may be a part of the picture, and is told of instead."""
    for place in _beginnings(held, at):
        end = min(place + 0xFFFF, len(held))
        if held[place : place + 1] == b"<":
            close = held.find(b"</x:xmpmeta>", place, place + _LARGEST_BLOCK)
            yield _xmp(held, place, close if close > 0 else end, place)
        elif blank:
            yield _exif(held, place, end, place)
        else:
            try:
                yield _without_gps(held, place, min(place + _LARGEST_BLOCK, len(held)))
            except (_Unreadable, struct.error):
                yield "place-may-stay"


def _beginnings(held: mmap.mmap, at: int) -> Iterator[int]:
    for mark in (b"II*\0", b"MM\0*", b"<x:xmpmeta"):
        place = held.find(mark, at)
        for _ in range(_MOST_DIRECTORIES):
            if place < 0:
                break
            yield place
            place = held.find(mark, place + 1)


_WALKS = {
    "image/heif": _container,
    "image/heic": _container,
    "image/avif": _container,
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/tiff": _tiff,
}


# What is inside them.


def _exif(held: mmap.mmap, start: int, end: int, whole: int) -> Outcome:
    """Cleans the EXIF at `start`; blanks everything from `whole` on when it can't be read."""
    try:
        if end - start > _LARGEST_BLOCK:
            raise _Unreadable
        return _without_gps(held, start, end)
    except (_Unreadable, struct.error):
        return _blanked(held, whole, end)


def _without_gps(held: mmap.mmap, start: int, end: int) -> Outcome:
    order = {b"II": "<", b"MM": ">"}.get(held[start : start + 2])
    if order is None or end - start < 8:
        raise _Unreadable
    magic, first = struct.unpack_from(f"{order}HI", held, start + 2)
    if magic != 42:
        raise _Unreadable
    waiting, seen, found = [first], set(), False
    while waiting:
        at = waiting.pop()
        if at == 0 or at in seen:
            continue
        seen.add(at)
        if len(seen) > _MOST_DIRECTORIES:
            raise _Unreadable
        found |= _directory(held, order, start, end, at, waiting)
    return "place-removed" if found else ""


def _directory(
    held: mmap.mmap, order: str, start: int, end: int, offset: int, waiting: list[int]
) -> bool:
    """Takes the pointer to GPS out of one directory, with what it points to."""
    at, count = _entries(held, order, start, end, offset)
    found, number = False, 0
    while number < count:
        entry = at + 12 * number
        tag, kind, many, value = struct.unpack_from(f"{order}HHII", held, entry)
        if tag == _GPS:
            found |= _blank_gps(held, order, start, end, value)
            # The entries behind it move up, and so does the address of the next directory.
            tail = held[entry + 12 : min(at + 12 * count + 4, end)]
            held[entry : entry + len(tail) + 12] = tail + b"\0" * 12
            count -= 1
            held[at - 2 : at] = struct.pack(f"{order}H", count)
            continue
        if tag in _SUB_DIRECTORIES and many == 1:
            waiting.append(value)
        elif tag in _SUB_DIRECTORIES and kind in (4, 13) and many <= _MOST_DIRECTORIES:
            if start + value + 4 * many > end:
                raise _Unreadable
            waiting += struct.unpack_from(f"{order}{many}I", held, start + value)
        number += 1
    if at + 12 * count + 4 <= end:
        waiting.append(struct.unpack_from(f"{order}I", held, at + 12 * count)[0])
    return found


def _blank_gps(held: mmap.mmap, order: str, start: int, end: int, offset: int) -> bool:
    """Zeroes a GPS directory and its values; tells whether it said more than its version."""
    at, count = _entries(held, order, start, end, offset)
    tags = set()
    for number in range(count):
        tag, kind, many, value = struct.unpack_from(f"{order}HHII", held, at + 12 * number)
        tags.add(tag)
        size = _SIZES.get(kind, 1) * many
        if size > 4:
            if start + value + size > end:
                raise _Unreadable
            if size <= _LARGEST_BLOCK:
                held[start + value : start + value + size] = b"\0" * size
    held[at - 2 : at + 12 * count] = b"\0" * (2 + 12 * count)
    return bool(tags - {0})


def _entries(held: mmap.mmap, order: str, start: int, end: int, offset: int) -> tuple[int, int]:
    at = start + offset
    if offset < 8 or at + 2 > end:
        raise _Unreadable
    (count,) = struct.unpack_from(f"{order}H", held, at)
    if at + 2 + 12 * count > end:
        raise _Unreadable
    return at + 2, count


def _xmp(held: mmap.mmap, start: int, end: int, whole: int) -> Outcome:
    """Writes spaces over the GPS properties of XMP (Part 2, §3.2: the EXIF namespace)."""
    if end - start > _LARGEST_BLOCK:
        return _blanked(held, whole, end)
    said = held[start:end]
    if b"GPS" not in said:
        # In another encoding, or spelled by entities, it can't be searched.
        plain = b"\0" not in said.strip(b"\0") and b"<!ENTITY" not in said
        return "" if plain else _blanked(held, whole, end)
    spaces = _XMP_ELEMENT.sub(lambda found: b" " * len(found[0]), said)
    spaces = _XMP_VALUE.sub(lambda found: b" " * len(found[0]), spaces)
    if b"GPS" in spaces:
        return _blanked(held, whole, end)
    held[start:end] = spaces
    return "place-removed"


def _blanked(held: mmap.mmap, start: int, end: int) -> Outcome:
    held[start:end] = b"\0" * (end - start)
    return "details-removed"
