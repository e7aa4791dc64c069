"""The databases that the tests of this floor run on."""

from tests.records.engines import (
    context,
    database,
    empty_url,
    migrated_sqlite,
    postgresql_server,
    sqlite,
)

__all__ = [
    "context",
    "database",
    "empty_url",
    "migrated_sqlite",
    "postgresql_server",
    "sqlite",
]
