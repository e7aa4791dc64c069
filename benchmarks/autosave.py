"""One save of a page by its own script, in a submission of two pages and in one of forty.

The pages are alike, and all of them are answered in full. What a save costs may grow with the page
that is saved, never with the pages beside it: in the same form, and in forms of their own.
"""

from __future__ import annotations

import re
from copy import deepcopy
from itertools import count
from typing import Any

from flask.testing import FlaskClient

from benchmarks.installation import NOW, Installation, installation
from benchmarks.timing import Figure, medians, milliseconds
from engine.credentials import documents
from engine.people import Actor
from engine.records import catalogue
from engine.records.tables import Account, EditionRow
from engine.submissions import drafting
from engine.web.app import create_app

FEW, MANY = 2, 40
ANSWER = "We tried this in two lessons, wrote down who spoke, and looked at it together. " * 3


def measure() -> list[Figure]:
    """Over HTTP, without a network: reading the session, the page, the database, the answer."""
    with installation() as here:
        saves = {
            (pages, apart): _saving(here, pages, apart)
            for apart in (False, True)
            for pages in (FEW, MANY)
        }
        names = {key: f"{key[0]}{'apart' if key[1] else 'together'}" for key in saves}
        took = medians({names[key]: save for key, save in saves.items()}, rounds=120, warm=10)
    figures = []
    for apart, words in ((False, "in one form"), (True, "in forms of their own")):
        many, few = took[names[MANY, apart]], took[names[FEW, apart]]
        figures.append(
            Figure(
                f"saving a page of {MANY}, against one of {FEW}, {words}",
                many / few,
                1.3,
                f"{milliseconds(many)} against {milliseconds(few)}",
            )
        )
    return figures


def _saving(here: Installation, pages: int, apart: bool) -> Any:
    credential_id = f"pages-{pages}-{'apart' if apart else 'together'}"
    submission_id, person, epoch = _opened(here, credential_id, pages, apart)
    app = create_app(here.settings, here.database)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account"], cookie["epoch"] = person, epoch
    path = f"/submissions/{submission_id}/f0/p0"
    turn = count()
    shown = re.search(r'name="_seen" value="([^"]*)"', client.get(path).text)
    assert shown is not None
    seen = [shown[1]]

    def save() -> None:
        fields = {"_seen": seen[0], **_page("f0", 0, f"Again, {next(turn)}.")}
        seen[0] = _post(client, path, fields)["seen"]

    return save


def _post(client: FlaskClient, path: str, fields: dict[str, str]) -> dict[str, Any]:
    answer = client.post(path, data=fields, headers={"Accept": "application/json"})
    said: dict[str, Any] = answer.get_json()
    assert answer.status_code == 200, said
    return said


def _opened(
    here: Installation, credential_id: str, pages: int, apart: bool
) -> tuple[str, str, int]:
    """A submission in which every page is answered; whose it is."""
    with here.database.transaction() as session:
        shipped = session.get_one(EditionRow, here.edition.digest)
        bundle = deepcopy(shipped.bundle)
        bundle["credential"] |= {
            "credential": credential_id,
            "forms": _forms(pages, apart),
            "scoring_guides": {},
            "prerequisites": {},
            "rules": [],
            "examples": {},
        }
        bundle |= {"examples": {}, "frameworks": {}, "translations": {}}
        digest = documents.digest(bundle)
        session.add(
            EditionRow(
                digest=digest,
                credential_id=credential_id,
                version=1,
                kind=shipped.kind,
                title=credential_id,
                bundle=bundle,
                published_at=NOW,
                published_by="command line",
            )
        )
        session.flush()
        account = session.query(Account).order_by(Account.email).first()
        assert account is not None
        actor = Actor(account.id, account.name, account.email, frozenset(account.roles))
        edition = catalogue.edition(session, digest)
        submission = drafting.open_submission(session, edition, actor, NOW)
        subject = drafting.subject_of(session, submission.id)
        answers: dict[str, Any] = {}
        for number in range(pages):
            form = f"f{number}" if apart else "f0"
            answers.setdefault(form, {}).update(_answers(0 if apart else number))
        drafting.fill(session, subject, answers, actor, NOW)
        return submission.id, account.id, account.session_epoch


def _forms(pages: int, apart: bool) -> dict[str, Any]:
    if apart:
        return {f"f{number}": _form(range(1)) for number in range(pages)}
    return {"f0": _form(range(pages))}


def _form(pages: range) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for page in pages:
        for key in _answers(page):
            properties[key] = {"title": key, "type": "string", "widget": "long-text"}
            if key.startswith("list"):
                properties[key] = {"type": "array", "items": {"enum": ["a", "b", "c"]}}
            properties[key]["title"] = key
    return {
        "title": "A form",
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "pages": [
            {"id": f"p{page}", "title": f"Page {page}", "properties": list(_answers(page))}
            for page in pages
        ],
    }


def _answers(page: int) -> dict[str, Any]:
    texts: dict[str, Any] = {f"text{page}x{number}": ANSWER for number in range(8)}
    return texts | {f"list{page}x{number}": ["a", "c"] for number in range(4)}


def _page(form: str, page: int, more: str) -> dict[str, str]:
    """A page as its script posts it."""
    return {
        f"/{form}/{key}": f"{said}{more}" if isinstance(said, str) else "a"
        for key, said in _answers(page).items()
    }
