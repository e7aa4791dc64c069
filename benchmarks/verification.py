"""The verification page against a static page of the same size.

The static page is a view of the same application that gives the same bytes, so both pay for
session, language, headers and the server's protocol; the difference is what it costs to be true:
the query that tells whether anything about the award has changed, and the answer that was kept.
What the first visitor in a minute waits for, with the signature checked, is told beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from flask import Flask, Response, make_response
from sqlalchemy import select
from werkzeug.test import EnvironBuilder

from benchmarks.installation import NOW, Installation, installation
from benchmarks.timing import Figure, medians, milliseconds
from engine.awards import status
from engine.awards.badges import awarded
from engine.records.tables import Award
from engine.web.app import create_app

ROUNDS = 300


def measure() -> list[Figure]:
    """The ratio that has a goal, and what a first visit costs."""
    with installation() as here:
        return _figures(here)


def _figures(here: Installation) -> list[Figure]:
    with here.database.transaction() as session:
        award = session.scalars(select(Award).where(*status.counting(NOW))).first()
        assert award is not None
        awarded.credential_of(session, award, here.settings)
        serial = award.serial
    app = create_app(here.settings, here.database)
    held: list[bytes] = []

    def static_page() -> Response:
        response = make_response(held[0])
        response.mimetype = "text/html"
        return response

    app.add_url_rule("/a-static-page", view_func=static_page)
    page, static = _asking(app, f"/verify/{serial}"), _asking(app, "/a-static-page")
    held.append(page())
    assert b"Signature checked just now: it is good." in held[0]
    assert static() == held[0]
    kept = app.extensions["verification"]

    def first() -> bytes:
        for answers in (kept.found, kept.pages):
            answers.forget()
        return page()

    ways: dict[str, Callable[[], object]] = {"page": page, "static": static, "first": first}
    found = medians({name: ways[name] for name in ("page", "static")}, ROUNDS)
    slow = medians({"first": first}, ROUNDS // 10)
    size = f"{len(held[0]):,} bytes"
    return [
        Figure(
            "the verification page",
            found["page"] / found["static"],
            1.5,
            f"{milliseconds(found['page'])} against {milliseconds(found['static'])} for the same "
            f"{size} from a static view",
        ),
        Figure(
            "the same, first visit in a minute",
            slow["first"] * 1000,
            None,
            "signature checked, page written",
            "ms",
        ),
    ]


def _asking(app: Flask, path: str) -> Callable[[], bytes]:
    """Asks the application for a page as a server does."""
    environ = EnvironBuilder(path=path).get_environ()

    def ask() -> bytes:
        heard: list[str] = []

        def begin(said: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
            heard.append(said)
            return lambda _data: None

        parts: Iterable[bytes] = app.wsgi_app({**environ, "wsgi.input": BytesIO()}, begin)
        body = b"".join(parts)
        assert heard == ["200 OK"], heard
        return body

    return ask
