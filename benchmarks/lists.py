"""A page of the reviewers' queue against the same bytes from a bare template, and acting on many.

The bare page is a Flask view that asks nobody anything: the finished rows of the real page, turned
into a template that writes them in a loop from prepared texts. So both send the same bytes, and
the difference is what the list costs: the session, five queries, permissions, words, the frame.
"""

from __future__ import annotations

import re
from time import perf_counter

from flask import Flask, render_template_string
from flask.testing import FlaskClient
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
    text = client.get("/queue").get_data(as_text=True)
    bare = _bare(text)
    assert bare.get("/").get_data(as_text=True) == text
    assert text.count("<tr data-row>") == ROWS
    queries = _queries(here, client, "/queue")
    found = medians({"list": lambda: client.get("/queue"), "bare": lambda: bare.get("/")}, 60)
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


def _bare(text: str) -> FlaskClient:
    """A client of an application whose one page is this text, each row from its cells."""
    rows = re.findall(r"<tr data-row>.*?</tr>", text, re.DOTALL)
    begin, end = text.index(rows[0]), text.index(rows[-1]) + len(rows[-1])
    between = text[text.index(rows[0]) + len(rows[0]) : text.index(rows[1])]
    # What differs between rows is a value; what is the same in all of them is template.
    parts = [re.split(r"(>[^<]*<|\"[^\"]*\")", row) for row in rows]
    prepared = [dict(enumerate(row)) for row in parts]
    width = min(map(len, parts))
    same = all(len(row) == width for row in parts)
    cells = "".join(f"{{{{ row[{at}]|safe }}}}" for at in range(width)) if same else ""
    one = cells or "{% for part in row.values() %}{{ part|safe }}{% endfor %}"
    page = (
        "{{ before|safe }}{% for row in rows %}"
        + one
        + "{% if not loop.last %}{{ between|safe }}{% endif %}{% endfor %}{{ after|safe }}"
    )
    app = Flask("bare")

    @app.get("/")
    def page_of_rows() -> str:
        return render_template_string(
            page, before=text[:begin], after=text[end:], rows=prepared, between=between
        )

    return app.test_client()


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
