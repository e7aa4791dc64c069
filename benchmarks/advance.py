"""One advance of a submission, against the same statements in bare sqlite3 and in bare psycopg.

The statements are recorded from advances of one copy of a database; then, taking turns, the
engine advances the submissions of a second copy and the bare driver replays the statements, with
the same parameters, on a third. All three start from the same rows, so both do the same work on
disk. The bare driver waits for each statement; on PostgreSQL the engine sends the job's with the
commit.
"""

from __future__ import annotations

import gc
import shutil
import sqlite3
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, ClassVar

import psycopg
from sqlalchemy import event, select

from benchmarks.installation import NOW, Installation, installation
from benchmarks.timing import Figure, milliseconds
from engine.credentials import documents
from engine.people import Actor
from engine.records.database import Database
from engine.records.tables import Account, EditionRow, Submission, new_id
from engine.submissions import progress

SUBMISSIONS = 200
Statements = list[tuple[str, Any]]


def measure() -> list[Figure]:
    """Permission, guards, machine, state, audit event, letter and job, committed."""
    return [_on_sqlite(), _on_postgresql()]


def _on_sqlite() -> Figure:
    with installation() as here:
        actor, ids = _prepare(here)
        here.database.dispose()
        source = here.settings.instance / "accolade.sqlite"
        copies = {name: _copy(source, name) for name in ("recorded", "engine", "bare")}
        recorded = _recorded(here, copies["recorded"], actor, ids)
        engine_times, bare_times = [], []
        database = _open(copies["engine"])
        bare = sqlite3.connect(copies["bare"], isolation_level=None)
        for pragma in ("synchronous = NORMAL", "foreign_keys = ON", "recursive_triggers = ON"):
            bare.execute(f"PRAGMA {pragma}")
        for id, statements in zip(ids, recorded, strict=True):
            gc.collect(0)
            start = perf_counter()
            _advance(here, database, actor, id)
            middle = perf_counter()
            _replay(bare, statements)
            bare_times.append(perf_counter() - middle)
            engine_times.append(middle - start)
        bare.close()
        database.dispose()
    ours, theirs = median(engine_times[10:]), median(bare_times[10:])
    return Figure(
        "advancing a submission",
        ours / theirs,
        4.5,
        f"{milliseconds(ours)} against {milliseconds(theirs)} for the same "
        f"{len(recorded[-1])} statements in bare sqlite3",
    )


def _on_postgresql() -> Figure:
    from tests.databases import running_server

    with running_server(durable=True) as server:
        first = server.new_database()
        with installation(server.url(first)) as here:
            actor, ids = _prepare(here)
            here.database.dispose()
            names = {name: server.new_database(first) for name in ("recorded", "engine", "bare")}
            recording = Database(server.url(names["recorded"]))
            _note_what_reaches_psycopg(recording)
            recorded = []
            for id in ids:
                _NotingPsycopg.noted = []
                _advance(here, recording, actor, id)
                recorded.append(_NotingPsycopg.noted)
            recording.dispose()
            database = Database(server.url(names["engine"]))
            engine_times, bare_times = [], []
            with psycopg.connect(server.url(names["bare"])) as bare:
                for id, statements in zip(ids, recorded, strict=True):
                    gc.collect(0)
                    start = perf_counter()
                    _advance(here, database, actor, id)
                    middle = perf_counter()
                    with bare.cursor() as cursor:
                        for statement, parameters in statements:
                            cursor.execute(statement, parameters)
                    bare.commit()
                    bare_times.append(perf_counter() - middle)
                    engine_times.append(middle - start)
            database.dispose()
    ours, theirs = median(engine_times[10:]), median(bare_times[10:])
    return Figure(
        "the same on PostgreSQL",
        ours / theirs,
        1 / 0.6,
        f"{milliseconds(ours)} against {milliseconds(theirs)} for the same "
        f"{len(recorded[-1])} statements in bare psycopg: {theirs / ours:.2f} of its rate",
    )


class _NotingPsycopg(psycopg.Cursor[Any]):
    noted: ClassVar[Statements] = []

    def execute(self, query: Any, params: Any = None, **named: Any) -> Any:
        if str(query).split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            _NotingPsycopg.noted.append((query, params))
        return super().execute(query, params, **named)


def _note_what_reaches_psycopg(database: Database) -> None:
    @event.listens_for(database.engine, "do_connect")
    def connect(_d: Any, _r: Any, _where: list[Any], how: dict[str, Any]) -> None:
        how["cursor_factory"] = _NotingPsycopg


def _prepare(here: Installation) -> tuple[Actor, list[str]]:
    """Many blank submissions to an edition that has one more transition than the shipped one.

    `measured` leaves the first state, has a guard that a blank draft passes, and writes a letter,
    so that every part of an advance is in it.
    """
    with here.database.transaction() as session:
        shipped = session.get_one(EditionRow, here.edition.digest)
        bundle = deepcopy(shipped.bundle)
        workflow = bundle["workflow"]
        initial, owner = workflow["initial"], _owner(workflow)
        workflow["transitions"]["measured"] = {
            "from": initial,
            "to": next(name for name in workflow["states"] if name != initial),
            "by": owner,
            "when": [{"rule": "submission.round == 0", "reason": "Never."}],
            "do": [{"notify": {"to": owner, "letter": "submitted"}}],
        }
        digest = documents.digest(bundle)
        session.add(
            EditionRow(
                digest=digest,
                credential_id="measured",
                version=1,
                kind=shipped.kind,
                title=shipped.title,
                bundle=bundle,
                published_at=NOW,
                published_by="command line",
            )
        )
        session.flush()
        account = session.scalars(select(Account).order_by(Account.email)).first()
        assert account is not None
        ids = [new_id() for _ in range(SUBMISSIONS)]
        session.add_all(
            Submission(
                id=id,
                edition_digest=digest,
                credential_id="measured",
                candidate_id=account.id,
                state=initial,
                state_kind="open",
                state_since=NOW,
                opened_at=NOW,
            )
            for id in ids
        )
        return Actor(account.id, account.name, account.email, frozenset(account.roles)), ids


def _owner(workflow: Mapping[str, Any]) -> str:
    return next(name for name, role in workflow["roles"].items() if role["kind"] == "owner")


def _advance(here: Installation, database: Database, actor: Actor, id: str) -> None:
    with database.transaction() as session:
        progress.advance(session, here.settings, actor, id, "measured", 0, NOW)


class _Recording(sqlite3.Connection):
    """Notes what reaches the driver: the queue's statements do not all pass SQLAlchemy."""

    noted: ClassVar[Statements] = []

    def cursor(self, *_: Any) -> Any:
        return super().cursor(_Noting)


class _Noting(sqlite3.Cursor):
    def execute(self, statement: str, parameters: Any = ()) -> Any:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            _Recording.noted.append((statement, tuple(parameters)))
        return super().execute(statement, parameters)


def _recorded(here: Installation, path: Path, actor: Actor, ids: list[str]) -> list[Statements]:
    database = _open(path)

    @event.listens_for(database.engine, "do_connect")
    def connect(_d: Any, _r: Any, where: list[Any], how: dict[str, Any]) -> sqlite3.Connection:
        return sqlite3.connect(*where, factory=_Recording, **how)

    found = []
    for id in ids:
        _Recording.noted = []
        _advance(here, database, actor, id)
        found.append(_Recording.noted)
    database.dispose()
    return found


def _replay(bare: sqlite3.Connection, statements: Statements) -> None:
    bare.execute("BEGIN IMMEDIATE")
    for statement, parameters in statements:
        bare.execute(statement, parameters).fetchall()
    bare.execute("COMMIT")


def _copy(source: Path, name: str) -> Path:
    target = source.with_name(f"{name}.sqlite")
    shutil.copy(source, target)
    return target


def _open(path: Path) -> Database:
    return Database(f"sqlite:///{path}")
