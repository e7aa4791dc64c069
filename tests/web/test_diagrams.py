"""The picture of the workflow on the pages of staff and candidates."""

from __future__ import annotations

import pytest

from engine.web.app import create_app
from tests.submissions.conftest import Garden, garden
from tests.web.garden_house import GardenHouse, words

__all__ = ["garden"]


@pytest.fixture
def house(garden: Garden) -> GardenHouse:
    app = create_app(garden.settings, garden.database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return GardenHouse(garden, app)


def test_staff_see_where_a_submission_is_and_what_it_came_through(house: GardenHouse) -> None:
    page = house.browser("office").get(f"/staff/submissions/{house.taken()}")

    assert page.text.count("diagram__state--now") == 1
    assert 'aria-current="step"><strong>Judging</strong>' in page.text
    said = words(page)
    assert "On show Been here" in said
    assert "Take, to: Judging (Judge)" in said


def test_candidates_see_the_states_as_they_are_called_to_them(house: GardenHouse) -> None:
    page = house.browser("grower").get(f"/submissions/{house.entered()}")

    assert 'aria-current="step"><strong>With the judges</strong>' in page.text
    assert "On show" not in page.text
    said = words(page)
    assert "Give up, to: Compost" in said
    assert "On to: Judging" in said
    assert "Send back" not in said


def test_a_published_document_shows_its_workflow_without_a_place_in_it(house: GardenHouse) -> None:
    page = house.browser("office").get("/staff/documents/window-garden")

    assert "diagram__picture" in page.text
    assert "diagram__state--now" not in page.text
