"""What the whole form engine keeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as table:
        table.add_column(
            sa.Column("language", sa.String(length=10), nullable=False, server_default="")
        )
    with op.batch_alter_table("comments") as table:
        table.add_column(
            sa.Column("anchor", sa.String(length=2000), nullable=False, server_default="")
        )
    with op.batch_alter_table("snapshots") as table:
        table.add_column(sa.Column("marks", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    raise NotImplementedError("a newer installation is never made older")
