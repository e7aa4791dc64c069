"""Statements of the hot path, compiled once and handed straight to the driver.

Every change of a submission pays for these few, and SQLAlchemy spends four times as long around
each as the database does in it. What it knows stays in use: the dialect writes the text and the
columns' types convert the values, so that both databases get what they would have got.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Dialect, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Row = TypeVar("Row")


_CONNECTION = "connection of the transaction"


def connection_of(session: Session) -> Connection:
    """The connection of the session's transaction, which SQLAlchemy looks up anew each time."""
    begun = session.get_transaction()
    known = session.info.get(_CONNECTION)
    if known is not None and begun is not None and known[0] is begun:
        return cast(Connection, known[1])
    connection = session.connection()
    session.info[_CONNECTION] = (session.get_transaction(), connection)
    return connection


class _Value(NamedTuple):
    """A parameter: what converts it, or what it always is."""

    name: str
    converted: Callable[[Any], Any] | None
    fixed: Any
    is_fixed: bool

    def of(self, values: Mapping[str, Any]) -> Any:
        value = self.fixed if self.is_fixed else values[self.name]
        return value if self.converted is None else self.converted(value)


class _Compiled(NamedTuple):
    text: str
    values: tuple[_Value, ...]
    positional: bool


class Prepared:
    """One statement, to be run in a session's transaction with other values each time."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """The driver's cursor after running the statement with `values`, by parameter name.

        For an INSERT or UPDATE the names that are columns are what is written. Values that come
        back are the driver's own, unconverted. Raises SQLAlchemy's `IntegrityError` like any
        other statement.
        """
        connection = connection_of(session)
        key = (connection.dialect.name, tuple(values))
        if (compiled := self._compiled.get(key)) is None:
            compiled = self._compiled[key] = self._compile(connection.dialect, list(values))
        given: Any
        if compiled.positional:
            given = [value.of(values) for value in compiled.values]
        else:
            given = {value.name: value.of(values) for value in compiled.values}
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.text, given)
        except _integrity_error(connection) as error:
            raise IntegrityError(compiled.text, values, error) from error
        return cursor

    def _compile(self, dialect: Dialect, names: list[str]) -> _Compiled:
        compiled = self._statement.compile(dialect=dialect, column_keys=names)
        assert isinstance(compiled, SQLCompiler)
        order = compiled.positiontup if compiled.positional else list(compiled.binds)
        found = []
        for name in order or ():
            bind = compiled.binds[name]
            converted = bind.type.dialect_impl(dialect).bind_processor(dialect)
            found.append(_Value(name, converted, bind.value, name not in names))
        return _Compiled(compiled.string, tuple(found), compiled.positional)


class PreparedRead(Generic[Row]):
    """Reads the rows of one table by a condition, as the mapped objects that SQLAlchemy's own
    SELECT would give: those that the session has already are left as they are.

    For tables whose columns are mapped under their own names, and have no relationships.
    """

    def __init__(self, mapped: type[Row], condition: ColumnElement[bool]) -> None:
        self._manager = inspect(mapped).class_manager
        self._table = inspect(mapped).local_table
        self._mapped = mapped
        self._select = Prepared(select(*self._table.c).where(condition))
        self._converted: dict[str, list[tuple[str, Callable[[Any], Any] | None]]] = {}

    def one(self, session: Session, values: Mapping[str, Any]) -> Row | None:
        """The first row that fits, or None."""
        found = self._select.run(session, values).fetchone()
        if found is None:
            return None
        dialect = connection_of(session).dialect
        if (columns := self._converted.get(dialect.name)) is None:
            columns = self._converted[dialect.name] = [
                (column.key, column.type.dialect_impl(dialect).result_processor(dialect, None))
                for column in self._table.c
            ]
        said = {
            name: value if convert is None else convert(value)
            for (name, convert), value in zip(columns, found, strict=True)
        }
        keys = tuple(said[column.key] for column in self._table.primary_key)
        known = session.identity_map.get(session.identity_key(self._mapped, keys))
        if known is not None:
            return cast(Row, known)
        made = self._manager.new_instance()
        made.__dict__.update(said)
        make_transient_to_detached(made)
        session.add(made)
        return cast(Row, made)


def _integrity_error(connection: Connection) -> type[BaseException]:
    found: type[BaseException] = connection.dialect.dbapi.IntegrityError  # type: ignore[union-attr]
    return found
