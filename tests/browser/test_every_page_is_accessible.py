"""No page has a fault that axe can find (WCAG 2.2 AA), in light, in dark, or on a phone.

The pages are those of a filled demonstration, so that there is something on every one of them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Response, expect
from werkzeug.serving import make_server

from engine import demo
from engine.credentials.library import Library
from engine.credentials.starter import new_document
from engine.records.database import Database
from engine.settings import load_settings
from engine.web.app import create_app
from engine.web.preview import create_preview_app
from tests.browser import sights
from tests.browser.conftest import served
from tests.browser.house import GARDEN, INSTRUCTIONAL_COACH
from tests.browser.sights import Demonstration, Sight
from tests.conftest import settings_in

pytestmark = pytest.mark.xdist_group("demonstration")

EVERYTHING = {
    "runOnly": [
        "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
    ],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}  # fmt: skip
PHONE_IN_THE_DARK = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]},
    "resultTypes": ["violations"],
}
"""What colors and widths change; the rest was looked at in the light."""
WRONG_BY_ENTER = """() => [...document.forms]
    .filter(form => form.id !== "language-switch")
    .map(form => [...form.elements].find(one => one.type === "submit"))
    .filter(button => button?.name === "_language")
    .map(button => button.outerHTML)"""
"""The first button of a form is what Enter in a field presses: never the language switch."""
DESK = {"width": 1200, "height": 900}
PHONE = {"width": 360, "height": 740}
NOT_PAGES = {
    "account.fresh_token",
    "account.mail_choices.feed",
    "badges.achievement_of",
    "badges.badge",
    "badges.badge_class",
    "badges.did_document",
    "badges.hosted_badge",
    "badges.hosted_issuer",
    "badges.issuer_profile",
    "badges.status_list",
    "candidate.awards.code",
    "candidate.awards.on_paper",
    "candidate.awards.record",
    "candidate.copies.download",
    "candidate.evidence.download",
    "candidate.records.fetch",
    "candidate.resumable.state",
    "font_faces",
    "font_file",
    "public.badge_pictures.download",
    "public.badge_pictures.drawn",
    "oauth.metadata",
    "open_badges.credentials",
    "open_badges.profile",
    "open_badges.service_description",
    "public.certificate",
    "public.choose_file",
    "public.frameworks.case_documents",
    "public.frameworks.case_object",
    "public.gallery.feed",
    "public.gallery.file",
    "public.people.evidence",
    "reviewer.queue_file",
    "staff.agreement.as_csv",
    "staff.bundles.file",
    "staff.letters.preview",
    "staff.outgoing.letter_html",
    "staff.reports.table",
    "staff.submissions.file",
    "static",
}
"""Files, and answers for scripts."""


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    folder = tmp_path_factory.mktemp("demonstration")
    settings = settings_in(folder)
    database = Database(settings.database_url)
    database.migrate()
    library = Library(settings.documents, settings.workflows)
    demo.fill(settings, database, library, datetime.now(UTC))
    database.dispose()
    with served(folder) as house:
        made = Demonstration(house)
        made.prepare()
        yield made


@pytest.fixture(scope="module")
def eyes(demonstration: Demonstration, chromium: Browser) -> Iterator[Eyes]:
    looking = Eyes(demonstration, chromium)
    yield looking
    looking.page.context.close()


class Eyes:
    """One browser page that goes through the sights as whoever sees them."""

    def __init__(self, demonstration: Demonstration, chromium: Browser) -> None:
        self.house = demonstration.house
        self.people = demonstration.accounts
        self.status = 0
        context = chromium.new_context(base_url=self.house.url, reduced_motion="reduce")
        context.add_init_script(AXE_SCRIPT)
        self.page = context.new_page()
        self.page.on("response", self._note_status)

    def look(self, sight: Sight) -> list[str]:
        """Everything that is wrong with it."""
        context = self.page.context
        context.clear_cookies()
        if sight.who:
            cookie = self.house.cookie(self.people[sight.who])
            context.add_cookies([{"name": "accolade", "value": cookie, "url": self.house.url}])
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(DESK)
        self.page.goto(sight.url)
        if sight.act is not None:
            sight.act(self.page)
        found = [] if self.status == sight.status else [f"answered {self.status}"]
        return [f"{sight.name} {sight.url}: {fault}" for fault in [*found, *faults_of(self.page)]]

    def _note_status(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.status = response.status


def faults_of(page: Page) -> list[str]:
    """What axe finds on a desk, then on a phone in the dark, and what does not fit there."""
    expect(page.locator("h1")).to_have_count(1)
    found = _violations(page, EVERYTHING, "")
    found += [f"Enter presses {button}" for button in page.evaluate(WRONG_BY_ENTER)]
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    found += _violations(page, PHONE_IN_THE_DARK, "on a phone in the dark, ")
    too_wide = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.querySelectorAll("body *")]
                .filter(one => one.getBoundingClientRect().right > width + 0.5)
                .slice(0, 3).map(one => one.outerHTML.slice(0, 120));
        }"""
    )
    return found + [f"on a phone, too wide: {markup}" for markup in too_wide]


def _violations(page: Page, options: dict[str, Any], where: str) -> list[str]:
    found: list[str] = page.evaluate(
        """options => axe.run(options).then(result => result.violations.flatMap(one =>
            one.nodes.slice(0, 3).map(node => `${one.id} (${one.help}): ${node.html.slice(0, 160)}`)
        ))""",
        options,
    )
    return [where + one for one in found]


def _all_of(demonstration: Demonstration) -> list[Sight]:
    forms = [
        sight
        for edition in demonstration.editions
        for sight in sights.form_pages(demonstration, edition)
    ]
    return [
        *sights.visitors(demonstration),
        *sights.candidates(demonstration),
        *sights.reviewers(demonstration),
        *sights.staff(demonstration),
        *forms,
    ]


def test_a_fault_is_seen(eyes: Eyes) -> None:
    eyes.page.goto("/")
    eyes.page.locator("main").evaluate(
        """main => {
            const wide = document.createElement("p");
            wide.textContent = "Pale and wide";
            wide.style = "color: #bbb; background: #fff; width: 500px";
            main.append(wide, document.createElement("input"));
        }"""
    )

    found = [fault.split(" (")[0].split("<")[0].strip() for fault in faults_of(eyes.page)]

    assert found == [
        "color-contrast",
        "label",
        "on a phone in the dark, color-contrast",
        "on a phone, too wide:",
    ]


def test_every_page_of_the_application_is_among_the_sights(demonstration: Demonstration) -> None:
    app = create_app(demonstration.house.settings, demonstration.house.database)
    addresses = app.url_map.bind("localhost")
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    seen = {
        addresses.match(urlsplit(sight.url).path)[0]
        for sight in _all_of(demonstration)
        if sight.name != "nothing-here"
    }

    assert pages - NOT_PAGES - seen == set()


@pytest.mark.parametrize("who", ["visitors", "candidates", "reviewers", "staff"])
def test_pages_are_accessible_to(demonstration: Demonstration, eyes: Eyes, who: str) -> None:
    seen: Sequence[Sight] = list(getattr(sights, who)(demonstration))

    assert "\n".join(fault for sight in seen for fault in eyes.look(sight)) == ""


@pytest.mark.parametrize("credential", [INSTRUCTIONAL_COACH, GARDEN])
def test_form_pages_are_accessible(
    demonstration: Demonstration, eyes: Eyes, credential: str
) -> None:
    edition = demonstration.house.edition(credential)

    seen = list(sights.form_pages(demonstration, edition))

    assert "\n".join(fault for sight in seen for fault in eyes.look(sight)) == ""


def test_preview_is_accessible(eyes: Eyes, tmp_path: Path) -> None:
    file = tmp_path / "my-topic.yaml"
    text = new_document("micro-credential", "my-topic")
    file.write_text(text.replace("workflow: review", "workflow: reviw"), "utf-8")
    found = []
    with _previewed(tmp_path, file) as address:
        found += eyes.look(Sight("preview-broken", "", address))
        eyes.page.goto("about:blank")  # an open preview loads itself anew when its file changes
        file.write_text(text, "utf-8")
        found += eyes.look(Sight("preview", "", address))
        pages = eyes.page.locator(".task__name a").evaluate_all("all => all.map(one => one.href)")
        for url in pages:
            found += eyes.look(Sight("preview-page", "", url))
            found += eyes.look(Sight("preview-problems", "", f"{url}?check=1"))
        found += eyes.look(Sight("preview-answers", "", f"{address}/answers"))
        eyes.page.goto("about:blank")
        file.write_text(text.replace("workflow: review", "workflow: reviw"), "utf-8")
        found += eyes.look(Sight("preview-last-that-worked", "", pages[0]))

    assert len(pages) == 2
    assert "\n".join(found) == ""


@contextmanager
def _previewed(instance: Path, file: Path) -> Iterator[str]:
    app = create_preview_app(load_settings(instance / "instance", {}), file)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
