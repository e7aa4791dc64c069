"""A phone in the hand: everything fits, nothing scrolls sideways."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from engine.credentials.credential import Edition
from tests.browser.conftest import Visits
from tests.browser.hand import Hand
from tests.browser.house import LiveHouse, page_urls

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
TARGET = 44
"""The least height of what a finger presses, in CSS pixels."""


def test_every_page_of_a_form_fits_a_phone_empty_and_filled(
    house: LiveHouse, visits: Visits, edition: Edition
) -> None:
    candidate = house.person()
    page = visits.open(candidate, **PHONE)
    page.goto(f"/credentials/{edition.credential.id}")
    _fits(page)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(edition.credential.title)
    _fits(page)
    visits.look(page, "task-list")
    submission_id = page.url.rsplit("/", 1)[1]
    hand = Hand(page, scripts=True)

    for url in page_urls(edition, submission_id):
        page.goto(f"{url}?check=1")
        _fits(page)
        _fingers_fit(page)
        visits.look(page, f"empty-{url.rsplit('/', 1)[1]}")
        hand.fill(edition.examples)
        _fits(page)
        visits.look(page, f"filled-{url.rsplit('/', 1)[1]}")
    page.goto(f"/submissions/{submission_id}/check")
    _fits(page)
    visits.look(page, "check")


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


def _fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["viewport"]["width"], f"{page.url} is {wide} wide"


def _fingers_fit(page: Page) -> None:
    """Buttons and inputs are tall enough; of a tick box, its label counts as well."""
    small = page.evaluate(
        """least => [...document.querySelectorAll(
             "main :is(button, select, textarea, input:not([type=hidden]))")]
           .map(one => [one, one.closest(".choice") ?? one])
           .filter(([one, place]) => one.offsetParent && one.tabIndex >= 0
             && place.getBoundingClientRect().height < least)
           .map(([one]) => one.outerHTML.slice(0, 120))""",
        TARGET,
    )
    assert small == []
