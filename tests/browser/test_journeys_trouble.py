"""What goes wrong while somebody types: two tabs, an ended session, a lost network.

The same promise each time: nothing that a person typed is ever lost.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from engine.credentials.credential import Edition
from engine.people import Actor
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse, free_text
from tests.conftest import PASSWORD

SAVED = re.compile(r"^Saved \d\d:\d\d$")
MINE, THEIRS = "Typed in the first window.", "Typed in the second window."


def test_two_tabs_of_one_page_keep_both_versions(
    house: LiveHouse, visits: Visits, edition: Edition, scripts: bool
) -> None:
    candidate = house.person()
    submission_id = house.prepared(edition, candidate)
    pointer, place, _ = free_text(edition)
    first = visits.open(candidate, scripts=scripts)
    second = first.context.new_page()
    for page in (first, second):
        page.goto(f"/submissions/{submission_id}/{place}")

    first.locator(f'[name="{pointer}"]').fill(MINE)
    _save(first, scripts)
    expect(first.locator(".error-summary")).to_have_count(0)
    second.bring_to_front()
    second.locator(f'[name="{pointer}"]').fill(THEIRS)
    if scripts:
        expect(second.locator("[data-saved]")).to_have_text("Not saved: there are two versions.")
        visits.look(second, "told")
        second.get_by_role("button", name="See both versions").click()
    else:
        _save(second, scripts)

    expect(second.get_by_role("heading", level=1)).to_contain_text("Two versions of")
    sides = second.locator(".conflict__side")
    expect(sides.filter(has_text="This device")).to_contain_text(THEIRS)
    expect(sides.filter(has_text="The other one")).to_contain_text(MINE)
    visits.look(second, "both-versions")
    assert house.stored(submission_id, pointer) == MINE
    second.get_by_label("Keep both, one after the other").check()
    second.get_by_role("button", name="Save what I chose").click()
    expect(second.get_by_role("heading", level=1)).not_to_contain_text("Two versions of")

    kept = house.stored(submission_id, pointer)
    assert MINE in kept
    assert THEIRS in kept
    # What was settled is settled: the page does not offer the words a second time.
    second.goto(f"/submissions/{submission_id}/{place}")
    expect(second.locator(f'[name="{pointer}"]')).to_have_value(kept)
    _offers_nothing(second)


@pytest.mark.parametrize("how", ["the cookie is gone", "signed out everywhere"])
def test_words_typed_after_the_session_ended_are_saved_after_signing_in_again(
    house: LiveHouse, visits: Visits, edition: Edition, scripts: bool, how: str
) -> None:
    candidate = house.person()
    submission_id = house.prepared(edition, candidate)
    pointer, place, _ = free_text(edition)
    page = visits.open(candidate, scripts=scripts)
    page.goto(f"/submissions/{submission_id}/{place}")
    if how == "the cookie is gone":
        page.context.clear_cookies()
    else:
        house.end_session(candidate)

    page.locator(f'[name="{pointer}"]').fill(MINE)
    if scripts:
        expect(page.get_by_role("main").get_by_text("You have been signed out")).to_be_visible()
        visits.look(page, "signed-out")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Sign in in a new tab").click()
        _sign_in(opened.value, candidate)
        expect(opened.value.get_by_role("heading", level=1)).to_have_text("My work")
        opened.value.close()
        page.bring_to_front()
        expect(page.locator("[data-saved]")).to_have_text(SAVED)
        expect(page.get_by_role("main").get_by_text("You have been signed out")).to_have_count(0)
    else:
        _save(page, scripts)
        expect(page.get_by_text("Nothing that you typed is lost")).to_be_visible()
        visits.look(page, "sign-in")
        _sign_in(page, candidate)
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
        if page.get_by_role("button", name="Go on and save it").count():
            page.get_by_role("button", name="Go on and save it").click()

    assert house.stored(submission_id, pointer) == MINE
    page.goto(f"/submissions/{submission_id}/{place}")
    expect(page.locator(f'[name="{pointer}"]')).to_have_value(MINE)
    _offers_nothing(page)


def test_save_and_continue_after_the_session_ended_goes_on_after_signing_in(
    house: LiveHouse, visits: Visits, garden: Edition
) -> None:
    """With scripts too, when somebody presses the button before autosave has noticed."""
    candidate = house.person()
    submission_id = house.prepared(garden, candidate)
    pointer, place, _ = free_text(garden)
    page = visits.open(candidate)
    page.goto(f"/submissions/{submission_id}/{place}")
    page.context.clear_cookies()

    page.locator(f'[name="{pointer}"]').fill(MINE)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_text("Nothing that you typed is lost")).to_be_visible()
    _sign_in(page, candidate)
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")

    assert house.stored(submission_id, pointer) == MINE
    page.goto(f"/submissions/{submission_id}/{place}")
    _offers_nothing(page)


def test_typing_goes_on_through_a_lost_network(
    house: LiveHouse, visits: Visits, edition: Edition
) -> None:
    candidate = house.person()
    submission_id = house.prepared(edition, candidate)
    pointer, place, words = free_text(edition)
    page = visits.open(candidate)
    page.goto(f"/submissions/{submission_id}/{place}")
    saved = page.locator("[data-saved]")

    page.wait_for_load_state("networkidle")  # scripts included; from here on nothing loads
    page.context.set_offline(True)
    page.locator(f'[name="{pointer}"]').fill(MINE)
    expect(saved).to_contain_text("Kept on this device")
    visits.look(page, "offline")
    page.locator(f'[name="{pointer}"]').press_sequentially(" More.")
    assert house.stored(submission_id, pointer).strip() == words
    page.context.set_offline(False)
    expect(saved).to_have_text(SAVED)

    assert house.stored(submission_id, pointer) == f"{MINE} More."


def test_words_typed_before_the_scripts_are_here_are_saved_once_they_are(
    house: LiveHouse, visits: Visits, garden: Edition
) -> None:
    candidate = house.person()
    submission_id = house.prepared(garden, candidate)
    pointer, place, _ = free_text(garden)
    page = visits.open(candidate)
    late: list[Route] = []
    page.route("**/js/autosave.js*", lambda route: late.append(route))
    page.goto(f"/submissions/{submission_id}/{place}")

    page.locator(f'[name="{pointer}"]').fill(MINE)
    late[0].continue_()
    expect(page.locator("[data-saved]")).to_have_text(SAVED)

    assert house.stored(submission_id, pointer) == MINE


def test_words_that_never_arrived_are_offered_back_when_the_page_opens_again(
    house: LiveHouse, visits: Visits, garden: Edition
) -> None:
    candidate = house.person()
    submission_id = house.prepared(garden, candidate)
    pointer, place, _ = free_text(garden)
    page = visits.open(candidate)
    page.goto(f"/submissions/{submission_id}/{place}")
    page.wait_for_load_state("networkidle")  # scripts included; from here on nothing loads
    page.context.set_offline(True)
    page.locator(f'[name="{pointer}"]').fill(MINE)
    expect(page.locator("[data-saved]")).to_contain_text("Kept on this device")
    visits.lose(page)

    again = visits.contexts[-1].new_page()
    again.context.set_offline(False)
    again.goto(f"/submissions/{submission_id}/{place}")
    expect(again.get_by_role("main").get_by_text("did not reach us")).to_be_visible()
    visits.look(again, "offered-back")
    again.get_by_role("button", name="Put them back").click()
    expect(again.locator(f'[name="{pointer}"]')).to_have_value(MINE)
    expect(again.locator("[data-saved]")).to_have_text(SAVED)
    assert house.stored(submission_id, pointer) == MINE


def _offers_nothing(page: Page) -> None:
    """No words are offered back, once the scripts that would do so have run."""
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("did not reach us")).to_have_count(0)


def _save(page: Page, scripts: bool) -> None:
    if scripts:
        expect(page.locator("[data-saved]")).to_have_text(SAVED)
    else:
        page.get_by_role("button", name="Save and continue").click()


def _sign_in(page: Page, who: Actor) -> None:
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
