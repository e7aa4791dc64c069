"""The preview: a document as live forms, straight from the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from engine.settings import load_settings
from engine.web.preview import create_preview_app
from tests.conftest import ROOT
from tests.web.conftest import picture

Preview = Callable[[Path], FlaskClient]
DOCUMENTS = ROOT / "tests" / "documents"


@pytest.fixture
def preview(tmp_path: Path) -> Preview:
    settings = load_settings(tmp_path / "instance", {})
    return lambda path: create_preview_app(settings, path).test_client()


@pytest.fixture
def garden(tmp_path: Path) -> Path:
    """A copy of the garden credential that a test may spoil."""
    folder = tmp_path / "documents"
    shutil.copytree(DOCUMENTS, folder, ignore=shutil.ignore_patterns("fields"))
    return folder / "school-garden-steward.yaml"


def write(path: Path, text: str) -> None:
    """Save a file so that it is later than before, however coarse the clock of the disk is."""
    before = path.stat().st_mtime_ns
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_every_page_of_a_document_is_shown(preview: Preview, garden: Path) -> None:
    client = preview(garden)
    overview = client.get("/")
    assert overview.status_code == 200
    assert "School Garden Steward" in overview.text
    for page in ("plot/place", "plot/seasons", "handover/picture"):
        assert client.get(f"/pages/{page}").status_code == 200, page


@pytest.mark.parametrize("name", sorted(path.name for path in (DOCUMENTS / "fields").iterdir()))
def test_the_document_of_every_kind_of_field_is_shown(preview: Preview, name: str) -> None:
    client = preview(DOCUMENTS / "fields" / name)
    overview = client.get("/")
    assert overview.status_code == 200
    first = overview.text.split('href="/pages/')[1].split('"')[0]
    assert client.get(f"/pages/{first}").status_code == 200


def test_a_post_is_checked_like_a_real_one(preview: Preview, garden: Path) -> None:
    client = preview(garden)
    page = client.post("/pages/plot/place", data={"/plot/area": "1"})
    assert 'class="error-summary"' in page.text
    assert "A plot of two square metres or more is needed." in page.text
    assert 'value="1"' in page.text


def test_switching_the_language_keeps_what_is_being_tried(preview: Preview, garden: Path) -> None:
    client = preview(garden)
    said = {"/plot/garden_name": "Rosebed", "/plot/area": "about twelve", "_language": "es"}
    answer = client.post("/pages/plot/place", data=said)
    assert (answer.status_code, answer.location) == (303, "/pages/plot/place")
    page = client.get("/pages/plot/place").text
    assert '<html lang="es">' in page
    assert 'value="Rosebed"' in page
    assert 'value="about twelve"' in page
    assert 'class="error-summary"' not in page


def test_rows_and_files_work_without_scripts(preview: Preview, garden: Path) -> None:
    client = preview(garden)
    data = {"/plot/visits/0": "", "/plot/visits/0/what": "Sowed", "_add": "/plot/visits"}
    assert client.post("/pages/plot/seasons", data=data).status_code == 303
    assert 'value="Sowed"' in client.get("/pages/plot/seasons").text
    page = client.post("/pages/handover/picture", data={"/handover/photo#file": picture()})
    assert "garden.png" in page.text
    uploaded = client.post("/evidence", data={"pointer": "/handover/photo", "file": picture()})
    assert uploaded.status_code == 201


def test_what_was_tried_is_shown_as_json(preview: Preview, garden: Path) -> None:
    client = preview(garden)
    client.post("/pages/plot/place", data={"/plot/garden_name": "Rosebed"})
    assert "Rosebed" in client.get("/answers").text
    client.post("/forget")
    assert "Rosebed" not in client.get("/answers").text


def test_saving_the_document_changes_the_stamp_and_the_page(preview: Preview, garden: Path) -> None:
    client = preview(garden)
    before = client.get("/preview/stamp").get_json()["stamp"]
    write(garden, garden.read_text("utf-8").replace("Which climate is it in?", "What weather?"))
    assert client.get("/preview/stamp").get_json()["stamp"] != before
    assert "What weather?" in client.get("/pages/plot/place").text


def test_a_broken_document_keeps_the_last_good_one_under_its_findings(
    preview: Preview, garden: Path
) -> None:
    client = preview(garden)
    client.get("/")
    text = garden.read_text("utf-8")
    write(garden, text.replace("effort: A year", "efort: A year"))
    page = client.get("/pages/plot/place")
    assert page.status_code == 200
    assert "1 fault in this document" in page.text
    assert "efort" in page.text
    assert "What do you call the garden?" in page.text
    write(garden, text)
    assert "fault in this document" not in client.get("/pages/plot/place").text


@pytest.mark.parametrize("content", ["", "a: [", "- 1", "credential: x", "\x00\x01"])
def test_a_document_that_never_loaded_shows_its_findings(
    preview: Preview, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(content, "utf-8")
    page = preview(path).get("/")
    assert page.status_code == 200
    assert "in this document" in page.text


def test_a_bare_json_schema_is_a_form(preview: Preview, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"type": "object", "properties": {"a": {"type": "string"}}}', "utf-8")
    client = preview(path)
    assert 'name="/form/a"' in client.get("/pages/form/answers").text
