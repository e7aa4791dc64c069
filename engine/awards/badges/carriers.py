"""Badges inside pictures: taken out of PNG and SVG files as Open Badges 2.0 and 3.0 bake them in.

The picture itself is never drawn. A PNG is walked from piece to piece, and what is packed is
unpacked up to a bound; an SVG is read as it streams by, without entities.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final
from xml.parsers import expat

from engine.awards.badges.badge import refused, unreadable
from engine.awards.badges.strict_json import MAX_BYTES, too_large
from engine.languages import _

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORDS: Final = (b"openbadgecredential", b"openbadges")
"""Of 3.0, and of 2.0: in a file with both the newer one counts."""
_NAMESPACES: Final = ("https://purl.imsglobal.org/ob/v3p0", "http://openbadges.org")
_ELEMENTS: Final = frozenset(("credential", "assertion"))
_MOST_PIECES: Final = 20_000


def unbake(data: bytes) -> str:
    """The badge in `data` as text: what a picture carries, or `data` itself when it is no picture.

    Raises `Refused`: `no-badge` for a picture without one; `unreadable`, also for an empty file.
    """
    if data.startswith(_PNG):
        return _from_png(data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _from_svg(data)
    if len(data) > MAX_BYTES:
        raise too_large()
    if not data.strip():
        raise refused(
            "unreadable",
            _("This file is empty."),
            _("Download the badge again from whoever issued it, and give that very file."),
        )
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise unreadable() from error


def _from_png(data: bytes) -> str:
    found: dict[bytes, str] = {}
    place = len(_PNG)
    for _piece in range(_MOST_PIECES):
        if place + 12 > len(data):
            break
        (size,) = struct.unpack_from(">I", data, place)
        kind, body = data[place + 4 : place + 8], place + 8
        if body + size + 4 > len(data):
            raise unreadable()
        if kind in (b"iTXt", b"tEXt"):
            keyword, _zero, rest = data[body : body + size].partition(b"\0")
            if keyword in _KEYWORDS and keyword not in found:
                found[keyword] = _text(rest) if kind == b"iTXt" else _decoded(rest)
        if kind == b"IEND":
            break
        place = body + size + 4
    for keyword in _KEYWORDS:
        if keyword in found:
            return found[keyword].strip()
    raise _empty()


def _text(rest: bytes) -> str:
    """The text of an iTXt piece, after its keyword (PNG §11.3.3.4)."""
    if len(rest) < 2:
        raise unreadable()
    _language, one, said = rest[2:].partition(b"\0")
    _translated, two, said = said.partition(b"\0")
    if not (one and two):
        raise unreadable()
    if rest[0]:
        unpacking = zlib.decompressobj()
        try:
            said = unpacking.decompress(said, MAX_BYTES)
        except zlib.error as error:
            raise unreadable() from error
        if unpacking.unconsumed_tail:
            raise too_large()
    return _decoded(said)


def _decoded(said: bytes) -> str:
    if len(said) > MAX_BYTES:
        raise too_large()
    try:
        return said.decode()
    except UnicodeDecodeError as error:
        raise unreadable() from error


class _Svg:
    """Hears an SVG file stream by, and remembers the badge in it."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._inside = ""
        self._said: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _space, local = name.rpartition(" ")
        if namespace in _NAMESPACES and local in _ELEMENTS and namespace not in self.found:
            if "verify" in attributes:
                self.found[namespace] = attributes["verify"]
            else:
                self._inside, self._said = name, []

    def end(self, name: str) -> None:
        if name == self._inside:
            self.found[name.rpartition(" ")[0]] = "".join(self._said)
            self._inside = ""

    def text(self, said: str) -> None:
        if self._inside:
            self._said.append(said)

    def refuse(self, *_told: object) -> None:
        raise unreadable()


def _from_svg(data: bytes) -> str:
    if b"<html" in data[:2_000].lower():
        raise refused(
            "no-badge",
            _("This is a web page about a badge, not the badge itself."),
            _("On that page, look for “Download” or “Share”, and give the file or address there."),
        )
    heard, parser = _Svg(), expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = heard.start, heard.end
    parser.CharacterDataHandler = heard.text
    # Entities are how a small file becomes a large one, or reads other files.
    parser.EntityDeclHandler = parser.ExternalEntityRefHandler = heard.refuse  # type: ignore[assignment]
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # also encodings that are none
        raise unreadable() from error
    for namespace in _NAMESPACES:
        if said := heard.found.get(namespace, "").strip():
            return _decoded(said.encode())
    raise _empty()


def _empty() -> Exception:
    return refused(
        "no-badge",
        _("There is no badge inside this picture."),
        _("A screenshot has none. Download the badge from whoever issued it, and give that file."),
    )
