"""One database: SQLite in the instance folder, or PostgreSQL when several machines share it.

`read()` looks, `transaction()` changes. On SQLite a changing transaction takes the write lock at
its first statement (`BEGIN IMMEDIATE`), so that two people who save at once wait for each other
instead of failing half-way; a reading one never waits and sees one moment. The tables are in
`tables`, their history in `migrations/`; the queue brings its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

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
        self.engine = create_engine(parsed, pool_pre_ping=not self.is_sqlite)
        writing = self.engine
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
            writing = self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        # Rows stay readable after the commit: a page is rendered when its transaction is over.
        whose = {_DATABASE: self}
        self._reading = sessionmaker(
            self.engine, class_=ReadingSession, expire_on_commit=False, info=whose
        )
        self._writing = sessionmaker(writing, expire_on_commit=False, info=whose)
        self.queue_client: Any = None
        """The queue's client, made by `queueing` when the first job is enqueued."""

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
        connection.connection.cursor().execute(begin)


@event.listens_for(ReadingSession, "before_flush")
def _refuse_to_write(session: Session, _: Any, __: Any) -> None:
    raise RuntimeError("this session only reads; change things in Database.transaction()")
