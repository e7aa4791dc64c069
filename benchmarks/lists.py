"""A page of the reviewers' queue against the same bytes from a bare template, and acting on many.

The bare page is the same template over rows that are prepared already, so both make the same HTML:
the difference is what the list costs, with the request, the session, five queries, permissions
and words.
"""

from __future__ import annotations

from time import perf_counter

from flask import render_template, request
from sqlalchemy import func, insert, select

from benchmarks.installation import NOW, Installation, installation
from benchmarks.queries import _fill, _queries, _sign_in
from benchmarks.timing import Figure, medians, milliseconds
from engine import demo, people
from engine.people import Actor
from engine.records.files import EvidenceStore
from engine.records.jobs import JobContext
from engine.records.tables import Account, BulkItem, Event, Submission, new_id
from engine.submissions import bulk, views
from engine.submissions.listing import Asked
from engine.web import lists
from engine.web.app import create_app

ROWS = 50
MANY = 10_000


def measure() -> list[Figure]:
    """Ratio and queries of one page of fifty rows; seconds of ten thousand reminders."""
    with installation() as here:
        _fill(here, 300)
        figures = _page(here)
    with installation() as here:
        figures += _reminders(here)
    return figures


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
        ways = {
            "list": lambda: app.test_client(use_cookies=False).get("/queue", headers=cookie),
            "bare": lambda: render_template("web/reviewer/queue.html", page=prepared),
        }
        cookie = {"Cookie": request.headers["Cookie"]}
        assert ways["list"]().get_data(as_text=True).count("<tr data-row>") == ROWS
        assert abs(len(ways["bare"]()) - len(text)) < 500
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


def _reminders(here: Installation) -> list[Figure]:
    workflow = here.edition.workflow
    assert workflow is not None
    waiting = next(state for state in workflow.states.values() if state.kind == "review")
    staff, owner = _actor(here, demo.STAFF[0]), _actor(here, demo.READY[0])
    ids = [new_id() for _ in range(MANY)]
    context = JobContext(here.settings, here.database, EvidenceStore(here.settings.evidence))
    with here.database.transaction() as session:
        rows = [
            {
                "id": id,
                "edition_digest": here.edition.digest,
                "credential_id": here.edition.credential.id,
                "candidate_id": owner.id,
                "state": waiting.name,
                "state_kind": waiting.kind,
                "state_since": NOW,
                "round": 1,
                "opened_at": NOW,
                "revision": 1,
            }
            for id in ids
        ]
        session.execute(insert(Submission), rows)
        said = {"to": "candidate", "words": "The hall is open until nine."}
        chosen = bulk.revisions(session, ids)
        run_id = bulk.prepare(session, staff, "remind", said, chosen, NOW)
        bulk.begin(session, staff, run_id, NOW)
    started = perf_counter()
    with here.database.read() as session:
        while bulk.progress_of(session, run_id).waiting:
            session.rollback()
            bulk.go_on(context, {"run": run_id})
    took = perf_counter() - started
    with here.database.read() as session:
        done = session.scalar(select(func.count()).where(BulkItem.outcome == "done"))
        told = session.scalar(select(func.count()).where(Event.kind == "reminded"))
    assert done == told == MANY
    return [
        Figure(
            "10,000 reminders at once",
            took,
            None,
            f"{took / MANY * 1000:.2f} ms each, every one in a transaction of its own with its "
            "outcome, event and job; none twice, none lost",
            "s",
        )
    ]
