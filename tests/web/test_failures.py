"""Every failure is a page in words, or JSON of one shape; never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from engine.errors import (
    Conflict,
    DocumentFaulty,
    EvidenceRejected,
    Finding,
    NotFound,
    Refusal,
    Refused,
)
from engine.web.app import create_app
from tests.conftest import School


def failing(school: School, error: Exception) -> None:
    """Add a page that fails."""

    def fail() -> str:
        raise error

    school.app.add_url_rule("/fail", view_func=fail)


FAULTS: list[tuple[Callable[[], Exception], int, str]] = [
    (lambda: NotFound("No such garden."), 404, "No such garden."),
    (lambda: Refused(Refusal("It is not yours.", "Ask Ana.")), 403, "Ask Ana."),
    (lambda: Refused(Refusal("Too often.", code="throttled")), 429, "Too often."),
    (lambda: Conflict("Rosa was faster."), 409, "Rosa was faster."),
    (lambda: EvidenceRejected("too-large", "It has 3 GB."), 413, "It has 3 GB."),
    (lambda: EvidenceRejected("wrong-type", "It is a program."), 415, "It is a program."),
    (lambda: EvidenceRejected("empty", "It is empty."), 422, "It is empty."),
    (lambda: OperationalError("SELECT", {}, Exception("locked")), 503, "We are busy"),
    (lambda: RuntimeError("secret detail"), 500, "Something broke on our side"),
    (
        lambda: DocumentFaulty([Finding("a.yaml", 1, 1, "x", "secret detail")]),
        500,
        "A document of this site can&#39;t be read",
    ),
]


@pytest.mark.parametrize(("fault", "status", "words"), FAULTS)
def test_every_error_becomes_a_page(
    school: School, fault: Callable[[], Exception], status: int, words: str
) -> None:
    failing(school, fault())
    page = school.browser("ana").get("/fail")
    assert page.status_code == status
    assert words in page.text
    assert "secret detail" not in page.text
    assert "Traceback" not in page.text


@pytest.mark.parametrize(("fault", "status", "words"), FAULTS)
def test_every_error_becomes_problem_json(
    school: School, fault: Callable[[], Exception], status: int, words: str
) -> None:
    failing(school, fault())
    answer = school.browser("ana").json("/fail")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    said = answer.get_json()
    assert {"type", "title", "status", "detail", "instance"} <= said.keys()
    assert said["status"] == status
    assert "secret detail" not in answer.text


def test_an_accident_is_logged_under_the_number_that_the_page_shows(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    failing(school, RuntimeError("secret detail"))
    with caplog.at_level(logging.ERROR, "accolade.web"):
        page = school.browser().get("/fail")
    number = page.headers["X-Request-Number"]
    assert number in page.text
    assert number in caplog.text
    assert "secret detail" in caplog.text


def test_a_page_that_is_not_there(school: School) -> None:
    page = school.browser().get("/nowhere")
    assert page.status_code == 404
    assert "There is nothing here" in page.text


def test_a_wrong_method_says_which_are_right(school: School) -> None:
    answer = school.browser().get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_an_error_page_shows_even_when_the_database_does_not_answer(school: School) -> None:
    browser = school.browser("ana")

    def broken() -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    house = school.app.extensions["accolade"]
    away = type("Away", (), {"read": lambda self: broken(), "transaction": lambda self: broken()})()
    school.app.extensions["accolade"] = replace(house, database=away)
    page = browser.get("/my-work")
    assert page.status_code == 503
    assert "We are busy for a moment" in page.text


def test_a_post_that_is_too_large_gets_words(school: School) -> None:
    small = create_app(replace(school.settings, evidence_max_bytes=1000), school.database)
    answer = small.test_client().post("/sign-in", data={"_email": "x" * 5_000_000})
    assert answer.status_code == 413
    assert "That is too large" in answer.text


def test_a_post_with_far_too_many_fields_gets_words(school: School) -> None:
    boundary = "x"
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 7000 + f"--{boundary}--\r\n"
    answer = school.app.test_client().post(
        "/sign-in", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert answer.status_code == 413


def test_every_page_carries_the_headers_that_keep_it_safe(school: School) -> None:
    for path in ("/", "/nowhere", "/sign-in"):
        said = school.browser().get(path).headers
        assert "script-src 'self'" in said["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in said["Content-Security-Policy"]
        assert "unsafe" not in said["Content-Security-Policy"]
        assert said["X-Content-Type-Options"] == "nosniff"
        assert said["Referrer-Policy"] == "same-origin"


def test_static_files_are_kept_for_ever_only_under_their_contents_address(school: School) -> None:
    browser = school.browser()
    versioned = next(
        part.split('"')[0]
        for part in browser.get("/").text.split('href="')
        if part.startswith("/static/style.css?v=")
    )
    assert "immutable" in browser.get(versioned).headers["Cache-Control"]
    assert browser.get("/static/style.css").headers["Cache-Control"] == "no-cache"


def test_fonts_are_served_from_here(school: School) -> None:
    sheet = school.browser().get("/fonts/faces.css")
    assert sheet.mimetype == "text/css"
    name = sheet.text.split('url("')[1].split('"')[0]
    font = school.browser().get(name)
    assert (font.status_code, font.data[:4]) == (200, b"wOF2")


def test_the_cookie_is_secure_when_the_address_is(school: School) -> None:
    settings = replace(school.settings, base_url="https://accolade.example")
    assert create_app(settings, school.database).config["SESSION_COOKIE_SECURE"] is True
