"""The journeys without a mouse: forms by Tab, Space, Enter and arrows; the desk by letters."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine.credentials.credential import Edition
from tests.browser.conftest import Visits
from tests.browser.house import (
    INSTRUCTIONAL_COACH,
    LiveHouse,
    page_urls,
    transition_that,
    transition_to,
    trimmed,
    workflow_of,
)
from tests.browser.keyboard import KeyboardHand

MOST_CLICKS = 20
"""Fewer than these lead a reviewer from claiming to the award, with one return in between."""


def test_a_credential_goes_from_begin_to_handed_in_by_keyboard_alone(
    house: LiveHouse, visits: Visits, edition: Edition
) -> None:
    candidate = house.person()
    house.recognise_prerequisites(candidate, edition)
    page = visits.open(candidate)
    hand = KeyboardHand(page, scripts=True)

    page.goto(f"/credentials/{edition.credential.id}")
    visits.look(page, "00-credential")
    hand.press(page.get_by_role("button", name="Begin"))
    expect(page.locator(".task").first).to_be_visible()
    visits.look(page, "01-task-list")
    hand.press(page.locator(".task__name a").first)
    for number, url in enumerate(page_urls(edition, house.submission_of(candidate).id), 2):
        expect(page).to_have_url(house.url + url)
        hand.fill(edition.examples)
        visits.look(page, f"{number:02}-{url.rsplit('/', 1)[1]}")
        hand.press(page.get_by_role("button", name="Save and continue"))
        expect(page).not_to_have_url(re.compile(re.escape(url)))
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    visits.look(page, f"{number + 1:02}-check")
    submit = transition_that(edition, "snapshot", leaving="open")
    hand.press(page.get_by_role("button", name=submit.label, exact=True))

    state = workflow_of(edition).states[submit.target]
    expect(page.locator(".flash")).to_contain_text(state.public_label)
    visits.look(page, f"{number + 2:02}-handed-in")
    assert trimmed(house.handed_in(house.submission_of(candidate).id)) == trimmed(edition.examples)


def test_an_answer_of_ones_own_is_given_by_keyboard(house: LiveHouse, visits: Visits) -> None:
    edition = house.edition(INSTRUCTIONAL_COACH)
    candidate = house.person()
    submission_id = house.prepared(edition, candidate)
    page = visits.open(candidate)
    pages = page_urls(edition, submission_id)
    said = {"questionnaire": {"tool": "A tool of our own"}}

    page.goto(next(url for url in pages if url.endswith("/tool")))
    KeyboardHand(page, scripts=True).complete(said)

    assert house.stored(submission_id, "/questionnaire/tool") == "A tool of our own"


def test_rows_are_removed_and_put_back_by_keyboard(
    house: LiveHouse, visits: Visits, garden: Edition
) -> None:
    candidate = house.person()
    submission_id = house.prepared(garden, candidate)
    page = visits.open(candidate)
    hand = KeyboardHand(page, scripts=True)
    page.goto(page_urls(garden, submission_id)[1])
    rows = page.locator(".row")
    before = rows.count()

    hand.press(page.locator(".rows__add"))
    expect(rows).to_have_count(before + 1)
    # The cursor is in the new row, ready to type.
    assert rows.nth(before).evaluate("it => it.contains(document.activeElement)")
    hand.press(rows.nth(0).locator(".row__remove"))
    expect(rows).to_have_count(before)
    put_back = page.get_by_role("button", name="Undo")
    expect(put_back).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(before + 1)
    expect(rows.nth(0).locator(".row__title")).to_contain_text(
        garden.examples["plot"]["visits"][0]["what"]
    )


def test_the_first_tab_leads_past_the_head_of_the_page(visits: Visits) -> None:
    page = visits.open()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_desk_is_worked_by_letters(house: LiveHouse, visits: Visits, edition: Edition) -> None:
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="decide")
    page = visits.open(reviewer)
    page.goto(f"/review/{submission_id}")
    look_fors = page.locator(".look-for")
    here = page.locator(".look-for--here")
    tally = page.locator("[data-tally]")
    total = look_fors.count()
    expect(page.get_by_role("button", name="Keys")).to_be_visible()

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("next look-for")
    visits.look(page, "keys")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    for _ in range(total):
        page.keyboard.press("j")
        page.keyboard.press("y")
    expect(tally).to_contain_text(f"{total} of {total} look-fors decided: {total} yes")
    page.keyboard.press("k")
    expect(here).to_have_id(look_fors.nth(total - 2).get_attribute("id") or "")
    page.keyboard.press("n")
    notes = here.get_by_label("Notes")
    expect(notes).to_be_focused()
    # Letters are letters again while one writes.
    page.keyboard.type("Not yet; just say why, jointly.")
    expect(notes).to_have_value("Not yet; just say why, jointly.")
    expect(tally).to_contain_text(f"{total - 1} yes, 1 not yet")
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"Saved \d\d:\d\d"))
    visits.look(page, "by-letters")

    page.reload()
    expect(tally).to_contain_text(f"{total - 1} yes, 1 not yet")
    expect(look_fors.nth(total - 2).get_by_label("Notes")).to_have_value(
        "Not yet; just say why, jointly."
    )


def test_letters_count_again_at_once_when_the_list_of_keys_is_closed(
    house: LiveHouse, visits: Visits, garden: Edition
) -> None:
    """Where nothing had the focus before, it stays in the closed dialog until the next frame."""
    reviewer = house.person("reviewer")
    submission_id = house.prepared(garden, house.person(), reviewer, kind="decide")
    page = visits.open(reviewer)
    page.goto(f"/review/{submission_id}")
    page.get_by_role("button", name="Keys").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").evaluate(
        """dialog => { dialog.close(); document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key: "j", bubbles: true })); }"""
    )
    expect(page.locator(".look-for").first).to_have_class(re.compile("look-for--here"))


@pytest.mark.parametrize("keys", [False, True], ids=["mouse", "letters"])
def test_claim_to_award_with_one_return_takes_fewer_clicks_than_twenty(
    house: LiveHouse, visits: Visits, edition: Edition, keys: bool
) -> None:
    candidate, reviewer = house.person(), house.person("reviewer")
    submission_id = house.prepared(edition, candidate, reviewer, kind="review")
    page = visits.open(reviewer)
    clicks: list[str] = []
    page.context.expose_binding("noteClick", lambda _, where: clicks.append(where))
    page.add_init_script(
        "addEventListener('pointerdown', (event) => event.isTrusted"
        " && noteClick(event.target.textContent.trim().slice(0, 40)), true)"
    )
    page.goto("/queue")

    _claim(page, candidate.name, edition)
    _score(page, last="N", keys=keys)
    page.get_by_role("button", name=transition_to(edition, "open", "decide").label).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review queue")
    house.hand_in_again(edition, submission_id, candidate)
    page.reload()
    _claim(page, candidate.name, edition)
    _score(page, last="Y", keys=keys)
    award = transition_that(edition, "issue", leaving="decide")
    page.get_by_role("button", name=award.label, exact=True).click()
    if award.confirm:
        expect(page.get_by_role("link", name="No, go back")).to_be_visible()
        page.get_by_role("button", name=award.label, exact=True).click()
    expect(page.locator(".flash")).to_be_visible()

    assert house.submission_of(candidate).state == award.target
    assert len(clicks) < MOST_CLICKS, clicks


def _claim(page: Page, candidate: str, edition: Edition) -> None:
    row = page.get_by_role("row").filter(has_text=candidate)
    row.get_by_role("button", name=transition_that(edition, "assign").label).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(candidate)


def _score(page: Page, last: str, keys: bool) -> None:
    """Decide what is not decided, the last one with `last`; a click only where one is needed."""
    look_fors = page.locator(".look-for")
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    for number in range(look_fors.count()):
        one = look_fors.nth(number)
        value = last if number == look_fors.count() - 1 else "Y"
        radio = one.locator(f'input[type=radio][value="{value}"]')
        if keys:
            page.keyboard.press("j")
            page.keyboard.press(value.lower())
        elif not radio.is_checked():
            radio.check()
        expect(radio).to_be_checked()
    if last == "N":
        notes = look_fors.last.get_by_label("Notes")
        if not keys:
            notes.click()
        expect(notes).to_be_focused()
        page.keyboard.insert_text("Show me one example, please.")
