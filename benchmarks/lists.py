"""A page of the reviewers' queue against the same bytes from a bare template.

The bare page is the same template over rows that are prepared already, so both make the same HTML:
the difference is what the list costs, with the request, the session, five queries, permissions
and words. Acting on many rows is measured in `bulk`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context

from flask import render_template, request
from sqlalchemy import select

from benchmarks.installation import NOW, Installation, installation
from benchmarks.queries import _fill, _queries, _sign_in
from benchmarks.timing import Figure, medians, milliseconds
from engine import demo, people
from engine.people import Actor
from engine.records import counting
from engine.records.tables import Account
from engine.submissions import views
from engine.submissions.narrowing import Asked
from engine.web import lists
from engine.web.app import create_app

ROWS = 50


def measure() -> list[Figure]:
    """Ratio and queries of one page of fifty rows."""
    with installation() as here:
        _fill(here, 300)
        counting.sum_up(here.database)  # as a worker does every half minute
        return _page(here)


def _page(here: Installation) -> list[Figure]:
    app = create_app(here.settings, here.database)
    client = app.test_client()
    _sign_in(client, demo.REVIEWER[0])
    with here.database.transaction() as session:
        coach, mine = _actor(here, demo.REVIEWER[0]), Asked(whose="mine")
        views.save(session, coach, "queue", "Mine", mine, False, NOW)
    queries = _queries(here, client, "/queue")
    with client:
        text = client.get("/queue").get_data(as_text=True)
        assert text.count("<tr data-row>") == ROWS
        with here.database.read() as session:
            prepared = lists.shown(session, "queue")
        # The request goes on inside this block, so the template finds its frame and its token.
        cookie = {"Cookie": request.headers["Cookie"]}

        def listed() -> str:
            # In a context of its own, or it would find what this one knows of the person already.
            asked = app.test_client(use_cookies=False)
            answer = Context().run(asked.get, "/queue", headers=cookie)
            return answer.get_data(as_text=True)

        def bare() -> str:
            return render_template("web/reviewer/queue.html", page=prepared)

        assert listed().count("<tr data-row>") == ROWS
        assert abs(len(bare()) - len(text)) < 500
        ways: dict[str, Callable[[], object]] = {"list": listed, "bare": bare}
        found = medians(ways, 60)
    return [
        Figure(
            "a queue page of 50 rows",
            found["list"] / found["bare"],
            2.5,
            f"{milliseconds(found['list'])} against {milliseconds(found['bare'])} for the same "
            f"{len(text):,} characters from prepared rows",
        ),
        Figure("queries, a queue page of 50 rows", queries, 5, "with a saved view", "queries"),
    ]


def _actor(here: Installation, email: str) -> Actor:
    with here.database.read() as session:
        account = session.scalars(select(Account).where(Account.email == email)).one()
        found = people.actor(session, account.id, account.session_epoch)
    assert found is not None
    return found
