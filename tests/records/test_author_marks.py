"""Files lose what they say of whoever made them, and nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, PngImagePlugin

from engine.records import author_marks

NAME = "Ana Ruiz"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TEXT = "application/vnd.oasis.opendocument.text"


def cleaned(data: bytes, media_type: str, tmp_path: Path) -> bytes:
    return author_marks.cleaned(io.BytesIO(data), media_type, tmp_path / "copy").read_bytes()


def picture(kind: str, **how: object) -> bytes:
    image = Image.new("RGB", (8, 4), (10, 120, 60))
    exif = Image.Exif()
    exif[0x013B] = NAME  # Artist
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, kind, exif=exif, **how)
    return out.getvalue()


def jpeg() -> bytes:
    data = picture("JPEG", comment=NAME, xmp=f"<x>{NAME}</x>".encode())
    iptc = b"Photoshop 3.0\0" + NAME.encode()
    return (
        data[:2]
        + b"\xff\xed"
        + (len(iptc) + 2).to_bytes(2, "big")
        + iptc
        + data[2:]
        + b"MPF "
        + data
    )


def png() -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", NAME)
    said.add_itxt("XML:com.adobe.xmp", f"<x>{NAME}</x>")
    return picture("PNG", pnginfo=said)


def webp() -> bytes:
    return picture("WEBP", xmp=f"<x>{NAME}</x>".encode())


def gif() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("L", (8, 4), shade) for shade in (0, 250)]
    frames[0].save(
        out, "GIF", comment=NAME.encode(), save_all=True, append_images=frames[1:], loop=0
    )
    return out.getvalue()


def pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.docinfo["/Author"] = NAME
        with made.open_metadata() as meta:
            meta["dc:creator"] = [NAME]
        remark = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Text,
            Rect=[0, 0, 9, 9],
            T=NAME,
            Contents="Well said",
        )
        made.pages[0].Annots = pikepdf.Array([made.make_indirect(remark)])
        made.save(out, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def archive(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def word() -> bytes:
    return archive(
        docProps__core_xml=f"<c><dc:creator>{NAME}</dc:creator></c>",
        docProps__app_xml=f"<P><Manager>{NAME}</Manager></P>",
        docProps__custom_xml=f"<P>{NAME}</P>",
        word__document_xml=f'<w:p><w:ins w:id="1" w:author="{NAME}">Well said</w:ins></w:p>',
        word__comments_xml=f'<w:comment w:author="{NAME}" w:initials="AR">Well said</w:comment>',
        word__people_xml=f'<w15:person w15:author="{NAME}"/>',
    )


def open_text() -> bytes:
    return archive(
        mimetype=_TEXT,
        meta_xml=f"<m><meta:initial-creator>{NAME}</meta:initial-creator></m>",
        content_xml=f"<t><dc:creator>{NAME}</dc:creator>Well said</t>",
    )


KINDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "jpeg": ("image/jpeg", jpeg),
    "png": ("image/png", png),
    "webp": ("image/webp", webp),
    "gif": ("image/gif", gif),
    "pdf": ("application/pdf", pdf),
    "word": (_WORD, word),
    "open-text": (_TEXT, open_text),
}


def everything_in(data: bytes) -> bytes:
    """The bytes, and what is packed in them."""
    found = [data]
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            found += [packed.read(name) for name in packed.namelist()]
    elif data[:4] == b"%PDF":
        with pikepdf.open(io.BytesIO(data)) as opened:
            found += [repr(one).encode() for one in opened.objects]
            found += [one.read_bytes() for one in opened.objects if isinstance(one, pikepdf.Stream)]
    return b"\0".join(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_says_nothing_of_its_author(kind: str, tmp_path: Path) -> None:
    media_type, make = KINDS[kind]
    data = make()
    assert NAME.encode() in everything_in(data), "there is something that could leak"
    assert author_marks.can_clean(media_type)
    assert NAME.encode() not in everything_in(cleaned(data, media_type, tmp_path))


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "gif"])
def test_a_picture_looks_as_it_did(kind: str, tmp_path: Path) -> None:
    media_type, make = KINDS[kind]
    data = make()
    before, after = (
        Image.open(io.BytesIO(one)) for one in (data, cleaned(data, media_type, tmp_path))
    )
    assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()
    if kind in ("jpeg", "png"):
        assert dict(after.getexif()) == {0x0112: 6}, "which way is up stays"
    if kind == "gif":
        assert getattr(after, "n_frames", 1) == 2
        assert after.info["loop"] == 0


@pytest.mark.parametrize("kind", ["pdf", "word", "open-text"])
def test_a_document_says_what_it_said(kind: str, tmp_path: Path) -> None:
    media_type, make = KINDS[kind]
    assert b"Well said" in everything_in(cleaned(make(), media_type, tmp_path))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_not_what_it_says_is_not_shown(kind: str, tmp_path: Path) -> None:
    media_type, make = KINDS[kind]
    for data in (b"", b"GIF8", make()[:40], NAME.encode() * 9):
        with pytest.raises(author_marks.Uncleanable):
            cleaned(data, media_type, tmp_path)
    assert list(tmp_path.iterdir()) == [], "nothing half done is left"


@pytest.mark.parametrize("media_type", ["video/mp4", "audio/mpeg", "image/heic", "application/zip"])
def test_some_kinds_cannot_be_cleaned(media_type: str) -> None:
    assert not author_marks.can_clean(media_type)


def test_plain_text_is_copied_as_it_is(tmp_path: Path) -> None:
    assert cleaned(b"Well said", "text/plain", tmp_path) == b"Well said"


def test_a_copy_is_made_once(tmp_path: Path) -> None:
    first = author_marks.cleaned(io.BytesIO(pdf()), "application/pdf", tmp_path / "copy")
    kept = first.read_bytes()
    again = author_marks.cleaned(io.BytesIO(b"gone"), "application/pdf", tmp_path / "copy")
    assert again.read_bytes() == kept
