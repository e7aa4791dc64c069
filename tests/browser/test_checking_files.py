"""A visitor brings the file of a certificate: chosen, with scripts or without, or dropped."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.certificates import bring
from tests.browser.conftest import Visits
from tests.web.test_file_verification import of_others

ANSWER = "Not from here. The signature fits the key in the badge."
DROP = """(files) => {
    const carried = new DataTransfer();
    for (const text of files) carried.items.add(new File([text], "badge.json"));
    for (const kind of ["dragover", "drop"]) {
        const event = new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true});
        document.querySelector("h1").dispatchEvent(event);
    }
}"""


def test_a_chosen_file_is_checked(visits: Visits, scripts: bool) -> None:
    page = visits.open(scripts=scripts)
    page.goto("/verify")
    bring(page, of_others())
    expect(page.locator("h1")).to_have_text(ANSWER)
    visits.look(page, "checked")


def test_a_file_may_be_dropped_anywhere_on_the_page(visits: Visits) -> None:
    page = visits.open()
    page.goto("/verify")
    expect(page.get_by_text("You can also drop it anywhere on this page.")).to_be_visible()
    with page.expect_navigation():
        _drop(page, of_others().decode())
    expect(page.locator("h1")).to_have_text(ANSWER)


def test_two_files_dropped_at_once_are_asked_for_one_by_one(visits: Visits) -> None:
    page = visits.open()
    page.goto("/verify")
    expect(page.get_by_text("You can also drop it anywhere on this page.")).to_be_visible()
    _drop(page, "{}", "{}")
    expect(page.locator("#announcements")).to_have_text("Drop one file at a time.")
    assert page.url.endswith("/verify")


def _drop(page: Page, *files: str) -> None:
    page.evaluate(DROP, list(files))
