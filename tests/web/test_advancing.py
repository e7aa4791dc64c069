"""Steps on the page: forms of their own, taking back, and until when."""

from __future__ import annotations

from typing import Any

from tests.submissions.conftest import NOON, garden
from tests.submissions.test_paths import Plant, plant
from tests.web.garden_house import GardenHouse, house, words

__all__ = ["garden", "house", "plant"]
"""The fixtures that this module takes over."""


def asking(workflow: dict[str, Any]) -> None:
    workflow["states"]["planting"]["due"] = "P60D"
    workflow["forms"] = {
        "why": {
            "type": "object",
            "properties": {
                "cause": {"type": "string", "title": "What happened?", "minLength": 4},
                "when": {"type": "string", "format": "date", "title": "On which day?"},
            },
            "required": ["cause", "when"],
        }
    }
    workflow["transitions"]["give_up"] |= {"form": "why", "confirm": "Give up? It is kept."}


def undoable(workflow: dict[str, Any]) -> None:
    # Long enough for the page's own clock, which is not the test's.
    workflow["transitions"]["give_up"] |= {"undo": "P50Y", "confirm": ""}


def opened(house: GardenHouse, plant: Plant, change: Any) -> str:
    with house.garden.database.transaction() as session:
        return plant(session, change).id


def test_the_page_says_until_when(house: GardenHouse, plant: Plant) -> None:
    id = opened(house, plant, asking)
    page = house.browser("grower").get(f"/submissions/{id}")
    assert "Please finish by 11 May 2026" in words(page)


def test_a_step_asks_its_own_form_first(house: GardenHouse, plant: Plant) -> None:
    id = opened(house, plant, asking)
    page = house.browser("grower").get(f"/submissions/{id}/advance/give_up")
    assert page.status_code == 200
    assert "Give up?" in words(page)
    assert 'name="/step/cause"' in page.text
    assert 'name="/step/when"' in page.text


def test_a_form_with_a_gap_comes_back_as_it_was_typed(
    house: GardenHouse,
    plant: Plant,
) -> None:
    id = opened(house, plant, asking)
    said = {"revision": "0", "/step/cause": "A frost in May"}
    page = house.browser("grower").post(f"/submissions/{id}/advance/give_up", data=said)
    assert page.status_code == 422
    assert "A frost in May" in page.text
    assert 'class="error-summary"' in page.text
    assert 'href="#/step/when"' in page.text
    assert house.find(id).state == "planting"


def test_a_filled_form_goes_with_the_step(
    house: GardenHouse,
    plant: Plant,
) -> None:
    id = opened(house, plant, asking)
    said = {"revision": "0", "/step/cause": "A frost in May", "/step/when": "2026-05-12"}
    done = house.browser("grower").post(f"/submissions/{id}/advance/give_up", data=said)
    assert (done.status_code, house.find(id).state) == (303, "compost")


def test_a_step_can_be_taken_back_from_the_page(
    house: GardenHouse,
    plant: Plant,
) -> None:
    id = opened(house, plant, undoable)
    browser = house.browser("grower")
    browser.post(f"/submissions/{id}/advance/give_up", data={"revision": "0"})
    page = browser.get(f"/submissions/{id}")
    assert "You can still take that back" in words(page)
    assert f'action="/submissions/{id}/take-back"' in page.text
    done = browser.post(f"/submissions/{id}/take-back")
    assert (done.status_code, house.find(id).state) == (303, "planting")
    assert "Everything is as it was before." in words(browser.get(done.location))
    assert "You can still take that back" not in words(browser.get(f"/submissions/{id}"))


def test_nobody_else_takes_it_back(house: GardenHouse, plant: Plant) -> None:
    id = opened(house, plant, undoable)
    house.browser("grower").post(f"/submissions/{id}/advance/give_up", data={"revision": "0"})
    for name, status in (("office", 403), ("stranger", 404), ("", 401)):
        answer = house.browser(name).post(f"/submissions/{id}/take-back")
        assert answer.status_code == status
    assert house.find(id).state == "compost"


def test_what_happens_by_itself_cannot_be_posted(
    house: GardenHouse,
    plant: Plant,
) -> None:
    def change(workflow: dict[str, Any]) -> None:
        wither = {"from": "planting", "to": "compost", "after": "P30D"}
        workflow["transitions"]["wither"] = wither

    id = opened(house, plant, change)
    browser = house.browser("grower")
    path = f"/submissions/{id}/advance/wither"
    assert browser.get(path).status_code == 404
    assert browser.post(path, data={"revision": "0"}).status_code == 404
    assert house.find(id).state == "planting"
    assert house.find(id).state_since == NOON
