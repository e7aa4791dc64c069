"""Statements of the hot path, compiled once and handed straight to the driver.

Every change of a submission pays for these few, and SQLAlchemy spends four times as long around
each as the database does in it. What it knows stays in use: the dialect writes the text and the
columns' types convert the values, so that both databases get what they would have got.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement


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
        connection = session.connection()
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


def _integrity_error(connection: Connection) -> type[BaseException]:
    found: type[BaseException] = connection.dialect.dbapi.IntegrityError  # type: ignore[union-attr]
    return found
