"""Documents on the staff's desk: the file beside what is published, findings, publishing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.records.tables import EditionRow
from engine.web.app import create_app
from tests.submissions.conftest import Garden, garden
from tests.web.garden_house import GardenHouse, words

__all__ = ["garden"]

WATERING = """\
credential: watering
version: 1
kind: recognised
title: Watering
summary: Gives plants what they need.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "watering.yaml").write_text(WATERING, "utf-8")
    return folder


@pytest.fixture
def house(garden: Garden, folder: Path) -> GardenHouse:
    settings = replace(garden.settings, documents=(folder,), workflows=())
    app = create_app(settings, garden.database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return GardenHouse(garden, app)


def versions(house: GardenHouse) -> list[int]:
    with house.garden.database.read() as session:
        found = select(EditionRow.version).where(EditionRow.credential_id == "watering")
        return list(session.scalars(found.order_by(EditionRow.version)))


def test_a_document_is_published_from_its_page(house: GardenHouse) -> None:
    office = house.browser("office")
    page = office.get("/staff/documents/watering")
    assert "Publishing makes version 1 available in the catalogue." in words(page)
    assert "Publish this version" in words(page)
    assert office.post("/staff/documents/watering/publish").status_code == 303
    assert versions(house) == [1]
    after = office.get("/staff/documents/watering")
    assert "The file says exactly what is published." in words(after)
    assert "Publish this version" not in words(after)
    assert "Office" in words(after)


def test_a_changed_file_says_what_publishing_would_change(house: GardenHouse, folder: Path) -> None:
    office = house.browser("office")
    office.post("/staff/documents/watering/publish")
    changed = WATERING.replace("what they need", "water")
    (folder / "watering.yaml").write_text(changed, "utf-8")
    page = words(office.get("/staff/documents/watering"))
    assert "It changes its words. Raise its version to 2, then publish." in page
    refused = office.post("/staff/documents/watering/publish")
    assert refused.status_code == 422
    assert "Set version to 2." in words(refused)
    (folder / "watering.yaml").write_text(changed.replace("version: 1", "version: 2"), "utf-8")
    page = words(office.get("/staff/documents/watering"))
    assert "Publishing makes version 2 the one that new submissions begin with." in page
    assert office.post("/staff/documents/watering/publish").status_code == 303
    assert versions(house) == [1, 2]


def test_a_faulty_file_is_listed_with_its_findings_and_not_published(
    house: GardenHouse, folder: Path
) -> None:
    office = house.browser("office")
    office.post("/staff/documents/watering/publish")
    (folder / "watering.yaml").write_text(WATERING + "sumary: Twice\n", "utf-8")
    page = words(office.get("/staff/documents/watering"))
    assert "The file has 1 fault, so it can’t be published. Version 1 goes on as it is." in page
    assert "documents/watering.yaml:6:1 unknown-key" in page
    assert str(folder) not in page
    refused = office.post("/staff/documents/watering/publish")
    assert refused.status_code == 422
    assert versions(house) == [1]


def test_a_file_that_does_not_load_still_shows_what_is_published(
    house: GardenHouse, folder: Path
) -> None:
    office = house.browser("office")
    office.post("/staff/documents/watering/publish")
    (folder / "watering.yaml").write_text("credential: [watering\n", "utf-8")
    for path in ("/staff/documents", "/staff/documents/watering"):
        page = office.get(path)
        assert page.status_code == 200
        assert "documents/watering.yaml:" in words(page)
        assert "Version 1 goes on as it is." in words(page)
    assert office.post("/staff/documents/watering/publish").status_code in (404, 422)
    assert versions(house) == [1]


def test_reviewers_do_not_publish(house: GardenHouse) -> None:
    assert house.browser("judge").post("/staff/documents/watering/publish").status_code == 403
    assert versions(house) == []
