"""NUL in whatever a request may carry: no database holds it, so no address stumbles over it."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from urllib.parse import quote

import pytest
from sqlalchemy import select

from engine.records.tables import Comment, Upload
from tests.attacks.conftest import Stage, sane
from tests.attacks.test_routes import EVERYBODY, GETS, POSTS, address, browser_of
from tests.conftest import ROOT

NAMES = sorted(
    {
        name
        for file in (ROOT / "engine" / "web").rglob("*.py")
        for name in re.findall(r'"(_?[a-z][a-z_]{1,19})"', file.read_text("utf-8"))
    }
)
"""Every word that may be the name of a field or of something that an address asks."""


def role_for(rule: str) -> str:
    """Who gets furthest at an address."""
    expected = (POSTS.get(rule) or GETS[rule])[-1]
    return next((role for role in reversed(EVERYBODY) if expected[role] < 400), EVERYBODY[-1])


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


def test_no_post_stumbles_over_fields_with_nul(stage: Stage) -> None:
    for rule, (pattern, fields, _) in POSTS.items():
        role = role_for(rule)
        said = {name: f"{value.format(role=role)}\x00" for name, value in fields.items()}
        others = {f"{name}\x00": "a\x00b" for name in NAMES if name not in fields}
        for more in ({}, others):
            data = {**more, **said}
            if rule.endswith("/evidence"):
                data["file"] = (io.BytesIO(b"words"), "wo\x00rds.txt")  # type: ignore[assignment]
            sane(browser_of(stage, role).post(address(stage, pattern), data))


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
