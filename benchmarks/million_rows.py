"""A thousand submissions or a million, made by the database itself: the rows of `million`.

Made by `INSERT … SELECT` over a series of numbers, with the triggers that count submissions and the
indexes that lists walk put aside meanwhile and made again afterwards, as for any bulk load.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Index, insert, text

from benchmarks.installation import NOW
from engine.credentials.library import Library
from engine.people import Actor
from engine.records import counting
from engine.records.database import Database
from engine.records.tables import Account, EditionRow, Submission
from engine.settings import load_settings

REVIEWER = Actor("reviewer-0", "Rosa Lind", "rosa@example.org", frozenset({"reviewer"}))
STAFF = Actor("staff", "Sam Hale", "sam@example.org", frozenset({"staff"}))

_STATES = ("draft", "draft", "amend", "handed_in", "handed_in", "judged", *["done"] * 4)
_KINDS = ("open", "open", "open", "review", "review", "decide", *["outcome"] * 4)


def fill(database: Database, rows: int) -> None:
    """`rows` submissions by a tenth as many people, in every state, round and credential."""
    # In their order: it matters to SQLite.
    walks = [one for one in Submission.__table_args__ if isinstance(one, Index)]
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.execute(text("PRAGMA cache_size = -400000"))  # indexes are made of it
        triggers = _without_triggers(connection, database.is_sqlite)
        for one in walks:
            one.drop(connection)
        _people(connection, database.is_sqlite, max(rows // 10, 100))
        _submissions(connection, database.is_sqlite, rows, max(rows // 10, 100))
        for one in walks:
            one.create(connection)
        for statement in triggers:
            connection.execute(text(statement))
    with database.transaction() as session:
        counting.recount(session)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _without_triggers(connection: Connection, sqlite: bool) -> list[str]:
    """Switch off what counts each submission, and on PostgreSQL what indexes each answer; returns
    the statements that make up for it and switch it on again."""
    if not sqlite:
        tables = ("submissions", "answer_texts")
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text("DROP INDEX ix_answer_index_terms"))
        return [
            "INSERT INTO answer_index (number, terms) "
            "SELECT number, to_tsvector('simple', folded) FROM answer_texts",
            "CREATE INDEX ix_answer_index_terms ON answer_index USING gin (terms)",
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables),
        ]
    named = text(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'submissions'"
    )
    found = connection.execute(named).all()
    for name, _ in found:
        connection.execute(text(f"DROP TRIGGER {name}"))
    return [sql for _, sql in found]


def _series(sqlite: bool, count: int) -> str:
    if sqlite:
        return (
            "(WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c "
            f"WHERE n < {count - 1}) SELECT n FROM c)"
        )
    return f"(SELECT generate_series(0, {count - 1}) AS n)"


def _people(connection: Connection, sqlite: bool, people: int) -> None:
    blank = {"password_hash": "", "active": True, "created_at": NOW}
    named = [
        {"id": one.id, "name": one.name, "email": one.email, "roles": sorted(one.roles), **blank}
        for one in (REVIEWER, STAFF)
    ]
    connection.execute(insert(Account), named)
    edition = {"digest": "d", "version": 1, "kind": "milestone", "title": "C", "bundle": _bundle()}
    connection.execute(
        insert(EditionRow),
        {**edition, "credential_id": "c", "published_at": NOW, "published_by": "x"},
    )
    # Twenty people are of one school, five of one name, however many others there are.
    name = "CASE WHEN n < 5 THEN 'Zora Okafor' ELSE 'Person ' || n END"
    school = "CASE WHEN n < 20 THEN 'Hillside' ELSE 'School ' || (n / 30) END"
    connection.execute(
        text(
            "INSERT INTO accounts (id, email, name, password_hash, roles, active, session_epoch, "
            f"created_at, school) SELECT 'p' || n, 'p' || n || '@example.org', {name}, '', '[]', "
            f"{'1' if sqlite else 'true'}, 0, '2026-01-01', {school} "
            f"FROM {_series(sqlite, people)} AS s"
        )
    )
    for word in ("'p' || n", f"lower('school:' || {school})"):
        connection.execute(
            text(
                f"INSERT INTO account_words (word, account_id) SELECT {word}, 'p' || n "
                f"FROM {_series(sqlite, people)} AS s"
            )
        )
    connection.execute(
        text(
            "INSERT INTO account_words (word, account_id) VALUES "
            + ", ".join(f"('zora', 'p{n}'), ('okafor', 'p{n}')" for n in range(5))
            + ", ('rosa', 'reviewer-0')"
        )
    )


def _bundle() -> dict[str, Any]:
    """A shipped credential: the lists look whether its reviews are blind."""
    settings = load_settings(Path(tempfile.gettempdir()), {})
    library = Library(settings.documents, settings.workflows)
    for id in library.credentials():
        _digest, bundle = library.bundle(id)
        if bundle.get("workflow"):
            return bundle
    raise LookupError("no shipped credential has a workflow")


def _case(values: tuple[str, ...]) -> str:
    return (
        "CASE n % 10 "
        + " ".join(f"WHEN {at} THEN '{value}'" for at, value in enumerate(values))
        + " END"
    )


def _submissions(connection: Connection, sqlite: bool, rows: int, people: int) -> None:
    step = 2 * 365 * 86_400 / rows  # spread over two years
    if sqlite:
        id = "substr('00000000' || (n * 7919 % 1000003), -8) || n"
        since = f"strftime('%Y-%m-%d %H:%M:%S.000000', '2024-03-12', (n * {step}) || ' seconds')"
        due = (
            "strftime('%Y-%m-%d %H:%M:%S.000000', '2026-02-10', "
            "(n * 7919 % 86400 * 60) || ' seconds')"
        )
    else:
        id = "lpad((n::bigint * 7919 % 1000003)::text, 8, '0') || n"
        since = f"timestamptz '2024-03-12Z' + n * {step} * interval '1 second'"
        due = "timestamptz '2026-02-10Z' + (n::bigint * 7919 % 86400 * 60) * interval '1 second'"
    judged = "n % 10 = 5"
    some = "((n / 100 * 17 + n) % 100)"  # a hundredth each, in every state and credential
    round = (
        f"CASE WHEN {some} = 3 THEN 5 WHEN {some} < 5 THEN 4 WHEN {some} < 15 THEN 3 "
        f"WHEN {some} < 40 THEN 2 ELSE 1 END"
    )
    connection.execute(
        text(
            "INSERT INTO submissions (id, edition_digest, credential_id, candidate_id, state, "
            "state_kind, state_since, revision, round, reviewer_id, opened_at, places_free, due_at)"
            f" SELECT {id}, 'd', 'c' || (n / 10 % 10), 'p' || (n % {people}), {_case(_STATES)}, "
            f"{_case(_KINDS)}, {since}, 1, {round}, CASE WHEN {judged} THEN 'reviewer-0' END, "
            f"'2024-01-01', CASE WHEN {judged} AND n / 100 % 10 = 1 THEN 1 ELSE 0 END, "
            f"CASE WHEN n % 10 < 6 AND n % 3 = 0 THEN {due} END "
            f"FROM {_series(sqlite, rows)} AS s"
        )
    )
    # The reviewer has forty assignments open, whatever else goes on.
    connection.execute(
        text(
            "INSERT INTO reviews (id, submission_id, round, reviewer_id, started_at, revision, "
            f"status) SELECT 'r' || n, {id}, {round}, 'reviewer-0', '2026-01-01', 0, 'open' "
            f"FROM {_series(sqlite, 400)} AS s WHERE {judged}"
        )
    )
    say = (
        "CASE WHEN n < 300 AND n % 10 = 6 THEN 'a heliotrope for our garden ' "
        "ELSE 'our garden of herbs ' END || n"
    )
    connection.execute(
        text(
            "INSERT INTO answer_texts (submission_id, round, text, folded) "
            f"SELECT {id}, {round}, {say}, {say} FROM {_series(sqlite, rows)} AS s "
            "WHERE n % 10 > 2"
        )
    )
