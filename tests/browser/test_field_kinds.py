"""Every kind of question in a real browser: by keyboard alone, and without scripts.

Each tiny document in `tests/documents/fields` is served as `accolade preview` serves it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from engine.settings import Settings
from engine.web.fonts import ensure_fonts
from engine.web.preview import create_preview_app
from tests.browser.conftest import PATIENCE
from tests.conftest import ROOT, settings_in

FIELDS = ROOT / "tests" / "documents" / "fields"
NARROW = {"width": 320, "height": 640}

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of an installation whose fonts are there before the first page asks for them."""
    made = settings_in(tmp_path_factory.mktemp("previews"))
    ensure_fonts(made.fonts)
    return made


@pytest.fixture
def opened(chromium: Browser, settings: Settings) -> Iterator[Opener]:
    """Opens the form of a tiny document; no script may fail on it."""
    ends: list[Callable[[], Any]] = []
    troubles: list[str] = []

    def open(name: str, **options: Any) -> Page:
        app = create_preview_app(settings, FIELDS / f"{name}.yaml")
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = {"locale": "en-US", "timezone_id": "America/New_York", **options}
        context = chromium.new_context(reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        ends.extend([server.shutdown, context.close])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console",
            lambda said: troubles.append(said.text) if said.type == "error" else None,
        )
        page.goto(f"http://127.0.0.1:{server.server_port}/pages/answers/answers")
        page.wait_for_load_state("networkidle")
        return page

    yield open
    for end in reversed(ends):
        end()
    assert troubles == []


def answers(page: Page) -> Any:
    """What the form says by now."""
    page.goto(re.sub("/pages/.*", "/answers", page.url))
    return json.loads(page.locator("pre").inner_text())["answers"]


def check(page: Page) -> None:
    page.get_by_role("button", name="Check this page").click()


def test_a_long_select_is_searched_by_keyboard(opened: Opener) -> None:
    page = opened("select")
    box = page.get_by_role("combobox", name="Which state do you teach in?")
    options = page.get_by_role("option")
    box.focus()
    page.keyboard.type("new")
    expect(options).to_have_text(["New Hampshire", "New Jersey", "New Mexico", "New York"])
    expect(page.locator("#announcements")).to_have_text("4 choices match")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect(options.nth(3)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    id = options.nth(1).get_attribute("id") or ""
    expect(box).to_have_attribute("aria-activedescendant", id)
    page.keyboard.press("Enter")
    expect(box).to_have_value("New Jersey")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(page.locator("select[name='/answers/state']")).to_have_value("New Jersey")
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(box).to_have_value("New Jersey")
    check(page)
    assert answers(page) == {"state": "New Jersey"}


def test_a_long_select_finds_names_without_their_accents(opened: Opener) -> None:
    page = opened("select")
    box = page.get_by_role("combobox")
    box.focus()
    page.keyboard.type("sao")
    page.keyboard.press("Enter")
    expect(box).to_have_value("São Tomé")


def test_words_that_are_no_choice_choose_nothing(opened: Opener) -> None:
    page = opened("select")
    box = page.get_by_role("combobox")
    box.fill("Atlantis")
    expect(page.locator("#announcements")).to_have_text("No choice matches")
    page.keyboard.press("Tab")
    expect(box).to_have_value("")
    box.fill("ohio")
    box.fill("maine")
    page.keyboard.press("Tab")
    expect(box).to_have_value("Maine")
    box.fill("")
    page.keyboard.press("Tab")
    expect(page.locator("select")).to_have_value("")


def test_a_long_select_works_by_touch(opened: Opener) -> None:
    page = opened("select", viewport=NARROW, has_touch=True, is_mobile=True)
    page.get_by_role("combobox").tap()
    option = page.get_by_role("option", name="Arizona")
    height = (option.bounding_box() or {"height": 0})["height"]
    option.tap()
    assert height >= 44
    expect(page.get_by_role("combobox")).to_have_value("Arizona")


def test_without_scripts_a_long_select_is_a_select(opened: Opener) -> None:
    page = opened("select", java_script_enabled=False)
    page.get_by_label("Which state do you teach in?").select_option("Maine")
    check(page)
    assert answers(page) == {"state": "Maine"}


def test_a_long_list_of_boxes_is_searched(opened: Opener) -> None:
    page = opened("select")
    page.get_by_label("Beans").check()
    search = page.get_by_role("searchbox")
    search.fill("ca")
    expect(page.locator(".choices > label:visible")).to_have_text(["Beans", "Cabbage", "Carrots"])
    expect(page.locator("#announcements")).to_have_text("2 choices match")
    page.keyboard.press("Enter")
    page.get_by_label("Carrots").check()
    search.fill("")
    expect(page.locator(".choices > label:visible")).to_have_count(16)
    check(page)
    assert answers(page) == {"crops": ["Beans", "Carrots"]}


def test_standards_are_searched_under_their_domains(opened: Opener) -> None:
    page = opened("framework-items")
    field = page.get_by_role("group", name="Which standards does your work show?")
    field.get_by_role("searchbox").fill("4.b")
    choice = field.locator(".choices > label:visible")
    expect(choice).to_have_count(1)
    choice.get_by_role("checkbox").check()
    expect(field.get_by_text("1 chosen")).to_be_visible()
    check(page)
    assert answers(page) == {"shown": ["tlms:4.b"]}


def test_the_error_summary_leads_into_a_closed_domain(opened: Opener) -> None:
    page = opened("framework-items")
    check(page)
    page.get_by_role("link", name="Choose at least one: Which standards").click()
    expect(page.get_by_role("checkbox").first).to_be_focused()


def test_markdown_is_previewed_while_it_is_typed(opened: Opener) -> None:
    page = opened("markdown")
    area = page.get_by_label("What did you see?")
    area.fill("A **calm** class <img src=x onerror=alert(1)>")
    page.get_by_text("Preview", exact=True).first.click()
    preview = page.locator(".preview__text").first
    expect(preview.locator("strong")).to_have_text("calm")
    area.press_sequentially(" and *kind*")
    expect(preview.locator("em")).to_have_text("kind")
    assert preview.locator("img").count() == 0


def test_without_scripts_markdown_is_previewed_by_saving(opened: Opener) -> None:
    page = opened("markdown", java_script_enabled=False)
    page.get_by_label("What did you see?").fill("A **calm** class")
    page.get_by_text("Preview", exact=True).first.click()
    page.get_by_role("button", name="Save, and show it anew").first.click()
    preview = page.locator(".preview__text").first
    if not preview.is_visible():
        page.get_by_text("Preview", exact=True).first.click()
    expect(preview.locator("strong")).to_have_text("calm")


def test_the_time_zone_is_the_persons_own(opened: Opener) -> None:
    page = opened("moments")
    zone = page.get_by_role("combobox", name="Time zone")
    expect(zone).to_have_value("America/New York")
    page.get_by_label("Date", exact=True).fill("2026-07-01")
    page.get_by_label("Time", exact=True).fill("14:30")
    check(page)
    expect(page.get_by_role("combobox", name="Time zone")).to_have_value("America/New York")
    assert answers(page) == {"met": "2026-07-01T14:30:00-04:00"}


def test_without_scripts_the_time_zone_is_asked_for(opened: Opener) -> None:
    page = opened("moments", java_script_enabled=False)
    page.get_by_label("Date", exact=True).fill("2026-07-01")
    page.get_by_label("Time", exact=True).fill("14:30")
    check(page)
    words = "Please choose a time zone, so that everybody reads the same moment."
    expect(page.locator(".field__error", has_text=words)).to_be_visible()
    page.get_by_label("Time zone").select_option("Asia/Kathmandu")
    check(page)
    assert answers(page) == {"met": "2026-07-01T14:30:00+05:45"}


def test_a_matrix_is_answered_by_arrow_keys(opened: Opener) -> None:
    page = opened("matrix")
    page.get_by_label("Students feel safe: Disagree").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    check(page)
    assert answers(page) == {"climate": {"safe": "agree", "heard": "disagree"}}


def test_a_rating_is_answered_by_arrow_keys(opened: Opener) -> None:
    page = opened("rating")
    page.get_by_label("1", exact=True).first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    check(page)
    assert answers(page) == {"useful": 2}
