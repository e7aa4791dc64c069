"""Posts and links that come from another site: nothing of theirs is done, kept or carried on."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.attacks.conftest import COACH, MARK, Stage, sane
from tests.conftest import PASSWORD
from tests.databases import ON_SQLITE
from tests.web.conftest import GARDEN

pytestmark = ON_SQLITE  # where a request comes from is asked before the database is

EVIL = {"Origin": "https://evil.example", "Referer": "https://evil.example/trap"}
FORGED = {"roles": "admin"}

BAD_TARGETS = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:/evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\r\nSet-Cookie: a=b",
    "/my-work\r\nLocation: https://evil.example",
    "/\x00//evil.example",
    "javascript:alert(1)",
    "/javascript:alert(1)\\",
    "data:text/html,x",
    "evil.example",
    "//evil.example@here/",
    "/\u2028/evil.example",
    "／／evil.example",
    "/%0d%0aSet-Cookie:%20a=b",
    "/.//evil.example",
    "/..//evil.example",
    "/%2e%2e//evil.example",
    "/%5cevil.example",
    "/%2f%2fevil.example",
    "//[",
    "https://[",
    "/x" * 20_000,
]


def stays_here(location: str) -> bool:
    """Where a browser would go: it folds back-slashes and drops tabs and line ends."""
    folded = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    return urlsplit(urljoin("http://localhost/sign-in", folded)).netloc == "localhost"


@pytest.mark.parametrize("target", BAD_TARGETS, ids=range(len(BAD_TARGETS)))
def test_signing_in_leads_nowhere_else(shared: Stage, target: str) -> None:
    browser = shared.browser()
    page = browser.get("/sign-in", query_string={"next": target})
    sane(page, 200)
    said = {"_email": "ana@example.org", "_password": PASSWORD, "_next": target}
    for more in ({}, {"_repost": "1"}):
        visitor = shared.browser()
        answer = visitor.post("/sign-in", {**said, **more})
        sane(answer, 303, 307)
        assert stays_here(answer.headers["Location"]), answer.headers["Location"]
        assert "a=b" not in answer.headers.get("Set-Cookie", "")
    signed_in = shared.browser("ana").get("/sign-in", query_string={"next": target})
    sane(signed_in, 303)
    assert stays_here(signed_in.headers["Location"])


@pytest.mark.parametrize(
    "path", ["//evil.example/my-work", "/\\evil.example", "//evil.example/%2f..", "/my-work//evil"]
)
def test_a_strange_path_is_not_sent_on_to_elsewhere(shared: Stage, path: str) -> None:
    environ = {"PATH_INFO": path, "RAW_URI": path}
    for client in (shared.browser().client, shared.browser("ana").client):
        answer = client.get("/", environ_overrides=environ)
        sane(answer)
        if "Location" in answer.headers:
            assert stays_here(answer.headers["Location"])
    posted = shared.browser().client.post("/", environ_overrides=environ, data={"a": "b"})
    sane(posted)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "localhost@evil.example", "a b"]
)
def test_a_forged_host_changes_no_address_on_a_page(shared: Stage, host: str) -> None:
    for headers in ({"Host": host}, {"X-Forwarded-Host": host, "Forwarded": f"host={host}"}):
        for path in (
            "/",
            "/my-work",
            "/sign-in?next=/my-work",
            f"/verify/{shared.serial}",
            f"/verify/{shared.serial}?format=json",
        ):
            answer = shared.browser("ana").get(path, headers=headers)
            sane(answer)
            assert "evil.example" not in answer.text
            assert "evil.example" not in answer.headers.get("Location", "")


@pytest.mark.parametrize(
    "headers",
    [
        EVIL,
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "https://localhost:444"},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["", "ada"])
def test_a_post_from_another_site_is_never_carried_on(
    shared: Stage, headers: dict[str, str], name: str
) -> None:
    """The way in would be: a trap posts, the sign-in page carries it, signing in does it."""
    before = shared.dump()
    client = shared.browser(name).client
    answer = client.post(
        f"/staff/people/{shared.cast['ben'].id}/roles", data=FORGED, headers=headers
    )
    sane(answer, 403)
    assert "<textarea hidden" not in answer.text
    assert 'value="admin"' not in answer.text
    # Nor does it end the session that the person has.
    if name:
        assert client.get("/staff").status_code == 200
    else:
        assert "Set-Cookie" not in answer.headers
    assert shared.dump() == before


def test_a_post_from_another_site_does_nothing_even_with_the_token(stage: Stage) -> None:
    before = stage.dump()
    ada = stage.browser("ada")
    path = f"/staff/people/{stage.cast['ben'].id}/roles"
    said = {**FORGED, "csrf_token": ada.token()}
    assert ada.client.post(path, data=said, headers=EVIL).status_code == 403
    assert stage.dump() == before


def test_a_trap_on_the_sign_in_page_is_not_carried_either(stage: Stage) -> None:
    said = {**FORGED, "_next": f"/staff/people/{stage.cast['ben'].id}/roles", "_repost": "1"}
    answer = stage.browser().client.post("/sign-in", data=said, headers=EVIL)
    sane(answer, 403)
    assert "<textarea hidden" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://127.0.0.1:5000"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_ones_own_text_is_carried_on_as_ever(shared: Stage, headers: dict[str, str]) -> None:
    answer = shared.browser().client.post(
        f"/submissions/{shared.draft}/plot/place", data={"/plot/garden_name": "x"}, headers=headers
    )
    assert answer.status_code == 401
    assert "<textarea hidden" in answer.text


def test_the_carry_over_leaves_passwords_and_tokens_behind(stage: Stage) -> None:
    secret = "s3cret words of mine"
    for path, names in (
        ("/account/password", ("current_password", "new_password")),
        ("/staff/people/new", ("password",)),
        (f"/staff/people/{stage.cast['ben'].id}/password", ("password",)),
        ("/my-work", ("Password", "_password", "PASSWORD", "user[password]", "csrf_token")),
    ):
        client = stage.browser().client
        said = dict.fromkeys(names, secret)
        for target in (path, "/sign-in"):
            fields = said | ({"_next": path, "_repost": "1"} if target == "/sign-in" else {})
            answer = client.post(target, data=fields)
            sane(answer)
            assert secret not in answer.text, (target, names)


def test_carried_text_cannot_break_out_of_its_page(stage: Stage) -> None:
    nasty = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>'
    answer = stage.browser().client.post(
        f'/submissions/{stage.work}/"><script>x/y', data={nasty: nasty, "a": "\n\nkept"}
    )
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    fields = re.findall(r'<textarea hidden name="([^"]*)"[^>]*>(.*?)</textarea>', answer.text, re.S)
    assert (unescape(fields[0][0]), unescape(fields[0][1])) == (nasty, "\n" + nasty)


def test_a_planted_session_is_not_the_one_that_signs_in(stage: Stage) -> None:
    """Session fixation: what an attacker put into the browser is gone after signing in."""
    browser = stage.browser()
    with browser.client.session_transaction() as cookie:
        cookie["account"], cookie["epoch"], cookie["extra"] = stage.cast["ben"].id, 0, "planted"
    before = browser.client.get_cookie("accolade")
    answer = browser.post("/sign-in", {"_email": "ana@example.org", "_password": PASSWORD})
    assert answer.status_code == 303
    with browser.client.session_transaction() as cookie:
        assert cookie["account"] == stage.cast["ana"].id
        assert set(cookie) <= {"account", "epoch", "csrf_token", "_permanent"}
    assert browser.client.get_cookie("accolade") != before


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        ".",
        "..",
        "eyJhY2NvdW50IjoiYSJ9.aaaaaa.bbbb",
        "a" * 20_000,
        "\xff\xfe",
        '{"account":"ada"}',
    ],
)
def test_a_forged_session_cookie_is_nobodys(shared: Stage, value: str) -> None:
    client = shared.app.test_client(use_cookies=False)
    answer = client.get("/my-work", headers={"Cookie": f"accolade={value}"})
    sane(answer, 303)


def test_an_old_session_ends_with_the_password_and_the_account(stage: Stage) -> None:
    ben, sam = stage.browser("ben"), stage.browser("sam")
    assert ben.get("/my-work").status_code == 200
    person = f"/staff/people/{stage.cast['ben'].id}"
    sam.post(f"{person}/active", {"active": "no"})
    assert ben.get("/my-work").status_code == 303
    sam.post(f"{person}/active", {"active": "yes"})
    assert ben.get("/my-work").status_code == 303


def test_a_link_never_does_anything(stage: Stage) -> None:
    """A picture in a letter asks by GET, with the cookies of whoever reads it."""
    before = stage.dump()
    for name in ("ana", "rosa", "ada"):
        client = stage.browser(name).client
        for path in (
            "/sign-out",
            f"/credentials/{GARDEN}/open",
            f"/credentials/{COACH}/open",
            f"/submissions/{stage.work}/advance/take_away?revision=2&comment=x",
            f"/review/{stage.work}?_go=confer&revision=2",
            f"/staff/awards/{stage.serial}/revoke?reason=x",
            f"/staff/people/{stage.cast['ben'].id}/roles?roles=admin",
        ):
            sane(client.get(path))
            sane(client.get(quote(path, safe="/?=&")))
    assert stage.dump() == before
    assert MARK in stage.browser("ana").get(f"/submissions/{stage.work}/print").text
