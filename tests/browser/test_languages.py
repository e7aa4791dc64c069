"""The candidate's journey in Spanish, and a switch in the middle of it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from engine.credentials.credential import Edition
from engine.languages import _catalogue
from tests.browser.conftest import Visits
from tests.browser.house import INSTRUCTIONAL_COACH, LiveHouse, page_urls

NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 720}}
SAID = {
    english
    for english, forms in _catalogue("es").said.items()
    if " " in english and "%" not in english and "<" not in english and english not in forms
}
"""Whole English sentences and labels, which no Spanish page may show."""


def test_the_candidates_pages_are_in_spanish_and_fit_a_narrow_screen(
    house: LiveHouse, visits: Visits
) -> None:
    page = visits.open(house.person(), **NARROW)
    page.goto("/")
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("heading", name="Catálogo", level=1)).to_be_visible()
    _in_spanish(page)
    page.goto(f"/credentials/{INSTRUCTIONAL_COACH}")
    _in_spanish(page)
    visits.look(page, "credential")
    page.get_by_role("button", name="Empezar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Coach Pedagógico")
    _in_spanish(page)
    visits.look(page, "task-list")
    work = page.url
    for address in [one.get_attribute("href") for one in page.locator(".task a").all()]:
        page.goto(f"{address}?check=1")
        _in_spanish(page)
        visits.look(page, f"page-{str(address).rsplit('/', 1)[1]}")
    page.goto(f"{work}/check")
    _in_spanish(page)
    visits.look(page, "check")
    page.goto("/my-work")
    _in_spanish(page)


def test_switching_in_the_middle_of_a_page_loses_nothing(
    house: LiveHouse, visits: Visits, scripts: bool
) -> None:
    page = visits.open(house.person(), scripts=scripts)
    page.goto(f"/credentials/{INSTRUCTIONAL_COACH}")
    page.get_by_role("button", name="Begin").click()
    page.locator(".task a").first.click()
    goal = page.get_by_label(re.compile("student learning goal for this cycle"))
    goal.fill("Every student explains\ntheir thinking.")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    there = page.get_by_label(re.compile("meta de aprendizaje de los estudiantes de tu equipo"))
    expect(there).to_have_value("Every student explains\ntheir thinking.")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(goal).to_have_value("Every student explains\ntheir thinking.")


def test_enter_in_a_field_goes_on_and_keeps_the_language(
    house: LiveHouse, visits: Visits, garden: Edition, scripts: bool
) -> None:
    candidate = house.person()
    address = page_urls(garden, house.prepared(garden, candidate))[0]
    page = visits.open(candidate, scripts=scripts)
    page.goto(address)
    with page.expect_request(lambda one: one.is_navigation_request()) as sent:
        page.locator("[name='/plot/garden_name']").press("Enter")
    posted = sent.value.post_data or ""
    assert 'name="_go"\r\n\r\ncontinue' in posted
    assert 'name="_language"' not in posted


def test_enter_after_the_password_signs_in(house: LiveHouse, visits: Visits, scripts: bool) -> None:
    page = visits.open(scripts=scripts)
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("nobody@example.org")
    page.get_by_label("Password").fill("not the right one")
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("don't match an account here")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_switching_on_a_staff_page_of_several_forms_keeps_the_one_that_is_written_in(
    house: LiveHouse, visits: Visits, scripts: bool
) -> None:
    staff, holder = house.person("staff"), house.person()
    house.recognise_prerequisites(holder, house.edition(INSTRUCTIONAL_COACH))
    page = visits.open(staff, scripts=scripts)
    page.goto("/staff/recognitions")
    source = page.locator("#source")
    source.fill("Seen on pap")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(source).to_have_value("Seen on pap")
    if not scripts:
        return  # without them the switch takes along the page's main form
    line = page.locator("tr", has_text=holder.name).first
    line.locator("summary").click()
    reason = line.locator("input[name=reason]")
    reason.fill("Recorded twi")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(reason).to_have_value("Recorded twi")
    expect(reason).to_be_visible()


def test_switching_on_a_list_keeps_its_filters(
    house: LiveHouse, visits: Visits, scripts: bool
) -> None:
    page = visits.open(house.person("staff"), scripts=scripts)
    page.goto("/staff/awards?name=Ana+%26+Co")
    search = page.locator("input[name=name]")
    expect(search).to_have_value("Ana & Co")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(search).to_have_value("Ana & Co")
    if not scripts:
        return  # without them a search goes along once it was sent
    search.fill("Ben, who was not searched for yet")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(search).to_have_value("Ben, who was not searched for yet")


def _in_spanish(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "es")
    lines = {line.strip() for line in page.locator("body").inner_text().splitlines()}
    assert sorted(lines & SAID) == []
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"
