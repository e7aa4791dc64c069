"""A database that served one test says nothing of it to the next."""

from __future__ import annotations

import psycopg
import pytest

from tests.databases import Server


@pytest.fixture
def pattern(postgresql_server: Server) -> str:
    name = postgresql_server.new_database()
    with psycopg.connect(postgresql_server.url(name)) as connection:
        connection.execute("CREATE TABLE plants (id serial PRIMARY KEY, name text NOT NULL)")
        connection.execute("INSERT INTO plants (name) VALUES ('Basil'), (E'Sage\\tand\\nonions')")
    postgresql_server.seal(name)
    return name


def once(server: Server, pattern: str, *statements: str) -> str:
    """Borrow a database, run `statements` there, and give it back; what it was called."""
    with server.lent(pattern) as name, psycopg.connect(server.url(name)) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        connection.commit()
    return name


def found(server: Server, pattern: str) -> list[tuple[int, str]]:
    with server.lent(pattern) as name, psycopg.connect(server.url(name)) as connection:
        connection.execute("INSERT INTO plants (name) VALUES ('New')")
        return connection.execute("SELECT id, name FROM plants ORDER BY id").fetchall()


def test_the_next_one_has_the_patterns_rows_and_numbers(
    postgresql_server: Server, pattern: str
) -> None:
    first = once(
        postgresql_server,
        pattern,
        "DELETE FROM plants WHERE id = 1",
        "UPDATE plants SET name = 'Onions'",
        "INSERT INTO plants (name) VALUES ('Mint'), ('Dill')",
    )
    assert found(postgresql_server, pattern) == [(1, "Basil"), (2, "Sage\tand\nonions"), (3, "New")]
    assert once(postgresql_server, pattern) == first


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE plants ADD COLUMN height integer",
        "ALTER TABLE plants ALTER COLUMN name DROP NOT NULL",
        "CREATE INDEX ON plants (name)",
        "CREATE TABLE pots (id integer)",
        "ALTER TABLE plants ADD CHECK (name <> '')",
    ],
)
def test_one_whose_tables_were_changed_is_not_lent_again(
    postgresql_server: Server, pattern: str, change: str
) -> None:
    first = once(postgresql_server, pattern, change)
    assert once(postgresql_server, pattern) != first


def test_one_that_a_test_left_a_connection_in_is_clean_all_the_same(
    postgresql_server: Server, pattern: str
) -> None:
    with postgresql_server.lent(pattern) as name:
        left = psycopg.connect(postgresql_server.url(name))
        left.execute("INSERT INTO plants (name) VALUES ('Late')")
    with pytest.raises(psycopg.OperationalError):
        left.execute("COMMIT")
    assert [name for _, name in found(postgresql_server, pattern)][-1] == "New"
