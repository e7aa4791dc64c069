"""A page set in standing type is to the byte the page that would have been printed whole, and
whatever might not be is printed whole."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from engine.awards.certificates import forme, standing_type
from engine.awards.certificates.certificate import CertificateFacts, render, work
from engine.awards.certificates.standing_type import printed, whole
from engine.awards.typesetting.press import Press
from engine.awards.typesetting.typefaces import text_width
from engine.settings import Settings

CREDENTIAL = '{"type": ["VerifiableCredential", "OpenBadgeCredential"], "for": "%s"}'
LATER = date(2027, 11, 4)

SET = {
    "pairs that are kerned": "AVATAR Tory Wave",
    "ligatures": "Griffin Affleck-Fjord",
    "Vietnamese": "Nguyễn Thị Ánh Tuyết",
    "Turkish, Polish": "İpek Şükrü Łukasz",
    "Cyrillic, Greek": "Анна Щукина · Άννα",
    "quotes and markup": '<b>O’Neil</b> & "R"',
    "a letter that nobody has": "Ana \ue000",
    "one letter": "Q",
}
WHOLE = {
    "Arabic": "محمد علي",
    "Arabic among ours": "Ana محمد",
    "Hebrew": "שלום כהן",
    "Chinese": "欧阳娜娜",
    "emoji": "Ana 🌱 Ruiz",
    "a mark of its own": "Ana x̧̌ Ruiz",
    "a joiner": "Ana\u200dRuiz",
    "a hyphen that is not seen": "Ana\u00adRuiz",
    "two lines": "Maria Francisca Guadalupe de la Concepción Villanueva-Etxebe",
    "a smaller size": "Wolfeschlegelsteinhausen-Bergerdorff",
    "nothing": "",
}
HOUSES = {
    "a name as wide as its words": ".name { display: inline-block; border: 1pt solid }",
    "words that make way": ".lead { float: left }",
    "a column as wide as its words": ".signature { width: auto }",
    "capitals": ".name { text-transform: uppercase }",
    "only first letters": ".name { text-transform: capitalize }",
    "a large initial": ".name::first-letter { font-size: 70pt }",
    "a first line": ".dates::first-line { font-weight: 600 }",
    "words at the left": ".name { text-align: left }",
    "words to both edges": ".name { text-align: justify; text-align-last: justify }",
    "underlined": ".name { text-decoration: underline }",
    "a box around words": ".proof__label { background: #eee }",
    "words of the style sheet": ".name::after { content: ', M.A.' }",
    "a number": ".name::before { content: counter(page) '. ' }",
    "words twice": ".name { string-set: n content() } @page { @top-left { content: string(n) } }",
    "a narrow room": ".name { width: 150pt }",
    "a name in the outline": ".name { bookmark-level: 1 }",
    "a table": ".words { display: table }",
    "columns": ".words { columns: 2 }",
    "letters apart": ".name { letter-spacing: 0.3em; word-spacing: 1em }",
}


@pytest.fixture(autouse=True)
def nothing_stands() -> Iterator[None]:
    standing_type.clear()
    yield
    standing_type.clear()


@pytest.fixture
def standing(facts: CertificateFacts, desk: Settings) -> CertificateFacts:
    """Facts whose page stands: it has come by twice."""
    for _ in range(2):
        render(facts, desk, CREDENTIAL % facts.name)
    return facts


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that are printed whole from now on."""
    pages: list[str] = []
    as_ever = Press.print

    def told(press: Press, html: str, *rest: Any, **options: Any) -> bytes:
        pages.append(html)
        return as_ever(press, html, *rest, **options)

    monkeypatch.setattr(Press, "print", told)
    return pages


def another(facts: CertificateFacts, **changed: Any) -> CertificateFacts:
    """The same credential awarded to somebody else on another day."""
    return replace(facts, serial="AVTY-0123-WXYZ-4689", issued_on=LATER, **changed)


@pytest.mark.parametrize("name", SET.values(), ids=SET)
def test_words_set_anew_give_the_file_of_the_page_printed_whole(
    name: str, standing: CertificateFacts, desk: Settings, laid_out: list[str]
) -> None:
    sheet = work(another(standing, name=name), desk, CREDENTIAL % name)
    pdf = printed(sheet)
    assert laid_out == []
    assert pdf == whole(sheet)


@pytest.mark.parametrize("name", WHOLE.values(), ids=WHOLE)
def test_words_that_may_need_another_layout_are_printed_whole(
    name: str, standing: CertificateFacts, desk: Settings, laid_out: list[str]
) -> None:
    sheet = work(another(standing, name=name), desk, CREDENTIAL % name)
    pdf = printed(sheet)
    assert laid_out == [sheet.html]
    assert pdf == whole(sheet)


@pytest.mark.parametrize("paper", ["letter", "a4"])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("template", ["certificate", "milestone"])
def test_every_design_paper_and_language_is_set(
    template: str,
    language: str,
    paper: str,
    facts: CertificateFacts,
    desk: Settings,
    laid_out: list[str],
) -> None:
    design = replace(facts, template=template, language=language, paper=paper)
    for _ in range(2):
        render(design, desk)
    laid_out.clear()
    sheet = work(another(design, name="AVATAR Tory Wave"), desk)
    pdf = printed(sheet)
    assert laid_out == []
    assert pdf == whole(sheet)


@pytest.mark.parametrize("rule", HOUSES.values(), ids=HOUSES)
def test_whatever_a_house_designs_comes_out_as_if_printed_whole(
    rule: str, facts: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    own = with_rule(desk, tmp_path, rule)
    for _ in range(2):
        render(facts, own)
    for name in ("AVATAR Tory Wave", "ana", "ANA RUIZ", "Grace Wolfeschlegelsteinhausen"):
        sheet = work(another(facts, name=name), own)
        assert printed(sheet) == whole(sheet)


def test_kerned_pairs_stand_closer_than_their_letters_alone(
    standing: CertificateFacts, desk: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(render(another(standing, name="AVATAVATAV"), desk, CREDENTIAL % "somebody"))
    told = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, check=True)
    found = re.search(r'xMin="([\d.]+)".*?xMax="([\d.]+)".*?>AVATAVATAV<', told.stdout.decode())
    assert found is not None
    left, right = map(float, found.groups())
    assert (left + right) / 2 == pytest.approx(792 / 2, abs=0.5)
    assert right - left < text_width("AVATAVATAV", "regular", 50) - 20


def test_nothing_of_the_page_that_stands_is_left_in_another(
    facts: CertificateFacts, desk: Settings, laid_out: list[str], tmp_path: Path
) -> None:
    left_before = replace(facts, name="Zebedee Quist", serial="ZZZZ-QQQQ-JJJJ-9999")
    for _ in range(2):
        render(left_before, desk, CREDENTIAL % left_before.name)
    laid_out.clear()
    pdf = render(another(facts, name="Ana Ruiz"), desk, CREDENTIAL % "Ana Ruiz")
    assert laid_out == []
    (tmp_path / "page.pdf").write_bytes(pdf)
    said = subprocess.run(
        ["pdftotext", "-raw", tmp_path / "page.pdf", "-"], capture_output=True, check=True
    ).stdout
    for one in objects(pdf):
        said += one
    for words in (b"Ana Ruiz", b"AVTY-0123-WXYZ-4689", b"2027"):
        assert words in said
    for words in (b"Zebedee", b"Quist", b"ZZZZ", b"JJJJ-9999", b"2026"):
        assert words not in said


def test_page_that_comes_by_once_is_not_kept(facts: CertificateFacts, desk: Settings) -> None:
    render(facts, desk)
    assert len(standing_type._formes) == 0
    render(another(facts), desk)
    assert len(standing_type._formes) == 1


def test_no_more_pages_stand_than_there_is_room_for(
    facts: CertificateFacts, desk: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_type, "_KEPT", 2)
    for title in ("One", "Two", "Three"):
        for _ in range(2):
            render(replace(facts, title=title), desk)
    assert len(standing_type._formes) == 2


def test_issuer_that_signs_under_another_name_has_a_page_of_its_own(
    standing: CertificateFacts, desk: Settings
) -> None:
    sheet = work(another(standing, issuer="Garten School"), desk, CREDENTIAL % "somebody")
    assert printed(sheet) == whole(sheet)


def test_where_the_typesetter_is_made_otherwise_inside_every_page_is_printed_whole(
    facts: CertificateFacts,
    desk: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def changed(_page_box: object) -> None:
        raise AttributeError("as a newer one might say")

    monkeypatch.setattr(forme, "lines", changed)
    sheets = [work(another(facts, name=name), desk) for name in ("Ana Ruiz", "Bo Finch", "Cy")]
    assert [printed(sheet) for sheet in sheets] == [whole(sheet) for sheet in sheets]
    assert caplog.text.count("no page can be kept standing") == 1


def test_threads_take_turns_at_the_same_page(standing: CertificateFacts, desk: Settings) -> None:
    sheets = [
        work(another(standing, name=f"Ana Ruiz {number}"), desk, CREDENTIAL % number)
        for number in range(12)
    ]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(printed, sheets)) == [whole(sheet) for sheet in sheets]


def with_rule(desk: Settings, folder: Path, rule: str) -> Settings:
    """Settings with a style sheet of their own: the shipped one and one more rule."""
    own = folder / "templates" / "certificates"
    own.mkdir(parents=True)
    shipped = next(
        path / "certificates" / "certificate.css"
        for path in desk.templates
        if (path / "certificates" / "certificate.css").exists()
    )
    (own / "certificate.css").write_text(shipped.read_text("utf-8") + rule)
    return replace(desk, templates=(folder / "templates", *desk.templates))


def objects(pdf: bytes) -> Iterator[bytes]:
    """Everything in the file as plain bytes."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for one in file.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Type") != "/ObjStm":
                yield one.read_bytes()
            yield repr(one).encode()
