"""Posts and addresses that no page makes: answered soon, in words, and nothing saved is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.records.tables import Comment, Event
from tests.attacks.conftest import MARK, Stage, in_time, sane
from tests.conftest import Browser

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ben(stage: Stage) -> Browser:
    return stage.browser("ben")


@pytest.fixture
def bens(shared: Stage) -> Browser:
    return shared.browser("ben")


@pytest.fixture
def place(shared: Stage) -> str:
    return f"/submissions/{shared.ready}/plot/place"


def raw(browser: Browser, path: str, body: bytes | str, kind: str = FORM, **headers: str):  # type: ignore[no-untyped-def]
    said = {"X-CSRFToken": browser.token(), **headers}
    return browser.client.post(path, data=body, content_type=kind, headers=said)


def save(browser: Browser, path: str, fields: dict[str, Any], **named: Any) -> TestResponse:
    return browser.post(path, {"_seen": browser.seen(path), "_go": "continue", **fields}, **named)


WRONG_ANSWERS = [
    ("place", "/plot/area", "about forty"),
    ("place", "/plot/area", "1e999"),
    ("place", "/plot/area", "9" * 5_000),
    ("place", "/plot/area", "NaN"),
    ("place", "/plot/area", "0x10"),
    ("place", "/plot/area", "１２"),
    ("place", "/plot/tap_on_site", "perhaps"),
    ("place", "/plot/climate", "Martian"),
    ("seasons", "/plot/first_sown_on", "31 February 2026"),
    ("seasons", "/plot/first_sown_on", "2026-02-31"),
    ("seasons", "/plot/first_sown_on", "0000-00-00"),
    ("seasons", "/plot/first_sown_on", "99999-01-01"),
    ("seasons", "/plot/first_sown_on", "2026-13-45T99:99"),
    ("seasons", "/plot/visits/0/children", "٣"),
    ("seasons", "/plot/visits/0/children", "-0"),
    ("seasons", "/plot/visits/0/on", "tomorrow"),
]


@pytest.mark.parametrize(("page", "name", "text"), WRONG_ANSWERS, ids=range(len(WRONG_ANSWERS)))
def test_what_does_not_fit_is_kept_as_typed_and_said(
    shared: Stage, bens: Browser, page: str, name: str, text: str
) -> None:
    path = f"/submissions/{shared.ready}/plot/{page}"
    with in_time():
        sane(save(bens, path, {name: text}), 303)
    shown = bens.get(f"{path}?check=1")
    sane(shown, 200)
    assert "error-summary" in shown.text
    if name not in ("/plot/tap_on_site", "/plot/climate"):  # radios have no place for other words
        assert text in shown.text
    sane(bens.get(f"/submissions/{shared.ready}/check"), 200)
    revision = shared.revision(shared.ready)
    answer = bens.post(f"/submissions/{shared.ready}/advance/hand_in", {"revision": revision})
    sane(answer, 422)
    assert shared.state(shared.ready) == "sketching"
    assert shared.answers(shared.ready, "plot")["water_plan"]


NUMBERS = [
    "9" * 300,
    "-" + "9" * 300,
    "1e308",
    "1e-320",
    "18446744073709551616",
    "9223372036854775808",
    "-9223372036854775809",
    "0." + "3" * 290,
    "1E0",
    "00012",
]


@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
def test_a_number_of_any_size_breaks_no_page(shared: Stage, bens: Browser, number: str) -> None:
    """Whole numbers of any length are JSON; database, rules and pages must bear them."""
    for page, name in (("place", "/plot/area"), ("seasons", "/plot/visits/0/children")):
        path = f"/submissions/{shared.ready}/plot/{page}"
        with in_time():
            sane(save(bens, path, {name: number}), 303)
        for tail in (f"/plot/{page}", f"/plot/{page}?check=1", "", "/check", "/print"):
            sane(bens.get(f"/submissions/{shared.ready}{tail}"), 200)


ODD_TEXTS = [
    "\x00",
    "a\x00b",
    "\u202egnp.exe",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "💥" * 500,
    "e\u0301" * 300,
    "a" * 1_000_000,
    "{{ 7*7 }}{% for x in y %}",
    "${7*7}",
    "<script>alert(1)</script>",
    "\x1b[31m",
    "\r\n\r\n",
    "a\rb",
    "%s%n%x",
    "'; DROP TABLE drafts; --",
    "\udc80",
]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_text_is_kept_and_shown_as_text(shared: Stage, bens: Browser, text: str) -> None:
    path = f"/submissions/{shared.ready}/plot/place"
    said = {
        "/plot/garden_name": text,
        "/plot/water_plan": text,
        "/plot/area": text,
        "/plot/climate": text,
        "_seen": bens.seen(path),
        "_go": "later",
    }
    body = urlencode(said, errors="surrogatepass")
    with in_time():
        sane(raw(bens, path, body), 303)
    for tail in ("/plot/place?check=1", "", "/check", "/print"):
        with in_time():
            page = bens.get(f"/submissions/{shared.ready}{tail}")
        sane(page, 200)
        assert "\x00" not in page.text
        assert "<script>alert" not in page.text
        assert "49{%" not in page.text
    assert shared.answers(shared.ready, "plot")["visits"]


NAMES = [
    "/plot/visits/999999999/what",
    "/plot/visits/99999999999999999999/what",
    "/plot/visits/-1/what",
    "/plot/visits/1e9/what",
    "/plot/__proto__/x",
    "/plot/constructor/prototype",
    "__proto__[x]",
    "/plot/visits/__proto__/what",
    "/plot/garden_name/__class__",
    "/plot/garden_name#other",
    "/plot/garden_name#file",
    "/plot#branch",
    "/plot/visits#branch",
    "/handover/agreement",
    "/handover/photo",
    "/plot/area/../../handover/successor",
    "/plot//garden_name",
    "plot/garden_name",
    "/PLOT/garden_name",
    "/plot/garden_name\x00",
    "/plot/\ud800",
    "/plot/~2",
    "/plot/~",
    "/",
    "",
    "/plot",
    "/nothing/x",
    "/plot/" + "a/" * 5000,
    "/plot/" + "0/" * 5000,
    "/plot/" + "x" * 100_000,
    "_take:/plot/garden_name",
    "_resolve",
    "_add",
    "_remove",
    "_seen",
    "_go",
    "state",
    "revision",
    "candidate_id",
    "roles",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
@pytest.mark.parametrize("value", ["/plot/visits/0", "/handover/photo"])
def test_a_forged_name_changes_nothing_else(
    shared: Stage, bens: Browser, name: str, value: str
) -> None:
    before = {form: shared.answers(shared.ready, form) for form in ("plot", "handover")}
    path = f"/submissions/{shared.ready}/plot/seasons"
    body = urlencode({"_seen": bens.seen(path), name: value}, errors="surrogatepass")
    for headers in ({}, {"Accept": "application/json"}):
        with in_time():
            sane(raw(bens, path, body, **headers), 200, 303, 409)
    after = {form: shared.answers(shared.ready, form) for form in ("plot", "handover")}
    assert after["handover"] == before["handover"]
    visits = after["plot"].pop("visits"), before["plot"].pop("visits")
    assert after["plot"] == before["plot"]
    if name == "_remove" and value == "/plot/visits/0":
        assert visits[0] == visits[1][2:]
    elif name == "/plot/visits/999999999/what":
        assert len(visits[0]) == len(visits[1]) + 1
    else:
        assert visits[0][: len(visits[1])] == visits[1]


@pytest.mark.parametrize(
    "path",
    [
        "/submissions/{id}/plot/nothing",
        "/submissions/{id}/nothing/place",
        "/submissions/{id}/plot/handover",
        "/submissions/{id}/__proto__/x",
        "/submissions/{id}/plot/%00",
        "/submissions/{id}/plot/{long}",
        "/submissions/{long}/plot/place",
        "/submissions/{id}/advance/{long}",
        "/submissions/{id}/advance/confer",
        "/submissions/{id}/advance/__init__",
        "/submissions/{id}/advance/to_handed_in",
        "/submissions/{id}/advance/handed_in",
        "/submissions/{id}/advance/os.system",
        "/submissions/{id}/advance/%ff%fe",
        "/submissions/{id}/advance/take_up",
    ],
)
def test_a_forged_form_page_or_step_is_not_there(shared: Stage, bens: Browser, path: str) -> None:
    before = shared.dump()
    path = path.format(id=shared.ready, long="x" * 50_000)
    for answer in (
        bens.get(path),
        bens.post(path, {"revision": 0, "_go": "later", "state": "conferred"}),
    ):
        sane(answer, 403, 404)
    assert shared.dump() == before


@pytest.mark.parametrize(
    "revision", ["", "-1", "99", "1.0", "0x0", "9" * 30, "9" * 6000, "null", "０x", "1;2", "true"]
)
def test_a_stale_or_forged_revision_changes_nothing(shared: Stage, revision: str) -> None:
    before = shared.dump()
    ben, rosa = shared.browser("ben"), shared.browser("rosa")
    sane(ben.post(f"/submissions/{shared.ready}/advance/hand_in", {"revision": revision}), 409)
    sane(rosa.post(f"/review/{shared.work}", {"_go": "confer", "revision": revision}), 403, 409)
    for headers in (False, True):
        said = {"_seen": revision, "_go": "save", "score/ground/alive": "Y"}
        answer = rosa.post(f"/review/{shared.work}", said, json=headers)
        sane(answer, 409)
    assert shared.dump() == before


def test_a_forged_sheet_is_ignored_but_for_what_is_asked(stage: Stage) -> None:
    rosa = stage.browser("rosa")
    said = {
        "_seen": "1",
        "_go": "save",
        "score/ground/alive": "Z",
        "score/nothing/alive": "Y",
        "score/ground/__class__": "Y",
        "score/" + "x/" * 5000: "Y",
        "score/ground/hands": "Y",
        "notes/ground/hands": "n" * 500_000,
        "reviewer_id": stage.cast["otto"].id,
        "state": "conferred",
    }
    with in_time():
        sane(rosa.post(f"/review/{stage.work}", said), 303)
    with in_time():
        page = rosa.get(f"/review/{stage.work}")
    sane(page, 200)
    assert stage.state(stage.work) == "under_assessment"
    assert len(page.text) < 200_000


def test_a_note_on_nothing_keeps_the_scores_and_the_words(stage: Stage) -> None:
    rosa = stage.browser("rosa")
    for pointer in ("/plot/nothing", "", "x", "/plot/visits/99", "/handover/photo/0", "y" * 5000):
        before = stage.dump()
        said = {"pointer": pointer, "body": "Words."}
        sane(rosa.post(f"/review/{stage.work}/comments", said), 404, 422)
        assert stage.dump() == before


def test_a_note_of_the_longest_length_survives_its_line_ends(stage: Stage) -> None:
    """The page counts a line end as one character; browsers post it as two."""
    rosa = stage.browser("rosa")
    note = ("Thirty words or so on a line. " * 3 + "\n") * 54
    note = note[:4_990].strip()
    said = {
        "_seen": "1",
        "_note": "/plot/area",
        "note/plot/area": note.replace("\n", "\r\n"),
        "score/ground/alive": "Y",
    }
    answer = rosa.post(f"/review/{stage.work}/comments", said)
    sane(answer, 303)
    with stage.database.read() as session:
        assert note in session.scalars(select(Comment.body)).all()


@pytest.mark.parametrize("tail", ["", "/comments"])
def test_a_note_that_is_too_long_comes_back_with_everything(stage: Stage, tail: str) -> None:
    rosa = stage.browser("rosa")
    said = {
        "_seen": "1",
        "_go": "save",
        "note/plot/area": "Much too long. " * 400,
        "score/ground/hands": "N",
        "notes/ground/hands": "Precious words",
    }
    answer = rosa.post(f"/review/{stage.work}{tail}", said)
    sane(answer)
    page = rosa.get(f"/review/{stage.work}").text
    assert "Much too long. Much too long." in answer.text + page
    assert "Precious words" in answer.text + page


def test_an_endless_comment_is_refused_and_handed_back(stage: Stage) -> None:
    before = stage.dump()
    words = "Because of this. " * 20_000
    with in_time():
        answer = stage.browser("sam").post(
            f"/submissions/{stage.work}/advance/take_away", {"revision": "2", "comment": words}
        )
    sane(answer, 422)
    assert "Because of this. Because of this." in answer.text
    assert stage.dump() == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"[]"),
        ("application/json", b'"x"'),
        ("application/json", b"null"),
        ("application/json", b"{" * 100_000),
        ("application/json", b"[" * 1_000_000),
        ("application/json", b'{"_seen": 1}'),
        ("application/json", b"\xff"),
        ("application/ld+json", b"{}"),
        ("text/plain", b"a=b"),
        ("application/xml", b"<a/>"),
        ("multipart/mixed; boundary=x", b"--x--"),
        ("application/octet-stream", b"\x00"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"a=b"),
    ],
)
def test_what_is_not_a_form_is_refused_in_words(
    shared: Stage, bens: Browser, place: str, kind: str, body: bytes
) -> None:
    before = shared.dump()
    for accept in ("text/html", "application/json"):
        with in_time():
            answer = raw(bens, place, body, kind, Accept=accept)
        if "urlencoded" in kind:
            sane(answer)
            continue
        sane(answer, 415)
        if accept == "application/json":
            assert answer.mimetype == "application/problem+json"
        assert shared.dump() == before


JSON_ISH = [
    "[" * 100_000,
    '{"a":' * 50_000,
    '"\\ud800"',
    '"\\u0000"',
    "1e999",
    "NaN",
    "-Infinity",
    "[1,]",
    "9" * 10_000,
    '{"__proto__": 1}',
    "\x00",
    '{"a":1,"a":2}',
]


@pytest.mark.parametrize("text", JSON_ISH, ids=range(len(JSON_ISH)))
def test_json_typed_into_any_question_is_only_text(
    shared: Stage, bens: Browser, place: str, text: str
) -> None:
    with in_time():
        answer = save(bens, place, {"/plot/garden_name": text, "/plot/area": text, "_go": "later"})
        sane(answer, 303)
    sane(bens.get(f"{place}?check=1"), 200)


MULTIPART = "multipart/form-data; boundary=x"
FORMS_OF_HELL: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "urlencoded, many": (
        FORM,
        lambda: urlencode([(f"/plot/f{n}", "x") for n in range(100_000)]).encode(),
    ),
    "urlencoded, the same": (FORM, lambda: b"/plot/garden_name=x&" * 100_000),
    "urlencoded, no names": (FORM, lambda: b"&" * 4_000_000),
    "urlencoded, rows": (
        FORM,
        lambda: urlencode([(f"/plot/visits/{n}/what", "x") for n in range(5_900)]).encode(),
    ),
    "urlencoded, deep": (
        FORM,
        lambda: b"&".join(f"/plot/{n}{'/0' * 77}=".encode() for n in range(5_900)),
    ),
    "urlencoded, takes": (
        FORM,
        lambda: b"_resolve=1&" + b"&".join(f"_take:{n}=theirs".encode() for n in range(5_900)),
    ),
    "urlencoded, large": (FORM, lambda: b"/plot/garden_name=" + b"x" * 3_900_000),
    "urlencoded, too large": (FORM, lambda: b"/plot/garden_name=" + b"x" * 50_000_000),
    "multipart, too large": (
        MULTIPART,
        lambda: (
            b'--x\r\nContent-Disposition: form-data; name="/plot/garden_name"\r\n\r\n'
            + b"x" * 50_000_000
            + b"\r\n--x--\r\n"
        ),
    ),
    "multipart, many": (
        MULTIPART,
        lambda: (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 50_000 + b"--x--\r\n"
        ),
    ),
    "multipart, no end": (MULTIPART, lambda: b"--x\r\n" * 100_000),
    "multipart, long head": (
        MULTIPART,
        lambda: b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 1_000_000,
    ),
    "multipart, no boundary": ("multipart/form-data", lambda: b"x" * 1000),
    "bad bytes": (FORM, lambda: b"%ff%fe=%c0%80&/plot/garden_name=%ed%a0%80&%=%&%zz=%u0000"),
}
"""By name: a type of content, and what makes the body, which is large."""


@pytest.mark.parametrize("what", FORMS_OF_HELL)
def test_a_post_made_to_hurt_is_answered_soon(
    shared: Stage, bens: Browser, place: str, what: str
) -> None:
    kind, make = FORMS_OF_HELL[what]
    body = make()
    kept = shared.answers(shared.ready, "plot")["visits"]
    if kind == FORM:
        body += f"&_seen={bens.seen(place)}".encode()
    with in_time():
        sane(raw(bens, place, body, kind), 303, 400, 409, 413)
    assert shared.answers(shared.ready, "plot")["visits"] == kept or "rows" in what
    with in_time():
        sane(bens.get(place), 200)


@pytest.mark.parametrize("what", ["urlencoded, many", "urlencoded, large", "urlencoded, too large"])
def test_a_visitors_post_made_to_hurt_is_answered_soon(
    shared: Stage, place: str, what: str
) -> None:
    kind, make = FORMS_OF_HELL[what]
    body = make()
    for path in (place, "/sign-in", "/nowhere"):
        with in_time():
            answer = shared.browser().client.post(path, data=body, content_type=kind)
        sane(answer, 400, 401, 404, 413)


def test_reading_a_revision_that_shares_no_word_takes_bounded_time() -> None:
    """An essay that was written anew: the comparison of two texts has no bound of its own."""
    from engine.forms.display import compared

    texts = [" ".join(f"{letter}{number}" for number in range(1_990)) for letter in "ab"] + [
        "a b " * 995,
        " ".join(f"w{n % 45}" for n in range(1_990)),
        "x" * 2_000_000,
        " ".join(f"w{(n * 17) % 45}" for n in range(1_990)),
        " ".join(f"w{n} {'c' if n % 2 else 'd'}" for n in range(990)),
    ]
    for before in texts:
        for after in texts:
            with in_time():
                pieces = list(compared(before, after))
            assert "".join(one.text for one in pieces if one.change != "added") == before
            assert "".join(one.text for one in pieces if one.change != "removed") == after


QUERIES = [
    "after=~",
    "after=x~y",
    "after=0001-01-01T00:00:00%2B14:00~x",
    "after=9999-12-31T23:59:59-14:00~x",
    "after=2026-01-01T00:00:00~x",
    "after=" + "9" * 5000 + "~x",
    "after=%00",
    "after=%ff~%fe",
    "after[]=x",
    "after=2026-01-01T00:00:00%2B00:00~%00",
    "q=%25%25%25&name=%25&to=%25",
    "q=" + "_" * 5000,
    "name=%F0%9F%92%A5",
    "state=__proto__&credential=..%2f..&whose=all",
    "credential=%00&state=%00&whose=%00&name=%00&q=%00&to=%00",
    "only=failed&only=x",
    "format=json",
    "person=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "check=" + "x" * 50_000,
    "a=b&" * 20_000,
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_no_query_breaks_a_page(shared: Stage, query: str) -> None:
    ada = shared.browser("ada")
    for path in (
        "/",
        "/queue",
        "/my-work",
        "/staff",
        "/staff/awards",
        "/staff/awards/standing-on-lost",
        "/staff/people",
        "/staff/people/names",
        "/staff/mail",
        "/staff/submissions",
        "/staff/recognitions",
        "/staff/jobs",
        "/staff/people/new",
        "/sign-in",
        f"/verify/{shared.serial}",
        "/verify",
        f"/review/{shared.work}",
    ):
        with in_time():
            answer = ada.get(f"{path}?{query}")
        sane(answer)
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "../../staff",
        "a/b/c",
        "\r\nX: y",
        "%0d%0a",
        "x" * 100_000,
        "//evil.example",
        "?x=1#y",
        "\x00",
        "<script>alert(1)</script>",
        "💥",
        "0" * 19,
        "---- ----",
        "{serial} ",
    ],
)
def test_any_typed_number_leads_to_an_answer(shared: Stage, typed: str) -> None:
    browser = shared.browser()
    answer = browser.get(
        "/verify", query_string={"serial": typed.replace("{serial}", shared.serial)}
    )
    if not typed.replace("\x00", "").strip():  # which is taken out of whatever arrives
        sane(answer, 200)
        return
    sane(answer, 303)
    assert answer.headers["Location"].startswith("/verify/")
    assert "X" not in answer.headers
    with in_time():
        page = browser.get(answer.headers["Location"])
    sane(page, 200, 303, 308, 404)
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "name",
    [
        "Accept",
        "Accept-Language",
        "Cookie",
        "User-Agent",
        "Range",
        "If-None-Match",
        "If-Modified-Since",
        "If-Range",
        "Referer",
        "X-CSRFToken",
        "Content-Length",
        "Authorization",
    ],
)
def test_no_header_breaks_a_page(shared: Stage, name: str) -> None:
    client = shared.browser("ana").client
    key = name.upper().replace("-", "_")
    key = key if key == "CONTENT_LENGTH" else f"HTTP_{key}"
    for value in (
        "",
        "\x00",
        "\xff\xfe",
        "*/*;q=" + "9" * 100,
        "a," * 5000,
        "bytes=0-0,5-2,-1,99999-",
        "=;=;=",
        'W/"',
    ):
        for path in ("/", f"/evidence/{shared.photo}"):
            sane(client.get(path, environ_overrides={key: value}))


def test_staff_pages_keep_what_was_typed_when_it_does_not_fit(stage: Stage) -> None:
    sam = stage.browser("sam")
    long = "Reasons. " * 40_000
    for path, fields in (
        (f"/staff/awards/{stage.serial}/revoke", {"reason": long}),
        (f"/staff/awards/{stage.serial}/suspend", {"reason": long}),
        (f"/staff/awards/{stage.serial}/correct", {"reason": long, "name": "Ana Hall"}),
        (f"/staff/people/{stage.cast['ben'].id}/name", {"reason": long, "name": "Ben Hall"}),
        (
            "/staff/people/new",
            {"email": "x" * 50_000, "name": long, "password": "short", "roles": "x"},
        ),
        (
            "/staff/recognitions",
            {
                "person": "<script>",
                "credential": "../..",
                "earned_on": "31 February",
                "source": long,
            },
        ),
        (f"/staff/recognitions/{stage.recognition}/revoke", {"reason": " \r\n "}),
        (f"/staff/people/{stage.cast['ben'].id}/password", {"password": "x" * 500_000}),
        (f"/staff/people/{stage.cast['ben'].id}/roles", {"roles": ["x"] * 5000}),
    ):
        before = stage.dump()
        with in_time():
            answer = sam.post(path, fields)
        sane(answer, 403, 422)
        assert stage.dump() == before, path
        if "reason" in fields and fields["reason"].strip():
            assert "Reasons. Reasons." in answer.text


def test_two_tabs_lose_neither_text(stage: Stage, ben: Browser, place: str) -> None:
    seen = ben.seen(place)
    sane(ben.post(place, {"_seen": seen, "/plot/garden_name": "First tab", "_go": "later"}), 303)
    second = ben.post(place, {"_seen": seen, "/plot/garden_name": "Second tab", "_go": "later"})
    sane(second, 409)
    assert "First tab" in second.text
    assert "Second tab" in second.text
    assert stage.answers(stage.ready, "plot")["garden_name"] == "First tab"
    quiet = ben.post(place, {"_seen": seen, "/plot/garden_name": "Second tab"}, json=True)
    assert (quiet.status_code, quiet.mimetype) == (409, "application/problem+json")


def test_nothing_of_all_this_is_in_the_trail_or_the_letters(stage: Stage, ben: Browser) -> None:
    """Refused posts leave no event: the trail tells what was done."""
    with stage.database.read() as session:
        before = session.scalar(select(func.count()).select_from(Event))
    for _ in range(3):
        ben.post(f"/submissions/{stage.work}/advance/confer", {"revision": 2})
        stage.browser("otto").post(f"/review/{stage.work}", {"_go": "confer", "revision": 2})
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == before
    assert MARK in json.dumps(stage.answers(stage.work, "plot"))
