"""Staff move work to a newer version from a list that says what would happen to each."""

from __future__ import annotations

import re

import pytest

from engine.web.app import create_app
from tests.submissions.conftest import Garden, garden
from tests.submissions.test_migrating import second
from tests.web.garden_house import GardenHouse, words

__all__ = ["garden"]

MOVE = "/staff/documents/window-garden/move"


@pytest.fixture
def house(garden: Garden) -> GardenHouse:
    app = create_app(garden.settings, garden.database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return GardenHouse(garden, app)


def publish_second(house: GardenHouse, **changes: object) -> None:
    with house.garden.database.transaction() as session:
        second(session, **changes)


def version_of(house: GardenHouse, id: str) -> int:
    with house.garden.database.read() as session:
        subject = house.garden.subject(session, house.find(id))
        return subject.edition.credential.version


def ticks(page: str) -> list[str]:
    return re.findall(r'name="submission" value="([^"]+)"', page)


def test_the_list_says_what_would_happen_and_nothing_happens(house: GardenHouse) -> None:
    work = house.taken()
    publish_second(house)

    page = words(house.browser("office").get(MOVE))

    assert "Move work to version 2" in page
    assert "Judging, then Tasting" in page
    assert "/plan/goal to /design/aim" in page
    assert version_of(house, work) == 1


def test_what_is_ticked_is_moved(house: GardenHouse) -> None:
    work = house.taken()
    publish_second(house)
    office = house.browser("office")
    chosen = ticks(office.get(MOVE).text)

    answer = office.post(MOVE, data={"version": "2", "submission": chosen})

    assert answer.status_code == 303
    assert version_of(house, work) == 2
    assert house.find(work).state == "tasting"
    page = words(office.get(MOVE))
    assert "1 submission is now on version 2." in page
    assert "There is nothing to move" in page
    story = words(office.get(f"/staff/submissions/{work}"))
    assert "moved it to version 2" in story


def test_what_changed_since_the_list_was_made_is_left_alone_with_a_word(
    house: GardenHouse,
) -> None:
    work = house.taken()
    publish_second(house)
    office = house.browser("office")
    chosen = ticks(office.get(MOVE).text)
    with house.garden.database.transaction() as session:
        submission = house.garden.subject(session, house.find(work)).submission
        house.garden.advance(session, house.garden.judge, submission, "put_back")

    office.post(MOVE, data={"version": "2", "submission": chosen})

    assert version_of(house, work) == 1
    assert "This has changed since the list was made." in words(office.get(MOVE))


def test_work_without_a_place_can_not_be_ticked(house: GardenHouse) -> None:
    house.taken()
    publish_second(house, workflow__migrate=None)

    page = house.browser("office").get(MOVE)

    assert ticks(page.text) == []
    assert "None of these can be moved" in words(page)


def test_a_version_that_was_published_meanwhile_is_looked_at_first(house: GardenHouse) -> None:
    work = house.taken()
    publish_second(house)
    office = house.browser("office")
    chosen = ticks(office.get(MOVE).text)

    office.post(MOVE, data={"version": "1", "submission": chosen})

    assert version_of(house, work) == 1
    assert "A newer version was published meanwhile." in words(office.get(MOVE))


def test_reviewers_and_candidates_move_nothing(house: GardenHouse) -> None:
    work = house.taken()
    publish_second(house)
    chosen = ticks(house.browser("office").get(MOVE).text)

    for name in ("judge", "grower"):
        answer = house.browser(name).post(MOVE, data={"version": "2", "submission": chosen})
        assert answer.status_code == 403

    assert version_of(house, work) == 1
