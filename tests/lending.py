"""Databases on PostgreSQL that serve one test after another.

Making a database costs more than most tests that need one. So a copy of a pattern that a test is
through with gets the pattern's rows and counters back, as fast as they can be put there: what
refuses changes or checks references is off for that connection alone. A copy whose tables,
triggers or constraints are no longer the pattern's is not lent again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

USES = 60
"""After so many tests a copy goes: rows that were removed are still in its files."""

_SEQUENCES = """
    SELECT schemaname, sequencename, coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences"""
# What a test may have changed but rows. A copy has its pattern's object numbers; those of our own
# objects begin at 16384.
_SHAPE = """
    SELECT concat_ws(' ',
      (SELECT sum(hashtext(concat_ws(',', oid, relname, relnatts)))
       FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i', 'S', 'v')),
      (SELECT sum(hashtext(concat_ws(',', attrelid, attname, atttypid, attnotnull)))
       FROM pg_attribute WHERE attrelid >= 16384),
      (SELECT sum(hashtext(concat_ws(',', oid, tgname, tgenabled)))
       FROM pg_trigger WHERE oid >= 16384),
      (SELECT sum(hashtext(concat_ws(',', oid, conname, convalidated)))
       FROM pg_constraint WHERE oid >= 16384))"""
_WRITTEN = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%'
    AND pg_relation_size(c.oid) > 0"""

Table = tuple[str, str]


@dataclass
class Shelf:
    """The copies of one pattern, and what they look like before a test."""

    url: str
    idle: list[str] = field(default_factory=list)
    rows: dict[Table, bytes] = field(init=False)
    counters: list[tuple[str, str, int, bool]] = field(init=False)
    shape: str = field(init=False)
    uses: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            tables = connection.execute(_WRITTEN).fetchall()
            self.rows = {(one[0], one[1]): _copied(connection, *one) for one in tables}
            self.counters = connection.execute(_SEQUENCES).fetchall()
            self.shape = _shape(connection)

    def renew(self, url: str) -> bool:
        """Make the database at `url` what it was; False where it isn't worth it."""
        self.uses[url] = self.uses.get(url, 0) + 1
        if self.uses[url] >= USES:
            return False
        try:
            with psycopg.connect(url) as connection:
                if _shape(connection) != self.shape:
                    return False
                self._refill(connection)
        except psycopg.Error:  # a table is held by what the test left running
            return False
        return True

    def _refill(self, connection: psycopg.Connection) -> None:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL lock_timeout = '2s'")
        emptied = sql.SQL(";").join(
            sql.SQL("DELETE FROM {}").format(sql.Identifier(*table))
            for table in connection.execute(_WRITTEN).fetchall()
        )
        connection.execute(emptied)
        for table, rows in self.rows.items():
            into = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(*table))
            with connection.cursor().copy(into) as copy:
                copy.write(rows)
        counters = sql.SQL(";").join(
            sql.SQL("SELECT setval({}, {}, {})").format(f'"{schema}"."{name}"', last, is_called)
            for schema, name, last, is_called in self.counters
        )
        connection.execute(counters)


def _shape(connection: psycopg.Connection) -> str:
    found = connection.execute(_SHAPE).fetchone()
    assert found is not None
    return str(found[0])


def _copied(connection: psycopg.Connection, schema: str, name: str) -> bytes:
    out = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, name))
    with connection.cursor().copy(out) as copy:
        return b"".join(bytes(part) for part in copy)
