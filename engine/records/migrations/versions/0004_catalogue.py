"""What the catalogue's evidence needs: surveys, apart from who was asked.

Answers lie in the order of random ids (SQLite: without row ids), so that no order of arrival is
kept beside them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN_RUN = "state = 'open'"


def upgrade() -> None:
    _surveys()


def downgrade() -> None:
    for table in ("survey_answers", "survey_invitations", "survey_runs"):
        op.drop_table(table)


def _surveys() -> None:
    op.create_table(
        "survey_runs",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("survey", sa.String(length=80), nullable=False),
        sa.Column("wave", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("results", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_survey_runs_submission_id_submissions"
        ),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_survey_runs_edition_digest_editions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_survey_runs"),
        sa.UniqueConstraint("code", name="uq_survey_runs_code"),
    )
    op.create_index("ix_survey_runs_submission_id", "survey_runs", ["submission_id"])
    op.create_index(
        "uq_survey_runs_open",
        "survey_runs",
        ["submission_id", "survey", "wave"],
        unique=True,
        sqlite_where=sa.text(_OPEN_RUN),
        postgresql_where=sa.text(_OPEN_RUN),
    )
    op.create_table(
        "survey_invitations",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("used", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("left", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["survey_runs.id"], name="fk_survey_invitations_run_id_survey_runs"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_survey_invitations"),
        sa.UniqueConstraint("token_digest", name="uq_survey_invitations_token_digest"),
    )
    op.create_index("ix_survey_invitations_run_id", "survey_invitations", ["run_id"])
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["survey_runs.id"], name="fk_survey_answers_run_id_survey_runs"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_survey_answers"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_survey_answers_run_id", "survey_answers", ["run_id"])
