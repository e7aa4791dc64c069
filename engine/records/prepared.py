"""Statements of the hot path, compiled once and handed straight to the driver.

Every change of a submission pays for these few, and SQLAlchemy spends four times as long around
each as the database does in it. What it knows stays in use: the dialect writes the text and the
columns' types convert the values, so that both databases get what they would have got.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Dialect, Engine, SelectBase, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction, configure_mappers
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from engine.records.together import TOGETHER, Together

Row = TypeVar("Row")


_LINE = "line of the transaction"
_CURSORS = "cursors of prepared statements"


class _Line(NamedTuple):
    """What a statement needs of the session's transaction, looked up once for all of them."""

    transaction: SessionTransaction | None
    connection: Connection
    driver: Any
    cursors: dict[object, Any] | None
    """The driver's, one for each statement: psycopg keeps in them how to convert its values. None
    on SQLite, where a cursor costs nothing, and one that was not read to its end holds a lock."""
    together: Together | None
    """Where rows wait for the commit. None on SQLite."""


def _line(session: Session) -> _Line:
    known: _Line | None = session.info.get(_LINE)
    # A savepoint is one of its own: SQLAlchemy sets it when it is asked for the connection there.
    transaction = session.get_nested_transaction() or session.get_transaction()
    if known is not None and known.transaction is transaction:
        return known
    connection = session.connection()
    info = connection.info
    together = info.get(TOGETHER)
    found = session.info[_LINE] = _Line(
        session.get_nested_transaction() or session.get_transaction(),
        connection,
        connection.connection.dbapi_connection,
        info.setdefault(_CURSORS, {}) if together is not None else None,
        together,
    )
    return found


class _Compiled(NamedTuple):
    text: str
    converted: tuple[tuple[str, Callable[[Any], Any]], ...]
    """The parameters that are not given as they are, and what converts each."""
    fixed: Mapping[str, Any]
    """The statement's own constants, which are parameters as well."""
    order: tuple[str, ...] | None
    """Of the parameters' names, where the driver wants them by position."""


class Prepared:
    """One statement, to be run in a transaction with other values each time.

    `schemas` says where the tables of a named schema really are, as `schema_translate_map` does.
    """

    def __init__(
        self, statement: ClauseElement, schemas: Mapping[str | None, str | None] | None = None
    ) -> None:
        self._statement, self._schemas = statement, schemas
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """The driver's cursor after running the statement with `values`, by parameter name.

        For an INSERT or UPDATE the names that are columns are what is written. Values that come
        back are the driver's own, unconverted. Read them before the statement is run again: the
        cursor is the statement's. Raises SQLAlchemy's errors like any other statement.
        """
        line = _line(session)
        if line.together:
            line.together.send()
        text, given = self.ready(line.connection, values)
        cursor = self._cursor(line)
        try:
            cursor.execute(text, given)
        except line.connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(line.connection, text, values, error) from error
        return cursor

    def add(self, session: Session, values: Mapping[str, Any]) -> None:
        """Run the statement at the latest with the commit, for rows that nobody reads before.

        Nothing in `values` may change meanwhile. Errors are raised by the commit, or by whichever
        statement comes in between.
        """
        line = _line(session)
        if line.together is None:
            self.run(session, values).close()
            return
        line.together.add(self._cursor(line), *self.ready(line.connection, values))

    def _cursor(self, line: _Line) -> Any:
        if line.cursors is None:
            return line.driver.cursor()
        if (cursor := line.cursors.get(self)) is None:
            cursor = line.cursors[self] = line.driver.cursor()
        return cursor

    def ready(self, connection: Connection | Engine, values: Mapping[str, Any]) -> tuple[str, Any]:
        """The text and the parameters that the driver gets."""
        key = (connection.dialect.name, tuple(values))
        if (compiled := self._compiled.get(key)) is None:
            compiled = self._compiled[key] = self._compile(connection.dialect, list(values))
        text, converted, fixed, order = compiled
        given = {**fixed, **values}
        for name, convert in converted:
            given[name] = convert(given[name])
        if order is None:
            return text, given
        return text, tuple([given[name] for name in order])

    def _compile(self, dialect: Dialect, names: list[str]) -> _Compiled:
        compiled = self._statement.compile(
            dialect=dialect,
            column_keys=names,
            schema_translate_map=self._schemas,
            render_schema_translate=self._schemas is not None,
        )
        assert isinstance(compiled, SQLCompiler)
        found = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in compiled.binds.items()
        }
        return _Compiled(
            str(compiled),
            tuple((name, convert) for name, convert in found.items() if convert is not None),
            {name: bind.value for name, bind in compiled.binds.items() if name not in names},
            tuple(compiled.positiontup or ()) if compiled.positional else None,
        )


class PreparedRows:
    """A SELECT of columns for pages, whose rows come back as plain tuples of converted values.

    Not for statements with a list of values in them (`in_` a Python list).
    """

    def __init__(self, statement: SelectBase) -> None:
        self._statement = statement
        self._prepared = Prepared(statement)
        self._converted: dict[str, list[tuple[int, Callable[[Any], Any]]]] = {}

    def all(self, session: Session, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Every row; the values of the parameters by name."""
        connection = _line(session).connection
        for listener in connection.dispatch.before_cursor_execute:  # whoever counts queries
            text, given = self._prepared.ready(connection, values)
            listener(connection, None, text, given, None, False)
        found: list[tuple[Any, ...]] = self._prepared.run(session, values).fetchall()
        return self.as_values(found, connection.dialect)

    def look(self, engine: Engine, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The same without a session, for whoever asks this one question of the database: what
        stands around a session costs several times the question. The values are the driver's own,
        to be compared with those of another time, and made into ours by `as_values`."""
        text, given = self._prepared.ready(engine, values)
        for listener in engine.dispatch.before_cursor_execute:
            listener(engine, None, text, given, None, False)
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(text, given)
            found: list[tuple[Any, ...]] = list(cursor.fetchall())
            cursor.close()
        except engine.dialect.loaded_dbapi.Error as error:
            raise _wrapped(engine, text, values, error) from error
        finally:
            connection.close()
        return found

    def as_values(self, found: list[tuple[Any, ...]], dialect: Dialect) -> list[tuple[Any, ...]]:
        """Rows of the driver's values, as the columns' types have them."""
        if (converted := self._converted.get(dialect.name)) is None:
            converted = self._converted[dialect.name] = self._converters(dialect)
        if not converted:
            return found
        rows = []
        for one in found:
            row = list(one)
            for at, convert in converted:
                row[at] = convert(row[at])
            rows.append(tuple(row))
        return rows

    def _converters(self, dialect: Dialect) -> list[tuple[int, Callable[[Any], Any]]]:
        found = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._statement.selected_columns
        ]
        return [(at, convert) for at, convert in enumerate(found) if convert is not None]


class PreparedRead(Generic[Row]):
    """Reads the rows of one table by a condition, as the mapped objects that SQLAlchemy's own
    SELECT would give: those that the session has already are left as they are.

    For tables whose columns are mapped under their own names, and have no relationships.
    """

    def __init__(self, mapped: type[Row], condition: ColumnElement[bool]) -> None:
        self._mapper = inspect(mapped)
        self._table = self._mapper.local_table
        self._keys = [column.key for column in self._table.primary_key]
        self._select = Prepared(select(*self._table.c).where(condition))
        self._converted: dict[str, list[tuple[str, Callable[[Any], Any] | None]]] = {}

    def one(self, session: Session, values: Mapping[str, Any]) -> Row | None:
        """The first row that fits, or None."""
        found = self._select.run(session, values).fetchone()
        if found is None:
            return None
        dialect = _line(session).connection.dialect
        if (columns := self._converted.get(dialect.name)) is None:
            configure_mappers()  # as SQLAlchemy does before the first object that it makes
            columns = self._converted[dialect.name] = [
                (column.key, column.type.dialect_impl(dialect).result_processor(dialect, None))
                for column in self._table.c
            ]
        said = {
            name: value if convert is None else convert(value)
            for (name, convert), value in zip(columns, found, strict=True)
        }
        key = self._mapper.identity_key_from_primary_key([said[name] for name in self._keys])
        known: Row | None = session.identity_map.get(key)
        if known is not None:
            return known
        made: Row = self._mapper.class_manager.new_instance()
        state = instance_state(made)
        state.dict.update(said)
        # As a row that SQLAlchemy read: `add` would look for what else there is to be inserted.
        state.key, state.session_id = key, session.hash_key
        session.identity_map.add(state)
        return made


def _wrapped(
    connection: Connection | Engine, text: str, values: Mapping[str, Any], error: Exception
) -> BaseException:
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, dict(values), error, base, dialect=connection.dialect)
