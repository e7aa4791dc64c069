"""Queries per list page: few, and the same however many rows there are."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event, select

from benchmarks.installation import NOW, Installation, installation
from benchmarks.timing import Figure
from engine import demo
from engine.records.tables import Account, Submission, new_id
from engine.web.app import create_app

PAGES = {
    "catalogue": ("/", demo.READY[0]),
    "my work": ("/my-work", demo.READY[0]),
    "queue": ("/queue", demo.REVIEWER[0]),
    "staff: submissions": ("/staff/submissions", demo.STAFF[0]),
    "staff: people": ("/staff/people", demo.STAFF[0]),
    "staff: awards": ("/staff/awards", demo.STAFF[0]),
}


def measure() -> list[Figure]:
    """The larger of the counts at 3 and at 300 rows; the detail says both."""
    with installation() as here:
        app = create_app(here.settings, here.database)
        counts: dict[str, list[int]] = {name: [] for name in PAGES}
        for rows in (3, 300):
            _fill(here, rows)
            for name, (path, email) in PAGES.items():
                client = app.test_client()
                _sign_in(client, email)
                client.get(path)
                counts[name].append(_queries(here, client, path))
    return [
        Figure(f"queries, {name}", max(few, many), 5, f"{few} at 3 rows, {many} at 300", "queries")
        for name, (few, many) in counts.items()
    ]


def _queries(here: Installation, client: FlaskClient, path: str) -> int:
    seen: list[str] = []

    def note(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(here.database.engine, "before_cursor_execute", note)
    answer = client.get(path)
    event.remove(here.database.engine, "before_cursor_execute", note)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(seen)


def _sign_in(client: FlaskClient, email: str) -> None:
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    words = {"csrf_token": token[1], "_email": email, "_password": demo.PASSWORD}
    answer = client.post("/sign-in", data=words)
    assert answer.status_code in (302, 303), answer.status_code


def _fill(here: Installation, rows: int) -> None:
    workflow = here.edition.workflow
    assert workflow is not None
    waiting = next(state for state in workflow.states.values() if state.kind == "review")
    with here.database.transaction() as session:
        owner = session.scalars(select(Account).where(Account.email == demo.READY[0])).one()
        session.add_all(
            Submission(
                id=new_id(),
                edition_digest=here.edition.digest,
                credential_id=here.edition.credential.id,
                candidate_id=owner.id,
                state=waiting.name,
                state_kind=waiting.kind,
                state_since=NOW,
                round=1,
                opened_at=NOW,
            )
            for _ in range(rows)
        )
