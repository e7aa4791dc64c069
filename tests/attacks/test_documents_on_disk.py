"""A document is broken while the server serves: what was published goes on, staff read why."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine.credentials.library import Library
from engine.web.app import create_app
from tests.attacks.conftest import Stage, in_time, sane
from tests.conftest import ROOT
from tests.databases import ON_SQLITE
from tests.web.conftest import GARDEN

pytestmark = ON_SQLITE
"""The documents are files: the database has no part in how they are read and refused."""


@pytest.fixture
def editable(stage: Stage, tmp_path: Path) -> tuple[Stage, Path]:
    """The stage over a copy of the test documents that may be spoiled."""
    folder = tmp_path / "documents"
    shutil.copytree(ROOT / "tests" / "documents", folder)
    settings = replace(
        stage.settings,
        documents=(folder,),
        workflows=(folder / "workflows",),
    )
    app = create_app(settings, stage.database)
    library = Library(settings.documents, settings.workflows)
    return replace(stage, settings=settings, app=app, library=library), folder


SPOILED = {
    "nothing": b"",
    "a list": b"- a\n- b\n",
    "half a line": b"credential: school-garden-steward\nversion: [1\n",
    "no text": b"\xff\xfe\x00\x01\x02",
    "twice the same key": b"credential: school-garden-steward\ncredential: other\n",
    "a laugh": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
    ),
    "a knot": b"a: &a\n  b: *a\ncredential: school-garden-steward\n",
    "depth": b"[" * 20_000,
    "depth in blocks": b"".join(b" " * n + b"a:\n" for n in range(600)),
    "a python tag": b"credential: !!python/object/apply:os.system ['touch /tmp/owned']\n",
    "an include": b"credential: school-garden-steward\nforms: {plot: {$ref: /etc/passwd}}\n",
    "an address": b"credential: garden\nforms: {plot: {$ref: 'http://127.0.0.1:9/x'}}\n",
    "outside": b"credential: garden\nforms: {plot: {$ref: ../../../../etc/passwd}}\n",
    "NUL": b"credential: school\x00garden\n",
    "a number": b"42",
    "a tab": b"credential:\tschool-garden-steward\n\tversion: 1\n",
    "two documents": b"credential: a\n---\ncredential: b\n",
    "null": b"~",
    "numbers for names": b"1: 2\n3: 4\ncredential: 7\nversion: x\n",
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_document_stops_nothing(editable: tuple[Stage, Path], how: str) -> None:
    stage, folder = editable
    (folder / f"{GARDEN}.yaml").write_bytes(SPOILED[how])
    for name, path in (
        ("", "/"),
        ("", f"/credentials/{GARDEN}"),
        ("ben", f"/submissions/{stage.ready}/plot/place"),
        ("rosa", f"/review/{stage.work}"),
        ("ben", "/my-work"),
    ):
        sane(stage.browser(name).get(path), 200)
    ben = stage.browser("ben")
    path = f"/submissions/{stage.ready}/plot/place"
    said = {"_seen": ben.seen(path), "/plot/garden_name": "As before", "_go": "later"}
    sane(ben.post(path, said), 303)
    sam = stage.browser("sam")
    with in_time(10):
        page = sam.get("/staff/documents")
    sane(page, 200)
    assert "school-garden-steward" in page.text
    assert str(folder) not in page.text
    with in_time(10):
        one = sam.get(f"/staff/documents/{GARDEN}")
    sane(one, 200)
    assert str(folder) not in one.text
    assert "root:x:" not in one.text
    before = stage.dump()
    with in_time(10):
        answer = sam.post(f"/staff/documents/{GARDEN}/publish")
    sane(answer, 404, 422)
    assert stage.dump() == before
    assert not Path("/tmp/owned").exists()


@pytest.mark.parametrize("how", ["nothing", "half a line", "a laugh", "depth", "null", "a list"])
def test_a_spoiled_workflow_stops_nothing(editable: tuple[Stage, Path], how: str) -> None:
    stage, folder = editable
    (folder / "workflows" / "garden-assessment.yaml").write_bytes(SPOILED[how])
    sane(stage.browser("ben").get(f"/submissions/{stage.ready}"), 200)
    answer = stage.browser("ben").post(
        f"/submissions/{stage.ready}/advance/hand_in", {"revision": 0}
    )
    sane(answer, 303)
    sam = stage.browser("sam")
    for path in ("/staff/documents", f"/staff/documents/{GARDEN}"):
        with in_time(10):
            sane(sam.get(path), 200)
    sane(sam.post(f"/staff/documents/{GARDEN}/publish"), 404, 422)


def test_a_document_that_is_gone_or_a_folder_stops_nothing(editable: tuple[Stage, Path]) -> None:
    stage, folder = editable
    file = folder / f"{GARDEN}.yaml"
    file.unlink()
    for made in (False, True):
        if made:
            file.mkdir()
        for name, path in (
            ("", f"/credentials/{GARDEN}"),
            ("sam", "/staff/documents"),
            ("sam", f"/staff/documents/{GARDEN}"),
            ("ben", f"/submissions/{stage.ready}"),
        ):
            sane(stage.browser(name).get(path), 200)
    shutil.rmtree(folder)
    for name, path in (
        ("", "/"),
        ("sam", "/staff/documents"),
        ("ben", f"/submissions/{stage.ready}"),
    ):
        sane(stage.browser(name).get(path), 200)


@pytest.mark.parametrize(
    "id", ["..", "../../etc", "%2e%2e", "x" * 5000, "\x00", "nothing", "__proto__"]
)
def test_publishing_what_is_not_there_says_so(stage: Stage, id: str) -> None:
    before = stage.dump()
    answer = stage.browser("sam").post(
        "/", environ_overrides={"PATH_INFO": f"/staff/documents/{id}/publish"}
    )
    sane(answer, 404, 405, 422)
    assert stage.dump() == before
