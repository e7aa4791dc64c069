"""A transcript: everything that somebody was awarded, on paper, page by page."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy.orm import Session

from engine.awards import issuing
from engine.awards.held import transcript
from engine.awards.held.transcript import Elsewhere, Entry, Standard, Transcript
from engine.awards.status import Standing
from engine.credentials import documents
from engine.credentials.credential import edition_from
from engine.languages import speaking
from engine.records.tables import Account, EditionRow, Recognition
from engine.settings import Settings
from tests.awards.conftest import BUNDLE, NOON, Greenhouse
from tests.databases import ON_SQLITE

SERIAL = "7K3M-Q2XH-9DTV-4WPC"
LONG = "Nguyễn Thị Phương-Anh Bartholomea de la Fuente y Montenegro de los Ángeles"


def entry(title: str = "Window Garden", number: int = 0, **changes: object) -> Entry:
    issued = NOON + timedelta(days=number)
    said = {
        "serial": SERIAL,
        "title": title,
        "kind": "micro-credential",
        "statement": "Grows things in windows.",
        "issuer": "Garden School",
        "issued_at": issued,
        "expires_at": None,
        "standing": Standing("valid", "", issued),
        "credits": 1.5,
        "standards": (Standard("tlms", "4.b", "Facilitates learning."),),
    }
    return Entry(**{**said, **changes})  # type: ignore[arg-type]


def printed(settings: Settings, *entries: Entry, name: str = "Ana Ruiz", page: str = "") -> bytes:
    elsewhere = (Elsewhere("Water Safety", "State", date(2025, 6, 1), None, False),)
    said = Transcript(name, date(2026, 11, 22), entries, elsewhere, page)
    return transcript.render(said, settings)


def words(pdf: bytes, tmp_path: Path) -> str:
    """What is on the pages, in reading order, as somebody would select it."""
    file = tmp_path / "transcript.pdf"
    file.write_bytes(pdf)
    found = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True, text=True
    )
    return found.stdout


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    """Printing needs no database."""
    return Settings(
        instance=tmp_path,
        database_url="",
        secret_key="secret",
        base_url="https://awards.example.org",
        site_name="Garden School",
    )


def test_transcript_says_everything_of_each_award(plain: Settings, tmp_path: Path) -> None:
    ended = Standing("revoked", "", datetime(2026, 5, 1, tzinfo=UTC), "A mistake.")
    pdf = printed(plain, entry(), entry("Balcony", standing=ended, expires_at=NOON))
    text = words(pdf, tmp_path)
    for said in ("Ana Ruiz", "Window Garden", SERIAL, "12 March 2026", "Credit hours", "1.5",
                 "TLMS 4.b", "Facilitates learning.", "Revoked, 1 May 2026", "Earned elsewhere",
                 "Water Safety", "State", "1 June 2025", "awards.example.org/verify",
                 "2 awards"):  # fmt: skip
        assert said in text, said
    assert "A mistake." not in text  # whoever checks it reads why


@pytest.mark.parametrize(("paper", "size"), [("letter", (612, 792)), ("a4", (595, 842))])
def test_transcript_is_on_the_paper_of_the_settings(
    plain: Settings, tmp_path: Path, paper: str, size: tuple[int, int]
) -> None:
    pdf = printed(replace(plain, paper=paper), *[entry(number=number) for number in range(30)])
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages) > 2
        boxes = [tuple(round(float(one)) for one in page.mediabox[2:]) for page in opened.pages]
    assert set(boxes) == {size}
    assert words(pdf, tmp_path).count("Window Garden") == 30


def test_same_facts_give_the_same_bytes(plain: Settings) -> None:
    assert printed(plain, entry()) == printed(plain, entry())


def test_transcript_is_tagged_for_screen_readers(plain: Settings) -> None:
    with pikepdf.open(io.BytesIO(printed(plain, entry()))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.docinfo["/Title"] == "Transcript of awards: Ana Ruiz"
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        kinds = list(_kinds(pdf.Root.StructTreeRoot))
    assert [one for one in kinds if one in ("/H1", "/H2", "/H3")][:3] == ["/H1", "/H2", "/H3"]
    assert "/Figure" in kinds


def _kinds(node: object) -> list[str]:
    if not isinstance(node, pikepdf.Dictionary):
        return []
    below = node.get("/K")
    children = list(below) if isinstance(below, pikepdf.Array) else [below]
    own = [str(node["/S"])] if "/S" in node else []
    return own + [kind for child in children for kind in _kinds(child)]


def test_hundred_awards_take_numbered_pages(plain: Settings, tmp_path: Path) -> None:
    entries = [entry(f"Garden number {number}", number) for number in range(100)]
    pdf = printed(plain, *entries, name=LONG)
    text = words(pdf, tmp_path)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        pages = len(opened.pages)
    assert 10 < pages < 40
    assert text.count("\f") == pages
    assert f"{pages} / {pages}" in text
    assert text.count(SERIAL) == 100
    assert text.count("Facilitates learning.") == 1


@pytest.mark.parametrize(
    "name", ["محمد عبد الرحمن", "李小龍", "<b>Ana</b> & Co", "Ana 🌱", LONG, "x" * 500]
)
def test_any_name_stands_on_the_page(plain: Settings, name: str) -> None:
    with pikepdf.open(io.BytesIO(printed(plain, entry(), name=name))) as pdf:
        assert pdf.docinfo["/Title"] == f"Transcript of awards: {name}"


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("李小龍", "Noto-Serif-SC"),
        ("محمد عبد", "Amiri"),
        ("김민수", "Noto-Serif-KR"),
        ("अनीता", "Noto-Sans-Devanagari"),
        ("Ana 🌱", "emoji"),
        ("Ana 𓀀", ""),  # no typeface has it: a box of our own
    ],
)
def test_letters_come_from_our_own_typefaces(
    plain: Settings, tmp_path: Path, name: str, family: str
) -> None:
    pdf = printed(plain, entry(name, issuer=name), name=name)
    shown = name if family else "Ana ☐"
    text = words(pdf, tmp_path)
    if name.isascii() or family != "Amiri":  # Arabic is read back in the shapes that it was set in
        assert text.replace(" ", "").count(shown.replace(" ", "")) == 3
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        fonts = {
            str(font.BaseFont).partition("+")[2]
            for page in opened.pages
            for font in page.Resources.Font.values()
        }
    lent = {one for one in fonts if not one.startswith(("Source-Serif", "Source-Sans"))}
    assert all(family and one.startswith(family) for one in lent), fonts
    assert bool(lent) == bool(family)


def test_page_of_awards_is_what_the_code_leads_to(plain: Settings) -> None:
    said = Transcript("Ana", date(2026, 1, 1), (), (), "https://awards.example.org/people/ana")
    html, _style, drawings = transcript.composed(said, plain)
    assert "QR code that leads to https://awards.example.org/people/ana" in html
    assert set(drawings) == {"qr"}


@ON_SQLITE
def test_transcript_is_of_one_person_and_of_what_stands(
    session: Session, greenhouse: Greenhouse
) -> None:
    kept, replaced = greenhouse.award(session, "a"), greenhouse.award(session, "b")
    greenhouse.award(session, "c", "stranger")
    replaced.replaced_by, replaced.replaced_at = kept.serial, NOON
    account = session.get_one(Account, "grower")
    earned = date(2025, 1, 1)
    office, ends = greenhouse.office, NOON - timedelta(days=1)
    issuing.recognise(session, account, "first", earned, "State", None, office, NOON)
    issuing.recognise(session, account, "ended", earned, "State", None, office, NOON, ends)
    gone = issuing.recognise(session, account, "gone", earned, "State", None, office, NOON)
    session.get_one(Recognition, gone.id).revoked_at = NOON
    session.flush()
    said = transcript.of(session, "grower", greenhouse.settings, NOON)
    assert [one.serial for one in said.entries] == [kept.serial]
    assert {(one.title, one.expired) for one in said.elsewhere} == {
        ("first", False),
        ("ended", True),
    }


@ON_SQLITE
def test_credit_hours_are_those_of_the_badge_and_time_to_plan_for_is_left_out(
    session: Session, greenhouse: Greenhouse
) -> None:
    more = {"badge": {"credits": 15.0}, "effort": "An hour, when your window is clean"}
    bundle = {"credential": {**BUNDLE["credential"], **more}}
    digest = documents.digest(bundle)
    session.add(
        EditionRow(
            digest=digest,
            credential_id="window-garden",
            version=2,
            kind="micro-credential",
            title="Window Garden",
            bundle=bundle,
            published_at=NOON,
            published_by="command line",
        )
    )
    session.flush()
    greenhouse.award(session, "without")
    replace(greenhouse, edition=edition_from(digest, bundle)).award(session, "with")
    said = transcript.of(session, "grower", greenhouse.settings, NOON)
    html, _style, _drawings = transcript.composed(said, greenhouse.settings)
    assert html.count("<dt>Credit hours</dt><dd>15</dd>") == 1
    assert html.count("Credit hours") == 1
    assert "when your window is clean" not in html


@ON_SQLITE
def test_transcript_speaks_the_readers_language(session: Session, greenhouse: Greenhouse) -> None:
    greenhouse.award(session)
    with speaking("es"):
        said = transcript.of(session, "grower", greenhouse.settings, NOON)
        html, _style, _drawings = transcript.composed(said, greenhouse.settings)
    assert '<html lang="es">' in html
    assert "12 de marzo de 2026" in html
