"""Small films that a browser really plays: WebM, a second a picture, made without a film camera.

A WebP picture is one key frame of VP8 (RFC 9649), which is what a WebM film is made of. What stands
around the frames is Matroska (RFC 9559), only as much of it as a player asks for. The demonstration
shows them in place of films of lessons, and tests watch them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

SIZE = (64, 48)
"""Pixels, unless a painter says otherwise."""

Painter = Callable[[int], Image.Image]
"""The picture of a second; all of one film have one size."""

_EBML, _SEGMENT, _INFO, _TRACKS, _TRACK = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE
_CLUSTER, _CUES, _CUE = 0x1F43B675, 0x1C53BB6B, 0xBB


def plain(second: int) -> Image.Image:
    """A color of its own for each second."""
    return Image.new("RGB", SIZE, (second * 2 % 256, 90, 160))


@cache
def titled(title: str, seconds: int = 20) -> bytes:
    """A film that shows a title, how far it has come, and a face that turns to the other."""
    width, height = 480, 270
    large, small = ImageFont.load_default(22), ImageFont.load_default(16)

    def paint(second: int) -> Image.Image:
        picture = Image.new("RGB", (width, height), (31, 107, 74))
        pen = ImageDraw.Draw(picture)
        for place, speaks in ((150, second % 6 < 3), (330, second % 6 >= 3)):
            paper = (251, 250, 247) if speaks else (150, 190, 170)
            pen.ellipse((place - 28, 80, place + 28, 136), fill=paper)
            pen.ellipse((place - 48, 144, place + 48, 260), fill=paper)
        pen.rectangle((0, 200, width, height), fill=(28, 27, 25))
        pen.text((20, 20), title, font=large, fill=(251, 250, 247))
        pen.text((20, 214), f"0:{second:02} / 0:{seconds:02}", font=small, fill=(251, 250, 247))
        pen.rectangle((20, 246, 20 + 440 * second // seconds, 252), fill=(124, 203, 162))
        return picture

    return film(seconds, paint)


def film(seconds: int, paint: Painter = plain) -> bytes:
    """A film of so many seconds; any second can be sought."""
    head = _element(
        _EBML,
        _element(0x4282, b"webm"),  # DocType
        _element(0x4287, b"\x02"),  # DocTypeVersion
        _element(0x4285, b"\x02"),  # DocTypeReadVersion
    )
    info = _element(
        _INFO,
        _element(0x2AD7B1, _whole(1_000_000)),  # TimestampScale: everything in milliseconds
        _element(0x4489, struct.pack(">d", seconds * 1000.0)),  # Duration
        _element(0x4D80, b"Accolade"),
        _element(0x5741, b"Accolade"),
    )
    width, height = paint(0).size
    picture = _element(0xE0, _element(0xB0, _whole(width)), _element(0xBA, _whole(height)))
    track = _element(
        _TRACK,
        _element(0xD7, b"\x01"),  # TrackNumber
        _element(0x73C5, b"\x01"),
        _element(0x83, b"\x01"),  # a video
        _element(0x86, b"V_VP8"),
        picture,
    )
    body = info + _element(_TRACKS, track)
    cues = b""
    for second in range(seconds):
        where = _element(0xF7, b"\x01") + _element(0xF1, _whole(len(body)))
        cues += _element(_CUE, _element(0xB3, _whole(second * 1000)), _element(0xB7, where))
        block = b"\x81\x00\x00\x80" + _frame(paint(second))
        body += _element(_CLUSTER, _element(0xE7, _whole(second * 1000)), _element(0xA3, block))
    return head + _element(_SEGMENT, body + _element(_CUES, cues))


def _frame(picture: Image.Image) -> bytes:
    """One VP8 key frame: the only chunk of a simple lossy WebP file, behind its headers."""
    kept = BytesIO()
    picture.save(kept, "WEBP", quality=50)
    said = kept.getvalue()
    (size,) = struct.unpack("<I", said[16:20])
    return said[20 : 20 + size]


def _element(id: int, *parts: bytes) -> bytes:
    """An EBML element (RFC 8794), its length in eight bytes."""
    content = b"".join(parts)
    return _whole(id) + struct.pack(">Q", len(content) | 1 << 56) + content


def _whole(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
