"""Real journeys in headless Chromium against a really served school.

Each test process serves one school on each engine and drives one browser; each test has browser
contexts of its own, and people of its own. At the end of a test nothing may have gone wrong unseen:
no script error, nothing that the content policy refused, no traceback in the server's log. With
ACCOLADE_PICTURES=folder every page that a test looks at is kept as a picture, in the light and in
the dark; what was open when a test failed always is, beside the test's own files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, wraps
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from playwright.sync_api import Error as Failure
from playwright.sync_api import TimeoutError as TooLate

from engine.credentials.credential import Edition
from engine.people import Actor
from engine.records.database import Database
from engine.web.fonts import ensure_fonts
from tests.browser.house import GARDEN, INSTRUCTIONAL_COACH, LiveHouse
from tests.conftest import ROOT, settings_in
from tests.databases import Installations

PATIENCE = 30_000
"""Milliseconds; the machine may be busy."""
CHROMIUM = next(
    found for name in ("chromium-headless-shell", "chromium") if (found := shutil.which(name))
)
"""The shell is the same engine of pages without the rest of a browser: a window of it costs a tenth
of a second's work, where one of the whole browser costs a second."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=PATIENCE)
MOMENT = 5_000
"""Milliseconds to wait for what a page brings along, which a test may be holding back."""


WITH_SCRIPTS: WeakSet[BrowserContext] = WeakSet()
"""The contexts whose pages run their scripts; elsewhere nothing is to start them."""

_at_once = Page.evaluate
_STARTED = """most => Promise.race([
  new Promise(done => setTimeout(done, most)),
  Promise.allSettled([...document.querySelectorAll("script[type=module][src]")]
    .map(one => import(one.src))),
]).then(() => true)"""


def settled(act: Callable[..., Any]) -> Callable[..., Any]:
    """What is done or asked at once meets a page that is there, with what its scripts make of it: a
    click that leads elsewhere is over when the answer to it begins, and a page is loaded before its
    modules have come. What somebody does on a slow line in between is tested where a test holds a
    module back."""

    @wraps(act)
    def acted(of: Page | Locator, *said: Any, **named: Any) -> Any:
        page = of if isinstance(of, Page) else of.page
        for _try in range(3):
            with suppress(TooLate):
                page.wait_for_load_state(timeout=MOMENT)
            if page.context not in WITH_SCRIPTS:
                break
            with suppress(Failure):  # it leads elsewhere at this very moment
                _at_once(page, _STARTED, MOMENT)
                break
        return act(of, *said, **named)

    return acted


for kind, names in (
    (Page, ("evaluate",)),
    (Locator, ("all", "count", "evaluate", "evaluate_all", "click", "tap", "press", "fill")),
    (Locator, ("check", "uncheck", "set_checked", "select_option", "set_input_files", "focus")),
):
    for name in names:
        setattr(kind, name, settled(getattr(kind, name)))


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """SQLite; what a page looks like is the same on either. The journeys run `ON_BOTH`."""
    chosen: str = getattr(request, "param", "sqlite")
    return chosen


@pytest.fixture(scope="session")
def houses(
    founded_on: Callable[[str], Path],
    installations: Installations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], LiveHouse]]:
    """By engine: a served school, which starts when it is first asked for."""
    with ExitStack() as standing:

        @cache
        def open_house(engine_name: str) -> LiveHouse:
            folder = tmp_path_factory.mktemp("served")
            copy = installations.copy(founded_on(engine_name), folder, lasting=True)
            standing.enter_context(copy)
            return standing.enter_context(served(folder))

        yield open_house


@pytest.fixture
def house(houses: Callable[[str], LiveHouse], engine_name: str) -> LiveHouse:
    """A served school; its people and submissions are made by each test."""
    return houses(engine_name)


@contextmanager
def served(folder: Path) -> Iterator[LiveHouse]:
    """Serve the installation in `folder`, with its worker, for as long as the block runs."""
    # Made here, they are made once for each test process, not in each server that it starts.
    ensure_fonts(settings_in(folder).fonts)
    with (folder / "serving.txt").open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.serving", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().decode().strip()
        assert url, (folder / "serving.txt").read_text()
        settings = replace(settings_in(folder), base_url=url)
        database = Database(settings.database_url)
        yield LiveHouse(url, settings, database)
        database.dispose()
        server.stdin.close()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Visits:
    """The windows that one test opens, each in a browser context of its own."""

    house: LiveHouse
    chromium: Browser
    name: str
    folder: Path
    pictures: Path | None
    contexts: list[BrowserContext] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def open(self, who: Actor | None = None, scripts: bool = True, **options: Any) -> Page:
        """A new window: signed in as `who`, or a visitor's."""
        context = self.chromium.new_context(
            base_url=self.house.url,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
            **{"viewport": {"width": 1200, "height": 900}, **options},
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        if scripts:
            WITH_SCRIPTS.add(context)
        if who is not None:
            self.sign_in(context, who)
        context.on("page", self._watch)
        return context.new_page()

    def sign_in(self, context: BrowserContext, who: Actor) -> None:
        """Begin a session in this context without the sign-in page."""
        cookie = self.house.cookie(who)
        context.add_cookies([{"name": "accolade", "value": cookie, "url": self.house.url}])

    def lose(self, page: Page) -> None:
        """The window is gone from one moment to the next, as with an empty battery: one that closes
        sends a last save on its way out, and that may arrive although the network was just lost."""
        with page.expect_event("crash"), suppress(Failure):
            page.goto("chrome://crash")
        page.close()

    def look(self, page: Page, what: str) -> None:
        """Keep a picture of the page, when somebody asked for pictures."""
        if self.pictures is not None:
            name = re.sub(r"[^\w.-]+", "-", f"{self.name}-{what}")
            page.wait_for_load_state()
            page.screenshot(path=self.pictures / f"{name}.png", full_page=True)
            page.emulate_media(color_scheme="dark")
            page.screenshot(path=self.pictures / f"{name}-dark.png", full_page=True)
            page.emulate_media(color_scheme="light")

    def keep_last_sight(self) -> None:
        for number, page in enumerate(page for one in self.contexts for page in one.pages):
            page.screenshot(path=self.folder / f"window-{number}.png", full_page=True)
            (self.folder / f"window-{number}.html").write_text(page.content(), "utf-8")

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        # Choosers come to whoever listens. Told so only when the next one is wanted, a busy browser
        # may hear of it after that one, which is then nobody's and closes as if by Escape.
        page.on("filechooser", lambda _chooser: None)
        page.on("console", lambda said: self._heard(page, said.type, said.text))

    def _heard(self, page: Page, kind: str, words: str) -> None:
        # The browser notes every answer above 400 so; whether one is right, the tests say.
        if kind == "error" and not words.startswith("Failed to load resource"):
            self.troubles.append(f"{page.url}: {words}")


@pytest.fixture
def visits(
    house: LiveHouse, chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Visits]:
    wanted = os.environ.get("ACCOLADE_PICTURES", "")
    pictures = ROOT / wanted if wanted else None
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    logged = house.log.stat().st_size if house.log.exists() else 0
    made = Visits(house, chromium, request.node.name, tmp_path, pictures)
    yield made
    if (report := getattr(request.node, "report", None)) is not None and report.failed:
        made.keep_last_sight()
    for context in made.contexts:
        context.close()
    with house.log.open() as log:
        log.seek(logged)
        assert "Traceback" not in (said := log.read()), said
    assert made.troubles == []


@pytest.fixture(params=[True, False], ids=["scripts-on", "scripts-off"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts: every journey passes either way."""
    chosen: bool = request.param
    return chosen


@pytest.fixture(params=[INSTRUCTIONAL_COACH, GARDEN], ids=["coach", "garden"])
def edition(request: pytest.FixtureRequest, house: LiveHouse) -> Edition:
    """Two credentials that share nothing but the engine."""
    return house.edition(request.param)


@pytest.fixture
def garden(house: LiveHouse) -> Edition:
    """The smaller credential, where which one it is does not matter."""
    return house.edition(GARDEN)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.report = report  # type: ignore[attr-defined]
    return report
