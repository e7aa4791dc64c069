"""One database: SQLite in the instance folder, or PostgreSQL when several machines share it.

`read()` looks, `transaction()` changes. On SQLite a changing transaction takes the write lock at
its first statement (`BEGIN IMMEDIATE`), so that two people who save at once wait for each other
instead of failing half-way; a reading one never waits and sees one moment. The tables are in
`tables`, their history in `migrations/`; the queue brings its own.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from engine.records.together import send_with_the_commit

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

_SQLITE_SETTINGS = (
    "PRAGMA journal_mode = WAL",  # readers and the writer do not wait for each other
    "PRAGMA synchronous = NORMAL",  # with WAL: a power cut may lose the last moment, never more
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",  # REPLACE would otherwise slip past the triggers
    "PRAGMA busy_timeout = 10000",
)
_BEGIN = "sqlite_begin"
_DATABASE = "database"
_IDLE = 1.0
"""Seconds for which a connection to PostgreSQL is taken to be alive."""
_SINCE = "idle since"
_MIGRATION_LOCK = 4_022_250_974_207_301_236
"""A number of our own for PostgreSQL's advisory lock: one process migrates, the others wait."""


class ReadingSession(Session):
    """A session that refuses to write: what it would lose without a word is a mistake."""


class Database:
    """The connection pool and the two ways to use it. Make one per process, after any fork.

    `url` is an SQLAlchemy address; `postgresql://…` means psycopg 3.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        """With its password: never print it."""
        self.engine = create_engine(parsed)
        writing = self.engine
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
            writing = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        else:
            _ask_idle_connections(self.engine)
            send_with_the_commit(self.engine)
        # Rows stay readable after the commit: a page is rendered when its transaction is over.
        whose = {_DATABASE: self}
        self._reading = sessionmaker(
            self.engine, class_=ReadingSession, expire_on_commit=False, info=whose
        )
        self._writing = sessionmaker(writing, expire_on_commit=False, info=whose)
        self.queue_client: Any = None
        """The queue's client, made by `queueing` when somebody asks for it."""
        self.queue_rows: Any = None
        """How a job is written, found out by `queueing` when the first one is enqueued."""

    @staticmethod
    def of(session: Session) -> Database:
        """The database that `session` was opened from."""
        found = session.info[_DATABASE]
        assert isinstance(found, Database)
        return found

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking. On SQLite all of its queries see the same moment."""
        with self._reading() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session for changing: commits at the end, rolls everything back on an error."""
        with self._writing() as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the tables, and the queue's, up to date. Harmless when they are, and quick."""
        # Both cost a third of a second to import; only this needs them.
        from alembic import command
        from dbos import DBOS

        logging.getLogger("alembic").setLevel(logging.WARNING)
        logging.getLogger("dbos").setLevel(logging.WARNING)
        with self.migrating() as connection:
            command.upgrade(alembic_config(connection), "head")
        DBOS.migrate(self.address)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for Alembic: one process migrates at a time, and all of it or nothing.

        SQLite changes a table by filling another and dropping the first, which it would take for
        the loss of every row that others refer to. So references are not enforced meanwhile there,
        and counted before the end. Raises `RuntimeError` when one would lead nowhere.
        """
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                with connection.begin():
                    asked = text("SELECT pg_advisory_xact_lock(:key)")
                    connection.execute(asked, {"key": _MIGRATION_LOCK})
                    yield connection
                return
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys = OFF")  # within a transaction it would mean nothing
            try:
                connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
                with connection.begin():
                    yield connection
                    if lost := connection.execute(text("PRAGMA foreign_key_check")).all():
                        raise RuntimeError(f"{len(lost)} rows would refer to nothing: {lost[:3]}")
            finally:
                raw.execute("PRAGMA foreign_keys = ON")

    @property
    def address(self) -> str:
        """The whole address with its password, for another library that connects by itself."""
        return self.url.render_as_string(hide_password=False)

    def dispose(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


def alembic_config(connection: Connection) -> Any:
    """Alembic's configuration for `connection`; there is no `alembic.ini`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config


def is_ours(name: str | None, kind: str, parents: MutableMapping[Any, Any]) -> bool:
    """Whether autogenerate should look at this: the queue's tables and schema are not ours."""
    from engine.records.tables import Base

    return kind != "table" or name in Base.metadata.tables


def _prepare_sqlite(engine: Engine) -> None:
    """Begin transactions ourselves: the driver would begin only at the first write, and a
    transaction that read first could then fail although nobody conflicts with it."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for setting in _SQLITE_SETTINGS:
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # Straight to the driver: through the engine it costs as much as a query.
        begin = connection.get_execution_options().get(_BEGIN, "BEGIN")
        try:
            connection.connection.cursor().execute(begin)
        except sqlite3.OperationalError as error:  # another writer takes too long
            raise OperationalError(begin, None, error) from error


def _ask_idle_connections(engine: Engine) -> None:
    """Ask a connection that lay idle whether its server is still there, before it is used.

    SQLAlchemy's own `pool_pre_ping` asks every time, which is one round trip in ten of a change.
    The price: whoever comes within `_IDLE` of the server's end gets an error instead of a new
    connection, as whoever was in the middle of something does.
    """

    @event.listens_for(engine, "checkin")
    def on_checkin(_: Any, record: ConnectionPoolEntry) -> None:
        record.info[_SINCE] = monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        since = record.info.get(_SINCE)  # a new connection has none
        if since is None or monotonic() - since < _IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the others are as old: all are opened anew


@event.listens_for(ReadingSession, "before_flush")
def _refuse_to_write(session: Session, _: Any, __: Any) -> None:
    raise RuntimeError("this session only reads; change things in Database.transaction()")
