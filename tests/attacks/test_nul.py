"""NUL in whatever a request may carry: no database holds it, so no address stumbles over it."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from engine.connections import clients, letting_in
from engine.records.tables import Comment, SavedView, Upload
from tests.attacks.conftest import Stage, sane
from tests.attacks.test_routes import (
    ADMIN,
    EVERYBODY,
    GETS,
    PLAYED_BY,
    POSTS,
    address,
    browser_of,
)
from tests.conftest import ROOT
from tests.web.conftest import GARDEN
from tests.web.wallets import BACK, metadata

NAMES = sorted(
    {
        name
        for file in (ROOT / "engine" / "web").rglob("*.py")
        for name in re.findall(r'"(_?[a-z][a-z_]{1,19})"', file.read_text("utf-8"))
    }
)
"""Every word that may be the name of a field or of something that an address asks."""


NAMING = ("block", "submission", "body", "list")
"""Fields that name a thing, or are words for a thing that is named. Whatever is said here names
none, so nothing would be found."""
CLOSING = (
    "/review/<submission_id>/hand-back",
    "/review/<submission_id>/conflict",
    "/submissions/<submission_id>/advance/<transition_name>",
    "/staff/people/<account_id>/roles",
    "/staff/people/<account_id>/active",
)
"""Posts after which others would find nothing any more: they come last."""
_KINDER = (422, 409, 400, 403)


def role_for(rule: str) -> str:
    """Who gets furthest at an address."""
    expected = (POSTS.get(rule) or GETS[rule])[-1]

    def unkind(role: str) -> int:
        status = expected[role]
        if status < 400:
            return 0
        return _KINDER.index(status) + 1 if status in _KINDER else len(_KINDER) + 1

    return min(reversed(EVERYBODY), key=unkind)


def made(stage: Stage) -> dict[str, str]:
    """The addresses of what nobody has made yet on the stage, by rule: a calibration, a saved
    view, something to do to many, and an app, all by the one who posts to them."""
    admin = browser_of(stage, ADMIN)
    calibration = admin.post("/staff/calibration", {"credential": GARDEN, "title": "For you"})
    said = {"list": "staff", "item": stage.work, "action": "remind:candidate"}
    run = admin.post("/bulk", {**said, "message": "Hello."})
    admin.post("/views", {"list": "queue", "_view": "Mine to take away", "whose": "mine"})
    with stage.database.read() as session:
        view = session.scalars(select(SavedView.id)).one()
    with stage.database.transaction() as session:
        at, holder = datetime.now(UTC), stage.cast[PLAYED_BY[ADMIN]]
        app = clients.register(session, metadata(), "somewhere", at).client
        letting_in.allow(session, holder, app, BACK, app.said["scope"], "a" * 43, "a-code", at)
    id = calibration.location.rpartition("/")[2]
    return {
        "/practice/<calibration_id>": f"/practice/{id}",
        "/staff/calibration/<calibration_id>": f"/staff/calibration/{id}",
        "/bulk/<run_id>/begin": f"{run.location}/begin",
        "/bulk/<run_id>/stop": f"{run.location}/stop",
        "/views/<view_id>/remove": f"/views/{view}/remove",
        "/account/apps/<client_id>/shut-out": f"/account/apps/{app.id}/shut-out",
    }


def test_no_page_stumbles_over_a_query_with_nul(shared: Stage) -> None:
    query = "&".join(f"{name}=a%00b" for name in NAMES)
    for rule, (pattern, _) in GETS.items():
        path = address(shared, pattern).partition("?")[0]
        browser = browser_of(shared, role_for(rule))
        sane(browser.get(f"{path}?{query}"))


@pytest.mark.parametrize("name", ["q", "name", "person", "after", "since", "only", "serial"])
def test_no_list_stumbles_over_a_search_with_nul(shared: Stage, name: str) -> None:
    for rule in GETS:
        if "<" not in rule:
            browser = browser_of(shared, role_for(rule))
            plain, answer = (browser.get(f"{rule}?{name}={said}") for said in ("a", "%00a%00"))
            sane(answer, plain.status_code)


def test_no_page_has_nul_in_its_address(shared: Stage) -> None:
    for rule, (pattern, _) in GETS.items():
        if "<" in rule:
            role = role_for(rule)
            path = re.sub(r"\{\w+\}", "a%00b", pattern.partition("?")[0])
            path = path if "%00" in path else f"{path}%00"
            assert browser_of(shared, role).get(path).status_code == 404, rule


@pytest.mark.parametrize("also", [False, True], ids=["its own fields", "every other field too"])
def test_no_post_stumbles_over_fields_with_nul(stage: Stage, also: bool) -> None:
    paths = made(stage)
    for rule in [*(one for one in POSTS if one not in CLOSING), *CLOSING]:
        pattern, fields, _ = POSTS[rule]
        role = ADMIN if rule in paths else role_for(rule)
        data: dict[str, Any] = {
            name: f"{value.format(role=role)}\x00" for name, value in fields.items()
        }
        if also:
            data |= {f"{name}\x00": "a\x00b" for name in NAMES if name not in (*fields, *NAMING)}
        if rule.endswith("/evidence"):
            data["file"] = (io.BytesIO(b"words"), "wo\x00rds.txt")
        answer = browser_of(stage, role).post(paths.get(rule, address(stage, pattern)), data)
        sane(answer)
        # Where nothing was found, nothing was read of what was sent.
        assert answer.status_code != 404, rule


def test_what_stands_around_nul_is_kept(stage: Stage) -> None:
    rosa = stage.browser("rosa")
    said = {"pointer": "/plot/garden_name\x00", "body": "Which\x00 hill?"}

    sane(rosa.post(f"/review/{stage.work}/comments", said), 303)

    with stage.database.read() as session:
        bodies = session.scalars(
            select(Comment.body).where(Comment.pointer == "/plot/garden_name")
        ).all()
    assert "Which hill?" in bodies


def test_the_name_of_an_upload_loses_its_nul(stage: Stage) -> None:
    told = [("filename", "gar\x00den.png"), ("pointer", "/handover/photo\x00")]
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": "9",
        "Upload-Metadata": ",".join(f"{key} {b64encode(it.encode()).decode()}" for key, it in told),
    }

    sane(stage.browser("ben").client.post(f"/submissions/{stage.ready}/uploads", headers=headers))

    with stage.database.read() as session:
        names = session.scalars(
            select(Upload.name).where(Upload.submission_id == stage.ready)
        ).all()
    assert names == ["garden.png"]


def test_nobody_signs_in_with_nul(shared: Stage) -> None:
    path = "/sign-in?next=" + quote("/my-work\x00")
    sane(shared.browser().post(path, {"email": "ana@example.org\x00", "password": "\x00"}), 400)
