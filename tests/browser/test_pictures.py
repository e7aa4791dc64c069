"""The README's pictures, taken of a filled demonstration; `make pictures` puts them in their place.

They show a fixed day and a fixed serial, so that taking them anew changes only what has changed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from engine import demo
from engine.awards.certificates import certificate
from engine.credentials.library import Library
from engine.people import Actor
from engine.records.database import Database
from engine.records.tables import Account, Submission
from tests.browser.conftest import served
from tests.browser.house import INSTRUCTIONAL_COACH, LiveHouse
from tests.conftest import ROOT, settings_in

pytestmark = pytest.mark.xdist_group("pictures")

WANTED = os.environ.get("ACCOLADE_PICTURES", "")
TERM = datetime(2026, 3, 12, 15, tzinfo=UTC)
SERIAL = "7K3M-Q2XH-9DTV-4WPC"
LONG_ONE = 9
"""Which page of the form is shown, counted from 0: one with a repeating group."""
SIZE = {"width": 1120, "height": 760}
COLORS = 192
"""As many as flat pages need; a fourth of the bytes."""


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where they go: to the folder that was asked for, otherwise away after the test."""
    folder = ROOT / WANTED if WANTED else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHouse]:
    folder = tmp_path_factory.mktemp("pictures")
    settings = settings_in(folder)
    database = Database(settings.database_url)
    database.migrate()
    demo.fill(settings, database, Library(settings.documents, settings.workflows), TERM)
    database.dispose()
    with served(folder) as serving:
        yield serving


def test_picture_of_a_form(house: LiveHouse, chromium: Browser, pictures: Path) -> None:
    page = _window(house, chromium, demo.READY[0])
    page.goto(f"/submissions/{_submission(house, 'open', demo.READY[0])}")
    page.locator(".task__name a").nth(LONG_ONE).click()

    _take(page, pictures / "form.png")


def test_picture_of_a_review(house: LiveHouse, chromium: Browser, pictures: Path) -> None:
    page = _window(house, chromium, demo.REVIEWER[0])
    page.goto(f"/review/{_submission(house, 'decide')}")
    for verdict in page.locator("[name^='score/'][value=Y]").all()[:2]:
        verdict.check()
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    page.locator(".pane").evaluate_all("all => all.forEach(one => { one.scrollTop = 0; })")

    _take(page, pictures / "review.png")


def test_picture_of_a_certificate(house: LiveHouse, tmp_path: Path, pictures: Path) -> None:
    edition = house.edition(INSTRUCTIONAL_COACH)
    design = edition.credential.certificate
    facts = certificate.CertificateFacts(
        serial=SERIAL,
        name="Hannah Brooks",
        title=edition.credential.title,
        statement=design.statement,
        kind=edition.credential.kind,
        issuer=house.settings.site_name,
        issued_on=date(2026, 3, 12),
        expires_on=None,
        signatory=design.signatory,
        signatory_title=design.signatory_title,
        glyph=design.glyph,
        template=design.template,
    )
    file = tmp_path / "certificate.pdf"
    settings = replace(house.settings, base_url="https://awards.example.org")
    file.write_bytes(certificate.render(facts, settings))
    made = ["pdftoppm", "-r", "80", "-png", "-singlefile", str(file), str(tmp_path / "picture")]
    subprocess.run(made, check=True)

    _keep(tmp_path / "picture.png", pictures / "certificate.png")


def _window(house: LiveHouse, chromium: Browser, email: str) -> Page:
    context = chromium.new_context(
        base_url=house.url,
        viewport=SIZE,
        reduced_motion="reduce",
        color_scheme="light",
        timezone_id="UTC",
    )
    with house.database.read() as session:
        one = session.scalars(select(Account).where(Account.email == email)).one()
        who = Actor(one.id, one.name, one.email, frozenset(one.roles))
    context.add_cookies([{"name": "accolade", "value": house.cookie(who), "url": house.url}])
    return context.new_page()


def _submission(house: LiveHouse, kind: str, email: str = "%") -> str:
    """The newest submission in a state of this kind: anybody's, or one person's."""
    with house.database.read() as session:
        found = session.scalars(
            select(Submission.id)
            .join(Account, Account.id == Submission.candidate_id)
            .where(
                Submission.credential_id == INSTRUCTIONAL_COACH,
                Submission.state_kind == kind,
                Account.email.like(email),
            )
            .order_by(Submission.opened_at.desc())
        )
        return found.first() or ""


def _take(page: Page, picture: Path) -> None:
    # "3 days ago" would be another number tomorrow.
    page.evaluate(
        """() => {
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                const text = walk.currentNode;
                text.data = text.data.replace(/ \\([^)]* ago\\)/g, "");
            }
        }"""
    )
    page.evaluate("document.fonts.ready")
    page.screenshot(path=picture)
    page.context.close()
    _keep(picture, picture)


def _keep(taken: Path, picture: Path) -> None:
    """In few colors, without anything but the picture; more than a blank page."""
    with Image.open(taken) as whole:
        small = whole.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)
    assert len(small.getcolors() or ()) > 20
