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
    op.add_column(
        "editions", sa.Column("by_reference", sa.JSON(), nullable=False, server_default="{}")
    )
    with op.batch_alter_table("comments") as table:
        table.add_column(
            sa.Column("anchor", sa.String(length=2000), nullable=False, server_default="")
        )
    with op.batch_alter_table("snapshots") as table:
        table.add_column(sa.Column("marks", sa.JSON(), nullable=False, server_default="{}"))
    _evidence()
    op.create_table(
        "replaced_drafts",
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name="fk_replaced_drafts_submission_id_submissions",
        ),
        sa.PrimaryKeyConstraint("submission_id", name="pk_replaced_drafts"),
    )


def _evidence() -> None:
    with op.batch_alter_table("evidence") as table:
        table.alter_column("bytes", type_=sa.BigInteger(), existing_type=sa.Integer())
        table.add_column(
            sa.Column("privacy", sa.String(length=20), nullable=False, server_default="")
        )
        table.add_column(sa.Column("captions_id", sa.String(length=200), nullable=True))
        table.add_column(
            sa.Column("url", sa.String(length=2000), nullable=False, server_default="")
        )
        table.add_column(
            sa.Column("link_state", sa.String(length=20), nullable=False, server_default="")
        )
        table.add_column(sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(
            "fk_evidence_captions_id_evidence", "evidence", ["captions_id"], ["id"]
        )
    op.create_index("ix_evidence_uploaded_by", "evidence", ["uploaded_by"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("pointer", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence_id", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_uploads_evidence_id_evidence"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name="fk_uploads_owner_id_accounts"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_uploads_submission_id_submissions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_owner_id", "uploads", ["owner_id"])
    op.create_index("ix_uploads_submission_id", "uploads", ["submission_id"])


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_index("ix_evidence_uploaded_by", "evidence")
    with op.batch_alter_table("evidence") as table:
        table.drop_constraint("fk_evidence_captions_id_evidence", type_="foreignkey")
        for name in ("checked_at", "link_state", "url", "captions_id", "privacy"):
            table.drop_column(name)
        table.alter_column("bytes", type_=sa.Integer(), existing_type=sa.BigInteger())
    op.drop_table("replaced_drafts")
    for table_name, column in (
        ("snapshots", "marks"),
        ("comments", "anchor"),
        ("editions", "by_reference"),
        ("accounts", "language"),
    ):
        # Not in a batch: the triggers that refuse changes would go with the old table.
        op.drop_column(table_name, column)
