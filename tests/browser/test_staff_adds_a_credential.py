"""Journey 1: program staff write a credential, see it while they write, and publish it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.credentials.credential import Edition
from engine.credentials.library import Library
from engine.forms.schema import form_set_of
from engine.settings import load_settings
from tests.browser.conftest import PATIENCE, served
from tests.browser.house import page_urls

ACCOLADE = Path(sys.executable).with_name("accolade")


@dataclass(frozen=True)
class Writer:
    """Somebody with a shell and an editor."""

    instance: Path
    folder: Path

    def accolade(self, *words: str, code: int = 0) -> str:
        command = [ACCOLADE, "--instance", self.instance, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    @contextmanager
    def preview(self, document: str) -> Iterator[str]:
        """`accolade preview` for as long as the block runs; its address."""
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            port = asked.getsockname()[1]
        command = [ACCOLADE, "--instance", self.instance, "preview", document, "--port", str(port)]
        running = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            address = f"http://127.0.0.1:{port}"
            assert running.stdout is not None
            assert running.stdout.readline() == f"Preview at {address}  (Ctrl+C ends it)\n"
            _wait_for(port)
            yield address
        finally:
            running.terminate()
            running.wait(timeout=20)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    """The installation's own documents are in a folder of its settings."""
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "settings.toml").write_text(f'documents = ["{tmp_path}/documents"]\n', "utf-8")
    return Writer(instance, tmp_path)


@pytest.fixture
def window(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(PATIENCE * 2)  # processes begin, each with its first page
    yield context.new_page()
    context.close()


def test_staff_writes_previews_and_publishes_a_credential(writer: Writer, window: Page) -> None:
    file = writer.folder / "documents" / "my-topic.yaml"

    said = writer.accolade("new", "micro-credential", "my-topic", "--into", "documents")
    assert said.startswith("Wrote documents/my-topic.yaml\n")
    assert writer.accolade("check", "documents/my-topic.yaml") == "No faults found.\n"
    with writer.preview("documents/my-topic.yaml") as address:
        _write_with_the_page_open(window, address, file)
    published = writer.accolade("publish", "my-topic")
    edition = _edition(writer)
    assert published == f"my-topic version 1  {edition.digest}\n"

    with served(writer.instance) as house:
        candidate = house.person()
        window.goto(house.url)
        window.get_by_role("link", name="Trying something new", exact=True).click()
        window.context.add_cookies(
            [{"name": "accolade", "value": house.cookie(candidate), "url": house.url}]
        )
        window.reload()
        window.get_by_role("button", name=re.compile("^(Start|Begin)")).click()
        expect(window.locator("h1")).to_have_text("Trying something new")
        first = page_urls(edition, window.url.rsplit("/", 1)[1])[0]
        window.goto(house.url + first)
        expect(window.locator("h1")).to_have_text(form_set_of(edition).pages[0].title)
        field = window.locator("main form textarea").first
        field.fill("We asked every pupil to explain one step.")
        expect(window.locator("[data-saved]")).to_contain_text("Saved")
        window.reload()
        expect(field).to_have_value("We asked every pupil to explain one step.")


def _write_with_the_page_open(window: Page, address: str, file: Path) -> None:
    """Edit the file while the browser shows it: nobody presses reload."""
    window.goto(address)
    heading = window.locator("h1")
    expect(heading).to_have_text("My topic")

    _edit(file, "title: My topic\n", "title: Trying something new\n")
    expect(heading).to_have_text("Trying something new")

    # A broken edit: what is wrong and where, above the last version that worked.
    line = file.read_text("utf-8").splitlines().index("workflow: review") + 1
    _edit(file, "workflow: review\n", "workflow: reviw\n")
    findings = window.locator(".findings li")
    expect(findings).to_have_count(1)
    expect(findings).to_contain_text(f"Line {line}, column 11")
    expect(findings).to_contain_text("Did you mean 'review'?")
    expect(window.get_by_text("Below is the last version that worked.")).to_be_visible()
    expect(heading).to_have_text("Trying something new")
    window.locator(".task__name a").first.click()
    expect(window.locator("main form textarea").first).to_be_visible()

    # So broken that it is no YAML any more.
    _edit(file, "title: Trying", "title: [Trying")
    expect(window.locator(".findings")).to_contain_text(re.compile(r"Line \d+, column \d+"))
    expect(window.locator("main form textarea").first).to_be_visible()

    _edit(file, "title: [Trying", "title: Trying")
    _edit(file, "workflow: reviw\n", "workflow: review\n")
    expect(window.locator(".findings")).to_have_count(0)

    # What was typed survives a save of the document: the reload is offered, not done.
    field = window.locator("main form textarea").first
    field.fill("Half a thought")
    _edit(file, "version: 1\n", "version: 1 # to be published\n")
    expect(window.get_by_role("button", name="Show the new version")).to_be_visible()
    expect(field).to_have_value("Half a thought")
    window.get_by_role("button", name="Check this page").last.click()
    expect(window.locator(".error-summary li").first).to_be_visible()
    expect(field).to_have_value("Half a thought")


def test_preview_shows_a_bare_json_schema(writer: Writer, window: Page) -> None:
    file = writer.folder / "visit.json"
    schema = {
        "title": "A visit",
        "type": "object",
        "required": ["who"],
        "properties": {
            "who": {"title": "Whom did you visit?", "type": "string"},
            "times": {"title": "How often?", "type": "integer", "minimum": 1},
        },
    }
    file.write_text(json.dumps(schema), "utf-8")

    with writer.preview("visit.json") as address:
        window.goto(address)
        expect(window.locator("h1")).to_have_text("A visit")
        window.get_by_role("link", name="A visit").last.click()
        window.get_by_label("How often?").fill("often")
        window.get_by_role("button", name="Check this page").last.click()
        expect(window.locator(".error-summary li")).to_have_count(2)
        expect(window.get_by_label("How often?")).to_have_value("often")
        window.get_by_label("Whom did you visit?").fill("Rosa")
        window.get_by_label("How often?").fill("3")
        window.get_by_role("button", name="Check this page").last.click()
        expect(window.locator(".error-summary")).to_have_count(0)
        window.goto(f"{address}/answers")
        expect(window.locator("pre")).to_contain_text('"times": 3')

        schema["title"] = "Two visits"
        file.write_text(json.dumps(schema), "utf-8")
        window.goto(address)
        expect(window.locator("h1")).to_have_text("Two visits")


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), "utf-8")


def _edition(writer: Writer) -> Edition:
    settings = load_settings(writer.instance, {})
    return Library(settings.documents, settings.workflows).edition("my-topic")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
