"""What Alembic reads to find the connection and the tables.

The connection comes from `Database.migrate`, which owns the transaction: a migration that fails
leaves nothing behind, on SQLite as on PostgreSQL. The queue's own tables are none of ours.
"""

from __future__ import annotations

from alembic import context

from engine.records.database import is_ours
from engine.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=is_ours,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
