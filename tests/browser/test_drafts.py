"""Drafts with scripts: questions that come up while one types, goals in numbers, and words that
survive a lost connection, a closed window, another device and the next person at the computer."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from engine.credentials.credential import Edition
from engine.people import Actor
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse, free_text

SAVED = re.compile(r"^Saved \d\d:\d\d$")
MINE, THEIRS = "Typed in the first window.", "Typed in the second window."
KEPT = "Kept on this device. It will be saved when you are back online."
LOST = "did not reach us"


def begin(house: LiveHouse, page: Page, credential_id: str, place: str = "answers/answers") -> str:
    """Open a tiny credential as a person does; the address of a page of it."""
    page.goto(f"/credentials/{credential_id}")
    page.get_by_role("button", name="Begin").click()
    expect(page).to_have_url(re.compile("/submissions/"))
    url = f"{page.url}/{place}"
    page.goto(url)
    return url


class TestQuestionsThatComeUp:
    def test_a_choice_shows_and_hides_at_once(self, house: LiveHouse, visits: Visits) -> None:
        page = visits.open(house.person())
        begin(house, page, "field-if-then")
        where = page.get_by_label("Where to?")
        why_not = page.get_by_label("Why not?")
        expect(where).to_be_hidden()

        page.get_by_label("Yes", exact=True).check()
        expect(where).to_be_visible()
        expect(why_not).to_be_hidden()
        expect(page.locator("#announcements")).to_have_text("1 more question appeared below.")
        where.fill("Oslo")
        page.get_by_label("No", exact=True).check()
        expect(where).to_be_hidden()
        page.get_by_label("Yes", exact=True).check()
        expect(where).to_have_value("Oslo")

    def test_choice_made_before_the_scripts_are_here_is_told_once_they_are(
        self, house: LiveHouse, visits: Visits
    ) -> None:
        page = visits.open(house.person())
        held: list[Route] = []
        page.route("**/js/conditions.js*", lambda route: held.append(route))
        begin(house, page, "field-if-then")
        page.get_by_label("Yes", exact=True).check()
        expect(page.get_by_label("Where to?")).to_be_hidden()

        for route in held:
            route.continue_()

        expect(page.get_by_label("Where to?")).to_be_visible()
        expect(page.locator("#announcements")).to_have_text("1 more question appeared below.")

    def test_page_that_opens_as_it_was_left_tells_nothing(
        self, house: LiveHouse, visits: Visits
    ) -> None:
        page = visits.open(house.person())
        begin(house, page, "field-if-then")
        page.get_by_label("Yes", exact=True).check()
        expect(page.locator("[data-saved]")).to_have_text(SAVED)
        page.reload()
        expect(page.get_by_label("Where to?")).to_be_visible()
        expect(page.locator("input[name=_live]")).to_have_count(1)  # the script has started
        page.wait_for_timeout(200)
        expect(page.locator("#announcements")).to_be_empty()

    def test_two_things_said_in_one_breath_are_both_heard(
        self, house: LiveHouse, visits: Visits
    ) -> None:
        page = visits.open()
        page.goto("/")
        page.evaluate(
            "import('/static/js/announce.js').then(({ say }) => { say('One.'); say('Two.'); })"
        )
        expect(page.locator("#announcements")).to_have_text("One. Two.")

    def test_any_other_condition_shows_soon_after_the_last_key(
        self, house: LiveHouse, visits: Visits
    ) -> None:
        page = visits.open(house.person())
        begin(house, page, "field-if-judged")
        room = page.get_by_label("Which room was large enough?")
        count = page.get_by_label("How many children took part?")
        expect(room).to_be_hidden()

        count.fill("25")

        expect(room).to_be_visible()
        expect(page.locator("#announcements")).to_have_text("2 more questions appeared below.")
        expect(count).to_be_focused()
        visits.look(page, "appeared")
        page.get_by_label("Their age").fill("16")
        expect(page.get_by_label("Who agreed to that?")).to_be_visible()
        count.fill("3")
        expect(room).to_be_hidden()

    def test_conditions_hold_within_rows_that_were_just_added(
        self, house: LiveHouse, visits: Visits
    ) -> None:
        page = visits.open(house.person())
        begin(house, page, "field-if-judged")
        for _ in range(2):
            page.get_by_role("button", name="Add a helper").click()
        hours = page.get_by_label("Hours")
        expect(hours).to_have_count(2)

        hours.nth(1).fill("12")

        tasks = page.get_by_label("What did they do all that time?")
        expect(tasks.nth(1)).to_be_visible()
        expect(tasks.nth(0)).to_be_hidden()

    def test_going_on_at_once_stops_at_what_just_came_up(
        self, house: LiveHouse, visits: Visits
    ) -> None:
        page = visits.open(house.person())
        url = begin(house, page, "field-if-judged")
        page.get_by_label("How many children took part?").fill("25")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(re.escape(url)))
        expect(page.get_by_label("Which room was large enough?")).to_be_visible()


def test_bars_follow_each_save(house: LiveHouse, visits: Visits) -> None:
    page = visits.open(house.person())
    begin(house, page, "field-requirements", "visits/visits")
    bar = page.locator(".bar").filter(has_text="Peers visited")
    expect(bar.locator(".bar__words")).to_have_text("0 of 3 peers")

    page.locator('[name="/visits/visited/0"]').fill("Ben")

    expect(bar.locator(".bar__words")).to_have_text("1 of 3 peers")
    expect(page.get_by_role("progressbar", name="Peers visited")).to_have_js_property("value", 1)
    visits.look(page, "bars")


class TestLostConnections:
    def page_of(
        self, house: LiveHouse, visits: Visits, garden: Edition, candidate: Actor
    ) -> tuple[Page, str, str]:
        submission_id = house.prepared(garden, candidate)
        pointer, place, _ = free_text(garden)
        page = visits.open(candidate)
        page.goto(f"/submissions/{submission_id}/{place}")
        page.wait_for_load_state("networkidle")  # scripts included
        return page, pointer, submission_id

    def test_words_are_kept_while_offline_and_saved_when_back(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        page, pointer, submission_id = self.page_of(house, visits, garden, house.person())
        page.context.set_offline(True)
        page.locator(f'[name="{pointer}"]').fill(MINE)
        expect(page.locator("[data-saved]")).to_have_text(KEPT)
        visits.look(page, "offline")
        visits.troubles.clear()  # the browser reports the lost connection itself

        page.context.set_offline(False)

        expect(page.locator("[data-saved]")).to_have_text(SAVED)
        assert house.stored(submission_id, pointer) == MINE

    def test_a_failing_line_is_told_like_a_lost_one_and_tried_again(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        page, pointer, submission_id = self.page_of(house, visits, garden, house.person())
        failed: list[str] = []

        def fail(route: Route) -> None:
            if route.request.method == "POST" and not failed:
                failed.append(route.request.url)
                route.abort("connectionreset")
            else:
                route.fallback()

        page.route("**/*", fail)
        page.locator(f'[name="{pointer}"]').fill(MINE)
        expect(page.locator("[data-saved]")).to_have_text(KEPT)
        visits.troubles.clear()
        expect(page.locator("[data-saved]")).to_have_text(SAVED)
        assert house.stored(submission_id, pointer) == MINE

    def test_words_of_a_lost_window_are_offered_and_put_back(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        page, pointer, submission_id = self.page_of(house, visits, garden, house.person())
        url, context = page.url, page.context
        context.set_offline(True)
        page.locator(f'[name="{pointer}"]').fill(MINE)
        expect(page.locator("[data-saved]")).to_have_text(KEPT)
        visits.lose(page)
        visits.troubles.clear()
        context.set_offline(False)

        again = context.new_page()
        again.goto(url)
        expect(again.get_by_role("main").get_by_text(LOST)).to_be_visible()
        visits.look(again, "offered")
        with again.expect_response(lambda answer: answer.request.method == "POST"):
            again.get_by_role("button", name="Put them back").click()
        expect(again.locator("[data-saved]")).to_have_text(SAVED)

        assert house.stored(submission_id, pointer) == MINE
        again.goto(url)
        expect(again.locator(f'[name="{pointer}"]')).to_have_value(MINE)
        expect(again.get_by_role("main").get_by_text(LOST)).to_have_count(0)

    def test_putting_back_leaves_what_was_saved_elsewhere_since(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        candidate = house.person()
        page, pointer, submission_id = self.page_of(house, visits, garden, candidate)
        url, context = page.url, page.context
        context.set_offline(True)
        page.locator(f'[name="{pointer}"]').fill(MINE)
        expect(page.locator("[data-saved]")).to_have_text(KEPT)
        visits.lose(page)
        visits.troubles.clear()
        other = visits.open(candidate)
        other.goto(url)
        with other.expect_response(lambda answer: answer.request.method == "POST"):
            other.locator('[name="/plot/area"]').fill("77")
        expect(other.locator("[data-saved]")).to_have_text(SAVED)
        context.set_offline(False)

        again = context.new_page()
        again.goto(url)
        with again.expect_response(lambda answer: answer.request.method == "POST"):
            again.get_by_role("button", name="Put them back").click()
        expect(again.locator("[data-saved]")).to_have_text(SAVED)

        assert house.stored(submission_id, pointer) == MINE
        assert house.stored(submission_id, "/plot/area") == 77

    def test_where_both_changed_the_same_question_both_versions_are_shown(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        candidate = house.person()
        page, pointer, _ = self.page_of(house, visits, garden, candidate)
        url, context = page.url, page.context
        context.set_offline(True)
        page.locator(f'[name="{pointer}"]').fill(MINE)
        expect(page.locator("[data-saved]")).to_have_text(KEPT)
        visits.lose(page)
        visits.troubles.clear()
        other = visits.open(candidate)
        other.goto(url)
        with other.expect_response(lambda answer: answer.request.method == "POST"):
            other.locator(f'[name="{pointer}"]').fill(THEIRS)
        expect(other.locator("[data-saved]")).to_have_text(SAVED)
        context.set_offline(False)

        again = context.new_page()
        again.goto(url)
        again.get_by_role("button", name="Put them back").click()
        expect(again.locator("[data-saved]")).to_have_text("Not saved: there are two versions.")
        visits.troubles.clear()  # the 409
        again.get_by_role("button", name="See both versions").click()
        sides = again.locator(".conflict__side")
        expect(sides.filter(has_text="This device")).to_contain_text(MINE)
        expect(sides.filter(has_text="The other one")).to_contain_text(THEIRS)
        expect(again.locator(".conflict__field")).to_have_count(1)
        visits.troubles.clear()

    def test_two_windows_of_one_page_keep_a_copy_each(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        page, pointer, _ = self.page_of(house, visits, garden, house.person())
        context = page.context
        second = context.new_page()
        second.goto(page.url)
        second.wait_for_load_state("networkidle")
        context.set_offline(True)
        for window, words in ((page, MINE), (second, THEIRS)):
            window.bring_to_front()
            window.locator(f'[name="{pointer}"]').fill(words)
            expect(window.locator("[data-saved]")).to_have_text(KEPT)
        kept = second.evaluate("Object.values(localStorage).join(' ')")
        assert MINE in kept
        assert THEIRS in kept
        visits.troubles.clear()


class TestSharedComputers:
    def test_signing_out_saves_first_and_leaves_nothing_behind(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        candidate = house.person()
        submission_id = house.prepared(garden, candidate)
        pointer, place, _ = free_text(garden)
        page = visits.open(candidate)
        page.goto(f"/submissions/{submission_id}/{place}")
        page.wait_for_load_state("networkidle")
        page.locator(f'[name="{pointer}"]').fill(MINE)
        page.get_by_role("button", name="Sign out").click()

        expect(page.locator(".flash")).to_have_text("You are signed out.")
        assert house.stored(submission_id, pointer) == MINE
        assert (
            page.evaluate("Object.keys(localStorage).filter(n => n.startsWith('accolade:'))") == []
        )

    def test_words_that_cannot_be_saved_are_asked_about_first(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        candidate = house.person()
        submission_id = house.prepared(garden, candidate)
        pointer, place, _ = free_text(garden)
        page = visits.open(candidate)
        page.goto(f"/submissions/{submission_id}/{place}")
        page.route(
            "**/*",
            lambda route: (
                route.abort()
                if route.request.method == "POST" and "sign-out" not in route.request.url
                else route.fallback()
            ),
        )
        page.locator(f'[name="{pointer}"]').fill(MINE)
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("#unsaved")).to_contain_text("have not reached us")
        visits.look(page, "signing-out")
        visits.troubles.clear()

        page.get_by_role("button", name="Sign out and remove them").click()
        expect(page.locator(".flash")).to_have_text("You are signed out.")
        assert (
            page.evaluate("Object.keys(localStorage).filter(n => n.startsWith('accolade:'))") == []
        )
        visits.troubles.clear()

    def test_the_next_person_is_not_shown_what_somebody_left(
        self, house: LiveHouse, visits: Visits, garden: Edition
    ) -> None:
        """The first one's session ended by time: their words wait for them alone."""
        first, second = house.person(), house.person()
        submission_id = house.prepared(garden, first)
        pointer, place, _ = free_text(garden)
        page = visits.open(first)
        page.goto(f"/submissions/{submission_id}/{place}")
        page.wait_for_load_state("networkidle")
        page.context.set_offline(True)
        page.locator(f'[name="{pointer}"]').fill(MINE)
        expect(page.locator("[data-saved]")).to_have_text(KEPT)
        context = page.context
        visits.lose(page)
        visits.troubles.clear()
        context.set_offline(False)
        context.clear_cookies()
        visits.sign_in(context, second)

        theirs = context.new_page()
        theirs.goto(f"/submissions/{house.prepared(garden, second)}/{place}")
        theirs.wait_for_load_state("networkidle")
        expect(theirs.locator(f'[name="{pointer}"]')).to_be_visible()
        expect(theirs.get_by_text(LOST)).to_have_count(0)
        theirs.get_by_role("button", name="Sign out").click()
        expect(theirs.locator(".flash")).to_have_text("You are signed out.")
        visits.sign_in(context, first)
        theirs.goto(f"/submissions/{submission_id}/{place}")
        expect(theirs.get_by_role("main").get_by_text(LOST)).to_be_visible()


@pytest.mark.parametrize("with_scripts", [True, False])
def test_a_pdf_copy_is_asked_for_and_arrives(
    house: LiveHouse, visits: Visits, garden: Edition, with_scripts: bool
) -> None:
    candidate = house.person()
    submission_id = house.prepared(garden, candidate)
    page = visits.open(candidate, scripts=with_scripts)
    page.goto(f"/submissions/{submission_id}")
    page.get_by_role("link", name="Make a PDF copy").click()
    page.get_by_role("button", name="Make a PDF copy").click()
    expect(page.get_by_role("link", name="Download the PDF copy")).to_be_visible(timeout=40_000)
    visits.look(page, "ready")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the PDF copy").click()
    assert download.value.suggested_filename.endswith(".pdf")


@pytest.mark.parametrize("with_scripts", [True, False])
def test_a_draft_is_taken_out_changed_and_brought_back(
    house: LiveHouse, visits: Visits, garden: Edition, with_scripts: bool
) -> None:
    candidate = house.person()
    submission_id = house.prepared(garden, candidate)
    page = visits.open(candidate, scripts=with_scripts)
    page.goto(f"/submissions/{submission_id}")
    page.get_by_role("link", name="Copy or move your draft").click()
    visits.look(page, "copy")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download your draft").click()
    copy = json.loads(download.value.path().read_text("utf-8"))
    copy["answers"]["plot"]["garden_name"] = "Nettle bed"

    page.get_by_label("The file that you downloaded").set_input_files(
        {"name": "d.json", "mimeType": "application/json", "buffer": json.dumps(copy).encode()}
    )
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_text("One answer is different")).to_be_visible()
    visits.look(page, "differences")
    page.get_by_role("button", name="Replace my draft").click()
    assert house.stored(submission_id, "/plot/garden_name") == "Nettle bed"
    visits.look(page, "replaced")
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator(".flash")).to_contain_text("The draft from before is back.")
    assert house.stored(submission_id, "/plot/garden_name") != "Nettle bed"
