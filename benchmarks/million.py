"""The lists at a thousand submissions and at a million, on SQLite and on PostgreSQL.

Both databases of an engine are filled by the database itself, with the same shares of everything;
only what a person, a school or a rare word has is the same number in both, as it is in life. Then
every page, filter and count is asked in turns of the small one and of the large one. Nothing is
rendered: what a page costs besides its rows would hide what is measured.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Index, insert, text

from benchmarks.timing import Figure, medians, milliseconds
from engine.credentials.library import Library
from engine.people import Actor
from engine.records import counting
from engine.records.database import Database
from engine.records.tables import Account, EditionRow, Submission
from engine.settings import load_settings
from engine.submissions import listing
from engine.submissions.listing import Asked, ListName

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)
FEW, MANY = 1_000, 1_000_000
PAGES = 1_000
"""The page that is asked for by its cursor; at a thousand submissions the tenth."""
REVIEWER = Actor("reviewer-0", "Rosa Lind", "rosa@example.org", frozenset({"reviewer"}))
STAFF = Actor("staff", "Sam Hale", "sam@example.org", frozenset({"staff"}))

FILTERS: tuple[tuple[str, ListName, Asked], ...] = (
    ("queue", "queue", Asked()),
    ("queue, newest", "queue", Asked(sort="newest")),
    ("queue, by due time", "queue", Asked(sort="due")),
    ("queue, credential", "queue", Asked(credential="c3")),
    ("queue, state", "queue", Asked(state="handed_in")),
    ("queue, state and credential", "queue", Asked(state="handed_in", credential="c3")),
    ("queue, free", "queue", Asked(whose="free")),
    ("queue, free and credential", "queue", Asked(whose="free", credential="c3")),
    ("queue, free and state", "queue", Asked(whose="free", state="judged")),
    ("queue, free, state, credential", "queue", Asked("c3", "judged", whose="free")),
    ("queue, mine", "queue", Asked(whose="mine")),
    ("queue, mine and credential", "queue", Asked(whose="mine", credential="c3")),
    ("queue, overdue", "queue", Asked(due="overdue")),
    ("queue, due soon", "queue", Asked(due="soon")),
    ("queue, overdue and credential", "queue", Asked(due="overdue", credential="c3")),
    ("queue, overdue and state", "queue", Asked(due="overdue", state="handed_in")),
    ("queue, round 3", "queue", Asked(round="3")),
    ("queue, round 5 and credential", "queue", Asked(round="5", credential="c3")),
    ("queue, round 5 and state", "queue", Asked(round="5", state="handed_in")),
    ("queue, waiting over 90 days", "queue", Asked(longer="90")),
    ("queue, over 90 days, credential", "queue", Asked(longer="90", credential="c3")),
    ("queue, name", "queue", Asked(name="zora")),
    ("queue, name and credential", "queue", Asked(name="zora", credential="c0")),
    ("queue, school", "queue", Asked(school="hillside")),
    ("queue, school and state", "queue", Asked(school="hillside", state="handed_in")),
    ("queue, words in my work", "queue", Asked(words="garden")),
    ("queue, round 5, free, over 90 days", "queue", Asked(round="5", whose="free", longer="90")),
    ("staff", "staff", Asked()),
    ("staff, longest first", "staff", Asked(sort="waiting")),
    ("staff, credential", "staff", Asked(credential="c3")),
    ("staff, state", "staff", Asked(state="done")),
    ("staff, state and credential", "staff", Asked(state="done", credential="c3")),
    ("staff, overdue", "staff", Asked(due="overdue")),
    ("staff, round 5", "staff", Asked(round="5")),
    ("staff, reviewer", "staff", Asked(reviewer="rosa")),
    ("staff, name", "staff", Asked(name="zora okafor")),
    ("staff, school and credential", "staff", Asked(school="hillside", credential="c1")),
    ("staff, rare word", "staff", Asked(words="heliotrope")),
    ("staff, rare word and state", "staff", Asked(words="heliotrope", state="done")),
    ("staff, word in every answer", "staff", Asked(words="garden")),
)
_STATES = ("draft", "draft", "amend", "handed_in", "handed_in", "judged", *["done"] * 4)
_KINDS = ("open", "open", "open", "review", "review", "decide", *["outcome"] * 4)


def measure() -> list[Figure]:
    """The worst ratio of each engine; the detail names it. `ACCOLADE_BENCH_ALL=1` lists all."""
    from tests.databases import running_server

    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{Path(folder) / name}.sqlite" for name in ("few", "many")]
        figures += _measured("SQLite", *urls)
    with running_server() as server:
        figures += _measured("PostgreSQL", *(server.url(server.new_database()) for _ in range(2)))
    return figures


def _measured(engine: str, few_url: str, many_url: str) -> list[Figure]:
    with _filled(few_url, FEW) as few, _filled(many_url, MANY) as many:
        ratios = []
        for name, small, large in _ways(few, many):
            found = medians({"few": small, "many": large}, 15)
            ratios.append((found["many"] / found["few"], name, found))
    ratios.sort(key=lambda one: one[0], reverse=True)
    for ratio, name, found in ratios:
        print(
            f"{engine}: {name}: {ratio:.2f} ({milliseconds(found['few'])} and "
            f"{milliseconds(found['many'])})",
            file=sys.stderr,
        )
    worst, name, found = ratios[0]
    return [
        Figure(
            f"a million submissions, {engine}",
            worst,
            2,
            f"{milliseconds(found['many'])} against {milliseconds(found['few'])} at a thousand: "
            f"“{name}”, the worst of {len(ratios)} pages, filters and counts",
        )
    ]


Way = Callable[[], object]


def _ways(few: Database, many: Database) -> Iterator[tuple[str, Way, Way]]:
    for name, of, asked in FILTERS:
        yield name, _page(few, of, asked), _page(many, of, asked)
        if not (asked.words or asked.name or asked.school or asked.reviewer):
            yield f"{name}: view’s count", _count(few, of, asked), _count(many, of, asked)
    for name, of in (("queue", "queue"), ("staff", "staff")):
        asked = Asked()
        late = [_cursor(few, of, 5 if of == "queue" else 10), _cursor(many, of, PAGES)]
        yield (
            f"{name}: thousandth page",
            _page(few, of, asked, late[0]),
            _page(many, of, asked, late[1]),
        )
    yield "counts by state", _standing(few), _standing(many)


def _page(database: Database, of: ListName, asked: Asked, after: str = "") -> Way:
    actor = REVIEWER if of == "queue" else STAFF

    def way() -> object:
        with database.read() as session:
            return listing.page(session, actor, of, asked, NOW, after=after)

    assert way().rows or asked.round == "5", (of, asked)  # type: ignore[attr-defined]
    return way


def _count(database: Database, of: ListName, asked: Asked) -> Way:
    def way() -> object:
        with database.read() as session:
            return listing.counted(session, REVIEWER if of == "queue" else STAFF, of, [asked], NOW)

    return way


def _standing(database: Database) -> Way:
    def way() -> object:
        with database.read() as session:
            return counting.standing(session)

    return way


def _cursor(database: Database, of: ListName, pages: int) -> str:
    """The cursor that leads to a late page: of the row before it."""
    waits = "WHERE state_kind IN ('review', 'decide')" if of == "queue" else ""
    order = "state_since, id" if of == "queue" else "state_since DESC, id DESC"
    with database.read() as session:
        row = session.execute(
            text(
                f"SELECT state_since, id FROM submissions {waits} ORDER BY {order} "
                f"LIMIT 1 OFFSET {pages * 50 - 51}"
            )
        ).one()
    since = row[0] if isinstance(row[0], datetime) else datetime.fromisoformat(row[0])
    since = since.replace(tzinfo=UTC) if since.tzinfo is None else since
    return f"{since.isoformat()}~{row[1]}"


@contextmanager
def _filled(url: str, rows: int) -> Iterator[Database]:
    begun = perf_counter()
    database = Database(url)
    database.migrate()
    fill(database, rows)
    print(f"filled with {rows:,} in {perf_counter() - begun:.0f} s", file=sys.stderr)
    yield database
    database.dispose()


def fill(database: Database, rows: int) -> None:
    """`rows` submissions by a tenth as many people, in every state, round and credential."""
    # In their order: it matters to SQLite.
    walks = [one for one in Submission.__table_args__ if isinstance(one, Index)]
    if database.is_sqlite:
        with closing(sqlite3.connect(str(database.url.database))) as raw:
            raw.execute("PRAGMA journal_mode = OFF")  # nobody misses it if it breaks half-way
    with database.engine.begin() as connection:
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
    """Switch off what counts each submission; returns the statements that switch it on again."""
    if not sqlite:
        connection.execute(text("ALTER TABLE submissions DISABLE TRIGGER USER"))
        return ["ALTER TABLE submissions ENABLE TRIGGER USER"]
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
