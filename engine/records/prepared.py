"""Statements of the hot path, compiled once and handed straight to the driver.

Every change of a submission pays for these few, and SQLAlchemy spends four times as long around
each as the database does in it. What it knows stays in use: the dialect writes the text and the
columns' types convert the values, so that both databases get what they would have got.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Dialect, SelectBase, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction, configure_mappers
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Row = TypeVar("Row")


_CONNECTION = "connection of the transaction"


def connection_of(session: Session) -> Connection:
    """The connection of the session's transaction, which SQLAlchemy looks up anew each time."""
    known: tuple[SessionTransaction, Connection] | None = session.info.get(_CONNECTION)
    if known is not None and known[0] is session.get_transaction():
        return known[1]
    connection = session.connection()
    session.info[_CONNECTION] = (session.get_transaction(), connection)
    return connection


class _Compiled(NamedTuple):
    text: str
    parameters: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    """Their names, in the statement's order, and what converts each."""
    fixed: Mapping[str, Any]
    """The statement's own constants, which are parameters as well."""
    positional: bool


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
        back are the driver's own, unconverted. Raises SQLAlchemy's errors like any other
        statement.
        """
        return self.run_on(connection_of(session), values)

    def run_on(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The same, for whoever has no session."""
        text, given = self.ready(connection, values)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, given)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text, values, error) from error
        return cursor

    def ready(self, connection: Connection, values: Mapping[str, Any]) -> tuple[str, Any]:
        """The text and the parameters that the driver gets."""
        key = (connection.dialect.name, tuple(values))
        if (compiled := self._compiled.get(key)) is None:
            compiled = self._compiled[key] = self._compile(connection.dialect, list(values))
        text, parameters, fixed, positional = compiled
        if fixed:
            values = {**fixed, **values}
        if positional:
            found = [
                values[name] if convert is None else convert(values[name])
                for name, convert in parameters
            ]
            return text, tuple(found)
        named = {
            name: values[name] if convert is None else convert(values[name])
            for name, convert in parameters
        }
        return text, named

    def _compile(self, dialect: Dialect, names: list[str]) -> _Compiled:
        compiled = self._statement.compile(
            dialect=dialect,
            column_keys=names,
            schema_translate_map=self._schemas,
            render_schema_translate=self._schemas is not None,
        )
        assert isinstance(compiled, SQLCompiler)
        order = compiled.positiontup if compiled.positional else list(compiled.binds)
        parameters, fixed = [], {}
        for name in order or ():
            bind = compiled.binds[name]
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            parameters.append((name, convert))
            if name not in names:
                fixed[name] = bind.value
        return _Compiled(str(compiled), tuple(parameters), fixed, compiled.positional)


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
        connection = connection_of(session)
        for listener in connection.dispatch.before_cursor_execute:  # whoever counts queries
            text, given = self._prepared.ready(connection, values)
            listener(connection, None, text, given, None, False)
        found: list[tuple[Any, ...]] = self._prepared.run(session, values).fetchall()
        if (converted := self._converted.get(connection.dialect.name)) is None:
            converted = self._converted[connection.dialect.name] = self._converters(connection)
        if not converted:
            return found
        rows = []
        for one in found:
            row = list(one)
            for at, convert in converted:
                row[at] = convert(row[at])
            rows.append(tuple(row))
        return rows

    def _converters(self, connection: Connection) -> list[tuple[int, Callable[[Any], Any]]]:
        dialect = connection.dialect
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
        dialect = connection_of(session).dialect
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
        state.key = key  # a row that is stored, not one to be inserted
        session.add(made)
        return made


def _wrapped(
    connection: Connection, text: str, values: Mapping[str, Any], error: Exception
) -> BaseException:
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, dict(values), error, base, dialect=connection.dialect)
