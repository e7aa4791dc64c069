"""A certificate keeps two standards at once, signed or not: PDF/A-3a (ISO 19005-3) and PDF/UA-1
(ISO 14289-1). A checker that is not ours reads every kind; the rest is read here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import outloud
import pikepdf
import pytest

from engine.awards.certificates import signature
from engine.awards.certificates.certificate import CertificateFacts, render
from engine.settings import Settings

CREDENTIAL = '{"type": ["VerifiableCredential", "OpenBadgeCredential"], "name": "Jardín"}'
"""Stands for an award's signed credential: any text will do here."""
KINDS: dict[str, dict[str, str]] = {
    "a micro-credential on letter": {},
    "a milestone on A4": {"template": "milestone", "kind": "milestone", "paper": "a4"},
    "in Spanish": {"language": "es", "title": "Jardín de ventana"},
    "sixty letters": {"name": "Maria Francisca Guadalupe de la Concepción Villanueva-Etxebe"},
    "Vietnamese": {"name": "Nguyễn Thị Ánh Tuyết", "signatory_title": "Hiệu trưởng"},
    "Arabic": {"name": "محمد بن عبد الله الخوارزمي"},
    "Chinese": {"name": "欧阳娜娜 歐陽", "title": "教学指导", "issuer": "花园学校"},
    "Korean and Japanese": {"name": "김민준 · さくら"},
    "Hebrew, Hindi, Thai": {"name": "שלום כהן / अनिता शर्मा / สมชาย"},
    "emoji": {"name": "Ana 🌱👩‍🏫 Ruiz 🏳️‍🌈"},
    "markup": {"name": '<b>Ana</b> & "Ruiz" {{ 7 * 7 }}', "title": "<script>x</script>"},
    "control characters": {"name": "Ana\x00\x1b Ruiz", "title": "A\x07B", "issuer": "\u202eSchool"},
    "letters that nobody has": {"name": "Ana \ue000\ue001 \U000e0041 Ruiz \u2840"},
}

RUNNING = {"/JS", "/AA", "/OpenAction", "/URI", "/Launch", "/NeedAppearances", "/Encrypt"}


@pytest.mark.parametrize("changed", KINDS.values(), ids=KINDS)
def test_checker_finds_nothing(
    changed: dict[str, str], facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(signed(replace(facts, **changed), desk))  # type: ignore[arg-type]
    result = outloud.check(str(path))
    assert result.error is None
    assert [(one.rule, one.message, one.evidence) for one in result.findings] == []
    assert {row["status"] for row in result.criteria["pdfua1"]} <= {
        "pass",
        "not-applicable",
        "manual",
    }


def test_checker_would_find_what_is_wrong(
    facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "certificate.pdf"
    with pikepdf.open(BytesIO(signed(facts, desk))) as pdf:
        del pdf.Root.AcroForm.Fields[0]["/TU"]
        del pdf.pages[0].Tabs
        for element in elements(pdf, "/Figure"):
            del element["/Alt"]
        pdf.save(path)
    assert outloud.check(str(path)).errors >= 2


def test_file_says_both_standards_and_describes_the_one_to_the_other(
    facts: CertificateFacts, desk: Settings
) -> None:
    with pikepdf.open(BytesIO(signed(facts, desk))) as pdf:
        with pdf.open_metadata() as said:
            assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("3", "A")
            assert said["pdfuaid:part"] == "1"
        packet = pdf.Root.Metadata.read_bytes()
        version = pdf.pdf_version
        assert "/Version" not in pdf.Root
        assert "/Extensions" not in pdf.Root
    assert version == "1.7"
    schema = "{http://www.aiim.org/pdfa/ns/schema#}"
    property = "{http://www.aiim.org/pdfa/ns/property#}"
    tree = ElementTree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", packet))
    told = [(one.tag, one.text) for one in tree.iter() if one.text and one.text.strip()]
    assert (f"{schema}namespaceURI", "http://www.aiim.org/pdfua/ns/id/") in told
    assert (f"{schema}prefix", "pdfuaid") in told
    assert [text for tag, text in told if tag == f"{property}name"] == ["part"]
    assert [text for tag, text in told if tag == f"{property}valueType"] == ["Integer"]
    assert [text for tag, text in told if tag == f"{property}category"] == ["internal"]


def test_enclosed_file_is_listed_once_as_the_data_of_the_page(
    facts: CertificateFacts, desk: Settings
) -> None:
    with pikepdf.open(BytesIO(signed(facts, desk))) as pdf:
        assert len(pdf.Root.AF) == 1
        (file,) = pdf.Root.AF
        assert file.objgen == pdf.Root.Names.EmbeddedFiles.Names[1].objgen
        assert (file.AFRelationship, str(file.UF)) == ("/Data", "credential.json")
        assert str(file.Desc) == "The same award as an Open Badge, for programs."
        assert file.EF.F.Subtype == "/application/json"
        assert file.EF.F.read_bytes() == CREDENTIAL.encode()
        assert str(file.EF.F.Params.ModDate) == "D:20260312000000Z"


def test_signature_field_lies_in_the_tag_tree_and_is_not_seen(
    facts: CertificateFacts, desk: Settings
) -> None:
    with pikepdf.open(BytesIO(signed(facts, desk))) as pdf:
        page = pdf.pages[0].obj
        assert page.Tabs == "/S"
        (field,) = page.Annots
        assert field.objgen == pdf.Root.AcroForm.Fields[0].objgen
        assert list(field.Rect) == [0, 0, 0, 0]
        assert field.F & 4
        assert not field.F & (1 | 2 | 32)  # invisible, hidden, not to be viewed
        assert str(field.TU) == "Digital signature of Garden School"
        (form,) = elements(pdf, "/Form")
        assert form.K[0].Obj.objgen == field.objgen
        numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
        owners = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
        assert owners[int(field.StructParent)].objgen == form.objgen
        assert form.P.objgen == pdf.Root.StructTreeRoot.K[0].objgen


def test_file_runs_nothing_and_fetches_nothing(facts: CertificateFacts, desk: Settings) -> None:
    with pikepdf.open(BytesIO(signed(facts, desk))) as pdf:
        dictionaries = (one for one in pdf.objects if isinstance(one, pikepdf.Dictionary))
        keys = {key for one in dictionaries for key in dict(one)}
        assert not keys & RUNNING
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert len(pdf.trailer.ID) == 2


@pytest.mark.parametrize("paper", ["letter", "a4"])
def test_paper_is_the_documents_or_else_the_installations(
    paper: str, facts: CertificateFacts, desk: Settings
) -> None:
    sheets = {"letter": [0, 0, 792, 612], "a4": [0, 0, 841.89, 595.28]}
    said = render(replace(facts, paper=paper), replace(desk, paper="letter"))
    left_out = render(facts, replace(desk, paper=paper))
    for pdf in (said, left_out):
        with pikepdf.open(BytesIO(pdf)) as file:
            assert [float(round(n, 2)) for n in file.pages[0].mediabox] == sheets[paper]


def signed(facts: CertificateFacts, desk: Settings) -> bytes:
    return signature.sign(render(facts, desk, CREDENTIAL), desk)


def elements(pdf: pikepdf.Pdf, kind: str) -> list[Any]:
    dictionaries = (one for one in pdf.objects if isinstance(one, pikepdf.Dictionary))
    tagged = (one for one in dictionaries if one.get("/Type") == "/StructElem")
    return [one for one in tagged if str(one.S) == kind]
