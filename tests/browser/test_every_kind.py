"""Every kind of question in every state: empty, with problems, filled, with notes, to read only.

Each document in `tests/documents/fields` is a credential of the served school, so that a kind which
comes with a document of its own is looked at here without a line more. In each state axe looks in
the light and in the dark, the page is as narrow as at 400 % zoom, and Tab goes through all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from engine.credentials.credential import Edition
from engine.forms.attachments import Evidence, EvidenceList
from engine.forms.dialects import Modern
from engine.forms.groups import Group
from engine.forms.samples import Sampler
from engine.forms.schema import form_set_of
from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import Comment, new_id
from engine.submissions import drafting
from tests.browser.conftest import Visits
from tests.browser.house import LiveHouse, page_urls
from tests.browser.keyboard import SEEN
from tests.browser.test_every_page_is_accessible import EVERYTHING, PHONE_IN_THE_DARK
from tests.conftest import ROOT

FIELDS = sorted(file.stem for file in (ROOT / "tests" / "documents" / "fields").glob("*.yaml"))
DESK = {"width": 1200, "height": 900}
ZOOMED = {"width": 320, "height": 640}
"""1280 px at 400 % (WCAG 2.2 §1.4.10)."""
MOST_STOPS = 400

STOPS = """() => {
  const seen = new Set();
  return [...document.querySelectorAll(
      "main :is(a[href], button, input, select, textarea, summary, [tabindex])")]
    .filter((it) => it.tabIndex >= 0 && !it.disabled && it.type !== "hidden"
      && it.checkVisibility({ visibilityProperty: true }))
    .filter((it) => {
      if (it.type !== "radio") return true;
      const group = [...document.getElementsByName(it.name)].filter((one) => one.type === "radio");
      const stop = group.find((one) => one.checked) ?? group[0];
      return it === stop;
    })
    .map((it, number) => { it.dataset.stop = number; return it.outerHTML.slice(0, 110); });
}"""
HERE = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const box = it.getBoundingClientRect();
  return {
    inside: Boolean(it.closest("main")), stop: it.dataset.stop ?? null,
    top: box.top + scrollY, bottom: box.bottom + scrollY, html: it.outerHTML.slice(0, 110),
  };
}"""


@dataclass(frozen=True)
class Tried:
    """Somebody's submission of one tiny document."""

    house: LiveHouse
    edition: Edition
    candidate: Actor
    id: str

    @property
    def pages(self) -> list[str]:
        return list(page_urls(self.edition, self.id))

    def fill(self) -> None:
        """Answer everything with what fits, and let somebody write a note on each answer."""
        forms = form_set_of(self.edition)
        now = datetime.now(UTC)
        reader = self.house.person("reviewer")
        with self.house.database.transaction() as session:
            subject = drafting.subject_of(session, self.id)
            drafting.fill(session, subject, likely_answers(self.edition), self.candidate, now)
            for form in forms.forms.values():
                for node in form.root.nodes() if isinstance(form.root, Group) else ():
                    session.add(
                        Comment(
                            id=new_id(),
                            submission_id=self.id,
                            round=subject.submission.round,
                            pointer=f"{form.pointer}/{node.token}",
                            author_id=reader.id,
                            body="Please say more here: what did you see, and how often?",
                            written_at=now,
                        )
                    )


def likely_answers(edition: Edition) -> dict[str, Any]:
    """An answer to each question of each form; to files none, since none is there."""
    if edition.examples:
        return {id: dict(said) for id, said in edition.examples.items()}
    found: dict[str, Any] = {}
    for id, form in form_set_of(edition).forms.items():
        sampler = Sampler(Modern.of(form.schema))
        said = sampler.samples(sampler.modern.root, 1)[0]
        nodes = form.root.nodes() if isinstance(form.root, Group) else ()
        files = {node.key for node in nodes if isinstance(node, Evidence | EvidenceList)}
        found[id] = {key: value for key, value in said.items() if key not in files}
    return found


@pytest.fixture(params=FIELDS)
def tried(request: pytest.FixtureRequest, house: LiveHouse) -> Tried:
    with house.database.read() as session:
        edition = next(
            one
            for one in catalogue.current_all(session)
            if one.credential.id == f"field-{request.param}"
        )
    candidate = house.person()
    with house.database.transaction() as session:
        opened = drafting.open_submission(session, edition, candidate, datetime.now(UTC))
        return Tried(house, edition, candidate, opened.id)


def test_every_document_is_published_under_its_own_name(house: LiveHouse) -> None:
    with house.database.read() as session:
        known = {one.credential.id for one in catalogue.current_all(session)}
    assert {f"field-{name}" for name in FIELDS} - known == set()


def test_it_is_accessible_in_every_state(tried: Tried, visits: Visits) -> None:
    page = visits.open(tried.candidate)
    page.add_init_script(AXE_SCRIPT)
    found = []
    for url in tried.pages:
        found += faults(page, url, "empty")
        found += faults(page, f"{url}?check=1", "with problems")
    tried.fill()
    for url in tried.pages:
        found += faults(page, f"{url}?check=1", "filled, with notes")
        visits.look(page, "filled-narrow")
    found += faults(page, f"/submissions/{tried.id}/check", "to read only")

    assert "\n".join(found) == ""


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_tab_reaches_everything_in_order_and_leaves_again(
    tried: Tried, visits: Visits, filled: bool
) -> None:
    if filled:
        tried.fill()
    page = visits.open(tried.candidate)
    found = []
    for url in tried.pages:
        page.goto(url)
        page.wait_for_load_state("networkidle")
        found += [f"{url}: {fault}" for fault in tabbed(page)]

    assert "\n".join(found) == ""


def faults(page: Page, url: str, state: str) -> list[str]:
    """What axe finds in the light and in the dark, and what does not fit when zoomed."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    found = violations(page, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(ZOOMED)
    found += [f"in the dark: {one}" for one in violations(page, PHONE_IN_THE_DARK)]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > ZOOMED["width"]:
        found.append(f"{wide} px wide at 400 %")
    return [f"{state} {url}: {one}" for one in found]


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    found: list[str] = page.evaluate(
        """options => axe.run(options).then(result => result.violations.flatMap(one =>
            one.nodes.slice(0, 2).map(node => `${one.id}: ${node.html.slice(0, 140)}`)))""",
        options,
    )
    return found


def tabbed(page: Page) -> list[str]:
    """What goes wrong when one presses Tab from the page's head until it ends."""
    stops: list[str] = page.evaluate(STOPS)
    page.evaluate("scrollTo(0, 0); document.activeElement?.blur()")
    page.locator("main").evaluate("it => { it.tabIndex = -1; it.focus({ preventScroll: true }); }")
    found: list[str] = []
    reached: set[str] = set()
    before: dict[str, Any] | None = None
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None or not here["inside"]:
            break
        if here["stop"] is not None:
            reached.add(here["stop"])
        if before is not None and before["html"] == here["html"]:
            continue  # another part of the same date
        in_sight, marked = page.evaluate(f"({SEEN})(document.activeElement)")
        if not in_sight:
            found.append(f"takes focus out of sight: {here['html']}")
        if not marked:
            found.append(f"does not show its focus: {here['html']}")
        if before is not None and here["bottom"] < before["top"] - 4:
            found.append(f"comes after what is below it: {here['html']}")
        before = here
    else:
        found.append("the focus does not leave")
    missed = [html for number, html in enumerate(stops) if str(number) not in reached]
    return found + [f"Tab never reaches {html}" for html in missed]
