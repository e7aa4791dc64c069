"""The README's five minutes, walked as they are written: its own bold words are what is pressed."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from engine import demo
from tests.browser.conftest import PATIENCE
from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("five minutes")

ACCOLADE = Path(sys.executable).with_name("accolade")
README = (ROOT / "README.md").read_text("utf-8")
STEPS = re.findall(r"^\d\. (.*?)(?=^\d\. |^\n|^!)", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `make demo` prints, which serves until the tests are over."""
    instance = tmp_path_factory.mktemp("demo") / "instance"
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith("ACCOLADE_")}
    process = subprocess.Popen(
        [ACCOLADE, "--instance", instance, "demo", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**own, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = ""
    try:
        while "Ctrl+C ends it" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield said
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def page(chromium: Browser, printed: str) -> Iterator[Page]:
    found = re.search(r"Sign in at (http://127\.0\.0\.1:\d+)/", printed)
    assert found
    context = chromium.new_context(base_url=found[1], viewport={"width": 1200, "height": 900})
    context.set_default_timeout(PATIENCE * 2)
    yield context.new_page()
    context.close()


def test_the_five_minutes_lead_to_a_verified_certificate(page: Page, printed: str) -> None:
    password = printed.splitlines()[0].rpartition("the password: ")[2]
    assert password == demo.PASSWORD
    look, enter, submit, claim, score, fetch, check = STEPS

    # 1
    _patient_goto(page, "/")
    [title] = _bold(look)
    expect(page.get_by_role("link", name=title, exact=True)).to_be_visible()
    # 2
    hannah = _address(enter)
    _sign_in(page, enter, hannah, password)
    # 3
    go_on, read, hand_in, leave = _bold(submit)
    page.get_by_role("link", name=re.compile(f"^{go_on}")).click()
    _press(page, read)
    _press(page, hand_in)
    expect(page.locator(".flash")).to_be_visible()
    _press(page, leave)
    # 4
    _sign_in(page, claim, _address(claim), password)
    _, queue, take = _bold(claim)
    page.get_by_role("link", name=queue).first.click()
    row = page.locator("tr", has_text="Hannah Brooks")
    row.get_by_role("button", name=re.compile(f"^{take}")).click()
    # 5
    yes, award, leave = _bold(score)
    verdicts = page.locator("#sheet").get_by_label(yes, exact=True)
    expect(verdicts).to_have_count(7)
    for verdict in verdicts.all():
        verdict.check()
    _press(page, award)
    _press(page, award)
    expect(page.locator(".flash")).to_be_visible()
    _press(page, leave)
    # 6
    _sign_in(page, fetch, hannah, password)
    certificate = page.get_by_role("link", name=re.compile(f"^{_bold(fetch)[1]}")).first
    address = certificate.get_attribute("href")
    assert address is not None
    file = page.request.get(address)
    assert file.headers["content-type"] == "application/pdf"
    assert file.body().startswith(b"%PDF-")
    # 7
    page.get_by_role("link", name=re.compile(f"^{_bold(check)[0]}")).first.click()
    expect(page.locator("h1")).to_contain_text("Valid. Awarded to Hannah Brooks")
    verified = page.url
    page.context.clear_cookies()
    page.goto(verified)
    expect(page.locator("h1")).to_contain_text("Valid. Awarded to Hannah Brooks")


def test_everybody_that_the_readme_names_is_in_the_demonstration(printed: str) -> None:
    named = set(re.findall(r"`(\w+@example\.org)`", README))

    assert named - {line.split()[0] for line in printed.splitlines() if "@example.org" in line} == (
        set()
    )


def _bold(step: str) -> list[str]:
    """The words that a step sets in bold, in its order."""
    return re.findall(r"\*\*(.*?)\*\*", " ".join(step.split()))


def _address(step: str) -> str:
    found = re.search(r"`(\w+@example\.org)`", step)
    assert found
    return found[1]


def _sign_in(page: Page, step: str, email: str, password: str) -> None:
    words = _bold(step)[0]
    page.get_by_role("link", name=words, exact=True).first.click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name=words, exact=True).click()
    expect(page.locator("h1")).to_have_text("My work")


def _press(page: Page, name: str) -> None:
    """A button, or a link that looks like one."""
    button = page.get_by_role("button", name=name, exact=True)
    button.or_(page.get_by_role("link", name=name, exact=True)).first.click()


def _patient_goto(page: Page, path: str) -> None:
    """The server says that it serves a moment before it does."""
    for _ in range(300):
        try:
            page.goto(path)
        except Error as refused:
            if "ERR_CONNECTION_REFUSED" not in refused.message:
                raise
            page.wait_for_timeout(100)
        else:
            return
    raise AssertionError("nothing serves")
