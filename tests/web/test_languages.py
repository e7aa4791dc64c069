"""Pages in Spanish, and a switch that keeps whatever somebody was in the middle of."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from engine.records.tables import Account
from tests.conftest import PASSWORD, Browser, School
from tests.web.conftest import GARDEN


def language_of(browser: Browser, path: str = "/", **named: object) -> str:
    found = re.search(r'<html lang="(\w+)">', browser.get(path, **named).text)
    assert found
    return found[1]


def test_a_visitor_is_answered_in_the_language_their_browser_asks_for(school: School) -> None:
    asked = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
    assert language_of(school.browser(), headers=asked) == "es"
    assert language_of(school.browser(), headers={"Accept-Language": "fr, en;q=0.5"}) == "en"
    assert language_of(school.browser(), headers={"Accept-Language": "fr"}) == "en"


def test_this_browsers_choice_counts_for_more_than_what_it_asks_for(school: School) -> None:
    browser = school.browser()
    answer = browser.post("/language", {"_language": "es", "_next": "/verify"})
    assert (answer.status_code, answer.location) == (303, "/verify")
    assert language_of(browser, headers={"Accept-Language": "en"}) == "es"


def test_a_persons_choice_is_kept_with_their_account(school: School) -> None:
    school.browser("ana").post("/language", {"_language": "es", "_next": "/my-work"})
    with school.database.read() as session:
        account = session.scalars(select(Account).where(Account.name == "Ana Ruiz")).one()
    assert account.language == "es"
    assert language_of(school.browser("ana"), "/my-work") == "es"
    assert language_of(school.browser("ben"), "/my-work") == "en"


def test_a_choice_made_before_signing_in_comes_along(school: School) -> None:
    browser = school.browser()
    browser.post("/language", {"_language": "es", "_next": "/sign-in"})
    browser.post("/sign-in", {"_email": "ana@example.org", "_password": PASSWORD})
    assert language_of(browser, "/my-work") == "es"
    with school.database.read() as session:
        account = session.scalars(select(Account).where(Account.name == "Ana Ruiz")).one()
    assert account.language == "es"


def test_the_switch_leads_nowhere_else(school: School) -> None:
    answer = school.browser().post("/language", {"_language": "es", "_next": "//evil.example"})
    assert answer.location == "/"


def test_a_language_that_is_not_shipped_changes_nothing(school: School) -> None:
    browser = school.browser("ana")
    browser.post("/language", {"_language": "tlh", "_next": "/"})
    assert language_of(browser) == "en"


def test_one_persons_language_does_not_leak_into_the_next_request(school: School) -> None:
    spanish = school.browser()
    spanish.post("/language", {"_language": "es"})
    assert language_of(spanish) == "es"
    assert language_of(school.browser()) == "en"


def test_switching_in_the_middle_of_a_page_keeps_what_was_typed(school: School) -> None:
    browser = school.browser("ana")
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    typed = {"/plot/garden_name": "Rosebed", "/plot/area": "about twelve"}
    answer = browser.post(path, {**typed, "_seen": browser.seen(path), "_language": "es"})
    assert (answer.status_code, answer.location) == (303, path)
    page = browser.get(path).text
    assert '<html lang="es">' in page
    assert "Rosebed" in page
    assert "about twelve" in page


@pytest.mark.parametrize(
    "asked", ["name=R%C3%ADo%20%26%20Co&after=", "name=who%3F?&name=b", "name=%00", "name=a+b"]
)
def test_switching_keeps_what_an_address_asks_for(school: School, asked: str) -> None:
    staff = school.browser("sam")
    page = staff.get(f"/staff/awards?{asked}").text
    back = re.search(r'name="_next" value="([^"]*)"', page)
    assert back
    answer = staff.post("/language", {"_language": "es", "_next": unescape(back[1])})
    assert answer.location == f"/staff/awards?{asked}"


def test_switching_where_a_form_keeps_what_is_typed_keeps_what_its_address_asks_for(
    school: School,
) -> None:
    browser = school.browser("ana")
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    said = {"/plot/garden_name": "Rosebed", "_seen": browser.seen(path), "_language": "es"}
    came = {"HTTP_REFERER": f"http://localhost{path}?check=1"}
    assert browser.post(path, said, environ_base=came).location == f"{path}?check=1"


def test_the_switch_takes_nothing_from_the_address_of_another_site(school: School) -> None:
    browser = school.browser("ana")
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    said = {"/plot/garden_name": "Rosebed", "_seen": browser.seen(path), "_language": "es"}
    came = {"HTTP_REFERER": f"http://elsewhere.example{path}?check=1"}
    assert browser.post(path, said, environ_base=came).location == path


def test_switching_on_the_sign_in_page_keeps_the_address_and_signs_nobody_in(
    school: School,
) -> None:
    browser = school.browser()
    said = {"_email": "ana@example.org", "_password": PASSWORD, "_language": "es"}
    page = browser.post("/sign-in", said)
    assert page.status_code == 200
    assert '<html lang="es">' in page.text
    assert 'value="ana@example.org"' in page.text
    assert PASSWORD not in page.text
    assert browser.get("/my-work").status_code == 303


def test_the_switch_of_a_form_page_belongs_to_its_form(school: School) -> None:
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    page = school.browser("ana").get(path).text
    button = re.search(r'<button[^>]* name="_language" value="es"[^>]*>', page)
    assert button
    assert 'form="page-form"' in button[0]
    assert page.count('id="page-form"') == 1
