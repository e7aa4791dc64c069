"""Input too large, too deep, or no text at all: a clear answer, and little of it read."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.datastructures import MultiDict

from engine import people
from engine.credentials.library import Library
from engine.forms.answers import Draft, parse, prune, validate
from engine.forms.checking import Checker
from engine.people import SYSTEM, Actor
from engine.records import catalogue
from engine.records.database import Database
from engine.web.app import create_app
from tests.attacks.conftest import Stage, in_time, sane
from tests.conftest import PASSWORD, TERM, School, settings_in
from tests.databases import Server
from tests.forms.desk import asking, html_of, only_page
from tests.web.conftest import GARDEN, PNG

HUGE = 50 * 1024 * 1024
MOST_KEPT = 12 * 1024 * 1024
"""Bytes of memory that a body which is too large may take. It is read to its end, in pieces: a
browser that is cut off shows no answer."""


class Endless(io.RawIOBase):
    """A body of JSON that nobody has made before it is read."""

    def __init__(self, length: int = HUGE) -> None:
        self.left = length

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = self.left if size is None or size < 0 else min(size, self.left)
        self.left -= size
        return b"[" * size

    def readinto(self, buffer: Any) -> int:
        some = self.read(len(buffer))
        buffer[: len(some)] = some
        return len(some)


PATHS = (
    "/submissions/{id}/plot/place",
    "/submissions/{id}/evidence",
    "/submissions/{id}/advance/hand_in",
    "/submissions/{id}/record",
    "/submissions/{id}/copy",
    "/credentials/school-garden-steward/open",
    "/prose",
    "/language",
    "/account/password",
    "/sign-in",
    "/nowhere",
)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", PATHS)
def test_fifty_megabytes_are_refused_and_never_held(shared: Stage, path: str, kind: str) -> None:
    ben = shared.browser("ben")
    body = Endless()
    headers = {"X-CSRFToken": ben.token()}
    before = shared.answers(shared.ready, "plot")
    tracemalloc.start()
    with in_time(5):
        answer = ben.client.post(
            path.format(id=shared.ready),
            content_type=kind,
            headers=headers,
            environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": str(HUGE)},
        )
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    sane(answer)
    assert 400 <= answer.status_code < 500 or answer.status_code == 303
    assert most <= MOST_KEPT
    assert shared.answers(shared.ready, "plot") == before


# JSON that is typed into a question which takes any


DEEP = "[" * 10_000 + "]" * 10_000
ODD = [
    DEEP, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 10_000, "1e400", "-1e400", "NaN", "Infinity",
    "-0", "1" + "0" * 400, "9" * 6_000, '"\\ud800"', "\ud800", '{"__proto__": {"x": 1}}', "\x00",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_any_json_is_kept_or_kept_as_typed(text: str) -> None:
    forms = asking(anything={"title": "Anything"}, count={"type": "number"})
    page = only_page(forms)
    started = time.process_time()

    draft = parse(
        page,
        MultiDict({"/f/anything": text, "/f/anything#type": "0", "/f/count": text}),
        Draft({"f": {"kept": 1}}),
    )
    problems = validate(forms, draft)
    html_of(page, draft, problems)

    assert time.process_time() - started < 2
    assert draft.answers["f"]["kept"] == 1
    json.dumps(draft.answers, allow_nan=False).encode()
    json.dumps(prune(forms, draft), allow_nan=False).encode()


@pytest.mark.parametrize("value", [1e400, float("nan"), -0.0, 10**400, "\ud800", {"\ud800": 1}])
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number", "multipleOf": 0.01, "maximum": 5},
        {"type": "integer", "enum": [1, 2]},
        {"type": "string", "pattern": "^a", "format": "email", "minLength": 2},
        {"propertyNames": {"pattern": "^a"}, "patternProperties": {"^a": {"type": "string"}}},
        {"uniqueItems": True, "contains": {"const": 1}},
    ],
    ids=range(5),
)
def test_a_checker_has_an_answer_for_every_value(schema: Any, value: Any) -> None:
    for one in (value, [value, value], {"a": value}):
        Checker(schema).faults(one)
        Checker(schema, by_reference=True).faults(one)


def test_answers_that_nest_without_end_are_checked_in_bounded_time() -> None:
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    schema = {"properties": {"a": {"items": {"$ref": "#/$defs/l"}}},
              "$defs": {"l": {"type": "array", "items": {"$ref": "#/$defs/l"}}}}  # fmt: skip
    started = time.process_time()
    for by_reference in (False, True):
        Checker(schema, by_reference).faults({"a": deep})
    assert time.process_time() - started < 5


# PostgreSQL, whose texts have no NUL


@pytest.fixture(scope="module")
def on_postgresql(
    postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[School, str]]:
    """A school on PostgreSQL, and the id of a submission of Ana's."""
    name = postgresql_server.new_database(postgresql_server.migrated())
    settings = settings_in(tmp_path_factory.mktemp("postgresql"))
    database = Database(postgresql_server.url(name))
    library = Library(settings.documents, settings.workflows)
    with database.transaction() as session:
        account = people.add(session, "ana@example.org", "Ana", PASSWORD, ["candidate"], TERM)
        ana = Actor(account.id, account.name, account.email, frozenset(account.roles))
        catalogue.publish(session, library, GARDEN, SYSTEM, TERM)
    app = create_app(settings, database)
    app.testing = False
    school = School(settings, database, library, app, {"ana": ana})
    yield school, school.open("ana", GARDEN)
    database.dispose()
    postgresql_server.drop(name)


ODD_TEXTS = ("a\x00b", "\x00", "\ud800", "\u202egnp.exe", "\uffff", "a" * 70_000)


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_no_text_breaks_postgresql(on_postgresql: tuple[School, str], text: str) -> None:
    school, id = on_postgresql
    ana = school.browser("ana")
    path = f"/submissions/{id}/plot/place"
    said = quote(text, errors="surrogatepass")
    for address in (
        f"/{said}", f"/submissions/{said}", f"/credentials/{said}", f"/verify/{said}",
        f"/evidence/{said}", f"/submissions/{id}/{said}/x", f"/my-work?x={said}", f"/?q={said}",
        f"/verify?serial={said}",
    ):  # fmt: skip
        sane(ana.get(address))
    body = f"_seen={quote(ana.seen(path))}&_go=later&/plot/garden_name={said}&/plot/{said}=x"
    for kind in ("application/x-www-form-urlencoded",):
        answer = ana.client.post(
            path, data=body, content_type=kind, headers={"X-CSRFToken": ana.token()}
        )
        sane(answer, 303, 400)
    sane(ana.get(f"{path}?check=1"), 200)
    sane(ana.get(f"/submissions/{id}/check"), 200)
    if not any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        file = {"file": (io.BytesIO(PNG), f"{text[:200]}.png"), "pointer": "/handover/photo"}
        sane(ana.post(f"/submissions/{id}/evidence", file))
        sane(ana.client.post("/sign-in", data={"email": text, "password": text}))
