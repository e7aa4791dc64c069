"""Rows that nobody reads before the commit: PostgreSQL gets them together with it.

A change ends with its jobs. Each row of them as a round trip of its own is a third of what a
change waits for, so they wait for the commit and go with it in one, as psycopg's pipeline does
it. Whatever else SQLAlchemy executes on the connection sends them first, so that nobody can look
for a row and not find it. SQLite answers at once: there nothing waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

if TYPE_CHECKING:
    import psycopg

TOGETHER = "rows that wait for the commit"
"""Where a connection's `info` has its `Together`."""
MOST = 100
"""Statements that wait at once: a change with thousands of jobs has no need to remember them."""


class _Waiting(NamedTuple):
    cursor: psycopg.Cursor[Any]
    text: str
    given: Any


class Together:
    """What waits on one connection to PostgreSQL; false when nothing does."""

    def __init__(self, driver: psycopg.Connection[Any], errors: type[Exception]) -> None:
        self._driver, self._errors = driver, errors
        self._waiting: list[_Waiting] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, cursor: Any, text: str, given: Any) -> None:
        """Have a statement wait. `given` is not to be changed any more."""
        self._waiting.append(_Waiting(cursor, text, given))
        if len(self._waiting) >= MOST:
            self.send()

    def send(self, *, commit: bool = False) -> None:
        """Send all that waits, in one round trip, with the commit behind it if asked for.

        Raises SQLAlchemy's errors, of whichever statement; then none of them is kept.
        """
        going, self._waiting = self._waiting, []
        try:
            with self._driver.pipeline():
                for one in going:
                    one.cursor.execute(one.text, one.given)
                if commit:
                    self._driver.execute("COMMIT", prepare=False)
        except self._errors as error:
            texts = "; ".join(one.text for one in going)
            raise DBAPIError.instance(texts, {}, error, self._errors) from error

    def forget(self) -> None:
        """Drop what waits: it is rolled back."""
        self._waiting.clear()


def send_with_the_commit(engine: Engine) -> None:
    """Let rows wait on an engine's connections to PostgreSQL."""
    of_driver: WeakValueDictionary[int, Together] = WeakValueDictionary()

    @event.listens_for(engine, "connect")
    def on_connect(driver: Any, record: ConnectionPoolEntry) -> None:
        made = Together(driver, engine.dialect.loaded_dbapi.Error)
        of_driver[id(driver)] = record.info[TOGETHER] = made

    @event.listens_for(engine, "do_execute")
    @event.listens_for(engine, "do_executemany")
    def before_another(cursor: Any, *_: Any) -> None:
        if waiting := of_driver.get(id(cursor.connection)):
            waiting.send()

    @event.listens_for(engine, "commit")
    def on_commit(connection: Connection) -> None:
        if waiting := connection.info.get(TOGETHER):
            try:
                waiting.send(commit=True)
            except BaseException:
                # SQLAlchemy rolls back by itself only what the driver's own commit refuses.
                connection.invalidate()
                raise

    # At a savepoint whatever waited was sent: what waits now belongs to what is rolled back.
    @event.listens_for(engine, "rollback_savepoint")
    @event.listens_for(engine, "rollback")
    def on_rollback(connection: Connection, *_: Any) -> None:
        if not connection.invalidated and (waiting := connection.info.get(TOGETHER)):
            waiting.forget()

    @event.listens_for(engine, "reset")
    def on_reset(_: Any, record: ConnectionPoolEntry, __: Any) -> None:
        if waiting := record.info.get(TOGETHER):
            waiting.forget()
