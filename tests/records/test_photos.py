"""A photo forgets where it was taken, and nothing else."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from engine.records.files import EvidenceStore
from engine.records.photos import forget_place

TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
LATITUDE = (52.0, 31.0, 12.5)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    b' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    b' exif:GPSLatitude="52,31.2N" dc:source="a phone">'
    b"<exif:GPSLongitude>13,24.5E</exif:GPSLongitude></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def photo(kind: str = "JPEG", place: bool = True, turned: int = 6, **more: object) -> bytes:
    exif = Image.Exif()
    exif[Base.Make] = "Camera works"
    exif[Base.Orientation] = turned
    exif.get_ifd(IFD.Exif)[Base.LensModel] = "a long lens name"
    if place:
        exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: LATITUDE, 3: "E", 4: LATITUDE})
    out = io.BytesIO()
    noise = Image.frombytes("RGB", (32, 24), random.Random(3).randbytes(32 * 24 * 3))
    noise.save(out, kind, exif=exif, **more)
    return out.getvalue()


def cleaned(content: bytes, media_type: str, folder: Path) -> tuple[bytes, str]:
    path = folder / "photo"
    path.write_bytes(content)
    outcome = forget_place(path, media_type)
    return path.read_bytes(), outcome


@pytest.mark.parametrize("kind", TYPES)
def test_place_goes_and_everything_else_stays(kind: str, tmp_path: Path) -> None:
    before = photo(kind)
    after, outcome = cleaned(before, TYPES[kind], tmp_path)
    assert outcome == "place-removed"
    assert len(after) == len(before)
    with Image.open(io.BytesIO(before)) as was, Image.open(io.BytesIO(after)) as now:
        assert now.tobytes() == was.tobytes()
        told = now.getexif()
        assert dict(told.get_ifd(IFD.GPSInfo)) == {}
        assert IFD.GPSInfo not in told
        assert (told[Base.Make], told[Base.Orientation]) == ("Camera works", 6)
        assert told.get_ifd(IFD.Exif)[Base.LensModel] == "a long lens name"
    assert struct.pack("<II", 25, 2) not in after


@pytest.mark.parametrize("kind", TYPES)
def test_photo_without_a_place_is_not_touched(kind: str, tmp_path: Path) -> None:
    before = photo(kind, place=False)
    assert cleaned(before, TYPES[kind], tmp_path) == (before, "")


def test_bytes_of_the_position_are_gone_and_not_only_the_way_to_them(tmp_path: Path) -> None:
    # 12.5 seconds as EXIF writes it, in either order of bytes.
    seconds = (struct.pack("<II", 25, 2), struct.pack(">II", 25, 2))
    before = photo()
    assert any(one in before for one in seconds)
    after, _ = cleaned(before, "image/jpeg", tmp_path)
    assert not any(one in after for one in seconds)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_place_goes_from_xmp_too(kind: str, tmp_path: Path) -> None:
    if kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        before = photo(kind, place=False, pnginfo=info)
    else:
        before = photo(kind, place=False, xmp=XMP)
    after, outcome = cleaned(before, TYPES[kind], tmp_path)
    assert outcome == "place-removed"
    assert b"GPS" not in after
    assert b'dc:source="a phone"' in after
    with Image.open(io.BytesIO(after)) as now:
        now.load()


def test_second_picture_behind_the_first_forgets_its_place_too(tmp_path: Path) -> None:
    after, outcome = cleaned(photo(place=False) + photo(), "image/jpeg", tmp_path)
    assert outcome == "place-removed"
    assert struct.pack(">II", 25, 2) not in after
    assert struct.pack("<II", 25, 2) not in after


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_metadata_that_can_not_be_read_goes_whole(kind: str, tmp_path: Path) -> None:
    before = photo(kind)
    at = next(before.find(mark) for mark in (b"II*\0", b"MM\0*") if before.find(mark) > 0)
    broken = before[: at + 4] + b"\xff\xff\xff\xf0" + before[at + 8 :]
    if kind == "PNG":
        broken = _with_checksums(broken)
    after, outcome = cleaned(broken, TYPES[kind], tmp_path)
    assert outcome == "details-removed"
    assert b"Camera works" not in after
    with Image.open(io.BytesIO(after)) as now:
        now.load()
        assert dict(now.getexif()) == {}


def test_png_that_hides_exif_as_text_loses_that_text(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Raw profile type exif", "\nexif\n  20\n4578696600004d4d002a\n", zip=True)
    after, outcome = cleaned(photo("PNG", place=False, pnginfo=info), "image/png", tmp_path)
    assert outcome == "details-removed"
    assert b"Raw profile" not in after


def test_heic_with_readable_exif_is_cleaned_and_otherwise_the_person_is_told(
    tmp_path: Path,
) -> None:
    start = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    inside = photo()
    exif = inside[inside.find(b"Exif\0\0") :][:600]
    after, outcome = cleaned(start + b"infeExif" + exif, "image/heif", tmp_path)
    assert outcome == "place-removed"
    assert struct.pack(">II", 25, 2) not in after
    assert cleaned(start + b"infeExif" + b"\x01" * 99, "image/heif", tmp_path)[1] == (
        "place-may-stay"
    )
    assert cleaned(start + b"\x01" * 99, "image/avif", tmp_path)[1] == ""


def test_directories_that_point_at_each_other_end(tmp_path: Path) -> None:
    loop = b"MM\0*" + struct.pack(">IHHHII", 8, 1, 0x8769, 4, 1, 8) + struct.pack(">I", 8)
    segment = b"Exif\0\0" + loop
    picture = photo(place=False)
    made = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + picture[2:]
    assert cleaned(made, "image/jpeg", tmp_path)[1] == ""


@pytest.mark.parametrize("kind", TYPES)
def test_no_damage_makes_it_fall_over(kind: str, tmp_path: Path) -> None:
    dice = random.Random(11)
    whole = photo(kind)
    for _ in range(300):
        damaged = bytearray(whole[: dice.randrange(1, len(whole) + 1)])
        for _ in range(dice.randrange(6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        after, _outcome = cleaned(bytes(damaged), TYPES[kind], tmp_path)
        assert len(after) == len(damaged)


def test_digest_is_that_of_the_photo_without_its_place(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    kept = store.keep(io.BytesIO(photo()), 10**6, "photo.jpg")
    assert kept.privacy == "place-removed"
    with store.open(kept.sha256) as file:
        assert store.keep(file, 10**6).sha256 == kept.sha256


def _with_checksums(png: bytes) -> bytes:
    import zlib

    out, at = png[:8], 8
    while at + 12 <= len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        body = png[at + 4 : at + 8 + size]
        out += png[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + size
    return out


def test_tiff_keeps_all_but_its_place(tmp_path: Path) -> None:
    inside = photo()
    before = inside[inside.find(b"Exif\0\0") + 6 :]
    after, outcome = cleaned(before, "image/tiff", tmp_path)
    assert outcome == "place-removed"
    assert b"Camera works" in after
    assert cleaned(b"II*\0\xff\xff\xff\xff", "image/tiff", tmp_path)[1] == "place-may-stay"
