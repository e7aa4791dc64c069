"""Repeating groups in a browser: rows moved, copied and removed, by keyboard and by pointer."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, expect

from engine.credentials.credential import Edition
from tests.browser.conftest import PATIENCE, Visits
from tests.browser.house import LiveHouse, page_urls
from tests.browser.test_every_page_is_accessible import faults_of
from tests.browser.test_journeys_phone import PHONE

GROUP = "/plot/visits"
FIRST, SECOND, THIRD = "Sowed beans", "Watered the beans", "Picked the beans"


class Stack:
    """The page of a candidate's visits to their plot, with what is done to the rows."""

    def __init__(self, page: Page, house: LiveHouse, submission_id: str) -> None:
        self.page, self.house, self.submission_id = page, house, submission_id

    @property
    def rows(self) -> Locator:
        return self.page.locator(f'.rows[data-rows="{GROUP}"] > .row')

    def what(self, number: int) -> Locator:
        return self.page.locator(f'[name="{GROUP}/{number}/what"]')

    def button(self, number: int, name: str) -> Locator:
        return self.rows.nth(number).locator(f":scope > .row__acts > .row__{name}")

    def said(self) -> list[str]:
        return [self.what(number).input_value() for number in range(self.rows.count())]

    def ids(self) -> list[str]:
        return [
            self.rows.nth(number).locator(":scope > .row__id").input_value()
            for number in range(self.rows.count())
        ]

    def announced(self, words: str) -> None:
        expect(self.page.locator("#announcements")).to_have_text(words)

    def reloaded(self) -> None:
        """Wait until the page has saved itself, and open it again."""
        said = self.said()
        until = monotonic() + PATIENCE / 1000
        while self.kept() != said and monotonic() < until:
            self.page.wait_for_timeout(100)
        self.page.reload()

    def kept(self) -> list[str]:
        found = self.house.stored(self.submission_id, GROUP)
        return [row.get("what", "") for row in found]


@pytest.fixture(params=["desk", "phone"])
def stack(
    house: LiveHouse, visits: Visits, garden: Edition, request: pytest.FixtureRequest
) -> Iterator[Stack]:
    """Three visits, each with its own words, on a desk and on a phone."""
    candidate = house.person()
    submission_id = house.prepared(garden, candidate)
    page = visits.open(candidate, **(PHONE if request.param == "phone" else {}))
    page.goto(page_urls(garden, submission_id)[1])
    found = Stack(page, house, submission_id)
    expect(found.rows).to_have_count(3)
    page.wait_for_load_state("networkidle")
    page.locator(".row__fold").evaluate_all("all => all.forEach(one => { one.open = true; })")
    for number, words in enumerate((FIRST, SECOND, THIRD)):
        found.what(number).fill(words)
    yield found
    # The bar at the foot of the window lies over whatever a test has scrolled to there.
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    page.evaluate(AXE_SCRIPT)
    assert faults_of(page) == []


def test_a_row_is_moved_by_its_buttons_and_keeps_the_focus(stack: Stack) -> None:
    before = stack.ids()
    up = stack.button(2, "up")
    up.focus()
    up.press("Enter")
    stack.announced("Visit 3 is now 2 of 3.")
    expect(stack.button(1, "up")).to_be_focused()
    assert stack.said() == [FIRST, THIRD, SECOND]
    assert stack.ids() == [before[0], before[2], before[1]]

    stack.reloaded()

    assert stack.said() == [FIRST, THIRD, SECOND]
    assert stack.ids() == [before[0], before[2], before[1]]
    assert stack.kept() == [FIRST, THIRD, SECOND]


def test_a_row_is_moved_by_alt_and_an_arrow(stack: Stack) -> None:
    what = stack.what(0)
    what.focus()
    what.press("Alt+ArrowDown")
    stack.announced("Visit 1 is now 2 of 3.")
    expect(stack.what(1)).to_be_focused()
    assert stack.said() == [SECOND, FIRST, THIRD]
    stack.what(1).press("Alt+ArrowDown")
    stack.announced("Visit 2 is now 3 of 3.")
    stack.what(2).press("Alt+ArrowDown")
    stack.announced("Visit 3 is the last.")
    assert stack.said() == [SECOND, THIRD, FIRST]


def test_a_row_is_dragged_by_its_handle(stack: Stack) -> None:
    _drag(stack, 2, 0)
    stack.page.mouse.up()
    stack.announced("Visit 3 is now 1 of 3.")
    assert stack.said() == [THIRD, FIRST, SECOND]

    stack.reloaded()

    assert stack.said() == [THIRD, FIRST, SECOND]


def test_escape_puts_a_dragged_row_back(stack: Stack) -> None:
    _drag(stack, 2, 0)
    stack.page.keyboard.press("Escape")
    stack.page.mouse.up()
    assert stack.said() == [FIRST, SECOND, THIRD]
    expect(stack.page.locator(".row--dragged")).to_have_count(0)


def test_a_copy_stands_below_with_the_same_words_and_another_id(stack: Stack) -> None:
    stack.button(0, "copy").click()
    expect(stack.rows).to_have_count(4)
    stack.announced("Visit 2 is a copy of Visit 1.")
    assert stack.said() == [FIRST, FIRST, SECOND, THIRD]
    assert len(set(stack.ids())) == 4
    ids = stack.ids()

    stack.reloaded()

    assert stack.said() == [FIRST, FIRST, SECOND, THIRD]
    assert stack.ids() == ids


def test_a_removed_row_is_put_back_where_it_was(stack: Stack) -> None:
    ids = stack.ids()
    stack.page.locator(".rows__add").click()  # so that there may be one less
    stack.announced("Visit 4 was added.")
    stack.button(1, "remove").click()
    stack.announced("Visit 2 was removed.")
    undo = stack.page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    assert stack.said() == [FIRST, THIRD, ""]
    undo.press("Enter")
    stack.announced("Visit 2 is back.")
    expect(stack.button(1, "remove")).to_be_focused()
    assert stack.said() == [FIRST, SECOND, THIRD, ""]
    assert stack.ids()[:3] == ids


def test_the_undo_of_one_removal_makes_way_for_the_next(stack: Stack) -> None:
    for _ in range(2):
        stack.page.locator(".rows__add").click()
    expect(stack.rows).to_have_count(5)
    stack.button(0, "remove").click()
    stack.button(0, "remove").click()
    expect(stack.page.locator(".rows__removed")).to_have_count(1)
    assert stack.said() == [THIRD, "", ""]


def test_choices_go_with_their_row(stack: Stack) -> None:
    """Radios share their name within a row; while rows are numbered anew none loses its choice."""
    radios = stack.page.locator(f'.rows[data-rows="{GROUP}"] input[type=radio]')
    before = radios.evaluate_all("all => all.map(one => one.checked)")
    stack.button(0, "down").click()
    stack.button(1, "up").click()
    assert radios.evaluate_all("all => all.map(one => one.checked)") == before


def _drag(stack: Stack, number: int, to: int) -> None:
    """Takes a row by its handle to just above another one, and holds it there."""
    folds = stack.page.locator(".row__fold")
    folds.evaluate_all("all => all.forEach(one => { one.open = false; })")
    handle = stack.rows.nth(number).locator(":scope > .row__handle")
    handle.scroll_into_view_if_needed()
    box, target = handle.bounding_box(), stack.rows.nth(to).bounding_box()
    assert box
    assert target
    mouse = stack.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, target["y"] + 2, steps=8)
