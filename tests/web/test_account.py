"""Signing in and out, one's account, and text that outlives a session."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from engine.records.tables import Account
from tests.conftest import PASSWORD, Browser, School

GARDEN = "school-garden-steward"


def sign_in(browser: Browser, email: str, password: str, **more: str) -> TestResponse:
    return browser.post("/sign-in", {"_email": email, "_password": password, **more})


def hidden_fields(page: TestResponse) -> dict[str, str]:
    """What a page carries along, as a browser would post it."""
    pairs = re.findall(
        r'<textarea hidden name="([^"]*)" aria-hidden="true">\n?(.*?)</textarea>', page.text, re.S
    )
    pairs += re.findall(r'<input type="hidden" name="(_[^"]*)" value="([^"]*)">', page.text)
    return {unescape(name): unescape(value) for name, value in pairs}


def test_the_right_password_signs_in_and_goes_to_my_work(school: School) -> None:
    browser = school.browser()
    answer = sign_in(browser, "Ana@Example.org ", PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/my-work")
    assert "Ana Ruiz" in browser.get("/my-work").text


def test_the_wrong_password_keeps_the_address_and_says_what_to_do(school: School) -> None:
    answer = sign_in(school.browser(), "ana@example.org", "wrong")
    assert answer.status_code == 400
    assert 'value="ana@example.org"' in answer.text
    assert "don&#39;t match an account" in answer.text


def test_an_unknown_address_gets_the_same_words(school: School) -> None:
    known = sign_in(school.browser(), "ana@example.org", "wrong").text
    unknown = sign_in(school.browser(), "ona@example.org", "wrong").text
    without_marks = [
        re.sub(r"\w+@example\.org|csrf_token\" value=\"[^\"]*|number: .*", "", text)
        for text in (known, unknown)
    ]
    assert without_marks[0] == without_marks[1]


def test_many_wrong_passwords_have_to_wait(school: School) -> None:
    browser = school.browser()
    answers = [sign_in(browser, "ana@example.org", "wrong").status_code for _ in range(6)]
    assert answers[-1] == 429
    assert sign_in(browser, "ana@example.org", PASSWORD).status_code == 429


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(school: School, elsewhere: str) -> None:
    answer = sign_in(school.browser(), "ana@example.org", PASSWORD, _next=elsewhere)
    assert answer.location == "/my-work"


def test_a_page_for_people_sends_a_visitor_to_sign_in_and_back(school: School) -> None:
    browser = school.browser()
    answer = browser.get("/account?tab=password")
    assert answer.location == "/sign-in?next=/account%3Ftab%3Dpassword"
    back = sign_in(browser, "ana@example.org", PASSWORD, _next="/account?tab=password")
    assert back.location == "/account?tab=password"


def test_signing_out_ends_the_session(school: School) -> None:
    browser = school.browser("ana")
    assert browser.post("/sign-out").status_code == 303
    assert browser.get("/my-work").status_code == 303


def test_signing_out_needs_the_pages_token(school: School) -> None:
    browser = school.browser("ana")
    assert browser.client.post("/sign-out").status_code == 400
    assert browser.get("/my-work").status_code == 200


def test_a_raised_epoch_ends_every_session_at_the_next_click(school: School) -> None:
    browser = school.browser("ana")
    with school.database.transaction() as session:
        session.execute(
            update(Account).where(Account.id == school.cast["ana"].id).values(session_epoch=1)
        )
    assert browser.get("/my-work").status_code == 303


def test_a_closed_account_is_signed_out(school: School) -> None:
    browser = school.browser("ana")
    with school.database.transaction() as session:
        session.execute(
            update(Account).where(Account.id == school.cast["ana"].id).values(active=False)
        )
    assert browser.get("/my-work").status_code == 303


def test_text_typed_after_the_session_ended_is_saved_by_signing_in(school: School) -> None:
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    typed = "  Line one\nline two & <b>bold</b>"
    visitor = school.browser()
    page = visitor.client.post(path, data={"/plot/garden_name": typed, "_go": "later"})
    assert page.status_code == 401
    fields = hidden_fields(page)
    assert fields["/plot/garden_name"].replace("\r\n", "\n") == typed
    fields |= {"_email": "ana@example.org", "_password": PASSWORD}
    body = {"csrf_token": visitor.token(), **fields}
    answer = visitor.client.post("/sign-in", data=body)
    assert (answer.status_code, answer.location) == (307, path)
    # The browser sends the same body again, to where it was bound.
    assert visitor.client.post(path, data=body).status_code == 303
    assert "line two &amp; &lt;b&gt;bold&lt;/b&gt;" in school.browser("ana").get(path).text


def test_a_mistyped_password_on_the_way_loses_nothing(school: School) -> None:
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    visitor = school.browser()
    fields = hidden_fields(visitor.client.post(path, data={"/plot/garden_name": "Rosebed"}))
    page = visitor.post("/sign-in", {**fields, "_email": "ana@example.org", "_password": "wrong"})
    assert page.status_code == 400
    again = hidden_fields(page)
    assert (again["/plot/garden_name"], again["_next"]) == ("Rosebed", path)


def test_passwords_are_never_carried_into_a_page(school: School) -> None:
    page = school.browser().client.post(
        "/account/password", data={"current_password": "my old secret", "new_password": "newer"}
    )
    assert page.status_code == 401
    assert "secret" not in page.text


def test_a_signed_in_page_with_an_old_token_keeps_its_text(school: School) -> None:
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    browser = school.browser("ana")
    page = browser.client.post(path, data={"csrf_token": "old", "/plot/garden_name": "Rosebed"})
    assert page.status_code == 400
    assert hidden_fields(page)["/plot/garden_name"] == "Rosebed"
    assert "This page was open for a long time" in page.text


def test_a_script_without_a_session_gets_401_as_problem_json(school: School) -> None:
    path = f"/submissions/{school.open('ana', GARDEN)}/plot/place"
    answer = school.browser().post(path, {"/plot/garden_name": "x"}, json=True)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.get_json()["code"] == "sign-in"


def test_the_fresh_token_says_whether_somebody_is_signed_in(school: School) -> None:
    assert school.browser().get("/account/csrf").get_json()["signed_in"] is False
    answer = school.browser("ana").get("/account/csrf")
    assert answer.get_json()["signed_in"] is True
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_new_password_signs_other_devices_out_and_this_one_stays(school: School) -> None:
    here, elsewhere = school.browser("ana"), school.browser("ana")
    said = {"current_password": PASSWORD, "new_password": "a quite different phrase"}
    assert here.post("/account/password", said).status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    answer = sign_in(school.browser(), "ana@example.org", said["new_password"])
    assert answer.location == "/my-work"


def test_a_wrong_or_short_password_is_refused_beside_its_field(school: School) -> None:
    browser = school.browser("ana")
    page = browser.post("/account/password", {"current_password": "no", "new_password": "short"})
    assert page.status_code == 422
    assert 'id="current_password-error"' in page.text
    assert 'id="new_password-error"' in page.text
    with school.database.read() as session:
        epochs = select(Account.session_epoch).where(Account.id == school.cast["ana"].id)
        assert session.scalar(epochs) == 0


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(school: School) -> None:
    answer = sign_in(school.browser(), "ana@example.org", PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("path", ["/static/style.css", "/fonts/faces.css"])
def test_what_anyone_may_cache_carries_nobodys_session(school: School, path: str) -> None:
    assert "Set-Cookie" not in school.browser("ana").get(path).headers
