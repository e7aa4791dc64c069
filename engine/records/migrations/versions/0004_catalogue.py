"""What the catalogue's evidence needs: surveys apart from who was asked, what other people are
asked by a link, the gallery with its questions and reports, recognitions that came as badges with
the checks of those, and each school's year.

Answers of surveys lie in the order of random ids (SQLite: without row ids), so that no order of
arrival is kept beside them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN_RUN = "state = 'open'"
_OPEN_ASKING = "state <> 'taken-back'"


def upgrade() -> None:
    _surveys()
    _askings()
    _gallery()
    _recognitions()
    _school_years()


def downgrade() -> None:
    op.drop_table("school_years")
    op.drop_table("badge_checks")
    for column in ("badge_id", "expires_at"):
        op.drop_column("recognitions", column)
    for table in ("reports", "messages", "questions", "marks", "items"):
        op.drop_table(f"gallery_{table}")
    op.drop_table("askings")
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


def _school_years() -> None:
    op.create_table(
        "school_years",
        sa.Column("school", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("end_of_year", sa.String(length=11), nullable=False),
        sa.PrimaryKeyConstraint("school", name="pk_school_years"),
    )


def _askings() -> None:
    op.create_table(
        "askings",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("concern", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=500), server_default="", nullable=False),
        sa.Column("person", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("wording_digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_askings_submission_id_submissions"
        ),
        sa.ForeignKeyConstraint(
            ["edition_digest"], ["editions.digest"], name="fk_askings_edition_digest_editions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_askings"),
        sa.UniqueConstraint("token_digest", name="uq_askings_token_digest"),
    )
    op.create_index("ix_askings_submission_id", "askings", ["submission_id"])
    op.create_index(
        "uq_askings_person",
        "askings",
        ["submission_id", "concern", "place", "person"],
        unique=True,
        sqlite_where=sa.text(_OPEN_ASKING),
        postgresql_where=sa.text(_OPEN_ASKING),
    )


def _gallery() -> None:
    op.create_table(
        "gallery_items",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("submission_id", sa.String(length=200), nullable=False),
        sa.Column("candidate_id", sa.String(length=200), nullable=False),
        sa.Column("credential_id", sa.String(length=200), nullable=False),
        sa.Column("edition_digest", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("after", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("shown_as", sa.String(length=200), nullable=False),
        sa.Column("license", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("takes_questions", sa.Boolean(), nullable=False),
        sa.Column("consents_stand", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_down_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reports_beyond", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name="fk_gallery_items_submission_id_submissions"
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["accounts.id"], name="fk_gallery_items_candidate_id_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["edition_digest"],
            ["editions.digest"],
            name="fk_gallery_items_edition_digest_editions",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gallery_items"),
        sa.UniqueConstraint("submission_id", name="uq_gallery_items_submission_id"),
    )
    op.create_index("ix_gallery_items_published", "gallery_items", ["published_at", "id"])
    op.create_index("ix_gallery_items_candidate", "gallery_items", ["candidate_id", "published_at"])
    op.create_table(
        "gallery_marks",
        sa.Column("item_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["gallery_items.id"], name="fk_gallery_marks_item_id_gallery_items"
        ),
        sa.PrimaryKeyConstraint("item_id", "kind", "key", name="pk_gallery_marks"),
    )
    op.create_index("ix_gallery_marks_key", "gallery_marks", ["kind", "key", "item_id"])
    _gallery_talk()


def _gallery_talk() -> None:
    op.create_table(
        "gallery_questions",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("asked_from", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["gallery_items.id"], name="fk_gallery_questions_item_id_gallery_items"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gallery_questions"),
        sa.UniqueConstraint("token_digest", name="uq_gallery_questions_token_digest"),
    )
    for name, columns in (
        ("item", ["item_id", "asked_at"]),
        ("email", ["email", "asked_at"]),
        ("from", ["asked_from", "asked_at"]),
        ("asked", ["asked_at"]),
        ("last_at", ["last_at"]),
    ):
        op.create_index(f"ix_gallery_questions_{name}", "gallery_questions", columns)
    op.create_table(
        "gallery_messages",
        sa.Column("question_id", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("by_teacher", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["gallery_questions.id"],
            name="fk_gallery_messages_question_id_gallery_questions",
        ),
        sa.PrimaryKeyConstraint("question_id", "number", name="pk_gallery_messages"),
    )
    op.create_table(
        "gallery_reports",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("reported_from", sa.String(length=64), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decision", sa.String(length=12), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["gallery_items.id"], name="fk_gallery_reports_item_id_gallery_items"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name="fk_gallery_reports_decided_by_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gallery_reports"),
    )
    op.create_index("ix_gallery_reports_item", "gallery_reports", ["item_id", "decided_at"])
    op.create_index("ix_gallery_reports_from", "gallery_reports", ["reported_from", "reported_at"])
    op.create_index("ix_gallery_reports_reported_at", "gallery_reports", ["reported_at"])


def _recognitions() -> None:
    """What a recognition knows that was recorded from a badge."""
    op.add_column(
        "recognitions", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "recognitions",
        sa.Column("badge_id", sa.String(length=2000), server_default="", nullable=False),
    )
    op.create_table(
        "badge_checks",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("account_id", sa.String(length=200), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_badge_checks_account_id_accounts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_badge_checks"),
    )
    op.create_index("ix_badge_checks_by", "badge_checks", ["account_id", "checked_at"])
    op.create_index("ix_badge_checks_checked_at", "badge_checks", ["checked_at"])
