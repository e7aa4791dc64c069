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
from PIL import Image

from engine.awards.certificates.certificate import CertificateFacts, render, verification_address
from engine.awards.typesetting.template_faults import TemplateFault
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


def test_page_is_one_us_letter_landscape(facts: CertificateFacts, desk: Settings) -> None:
    with opened(render(facts, desk)) as pdf:
        assert [[float(n) for n in page.mediabox] for page in pdf.pages] == [[0, 0, 792, 612]]


def test_every_font_is_embedded(facts: CertificateFacts, desk: Settings) -> None:
    with opened(render(facts, desk)) as pdf:
        fonts = [one for one in pdf.objects if is_a(one, "/Font") and "/DescendantFonts" in one]
        described = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        assert len(fonts) == 3
        assert all("/FontFile3" in one or "/FontFile2" in one for one in described)
        assert all("Source-Serif" in str(font.BaseFont) for font in fonts)


def test_file_says_what_it_is(facts: CertificateFacts, desk: Settings) -> None:
    with opened(render(facts, desk)) as pdf:
        assert pdf.docinfo["/Title"] == "Window Garden: Ana Ruiz"
        assert pdf.docinfo["/Author"] == "Garden School"
        assert pdf.Root.Lang == "en"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")


def test_tag_tree_has_a_heading_and_a_described_picture(
    facts: CertificateFacts, desk: Settings
) -> None:
    with opened(render(facts, desk)) as pdf:
        elements = [one for one in pdf.objects if is_a(one, "/StructElem")]
        assert [one.S for one in elements if str(one.S).startswith("/H")] == ["/H1"]
        figures = [one for one in elements if one.S == "/Figure"]
        assert [str(one.Alt) for one in figures] == [f"QR code of the address {ADDRESS}"]


def test_text_is_read_in_the_order_it_is_meant(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    text = words_of(render(facts, desk), tmp_path)
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
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    codes = zxingcpp.read_barcodes(picture_of(render(facts, desk), tmp_path))
    assert [code.text for code in codes] == [ADDRESS] == [verification_address(facts.serial, desk)]


def test_same_facts_give_the_same_bytes(facts: CertificateFacts, desk: Settings) -> None:
    first = render(facts, desk)
    render(replace(facts, name="Somebody Else"), desk)
    assert render(facts, desk) == first


def test_same_facts_give_the_same_bytes_in_another_process(
    facts: CertificateFacts, desk: Settings
) -> None:
    program = (
        "import sys, hashlib\n"
        "from datetime import date\n"
        "from pathlib import Path, PosixPath, WindowsPath\n"
        "from engine.awards.certificates.certificate import CertificateFacts, render\n"
        "from engine.settings import Settings\n"
        "import datetime\n"
        f"facts = {facts!r}\n"
        f"desk = Settings(instance=Path({str(desk.instance)!r}), database_url='',"
        f" secret_key='', base_url={desk.base_url!r})\n"
        "print(hashlib.sha256(render(facts, desk)).hexdigest())\n"
    )
    import hashlib
    import sys

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == hashlib.sha256(render(facts, desk)).hexdigest()


def test_award_without_end_or_signatory_prints_neither(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    plain = replace(facts, expires_on=None, signatory="", signatory_title="")
    text = words_of(render(plain, desk), tmp_path)
    assert "Valid until" not in text
    assert "Awarded on 12 March 2026" in text
    assert "Authorized signature" in text


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_any_name_is_printed_on_one_page(
    name: str, facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    pdf = render(replace(facts, name=name), desk)
    with opened(pdf) as file:
        assert len(file.pages) == 1
    picture = picture_of(pdf, tmp_path)
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [ADDRESS]
    assert is_white(picture, (50, 145, 94, 420))
    assert is_white(picture, (698, 145, 742, 420))


def test_markup_in_a_name_is_printed_and_not_obeyed(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    text = words_of(render(replace(facts, name=HOSTILE["markup"]), desk), tmp_path)
    assert '<script>alert(1)</script> & <b>Ana</b> "Ruiz" {{ 7 * 7 }}' in text


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_every_part_at_its_longest_stays_within_the_border(
    paper: str, facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    full = replace(
        facts,
        paper=paper,
        name="Wolfeschlegelstein " * 26,
        title="Leading Learning " * 20,
        statement="Facilitates improvements in instruction and learning for all. " * 20,
        issuer="Regional Cooperative for Learning " * 6,
        signatory="Margaret Okonkwo-Hale " * 6,
        signatory_title="Director of Many Things " * 8,
        template="milestone",
    )
    far = replace(desk, base_url=f"https://{'credentials.' * 12}example.org")
    picture = picture_of(render(full, far), tmp_path)
    right, bottom = {"letter": (792, 612), "a4": (842, 595)}[paper]
    for margin in (
        (52, 52, 80, bottom - 52),
        (right - 80, 52, right - 52, bottom - 52),
        (52, bottom - 60, right - 52, bottom - 50),
    ):
        assert is_white(picture, margin)


@pytest.mark.parametrize(
    ("name", "typeface"),
    [
        ("Nguyễn Thị Ánh Tuyết", ""),
        ("欧阳娜娜 · 歐陽國 · さくら", "Noto-Serif-SC"),
        ("김민준", "Noto-Serif-KR"),
        ("محمد علي", "Amiri"),
        ("Анна Щукина · Άννα", ""),
    ],
)
def test_name_is_text_in_a_typeface_that_comes_along(
    name: str, typeface: str, facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    pdf = render(replace(facts, name=name), desk)
    # Right-to-left words come with marks around them that tell their direction.
    assert name in re.sub("[\u202a-\u202e\u2060]", "", words_of(pdf, tmp_path, "-layout"))
    with opened(pdf) as file:
        fonts = {str(one.BaseFont) for one in file.objects if is_a(one, "/Font")}
    others = {font.partition("+")[2] for font in fonts if "Source-Serif" not in font}
    assert others == ({typeface} if typeface else set())


def test_letter_that_no_typeface_has_is_an_empty_box(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    pdf = render(replace(facts, name="Ana \ue000\ue001 Ruiz"), desk)
    assert "Ana ☐ Ruiz" in words_of(pdf, tmp_path)


def test_spanish_certificate_is_spanish_throughout(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    pdf = render(replace(facts, language="es"), desk)
    words = words_of(pdf, tmp_path)
    for said in ("Se certifica que", "ha obtenido", "12 de marzo de 2026"):
        assert said in words
    with opened(pdf) as file:
        assert file.Root.Lang == "es"


def test_office_in_letters_that_the_italic_lacks_is_set_upright(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    pdf = render(replace(facts, signatory_title="Hiệu trưởng"), desk)
    assert "Hiệu trưởng" in words_of(pdf, tmp_path)
    with opened(pdf) as file:
        fonts = {str(one.BaseFont) for one in file.objects if is_a(one, "/Font")}
    assert all("Source-Serif" in font for font in fonts)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("milestone", "Milestone credential"), ("micro-credential", "Micro-credential")],
)
def test_a_certificate_says_its_kind_whatever_its_design(
    kind: str, said: str, facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    text = words_of(render(replace(facts, template="milestone", kind=kind), desk), tmp_path)
    assert said.upper() in text.upper()


def test_installation_may_bring_its_own_template(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "templates" / "certificates"
    folder.mkdir(parents=True)
    (folder / "house.html").write_text(
        '{% extends "certificates/certificate.html" %}{% block earned %}has grown{% endblock %}'
    )
    own = replace(desk, templates=(tmp_path / "templates", *desk.templates))
    assert "has grown" in words_of(render(replace(facts, template="house"), own), tmp_path)


def test_missing_template_is_an_error(facts: CertificateFacts, desk: Settings) -> None:
    with pytest.raises(TemplateFault, match=r"There is no template “certificates/missing\.html”"):
        render(replace(facts, template="missing"), desk)


def test_certificate_is_small_enough_to_mail(facts: CertificateFacts, desk: Settings) -> None:
    assert len(render(replace(facts, template="milestone"), desk)) < 200_000


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def is_a(item: pikepdf.Object, kind: str) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == kind


def words_of(pdf: bytes, folder: Path, order: str = "-raw") -> str:
    """The text in reading order, white space made one."""
    (folder / "page.pdf").write_bytes(pdf)
    told = subprocess.run(
        ["pdftotext", order, folder / "page.pdf", "-"], capture_output=True, check=True
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
