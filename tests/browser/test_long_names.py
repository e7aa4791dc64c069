"""A name that never ends pushes nobody else's words out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine.records.tables import Account
from tests.browser.conftest import Visits, served
from tests.browser.house import GARDEN, LiveHouse
from tests.databases import Installations

pytestmark = pytest.mark.xdist_group("long names")

NAME = "N" * 150
HIDDEN = """() => [document.documentElement, ...document.querySelectorAll(".table-wrap")]
    .filter(box => box.scrollWidth > box.clientWidth + 1)
    .map(box => `${location.pathname}: ${box.className} ${box.scrollWidth}`)"""
"""What has to be scrolled sideways to be read."""
LIST = f"""E-mail address,Name
n@example.org,{NAME}
nobody@,{NAME}
"""


@pytest.fixture(scope="module")
def house(
    founded_on: Callable[[str], Path],
    installations: Installations,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveHouse]:
    """One of its own: others look through lists of people, too."""
    folder = tmp_path_factory.mktemp("long-names")
    with installations.copy(founded_on("sqlite"), folder, lasting=True), served(folder) as serving:
        yield serving


@pytest.mark.parametrize("width", [340, 1100])
def test_one_long_name_hides_nothing_of_a_page(
    house: LiveHouse, visits: Visits, width: int
) -> None:
    candidate, staff = house.person(), house.person("staff")
    with house.database.transaction() as session:
        session.get_one(Account, candidate.id).name = NAME
    serial = house.awarded(house.edition(GARDEN), candidate)
    page = visits.open(staff)
    page.set_viewport_size({"width": width, "height": 800})
    found = []
    for place in ("", f"/{serial}", f"/{serial}/correct", f"/{serial}/revoke"):
        page.goto(f"/staff/awards{place}")
        found += page.evaluate(HIDDEN)
    page.goto("/staff/people")
    found += page.evaluate(HIDDEN)
    _bring(page)
    found += page.evaluate(HIDDEN)

    assert found == []


def _bring(page: Page) -> None:
    page.goto("/staff/awards/lists/new")
    page.locator("[name=credential]").select_option(GARDEN)
    page.locator("[name=source]").fill("Workshop")
    page.locator("[name=adds]").check()
    file = {"name": "june.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_role("heading", name="What would happen", level=1)).to_be_visible()
    page.wait_for_load_state()  # with its style sheet
