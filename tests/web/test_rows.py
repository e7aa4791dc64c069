"""Rows without scripts, and two devices that changed the same rows."""

from __future__ import annotations

from typing import Any

from tests.conftest import School
from tests.web.conftest import GARDEN

from .test_candidate import answers_of

GROUP = "/plot/visits"
BEANS, PEAS, CORN = ("beans-01", "Beans"), ("peas-001", "Peas"), ("corn-001", "Corn")


def posted(*rows: tuple[str, str]) -> dict[str, str]:
    """The page with these visits, as (id, what was done)."""
    found = {GROUP: ""}
    for number, (id, what) in enumerate(rows):
        found |= {f"{GROUP}/{number}": id, f"{GROUP}/{number}/what": what}
    return found


class Visited:
    """A submission whose visits are saved, and one browser on its page."""

    def __init__(self, school: School, *rows: tuple[str, str]) -> None:
        self.school = school
        self.id = school.open("ana", GARDEN)
        self.path = f"/submissions/{self.id}/plot/seasons"
        self.browser = school.browser("ana")
        self.post(*rows)

    def post(self, *rows: tuple[str, str], **more: str) -> Any:
        seen = more.pop("seen", None) or self.browser.seen(self.path)
        return self.browser.post(self.path, {"_seen": seen, **posted(*rows), **more})

    @property
    def whats(self) -> list[str]:
        visits: Any = answers_of(self.school, self.id)["visits"]
        return [row.get("what", "") for row in visits]


def test_a_row_is_moved_without_scripts(school: School) -> None:
    visited = Visited(school, BEANS, PEAS, CORN)
    answer = visited.post(BEANS, PEAS, CORN, _up=f"{GROUP}/2")
    assert visited.whats == ["Beans", "Corn", "Peas"]
    assert answer.location.endswith(f"#{GROUP}/1%23title")


def test_a_row_is_copied_without_scripts(school: School) -> None:
    visited = Visited(school, BEANS, PEAS, CORN)
    visited.post(BEANS, PEAS, CORN, _copy=f"{GROUP}/0")
    assert visited.whats == ["Beans", "Beans", "Peas", "Corn"]


def test_a_removed_row_comes_back_without_scripts(school: School) -> None:
    visited = Visited(school, BEANS, PEAS, CORN)
    visited.post(BEANS, PEAS, CORN, _remove=f"{GROUP}/1")
    assert visited.whats == ["Beans", "Corn"]
    assert "Visit 2 was removed." in visited.browser.get(visited.path).text
    visited.post(BEANS, CORN, _undo=GROUP)
    assert visited.whats == ["Beans", "Peas", "Corn"]


def changed_elsewhere(school: School) -> tuple[Visited, str]:
    """The other device moved the last visit to the top and added one."""
    visited = Visited(school, BEANS, PEAS, CORN)
    seen = visited.browser.seen(visited.path)
    visited.post(CORN, BEANS, PEAS, ("kale-001", "Kale"))
    return visited, seen


def test_only_what_differs_in_a_row_is_asked(school: School) -> None:
    visited, seen = changed_elsewhere(school)
    page = visited.post(BEANS, ("peas-001", "Sweet peas"), CORN, seen=seen)
    assert page.status_code == 409
    assert f'name="_take:{GROUP}/@peas-001/what"' in page.text
    assert f'name="_take:{GROUP}/@kale-001"' in page.text
    assert f'name="_take:{GROUP}#order"' in page.text
    assert "@beans-01" not in page.text


def test_what_is_chosen_of_rows_is_saved(school: School) -> None:
    visited, _ = changed_elsewhere(school)
    choices = {
        "_resolve": "1",
        f"_take:{GROUP}/@peas-001/what": "mine",
        f"_take:{GROUP}/@kale-001": "theirs",
        f"_take:{GROUP}#order": "theirs",
    }
    visited.post(BEANS, ("peas-001", "Sweet peas"), CORN, **choices)
    assert visited.whats == ["Corn", "Beans", "Sweet peas", "Kale"]


def test_a_row_that_the_other_device_has_goes_when_that_is_chosen(school: School) -> None:
    visited, _ = changed_elsewhere(school)
    choices = {
        "_resolve": "1",
        f"_take:{GROUP}/@peas-001/what": "theirs",
        f"_take:{GROUP}/@kale-001": "mine",
        f"_take:{GROUP}#order": "mine",
    }
    visited.post(BEANS, ("peas-001", "Sweet peas"), CORN, **choices)
    assert visited.whats == ["Beans", "Peas", "Corn"]
