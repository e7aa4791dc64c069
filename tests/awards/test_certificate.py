"""The certificate as a file: one page, readable by people, by programs and by a camera."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from jinja2 import TemplateNotFound
from PIL import Image

from engine.awards.certificate import CertificateFacts, render, verification_address
from engine.settings import Settings

ADDRESS = "https://awards.example.org/verify/7K3M-Q2XH-9DTV-4WPC"

HOSTILE = {
    "markup": '<script>alert(1)</script> & <b>Ana</b> "Ruiz" {{ 7 * 7 }}',
    "control characters": "Ana\x00\x01\x08\x1b[31m\x7f Ruiz\ufffe\ud83d",
    "right-to-left override": "Ana \u202eziuR\u202c \u2067x\u2069",
    "emoji": "Ana 🌱👩‍🏫 Ruiz 🏳️‍🌈",
    "five hundred letters": "Wolfeschlegelsteinhausen" * 21,
    "five hundred marks": "a" + "\u0301" * 500,
    "one hundred words": "de la Cruz " * 45,
    "nothing": "",
    "Vietnamese": "Nguyễn Thị Ánh Tuyết",
    "Arabic": "محمد بن عبد الله الخوارزمي",
    "Chinese": "欧阳娜娜",
    "sixty letters": "Maria Francisca Guadalupe de la Concepción Villanueva-Etxebe",
}


def test_page_is_one_us_letter_landscape(facts: CertificateFacts, settings: Settings) -> None:
    with opened(render(facts, settings)) as pdf:
        assert [[float(n) for n in page.mediabox] for page in pdf.pages] == [[0, 0, 792, 612]]


def test_every_font_is_embedded(facts: CertificateFacts, settings: Settings) -> None:
    with opened(render(facts, settings)) as pdf:
        fonts = [one for one in pdf.objects if is_a(one, "/Font") and "/DescendantFonts" in one]
        described = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        assert len(fonts) == 3
        assert all("/FontFile3" in one or "/FontFile2" in one for one in described)
        assert all("Source-Serif" in str(font.BaseFont) for font in fonts)


def test_file_says_what_it_is(facts: CertificateFacts, settings: Settings) -> None:
    with opened(render(facts, settings)) as pdf:
        assert pdf.docinfo["/Title"] == "Window Garden: Ana Ruiz"
        assert pdf.docinfo["/Author"] == "Garden School"
        assert pdf.Root.Lang == "en"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")


def test_tag_tree_has_a_heading_and_a_described_picture(
    facts: CertificateFacts, settings: Settings
) -> None:
    with opened(render(facts, settings)) as pdf:
        elements = [one for one in pdf.objects if is_a(one, "/StructElem")]
        assert [one.S for one in elements if str(one.S).startswith("/H")] == ["/H1"]
        figures = [one for one in elements if one.S == "/Figure"]
        assert [str(one.Alt) for one in figures] == [f"QR code of the address {ADDRESS}"]


def test_text_is_read_in_the_order_it_is_meant(
    facts: CertificateFacts, settings: Settings, tmp_path: Path
) -> None:
    text = words_of(render(facts, settings), tmp_path)
    places = [
        text.index(part)
        for part in (
            "Garden School",
            "Micro-credential",
            "This is to certify that",
            "Ana Ruiz",
            "Window Garden",
            "Grows basil, mint and thyme",
            "12 March 2026",
            "12 March 2029",
            "Rosa Field",
            "Head Gardener",
            "7K3M-Q2XH-9DTV-4WPC",
            "awards.example.org/verify/7K3M-Q2XH-9DTV-4WPC",
        )
    ]
    assert places == sorted(places)


def test_qr_code_leads_to_the_verification_page(
    facts: CertificateFacts, settings: Settings, tmp_path: Path
) -> None:
    codes = zxingcpp.read_barcodes(picture_of(render(facts, settings), tmp_path))
    assert (
        [code.text for code in codes] == [ADDRESS] == [verification_address(facts.serial, settings)]
    )


def test_same_facts_give_the_same_bytes(facts: CertificateFacts, settings: Settings) -> None:
    first = render(facts, settings)
    render(replace(facts, name="Somebody Else"), settings)
    assert render(facts, settings) == first


def test_same_facts_give_the_same_bytes_in_another_process(
    facts: CertificateFacts, settings: Settings
) -> None:
    program = (
        "import sys, hashlib\n"
        "from datetime import date\n"
        "from pathlib import Path, PosixPath, WindowsPath\n"
        "from engine.awards.certificate import CertificateFacts, render\n"
        "from engine.settings import Settings\n"
        "import datetime\n"
        f"facts = {facts!r}\n"
        f"settings = Settings(instance=Path({str(settings.instance)!r}), database_url='',"
        f" secret_key='', base_url={settings.base_url!r})\n"
        "print(hashlib.sha256(render(facts, settings)).hexdigest())\n"
    )
    import hashlib
    import sys

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == hashlib.sha256(render(facts, settings)).hexdigest()


def test_award_without_end_or_signatory_prints_neither(
    facts: CertificateFacts, settings: Settings, tmp_path: Path
) -> None:
    plain = replace(facts, expires_on=None, signatory="", signatory_title="")
    text = words_of(render(plain, settings), tmp_path)
    assert "Valid until" not in text
    assert "Awarded on 12 March 2026" in text
    assert "Authorized signature" in text


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_any_name_is_printed_on_one_page(
    name: str, facts: CertificateFacts, settings: Settings, tmp_path: Path
) -> None:
    pdf = render(replace(facts, name=name), settings)
    with opened(pdf) as file:
        assert len(file.pages) == 1
    picture = picture_of(pdf, tmp_path)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ADDRESS]
    assert is_white(picture, (50, 145, 94, 420))
    assert is_white(picture, (698, 145, 742, 420))


def test_markup_in_a_name_is_printed_and_not_obeyed(
    facts: CertificateFacts, settings: Settings, tmp_path: Path
) -> None:
    text = words_of(render(replace(facts, name=HOSTILE["markup"]), settings), tmp_path)
    assert '<script>alert(1)</script> & <b>Ana</b> "Ruiz" {{ 7 * 7 }}' in text


def test_every_part_at_its_longest_stays_within_the_border(
    facts: CertificateFacts, settings: Settings, tmp_path: Path
) -> None:
    full = replace(
        facts,
        name="Wolfeschlegelstein " * 26,
        title="Leading Learning " * 20,
        statement="Facilitates improvements in instruction and learning for all. " * 20,
        issuer="Regional Cooperative for Learning " * 6,
        signatory="Margaret Okonkwo-Hale " * 6,
        signatory_title="Director of Many Things " * 8,
        template="milestone",
    )
    far = replace(settings, base_url=f"https://{'credentials.' * 12}example.org")
    picture = picture_of(render(full, far), tmp_path)
    for margin in ((52, 52, 80, 560), (712, 52, 740, 560), (52, 552, 740, 562)):
        assert is_white(picture, margin)


def test_milestone_says_so(facts: CertificateFacts, settings: Settings, tmp_path: Path) -> None:
    text = words_of(render(replace(facts, template="milestone"), settings), tmp_path)
    assert "Milestone credential" in text


def test_installation_may_bring_its_own_template(
    facts: CertificateFacts, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "templates" / "certificates"
    folder.mkdir(parents=True)
    (folder / "house.html").write_text(
        '{% extends "certificates/certificate.html" %}{% block earned %}has grown{% endblock %}'
    )
    own = replace(settings, templates=(tmp_path / "templates", *settings.templates))
    assert "has grown" in words_of(render(replace(facts, template="house"), own), tmp_path)


def test_missing_template_is_an_error(facts: CertificateFacts, settings: Settings) -> None:
    with pytest.raises(TemplateNotFound):
        render(replace(facts, template="missing"), settings)


def test_certificate_is_small_enough_to_mail(facts: CertificateFacts, settings: Settings) -> None:
    assert len(render(replace(facts, template="milestone"), settings)) < 200_000


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def is_a(item: pikepdf.Object, kind: str) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == kind


def words_of(pdf: bytes, folder: Path) -> str:
    """The text in reading order, white space made one."""
    (folder / "page.pdf").write_bytes(pdf)
    told = subprocess.run(
        ["pdftotext", "-raw", folder / "page.pdf", "-"], capture_output=True, check=True
    )
    return re.sub(r"\s+", " ", told.stdout.decode())


def picture_of(pdf: bytes, folder: Path) -> Image.Image:
    """The page at 144 dots an inch: two a point."""
    (folder / "page.pdf").write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", "144", "-gray", "-singlefile", folder / "page.pdf", folder / "page"],
        check=True,
    )
    return Image.open(folder / "page.pgm").convert("L")


def is_white(picture: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Whether nothing is printed in `box`, in points from the top left."""
    left, top, right, bottom = (n * 2 for n in box)
    return picture.crop((left, top, right, bottom)).getextrema() == (255, 255)
