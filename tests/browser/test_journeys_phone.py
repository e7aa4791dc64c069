"""A phone in the hand: everything fits, nothing scrolls sideways."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from engine.credentials.credential import Edition
from tests.browser.conftest import Visits
from tests.browser.hand import Hand
from tests.browser.house import LiveHouse, page_urls, transition_that, trimmed, workflow_of

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
TARGET = 44
"""The least height of what a finger presses, in CSS pixels."""


def test_a_credential_goes_from_begin_to_handed_in_by_touch(
    house: LiveHouse, visits: Visits, edition: Edition
) -> None:
    """Every page fits the phone, empty and filled, and every finger finds its target."""
    candidate = house.person()
    house.recognise_prerequisites(candidate, edition)
    page = visits.open(candidate, **PHONE)
    hand = TouchHand(page, scripts=True)
    page.goto(f"/credentials/{edition.credential.id}")
    _seen(page, visits, "00-credential")
    hand.press(page.get_by_role("button", name="Begin"))
    expect(page.get_by_role("heading", level=1)).to_have_text(edition.credential.title)
    _seen(page, visits, "01-task-list")
    hand.press(page.locator(".task__name a").first)

    for number, url in enumerate(page_urls(edition, house.submission_of(candidate).id), 2):
        expect(page).to_have_url(house.url + url)
        name = f"{number:02}-{url.rsplit('/', 1)[1]}"
        _seen(page, visits, f"{name}-empty")
        _fingers_fit(page)
        hand.fill(edition.examples)
        _seen(page, visits, name)
        _fingers_fit(page)
        hand.press(page.get_by_role("button", name="Save and continue"))
        expect(page).not_to_have_url(re.compile(re.escape(url)))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    _seen(page, visits, f"{number + 1:02}-check")
    submit = transition_that(edition, "snapshot", leaving="open")
    hand.press(page.get_by_role("button", name=submit.label, exact=True))

    state = workflow_of(edition).states[submit.target]
    expect(page.locator(".flash")).to_contain_text(state.public_label)
    _seen(page, visits, f"{number + 2:02}-handed-in")
    assert trimmed(house.handed_in(house.submission_of(candidate).id)) == trimmed(edition.examples)


def test_the_panes_of_a_desk_are_tabs_on_a_phone(
    house: LiveHouse, visits: Visits, edition: Edition, scripts: bool
) -> None:
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="decide")
    page = visits.open(reviewer, scripts=scripts, **PHONE)
    page.goto("/queue")
    _fits(page)
    visits.look(page, "queue")
    page.goto(f"/review/{submission_id}")
    _fits(page)
    visits.look(page, "answers")
    first = page.locator(".look-for").first
    if scripts:
        expect(first).to_be_hidden()
        page.get_by_role("tab", name="Scoring guides").click()
    expect(first).to_be_visible()
    _fits(page)
    visits.look(page, "guides")


@dataclass(frozen=True)
class TouchHand(Hand):
    """Fills forms as `Hand` does, by taps."""

    def press(self, button: Locator) -> None:
        button.tap()

    def tick(self, choice: Locator, on: bool = True) -> None:
        if choice.is_checked() != on:
            choice.tap()
        expect(choice).to_be_checked(checked=on)

    def search(self, box: Locator, words: str) -> None:
        box.tap()
        box.fill(words)
        box.locator("xpath=..").get_by_role("option", name=words, exact=True).tap()


def _seen(page: Page, visits: Visits, what: str) -> None:
    _fits(page)
    visits.look(page, what)


def _fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["viewport"]["width"], f"{page.url} is {wide} wide"


def _fingers_fit(page: Page) -> None:
    """Buttons and inputs are tall enough; of a tick box, its label counts as well."""
    small = page.evaluate(
        """least => [...document.querySelectorAll(
             "main :is(button, select, textarea, input:not([type=hidden]))")]
           .map(one => [one, one.closest("label, .choice") ?? one])
           .filter(([one, place]) => one.offsetParent && one.tabIndex >= 0
             && place.getBoundingClientRect().height < least)
           .map(([one]) => one.outerHTML.slice(0, 120))""",
        TARGET,
    )
    assert small == []
