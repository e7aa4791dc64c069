"""Journey 2: a candidate opens a credential from the catalogue, fills it, and hands it in."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from engine.credentials.credential import Edition
from engine.people import Actor
from tests.browser.conftest import Visits
from tests.browser.hand import Hand
from tests.browser.house import LiveHouse, page_urls, transition_that, trimmed, workflow_of
from tests.conftest import PASSWORD


def test_candidate_goes_from_the_catalogue_to_a_handed_in_submission(
    house: LiveHouse, visits: Visits, edition: Edition, scripts: bool
) -> None:
    candidate = house.person()
    house.recognise_prerequisites(candidate, edition)
    page = visits.open(scripts=scripts)
    hand = Hand(page, scripts)

    _begin(page, candidate, edition, visits)
    pages = page_urls(edition, page.url.rsplit("/", 1)[1])

    # Nothing answered: the page names what is missing, and each line leads to its field.
    page.goto(pages[0])
    page.get_by_role("button", name="Save and continue").click()
    _follow_problem(page, page.locator(".error-summary li a").count() - 1, scripts)
    visits.look(page, "problems")

    if scripts:
        hand.fill(edition.examples)
        expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^Saved \d\d:\d\d$"))
        # Saved without a button: leaving by any link loses nothing.
    else:
        hand.complete(edition.examples)
        page.goto(pages[0])
    kept = _values(page)

    page.goto("/my-work")
    visits.look(page, "my-work")
    page.get_by_role("link", name=f"Go on {edition.credential.title}").click()
    expect(page.locator(".task").first.locator(".task__state")).to_have_text("Complete")
    page.locator(".task__name a").first.click()
    expect(page).to_have_url(house.url + pages[0])
    assert _values(page) == kept

    # Not complete: handing in is refused, with links to what is missing.
    page.goto(f"{pages[0].rsplit('/', 2)[0]}/check")
    visits.look(page, "refused")
    expect(page.locator(".error-summary")).to_be_visible()
    submit = transition_that(edition, "snapshot", leaving="open")
    expect(page.get_by_role("button", name=submit.label, exact=True)).to_have_count(0)
    _follow_problem(page, 0, scripts)

    for url in pages[1:]:
        page.goto(url)
        hand.complete(edition.examples)
        expect(page).not_to_have_url(re.compile(re.escape(url)))

    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    expect(page.locator(".error-summary")).to_have_count(0)
    visits.look(page, "check")
    page.get_by_role("button", name=submit.label, exact=True).click()

    handed_in = workflow_of(edition).states[submit.target]
    expect(page.locator(".flash")).to_contain_text(handed_in.public_label)
    visits.look(page, "handed-in")
    submission = house.submission_of(candidate)
    assert submission.state == submit.target
    assert trimmed(house.handed_in(submission.id)) == trimmed(edition.examples)
    # The answers are closed now, and can still be read.
    page.goto(pages[0])
    expect(page.get_by_role("button", name="Save and continue")).to_have_count(0)


def test_rows_that_say_nothing_yet_stand_open_and_answered_ones_are_folded(
    house: LiveHouse, visits: Visits, garden: Edition
) -> None:
    candidate = house.person()
    page = visits.open(candidate)
    page.goto(f"/credentials/{garden.credential.id}")
    page.get_by_role("button", name="Begin").click()
    expect(page).to_have_url(re.compile("/submissions/"))
    url = page_urls(garden, page.url.rsplit("/", 1)[1])[1]
    folds = page.locator(".row__fold")

    page.goto(url)
    expect(folds).to_have_count(3)
    expect(page.locator(".row__fold[open]")).to_have_count(3)

    Hand(page, scripts=True).complete(garden.examples)
    page.goto(url)
    expect(page.locator(".row__fold:not([open])")).to_have_count(2)
    expect(folds.last).to_have_attribute("open", "")


def _begin(page: Page, candidate: Actor, edition: Edition, visits: Visits) -> None:
    """From the catalogue over signing in to the task list."""
    page.goto("/")
    visits.look(page, "catalogue")
    page.get_by_role("link", name=edition.credential.title, exact=True).click()
    visits.look(page, "credential")
    for id in edition.credential.prerequisites.credentials:
        expect(page.locator(".pathway").get_by_text(edition.titles[id])).to_be_visible()
    page.get_by_role("button", name="Sign in and begin").click()
    page.get_by_label("E-mail").fill(candidate.email)
    page.get_by_label("Password").fill(PASSWORD)
    visits.look(page, "sign-in")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(edition.credential.title)
    visits.look(page, "task-list")


def _follow_problem(page: Page, number: int, scripts: bool) -> None:
    """A line of the error summary leads to the field that it is about."""
    link = page.locator(".error-summary li a").nth(number)
    words = link.inner_text()
    if scripts and "check=1" in page.url:
        expect(page.locator(".error-summary")).to_be_focused()
    link.click()
    expect(page).to_have_url(re.compile("#"))
    pointer = page.evaluate("decodeURIComponent(location.hash.slice(1))")
    target = page.locator(f'[id="{pointer}"]')
    expect(target).to_be_in_viewport()
    place = target.locator(
        "xpath=ancestor-or-self::*[contains(concat(' ', @class, ' '), ' field--error ')][1]"
    )
    expect(place.locator(".field__error").first).to_contain_text(words)
    if scripts:
        expect(page.locator(":focus")).to_have_attribute("id", re.compile(re.escape(pointer)))


def _values(page: Page) -> list[list[str]]:
    """Everything that the page's form says, as the browser would post it."""
    said: list[list[str]] = page.evaluate(
        "[...new FormData(document.querySelector('form[data-autosave]'))]"
        ".filter(([name, value]) => name.startsWith('/') && typeof value === 'string')"
    )
    return said
